"""How much of it `make test` runs: some of what is alike; `make slow` runs all (PLAYBOOK_ALL=1)."""

from __future__ import annotations

import os
from collections.abc import Iterable
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
ALL = bool(os.environ.get("PLAYBOOK_ALL"))


def thinned(alike: Iterable[T], start: int = 0, by: int = 3) -> list[T]:
    """Every third, beginning with the one at `start`, so that another start looks at others."""
    return list(alike) if ALL else list(islice(alike, start % by, None, by))


def tries(few: int, many: int) -> int:
    """How often something is tried that takes its time: a few times, or many by `make slow`."""
    return many if ALL else few
