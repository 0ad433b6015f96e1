"""The yearly figures of an agency, by hand: who is counted, as what, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import polars as pl
import pytest

import playbook as pb
from playbook.answers.law import statutory
from playbook.answers.law.statutory import FiscalYear, HireRecord
from playbook.tables.settings import Agency, Settings

OURS = Agency()
CASE = {"playbook": "placement-followup", "client_id": "K", "employment_term": "無期"}
SHARED = Path(__file__).resolve().parents[3].parent / "shared" / "cases" / "workspaces" / "statutory-year"


def workspace(
    lives: Mapping[str, Sequence[str]], cells: Mapping[str, Mapping[str, str]] | None = None, agency: Agency = OURS
) -> pb.Workspace:
    """Placements from lines such as `2025-04-01 joined` or `2025-08-01 left left_kind=解雇`."""
    events = []
    for case, lines in lives.items():
        for line in lines:
            day, activity, *more = line.split()
            events.append({"case_id": case, "activity": activity, "timestamp": day}
                          | dict(cell.split("=", 1) for cell in more))  # fmt: skip
    cases = [{"case_id": case, **CASE, **(cells or {}).get(case, {})} for case in lives]
    frame = pl.DataFrame(events, infer_schema_length=None)
    return pb.Workspace(events=frame, cases=pl.DataFrame(cases, infer_schema_length=None),
                        settings=Settings(agency=agency))  # fmt: skip


NINE = {
    "N1": ["2025-04-01 joined", "2025-05-12 six_month_review_held"],
    "N2": ["2025-04-01 joined", "2025-06-30 left"],
    "N3": ["2025-04-01 joined", "2025-10-01 left"],
    "N4": ["2025-04-01 joined", "2025-10-02 left"],
    "N5": ["2025-04-01 joined", "2025-11-21 next_issue_proposed"],
    "N6": ["2025-04-01 joined", "2025-08-04 dismissed"],
    "N7": ["2025-04-01 joined"],
    "N8": ["2025-03-31 joined", "2025-09-30 left"],
    "N9": ["2025-04-01 joined", "2025-12-02 issue_assessed"],
}


def figures(ws: pb.Workspace, year: int, as_of: str) -> dict[str, object]:
    """The one row of the site's columns."""
    people = statutory.placed(ws.on(as_of).log, ws.settings.agency)
    return statutory.site(people, FiscalYear(year), date.fromisoformat(as_of)).row(0, named=True)


def test_nine_placements_counted_by_hand() -> None:
    """Nine people who joined about 1 April: 7 placed, 7 indefinite, 0 left, 4 not known, 0.0 %; 91 person-days."""
    ws = workspace(NINE, {"N2": {"employment_term": "有期3か月"}})
    row = figures(ws, 2025, "2026-11-28")
    wanted = {"placed": 7, "indefinite": 7, "person_days": 91, "left": 0, "unknown": 4, "leaving_rate": 0.0,
              "dismissed": 1}  # fmt: skip
    assert {name: row[name] for name in wanted} == wanted
    assert row["unknown_rate"] == pytest.approx(4 / 7)
    before = figures(ws, 2024, "2026-11-28")
    assert (before["placed"], before["indefinite"], before["left"], before["unknown"]) == (1, 1, 1, 0)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared workspaces are not beside this clone")
def test_the_shared_nine_placements() -> None:
    """The nine placements of the shared cases give the same figures from their free text 無期 and 有期3か月."""
    row = figures(pb.open(SHARED), 2025, "2026-11-28")
    assert [row[name] for name in ("placed", "indefinite", "left", "unknown", "leaving_rate")] == [7, 7, 0, 4, 0.0]


def test_leavers_are_said_from_october_of_the_next_year() -> None:
    """On 30 September they are absent, which is not 0; on 1 October they are said."""
    ws = workspace({"A": ["2025-04-01 joined", "2025-08-01 left"]})
    assert figures(ws, 2025, "2026-09-30")["left"] is None
    assert figures(ws, 2025, "2026-09-30")["left_so_far"] == 1
    assert figures(ws, 2025, "2026-10-01")["left"] == 1


