"""What readers see: every row, named in their language, escaped, and sortable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from html.parser import HTMLParser

import polars as pl
import pytest
from show_sample import AS_OF, BOOK, CLIENTS, DUE, FORMULA, JST, SCRIPT, action, at, due_frame

from playbook.show import labels, view
from playbook.words.text import LANGS, Lang


@dataclass
class Page(HTMLParser):
    """A table read back from its HTML, as a browser would."""

    html: str
    rows: list[list[str]] = field(default_factory=list)
    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.feed(self.html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "br":
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def body(self) -> list[list[str]]:
        return self.rows[1:]


def due_page(lang: Lang = "ja", frame: pl.DataFrame = DUE, group_by: str | None = None) -> Page:
    shown = view.table_due(frame, [BOOK], lang, clients=CLIENTS, caption="今週", group_by=group_by)
    return Page(shown._repr_html_())


# ---- the due list ----


def test_every_due_action_is_a_row_in_the_order_given() -> None:
    """Eight due actions are eight rows, in the engine's order."""
    rows = due_page().body
    assert len(rows) == len(DUE)
    assert [row[3].split(" ")[0].split("応募")[0].split("募集")[0] for row in rows][:2] == [
        "結果を知らせる",
        "お礼を送る",
    ]


def test_a_row_reads_as_one_promise() -> None:
    """Who, for whom, about whom, what and why, by when, how long, how urgent: in Japanese."""
    assert due_page().body[2] == [
        "佐藤推進者",
        "青葉精機",
        "山田 太郎経理 · A-1",
        "様子をうかがう応募 11/10(火) 09:30 から2日おいて、1営業日以内（C-13・原典の推奨）",
        "11/24(火)実施は11/20(金)まで",
        "あと4日",
        "期限間近",
    ]


def test_the_same_row_in_english() -> None:
    """The same promise, in English."""
    assert due_page("en").body[2] == [
        "佐藤Driver",
        "青葉精機",
        "山田 太郎経理 · A-1",
        "Ask how it is"
        "after a wait of 2 days, within 1 business day, from “Applied” on Tue 10 Nov 09:30 "
        "(C-13, Recommended by the source)",
        "Tue 24 Novact by Fri 20 Nov",
        "4 days left",
        "Due soon",
    ]


def test_days_show_their_year_only_when_it_is_another() -> None:
    """With an as-of in 2026, days of 2026 go without a year and those of 2027 do not."""
    dues = [row[4] for row in due_page().body]
    assert dues == [
        "11/17(火)", "11/20(金)", "11/24(火)実施は11/20(金)まで", "2027/1/2(土)", "11/22(日) 09:3011/21(土)から",
        "11/10(火)11/12(木)に完了", "11/30(月)", "11/30(月)",
    ]  # fmt: skip


def test_days_left_are_said_for_open_actions_only() -> None:
    """A kept or void promise has no days left."""
    assert [row[5] for row in due_page().body] == [
        "3日遅れ", "本日", "あと4日", "あと43日", "あと2日", "", "あと10日", "",
    ]  # fmt: skip


def test_nobody_is_said_in_words() -> None:
    """A due action without an owner says so."""
    assert due_page().body[0][0] == "担当未定社長"
    assert due_page("en").body[0][0] == "UnassignedOwner"


def test_text_from_data_is_escaped() -> None:
    """A script in a name or a client's name is text; the page has no element that the data made."""
    page = due_page()
    assert SCRIPT in page.body[1][2]
    assert {tag for tag, _ in page.tags} <= {
        "div", "table", "caption", "thead", "tbody", "tr", "th", "td", "span", "small", "br",
    }  # fmt: skip
    assert "<script" not in page.html
    assert page.body[3][1] == f'"{SCRIPT}" & Co.'


def test_hostile_statuses_captions_and_columns_stay_in_their_places() -> None:
    """Quotes and brackets in codes, heads and captions cannot leave their attribute or element."""
    hostile = '"><img src=x onerror=alert(1)>'
    frame = pl.DataFrame({hostile: [hostile], "status": [hostile]})
    page = Page(view.table(frame, caption=hostile, filters=[hostile])._repr_html_())
    assert page.all("img") == []
    assert page.rows == [[hostile, "状態"], [hostile, hostile]]
    badge = page.all("span")[0]["class"]
    assert badge is not None and set(badge) <= set("abcdefghijklmnopqrstuvwxyz0123456789 -")


