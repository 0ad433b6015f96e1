"""The simulator: the committed sample is what it writes, its rows are usable, and its truths are true."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.stats import binomtest
from the_sample import sample as the_sample
from thinned import ALL, tries

import playbook as pb
from playbook.answers.flow.funnel import funnel
from playbook.answers.owed.orphans import orphans
from playbook.days.calendar import Calendar
from playbook.simulation import SAMPLE_UNTIL, Scenario, Simulated, simulate, simulate_log, write_sample, write_simulated
from playbook.simulation.cases import PROCEDURES, played_cases
from playbook.simulation.pace import OfficeClock, PlainClock, between, calendar_days, workdays
from playbook.simulation.play import BEGIN, Effects, Fork, Procedure, Step, Way, play
from playbook.simulation.sample import BROKEN
from playbook.simulation.truth import in_the_long_run
from playbook.words.problem import ArgumentError

SAMPLES = Path(__file__).resolve().parents[2] / "data" / "samples"
BOOKS = {book.id: book for book in pb.builtin_playbooks() if book.id in Scenario().cases}
AFTERCARE, JOINS = "interview-aftercare", "joins-selection"


@pytest.fixture(scope="module")
def sample() -> pb.Workspace:
    return the_sample()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples")
    write_sample(folder)
    return folder


# --- the committed sample ---------------------------------------------------------------------------------


def test_the_committed_sample_is_what_the_simulator_writes(written: Path) -> None:
    """Regenerating the sample gives the committed bytes, file by file, and no other file."""
    made = {file.name: file.read_bytes() for file in written.iterdir()}
    kept = {file.name: file.read_bytes() for file in SAMPLES.iterdir() if file.is_file() and file.name != "README.md"}
    assert made.keys() == kept.keys()
    assert [name for name in made if made[name] != kept[name]] == []


def test_the_sample_stays_small() -> None:
    """No file is above 600 kB, and all tables together stay below 1.2 MB."""
    sizes = {file.name: file.stat().st_size for file in SAMPLES.iterdir() if file.is_file()}
    assert max(sizes.values()) < 600_000
    assert sum(size for name, size in sizes.items() if name.endswith(".csv")) < 1_200_000


def test_exactly_the_rows_broken_on_purpose_are_quarantined(sample: pb.Workspace) -> None:
    """Rows read are rows accepted and quarantined, and the quarantine holds the planted rows with their reasons."""
    counts = sample.counts
    assert (counts["read"] == counts["accepted"] + counts["quarantined"]).all()
    planted = sorted([*((table, code) for table, _, code in BROKEN), ("events", "duplicate_event")])
    assert sorted(sample.quarantine.select("table", "code").rows()) == planted


def test_the_readme_lists_every_broken_row() -> None:
    """The table of broken rows in the README has a line per planted row, of the same table."""
    text = (SAMPLES / "README.md").read_text(encoding="utf-8")
    part = text.split("## わざと壊した行")[1].split("\n## ")[0]
    listed = re.findall(r"^\| (events|cases|milestones|voices) \|", part, re.MULTILINE)
    assert sorted(listed) == sorted([*(table for table, _, _ in BROKEN), "events"])


def test_monday_is_interesting_but_believable(sample: pb.Workspace) -> None:
    """At the sample's as-of every playbook has open actions, some overdue, some due this week, some unassigned."""
    due = sample.due(SAMPLE_UNTIL)
    count = dict(due.group_by("status").len().rows())
    assert 15 <= count["overdue"] <= 40
    assert 20 <= count["due_today"] + count["due_soon"] <= 60
    assert set(due.filter(pl.col("status") == "overdue")["playbook"]) == set(BOOKS)
    assert {"waiting", "upcoming"} <= count.keys()
    assert 1 <= due["owner"].null_count() <= 10
    assert due["days_left"].min() > -250, "an action that has been overdue for most of a year shows nothing"


def test_some_cases_have_nobody_who_owes_anything(sample: pb.Workspace) -> None:
    """The cases that were only just registered are orphans."""
    found = orphans(sample.on(SAMPLE_UNTIL).log, sample.due(SAMPLE_UNTIL))
    assert {"dispatch-sales", AFTERCARE} <= set(found["playbook"])
    assert found.height <= 6


