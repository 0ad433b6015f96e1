"""What codes are called: columns, statuses, kinds and bases in Japanese and English, as data.

Codes flow through the whole house and get their names here, once, at the edge. The names of rules, roles,
stages, activities and planned dates are not here: each playbook brings its own (`name_in`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from playbook.rules.nouns import Playbook, Rule
from playbook.rules.offset import said_after_wait
from playbook.words.catalogue import DOT, joined, listed, msg, msg_in
from playbook.words.text import Lang, Text

STATUSES: Mapping[str, Text] = {
    "overdue": msg("Overdue"),
    "due_today": msg("Due today"),
    "due_soon": msg("Due soon"),
    "upcoming": msg("Upcoming"),
    "waiting": msg("Waiting"),
    "postponed": msg("Put off"),
    "paused": msg("Clock stopped"),
    "met": msg("Met"),
    "met_late": msg("Met late"),
    "void": msg("No longer needed"),
    "lapsed": msg("Lapsed"),
    "closed_late": msg("Closed without it"),
}
"""The twelve statuses of a due action (DESIGN section 4), the most urgent first."""

OPEN_STATUSES = ("overdue", "due_today", "due_soon", "upcoming", "waiting", "postponed", "paused")
"""The statuses in which somebody still owes something."""

COLUMNS: Mapping[str, Text] = {
    # due actions
    "playbook": msg("Playbook"),
    "rule_id": msg("Rule"),
    "rule": msg("What is owed"),
    "why": msg_in("labels", "Why"),
    "because": msg_in("labels 2", "Why"),
    "ends": msg("Ends when"),
    "counted": msg("How it is counted"),
    "case_id": msg("Case"),
    "case": msg_in("labels", "Case"),
    "client_id": msg("Client"),
    "client": msg("Client"),
    "opening_id": msg("Opening"),
    "role": msg("Role"),
    "owner": msg("Owner"),
    "trigger": msg("Trigger"),
    "trigger_at": msg("Triggered at"),
    "opened_at": msg("Opened at"),
    "due_at": msg("Due"),
    "due": msg("Due"),
    "act_by": msg("Act by"),
    "days_left": msg("Days left"),
    "fulfilled_at": msg("Fulfilled at"),
    "voided_at": msg("Voided at"),
    "status": msg("Status"),
    "entry": msg("Entry"),
    "subject": msg("Subject"),
    "position": msg_in("labels", "Position"),
    "basis": msg("Basis"),
    "fact": msg("Source"),
    "channel": msg("Channel"),
    "template": msg("Draft"),
    "change": msg("Change"),
    "before": msg("Before"),
    "after": msg_in("labels", "Now"),
    "part": msg_in("labels", "When"),
    "tonight": msg("Ends tonight"),
    "today": msg("Today"),
    "soon": msg("Within 7 days"),
    "decide": msg("To decide"),
    "later": msg("Later"),
    "outlived": msg("Why it cannot be done"),
    "whys": msg_in("labels", "Why"),
    # tables of a workspace
    "name": msg_in("labels", "Name"),
    "title": msg("Title"),
    "segment": msg("Segment"),
    "activity": msg("Activity"),
    "timestamp": msg_in("labels", "Time"),
    "recorded_at": msg("Recorded at"),
    "resource": msg("Done by"),
    "person": msg("Person"),
    "reason": msg("Reason"),
    "note": msg_in("labels", "Note"),
    "milestone": msg("Milestone"),
    "track": msg_in("labels", "Track"),
    "starts_on": msg("Starts on"),
    "due_on": msg("Due on"),
    "achieved_on": msg("Achieved on"),
    "evidence": msg("Evidence"),
    "side": msg("Side"),
    "held_on": msg("Held on"),
    "topic": msg("Topic"),
    "score": msg("Score"),
    "shareable": msg("Shared with"),
    "issue": msg("Issue"),
    "proposed_on": msg("Proposed on"),
    "amount": msg("Amount"),
    "answered_on": msg("Answered on"),
    "question": msg("Question"),
    "asked_at": msg("Asked at"),
    "promised_at": msg("Answer promised at"),
    "for_on": msg("Promised for"),
    "comment": msg("Comment"),
    "worked_on": msg("Worked on"),
    "minutes": msg("Time"),
    "date": msg("Date"),
    # what was read, and what was refused
    "table": msg("Table"),
    "row": msg("Row"),
    "column": msg("Column"),
    "value": msg("Value"),
    "read": msg("Read"),
    "accepted": msg_in("labels 2", "Accepted"),
    "quarantined": msg("Quarantined"),
    "code": msg("Code"),
    # violations and rules
    "kind": msg_in("labels", "Kind"),
    "id": msg("Item"),
    "at": msg("At"),
    "detail": msg("Detail"),
    "number": msg("Number"),
    "derived": msg("By the clock"),
    "wait": msg("Wait"),
    "until": msg_in("labels", "Until"),
    "unless": msg_in("labels", "Unless"),
    "falls_to": msg("Falls to"),
    "phase": msg("Phase"),
    "duty": msg("Duty"),
    "source": msg("Source"),
    # figures
    "stage": msg("Stage"),
    "outcome": msg_in("labels", "Outcome"),
    "group": msg("Group"),
    "entered": msg("Entered"),
    "advanced": msg("Advanced"),
    "lost": msg_in("labels", "Lost"),
    "open": msg("Open"),
    "rate": msg("Rate"),
    "share": msg("Share"),
    "interval": msg("95% interval"),
    "ci_low": msg("Lower 95%"),
    "ci_high": msg("Upper 95%"),
    "low": msg("Lower 95%"),
    "high": msg("Upper 95%"),
    "median_days": msg("Median days"),
    "time_days": msg_in("labels", "Days"),
    "survival": msg("Still there"),
    "at_risk": msg_in("labels", "At risk"),
    "incidence": msg("Cumulative incidence"),
    "target": msg_in("labels", "To"),
    "n": msg("Count"),
    "followed": msg("Followed now"),
    "people": msg_in("labels", "People"),
    "with_contact": msg("Declines with any contact"),
    "lane": msg("Lane"),
    "label": msg("Item"),
    "start": msg("Start"),
    "end": msg("End"),
    "week": msg("Week"),
    "period": msg("Period"),
    "cycle": msg("Cycle"),
    "done": msg_in("labels", "Done"),
    "capacity": msg("Capacity"),
    "load": msg("Load"),
    "p_value": msg("p-value"),
    "p_corrected": msg("p-value, corrected"),
    "benchmark": msg("Benchmark"),
    "verdict": msg("Verdict"),
    "series_verdict": msg("Where the series goes"),
    # forecast
    "median": msg("Median"),
    "band80": msg("80% band"),
    "band95": msg("95% band"),
    "low80": msg("80% band, low"),
    "high80": msg("80% band, high"),
    "low95": msg("95% band, low"),
    "high95": msg("95% band, high"),
    "open_cases": msg("Open cases"),
    "made_on": msg("Made on"),
    "came": msg("Came"),
    "held_by_band": msg("Against the 80% band"),
    "made": msg("Forecasts come due"),
    "inside80": msg("Inside the 80% band"),
    "inside95": msg("Inside the 95% band"),
    "factor": msg("Bands widened by"),
    "fewer": msg("Fewer declines"),
    "ahead": msg("Still to fall due"),
    "late_share": msg("Share late"),
    "announced": msg("Known already"),
    "reviews": msg("Of these, reviews"),
    "usual": msg("Usual of the same stages"),
    "pooled": msg("Rate, allowing for few cases"),
    "limits998": msg("99.8% limits"),
    "low998": msg("99.8% limits, low"),
    "high998": msg("99.8% limits, high"),
    "at_stake": msg("At stake when late"),
    "left_over": msg("Do not fit"),
    "unassigned": msg("Unassigned"),
    "stake_left": msg("At stake in those"),
    "slot_holds": msg("30 minutes more would hold"),
    "slot_saves": msg("At stake in those held"),
    # limits
    "started": msg("Started"),
    "unit": msg("Unit"),
    "p50": msg("Half done within"),
    "p80": msg("80% done within"),
    "p90": msg("90% done within"),
    "limit": msg("Limit in the book"),
    "limit_80": msg("Limit that 80% would keep"),
    "limit_90": msg("Limit that 90% would keep"),
    "late_n": msg_in("labels 2", "Late"),
    "kept_n": msg("Kept"),
    "effect": msg("Lost to decline, late minus kept"),
    "effect_interval": msg("95% interval of the difference"),
    "effect_low": msg("Difference, low"),
    "effect_high": msg("Difference, high"),
    "own": msg("Difference, from the rule alone"),
    "within_days": msg("Days seen from the due"),
    "days_past": msg("Days past the due"),
    "needs": msg("Number that would tell"),
    "dues": msg("Dues in the list"),
    "first": msg("First"),
    "then": msg("Then"),
    "support": msg("Share of all cases"),
    "confidence": msg("In this order"),
    "expected": msg("By chance"),
    "too_few": msg("Too few"),
    # funnel and waiting
    "reached_at": msg("Reached at"),
    "arrived_at": msg("Arrived at"),
    "left_at": msg("Left at"),
    "started_at": msg("Started at"),
    "ended_at": msg("Ended at"),
    "ended": msg("Ended"),
    "outcome_kind": msg("Kind of outcome"),
    "outcome_at": msg("Outcome at"),
    "elapsed": msg("Elapsed"),
    "since": msg("Since"),
    "waited_for": msg("Waited for"),
    "candidate": msg("Candidate"),
    "agency": msg("Agency"),
    "closed": msg("Closed days"),
    "idle": msg_in("labels", "Nobody's turn"),
    "cases": msg_in("labels 2", "Cases"),
    "rules": msg("Rules"),
    "clients": msg_in("labels", "Clients"),
    "roles": msg("Roles"),
    "total": msg("Total"),
    "days_per_case": msg("Days per case"),
    "days": msg("Days"),
    "censored": msg("Censored"),
    "left": msg_in("labels", "Left"),
    "arrival_entered": msg("By arrival: entered"),
    "arrival_rate": msg("By arrival: rate"),
    "step_entered": msg("By step: entered"),
    "step_rate": msg("By step: rate"),
    "snapshot_open": msg("Snapshot: open"),
    # declines
    "moment": msg("Moment"),
    "reasons": msg("Reasons"),
    "last_contact_at": msg("Last contact"),
    "gap_days": msg("Days since the last contact"),
    "longest_gap_days": msg("Longest gap"),
    "slow": msg("Gap of 3 days or more"),
    "offers": msg("Offers"),
    "contradictory": msg("Contradictory records"),
    "declined": msg("Declined"),
    "withdrawn": msg("Withdrawn"),
    "offers_accepted": msg_in("labels", "Accepted"),
    "decline_rate": msg("Decline rate"),
    "late": msg_in("labels", "Late"),
    "late_declined": msg("Late, declined"),
    "on_time": msg_in("labels", "In time"),
    "on_time_declined": msg("On time, declined"),
    "difference": msg("Difference"),
    "odds_ratio": msg("Odds ratio"),
    "signal_at": msg("Sign at"),
    "signal_channel": msg("Channel of the sign"),
    "answered_at": msg("Answered at"),
    "hours": msg_in("labels", "Hours"),
    "came_back": msg("Came back"),
    "signals": msg("Signs"),
    "same_day": msg("Answered the same day"),
    "median_hours": msg("Median time to answer"),
    "decided": msg("Decided"),
    # cycles
    "measure": msg("Measure"),
    "measured": msg("Measure"),
    "change_interval": msg("95% interval of the change"),
    "complete": msg("Complete"),
    "successes": msg("Successes"),
    "rate_year_before": msg("A year before"),
    "before_successes": msg("Successes before"),
    "before_decided": msg("Decided before"),
    "after_successes": msg("Successes after"),
    "after_decided": msg("Decided after"),
    "step": msg("Step (odds ratio)"),
    "step_odds": msg("Step (odds ratio)"),
    "drift": msg("Moving before"),
    "cycles": msg("Cycles"),
    "answers": msg_in("labels", "Answers"),
    "scored": msg("Scored"),
    "mean_score": msg("Mean score"),
    "comments": msg("Comments"),
    "entries": msg("Entries"),
    "minutes_per_case": msg("Time per case"),
    "minutes_per_entry": msg("Time per entry"),
    "allowance": msg("Allowance a week"),
    "priority": msg("Priority"),
    "criterion": msg("Criterion"),
    "used": msg("Time used"),
    "fits": msg("Fits"),
    "won": msg("Won"),
    "kept": msg_in("labels", "In time"),
    "in_order": msg("In this order"),
    "promises": msg("Promises kept"),
    "missed": msg_in("labels", "Missed"),
    "void": msg("Void"),
    # placements
    "on": msg("On"),
    "item": msg("Item"),
    "content": msg("Content"),
    "issue_solved": msg("Solved?"),
    "retention": msg("Retention"),
    "route": msg("Route of hire"),
    "manager": msg("Manager"),
    "joins_on": msg_in("labels", "Joins on"),
    "joined_on": msg_in("labels", "Joined on"),
    "ended_on": msg("Ended on"),
    "closed_on": msg("Follow-up closed on"),
    "seen_on": msg("Last seen on"),
    "seen_until": msg("Seen until"),
    "six_months_on": msg("Six months end on"),
    "at_six_months": msg("At six months"),
    "milestones": msg_in("labels", "Milestones"),
    "achieved": msg("Achieved"),
    "achieved_late": msg("Of these, late"),
    "slipping": msg("Slipping"),
    "progress": msg("Progress"),
    "next_review": msg("Next review"),
    "next_review_on": msg("Next review on"),
    "next_review_entry": msg("Entry of the next review"),
    "next_review_status": msg("Status of the next review"),
    "next_review_basis": msg("Basis of the next review"),
    "last_company_on": msg("Last contact with the company"),
    "last_hire_on": msg("Last contact with the hire"),
    "silent": msg("Silent side"),
    "silent_days": msg("Days of silence"),
    "written": msg("Status as written"),
    "late_days": msg("Days late"),
    "start_on": msg("First talk on"),
    "start_score": msg("Score at the start"),
    "start_note": msg("Voice at the start"),
    "later_on": msg("Later talk on"),
    "later_score": msg("Later score"),
    "later_note": msg("Later voice"),
    "done_on": msg("Done on"),
    "missing": msg_in("labels", "Missing"),
    "stayed": msg("Stayed"),
    "dismissed": msg("Dismissed"),
    "unknown": msg("Unknown"),
    "not_yet": msg("Not there yet"),
    "joined": msg("Joined"),
    "fiscal_year": msg("Fiscal year"),
    # orphans, roles, what-if
    "last_activity": msg("Last activity"),
    "last_at": msg("Last at"),
    "role_name": msg("Role"),
    "raci": msg("RACI"),
    "overdue": msg("Overdue"),
    "person_open": msg("Open, all of the person's"),
    "person_overdue": msg("Overdue, all of the person's"),
    "duties": msg("Duties"),
    "actions": msg("Actions"),
    "breached": msg("Breached"),
    "lapsed": msg("Lapsed"),
    "actions_after": msg("Actions, changed"),
    "open_after": msg("Open, changed"),
    "breached_after": msg("Breached, changed"),
    "lapsed_after": msg("Lapsed, changed"),
}
"""Heads of columns; a column of the user's own keeps its name."""