def test_the_page_needs_no_style_id_or_script() -> None:
    """Nothing in a table meets a strict content security policy: no style, id or handler."""
    for _, attributes in due_page().tags:
        assert not any(name == "style" or name == "id" or name.startswith("on") for name in attributes)


def test_heads_and_caption_are_marked_as_such() -> None:
    """A caption, and a column head with its scope and its code over each column, in both languages."""
    for lang in LANGS:
        page = due_page(lang)
        assert [head["scope"] for head in page.all("th")] == ["col"] * 7
        assert [head["data-column"] for head in page.all("th")] == list(view.DUE_COLUMNS)
        assert page.rows[0] == [labels.column(name, lang) for name in view.DUE_COLUMNS]
        assert len(page.all("caption")) == 1


def test_a_page_can_filter_and_sort() -> None:
    """Columns to filter by are named, and days, counts and statuses carry a value that sorts rightly."""
    page = due_page()
    assert page.all("table")[0]["data-filter"] == "owner client status"
    cells = [page.all("td")[n : n + 7] for n in range(0, 7 * len(DUE), 7)]
    assert [row[4]["data-sort"] for row in cells][:2] == ["2026-11-17T23:59:59", "2026-11-20T23:59:59"]
    assert [int(row[5]["data-sort"] or "") for row in cells] == [-3, 0, 4, 43, 2, -10, 10, 10]
    order = list(labels.STATUSES)
    assert [int(row[6]["data-sort"] or "") for row in cells] == [order.index(status) for status in DUE["status"]]
    assert cells[0][0]["data-value"] == "担当未定"


def test_rows_can_be_gathered_under_their_owner() -> None:
    """Grouped by owner, each owner has one head with the number of rows, and no row is lost."""
    page = due_page(group_by="owner")
    heads = [th for th in page.all("th") if th["scope"] == "rowgroup"]
    assert len(heads) == 3 == len(page.all("tbody"))
    assert [row[0] for row in page.body if len(row) == 1] == ["担当未定 1件", "佐藤 5件", "鈴木 2件"]
    rows = [row for row in page.body if len(row) == 7]
    assert len(rows) == len(DUE)
    assert rows[0][0] == "社長"
    cells = [td for td in page.all("td") if "data-value" in td]
    assert [td["data-value"] for td in cells] == ["担当未定", *["佐藤"] * 5, *["鈴木"] * 2]


def test_changes_are_shown_where_the_list_has_them() -> None:
    """A list compared with an earlier one has a column of what changed; a vanished action has no status."""
    frame = due_frame(action("thank"), action("call"), action("ask")).with_columns(
        change=pl.Series(["new", "resolved", "same"]), status=pl.Series(["due_soon", None, "overdue"])
    )
    page = due_page(frame=frame)
    assert [row[7] for row in page.body] == ["新規", "解消", ""]
    assert page.body[1][6] == ""
    assert page.all("table")[0]["data-filter"] == "owner client status change"


def test_an_empty_list_says_so() -> None:
    """No row is a sentence, not a bare head."""
    assert "該当する行はありません。" in due_page(frame=DUE.clear()).html
    assert "No rows." in due_page("en", frame=DUE.clear()).html


def test_five_hundred_rows_fit_a_page() -> None:
    """Five hundred due actions stay under 300 kB, all of them there."""
    frame = pl.concat([DUE] * 63)
    page = due_page(frame=frame)
    assert len(page.body) == 504
    assert len(page.html.encode()) < 300_000


def test_other_columns_of_the_list_can_be_shown() -> None:
    """Any column of the frame can be asked for, in the reader's forms."""
    shown = view.table_due(DUE, [BOOK], "ja", columns=("case_id", "trigger_at", "act_by", "entry", "voided_at"))
    assert Page(shown._repr_html_()).body[0] == ["A-1", "11/10(火)", "11/17(火)", "1", ""]


# ---- why ----