def test_placements_of_every_fate_are_there(sample: pb.Workspace) -> None:
    """Some left, one was dismissed, one is silent, one has a memo instead of a sheet, some come to six months soon."""
    events = sample.tables.events
    done = set(events["activity"])
    assert {"left", "dismissed", "six_month_review_held", "next_issue_proposed", "followup_closed"} <= done
    reviews = sample.due(SAMPLE_UNTIL).filter(pl.col("rule_id") == "six-month-review")
    assert reviews.filter(pl.col("days_left").is_between(0, 45)).height >= 2
    silent = reviews.filter(pl.col("status") == "overdue")["case_id"]
    assert not silent.is_empty()
    assert not sample.tables.voices["case_id"].is_in(silent.implode()).any()
    memo = events.filter(pl.col("goal_form") == "memo")["case_id"]
    assert not memo.is_empty()
    assert not sample.tables.milestones["case_id"].is_in(memo.implode()).any()
    assert set(sample.tables.milestones["track"]) == {"issue", "hire"}
    assert set(sample.tables.voices["shareable"]) == {"both", "company", "hire", "no"}


def test_every_rule_but_the_rarest_has_been_at_work(sample: pb.Workspace) -> None:
    """Nearly all rules of the five books have made a due action in two years."""
    made = set(sample.due(SAMPLE_UNTIL, all=True).select("playbook", "rule_id").rows())
    rules = {(book.id, rule.id) for book in BOOKS.values() for rule in book.rules}
    assert {rule for _, rule in rules - made} <= {
        "assess-issue-again",
        "recheck-feasibility",
        "call-decided-elsewhere",
        "explain-delay-again",
    }


def test_nothing_is_recorded_after_the_end(sample: pb.Workspace) -> None:
    """No event and no entry is later than the as-of of the sample; late entries are there."""
    events = sample.tables.events
    assert events.select(pl.max_horizontal("timestamp", "recorded_at").dt.date().max()).item() <= SAMPLE_UNTIL
    late = events.filter(pl.col("recorded_at").is_not_null())
    assert 0.02 < late.height / events.height < 0.08
    assert (late["recorded_at"] > late["timestamp"]).all()


def test_offices_are_closed_on_holidays(sample: pb.Workspace) -> None:
    """Agency, bank and clients act on business days; only candidates write on weekends and holidays."""
    calendar = Calendar("jp", first_year=2024, last_year=2027)
    days_off = sample.tables.events.filter(
        pl.col("timestamp").dt.date().map_elements(lambda day: calendar.closed_as(day) is not None, pl.Boolean)
    )
    share = days_off.height / sample.tables.events.height
    by_staff = days_off.filter(~pl.col("role").is_in(["candidate", "talent", "hire"]))
    assert 0.005 < share < 0.08
    assert by_staff.height / sample.tables.events.height < 0.025


def test_names_are_of_the_kind_that_break_old_encodings(sample: pb.Workspace) -> None:
    """There are 髙 and 﨑 among the people, and every text can still be written in cp932."""
    people = "".join(sample.tables.assignments["person"])
    assert "髙" in people
    assert "﨑" in people
    (SAMPLES / "events.csv").read_text(encoding="utf-8").encode("cp932")
    (SAMPLES / "cases.csv").read_text(encoding="utf-8").replace("〜", "～").encode("cp932")


def test_truth_is_written_beside_the_rows() -> None:
    """truth.json names the scenario, the planted effects, and per playbook forks, delays and where they lead."""
    truth = json.loads((SAMPLES / "truth.json").read_text(encoding="utf-8"))
    assert truth["scenario"]["until"] == "2026-11-20"
    assert truth["effects"]["late_contact"]["odds_ratio_of_decline"] == Scenario().late_odds
    assert truth["effects"]["aftercare_change"]["from"] == "2025-12-01"
    for book in BOOKS.values():
        known = truth["playbooks"][book.id]
        assert list(known["in_the_long_run"]["stages"]) == [stage.id for stage in book.stages]
        assert known["forks"]
        for fork in known["forks"]:
            assert sum(way["share"] for way in fork["ways"].values()) == pytest.approx(1, abs=1e-5)


