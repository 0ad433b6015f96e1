"""Questions by the names they had before a day was the door; each is asked of the day.

This file goes when no notebook and no test asks by these names.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playbook.ask.workspace import Workspace

_OF_FUNNEL = ("outcomes", "flows", "throughput", "waiting")
_OF_DECLINES = {
    "decline_cases": "cases", "decline_rates": "rates", "decline_reasons": "reasons", "decline_moments": "moments",
    "contact_gaps": "contact_gaps", "offers": "offers", "late_before": "late_before", "associations": "associations",
    "signals": "signals", "signal_answers": "signal_answers",
}  # fmt: skip
_OF_CYCLES = {
    "cycle_rates": "rates", "trends": "trends", "surveys": "surveys", "workload": "workload", "workload_weeks": "weeks",
    "priorities": "priorities", "contributions": "contributions",
}  # fmt: skip

_Asks = Callable[..., Any]
_FORMER: dict[str, _Asks] = {
    **{name: lambda day, _name=name, **by: getattr(day.funnel(**by), _name) for name in _OF_FUNNEL},
    "stage_curves": lambda day, **by: day.funnel(**by).curves,
    "stage_endings": lambda day, **by: day.funnel(**by).endings,
    "date_bases": lambda day, since, until, **by: day.funnel(**by).between(since, until),
    **{old: lambda day, _name=new, **by: getattr(day.declines(**by), _name) for old, new in _OF_DECLINES.items()},
    **{old: lambda day, _name=new, **by: getattr(day.cycles(**by), _name) for old, new in _OF_CYCLES.items()},
    "change_effects": lambda day, changed_on: day.cycles().effects(changed_on),
    "capacity": lambda day, **more: day.cycles().capacity(**more),
    "milestones": lambda day: day.placements().milestones,
    "retention": lambda day, **by: day.placements(**by).retention,
    "six_months": lambda day, **by: day.placements(**by).six_months,
    "changes": lambda day, since: day.since(since),
    "weekly": lambda day, *since, **more: day.week(*since, **more),
    "orphans": lambda day: day.orphans(),
    "clocks": lambda day, **by: day.clocks(**by),
    "portfolio": lambda day, **more: day.portfolio(**more),
    "most_urgent_case": lambda day: day.most_urgent_case(),
    "limits": lambda day: day.limits().rules,
    "limit_times": lambda day: day.limits().times,
    "matters": lambda day: day.limits().matters,
    "how_late": lambda day: day.limits().how_late,
    "unmentioned": lambda day: day.limits().unmentioned,
    "unwritten_orders": lambda day: day.limits().unwritten_orders,
    "week_at_stake": lambda day: day.limits().week(),
    "slots": lambda day: day.limits().slots(),
    "units": lambda day, by=(): day.funnel(by=by).compared,
    "forecast": lambda day, days=(30, 60, 90), by=(): day.forecast(days, by=by).counts,
    "forecast_stages": lambda day, days=(30, 60, 90): day.forecast(days).stages,
    "forecast_arrivals": lambda day, days=(30, 60, 90): day.forecast(days).arrivals,
    "forecast_record": lambda day, days=(30, 60, 90): day.forecast(days).record,
    "if_kept": lambda day: day.forecast().if_kept,
    "forecast_load": lambda day: day.forecast().load,
    "reliability": lambda day, days=(30, 60, 90): day.forecast(days).reliability,
    "log": lambda day: day.log,
    "as_of": lambda day: day.as_of,
}
_OF_CASE: dict[str, _Asks] = {
    "story": lambda day, case, **more: day.case(case).story(**more),
    "happened": lambda day, case: day.case(case).happened(),
    "case": lambda day, case: day.case(case).row,
    "playbook_of": lambda day, case: day.case(case).playbook,
    "review": lambda day, case, **more: day.review(case, **more),
    "drafts": lambda day, actions, **more: day.drafts(actions, **more),
}


def asked(workspace: Workspace[Any], name: str) -> Any:
    """A question by its former name; AttributeError where there never was one."""
    if name == "playbook":
        return workspace.playbooks.named
    if name in _FORMER:
        return lambda as_of, *more, **words: _FORMER[name](workspace.on(as_of), *more, **words)
    if name in _OF_CASE:
        return lambda case, as_of, **words: _OF_CASE[name](workspace.on(as_of), case, **words)
    raise AttributeError(f"'Workspace' object has no attribute '{name}'")
