"""Subjects of a day: each answers as its function does, grouped by whatever rows of cases have."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from the_sample import sample

from playbook.answers.flow import declines, funnel
from playbook.answers.owed import punctuality
from playbook.ask.day import Day
from playbook.words.problem import ArgumentError

AS_OF = date(2026, 11, 20)


@pytest.fixture(scope="module")
def day() -> Day[pl.DataFrame]:
    """The day of the sample."""
    return sample().on(AS_OF)


def test_a_subject_answers_as_its_function_does(day: Day[pl.DataFrame]) -> None:
    """A subject adds nothing: it hands its log and its grouping on."""
    by_client = day.funnel(by="client_id")
    assert by_client.stages.equals(funnel.funnel(day.log, "client_id"))
    assert by_client.flows.equals(funnel.flows(day.log, "client_id"))
    assert day.declines(by="owner").reasons.equals(declines.decline_reasons(day.log, "owner"))
    assert day.clocks().equals(punctuality.clocks_kept(day.judged.every))


@pytest.mark.parametrize("by", ["client_id", "opening_id", "position", "owner", "cycle", "month", "channel"])
def test_cases_clocks_and_offers_are_grouped_by_the_same_words(day: Day[pl.DataFrame], by: str) -> None:
    """Whatever rows of cases have, each question can be parted by, and the parts sum to the whole."""
    stages, whole = day.funnel(by=by).stages, day.funnel().stages
    assert by in stages.columns
    assert stages["entered"].sum() == whole["entered"].sum()
    clocks = day.clocks(by=by)
    assert clocks.select("kept", "late", "missed").sum().equals(day.clocks().select("kept", "late", "missed").sum())
    offers = day.declines(by=by).offers
    assert by in offers.columns
    assert offers["offers"].sum() == day.declines().offers["offers"].sum()


def test_another_day_is_asked_of_the_day(day: Day[pl.DataFrame]) -> None:
    """A day knows its workspace: the day before is one call away, and what came since another."""
    before = day.on("2026-11-13")
    assert str(before.as_of) == "2026-11-13"
    assert day.since("2026-11-13").equals(day.since(before.as_of.day))
    with pytest.raises(ArgumentError, match="2026-11-27 is after the as-of 2026-11-20"):
        day.since("2026-11-27")


def test_a_word_nobody_groups_by_is_answered_with_the_nearest(day: Day[pl.DataFrame]) -> None:
    """A mistyped column is an error that says which there are."""
    with pytest.raises(ArgumentError, match="there is no column 'positon' in cases[\\s\\S]*mean 'position'"):
        day.funnel(by="positon").stages  # noqa: B018