def test_the_sample_is_one_draw_from_its_truth(sample: pb.Workspace) -> None:
    """In every stage the share that advanced is compatible with the known truth (exact test, corrected)."""
    truth = json.loads((SAMPLES / "truth.json").read_text(encoding="utf-8"))["playbooks"]
    rows = funnel(sample.on(SAMPLE_UNTIL).log).filter(pl.col("rate").is_not_null()).to_dicts()
    assert len(rows) >= 20
    for row in rows:
        known = truth[row["playbook"]]["in_the_long_run"]["stages"][row["stage"]]["advance_rate"]
        p_value = binomtest(row["advanced"], row["advanced"] + row["lost"], known).pvalue if 0 < known < 1 else 1.0
        assert p_value * len(rows) > 0.05, (row["playbook"], row["stage"], row["rate"], known)


# --- procedures -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("playbook", PROCEDURES)
def test_a_procedure_plays_its_rule_book(playbook: str) -> None:
    """Steps are activities of the rule book, closings are its outcomes; what is bound to a promise is played.

    But what the clock records is not, nor what becomes of a contract years later, nor an end of which nobody knows
    the reason; and what only figures read (whether people stayed) is told of placements alone.
    """
    procedure, book = PROCEDURES[playbook], BOOKS[playbook]
    played = {step.activity for step in procedure.steps() if not step.id.startswith("_")}
    activities = {activity.id for activity in book.activities}
    assert played <= activities
    assert {one.removeprefix("_").partition("@")[0] for one in procedure.closing} == book.closing - {"ended_unknown"}
    silent = activities - played - {"ended_unknown"}
    assert silent & _bound(book) <= {"auto_rejected", "conflict_date_checked", "contract_expiry_handled"}
    assert silent - _bound(book) <= {"joined", "left", "dismissed"}
    roles = {role for step in procedure.steps() for role in step.role.split(";") if role}
    assert roles <= {role.id for role in book.roles}


def _bound(book: pb.Playbook) -> set[str]:
    """The activities that a promise, a stage, an outcome or an order of steps names."""
    promised = {name for rule in book.rules for name in (*rule.after, *rule.until, *rule.unless)}
    entered = {name for stage in book.stages for name in stage.entered_by}
    ordered = {name for one in book.precedences for name in (one.activity, *one.requires)}
    return promised | entered | ordered | book.closing


@pytest.mark.parametrize("playbook", PROCEDURES)
def test_steps_are_told_once_and_in_order(playbook: str) -> None:
    """Every step has an id of its own and comes after the steps it waits for."""
    seen: set[str] = set()
    for part in PROCEDURES[playbook].parts:
        for step in [way.step for way in part.ways if way.step] if isinstance(part, Fork) else [part]:
            after = (step.after,) if isinstance(step.after, str) else step.after
            assert all(one in seen or one.startswith("_") for one in after), step.id
            assert step.id not in seen
            seen.add(step.id)


def _two_steps(way_share: float = 0.5) -> Procedure:
    return Procedure(
        "tiny",
        (
            Step("applied", BEGIN, workdays(1)),
            Fork("applied", (
                Way(way_share, Step("declined", "applied", workdays(0, 1)), late=True),
                Way(1 - way_share, Step("hired", "applied", between(2, 2))),
            ), contact=(BEGIN, "applied")),
            Step("thanked", "declined", calendar_days(1, 1)),
            Step("visited", "applied", between(5, 5)),
        ),
        frozenset({"declined", "hired"}),
    )  # fmt: skip


def _begin(moment: str, n: int) -> dict[str, np.ndarray]:
    return {BEGIN: np.full(n, np.datetime64(moment, "s"))}


