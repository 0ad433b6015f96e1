"""joins-selection as it is lived: four gates, a few silent applications, a contract for some."""

from __future__ import annotations

import numpy as np

from playbook.simulation.pace import AT_ONCE, between, calendar_days, workdays
from playbook.simulation.play import BEGIN, Fork, Played, Procedure, ProcedurePart, Step, Way

CLOSES = "_recruitment_closes_on"
LAPSED = "_auto_rejected"  # the clock itself records it: seven days after the recruitment closed (J-15)

_PASSED, _NOT_PASSED = {"decision": "passed"}, {"decision": "not_passed"}
_BOTH = "decision_maker;driver"
_TOLD = "driver;decision_maker"  # the driver writes, the decision maker has decided (J-03)

_TO_FIRST: tuple[ProcedurePart, ...] = (
    Step("first_interview_invited", "interview_decided@passed-1", workdays(0.6, 0.33, 0.07), role=_TOLD,
         channel="admin_screen"),
    Step("rejected@1", "interview_decided@not-1", workdays(0.6, 0.33, 0.07), role=_TOLD, channel="admin_screen"),
    Step("first_interview_scheduled", "first_interview_invited", workdays(0.15, 0.45, 0.25, 0.1, 0.05), role="driver",
         channel="mail"),
    Step("first_interview_held", "first_interview_scheduled", between(2, 7), role=_BOTH, channel="online"),
)  # fmt: skip

_TO_SECOND: tuple[ProcedurePart, ...] = (
    Fork("first_interview_held", (
        Way(0.56, Step("interview_decided@passed-2", "first_interview_held", workdays(0.2, 0.4, 0.22, 0.1, 0.05, 0.03),
                       role="decision_maker", cells=_PASSED)),
        Way(0.30, Step("interview_decided@not-2", "first_interview_held", workdays(0.2, 0.4, 0.22, 0.1, 0.05, 0.03),
                       role="decision_maker", cells=_NOT_PASSED)),
        Way(0.14, Step("withdrawn@2", "first_interview_held", between(1, 5), role="talent", channel="mail")),
    )),
    Step("second_interview_invited", "interview_decided@passed-2", workdays(0.6, 0.33, 0.07), role=_TOLD,
         channel="admin_screen"),
    Step("rejected@2", "interview_decided@not-2", workdays(0.6, 0.33, 0.07), role=_TOLD, channel="admin_screen"),
    Step("second_interview_scheduled", "second_interview_invited", workdays(0.15, 0.45, 0.25, 0.1, 0.05), role="driver",
         channel="mail"),
    Step("second_interview_held", "second_interview_scheduled", between(2, 7),
         role="decision_maker;driver;project_member", channel="online"),
)  # fmt: skip

_TO_CONTRACT: tuple[ProcedurePart, ...] = (
    Fork("second_interview_held", (
        Way(0.62, Step("contract_agreed", "second_interview_held", workdays(0.1, 0.35, 0.3, 0.15, 0.1), role=_BOTH)),
        Way(0.22, Step("rejected@3", "second_interview_held", workdays(0.1, 0.35, 0.3, 0.15, 0.1), role=_TOLD,
                       channel="admin_screen")),
        Way(0.16, Step("withdrawn@3", "second_interview_held", between(1, 5), role="talent", channel="mail")),
    )),
    Fork("contract_agreed", (
        Way(0.88, Step("guidance_meeting_scheduled", "contract_agreed", workdays(0.2, 0.5, 0.2, 0.1), role="consultant",
                       channel="mail")),
        Way(0.05, Step("contract_signed@skipped", "contract_agreed", between(3, 7), role="driver")),
        Way(0.07, Step("withdrawn@4", "contract_agreed", between(2, 6), role="talent", channel="phone")),
    )),
    Step("guidance_meeting_held", "guidance_meeting_scheduled", between(2, 6), role="consultant;driver;talent",
         channel="online"),
    Step("contract_signed", "guidance_meeting_held", between(1, 5), role="driver"),
    Step("trouble_reported", "contract_signed", calendar_days(10, 80), 0.25, role="driver"),
    Step("consultant_consulted", "trouble_reported", workdays(0.45, 0.35, 0.1, 0.1), role="driver", channel="phone"),
)  # fmt: skip

PROCEDURE = Procedure(
    "joins-selection",
    (
        Step("applied", BEGIN, AT_ONCE, role="talent", channel="web"),
        Fork("applied", (
            Way(0.60, Step("interview_decided@passed-1", "applied", workdays(0.2, 0.42, 0.22, 0.1, 0.04, 0.02),
                           role="decision_maker", cells=_PASSED)),
            Way(0.27, Step("interview_decided@not-1", "applied", workdays(0.2, 0.42, 0.22, 0.1, 0.04, 0.02),
                           role="decision_maker", cells=_NOT_PASSED)),
            Way(0.05, Step("withdrawn@1", "applied", between(1, 4), role="talent", channel="web")),
            Way(0.08, None),
        )),
        *_TO_FIRST, *_TO_SECOND, *_TO_CONTRACT,
    ),
    frozenset({"contract_signed", "rejected", "withdrawn", LAPSED}),
)  # fmt: skip


def lapse(played: Played) -> Played:
    """The same with the moment at which the clock closed what nobody had answered, and nothing after it."""
    ends = played[CLOSES].astype("datetime64[D]") + np.timedelta64(8, "D")
    notice = np.fmin(played["first_interview_invited"], played["rejected@1"])
    before = np.fmin.reduce([notice, *(played[step] for step in played if PROCEDURE.closes(step))])
    silent = ~(before < ends)
    return {**played, LAPSED: np.where(silent, ends.astype("datetime64[s]"), np.datetime64("NaT", "s"))}