@pytest.mark.parametrize(
    ("row", "ja", "en"),
    [
        (0, "募集終了 11/10(火) から7日以内（J-14・J-15）",
         "within 7 days of “Recruitment closes” on Tue 10 Nov (J-14, J-15)"),
        (1, "応募 11/10(火) 09:30 の当日中（Z-01・当方の目安）",
         "on the same day as “Applied” on Tue 10 Nov 09:30 (Z-01, Our own figure)"),
        (3, "入社予定日 2027/2/1(月) の30日前まで（当方の目安）",
         "30 days before “Joining date” on Mon 1 Feb 2027 (Our own figure)"),
        (4, "応募 11/10(火) 09:30 から48時間以内（当方の目安）",
         "within 48 hours of “Applied” on Tue 10 Nov 09:30 (Our own figure)"),
        (5, "応募 11/10(火) 09:30 から3か月以内（B-23）",
         "within 3 months of “Applied” on Tue 10 Nov 09:30 (B-23)"),
        (6, "応募 11/10(火) 09:30 と入社予定日の中間まで（Z-27・当方の目安）",
         "halfway between “Applied” on Tue 10 Nov 09:30 and “Joining date” (Z-27, Our own figure)"),
        (7, "応募 11/10(火) 09:30", "“Applied” on Tue 10 Nov 09:30"),
    ],
)  # fmt: skip
def test_why(row: int, ja: str, en: str) -> None:
    """One line says from what a due is counted, and whose number it is, in both languages."""
    one = DUE.row(row, named=True)
    assert view.why(one, BOOK, "ja") == ja
    assert view.why(one, BOOK, "en") == en


def test_the_as_of_is_known_from_each_row() -> None:
    """The due day less the days left is the as-of's day, whatever the status."""
    assert {view.as_of_day(row) for row in DUE.iter_rows(named=True)} == {AS_OF}


def test_a_list_without_its_rule_book_is_still_shown() -> None:
    """Where a rule book is not at hand, codes stand for names and no row is lost."""
    page = Page(view.table_due(DUE, [], "ja")._repr_html_())
    assert page.body[0][3] == "notifycloses_on 11/10(火)"
    assert len(page.body) == len(DUE)


# ---- any frame ----


def test_any_frame_is_shown_whole_with_heads_and_forms() -> None:
    """Columns get heads and forms from their names and types; intervals are folded; nulls are dashes or nothing."""
    frame = pl.DataFrame(
        {
            "playbook": ["selection", "selection"],
            "stage": ["application", "interview"],
            "entered": [1200, 3],
            "rate": [0.25, None],
            "ci_low": [0.2, None],
            "ci_high": [0.3, None],
            "median_days": [7.0, None],
            "amount": [1_000_000, None],
            "work_minutes": [95, 0],
            "at": [datetime(2026, 11, 20, 9, tzinfo=JST), None],
            "due_on": [date(2027, 1, 1), None],
            "idle": [timedelta(hours=30), None],
            "shared": [True, False],
            "fact": [["J-14", "J-15"], []],
            "独自の列": ["x", None],
        }
    )
    page = Page(view.table(frame, caption="漏斗", playbooks=[BOOK], near=AS_OF)._repr_html_())
    assert page.rows == [
        ["手順書", "段階", "到達", "率", "95%区間", "日数の中央値", "金額", "work_minutes", "日時", "期日",
         "だれの番でもない時間", "shared", "出典", "独自の列"],
        ["選考", "応募", "1,200", "25.0%", "20.0〜30.0%", "7日", "1,000,000円", "1時間35分", "11/20(金) 09:00",
         "2027/1/1(金)", "1日6時間", "はい", "J-14・J-15", "x"],
        ["選考", "面談", "3", "—", "—", "—", "—", "0分", "", "", "—", "いいえ", "", ""],
    ]  # fmt: skip
    figures = [head.get("class") for head in page.all("th")]
    assert figures == [None, None, *["num"] * 6, None, None, "num", None, None, None]


def shown(columns: Mapping[str, Sequence[object]], lang: Lang = "ja") -> list[list[str]]:
    return Page(view.table(pl.DataFrame(columns, strict=False), lang=lang)._repr_html_()).rows


def test_an_interval_is_said_as_the_estimate_before_it() -> None:
    """The ends of an interval have the form of their estimate: per cent, points, ratios, scores."""
    assert shown({"share": [0.5], "ci_low": [0.4], "ci_high": [0.6]})[1] == ["50.0%", "40.0〜60.0%"]
    assert shown({"difference": [0.1], "ci_low": [-0.02], "ci_high": [0.2]})[1] == [
        "+10.0ポイント", "-2.0〜+20.0ポイント",
    ]  # fmt: skip
    assert shown({"odds_ratio": [1.5], "ci_low": [0.456], "ci_high": [2.0]}, "en")[1] == ["1.50", "0.46–2.00"]
    assert shown({"mean_score": [3.5], "ci_low": [3.0], "ci_high": [4.0]}, "en")[1] == ["3.5", "3–4"]


