"""interview-aftercare as it is lived: a contact after every interview, on time or late; offers, answers, surveys.

A contact that comes three days or more after the interview multiplies the odds that the candidate withdraws or
declines next; from a given moment on, a better aftercare multiplies them again (see `play.Effects`).
"""

from __future__ import annotations

from collections.abc import Callable

from playbook.simulation.pace import AT_ONCE, between, calendar_days, workdays
from playbook.simulation.play import (
    BEGIN,
    Fork,
    Mask,
    Played,
    Procedure,
    ProcedurePart,
    Step,
    Way,
    days_between,
    was_played,
)

CONTACT = workdays(0.30, 0.44, 0.11, 0.07, 0.05, 0.03)
"""How many business days after an interview the follow-up owner writes."""

_DECIDE = workdays(0.15, 0.4, 0.3, 0.15)
_ASKED = {"casual": "働き方", "first": "配属先", "second": "評価の仕組み", "final": "入社の時期"}
"""What is asked after each meeting: the word that its answer repeats (Z-19)."""

_OWNER, _HR, _INTERVIEWER, _CANDIDATE = "followup_owner", "hr", "interviewer", "candidate"


def _long_gap(first: str, second: str) -> Callable[[Played], Mask]:
    def is_long(played: Played) -> Mask:
        return days_between(played, first, second) > 7

    return is_long


def _meeting(id: str, at: str, scheduled_after: str | tuple[str, ...]) -> tuple[ProcedurePart, ...]:
    """A meeting that was decided on, and everything around it up to the candidate's impressions."""
    return (
        Step(f"interview_scheduled@{at}", scheduled_after, AT_ONCE, role=_HR, channel="mail"),
        Step(id, f"interview_scheduled@{at}", between(3, 9), role=_INTERVIEWER, channel="online"),
        *_touch(id, at),
    )


def _touch(held: str, at: str) -> tuple[ProcedurePart, ...]:
    """What follows a meeting: contact, notes, sharing, impressions or questions."""
    sent, asked = f"followup_sent@{at}", f"question_received@{at}"
    which = {"question": _ASKED[at]}
    return (
        Step(sent, held, CONTACT, role=_OWNER, channel="mail"),
        Step(f"notes_submitted@{at}", held, workdays(0.72, 0.2, 0.08), role=_INTERVIEWER),
        Step(f"info_shared@{at}", held, workdays(0.1, 0.5, 0.3, 0.1), role=_HR),
        Fork(sent, (
            Way(0.42, Step(f"impressions_received@{at}", sent, calendar_days(0, 2), role=_CANDIDATE, channel="mail")),
            Way(0.26, Step(asked, sent, calendar_days(0, 2), role=_CANDIDATE, channel="mail", cells=which)),
            Way(0.27, Step(f"no_questions_confirmed@{at}", sent, calendar_days(0, 2), role=_OWNER, channel="mail")),
            Way(0.05, None),
        )),
        Step(f"thanks_sent@{at}", f"impressions_received@{at}", workdays(0.78, 0.22), role=_OWNER, channel="mail"),
        Fork(asked, (
            Way(0.65, Step(f"question_answered@{at}", asked, workdays(0.75, 0.2, 0.05), role=_OWNER, channel="mail",
                           cells=which)),
            Way(0.35, Step(f"answer_deferred@{at}", asked, workdays(0.8, 0.2), role=_OWNER, channel="mail",
                           cells=which)),
        )),
        Step(f"answer_prepared@{at}", f"answer_deferred@{at}", between(1, 3), role=_OWNER, cells=which),
        Step(f"question_answered@{at}-later", f"answer_prepared@{at}", between(1, 5), role=_INTERVIEWER, cells=which),
    )  # fmt: skip


def _decision(held: str, at: str, on: float, out: float, declined: float) -> tuple[ProcedurePart, ...]:
    """What comes after the contact: on to the next step, a rejection, or a withdrawal (some of them announced)."""
    sent, sign = f"followup_sent@{at}", f"decline_signal_received@{at}"
    return (
        Fork(sent, (
            Way(on * 0.96, Step(f"_on@{at}", sent, _DECIDE)),
            Way(on * 0.04, Step(f"{sign}-kept", sent, _DECIDE, role=_CANDIDATE, channel="mail", cells={"step": at})),
            Way(out, Step(f"rejected@{at}", sent, _DECIDE, role=_HR, channel="mail")),
            Way(declined * 0.6, Step(f"withdrawn@{at}", sent, _DECIDE, role=_CANDIDATE, channel="mail"),
                late=True, lifted=True),
            Way(declined * 0.4, Step(f"{sign}-lost", sent, workdays(0.3, 0.5, 0.2), role=_CANDIDATE, channel="mail",
                                     cells={"step": at}), late=True, lifted=True),
        ), contact=(held, sent)),
        *_sign(f"{sign}-kept", f"{at}-kept", at), *_sign(f"{sign}-lost", f"{at}-lost", at),
        Step(f"returned_to_selection@{at}", f"candidate_called@{at}-kept", workdays(0.3, 0.5, 0.2), role=_CANDIDATE,
             channel="phone"),
        Step(f"withdrawn@{at}-called", f"{sign}-lost", between(1, 3), role=_CANDIDATE, channel="mail"),
        *_after_decline((f"withdrawn@{at}", f"withdrawn@{at}-called"), at),
    )  # fmt: skip


def _on(at: str) -> tuple[str, str]:
    """What leads to the next step: a decision, or a candidate who came back."""
    return (f"_on@{at}", f"returned_to_selection@{at}")