VALUES: Mapping[str, Mapping[str, Text]] = {
    "id": {
        "period-passes-conflict-date": msg("The period passes the conflict date"),
        "three-years-in-one-unit": msg("Three years of one person in one unit"),
        "former-employee-within-a-year": msg("A former employee within a year"),
    },
    "status": {
        **STATUSES,
        "planned": msg("Planned"),
        "on_track": msg("On track"),
        "at_risk": msg("At risk"),
        "slipping": msg("Slipping"),
        "achieved": msg("Achieved"),
        "achieved_late": msg("Achieved late"),
        "done": msg_in("labels 2", "Done"),
        "done_late": msg("Done late"),
        "missed": msg("Missed"),
        "dropped": msg("Dropped"),
        "proposed": msg("Proposed"),
        "won": msg_in("labels", "Won"),
        "lost": msg("Lost"),
        "stayed": msg("Stayed"),
        "left": msg("Left"),
        "unknown": msg("Unknown"),
        "offered": msg("Offered"),
        "not_joined": msg("Did not join"),
        "dismissed": msg("Dismissed"),
        "not_yet": msg("Not there yet"),
    },
    "silent": {"company": msg("Company"), "hire": msg("Hire"), "both": msg("Both")},
    "issue_solved": {
        "yes": msg("Solved"),
        "partly": msg("Partly solved"),
        "no": msg("Not solved"),
    },
    "basis": {
        "stated": msg("Stated in the source"),
        "recommended": msg("Recommended by the source"),
        "ours": msg("Our own figure"),
        "arrival": msg("By arrival"),
        "step": msg("By step"),
        "snapshot": msg("Snapshot"),
    },
    "kind": {
        "won": msg("Won"),
        "rejected": msg("Refused"),
        "declined": msg("Declined"),
        "lapsed": msg("Ended by the clock"),
        "unknown": msg("Ended, by whom unknown"),
        "advanced": msg("Advanced"),
        "open": msg("Open"),
        "precedence": msg("Out of order"),
        "participation": msg("Missing participant"),
        "checklist": msg("Missing item"),
        "early": msg("Too early"),
        "channel": msg("Wrong channel"),
        "period": msg("Period beyond a limit"),
        "accepted": msg("Accepted"),
        "internal": msg("Internal"),
        "other": msg("Other"),
        "plan": msg("Plan"),
        "milestone": msg("Milestone"),
        "contact": msg_in("labels", "Contact"),
        "event": msg("Event"),
        "due": msg("Due"),
        "done": msg_in("labels", "Done"),
        "late": msg_in("labels", "Late"),
        "holiday": msg("Holiday"),
        "company": msg("Company"),
        "hire": msg("Hire"),
        "left": msg("Left"),
        "dismissed": msg("Dismissed"),
    },
    "side": {
        "client": msg_in("labels", "Client"),
        "agency": msg("Agency or bank"),
        "bank": msg("Bank"),
        "candidate": msg("Candidate"),
        "company": msg("Company"),
        "hire": msg("Hire"),
        "both": msg("Both"),
        "closed": msg("Closed days"),
        "idle": msg("Nobody's turn"),
    },
    "track": {
        "issue": msg("Management issue"),
        "hire": msg("The hire's goals"),
    },
    "channel": {
        "ats": msg("Recruiting system"),
        "mail": msg("Mail"),
        "phone": msg("Phone"),
        "chat": msg("Chat"),
        "visit": msg("Visit"),
        "meeting": msg("Meeting"),
        "online": msg("Online"),
        "sheet": msg("Sheet"),
        "admin_screen": msg("Admin screen"),
        "face_to_face": msg("Face to face"),
        "voice": msg("Voice"),
        "sns": msg("Social media"),
        "web": msg("Web"),
        "document": msg("Document"),
        "e_sign": msg("Electronic signature"),
        "workflow": msg("Workflow"),
        "kintone": msg("kintone"),
    },
    "moment": {
        "before_set": msg("Before a date was set"),
        "before_held": msg("Before it was held"),
        "after_held": msg("After it was held"),
    },
    "verdict": {
        "too_few": msg("Too few to tell"),
        "above": msg("Above the benchmark"),
        "below": msg("Below the benchmark"),
        "no_difference": msg("Cannot tell"),
        "no_comparison": msg("Not comparable: the rule is the decision"),
        "more": msg("More declines when late"),
        "fewer": msg("Fewer declines when late"),
        "better": msg("Went up"),
        "worse": msg("Went down"),
        "no_change": msg("Has not moved"),
        "matters": msg("Matters"),
        "small": msg("Small"),
        "cannot_tell": msg("Cannot tell"),
        "inside": msg("As usual"),
        "holds": msg("As the bands say"),
        "widened": msg("Bands widened: they were too narrow"),
        "refused": msg("No forecast: the record is bad"),
        "no_record": msg("No record yet"),
    },
    "held_by_band": {
        "inside80": msg("Inside"),
        "outside80": msg("Outside"),
        "not_due": msg("Not yet due"),
    },
    "measure": {
        "pass": msg("Pass"),
        "acceptance": msg("Acceptance"),
    },
    "criterion": {
        "signal": msg("An unanswered sign of a decline"),
        "last_stages": msg("In the last stages"),
        "easy_to_fill": msg("A position easy to fill"),
        "usual": msg("Usual"),
    },
    "priority": {
        "1": msg("High"),
        "2": msg("Normal"),
        "3": msg("Low"),
    },
    "unit": {
        "days": msg_in("labels", "days"),
        "business days": msg("business days"),
        "hours": msg("hours"),
        "business hours": msg("business hours"),
        "weeks": msg("weeks"),
        "months": msg_in("labels", "months"),
    },
    "reason": {
        "other_offer": msg("An offer from elsewhere"),
        "uncertain": msg("The interval is wide"),
        "by_chance": msg("Among so many, by chance"),
        "hopeless_late": msg("Cases with poor prospects are late oftener"),
        "decides_itself": msg("The rule is the decision itself"),
        "recorded": msg("The clock ends what is late"),
    },
    "change": {
        "new": msg("New"),
        "resolved": msg("Resolved"),
        "worse": msg("More urgent"),
        "same": msg_in("labels", "Unchanged"),
    },
    "table": {
        "answers": msg("Answers"),
        "events": msg_in("labels", "Events"),
        "cases": msg_in("labels", "Cases"),
        "openings": msg("Openings"),
        "clients": msg("Clients"),
        "assignments": msg("Assignments"),
        "milestones": msg("Milestones"),
        "voices": msg("Voices"),
        "consents": msg("Consents"),
        "proposals": msg("Proposals"),
        "surveys": msg("Surveys"),
        "worklog": msg("Work log"),
        "closures": msg("Closures"),
    },
    "part": {
        "tonight": msg("Ends by itself tonight"),
        "today": msg("Today"),
        "late": msg("Late"),
        "decide": msg("To decide"),
        "later": msg("Later"),
    },
    "hint": {
        "tonight": msg("if nothing happens, the case ends at its due"),
        "decide": msg("plan anew, not needed (why), or close the case"),
    },
    "outlived": {
        "day_passed": msg("its day has passed"),
        "superseded": msg("the case went on without it"),
        "silent": msg("silent for more than 90 days"),
        "long_overdue": msg("more than 30 days late"),
        "no_step": msg("nothing is asked of anybody"),
    },
    "group": {"all": msg("All")},
    "shareable": {
        "both": msg("To both"),
        "company": msg("To the company"),
        "hire": msg("To the hire"),
        "no": msg("No"),
    },
}
"""Codes of a closed set, by the column they stand in; any other value is shown as it is."""

