"""A system whose exports are known: what its module says of it. Each module of `systems/` with a `SYSTEM` is one.

A new one is a file there, with its samples in a test; nothing else has to know of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from playbook.importing.raw import Raw


@dataclass(frozen=True)
class System:
    """How the exports of one system are recognised and read, each way where it has one.

    `asked`: of several that might recognise a file the one with the lower number is asked first. `mappings`: per kind
    of its records (`NAME` or `NAME.kind`) what they mean. `is_json`, `read_json`: of a value in a JSON file; the reader
    is also told the file and which type of objects are the cases. `from_table`: a flat table as an export of this
    system, None where it is none. `suffixes`, `read_file`: files of its own kind, with the encoding that was told.
    """

    name: str
    asked: int
    mappings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    is_json: Callable[[Any], bool] | None = None
    read_json: Callable[[Any, Path, str | None], tuple[Raw, ...]] | None = None
    from_table: Callable[[Raw], Raw | None] | None = None
    suffixes: tuple[str, ...] = ()
    read_file: Callable[[Path, str | None], tuple[Raw, ...]] | None = None


@cache
def systems() -> tuple[System, ...]:
    """Every system that is known, in the order in which they are asked."""
    package = import_module("playbook.importing.systems")
    modules = (import_module(f"{package.__name__}.{one.name}") for one in iter_modules(package.__path__))
    found = [module.SYSTEM for module in modules if hasattr(module, "SYSTEM")]
    return tuple(sorted(found, key=lambda one: one.asked))
