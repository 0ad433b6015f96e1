"""The review pack and the portfolio as they are said, and a placement taken to month six from the command line."""

from __future__ import annotations

import csv
import io
import re
import tomllib
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import placement_sample as sample
import pytest
from thinned import thinned
from warmed import warm

import playbook as pb
from playbook.answers.placed.editions import EDITIONS, Edition
from playbook.cli import main
from playbook.pages.review import Paragraph, Review
from playbook.publishing.reports import run_reports
from playbook.show.goal_sheet import read_goal_sheet
from playbook.show.view import Table
from playbook.words.problem import ArgumentError
from playbook.words.text import LANGS, Lang

Row = dict[str, Any]


@cache
def workspace() -> pb.Workspace:
    """The bank of the sample."""
    return pb.Workspace(**{name: sample.frame(rows) for name, rows in sample.rows().items()})


@cache
def review(case: str = "P-1", edition: Edition = "bank", lang: Lang = "ja") -> Review:
    """A pack of the sample on its day."""
    return workspace().on(sample.AS_OF).review(case, edition=edition, lang=lang)


def lines(table: Table) -> list[list[str]]:
    """What a table says, row by row."""
    return [[cell.text for cell in row] for row in table.rows]


# ---- the pack ----


def test_a_pack_begins_with_its_numbers() -> None:
    """The cards say goals achieved, slipping and at risk, the six months and the next step; for the bank, more."""
    told = {card["label"]: card["value"] for card in review().cards.told}
    assert told == {"達成した目標": "2/5", "遅延の目標": "1", "要注意の目標": "1", "入社6か月": "11/10(火)",
                    "次の予定": "11/20(金)", "期限超過": "0", "入社前の未実施": "0"}  # fmt: skip
    assert "期限超過" not in {card["label"] for card in review(edition="hire").cards.told}
    assert str(review(edition="company").title) == "6か月フォローアップ 青葉精機 森田 健 様（企業用）"


def test_the_next_step_lies_ahead() -> None:
    """A review that was due before today is counted as late; the next step is the first of what comes, or nothing."""
    for day, said in (("2026-06-20", ["8/12(水)"]), ("2026-08-20", ["11/11(水)"]), ("2026-12-15", [])):
        cards = workspace().on(day).review("P-1").cards.told
        assert [card["value"] for card in cards if card["label"] == "次の予定"] == said


def test_a_pack_says_what_was_agreed_and_what_became_of_it() -> None:
    """Mission and goals on paper, both tracks, the changes, the routes stand in the pack in the words of the house."""
    pack = review()
    assert ["ミッション", "納期を守れる工場にする", "2026/5/7(木)"] in lines(pack.agreed)
    assert ["目標の形", "目標管理シート", "2026/5/8(金)"] in lines(pack.agreed)
    assert [row[:2] for row in lines(pack.tracks)] == [["経営課題", "3"], ["入社者の目標", "2"]]
    assert ["2026/6/12(金)", "言葉にした変化", "朝会で話す人が増えた"] in lines(pack.changes)
    assert lines(pack.routes) == [["話し合って解決する場", "三者の面談", "2026/4/24(金)"]]
    assert ["経営課題の進み具合", "半分まで減った", "2026/11/6(金)"] in lines(pack.found)
    assert pack.memo.markdown == ""


def test_without_a_sheet_the_memo_stands_in() -> None:
    """Where goals are a memo and there are no milestones, the pack says so and shows mission, goals and period (B-24)."""
    pack = review("P-3", "company")
    assert "目標管理シートはありません" in pack.memo.markdown
    memo = review("P-2")
    assert ["目標の形", "メモ（シートの代わり）", "2026/6/4(木)"] in lines(memo.agreed)