_ENDS = {"_low": msg("{}, lower 95%"), "_high": msg("{}, upper 95%")}
_LIKE = {
    "at_six_months": "status",
    "written": "status",
    "reasons": "reason",
    "before": "status",
    "ended": "kind",
    "outcome_kind": "kind",
    "target": "kind",
    "waited_for": "side",
    "silent": "side",
}
"""Columns whose codes are those of another column."""

ABSENT: Mapping[str, Text] = {
    "owner": msg("Unassigned"),
    "person": msg("Unassigned"),
}
"""What an empty cell means, where that is more than nothing."""


def column(id: str, lang: Lang = "ja") -> str:
    """The head of a column.

    >>> column("days_left"), column("change_low", "en"), column("学歴")
    ('残り', 'Change, lower 95%', '学歴')
    """
    if id not in COLUMNS:
        for end, text in _ENDS.items():
            base = COLUMNS.get(id.removesuffix(end))
            if base is not None and id.endswith(end):
                return text.say(lang).format(base.say(lang))
    return _said(COLUMNS.get(id), id, lang)


def value(of: str, code: str, lang: Lang = "ja") -> str:
    """What a code in the column `of` is called; a value of the user's own stays as it is.

    >>> value("status", "overdue"), value("next_review_basis", "ours", "en"), value("status", "保留")
    ('期限超過', 'Our own figure', '保留')
    """
    known = VALUES.get(of) or VALUES.get(_LIKE.get(of, of.rsplit("_", 1)[-1]), {})
    if of == "channel" and ";" in code:  # several, of which any will do
        return DOT.say(lang).join(value(of, one.strip(), lang) for one in code.split(";"))
    return _said(known.get(code), code, lang)