def test_the_year_goes_by_the_day_of_joining() -> None:
    """31 March and 1 April belong to two fiscal years, and each knows its windows."""
    assert FiscalYear.of(date(2026, 3, 31)).year == 2025
    assert FiscalYear.of(date(2026, 4, 1)).year == 2026
    assert str(FiscalYear(2025).placed_due) == "2026-04-30"


@pytest.mark.parametrize(
    ("lines", "cells", "state", "why"),
    [
        ([], {}, "unknown", "not_asked"),
        (["2025-10-05 hire_review_held"], {}, "unknown", "not_asked"),
        (["2025-09-30 left"], {}, "left", "left_within"),
        (["2025-10-01 left"], {}, "there", "left_after"),
        (["2025-08-01 left left_kind=解雇"], {}, "dismissed", "dismissed_within"),
        (["2025-08-01 left left_kind=退職勧奨による退職"], {}, "left", "left_within"),
        (["2025-06-01 left", "2025-07-01 joined"], {}, "unknown", "not_asked"),
        (["2025-10-01 in_post_answered asked_answer=在籍"], {}, "there", "answered"),
        (["2025-09-30 in_post_answered asked_answer=在籍"], {}, "unknown", "asked_too_early"),
        (["2025-10-10 in_post_answered asked_answer=回答なし"], {}, "unknown", "no_answer"),
        (["2025-10-10 in_post_answered asked_answer=退職済"], {}, "unknown", "day_missing"),
        (["2025-09-01 in_post_answered asked_answer=退職済"], {}, "left", "left_within"),
        ([], {"asked_on": "2025/10/3", "asked_answer": "在籍", "asked_how": "電話"}, "there", "answered"),
        ([], {"left_on": "令和7年9月1日", "left_kind": "合意退職"}, "left", "left_within"),
        ([], {"left_on": "2025-09-01", "left_kind": "解雇"}, "dismissed", "dismissed_within"),
        ([], {"asked_on": "2027-01-05", "asked_answer": "在籍"}, "unknown", "not_asked"),
    ],
)
def test_what_counts_as_what(lines: list[str], cells: dict[str, str], state: str, why: str) -> None:
    """Recorded facts alone decide; a talk is no answer, an early answer none either, a later one that is not known yet
    none at all.
    """
    ws = workspace({"A": ["2025-04-01 joined", *lines]}, {"A": cells})
    found = statutory.placed(ws.on("2026-11-28").log, OURS).row(0, named=True)
    assert (found["state"], found["why"]) == (state, why)


def test_an_answer_may_stand_on_a_case_of_asking() -> None:
    """A case of `agency-duties` that names the placement answers for it."""
    ws = workspace(
        {"A": ["2025-04-01 joined"],
         "A-asked": ["2025-10-02 in_post_asked channel=mail", "2025-10-09 in_post_answered asked_answer=在籍"]},
        {"A-asked": {"playbook": "agency-duties", "placement_case": "A", "employed_on": "2025-04-01"}},
    )  # fmt: skip
    found = statutory.placed(ws.on("2026-11-28").log, OURS).to_dicts()
    assert [(one["case_id"], one["state"], one["asked_how"]) for one in found] == [("A", "there", "mail")]


@pytest.mark.parametrize(
    ("written", "months", "term"),
    [
        ("無期", None, "indefinite"),
        ("正社員（期間の定めなし）", None, "indefinite"),
        ("有期", 6, "long"),
        ("有期4ヶ月", None, "long"),
        ("有期３か月", None, "short"),
        ("契約社員 1年", None, "long"),
        ("有期", None, "unknown"),
        ("副業（業務委託）", None, "not_employment"),
        ("日雇", None, "short"),
        ("", None, "unknown"),
    ],
)
def test_the_term_is_read_from_what_people_write(written: str, months: float | None, term: str) -> None:
    """Words and lengths of contracts; what does not say its length is not guessed."""
    assert statutory.term_of(written, months)[0] == term


