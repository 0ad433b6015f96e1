"""What figures show: their numbers, a sentence and a table written from them, in both languages, escaped."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from show_sample import AS_OF, BOOK, DUE, JST, SCRIPT, at, end

from playbook.rendering.drawn import drawn_figure
from playbook.rendering.figure import OURS
from playbook.rendering.frame import TEMPLATES
from playbook.show.charts import parts, pictures
from playbook.show.charts.pictures import Chart
from playbook.words.text import LANGS, Lang, Text

# plotly reads its own files without naming their encoding.
pytestmark = pytest.mark.filterwarnings("ignore:'encoding' argument:EncodingWarning:plotly")

FUNNEL = pl.DataFrame(
    {
        "playbook": ["selection", "selection", "other"],
        "stage": ["application", "interview", "application"],
        "entered": [120, 40, 7],
        "advanced": [40, 9, 7],
        "lost": [60, 21, 0],
        "open": [20, 10, 0],
        "rate": [0.4, 0.3, None],
        "ci_low": [0.31, 0.17, None],
        "ci_high": [0.5, 0.48, None],
        "median_days": [4.0, None, None],
    }
)
CURVES = pl.DataFrame(
    {
        "group": ["A"] * 4 + ["B"] * 3,
        "time_days": [0.0, 2.0, 5.0, 9.0, 0.0, 3.0, 9.0],
        "survival": [1.0, 0.7, 0.4, 0.1, 1.0, 0.9, 0.8],
        "low": [1.0, 0.5, 0.2, 0.02, 1.0, 0.7, 0.5],
        "high": [1.0, 0.9, 0.6, 0.3, 1.0, 1.0, 0.95],
        "at_risk": [10, 10, 7, 4, 20, 20, 18],
    }
)
INCIDENCE = pl.DataFrame(
    {
        "group": ["A"] * 4,
        "kind": ["declined", "declined", "won", "won"],
        "time_days": [0.0, 5.0, 0.0, 8.0],
        "incidence": [0.0, 0.25, 0.0, 0.5],
        "low": [0.0, 0.1, 0.0, 0.3],
        "high": [0.0, 0.4, 0.0, 0.7],
    }
)
SERIES = pl.DataFrame(
    {
        "group": ["通過率", "通過率", "通過率"],
        "period": ["2025-04", "2025-10", "2026-04"],
        "value": [0.4, None, 0.5],
        "low": [0.3, None, 0.4],
        "high": [0.5, None, 0.6],
        "n": [50, 2, 60],
    }
)
LOAD = pl.DataFrame(
    {
        "person": ["佐藤", "佐藤", None],
        "kind": ["contact", "event", "event"],
        "minutes": [90, 45, 30],
        "capacity": [120, 120, None],
    }
)
TIMELINE = pl.DataFrame(
    {
        "lane": ["計画", "経過", "経過", "-"],
        "label": ["面談期間", "応募", SCRIPT, "文化の日"],
        "start": [date(2026, 11, 2), date(2026, 11, 1), date(2026, 11, 10), date(2026, 11, 3)],
        "end": [date(2026, 11, 6), None, None, None],
        "kind": ["plan", "event", "late", "holiday"],
    }
)

EVERY: dict[str, Callable[[Lang], Chart]] = {
    "funnel": lambda lang: pictures.funnel(FUNNEL, BOOK, lang),
    "survival": lambda lang: pictures.survival(CURVES, lang),
    "incidence": lambda lang: pictures.incidence(INCIDENCE, lang),
    "series": lambda lang: pictures.series(SERIES, lang, benchmark=0.11),
    "load": lambda lang: pictures.load(LOAD, lang),
    "timeline": lambda lang: pictures.timeline(TIMELINE, lang, as_of=AS_OF),
}
EMPTY: dict[str, Callable[[Lang], Chart]] = {
    "funnel": lambda lang: pictures.funnel(FUNNEL.clear(), BOOK, lang),
    "survival": lambda lang: pictures.survival(CURVES.clear(), lang),
    "incidence": lambda lang: pictures.incidence(INCIDENCE.clear(), lang),
    "series": lambda lang: pictures.series(SERIES.clear(), lang),
    "load": lambda lang: pictures.load(LOAD.clear(), lang),
    "timeline": lambda lang: pictures.timeline(TIMELINE.clear(), lang),
}


def traces(chart: Chart) -> list[dict[str, Any]]:
    data: list[dict[str, Any]] = chart.json["data"]
    return data


def texts(value: Any) -> list[str]:
    """Every text anywhere in a figure."""
    match value:
        case str():
            return [value]
        case list():
            return [text for item in value for text in texts(item)]
        case dict():
            return [text for item in value.values() for text in texts(item)]
        case _:
            return []


# ---- the contract with pages and notebooks ----


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("lang", LANGS)
def test_every_chart_carries_what_stands_beside_it(name: str, lang: Lang) -> None:
    """Title, sentence, how to read it and a table of texts are in the figure's meta, as notebooks display it."""
    chart = EVERY[name](lang)
    shown = chart._repr_mimebundle_()
    layout = shown[OURS]["layout"]
    assert layout["meta"] == chart.meta
    assert set(layout["meta"]) == {"title", "caption", "alt", "table"}
    assert all(layout["meta"][key].strip() for key in ("title", "caption", "alt"))
    table = layout["meta"]["table"]
    assert table["rows"] and all(len(row) == len(table["columns"]) for row in table["rows"])
    assert all(isinstance(cell, str) for row in table["rows"] for cell in row)
    assert layout["title"]["text"] == chart.title
    assert chart.caption in shown["text/plain"]


