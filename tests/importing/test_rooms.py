"""The importing floor has no circle: each file can be read before the ones that build on it."""

from __future__ import annotations

import ast
from pathlib import Path

import playbook.importing

ROOT = Path(playbook.importing.__file__).parent


def modules() -> dict[str, Path]:
    """The modules of the floor by name; a folder is named by itself."""
    found = {}
    for path in ROOT.rglob("*.py"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(("playbook", "importing", *parts)).removesuffix(".__init__")] = path
    return found


def needs(name: str, path: Path, known: dict[str, Path]) -> set[str]:
    """The modules of the floor that one imports when it is loaded."""
    wanted = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            wanted |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return (wanted & set(known)) - {name}


def test_no_module_needs_itself() -> None:
    """Taking away what needs nothing that is left, again and again, takes away every module."""
    known = modules()
    left = {name: needs(name, path, known) for name, path in known.items()}
    while ready := {name for name, wanted in left.items() if not wanted & set(left)}:
        left = {name: wanted for name, wanted in left.items() if name not in ready}
    assert left == {}