def test_reviews_of_months_one_and_three_are_labelled_ours() -> None:
    """The plan of reviews says whose number each is: months 1 and 3 ours, six months recommended by the source."""
    found = {(row[0], row[1]): row[-1] for row in lines(review().reviews)}
    assert found["企業との面談（1か月・3か月）", "1"] == "当方の目安"
    assert found["6か月レビューを行う", "1"] == "原典の推奨"


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_picture_holds_plan_goals_contacts_and_holidays(edition: Edition) -> None:
    """The timeline has plan, goals, reviews, its readers' contacts, and the holidays and closing days in between."""
    rows = review(edition=edition).timeline.rows
    lanes = {row[0] for row in rows}
    assert {"計画", "若手を一人育てる", "面談の期限"} <= lanes
    assert ("企業との接点" in lanes) == (edition != "hire")
    assert ("入社者との接点" in lanes) == (edition != "company")
    labels = [row[1] for row in rows]
    assert {"山の日", "休業日", "入社準備", "入社から6か月"} <= set(labels)
    assert labels.count("元日") == 1  # that of 2027; the picture begins in March 2026 and ends in March 2027


@pytest.mark.parametrize(
    ("case", "lang"), thinned([(case, lang) for case in ("P-1", "P-2", "P-3", "P-4", "P-5") for lang in LANGS], by=3)
)
def test_every_pack_can_be_shown(case: str, lang: Lang) -> None:
    """A pack of a placement at any stage shows every part, in both languages, to every reader."""
    for edition in EDITIONS:
        pack = review(case, edition, lang)
        parts = ("facts", "agreed", "milestones", "tracks", "found", "voices", "experience", "changes", "preparation",
                 "reviews", "routes", "steps")  # fmt: skip
        assert all(isinstance(getattr(pack, part), Table) for part in parts)
        assert pack.timeline.caption
        own = [part for part in pack.internal if isinstance(part, Paragraph)]
        assert len(own) == (6 if edition == "bank" else 0)


def test_the_goal_sheet_goes_along(tmp_path: Path) -> None:
    """The pack's sheet reads back: for the bank with evidence and the status as written, for others without."""
    for edition in ("bank", "hire"):
        pack = review(edition=edition)
        path = tmp_path / pack.sheet_name
        path.write_bytes(pack.sheet)
        read = read_goal_sheet(path)
        assert read.milestones.height == 5
        assert read.about["mission"] == "納期を守れる工場にする"
        assert ("原因表" in read.milestones["evidence"].to_list()) == (edition == "bank")
    assert review().sheet_name == "goal-sheet-P-1.xlsx"


# ---- the portfolio ----


def test_a_portfolio_is_that_of_its_manager() -> None:
    """A portfolio of one manager or client holds their placements, reviews, goals and proposals, and no others."""
    everyone = workspace().on(sample.AS_OF).portfolio()
    own = workspace().on(sample.AS_OF).portfolio(manager="銀行の佐伯")
    assert own.placements["case_id"].to_list() == ["P-1", "P-4", "P-5"]
    assert own.proposals["issue"].to_list() == ["設備資金", "在庫の見える化"]
    assert own.revenue == 3_000_000
    client = workspace().on(sample.AS_OF).portfolio(client="K-2")
    assert client.placements["case_id"].to_list() == ["P-2", "P-3"]
    assert client.silent["case_id"].to_list() == ["P-2"]
    assert client.goals["milestone"].to_list() == ["締め日の作業を半分に"]
    assert client.proposals.height == 0
    assert everyone.states == {"offered": 1, "not_joined": 0, "stayed": 1, "unknown": 1, "left": 1, "dismissed": 1}
    assert everyone.live["case_id"].to_list() == ["P-1", "P-2", "P-4"]


def test_reviews_ahead_are_listed_so_far_as_asked() -> None:
    """Overdue reviews are always listed, later ones within the weeks that are asked for."""
    soon = workspace().on(sample.AS_OF).portfolio(weeks=1).reviews
    assert soon.select("case_id", "status").rows() == [("P-2", "overdue"), ("P-2", "overdue")]
    later = workspace().on(sample.AS_OF).portfolio(weeks=4).reviews
    assert ("P-2", "six-month-review") in later.select("case_id", "rule_id").rows()