def test_delays_count_business_days() -> None:
    """From a Friday before three days off, one business day is the Thursday; from a Saturday, none is the Monday."""
    clock, rng = OfficeClock(2025, 2027), np.random.default_rng(0)
    friday = np.full(50, np.datetime64("2026-09-18T15:00", "s"))
    reached = clock.after(rng, friday, workdays(0, 1))
    assert set(reached.astype("datetime64[D]")) == {np.datetime64("2026-09-24")}
    minutes = (reached - reached.astype("datetime64[D]")).astype("timedelta64[m]").astype(int)
    assert ((minutes >= 540) & (minutes < 1080)).all()
    saturday = np.full(50, np.datetime64("2026-11-14T15:00", "s"))
    assert set(clock.after(rng, saturday, workdays(1)).astype("datetime64[D]")) == {np.datetime64("2026-11-16")}
    assert (clock.after(rng, friday, workdays(1)) > friday).all()


def test_plain_time_is_exponential() -> None:
    """On the plain clock half of the delays are over after ln 2 times their mean."""
    start = np.full(40_000, np.datetime64("2026-01-01", "s"))
    reached = PlainClock().after(np.random.default_rng(1), start, between(4, 4))
    elapsed = (reached - start) / np.timedelta64(86_400, "s")
    assert np.median(elapsed) == pytest.approx(4 * np.log(2), rel=0.03)
    assert elapsed.mean() == pytest.approx(4, rel=0.03)


def test_nothing_happens_to_a_closed_case_but_what_closing_leads_to() -> None:
    """A visit planned for later is dropped when the case has closed; thanks after a decline are not."""
    played = play(_two_steps(), _begin("2026-06-01T10:00", 400), np.random.default_rng(2), OfficeClock(2025, 2027),
                  Effects())  # fmt: skip
    declined = ~np.isnat(played["declined"])
    assert 150 < declined.sum() < 250
    assert (np.isnat(played["hired"]) == declined).all()
    assert (np.isnat(played["thanked"]) != declined).all()
    assert np.isnat(played["visited"]).all()


def test_a_late_contact_multiplies_the_odds() -> None:
    """With odds times three, one in four becomes one in two where the contact came late, and stays elsewhere."""
    slow = replace(_two_steps(0.25), parts=(Step("applied", BEGIN, between(3, 3)), *_two_steps(0.25).parts[1:]))
    for procedure, share in ((slow, 0.5), (_two_steps(0.25), 0.25)):
        played = play(procedure, _begin("2026-06-01T10:00", 20_000), np.random.default_rng(3), OfficeClock(2025, 2027),
                      Effects(late=3.0))  # fmt: skip
        assert (~np.isnat(played["declined"])).mean() == pytest.approx(share, abs=0.012)


# --- the truth --------------------------------------------------------------------------------------------


def _decline_odds(scenario: Scenario, late: bool, since: date | None = None) -> float:
    """Of candidates after the second interview: the odds that they withdraw next."""
    cases = played_cases(scenario, AFTERCARE)
    held, sent = (cases.played[step].astype("datetime64[D]") for step in
                  ("second_interview_held", "followup_sent@second"))  # fmt: skip
    came_late = (sent - held) >= np.timedelta64(3, "D")
    seen = ~np.isnat(sent) & (came_late == late)
    if since:
        seen &= sent >= np.datetime64(since)
    withdrew = cases.did("withdrawn@second") | cases.did("decline_signal_received@second-lost")
    share = withdrew[seen].mean()
    return float(share / (1 - share))


@pytest.mark.parametrize("odds", [1.0, 3.0] if ALL else [3.0])
def test_the_planted_effect_of_late_contact_is_the_one_in_the_rows(odds: float) -> None:
    """The odds of a withdrawal after a late contact are the planted multiple of those after a timely one."""
    scenario = Scenario(cases={AFTERCARE: tries(30_000, 60_000)}, late_odds=odds, change_on=None, details=False)
    found = _decline_odds(scenario, late=True) / _decline_odds(scenario, late=False)
    assert found == pytest.approx(odds, rel=0.12)


def test_the_planted_change_in_aftercare_is_the_one_in_the_rows() -> None:
    """From the day of the change the odds of a withdrawal are the planted multiple of those before; flat without it."""
    change = date(2025, 12, 1)
    plain = Scenario(cases={AFTERCARE: tries(30_000, 60_000)}, late_odds=1, change_on=None, details=False)
    changed = replace(plain, change_on=change, change_odds=0.5)
    before = _decline_odds(plain, late=False, since=change)
    assert _decline_odds(changed, late=False, since=change) / before == pytest.approx(0.5, rel=0.1)


