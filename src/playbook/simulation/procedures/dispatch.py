"""dispatch-sales as it is lived: from an inquiry, or a prospect found, to an individual contract."""

from __future__ import annotations

import numpy as np

from playbook.simulation.pace import AT_ONCE, PlayedMoments, between, workdays
from playbook.simulation.play import BEGIN, Fork, Mask, Played, Procedure, ProcedurePart, Step, Way, was_played

_SALES, _MARKETING, _MANAGER, _SUPERVISOR, _LEGAL = "sales", "marketing", "sales_manager", "supervisor", "legal"
_CLIENT = "client_contact"
_INQUIRY = ("inquiry_received@web", "inquiry_received@phone", "prospect_found")
_SAME_OR_NEXT = workdays(0.65, 0.3, 0.05)


_A1: tuple[ProcedurePart, ...] = (
    Fork(BEGIN, (
        Way(0.46, Step("inquiry_received@web", BEGIN, AT_ONCE, role=_CLIENT, channel="web")),
        Way(0.34, Step("inquiry_received@phone", BEGIN, AT_ONCE, role=_CLIENT, channel="phone")),
        Way(0.20, Step("prospect_found", BEGIN, AT_ONCE, role=_SALES)),
    )),
    Step("inquiry_entered", "inquiry_received@phone", workdays(0.93, 0.07), role=_SALES),
    Step("inquiry_shared@phone", "inquiry_entered", workdays(0.75, 0.25), role=_SALES),
    Step("inquiry_shared@web", "inquiry_received@web", workdays(0.7, 0.3), role=_MARKETING),
    Step("client_contacted", _INQUIRY, workdays(0.32, 0.56, 0.09, 0.03), role=_SALES, channel="phone"),
    Fork(_INQUIRY, (
        Way(0.45, Step("client_record_found", _INQUIRY, _SAME_OR_NEXT, role=_SALES)),
        Way(0.55, Step("client_record_missing", _INQUIRY, _SAME_OR_NEXT, role=_SALES)),
    )),
    Step("client_registered", "client_record_missing", workdays(0.2, 0.5, 0.25, 0.05), role=_SALES),
    Fork("client_contacted", (
        Way(0.76, Step("feasibility_confirmed@inquiry", "client_contacted", workdays(0.5, 0.45, 0.05), role=_SALES)),
        Way(0.17, Step("feasibility_unclear", "client_contacted", workdays(0.5, 0.45, 0.05), role=_SALES)),
        Way(0.07, Step("not_feasible@inquiry", "client_contacted", workdays(0.5, 0.5), role=_SALES)),
    )),
)  # fmt: skip

_A2_A3: tuple[ProcedurePart, ...] = (
    Step("sales_assigned", _INQUIRY, workdays(0.2, 0.5, 0.25, 0.05), role=_MANAGER),
    Step("visit_held", "client_contacted", between(3, 9), role=_SALES, channel="face_to_face"),
    Step("visit_prepared", "sales_assigned", workdays(0.2, 0.5, 0.3), role=_SALES,
         only=lambda played: was_played(played, "visit_held") & was_played(played, "_careful")),
    Step("feasibility_confirmed@visit", "visit_held", AT_ONCE, role=_SALES,
         only=lambda played: was_played(played, "feasibility_unclear")),
    Step("visit_recorded", "visit_held", workdays(0.5, 0.42, 0.06, 0.02), role=_SALES),
    Step("visit_reported", "visit_held", workdays(0.5, 0.4, 0.08, 0.02), role=_SALES),
    Step("ledger_updated@visit", "visit_held", workdays(0.2, 0.5, 0.25, 0.05), role=_SALES),
    Step("dispatch_explained", "visit_held", workdays(0.6, 0.2, 0.1, 0.1), 0.97, role=_SALES, channel="document"),
    Fork("visit_held", (
        Way(0.78, Step("demand_confirmed", "visit_held", workdays(0.1, 0.3, 0.3, 0.2, 0.1), role=_SALES)),
        Way(0.17, Step("client_withdrew@visit", "visit_held", between(1, 6), role=_CLIENT, channel="mail")),
        Way(0.05, Step("not_feasible@visit", "visit_held", between(1, 3), role=_SALES)),
    )),
)  # fmt: skip

_A4: tuple[ProcedurePart, ...] = (
    Step("credit_requested", "demand_confirmed", workdays(0.1, 0.4, 0.3, 0.15, 0.05), role=_SALES, channel="workflow"),
    Fork("credit_requested", (
        Way(0.93, Step("credit_approved", "credit_requested", workdays(0, 0.1, 0.3, 0.3, 0.15, 0.07, 0.04, 0.04),
                       role="credit_approver", channel="workflow")),
        Way(0.07, Step("credit_refused", "credit_requested", between(2, 5), role="credit_approver",
                       channel="workflow")),
    )),
    Step("director_approved", "credit_requested", between(1, 3), role="director", channel="workflow",
         only=lambda played: was_played(played, "_low_rating")),
    Step("delay_reason_recorded@credit", "credit_requested", between(6, 6), role=_SALES,
         only=lambda played: _took(played, "credit_requested", "credit_approved", 8)),
    Step("delay_reported@credit", "delay_reason_recorded@credit", workdays(0.6, 0.4), role=_SALES),
    Fork("credit_approved", (
        Way(0.36, Step("base_contract_on_file", "credit_approved", workdays(0.4, 0.4, 0.2), role=_SALES)),
        Way(0.64, Step("base_contract_requested", "credit_approved", workdays(0.2, 0.4, 0.3, 0.1), role=_SALES,
                       channel="workflow")),
    )),
)  # fmt: skip