@pytest.mark.parametrize("name", EVERY)
def test_charts_speak_the_language_asked_for(name: str) -> None:
    """English charts have no Japanese of ours, and Japanese ones differ from them."""
    ja, en = EVERY[name]("ja"), EVERY[name]("en")
    ours = [en.title, en.alt, *en.columns]
    assert all(text.replace("–", "").replace("“", "").replace("”", "").isascii() for text in ours)
    assert (ja.title, ja.alt, ja.caption) != (en.title, en.alt, en.caption)
    assert not any(text.isascii() for text in (ja.title, ja.alt, ja.caption))


@pytest.mark.parametrize("name", EMPTY)
@pytest.mark.parametrize("lang", LANGS)
def test_no_data_is_said_not_drawn_wrong(name: str, lang: Lang) -> None:
    """An empty frame gives a figure that says there is nothing to show."""
    chart = EMPTY[name](lang)
    assert chart.caption == Text("表示できるデータがまだありません。", "There is nothing to show yet.").say(lang)
    assert chart.rows == ()
    json.dumps(chart.json, allow_nan=False)


@pytest.mark.parametrize("name", EVERY)
def test_the_same_numbers_give_the_same_bytes(name: str) -> None:
    """A figure has no random ids, no NaN and no template of plotly's; it is small."""
    first, second = (json.dumps(EVERY[name]("ja").json, allow_nan=False) for _ in range(2))
    assert first == second
    assert '"template"' not in first and '"bdata"' not in first and '"uid"' not in first
    assert len(first) < 8_000


@pytest.mark.parametrize("name", EVERY)
def test_fonts_and_paper_are_left_to_the_page(name: str) -> None:
    """A figure sets no font, paper or width, so that a page can be light, dark or printed."""
    layout = EVERY[name]("ja").json["layout"]
    assert not {"font", "paper_bgcolor", "plot_bgcolor", "width", "colorway"} & set(layout)


def test_text_from_data_is_not_read_as_tags() -> None:
    """Plotly reads tags in texts; those from data come in escaped, everywhere but in meta, which is plain text."""
    hostile = "<a href='javascript:alert(1)'>x</a>"
    names = {"A": hostile, "B": "B", "佐藤": hostile, "K-1": hostile, "通過率": hostile}
    every = [
        pictures.survival(CURVES, names=names),
        pictures.incidence(INCIDENCE, names=names),
        pictures.series(SERIES, names=names),
        pictures.load(LOAD.with_columns(person=pl.lit(hostile), kind=pl.lit(hostile))),
        pictures.timeline(TIMELINE.with_columns(lane=pl.lit(hostile), kind=pl.lit(hostile))),
        pictures.timeline(TIMELINE),
    ]
    for chart in every:
        written = chart.json
        assert any("&lt;" in text for text in texts(written))
        del written["layout"]["meta"]
        assert not any("<a" in text or "<script" in text for text in texts(written)), chart