def absent(of: str, lang: Lang = "ja") -> str:
    """What an empty cell of a column says.

    >>> absent("owner"), absent("note")
    ('担当未定', '')
    """
    return _said(ABSENT.get(of), "", lang)


def name_in(playbook: Playbook, of: str, code: str) -> Text | None:
    """What the playbook calls a code of the column `of`; None where it has no such name.

    >>> from playbook.rules.nouns import Activity
    >>> applied = Activity("applied", Text("応募", "Applied"))
    >>> book = Playbook("b", Text("選考", "Selection"), activities=(applied,))
    >>> name_in(book, "trigger", "applied")
    Text(ja='応募', en='Applied')
    """
    if of == "playbook":
        return playbook.name if playbook.id == code else None
    if of == "detail":
        fields = (field for checklist in playbook.checklists for field in checklist.fields)
        return _named((*fields, *playbook.activities, *playbook.roles), code) or VALUES["channel"].get(code)
    if of in {"role", "falls_to", "to"}:
        return _named(playbook.roles, code)
    if of in {"stage", "source", "target"}:
        return _named((*playbook.stages, *playbook.outcomes), code)
    if of == "outcome":
        return _named(playbook.outcomes, code)
    if of in {"rule", "rule_id", "id", "next_review"}:
        return _named((*playbook.rules, *playbook.precedences, *playbook.participations, *playbook.checklists), code)
    if of == "template":
        return _named(playbook.templates, code)
    if of in {"activity", "last_activity", "trigger", "record", "first", "then"}:
        return _named((*playbook.activities, *playbook.dates), code)
    return None


