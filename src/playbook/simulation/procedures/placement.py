"""placement-followup as it is lived: prepared before the joining, reviewed at one, three and six months, or cut short.

What is prepared is counted back from the joining date; some of it comes late, a little of it not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from playbook.simulation.pace import AT_ONCE, Delay, PlayedMoments, between, calendar_days, workdays
from playbook.simulation.play import BEGIN, Fork, Mask, Played, Procedure, ProcedurePart, Step, Way, was_played

JOINS_ON = "_joins_on"
_RM, _OWNER, _EXECUTIVE, _SITE, _HIRE = "relationship_manager", "owner", "executive", "site_manager", "hire"
_ALL_THREE = "relationship_manager;owner;hire"


def _before(furthest: int, nearest: int) -> Delay:
    """Any working day from so many to so few days before."""
    return Delay((1.0,) * (furthest - nearest + 1), -furthest, business=False, office=True)


_AROUND = Delay((*(1.0,) * 10, *(0.3,) * 4), -9, business=False, office=True)
"""Around the day on which a review is due: mostly in the days before it, now and then a little late."""


def _given(*traits: str) -> Callable[[Played], Mask]:
    def holds(played: Played) -> Mask:
        return np.asarray(np.logical_and.reduce([was_played(played, trait) for trait in traits]))

    return holds


def _prepared(
    id: str, delay: Delay, role: str, chance: float = 0.98, *traits: str, cells: Mapping[str, str] | None = None
) -> Step:
    return Step(id, JOINS_ON, delay, chance, role=role, cells=cells or {}, only=_given("offer_accepted", *traits))


_BEFORE_JOINING: tuple[ProcedurePart, ...] = (
    Step("offer_made", BEGIN, AT_ONCE, role=_OWNER),
    Fork("offer_made", (
        Way(0.88, Step("offer_accepted", "offer_made", between(2, 9), role=_HIRE)),
        Way(0.09, Step("offer_declined", "offer_made", between(3, 10), role=_HIRE)),
        Way(0.03, Step("offer_cancelled", "offer_made", between(3, 15), role=_OWNER)),
    )),
    Step("site_visit_arranged", "offer_made", between(3, 9), 0.96, role=_RM),
    Step("followup_started", "offer_accepted", between(1, 5), 0.97, role=_RM),
    Step("executive_talk_held@soon", "offer_accepted", between(2, 8), 0.95, role="executive;relationship_manager",
         only=_given("_owner_alone")),
    Step("executive_talk_held", "offer_accepted", between(4, 15), 0.95, role="executive;relationship_manager",
         only=lambda played: ~was_played(played, "_owner_alone")),
    Step("site_talk_held@soon", "offer_accepted", between(2, 8), 0.95, role=_SITE, only=_given("_owner_alone")),
    Step("site_talk_held", "offer_accepted", between(4, 15), 0.95, role=_SITE,
         only=lambda played: ~was_played(played, "_owner_alone")),
    _prepared("site_visit_held", _before(32, 14), _SITE, 0.95),
    _prepared("expectations_shared", _before(30, 13), _OWNER),
    _prepared("countermeasures_prepared", _before(30, 13), _RM),
    _prepared("action_plan_agreed", _before(30, 14), "relationship_manager;site_manager;hire"),
    _prepared("followup_team_formed", _before(22, 6), _EXECUTIVE),
    _prepared("contact_routes_agreed", _before(22, 7), _RM, 0.98),
    _prepared("company_channel_set_up", _before(22, 7), _RM, 0.98),
    _prepared("hire_channel_set_up", _before(22, 7), _RM, 0.98),
    _prepared("mission_shared", _before(16, 1), _ALL_THREE, 0.97),
    _prepared("goals_agreed@sheet", _before(16, 1), _ALL_THREE, 1.0, "_sheet", cells={"goal_form": "sheet"}),
    _prepared("goals_agreed@memo", calendar_days(2, 6), _ALL_THREE, 1.0, "_memo", cells={"goal_form": "memo"}),
    Step("joined", JOINS_ON, AT_ONCE, role=_HIRE, only=_given("offer_accepted")),
)  # fmt: skip


def _review(month: int) -> tuple[Step, ...]:
    """Both sides' reviews of one month, counted back from the day on which they are due."""
    due, heard = f"_month_{month}", ("joined", "_heard")
    return (
        Step(f"company_review_held@{month}", due, _AROUND, 0.97, role=_RM, channel="visit", only=_given(*heard)),
        Step(f"hire_review_held@{month}", due, _AROUND, 0.97, role=_RM, channel="online", only=_given(*heard)),
        Step(f"change_shared@{month}", f"company_review_held@{month}", between(1, 5), 0.95, role=_RM, channel="mail"),
        Step(f"change_shared@{month}-hire", f"hire_review_held@{month}", between(1, 5), 0.95, role=_RM,
             channel="mail"),
    )  # fmt: skip