def test_open_cases_are_censored_at_the_end() -> None:
    """The same seed with an earlier end gives no event after it; quiet days leave every case decided."""
    open_ended = simulate(seed=5, cases={AFTERCARE: 300}, details=False)
    assert open_ended.tables["events"]["timestamp"].max() <= datetime(2026, 11, 20, 23, 59, 59)
    assert _open(open_ended) > 0
    assert _open(simulate(seed=5, cases={AFTERCARE: 300}, details=False, quiet_days=150)) == 0


def _open(simulated: Simulated) -> int:
    closing = pl.col("activity").is_in(list(BOOKS[AFTERCARE].closing))
    events = simulated.tables["events"]
    return simulated.tables["cases"].height - events.filter(closing)["case_id"].n_unique()


@pytest.mark.parametrize("playbook", [JOINS, AFTERCARE, "casual-interview"])
def test_the_long_run_agrees_with_the_funnel_of_settled_cases(playbook: str) -> None:
    """Rates worked out without the funnel are those the funnel finds when all of many cases are decided."""
    scenario = Scenario(seed=11, cases={playbook: 6_000}, details=False, quiet_days=200, months=36)
    simulated = simulate(scenario)
    log = pb.Workspace(**simulated.tables).on(SAMPLE_UNTIL).log
    found = {row["stage"]: row for row in funnel(log).filter(pl.col("playbook") == playbook).to_dicts()}
    truth = in_the_long_run(scenario, BOOKS[playbook], cases=20_000)["stages"]
    for stage, known in truth.items():
        assert found[stage]["rate"] == pytest.approx(known["advance_rate"], abs=0.035), stage


# --- chance, speed, misuse --------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_rows_and_another_seed_others(tmp_path: Path) -> None:
    """A simulation depends on its scenario alone, and one playbook's chance not on another's."""
    one, again, other = (simulate(seed=seed, cases={AFTERCARE: 12, JOINS: 10}, long_run=False) for seed in (1, 1, 2))
    assert all(one.tables[name].equals(again.tables[name]) for name in one.tables)
    assert not one.tables["events"].equals(other.tables["events"])
    alone = simulate(seed=1, cases={AFTERCARE: 12}, details=False).tables["events"]
    both = simulate(seed=1, cases={JOINS: 10, AFTERCARE: 12}, details=False).tables["events"]
    assert both.filter(pl.col("case_id").str.starts_with("A-")).select(alone.columns).equals(alone)
    assert [file.name for file in write_simulated(one, tmp_path)][:2] == ["events.csv", "cases.csv"]
    assert pb.open(tmp_path).quarantine.is_empty()


def test_a_log_for_benchmarks_has_about_as_many_events_as_asked() -> None:
    """A log of 50,000 events has that many to within three per cent."""
    assert simulate_log(50_000).tables["events"].height == pytest.approx(50_000, rel=0.03)


@pytest.mark.parametrize("cases", [{"placement-followup": 1}, {JOINS: 1, "dispatch-sales": 2}, {"casual-interview": 3}])
def test_even_a_handful_of_cases_makes_a_workspace(cases: dict[str, int], tmp_path: Path) -> None:
    """A workspace of one client and a few cases is written, broken rows and all, and reads back in full."""
    write_simulated(simulate(seed=3, clients=1, cases=cases, long_run=False), tmp_path, broken=True)
    workspace = pb.open(tmp_path)
    assert workspace.tables.cases.height == sum(cases.values())
    assert (workspace.counts["read"] == workspace.counts["accepted"] + workspace.counts["quarantined"]).all()


def test_what_cannot_be_simulated_is_refused_all_at_once() -> None:
    """Every unusable number and playbook is named, with the nearest right one."""
    with pytest.raises(ArgumentError, match=r"(?s)clients: found 0.*late_odds: found -1.*'joins-selction'") as refused:
        Scenario(clients=0, late_odds=-1, cases={"joins-selction": 5})
    assert [problem.parts("en").hint for problem in refused.value.problems] == [
        "",
        "",
        "did you mean 'joins-selection'?",
    ]
    with pytest.raises(ArgumentError, match="there are none"):
        Scenario(cases={})
