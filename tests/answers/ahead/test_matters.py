"""Which limits matter, on firms in which it is known what being late does."""

from __future__ import annotations

import polars as pl
import pytest
from late_firms import Late, late_log
from small_logs import book, log_of

from playbook.answers.ahead.matters import how_late, matters
from playbook.answers.flow.declines import associations
from playbook.clock.due import due_actions
from playbook.rules.nouns import Playbook, Rule
from playbook.rules.offset import Offset
from playbook.words.text import Text

NAME = Text("名", "name")


def _over(firm: Late, seeds: range) -> pl.DataFrame:
    """The verdicts of some firms of a kind, with the truth of each rule beside."""
    rows = []
    for seed in seeds:
        found = matters(*late_log(firm, seed)).with_columns(seed=pl.lit(seed))
        truth = [firm.effects[int(rule.removeprefix("rule-"))] for rule in found["rule_id"]]
        rows.append(found.with_columns(truth=pl.Series(truth, dtype=pl.Float64)))
    return pl.concat(rows)


def test_nothing_planted_is_nothing_found() -> None:
    """Twelve firms without an effect: the intervals hold 0, and hardly a firm is told that a rule matters."""
    found = _over(Late(cases=250), range(12))
    assert found["own"].count() > 60
    inside = ((found["own_low"] <= 0) & (found["own_high"] >= 0)).drop_nulls().mean()
    assert inside is not None and inside > 0.9
    assert found.filter(verdict="matters")["seed"].n_unique() <= 2


def test_a_large_planted_effect_is_found_with_its_size_and_the_others_are_not() -> None:
    """Twenty points more are lost when rule 0 is late, in firms of 900 cases."""
    found = _over(Late(effects=(0.2, 0, 0, 0, 0, 0), cases=900), range(5))
    planted, rest = found.filter(pl.col("truth") > 0), found.filter(pl.col("truth") == 0)
    assert (planted["verdict"] == "matters").sum() >= 4
    assert planted["effect"].mean() == pytest.approx(0.2, abs=0.05)
    assert (rest["verdict"] == "matters").sum() <= 1
    assert (planted["verdict"] != "small").all()


def test_a_firm_with_few_cases_says_how_many_would_tell() -> None:
    """It cannot tell, and more cases would: a number larger than what it has."""
    found = _over(Late(cases=120), range(2)).filter(pl.col("reason") == "uncertain")
    assert found.height > 5
    assert (found["verdict"] == "cannot_tell").all()
    assert (found["needs"] > found["late_n"] + found["kept_n"]).all()


def test_a_case_that_ended_before_the_due_could_not_be_late() -> None:
    """Many end within two days: among all cases the late ones look better off; among those alive at the due, not."""
    firm = Late(effects=(0.0,), cases=4000, quick=True, decline=0.25, stages=1)
    log, actions = late_log(firm, 3)
    row = matters(log, actions).row(0, named=True)
    declined = log.events.filter(pl.col("activity") == "declined").select("case_id").collect()["case_id"]
    ended = actions.filter(pl.col("status") != "void")
    assert row["late_n"] + row["kept_n"] < ended.height  # those that ended before the due are not compared
    assert row["own_low"] < 0 < row["own_high"]
    assert declined.len() > 500


def test_cases_with_poor_prospects_that_are_late_oftener_are_named() -> None:
    """Who gave a sign of a decline is followed up late: nothing is said to matter, and the reason is given."""
    found = _over(Late(cases=600, hopeless=0.7, worse=0.5, signs=True), range(4))
    assert (found["verdict"] != "matters").all()
    assert (found["reason"] == "hopeless_late").sum() > found.height / 2


def test_the_naive_comparison_would_have_called_them_late_rules_that_matter() -> None:
    """The same firms, compared without what was known before: the older table finds more declines when late."""
    log, actions = late_log(Late(cases=600, hopeless=0.7, worse=0.5, signs=True), 0)
    assert "more" in associations(log, actions)["verdict"].to_list()
    assert "matters" not in matters(log, actions)["verdict"].to_list()


def test_later_is_looked_at_among_those_who_lived_that_long() -> None:
    """Each number of days past the due has its own cases: fewer late, none that ended before."""
    log, actions = late_log(Late(effects=(0.2, 0, 0), cases=600), 1)
    found = how_late(log, actions).filter(rule_id="rule-0")
    assert found["days_past"].to_list() == [0, 1, 3, 7]
    assert found["late_n"].is_sorted(descending=True) and found["late_n"].n_unique() > 2
    whole = found["late_n"] + found["kept_n"]
    assert whole.is_sorted(descending=True) and whole[3] < whole[0]


def _rules(*rules: Rule) -> Playbook:
    return book(
        {"application": ["applied"], "interview": ["met"]},
        [("won", "won", ["hired"]), ("declined", "declined", ["declined"]), ("lapsed", "lapsed", ["lapsed"])],
        {"agent": "agency"},
        rules=rules,
    )


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (Rule("r", NAME, ("asked",), (Offset.parse("3 days"),), ("met",), "agent"), "decides_itself"),
        (Rule("r", NAME, ("asked",), (Offset.parse("3 days"),), ("hired",), "agent"), "decides_itself"),
        (Rule("r", NAME, ("asked",), (Offset.parse("3 days"),), ("sent",), "agent", record="lapsed"), "recorded"),
        (Rule("r", NAME, ("asked",), (Offset.parse("3 days"),), ("sent",), "agent"), "too_few"),
    ],
)
def test_what_cannot_be_compared_says_why(rule: Rule, reason: str) -> None:
    """The rule that is the decision itself, the one whose lateness the clock ends, the one with few cases."""
    events = [(f"C-{n}", "asked", "2026-10-01T10:00:00") for n in range(8)]
    log = log_of(_rules(rule), events, "2026-11-30")
    row = matters(log, due_actions(log).collect()).row(0, named=True)
    assert (row["verdict"], row["reason"], row["effect"]) == ("cannot_tell", reason, None)
    assert (row["needs"] is not None) == (reason == "too_few")


def test_nothing_fallen_due_is_no_row() -> None:
    """What is not due yet says nothing of lateness."""
    rule = Rule("r", NAME, ("asked",), (Offset.parse("30 days"),), ("sent",), "agent")
    log = log_of(_rules(rule), [("C-1", "asked", "2026-11-20T10:00:00")], "2026-11-30")
    assert matters(log, due_actions(log).collect()).is_empty()