def test_what_rests_on_too_few_is_not_written() -> None:
    """Where an analysis says too few, its estimate and interval are not shown, its counts are."""
    columns: dict[str, list[object]] = {"n": [2], "share": [0.5], "ci_low": [0.1], "ci_high": [0.9], "too_few": [True]}
    assert shown(columns) == [["件数", "割合", "95%区間"], ["2", "件数不足", "—"]]


def test_numbers_are_said_in_their_units() -> None:
    """Days, hours, minutes, p-values, priorities, years and points have their own forms."""
    row: dict[str, float] = {
        "days_left": -3, "gap_days": 4, "median_hours": 1.5, "used": 90, "p_value": 0.01234, "priority": 1,
        "fiscal_year": 2026, "load": 1.2, "odds_ratio": 2.0,
    }  # fmt: skip
    assert shown({name: [value] for name, value in row.items()})[1] == [
        "3日遅れ", "4日", "1時間30分", "1時間30分", "0.012", "高", "2026", "120.0%", "2.00",
    ]  # fmt: skip


def test_several_missing_things_are_each_named() -> None:
    """The detail of a violation names each activity, role or field it lists."""
    frame = pl.DataFrame({"playbook": ["selection"], "detail": ["applied, driver"]})
    assert Page(view.table(frame, playbooks=[BOOK])._repr_html_()).body == [["選考", "応募・推進者"]]


def test_a_table_shows_every_row() -> None:
    """A thousand rows are a thousand rows."""
    page = Page(view.table(pl.DataFrame({"n": range(1000)}))._repr_html_())
    assert [row[0] for row in page.body] == [f"{n:,}" for n in range(1000)]


def test_columns_are_picked_in_order_and_missing_ones_left_out() -> None:
    """Asking for columns picks and orders those that exist."""
    frame = pl.DataFrame({"a": [1], "b": [2], "c": [3]})
    assert [column.id for column in view.table(frame, ["c", "z", "a"]).columns] == ["c", "a"]


def test_pandas_and_lazy_frames_are_shown_alike() -> None:
    """The same rows from polars, lazily or from pandas give the same bytes."""
    frame = DUE.select("case_id", "owner", "due_at", "act_by", "days_left")
    shown = [view.table(one).html for one in (frame, frame.lazy(), frame.to_pandas())]
    assert shown[0] == shown[1]
    assert Page(shown[2]).body[1][1:3] == ["佐藤", "2026/11/20(金)"]


@pytest.mark.parametrize("lang", LANGS)
def test_every_known_value_is_named_in_a_table(lang: Lang) -> None:
    """Each code of each closed set comes out as its name, and each known column as its head."""
    for of, values in labels.VALUES.items():
        frame = pl.DataFrame({of: list(values)})
        page = Page(view.table(frame, lang=lang)._repr_html_())
        assert [row[0] for row in page.body] == [text.say(lang) for text in values.values()]
        assert page.rows[0] == [labels.column(of, lang)]


def test_the_same_frame_gives_the_same_bytes() -> None:
    """Nothing random is in a table."""
    assert due_page().html == due_page().html


def test_a_table_is_short_in_a_log() -> None:
    """The repr of a table is one line."""
    assert repr(view.table_due(DUE, [BOOK], caption="今週")) == "Table('今週', 8 rows)"


# ---- cards ----


def test_the_numbers_above_a_list() -> None:
    """The cards count what is open, with the earlier count where one is given."""
    now = view.cards_due(DUE, "ja", before=DUE.head(1))
    assert now.told == [
        {"label": "期限超過", "value": "1", "change": "前回 1"},
        {"label": "本日期限", "value": "1", "change": "前回 0"},
        {"label": "期限間近", "value": "1", "change": "前回 0"},
        {"label": "開始待ち", "value": "1", "change": "前回 0"},
        {"label": "担当未定", "value": "1", "change": "前回 1"},
    ]
    page = Page(now._repr_html_())
    assert page.all("ul") == [{"class": "cards"}]
    assert page.all("li")[0] == {"class": "card status-overdue"}


def test_closed_actions_need_no_owner() -> None:
    """A kept promise without an owner is not counted as unassigned."""
    kept = due_frame(action("thank", status="met", owner=None, fulfilled_at=at(11, 11)))
    assert [card.value for card in view.cards_due(kept, "en").cards] == ["0"] * 5


def test_a_card_is_escaped_and_leads_only_within_its_page() -> None:
    """Label, value and anchor of a card are text; a link stays in the page."""
    page = Page(view.cards([view.Card(SCRIPT, FORMULA, anchor='x" onclick="y')])._repr_html_())
    assert page.all("a") == [{"href": '#x" onclick="y'}]
    assert page.all("script") == []