class _NamedNoun(Protocol):
    """What every noun of a playbook has."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> Text: ...


def _named(nouns: Iterable[_NamedNoun], code: str) -> Text | None:
    return next((noun.name for noun in nouns if noun.id == code), None)


def _said(text: Text | None, otherwise: str, lang: Lang) -> str:
    return otherwise if text is None else text.say(lang)


def due_named(rule: Rule, playbook: Playbook) -> Text:
    """The number of a rule in words: each due, after the wait where there is one."""
    if rule.midpoint is not None:
        return msg("halfway to {end}", end=playbook.label(rule.midpoint.toward))
    return listed(due.text() if rule.wait is None else said_after_wait(rule.wait, due) for due in rule.due)


def changes_named(before: Playbook, after: Playbook) -> Text:
    """What rules that were changed to try it now say: the name of each, its number, and its role and record if new."""
    pairs = zip(before.rules, after.rules, strict=True)
    return joined(msg("; "), (_change_named(was, rule, after) for was, rule in pairs if was != rule))


def _change_named(was: Rule, rule: Rule, playbook: Playbook) -> Text:
    said = [due_named(rule, playbook)] if (was.due, was.wait) != (rule.due, rule.wait) else []
    said += [playbook.role(rule.role).name] if was.role != rule.role else []
    if was.record != rule.record:
        said.append(playbook.label(rule.record) if rule.record else msg("nothing recorded"))
    return msg("“{name}”: {now}", name=rule.name, now=joined(DOT, said))
