"""What each reader of a review may see: the data is cut down first, and only what is left is ever shown.

Every table has one function and one list of what may pass; a column, an activity or an item that nobody listed stays
with the bank. The bank's edition is the whole. An edition for the company or the hire holds

- what all three agreed on paper: mission, goals, milestones with their days, routes, the plan;
- what happened with all three, and with its reader; never a concern that somebody raised (B-25), nor a review held with
  the other side (B-26);
- voices that may stand in its reader's edition (`shareable`), of both sides, and whose speaker's consent is on record
  and valid that day (see `consents`); what was said in confidence stays with the bank, even from its own speaker's
  pack, because packs are passed around;
- the steps ahead whose cause and whose fulfilment its reader may see;
- no proposal, no amount, no evidence, note or reason, nobody's judgement of whether the issue was solved (B-28).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, get_args
from unicodedata import normalize

import polars as pl

from playbook.answers.owed.violations import violations
from playbook.answers.placed.consents import permitted, recalled, released_key
from playbook.answers.placed.placements import (
    experience,
    known_proposals,
    milestone_progress,
    owed,
    placements,
    preparation,
    review_rules,
)
from playbook.answers.placed.retention import WITH_BOTH, WITH_COMPANY, WITH_HIRE, known_voices, placement_cases
from playbook.clock.due import OPEN
from playbook.clock.known import EventLog
from playbook.rules.nouns import Playbook
from playbook.tables.columns import flags
from playbook.words.catalogue import msg
from playbook.words.problem import ArgumentError, Problem, did_you_mean

Edition = Literal["bank", "company", "hire"]
EDITIONS: tuple[Edition, ...] = get_args(Edition)

_CAREFUL = re.compile(
    r"まだ(?:ご)?本人(?:に|は|へ)は?|(?:ご)?本人には?(?:まだ|言|話|伝|内緒|伏せ|秘密)|未だ本人|内密|内々|ないみつ|内緒|ないしょ|ナイショ"
    r"|社内(?:で|に|へ)は|社外秘|会社には(?:まだ|言|話|伝|内緒)|ここだけ|オフレコ|他言|口外|秘密|伏せて(?:いる|おい|くだ|ほし)"
    r"|confidential|in confidence|off[ -]?the[ -]?record|not yet (?:been )?told|between (?:us|you and me)"
    r"|(?:do not|don[’']t) (?:tell|pass|share)"
)


def careful(said: str | None) -> tuple[str, ...]:
    """The words in a voice which say that it was not meant to cross, in any width of letters, each once.

    >>> careful("昇格の案。まだ本人には話していない"), careful("よく話しています"), careful("Ｏｆｆ　the record")
    (('まだ本人には',), (), ('off the record',))
    """
    folded = " ".join(normalize("NFKC", said or "").casefold().split())
    return tuple(dict.fromkeys(_CAREFUL.findall(folded)))


# ---- the lists: what may pass to a reader who is not the bank ----

_CONCERNS = ("concern_raised", "concern_resolved")
_ISSUE = ("issue_assessed", "next_issue_proposed", "followup_closed")
_COURSE = ("offer_made", "offer_accepted", "site_visit_arranged", "left", "dismissed")
_ALL_THREE = tuple(activity for activity in WITH_BOTH if activity not in _CONCERNS)

ACTIVITIES: Mapping[Edition, frozenset[str]] = {
    "company": frozenset({*_COURSE, *_ALL_THREE, *WITH_COMPANY}) - frozenset(_ISSUE),
    "hire": frozenset({*_COURSE, *_ALL_THREE, *WITH_HIRE}),
}
"""Which events a reader may know of, and which steps ahead (by what causes and what fulfils them)."""

_ON_PAPER: Mapping[str, tuple[str, ...]] = {
    "mission_shared": ("mission", "delivery_structure", "support", "concern_contact"),
    "goals_agreed": ("goal_form", "issue_goal", "hire_goal", "goal_period"),
    "action_plan_agreed": ("plan_months", "plan_milestones"),
    "contact_routes_agreed": ("route_company_to_hire", "route_hire_to_company", "place_of_resolution"),
    "six_month_review_held": ("issue_progress", "hire_progress"),
    "change_shared": ("change_seen",),
}
ITEMS: Mapping[Edition, Mapping[str, tuple[str, ...]]] = {
    "company": {
        **_ON_PAPER,
        "expectations_shared": ("expected_talk", "expected_openness", "expected_outlook"),
    },
    "hire": _ON_PAPER,
}
"""Which items of which activity a reader may read, from its event or its case."""

CASE = ("case_id", "client_id", "subject", "position", "joins_on", "management_issue")
PLACEMENT = (
    "case_id", "joined_on", "ended_on", "six_months_on", "milestones", "achieved", "achieved_late", "slipping",
    "at_risk", "progress",
)  # fmt: skip
MILESTONES = ("case_id", "milestone", "track", "starts_on", "due_on", "achieved_on", "status", "measure")
RECORDED = ("planned", "on_track", "achieved", "achieved_late", "done", "done_late", "missed", "dropped")
"""The states of a goal that another reader may see, where somebody wrote them down."""
VOICES = ("case_id", "side", "held_on", "topic", "score", "note")
EVENTS = ("case_id", "activity", "timestamp")
PREPARATION = ("playbook", "case_id", "activity", "due_on", "done_on", "status", "missing")
ACTIONS = ("playbook", "case_id", "rule_id", "entry", "role", "owner", "due_at", "fulfilled_at", "status", "basis")


@dataclass(frozen=True)
class Pack:
    """What one reader may know of one placement on a day; no frame holds anything else.

    `case`: its own cells. `placement`: the row of `placements.placements`. `items`: one row per item on paper:
    `activity, item, on, content`. `milestones`, `voices`, `experience`, `preparation`: see `followup`. `events`: one
    row per event. `actions`: open due actions; `reviews`: those of reviews, done ones included. `changes`: the items of
    `change_shared`. The bank's alone, empty for others: `proposals`, `assessments` (`on, issue_solved`), `concerns`
    (events), `missing` (violations). `closed`: days on which the client is closed. `released`: the keys of
    the voices in it (`consents.voice_key`), for the register of what left the house; `withheld`: how many voices were
    kept back, by why (of `consents.REFUSALS`). `kept_back`, for the bank alone: which voices stay out of whose edition
    and why, one row per voice and edition: `edition, side, held_on, topic, note, refused, special`.
    """

    edition: Edition
    day: date
    book: Playbook
    client: str
    case: Mapping[str, Any]
    placement: Mapping[str, Any]
    items: pl.DataFrame
    milestones: pl.DataFrame
    voices: pl.DataFrame
    experience: pl.DataFrame
    preparation: pl.DataFrame
    events: pl.DataFrame
    actions: pl.DataFrame
    reviews: pl.DataFrame
    proposals: pl.DataFrame
    assessments: pl.DataFrame
    concerns: pl.DataFrame
    missing: pl.DataFrame
    closed: tuple[date, ...]
    released: tuple[str, ...] = ()
    withheld: Mapping[str, int] = field(default_factory=dict)
    kept_back: pl.DataFrame = field(default_factory=pl.DataFrame)


def pack(log: EventLog, case_id: str, edition: Edition, horizon: int = 7) -> Pack:
    """What a reader may know of a placement; without a case, of one with goals whose six months end about the as-of.

    Raises ArgumentError where there is no such placement or edition.
    """
    _refuse_unknown_edition(edition)
    due = owed(log, horizon)
    standing = placements(log, horizon, due)
    case_id = _found(standing, case_id, log.as_of.day)
    one = pl.col("case_id") == case_id
    case = placement_cases(log).filter(one)
    book = log.playbooks.named(case["playbook"][0])
    row = standing.filter(one)
    events = log.events.filter(one, ~pl.col("derived")).sort("timestamp", "activity").collect()
    consents = log.tables.consents.filter(one)
    voices, called = known_voices(log).filter(one), readers_named(log)[case_id]
    judged = permitted(voices, consents, edition, log.as_of.day, called)
    heard = for_reader_voices(judged, edition)
    steps = for_reader_actions(due.filter(one), book, edition)
    return Pack(
        edition,
        log.as_of.day,
        book,
        _client(log, case["client_id"][0]),
        for_reader_row(case, edition, CASE),
        for_reader_row(row, edition, PLACEMENT),
        for_reader_items(events, case, book, edition),
        for_reader_milestones(milestone_progress(log).filter(one), edition),
        heard,
        experience(heard.with_row_index("row") if "row" not in heard.columns else heard, row),
        for_reader_preparation(preparation(log, horizon, due).filter(one), edition),
        for_reader_events(events, edition),
        steps.filter(pl.col("status").is_in(OPEN)),
        steps.filter(pl.col("rule_id").is_in(list(review_rules(log)))),
        for_reader_proposals(known_proposals(log), case, edition),
        for_reader_assessments(events, edition),
        for_the_bank(events.filter(pl.col("activity").is_in(_CONCERNS)), edition),
        for_the_bank(violations(log, case_id).sort("at", "kind", "id", "detail").collect(), edition),
        tuple(_closed(log, case["client_id"][0])),
        () if edition == "bank" else _released(judged, edition),
        dict(judged["refused"].drop_nulls().value_counts().rows()),
        for_the_bank(_kept_back(voices, consents, log.as_of.day, called), edition),
    )


def _kept_back(voices: pl.DataFrame, consents: pl.DataFrame, day: date, called: Mapping[str, str]) -> pl.DataFrame:
    """The voices that may not stand in the editions of company and hire on a day, and why."""
    judged = [
        permitted(voices, consents, edition, day, called).with_columns(edition=pl.lit(edition))
        for edition in EDITIONS[1:]
    ]
    columns = ("edition", "side", "held_on", "topic", "note", "refused", "special")
    return pl.concat(judged).filter(pl.col("refused").is_not_null()).select(columns)


def _released(judged: pl.DataFrame, edition: Edition) -> tuple[str, ...]:
    return tuple(released_key(edition, key) for key in judged.filter(pl.col("refused").is_null())["key"])


def readers_named(log: EventLog) -> Mapping[str, Mapping[str, str]]:
    """By what name a consent may call the company and the hire of each placement, and which edition that is."""
    named = placement_cases(log).join(log.tables.clients.select("client_id", "name"), on="client_id", how="left")
    rows = named.select("case_id", "client_id", "name", "subject").iter_rows()
    return {
        case: {one: edition for one, edition in ((client, "company"), (name, "company"), (subject, "hire")) if one}
        for case, client, name, subject in rows
    }


def recalled_on(log: EventLog, day: date) -> frozenset[str]:
    """What no published edition may hold any more on a day (see `consents.recalled`)."""
    return recalled(known_voices(log), log.tables.consents, day, readers_named(log))


def _refuse_unknown_edition(edition: str) -> None:
    if edition not in EDITIONS:
        raise ArgumentError(
            Problem(
                msg("edition"),
                msg("found '{edition}'", edition=edition),
                ", ".join(EDITIONS),
                did_you_mean(edition, EDITIONS),
            )
        )


def _found(standing: pl.DataFrame, case_id: str, day: date) -> str:
    known = standing["case_id"].to_list()
    if case_id in known:
        return case_id
    if case_id or not known:
        raise ArgumentError(
            Problem(
                msg("case"),
                msg("there is no placement '{case_id}' on {day}", case_id=case_id, day=day),
                hint=did_you_mean(case_id, known),
            )
        )
    far = (pl.col("six_months_on") - pl.lit(day)).dt.total_days().abs()
    nearest = standing.sort(pl.col("milestones") == 0, far, "case_id", nulls_last=True)
    return str(nearest["case_id"][0])


def _client(log: EventLog, client_id: str | None) -> str:
    named = log.tables.clients.filter(pl.col("client_id") == (client_id or ""))["name"].drop_nulls()
    return str(named[0]) if len(named) else client_id or ""


def _closed(log: EventLog, client_id: str | None) -> list[date]:
    mine = pl.col("client_id").is_null() | (pl.col("client_id") == (client_id or ""))
    return log.tables.closures.filter(mine)["date"].unique().sort().to_list()


# ---- one function a table ----


def for_reader_row(row: pl.DataFrame, edition: Edition, columns: Sequence[str]) -> Mapping[str, Any]:
    """The one row of a case or placement with the cells that a reader may see."""
    return _only(row, edition, columns).row(0, named=True)


def for_reader_milestones(milestones: pl.DataFrame, edition: Edition) -> pl.DataFrame:
    """The goal sheet, which all three made: without evidence and note; the status as written, never as computed."""
    if edition != "bank" and "written" in milestones.columns:
        known = pl.col("written").is_in(RECORDED)  # any other word in that cell is the bank's own
        milestones = milestones.with_columns(status=pl.when(known).then("written"))
    return _only(milestones, edition, MILESTONES)


def for_reader_voices(voices: pl.DataFrame, edition: Edition) -> pl.DataFrame:
    """The voices that nothing keeps from this reader (columns: `consents.permitted`); empty `shareable` is a no."""
    return _only(voices.filter(pl.col("refused").is_null()), edition, VOICES)


def for_reader_events(events: pl.DataFrame, edition: Edition) -> pl.DataFrame:
    """What happened with this reader: activity and moment, never who, why or what was noted."""
    return _only(_visible(events, "activity", edition), edition, EVENTS)


def for_reader_preparation(steps: pl.DataFrame, edition: Edition) -> pl.DataFrame:
    """The work before the joining in which this reader takes part."""
    return _only(_visible(steps, "activity", edition), edition, PREPARATION)


def for_reader_actions(due: pl.DataFrame, book: Playbook, edition: Edition) -> pl.DataFrame:
    """The due actions whose cause and whose every fulfilment this reader may know of, planned dates included."""
    if edition == "bank":
        return due
    allowed = ACTIVITIES[edition]
    rules = [rule.id for rule in book.rules if set(rule.until) <= allowed]
    causes = [*allowed, *book.date_ids]
    kept = due.filter(pl.col("rule_id").is_in(rules), pl.col("trigger").is_in(causes))
    return _only(kept, edition, ACTIONS)


def for_reader_items(events: pl.DataFrame, case: pl.DataFrame, book: Playbook, edition: Edition) -> pl.DataFrame:
    """What stands on paper: one row per event and item: `activity, item, on` (day), `content`.

    An item is read from its event, else from the case, as checklists are.
    """
    listed = _all_items(book) if edition == "bank" else ITEMS[edition]
    shown = events.filter(pl.col("activity").is_in(list(listed)))
    cells = case.row(0, named=True)
    rows = [
        (row["activity"], item, row["timestamp"].date(), str(content))
        for row in shown.iter_rows(named=True)
        if _told(row, cells, edition)
        for item in listed[row["activity"]]
        if (content := _filled(row.get(item)) or _filled(cells.get(item))) is not None
    ]
    return pl.DataFrame(rows, schema=_ITEM, orient="row")


_ITEM = {"activity": pl.String, "item": pl.String, "on": pl.Date, "content": pl.String}


def _all_items(book: Playbook) -> Mapping[str, tuple[str, ...]]:
    return {checklist.at: tuple(field.id for field in checklist.fields) for checklist in book.checklists}


def _told(event: Mapping[str, Any], case: Mapping[str, Any], edition: Edition) -> bool:
    """A change is shared with both (B-27); where event or case says with whom, only a clear yes lets it pass."""
    if edition == "bank" or event["activity"] != "change_shared":
        return True
    item = f"shared_with_{edition}"
    said = _filled(event.get(item)) or _filled(case.get(item))
    return said is None or _is_yes(str(said))


def _is_yes(said: str) -> bool:
    done = "済" in said and "未" not in said
    return done or flags(pl.Series([said])).to_list() == [True]


def _filled(cell: object) -> object | None:
    return None if cell is None or str(cell).strip() == "" else cell


def for_reader_proposals(proposals: pl.DataFrame, case: pl.DataFrame, edition: Edition) -> pl.DataFrame:
    """The bank's proposals to this client; for the bank alone."""
    of_case = pl.col("case_id").is_null() | (pl.col("case_id") == case["case_id"][0])
    mine = proposals.filter(pl.col("client_id") == (case["client_id"][0] or ""), of_case)
    return for_the_bank(mine, edition)


def for_reader_assessments(events: pl.DataFrame, edition: Edition) -> pl.DataFrame:
    """Whether the issue was solved, each time it was discussed: `on, issue_solved, note`; for the bank alone."""
    held = events.filter(pl.col("activity") == "issue_assessed")
    solved = pl.col("issue_solved") if "issue_solved" in held.columns else pl.lit(None, pl.String)
    return for_the_bank(held.select(pl.col("timestamp").dt.date().alias("on"), solved.alias("issue_solved"), "note"),
                        edition)  # fmt: skip


def for_the_bank(frame: pl.DataFrame, edition: Edition) -> pl.DataFrame:
    """A table that only the bank may see: without a row and without a column for anybody else."""
    return frame if edition == "bank" else pl.DataFrame()


def _visible(frame: pl.DataFrame, column: str, edition: Edition) -> pl.DataFrame:
    if edition == "bank":
        return frame
    return frame.filter(pl.col(column).cast(pl.String).is_in(list(ACTIVITIES[edition])))


def _only(frame: pl.DataFrame, edition: Edition, columns: Sequence[str]) -> pl.DataFrame:
    return frame if edition == "bank" else frame.select(name for name in columns if name in frame.columns)
