"""Every code a reader may meet has a name in both languages."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from show_sample import AS_OF
from the_sample import sample

import playbook as pb
from playbook.answers.ahead import forecast, forecast_load, forecast_record, limits, matters, stake
from playbook.answers.flow import cycles, declines, funnel, offers, units, waiting
from playbook.answers.placed import placements, retention
from playbook.rules.nouns import Activity, Checklist, Field, Outcome, PlannedDate, Playbook, Role, Rule, Stage, Template
from playbook.show import labels, view
from playbook.words.text import LANGS, Lang, Text


def test_every_label_is_written_in_both_languages() -> None:
    """No label is empty, Japanese in English, or plain ASCII in Japanese."""
    everything = [*labels.COLUMNS.items(), *labels.ABSENT.items()]
    everything += [item for values in labels.VALUES.values() for item in values.items()]
    assert len(everything) > 150
    for code, text in everything:
        assert text.en.strip() and text.en.isascii(), code
        assert text.ja.strip() and not text.ja.isascii(), code


def test_the_twelve_statuses_are_labelled() -> None:
    """Exactly the statuses of DESIGN section 4 have a name, each its own."""
    assert set(labels.STATUSES) == {
        "met", "met_late", "void", "lapsed", "closed_late",
        "overdue", "waiting", "due_today", "due_soon", "upcoming", "postponed", "paused",
    }  # fmt: skip
    for lang in LANGS:
        assert len({text.say(lang) for text in labels.STATUSES.values()}) == 12
    assert set(labels.OPEN_STATUSES) < set(labels.STATUSES)


def test_a_playbook_names_its_own_codes() -> None:
    """Rules, roles, stages, outcomes, activities, dates and templates have the playbook's names."""
    text = Text("名", "name")
    book = Playbook(
        "b",
        Text("本", "book"),
        activities=(Activity("a", text),),
        dates=(PlannedDate("d", text),),
        stages=(Stage("s", text, ("a",)),),
        outcomes=(Outcome("o", text, "won", ("a",)),),
        roles=(Role("driver", text, "client"),),
        rules=(Rule("r", text, ("a",), (), ("a",), "driver"),),
        templates=(Template("t", text, "mail", text),),
        checklists=(Checklist("c", text, "a", (Field("f", text),)),),
    )
    known = {
        "rule_id": "r", "role": "driver", "stage": "s", "outcome": "o", "trigger": "a", "activity": "d",
        "template": "t", "target": "o", "detail": "f", "id": "c", "last_activity": "a",
    }  # fmt: skip
    assert {of: labels.name_in(book, of, code) for of, code in known.items()} == dict.fromkeys(known, text)
    assert labels.name_in(book, "playbook", "b") == Text("本", "book")
    assert labels.name_in(book, "rule_id", "other") is None
    assert labels.name_in(book, "note", "r") is None


@pytest.fixture(scope="module")
def answers() -> dict[str, pl.DataFrame]:
    """The answers of the sample workspace, as the analyses give them."""
    ws = sample()
    log, due = ws.on("2026-11-20").log, ws.due("2026-11-20", all=True)
    stays = retention.employment(log)
    voices = retention.known_voices(log)
    proposals = placements.known_proposals(log)
    of_log = {
        function.__name__: function(log)
        for function in (
            funnel.case_states, funnel.funnel, funnel.stage_curves, funnel.stage_endings, funnel.flows,
            declines.decline_cases, declines.declines, declines.decline_moments, offers.offers, declines.signals,
            declines.signal_answers, cycles.cycle_rates, cycles.trends, cycles.surveys, cycles.aftercare_time,
            cycles.workload_weeks, cycles.priorities, placements.placements, placements.milestone_progress,
            placements.milestone_counts, placements.preparation, retention.employment, retention.retention,
            retention.ways_out, retention.within_six_months, waiting.throughput,
        )
    }  # fmt: skip
    of_due = {
        function.__name__: function(log, due)
        for function in (
            waiting.waiting, waiting.waiting_shares, declines.late_before, declines.associations, cycles.capacity,
            cycles.contributions, limits.limits, limits.times, matters.matters, matters.how_late,
        )
    }  # fmt: skip
    return {**of_log, **of_due} | {
        "unmentioned": limits.unmentioned(log),
        "unwritten_orders": limits.orders(log),
        "week_at_stake": stake.week_at_stake(log, due, matters.matters(log, due)),
        "slots": stake.slots(log, due, matters.matters(log, due)),
        "units": units.units(log, "client_id"),
        "forecast": forecast.forecast(log, draws=50),
        "stages_ahead": forecast.stages_ahead(log, draws=50),
        "arrivals": forecast.arrivals(log, draws=50),
        "record": forecast_record.record([log], log, draws=50),
        "reliability": forecast_record.reliability(forecast_record.record([log], log, draws=50)),
        "load_ahead": forecast_load.load_ahead(log, due),
        "due": due,
        "violations": ws.violations("2026-11-20"),
        "changes": ws.on("2026-11-20").since("2026-11-13"),
        "orphans": ws.on("2026-11-20").orphans(),
        "counts": ws.counts,
        "quarantine": ws.quarantine,
        "what_if": ws.what_if("2026-11-20", {"notify-applicants.due": "5 days"}),
        "by_date_basis": funnel.by_date_basis(log, date(2026, 1, 1), AS_OF),
        "change_effects": cycles.change_effects(log, date(2026, 1, 1)),
        "experience": placements.experience(voices, stays),
        "proposals": proposals,
        "proposals_by_status": placements.proposals_by_status(proposals),
    }


CLOSED_SETS = (
    "status", "kind", "basis", "moment", "ended", "outcome_kind", "at_six_months", "silent", "change", "measure",
    "side", "next_review_status", "next_review_basis", "before", "channel", "signal_channel", "track", "table",
    "verdict", "criterion", "waited_for", "shareable", "unit",
)  # fmt: skip


def test_every_column_and_code_of_every_answer_has_a_name(answers: dict[str, pl.DataFrame]) -> None:
    """No analysis shows a reader a code: each column has a head, and each code of a closed set a name."""
    unnamed: set[tuple[str, ...]] = set()
    for name, frame in answers.items():
        unnamed |= {(name, column) for column in frame.columns if labels.column(column) == column}
        for column in (column for column in CLOSED_SETS if column in frame.columns):
            if frame.schema[column].is_numeric():
                continue
            codes = frame[column].cast(pl.String).drop_nulls().unique().to_list()
            unnamed |= {(name, column, code) for code in codes if labels.value(column, code) == code}
    assert sorted(unnamed) == []


@pytest.mark.parametrize("lang", LANGS)
def test_every_answer_can_be_shown(answers: dict[str, pl.DataFrame], lang: Lang) -> None:
    """Every answer of every analysis is a table with all its rows, in both languages."""
    books = pb.builtin_playbooks()
    for name, frame in answers.items():
        shown = view.table(frame.head(50), lang=lang, playbooks=books, near=AS_OF)
        assert len(shown) == min(frame.height, 50), name
        assert shown.html