def luminance(color: str) -> float:
    parts = [int(color[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("color", [*parts.PALETTE, *parts.KINDS.values()])
def test_colours_can_be_seen_on_light_and_dark(color: str) -> None:
    """Every colour keeps 3 to 1 (WCAG 1.4.11) against a white and a dark page."""
    assert contrast(color, "#ffffff") >= 3 <= contrast(color, "#1b2125")


def seen_through(color: str, on: str, share: float) -> str:
    """A colour of which so much is seen, on another."""
    mixed = (share * int(color[n : n + 2], 16) + (1 - share) * int(on[n : n + 2], 16) for n in (1, 3, 5))
    return "#" + "".join(f"{round(part):02x}" for part in mixed)


def test_numbers_in_bars_can_be_read_on_light_and_dark() -> None:
    """Ink on a bar, as the page's style paints it, keeps 4.5 to 1 (WCAG 1.4.3) in both schemes."""
    css = (TEMPLATES / "playbook" / "page.css").read_text(encoding="utf-8")
    share = float(re.findall(r"\.pb-bar \{ fill-opacity: ([\d.]+)", css)[0])
    inks, cards = (re.findall(rf"--{name}: (#[0-9a-f]{{6}})", css)[:2] for name in ("ink", "card"))
    for ink, card in zip(inks, cards, strict=True):
        for color in parts.PALETTE:
            assert contrast(ink, seen_through(color, card, share)) >= 4.5


def test_nothing_heavy_is_imported_with_the_module() -> None:
    """Importing the module does not import plotly."""
    code = "import sys, playbook.show.charts.pictures; print('plotly' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True)
    assert done.stdout.strip() == "False"


# ---- where cases are lost ----


def test_a_funnel_shows_open_cases_as_open() -> None:
    """Per stage of this playbook three bars add up to those who entered; the open ones are hatched."""
    bars = [trace for trace in traces(pictures.funnel(FUNNEL, BOOK)) if trace["type"] == "bar"]
    assert [bar["x"] for bar in bars] == [[40, 9], [20, 10], [60, 21]]
    assert [sum(parts) for parts in zip(*(bar["x"] for bar in bars), strict=True)] == [120, 40]
    assert [bar["marker"].get("pattern", {}).get("shape", "") for bar in bars] == ["", "/", ""]
    assert [bar["name"] for bar in bars] == ["通過", "進行中", "離脱"]


def test_a_funnel_says_its_numbers() -> None:
    """The sentence under a funnel is written from its numbers, in both languages."""
    assert pictures.funnel(FUNNEL, BOOK).caption == (
        "120件のうち9件が最後まで進み、81件が離脱し、30件は進行中です。離脱が最も多いのは「応募」の60件です。"
    )
    assert pictures.funnel(FUNNEL, BOOK, "en").caption == (
        "Of 120 cases, 9 were completed, 81 were lost and 30 are still open. Most are lost at “Application”: 60."
    )


def test_a_rate_that_rests_on_too_few_is_not_written() -> None:
    """Where the analysis says too few, the figure and its table say so instead of a percentage."""
    few = FUNNEL.with_columns(too_few=pl.col("stage") == "interview")
    chart = pictures.funnel(few, BOOK)
    lanes = chart.json["layout"]["yaxis"]["ticktext"]
    assert [lane.rsplit(">", 2)[1] for lane in lanes] == ["40% (31〜50%)</span", "件数不足</span"]
    assert [row[chart.columns.index("率")] for row in chart.rows] == ["40.0%", "件数不足"]
    assert [row[chart.columns.index("95%区間")] for row in chart.rows] == ["31.0〜50.0%", "—"]


# ---- how long ----


def test_survival_curves_have_bands_and_numbers_at_risk() -> None:
    """Each group is a step curve over its band, with the number still there before each tick beneath."""
    chart = pictures.survival(CURVES)
    lines = [trace for trace in traces(chart) if trace.get("name")]
    assert [line["y"] for line in lines] == [[1.0, 0.7, 0.4, 0.1], [1.0, 0.9, 0.8]]
    assert all(line["line"]["shape"] == "hv" for line in lines)
    assert len({line["line"]["dash"] for line in lines}) == 2
    fills = [trace for trace in traces(chart) if trace.get("fill") == "tonexty"]
    assert [fill["y"] for fill in fills] == [[1.0, 0.9, 0.6, 0.3], [1.0, 1.0, 0.95]]
    counts = [trace for trace in traces(chart) if trace["mode"] == "text"]
    assert counts[0]["x"] == [0, 2, 4, 6, 8]
    assert [count["text"] for count in counts] == [
        ["10", "10", "7", "4", "4"],
        ["20", "20", "18", "18", "18"],
    ]
    assert chart.caption == "半数になるまでの日数: A 5日（10件）、B 半数に達せず（20件）。"


def test_many_survival_curves_stand_apart() -> None:
    """Of four bands over each other none can be read: each has a small plot, under its name and number; so it says."""
    four = pl.concat(CURVES.filter(group="B").with_columns(group=pl.lit(name)) for name in ("北", "南", "東", "西"))
    chart = pictures.survival(four)
    assert chart.apart and chart.caption == "4組のどれも、半数には達していません。"
    assert [trace["name"] for trace in traces(chart) if trace.get("name")] == [
        "北（20件）",
        "南（20件）",
        "東（20件）",
        "西（20件）",
    ]
    small = drawn_figure(chart.json)
    assert small.count('class="pb-plot-title"') == small.count("<svg") / small.split("<div>")[1].count("<svg") == 4
    assert small.count("<polygon") == 4


def test_the_table_of_a_curve_is_read_at_its_ticks() -> None:
    """The table beside survival curves gives each group at each tick, not every step."""
    chart = pictures.survival(CURVES)
    assert chart.columns == ("区分", "経過日数", "残っている割合", "下限（95%）", "上限（95%）", "対象件数")
    assert chart.rows[2] == ("A", "4日", "70.0%", "50.0%", "90.0%", "7")
    last = {name: max(CURVES.filter(group=name)["time_days"]) for name in ("A", "B")}
    assert [row[1] for row in chart.rows if row[0] == "A"][-1] == f"{last['A']:g}日"
    assert [row[1] for row in chart.rows if row[0] == "B"][-1] == f"{last['B']:g}日"
    assert len(chart.rows) == 12


def test_long_curves_stay_small_and_keep_their_end() -> None:
    """Ten thousand steps become few enough for a page, from the first to the last with three at risk."""
    n = 10_000
    long = pl.DataFrame(
        {
            "stage": ["x"] * n,
            "days": [float(day) for day in range(n)],
            "survival": [1 - day / n for day in range(n)],
            "ci_low": [0.0] * n,
            "ci_high": [1.0] * n,
            "at_risk": list(range(n, 0, -1)),
        }
    )
    line = next(t for t in traces(pictures.survival(long, by="stage")) if t.get("name"))
    assert len(line["x"]) <= 241
    assert (line["x"][0], line["x"][-1]) == (0.0, n - 3.0)


def test_incidence_draws_each_ending_in_its_own_colour() -> None:
    """Endings keep the colour they have in every figure; the table ends with the last value of each."""
    chart = pictures.incidence(INCIDENCE)
    lines = [trace for trace in traces(chart) if trace.get("name")]
    assert [(line["name"], line["line"]["color"]) for line in lines] == [
        ("辞退", parts.KINDS["declined"]),
        ("成約", parts.KINDS["won"]),
    ]
    assert chart.rows == (
        ("A", "辞退", "5日", "25.0%", "10.0%", "40.0%"),
        ("A", "成約", "8日", "50.0%", "30.0%", "70.0%"),
    )
    assert chart.caption == "最も多い終わり方は、Aでは「成約」50.0%です。"


# ---- by week and period ----


def test_a_series_has_intervals_gaps_and_a_benchmark() -> None:
    """Each period has its interval, one with too few is a gap, and the outside figure is a dashed line."""
    chart = pictures.series(SERIES, benchmark=0.11)
    line = traces(chart)[0]
    assert line["y"] == [0.4, None, 0.5] and line["connectgaps"] is False
    assert line["error_y"]["array"] == [0.1, 0.0, 0.1] == line["error_y"]["arrayminus"]
    assert chart.json["layout"]["shapes"][0]["y0"] == 0.11
    assert chart.caption == "通過率は2025年4月〜の40.0%から2026年4月〜の50.0%です（基準値 11.0%）。"


def test_load_is_held_against_capacity() -> None:
    """Bars by kind add up per person; who carries more than they can is named."""
    chart = pictures.load(LOAD)
    bars = [trace for trace in traces(chart) if trace["type"] == "bar"]
    assert [bar["x"] for bar in bars] == [[1.5, 0], [0.75, 0.5]]
    assert (bars[0]["text"], bars[0]["customdata"][0]) == (["1.5", ""], "1時間30分")
    assert chart.caption == "負荷が最も大きいのは佐藤（2時間15分）です。使える時間を超えているのは佐藤です。"
    alone = pl.DataFrame({"person": ["Sato", "Ito"], "n": [3, 5]})
    assert pictures.load(alone, "en", value="n").caption == "Heaviest load: Ito, 5 cases."


# ---- one case ----


def test_a_timeline_has_spans_points_holidays_and_the_as_of() -> None:
    """A plan lasts to the end of its last day, events are points by kind, holidays shade, the as-of is a line."""
    chart = pictures.timeline(TIMELINE, as_of=AS_OF)
    bar, event, late = traces(chart)
    assert bar["base"] == ["2026-11-02"]
    assert bar["x"] == [timedelta(days=5) / timedelta(milliseconds=1)]
    assert (event["x"], event["y"]) == (["2026-11-01"], [1])
    assert event["marker"]["symbol"] != late["marker"]["symbol"]
    shapes = chart.json["layout"]["shapes"]
    assert [(shape["type"], shape["x0"], shape["x1"]) for shape in shapes] == [
        ("rect", "2026-11-03", "2026-11-04"),
        ("line", "2026-11-20", "2026-11-20"),
    ]
    assert chart.caption == "2026/11/1(日)から2026/11/10(火)まで: 計画 1、できごと 1、遅れ 1。"


def test_a_bar_does_not_repeat_the_name_of_its_lane() -> None:
    """Neither in its own lane nor in the second of that name; what its lane does not say is written into it."""
    lanes, days = ["面談", "面談（2）", "経過"], [date(2026, 11, 2)] * 3
    frame = pl.DataFrame({"lane": lanes, "label": ["面談"] * 3, "start": days, "end": days, "kind": ["due"] * 3})
    assert traces(pictures.timeline(frame))[0]["text"] == ["", "", "面談"]


def test_a_day_off_is_shaded_from_one_midnight_to_the_next() -> None:
    """Days off told as instants are as wide as a day, not as wide as nothing."""
    begins = [at(11, 3, 0, 0)]
    frame = pl.DataFrame({"lane": [""], "label": ["文化の日"], "start": begins, "end": begins, "kind": ["holiday"]})
    (shape,) = pictures.timeline(frame).json["layout"]["shapes"]
    assert (shape["x0"], shape["x1"]) == ("2026-11-03T00:00:00", "2026-11-04T00:00:00")


def test_instants_stand_at_their_local_time() -> None:
    """An instant is drawn where a Japanese clock shows it, not in UTC."""
    frame = pl.DataFrame(
        {
            "lane": ["経過"],
            "label": ["電話"],
            "start": [at(11, 10, 0, 30)],
            "end": [end(11, 10)],
            "kind": ["contact"],
        },
        schema_overrides={"start": pl.Datetime("us", JST.key), "end": pl.Datetime("us", JST.key)},
    )
    assert traces(pictures.timeline(frame))[0]["base"] == ["2026-11-10T00:30:00"]


def test_lazy_and_pandas_frames_give_the_same_chart() -> None:
    """The kind of frame does not matter."""
    one = pictures.load(LOAD).json
    assert pictures.load(LOAD.lazy()).json == one == pictures.load(LOAD.to_pandas()).json


def test_weeks_are_counted_from_due_actions() -> None:
    """Due actions fall into the week of their due; void ones are not owed, late ones not done in time."""
    weeks = pictures.due_weeks(DUE, "owner")
    assert weeks.rows() == [
        (None, date(2026, 11, 16), 1, 0),
        ("佐藤", date(2026, 11, 9), 1, 0),
        ("佐藤", date(2026, 11, 16), 1, 0),
        ("佐藤", date(2026, 11, 23), 1, 0),
        ("佐藤", date(2026, 11, 30), 1, 0),
        ("鈴木", date(2026, 11, 16), 1, 0),
        ("鈴木", date(2026, 12, 28), 1, 0),
    ]