_AFTER_JOINING: tuple[ProcedurePart, ...] = (
    *_review(1), *_review(3),
    Step("concern_raised", "joined", calendar_days(14, 120), 0.35, role=_HIRE, only=_given("_heard")),
    Step("concern_resolved", "concern_raised", workdays(0.1, 0.3, 0.3, 0.2, 0.1), role=_RM),
    Step("six_month_review_held", "_month_6", _AROUND, 0.98, role=_RM, channel="visit",
         only=_given("joined", "_heard")),
    Step("change_shared@6", "six_month_review_held", between(1, 5), 0.97, role=_RM, channel="mail"),
    Fork("six_month_review_held", (
        Way(0.58, Step("issue_assessed@yes", "six_month_review_held", between(2, 9), role=_RM,
                       cells={"issue_solved": "yes"})),
        Way(0.34, Step("issue_assessed@partly", "six_month_review_held", between(2, 9), role=_RM,
                       cells={"issue_solved": "partly"})),
        Way(0.08, Step("issue_assessed@no", "six_month_review_held", between(2, 9), role=_RM,
                       cells={"issue_solved": "no"})),
    )),
    Step("issue_assessed@again", ("issue_assessed@partly", "issue_assessed@no"), calendar_days(75, 90), role=_RM,
         cells={"issue_solved": "yes"}),
    Step("next_issue_proposed", ("issue_assessed@yes", "issue_assessed@again"), between(5, 18), role=_RM,
         channel="visit"),
    Step("followup_closed", "next_issue_proposed", between(5, 18), role=_RM),
    Step("left", "joined", calendar_days(35, 320), role=_HIRE, only=_given("_leaves")),
    Step("dismissed", "joined", calendar_days(50, 160), role=_OWNER, only=_given("_dismissed")),
)  # fmt: skip

PROCEDURE = Procedure(
    "placement-followup",
    (*_BEFORE_JOINING, *_AFTER_JOINING),
    frozenset({"followup_closed", "offer_declined", "left", "offer_cancelled", "dismissed"}),
)

FATES = {"stays": 0.72, "leaves": 0.20, "dismissed": 0.03, "silent": 0.05}
"""What becomes of those who join: exact shares of the cases, rounded, dealt out by chance."""

_SHARES = {"_owner_alone": 0.6, "_sheet": 0.86}


def traits(rng: np.random.Generator, begin: PlayedMoments) -> Played:
    """What is given with a case: its joining date and reviews, its fate, how it was decided, a goal sheet or a memo."""
    n, never = len(begin), np.datetime64("NaT", "s")
    fate = _of_late(rng.permutation(_quota(n)))
    has = {name: rng.random(n) < share for name, share in _SHARES.items()}
    has |= {
        "_memo": ~has["_sheet"] & (rng.random(n) < 0.85),
        "_heard": fate != "silent",
        "_leaves": fate == "leaves",
        "_dismissed": fate == "dismissed",
    }
    return {name: np.where(mask, begin, never) for name, mask in has.items()}


def _of_late(fate: npt.NDArray[np.str_]) -> npt.NDArray[np.str_]:
    """The same fates, those nobody hears of among the later cases: silence is noticed before a year has passed."""
    place = int(len(fate) * 0.4)
    silent = np.flatnonzero(fate == "silent")
    for number, one in enumerate(silent):
        other = min(place + 2 * number, len(fate) - 1)
        fate[one], fate[other] = fate[other], fate[one]
    return fate


def _quota(n: int) -> npt.NDArray[np.str_]:
    counts = {fate: round(share * n) for fate, share in FATES.items() if fate != "stays"}
    dealt = [fate for fate, count in counts.items() for _ in range(count)]
    return np.array([*dealt, *["stays"] * n][:n])


def joining(
    rng: np.random.Generator, begin: PlayedMoments, business: Callable[[PlayedMoments], PlayedMoments]
) -> Played:
    """The joining date of each case, the first business day of a month, and its first, third and sixth month."""
    about = begin.astype("datetime64[D]") + rng.integers(46, 66, len(begin))
    months = about.astype("datetime64[M]") + 1
    joins = business(months.astype("datetime64[D]")).astype("datetime64[D]")
    of_month = joins - joins.astype("datetime64[M]").astype("datetime64[D]")
    later = {
        f"_month_{m}": ((joins.astype("datetime64[M]") + m).astype("datetime64[D]") + of_month).astype("datetime64[s]")
        for m in (1, 3, 6)
    }
    return {JOINS_ON: joins.astype("datetime64[s]"), **later}
