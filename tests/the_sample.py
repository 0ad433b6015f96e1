"""The sample workspace, read once for all tests of a process that only ask it."""

from __future__ import annotations

from functools import cache

import polars as pl
from warmed import AS_OF

import playbook as pb
from playbook.answers.ahead.prospects import Forecast
from playbook.commands.session import opened
from playbook.tables.samples import samples


@cache
def sample() -> pb.Workspace:
    """The sample workspace; what it has worked out for a moment it keeps for whoever asks next."""
    return pb.open()


def opened_once(place: str, playbooks: tuple[str, ...]) -> pb.Workspace:
    """What a command opens: the sample as it was read already, any other workspace as it is read."""
    return sample() if place == str(samples()) and not playbooks else opened(place, playbooks)


@cache
def forecast() -> Forecast[pl.DataFrame]:
    """What will have come of the sample thirty days on, and how right such forecasts were."""
    return sample().on(AS_OF).forecast([30])