_CONTRACT = ("base_contract_sent", "base_contract_on_file")

_A5: tuple[ProcedurePart, ...] = (
    Step("legal_reviewed", "base_contract_requested", between(1, 5), role=_LEGAL,
         only=lambda played: was_played(played, "_non_standard")),
    Step("base_contract_sent", "base_contract_requested", between(2, 5), role=_LEGAL, channel="e_sign"),
    Step("base_contract_signed", "base_contract_sent", between(2, 9), role=_CLIENT, channel="e_sign"),
    Step("delay_reason_recorded@contract", "base_contract_requested", between(11, 11), role=_SALES,
         only=lambda played: _took(played, "base_contract_requested", "base_contract_signed", 17)),
    Step("delay_reported@contract", "delay_reason_recorded@contract", workdays(0.6, 0.4), role=_SALES),
    Step("contract_stored@base", "base_contract_signed", workdays(0.3, 0.4, 0.2, 0.1), role=_SALES),
    Step("conflict_date_notice_received", _CONTRACT, between(1, 5), 0.97, role=_CLIENT, channel="mail"),
    Step("treatment_info_received", _CONTRACT, between(1, 5), 0.97, role=_CLIENT, channel="mail"),
)  # fmt: skip

_A7: tuple[ProcedurePart, ...] = (
    Step("order_intake_opened", "credit_approved", workdays(0.3, 0.4, 0.2, 0.1), role=_SALES),
    Step("base_contract_template_sent", "order_intake_opened", workdays(0.6, 0.4), role=_SALES, channel="mail",
         only=lambda played: ~was_played(played, "base_contract_on_file")),
    Step("order_hearing_held", "order_intake_opened", between(1, 3), role=_SALES, channel="phone"),
    Step("ledger_updated@hearing", "order_hearing_held", workdays(0.3, 0.5, 0.2), role=_SALES),
    Step("order_registered", "order_hearing_held", workdays(0.55, 0.4, 0.05), role=_SALES, channel="kintone"),
    Step("order_approved", "order_registered", workdays(0.3, 0.5, 0.2), role=_SUPERVISOR, channel="kintone"),
    Step("order_shared", "order_approved", workdays(0.7, 0.3), role=_SALES, channel="kintone"),
    Step("order_changed", "order_approved", between(1, 4), 0.2, role=_CLIENT, channel="mail"),
    Step("order_updated@changed", "order_changed", workdays(0.5, 0.4, 0.1), role=_SALES, channel="kintone"),
    Fork("order_approved", (
        Way(0.80, Step("staff_decided", "order_approved", between(3, 11), role=_SALES)),
        Way(0.11, Step("order_lapsed", "order_approved", between(12, 25), role=_SALES)),
        Way(0.09, Step("client_withdrew@order", "order_approved", between(3, 12), role=_CLIENT, channel="phone")),
    )),
    Step("order_updated@lapsed", "order_lapsed", workdays(0.5, 0.4, 0.1), role=_SALES, channel="kintone"),
    Step("contract_items_requested", "staff_decided", workdays(0.5, 0.4, 0.1), role=_SALES, channel="mail"),
    Step("contract_items_received", "contract_items_requested", workdays(0.2, 0.45, 0.25, 0.1), role=_CLIENT,
         channel="mail"),
    Step("individual_contract_requested", "contract_items_received", workdays(0.4, 0.4, 0.2), role=_SALES),
    Step("individual_contract_sent", "individual_contract_requested", workdays(0.3, 0.5, 0.15, 0.05), role=_MARKETING,
         channel="e_sign"),
    Step("individual_contract_signed", "individual_contract_sent", between(1, 5), role=_CLIENT, channel="e_sign"),
    Step("contract_stored@individual", "individual_contract_signed", workdays(0.3, 0.4, 0.2, 0.1), role=_SALES),
    Step("order_ended", "individual_contract_signed", between(60, 130), 0.5, role=_CLIENT),
    Step("order_updated@ended", "order_ended", workdays(0.5, 0.4, 0.1), role=_SALES, channel="kintone"),
)  # fmt: skip


def _took(played: Played, first: str, second: str, days_at_least: int) -> Mask:
    gap = played[second].astype("datetime64[D]") - played[first].astype("datetime64[D]")
    return np.asarray(gap >= np.timedelta64(days_at_least, "D"))


PROCEDURE = Procedure(
    "dispatch-sales",
    (*_A1, *_A2_A3, *_A4, *_A5, *_A7),
    frozenset({"individual_contract_signed", "client_withdrew", "not_feasible", "credit_refused", "order_lapsed"}),
)


def traits(rng: np.random.Generator, begin: PlayedMoments) -> Played:
    """What is given with a case: whether its sales person prepares visits, a low rating, a contract of another form."""

    def given(share: float) -> PlayedMoments:
        return np.where(rng.random(len(begin)) < share, begin + np.timedelta64(1, "s"), np.datetime64("NaT", "s"))

    return {"_careful": given(0.93), "_low_rating": given(0.2), "_non_standard": given(0.3)}