def _reminder(held: str, at: str, following: str) -> Step:
    """One touch in between where the next meeting is far off."""
    return Step(f"reminder_sent@{at}", held, between(3, 5), 0.93, role=_OWNER, channel="mail",
                only=_long_gap(held, following))  # fmt: skip


def _sign(sign: str, at: str, step: str) -> tuple[Step, ...]:
    """A sign of a decline is answered: permission by mail, then a call; a faster selection near the end."""
    faster = Step(f"faster_selection_offered@{at}", f"candidate_called@{at}", workdays(0.6, 0.4), 0.9, role=_HR,
                  channel="phone")  # fmt: skip
    return (
        Step(f"phone_permission_asked@{at}", sign, workdays(1), 0.9, role=_OWNER, channel="mail"),
        Step(f"candidate_called@{at}", sign, workdays(0.55, 0.35, 0.1), role=_OWNER, channel="phone",
             cells={"consent_to_call": "済"}),
        *((faster,) if step in ("final", "offer") else ()),
    )  # fmt: skip


def _after_decline(declined: str | tuple[str, ...], at: str) -> tuple[Step, ...]:
    return (
        Step(f"survey_sent@{at}", declined, workdays(0.2, 0.4, 0.3, 0.1), role=_HR, channel="mail"),
        Step(f"candidate_called@{at}-after", declined, workdays(0.4, 0.5, 0.1), role=_HR, channel="phone",
             cells={"consent_to_call": "済"}),
        Step(f"survey_answered@{at}", f"survey_sent@{at}", calendar_days(1, 9), 0.4, role=_CANDIDATE, channel="mail"),
    )  # fmt: skip


_START: tuple[ProcedurePart, ...] = (
    Step("applied", BEGIN, AT_ONCE, role=_CANDIDATE, channel="web"),
    Fork("applied", (
        Way(0.84, Step("_on@applied", "applied", workdays(0.1, 0.35, 0.3, 0.15, 0.1))),
        Way(0.11, Step("rejected@applied", "applied", workdays(0.1, 0.35, 0.3, 0.15, 0.1), role=_HR, channel="mail")),
        Way(0.05, Step("withdrawn@applied", "applied", between(1, 6), role=_CANDIDATE, channel="mail")),
    )),
    *_after_decline("withdrawn@applied", "applied"),
    Step("followup_owner_set", "_on@applied", workdays(0.5, 0.35, 0.15), 0.96, role=_HR),
)  # fmt: skip

_OFFER: tuple[ProcedurePart, ...] = (
    Step("offer_made", _on("final"), workdays(0.5, 0.4, 0.1), role=_HR, channel="phone"),
    Step("followup_sent@offer", "offer_made", CONTACT, role=_OWNER, channel="phone"),
    Fork("followup_sent@offer", (
        Way(0.86, Step("offer_accepted", "followup_sent@offer", between(1, 5), role=_CANDIDATE, channel="mail")),
        Way(0.14, Step("offer_declined", "followup_sent@offer", between(1, 5), role=_CANDIDATE, channel="mail"),
            late=True, lifted=True),
    ), contact=("offer_made", "followup_sent@offer")),
    *_after_decline("offer_declined", "offer"),
    Step("followup_sent@accepted", "offer_accepted", between(2, 9), role=_OWNER, channel="mail"),
    Step("survey_sent@accepted", "offer_accepted", between(1, 5), role=_HR, channel="mail"),
    Step("survey_answered@accepted", "survey_sent@accepted", calendar_days(1, 10), 0.7, role=_CANDIDATE,
         channel="mail"),
    Step("internal_survey_sent", ("offer_accepted", "offer_declined"), between(2, 9), role=_HR, channel="mail"),
)  # fmt: skip

_COMPANION: tuple[ProcedurePart, ...] = (
    Step("companion_arranged", "interview_scheduled@final", workdays(0.5, 0.5), 0.35, role=_HR),
    Step("companion_announced", "companion_arranged", workdays(0.4, 0.4, 0.1), 0.92, role=_OWNER, channel="mail"),
    Step("companion_joined", "final_interview_held", AT_ONCE, role="department_head",
         only=lambda played: was_played(played, "companion_arranged")),
)  # fmt: skip

PROCEDURE = Procedure(
    "interview-aftercare",
    (
        *_START,
        *_meeting("casual_meeting_held", "casual", "_on@applied"),
        *_decision("casual_meeting_held", "casual", on=0.80, out=0.10, declined=0.10),
        *_meeting("first_interview_held", "first", _on("casual")),
        _reminder("casual_meeting_held", "casual", "first_interview_held"),
        *_decision("first_interview_held", "first", on=0.68, out=0.20, declined=0.12),
        *_meeting("second_interview_held", "second", _on("first")),
        _reminder("first_interview_held", "first", "second_interview_held"),
        *_decision("second_interview_held", "second", on=0.70, out=0.17, declined=0.13),
        *_meeting("final_interview_held", "final", _on("second")),
        _reminder("second_interview_held", "second", "final_interview_held"),
        *_COMPANION,
        *_decision("final_interview_held", "final", on=0.74, out=0.14, declined=0.12),
        *_OFFER,
    ),
    frozenset({"offer_accepted", "rejected", "withdrawn", "offer_declined"}),
)

MEETINGS = {
    "interview_scheduled@casual": "casual_meeting_held",
    "interview_scheduled@first": "first_interview_held",
    "interview_scheduled@second": "second_interview_held",
    "interview_scheduled@final": "final_interview_held",
}
"""Which meeting each scheduling step sets the date of."""
