"""A notebook file as plain data: read with the standard library alone, so that it costs nothing to look at one."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from playbook.words.catalogue import msg
from playbook.words.problem import ArgumentError, Problem, did_you_mean
from playbook.words.text import Lang

_TITLE = re.compile(r"^#\s+(.+?)\s*#*\s*$", re.MULTILINE)

NotebookCell = Mapping[str, Any]

LAST = 1000
"""The place of a report whose notebook says none: after those that one opens every week."""

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*\s*$", re.MULTILINE)


def notebook_folder() -> Path:
    """The folder of the built-in notebooks: inside the installed package, or at the root of a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "notebooks"
    return installed if installed.is_dir() else package.parents[1] / "notebooks"


def find_notebook(report: str, folder: Path, lang: Lang = "ja") -> Path:
    """The notebook of a report: a name in the folder, or a path that ends in ``.ipynb``.

    A language may have a folder of its own in it, with notebooks of the same names; where it has none, the one there is
    serves all.

    Raises:
        ArgumentError: there is no such notebook; names the nearest.
    """
    if report.endswith(".ipynb"):
        paths = [Path(report)]
    else:
        paths = [folder / lang / f"{report}.ipynb", folder / f"{report}.ipynb"]
    if there := [path for path in paths if path.is_file()]:
        return there[0]
    known = report_names(folder)
    raise ArgumentError(
        Problem(
            msg("report"),
            msg("there is no '{report}'", report=report),
            ", ".join(known),
            did_you_mean(report, known),
        )
    )


def report_names(folder: Path) -> tuple[str, ...]:
    """The names of the reports in a folder: its notebooks with a parameters cell, in alphabetical order."""
    paths = sorted(folder.glob("*.ipynb"))
    return tuple(path.stem for path in paths if parameters_source(read_notebook(path)) is not None)


def read_notebook(path: Path) -> dict[str, Any]:
    """A notebook as nested dictionaries, its sources joined to single strings.

    Raises:
        ArgumentError: the file cannot be read or is not a notebook of format 4.
    """
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        cells = [{**cell, "source": _joined(cell["source"])} for cell in notebook["cells"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ArgumentError(
            Problem(str(path), msg("cannot be read as a notebook ({name})", name=type(error).__name__))
        ) from error
    return {**notebook, "cells": cells}


def _joined(source: str | Sequence[str]) -> str:
    return source if isinstance(source, str) else "".join(source)


def tags(cell: NotebookCell) -> tuple[str, ...]:
    """The tags of a cell."""
    return tuple(cell.get("metadata", {}).get("tags", ()))


def parameters_index(notebook: Mapping[str, Any]) -> int | None:
    """The position of the cell tagged ``parameters``; None where there is none."""
    places = (i for i, cell in enumerate(notebook["cells"]) if "parameters" in tags(cell))
    return next(places, None)


def parameters_source(notebook: Mapping[str, Any]) -> str | None:
    """The source of the cell tagged ``parameters``; None where there is none."""
    index = parameters_index(notebook)
    return None if index is None else str(notebook["cells"][index]["source"])


def heading_of(notebook: Mapping[str, Any], index: int) -> str:
    """The last heading at or above a cell; empty where there is none."""
    for cell in reversed(notebook["cells"][: index + 1]):
        if cell["cell_type"] == "markdown":
            found = _HEADING.findall(cell["source"])
            if found:
                return str(found[-1])
    return ""


def title_of(notebook: Mapping[str, Any]) -> str:
    """The first heading of level 1; empty where there is none."""
    for cell in notebook["cells"]:
        found = _TITLE.search(cell["source"]) if cell["cell_type"] == "markdown" else None
        if found:
            return found[1]
    return ""


def order_of(notebook: Mapping[str, Any]) -> int:
    """Where its report stands among others, as `playbook.order` of its metadata says; `LAST` where it says nothing."""
    order = _said_of_itself(notebook).get("order")
    return order if isinstance(order, int) and not isinstance(order, bool) else LAST


def is_as_it_came(notebook: Mapping[str, Any]) -> bool:
    """Whether its code is what the package came with, by the digest in its metadata (`playbook.code`, by `make words`).

    Nobody's own code has one, nor one that fits.
    """
    return _said_of_itself(notebook).get("code") == digest_of_cells(notebook)


def digest_of_cells(notebook: Mapping[str, Any]) -> str:
    """The digest of the code of a notebook."""
    code = [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return sha256(json.dumps(code).encode()).hexdigest()[:16]


def _said_of_itself(notebook: Mapping[str, Any]) -> dict[str, Any]:
    said = notebook.get("metadata", {}).get("playbook", {})
    return said if isinstance(said, dict) else {}


def is_python(notebook: Mapping[str, Any]) -> bool:
    """Whether a notebook is for a Python kernel."""
    spec = notebook.get("metadata", {}).get("kernelspec", {})
    return str(spec.get("language", "python")).lower() == "python"


def without_colours(text: str) -> str:
    """Text without the terminal's colours."""
    return _ANSI.sub("", text)