def test_a_curve_of_a_few_hires_is_not_drawn() -> None:
    """With fewer hires than carry a percentage there is no curve and no rate, only counts."""
    few = workspace().on(sample.AS_OF).portfolio()
    assert few.curve.height == few.curve_by.height == 0
    assert few.counts("ja")["retention"].null_count() == few.counts("ja").height == 2
    assert few.counts("ja", "segment").height == 4
    told = {card["label"]: card["value"] for card in few.cards("ja").cards.told}
    assert (told["音信のない案件"], told["受注した提案"]) == ("1", "3,000,000円")


def test_an_unknown_column_of_curves_is_refused() -> None:
    """A portfolio by a column that does not exist is one clear error."""
    with pytest.raises(ArgumentError, match="by: there is no column 'rout'"):
        workspace().on(sample.AS_OF).portfolio(by="rout")


@pytest.mark.parametrize("lang", thinned(LANGS))
def test_the_portfolio_is_published(tmp_path: Path, lang: Lang) -> None:
    """The notebook of the portfolio becomes a page for a manager, with few hires as well as with none."""
    place = sample.write(tmp_path / "bank", sample.rows())
    for manager in ("銀行の三宅", "nobody"):
        record = run_reports(
            ["placement_portfolio"], workspace=str(place), as_of=sample.AS_OF, out=tmp_path / "out", lang=lang,
            started_at=datetime(2026, 11, 20, 9), parameters={"manager": manager, "by": "route"}, engine=warm(),
        )  # fmt: skip
        assert [entry.failure for entry in record.entries if entry.failure] == []
        page = (tmp_path / "out" / record.entries[0].page).read_text(encoding="utf-8")
        assert ("井上 直子" in page) == (manager == "銀行の三宅")


# ---- from offer to month six with the command line alone ----


@pytest.mark.usefixtures("in_one_process")
def test_a_placement_goes_from_offer_to_month_six(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Asked day by day, `playbook due` always names what is done next, until the pack of month six is published."""
    trace = tomllib.loads((Path(__file__).parents[1] / "traces" / f"{sample.BOOK}.toml").read_text(encoding="utf-8"))
    path = [sample.event("P-9", line) for line in trace["path"]["events"]]
    upto = next(number for number, row in enumerate(path) if row["activity"] == "six_month_review_held")
    cases = [
        {"case_id": "P-9", "playbook": sample.BOOK, "client_id": "K-1", "subject": "森 明", **trace["path"]["case"]}
    ]
    assignments = [{"role": "relationship_manager", "person": "銀行の佐伯", "client_id": "K-1"}]
    until = {rule.id: set(rule.until) for rule in workspace().playbooks.named(sample.BOOK).rules}
    place, unnamed = tmp_path / "bank", []
    for number in range(1, upto + 1, 2):
        tables = {"cases": cases, "events": path[:number], "clients": sample.CLIENTS, "assignments": assignments}
        answer = asked(capsys, "due", sample.write(place, tables), path[number - 1]["timestamp"][:10])
        named = set().union(*(until[row["rule_id"]] for row in answer))
        unnamed += [path[number]["activity"]] if path[number]["activity"] not in named else []
    assert unnamed == []
    sample.write(place, {"events": path[: upto + 1]})
    (row,) = asked(capsys, "followup", place, "2027-03-31")
    assert (row["status"], row["manager"], row["next_review"]) == ("stayed", "銀行の佐伯", "assess-issue")
    out = tmp_path / "reports"
    run = ["run", "followup_review", "--workspace", str(place), "--as-of", "2027-03-31", "--out", str(out)]
    assert main([*run, "--each", "placement", "-p", "edition=company"]) == 0
    pages = [page.read_text(encoding="utf-8") for page in out.rglob("followup_review-company.html")]
    assert len(pages) == 1
    assert re.search(r"森 明 様ご入社\d+か月のご報告", pages[0])


def asked(capsys: pytest.CaptureFixture[str], command: str, place: Path, as_of: str) -> list[dict[str, str]]:
    """What a command of the command line answers, as rows."""
    capsys.readouterr()
    assert main([command, "--workspace", str(place), "--as-of", as_of]) == 0
    return list(csv.DictReader(io.StringIO(capsys.readouterr().out.removeprefix("\ufeff"))))