def test_codes_of_a_table_have_names_where_these_are_known() -> None:
    """A client is called by its name, several roles one by one, a cycle by its first month, an empty column not at all."""
    frame = pl.DataFrame(
        {
            "client_id": ["K-1", "K-9"],
            "role": ["boss;nobody", "boss"],
            "cycle": ["2026-04", "2026-10"],
            "note": [None] * 2,
        }
    )
    clients = pl.DataFrame({"client_id": ["K-1"], "name": ["青葉精機"]})
    shown = view.table(view.filled(frame), playbooks=[BOOK], clients=clients)
    assert [[cell.text for cell in row] for row in shown.rows] == [
        ["青葉精機", "社長・nobody", "2026年4月〜"],
        ["K-9", "社長", "2026年10月〜"],
    ]


def test_a_page_carries_the_first_rows_of_a_very_long_table_and_says_so() -> None:
    """Past a hundred and fifty rows a page has sixty, says how many there are, and every row stands in its CSV."""
    rows = pl.DataFrame({"case_id": [f"C-{n}" for n in range(1200)], "note": [FORMULA] * 1200})
    long = view.table(rows, lang="en")
    page = long.on_page
    assert (len(page), page.of) == (view.ON_PAGE, 1200) and len(long) == 1200
    assert "These are the first 60 of 1,200 rows." in str(page.html) and 'data-all="1,200"' in str(page.html)
    assert "of 1,200" not in str(long.html)
    read = pl.read_csv(long.csv.encode(), infer_schema=False)
    assert read.height == 1200 and read["Note"][0] == f"'{FORMULA}"
    short = view.table(rows.head(view.AT_MOST))
    assert short.on_page is short
    summed = view.with_total(long, {"note": "1"})
    assert summed.on_page is summed, "a part of what a sum adds up would look wrong"


def test_a_long_table_ends_on_paper_with_how_many_rows_are_left_out() -> None:
    """The rows past the first are marked for paper, and a line there says how many; a short one prints whole."""
    rows = pl.DataFrame({"stage": [f"s{n}" for n in range(50)]})
    html = str(view.table(rows, paper=10, lang="en").html)
    assert html.count('<tr class="off-paper">') == 40 and 'data-paper="10"' in html
    assert "Only the first 10 rows are printed; the other 40 are on screen." in html
    assert "off-paper" not in str(view.table(rows.head(11), paper=10).html)
    assert "pb-paper" not in str(view.table(rows, paper=50).html)


def test_both_ends_of_a_band_are_one_column() -> None:
    """A forecast's bands, the limits of what is usual and the interval of a difference are read as one value each."""
    frame = pl.DataFrame({"low80": [1], "high80": [4], "low998": [0.1], "high998": [0.9], "effect_low": [-0.1], "effect_high": [0.2]})  # fmt: skip
    made = view.table(frame, lang="en")
    assert [column.id for column in made.columns] == ["band80", "limits998", "effect_interval"]
    assert [cell.text for cell in made.rows[0]] == ["1–4", "10.0–90.0%", "-10.0–+20.0 points"]


def test_a_table_says_what_form_it_has() -> None:
    """Few columns with bars leave room for another beside them; many columns and rows turn the paper; long texts get room."""
    many = pl.DataFrame({f"c{n}": ["x"] * 8 for n in range(11)})
    assert 'class="pb-table wide"' in str(view.table(many).html)
    assert "wide" not in str(view.table(many.head(2)).html) and "wide" not in str(
        view.table(many.select("c0", "c1")).html
    )
    counted = view.table(pl.DataFrame({"stage": ["a"], "n": [1]}))
    assert 'class="pb-table compact slim"' in str(view.with_bars(counted, [(("won", 1.0),)]).html)
    assert 'class="long"' in str(view.table(pl.DataFrame({"note": ["長い文" * 12]})).html)


def test_of_a_long_table_the_sum_is_printed_too() -> None:
    """The first rows and the sum are for paper, what lies between is not, and how much that is, is said."""
    rows = view.table(pl.DataFrame({"note": [f"r{n}" for n in range(30)]}), paper=10)
    marked = [row for row in view.with_total(rows, {}).html.split("<tr") if "off-paper" in row]
    assert len(marked) == 20 and "r10" in marked[0] and "r29" in marked[-1]
    assert "残りの20行" in view.with_total(rows, {}).html