def test_side_jobs_and_unwritten_terms_are_in_no_figure() -> None:
    """業務委託 is no employment; a term that is not written is asked for instead of guessed."""
    ws = workspace(
        {"A": ["2025-05-01 joined"], "B": ["2025-05-01 joined"]},
        {"A": {"employment_term": "業務委託"}, "B": {"employment_term": ""}},
    )
    row = figures(ws, 2025, "2026-11-28")
    assert [row[name] for name in ("placed", "indefinite", "not_employment", "term_unknown")] == [0, 0, 1, 1]
    asked = statutory.to_ask(statutory.placed(ws.on("2026-11-28").log, OURS), FiscalYear(2025))
    assert [(one["case_id"], one["missing"]) for one in asked.to_dicts()] == [("B", "term")]


def test_what_is_still_to_be_asked_and_by_when() -> None:
    """Who is not known is asked from the day after the six months, owed by 31 December; a later contact stands beside."""
    people = statutory.placed(workspace({"A": ["2025-04-01 joined"]}).on("2026-01-10").log, OURS)
    (row,) = (
        one
        for one in statutory.to_ask(people, FiscalYear(2025), {"A": date(2025, 10, 5)}).to_dicts()
        if one["missing"] == "answer"
    )
    assert (row["ask_from"], row["ask_by"], row["seen_on"]) == (
        date(2025, 10, 1),
        date(2026, 12, 31),
        date(2025, 10, 5),
    )


@pytest.mark.parametrize(
    ("joined", "ended", "months", "year", "days"),
    [
        ("2025-04-01", "2025-06-30", 3, 2025, 91),
        ("2025-04-01", None, 3, 2025, 91),
        ("2026-02-01", None, 3, 2025, 59),
        ("2025-12-31", None, 2, 2025, 60),
    ],
)
def test_person_days_of_short_terms(joined: str, ended: str | None, months: int, year: int, days: int) -> None:
    """First and last day count; of a term beyond 31 March, the days of the year (our reading)."""
    facts = HireRecord(
        date.fromisoformat(joined), "short", months, date.fromisoformat(ended) if ended else None, "left"
    )
    assert statutory.person_days(facts, FiscalYear(year), date(2026, 11, 28), OURS) == days
    whole = statutory.person_days(facts, FiscalYear(year), date(2026, 11, 28), Agency(person_days="whole"))
    assert whole is not None
    assert whole >= days


def test_a_reading_may_be_set() -> None:
    """A house that counts from the day after joining has its six months end on 1 October."""
    other = Agency(six_months_end="same_day")
    assert str(statutory.last_day(date(2025, 4, 1), other)) == "2025-10-01"
    ws = workspace({"A": ["2025-04-01 joined", "2025-10-01 left"]}, agency=other)
    assert figures(ws, 2025, "2026-11-28")["left"] == 1


def test_offices_stand_apart_and_one_without_placements_is_listed() -> None:
    """The report is owed per office, even where nobody was placed."""
    ws = workspace({"A": ["2025-05-01 joined"], "B": ["2025-06-01 joined"]}, {"A": {"office": "大阪"}})
    agency = Agency(office="東京", offices=("東京", "大阪", "福岡"))
    people = statutory.placed(ws.on("2026-11-28").log, agency)
    rows = statutory.site(people, FiscalYear(2025), date(2026, 11, 28), statutory.offices_of(people, agency))
    assert dict(rows.select("office", "placed").rows()) == {"東京": 1, "大阪": 1, "福岡": 0}


