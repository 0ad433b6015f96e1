"""casual-interview as it is lived: four reactions, patience with those who waver, a proper farewell to the others."""

from __future__ import annotations

from playbook.simulation.pace import AT_ONCE, Delay, between, calendar_days, workdays
from playbook.simulation.play import BEGIN, Fork, Procedure, ProcedurePart, Step, Way, was_played

_ASKED = {reaction: {"reaction": reaction} for reaction in
          ("proceed", "considering_selection", "considering_change", "declined")}  # fmt: skip
_WAIT = Delay((0.6, 0.25, 0.1, 0.05), start=3, business=False)  # two days pass, then at once (C-13)
_QUARTER = calendar_days(82, 93)
_RECRUITER, _INTERVIEWER = "recruiter", "interviewer"


def _held(reaction: str, share: float) -> Way:
    return Way(share, Step(f"casual_interview_held@{reaction}", BEGIN, AT_ONCE, role=_INTERVIEWER, channel="online",
                           cells=_ASKED[reaction]))  # fmt: skip


def _changed(reaction: str, at: str, after: str, share: float) -> Way:
    return Way(share, Step(f"reaction_changed@{at}", after, calendar_days(1, 5), role=_RECRUITER, channel="mail",
                           cells=_ASKED[reaction]))  # fmt: skip


def _proceed(at: str, after: str | tuple[str, ...], delay: Delay) -> tuple[Step, ...]:
    return (
        Step(f"next_interview_scheduled@{at}", after, delay, role=_INTERVIEWER, channel="face_to_face"),
        Step(f"next_interview_held@{at}", f"next_interview_scheduled@{at}", between(3, 9), 0.95,
             role="next_interviewer", channel="online"),
        Step(f"case_closed@{at}-missed", f"next_interview_scheduled@{at}", between(10, 14), role=_RECRUITER,
             only=lambda played: ~was_played(played, f"next_interview_held@{at}")),
    )  # fmt: skip


def _farewell(at: str, after: str) -> tuple[Step, ...]:
    return (
        Step(f"thank_you_sent@{at}", after, workdays(0.55, 0.35, 0.1), role=_INTERVIEWER, channel="mail"),
        Step(f"retrospective_held@{at}", after, between(1, 5), role=_RECRUITER),
        Step(f"sns_connected@{at}", f"retrospective_held@{at}", between(1, 5), role=_RECRUITER, channel="sns"),
        Step(f"talent_pool_added@{at}", after, between(5, 9), role=_RECRUITER),
    )


def _round(number: int) -> tuple[ProcedurePart, ...]:
    """One of the contacts every three months with someone who wonders whether to change jobs at all."""
    again = f"recontacted@{number}"
    before = "casual_interview_held@considering_change" if number == 1 else f"_stays@{number - 1}"
    return (
        Step(again, before, _QUARTER if number == 1 else calendar_days(80, 92), role=_RECRUITER, channel="mail"),
        Fork(again, (
            Way(0.62, Step(f"_stays@{number}", again, AT_ONCE)),
            _changed("proceed", f"change-{number}", again, 0.22),
            _changed("declined", f"gone-{number}", again, 0.16),
        )),
        *_farewell(f"gone-{number}", f"reaction_changed@gone-{number}"),
        *_proceed(f"change-{number}", f"reaction_changed@change-{number}", workdays(0.85, 0.15)),
    )  # fmt: skip


_WAVERING: tuple[ProcedurePart, ...] = (
    Step("feedback_mail_sent", "casual_interview_held@considering_selection", workdays(0.8, 0.16, 0.04),
         role=_INTERVIEWER, channel="mail"),
    Fork("feedback_mail_sent", (
        Way(0.5, Step("replied@1", "feedback_mail_sent", calendar_days(0, 2), channel="mail")),
        Way(0.5, Step("status_check_sent", "feedback_mail_sent", _WAIT, role=_RECRUITER, channel="mail")),
    )),
    Fork("status_check_sent", (
        Way(0.6, Step("replied@2", "status_check_sent", calendar_days(0, 5), channel="mail")),
        Way(0.4, Step("appeal_reviewed", "status_check_sent", between(3, 6), role=_RECRUITER)),
    )),
    Step("case_closed@silent", "appeal_reviewed", between(3, 7), role="hiring_manager"),
    Fork(("replied@1", "replied@2"), (
        Way(0.62, Step("next_interview_scheduled@replied", ("replied@1", "replied@2"), workdays(0.5, 0.4, 0.1),
                       role=_RECRUITER, channel="mail")),
        Way(0.22, Step("reaction_changed@replied", ("replied@1", "replied@2"), workdays(0.6, 0.4), role=_RECRUITER,
                       channel="mail", cells=_ASKED["declined"])),
        Way(0.16, Step("case_closed@replied", ("replied@1", "replied@2"), workdays(0.4, 0.4, 0.2), role=_RECRUITER)),
    )),
    Step("next_interview_held@replied", "next_interview_scheduled@replied", between(3, 9), role="next_interviewer",
         channel="online"),
    *_farewell("replied-declined", "reaction_changed@replied"),
)  # fmt: skip

_DECLINES = (
    "casual_interview_held@declined", "reaction_changed@replied",
    *(f"reaction_changed@gone-{number}" for number in range(1, 7)),
)  # fmt: skip
"""The steps at which a candidate says no: they end the case."""

PROCEDURE = Procedure(
    "casual-interview",
    (
        Fork(BEGIN, (_held("proceed", 0.28), _held("considering_selection", 0.34), _held("considering_change", 0.20),
                     _held("declined", 0.18))),
        *_proceed("proceed", "casual_interview_held@proceed", workdays(0.86, 0.14)),
        *_WAVERING,
        Step("career_talk_held", "casual_interview_held@considering_change", between(3, 9), role=_RECRUITER,
             channel="phone"),
        *(part for number in range(1, 7) for part in _round(number)),
        *_farewell("declined", "casual_interview_held@declined"),
    ),
    frozenset({"next_interview_held", "case_closed", *_DECLINES}),
)  # fmt: skip