def test_fee_rates_need_more_than_ten_and_every_fee() -> None:
    """Eleven of one occupation have a rate, rounded half up at the second decimal; ten have none; nor has a gap."""
    lives = {f"{kind}{n:02}": ["2025-05-01 joined"] for kind, many in (("S", 11), ("T", 10), ("U", 11))
             for n in range(many)}  # fmt: skip
    occupation = {"S": "営業", "T": "経理", "U": "製造"}
    cells = {case: {"occupation": occupation[case[0]], "expected_pay": "5,000,000", "fee": "1732500"} for case in lives}
    del cells["U03"]["fee"]
    cells = {case: {"fee": "", **cell} for case, cell in cells.items()}
    people = statutory.placed(workspace(lives, cells).on("2026-04-10").log, OURS)
    rows = {row["occupation"]: row for row in statutory.occupations(people, FiscalYear(2025)).to_dicts()}
    assert rows.keys() == {"営業", "製造"}
    assert rows["営業"]["fee_rate"] == 34.7  # 34.65, half up
    assert (rows["製造"]["with_fee"], rows["製造"]["fee_rate"]) == (10, None)


def test_the_leaving_rate_by_occupation_is_of_the_year_before() -> None:
    """Beside this year's fee rate the site shows how many of last year's hires of that occupation left."""
    lives = {f"S{n:02}": ["2025-05-01 joined"] for n in range(11)}
    lives |= {"P1": ["2024-05-01 joined", "2024-07-01 left"], "P2": ["2024-05-01 joined"]}
    cells = {case: {"occupation": "営業"} for case in lives}
    (row,) = statutory.occupations(
        statutory.placed(workspace(lives, cells).on("2026-04-10").log, OURS), FiscalYear(2025)
    ).to_dicts()
    assert (row["indefinite_before"], row["left_before"], row["unknown_before"]) == (2, 1, 1)
    assert row["leaving_rate_before"] == 0.5


def test_duties_are_cases_that_the_clock_takes_up() -> None:
    """The rows for `agency-duties` make the clock owe the inquiry from 1 October and the filing in its windows."""
    ws = workspace({"A": ["2025-04-01 joined"]})
    people = statutory.placed(ws.on("2026-03-31").log, OURS)
    rows = statutory.duties(people, FiscalYear(2025), ["東京"])
    nothing = pl.DataFrame(schema=dict.fromkeys(("case_id", "activity", "timestamp"), pl.String))
    due = pb.Workspace(events=nothing, cases=rows.cast(pl.String)).on("2026-04-10").due(all=True)
    owed = {row["rule_id"]: (str(row["opened_at"])[:10], str(row["due_at"])[:10]) for row in due.to_dicts()}
    assert owed["ask-in-post"] == ("2025-10-01", "2025-11-01")
    assert owed["file-placed"] == ("2026-04-01", "2026-04-30")
    assert owed["hand-in-report"] == ("2026-04-01", "2026-04-30")
    assert owed["file-leavers"] == ("2026-10-01", "2026-12-31")


def test_what_was_filed_stays_and_the_difference_is_shown() -> None:
    """After a case is gone from the tables, the filed counts stand, and the difference is -1."""
    today = date(2026, 11, 28)
    lives = {"A": ["2025-04-01 joined"], "B": ["2025-04-01 joined"]}
    before = statutory.site(statutory.placed(workspace(lives).on("2026-11-28").log, OURS), FiscalYear(2025), today)
    counts = statutory.counts_to_file(before, "left")
    assert counts == {"": {"left": 0, "unknown": 2}}
    filed = {"parts": {"left": {"filed_on": "2026-11-28", "offices": counts}}}
    del lives["B"]
    after = statutory.site(statutory.placed(workspace(lives).on("2026-11-28").log, OURS), FiscalYear(2025), today)
    rows = statutory.against_filed(after, filed)
    assert rows.select("figure", "filed", "now", "difference").rows() == [("left", 0, 0, 0), ("unknown", 2, 1, -1)]
