"""What an agency has filed of its fiscal years: counts alone, one JSON file a year, never written over.

`filed/2025.json` stands in the workspace beside its tables. It names no person, so it may be kept for the five years in
which the site shows the figures, whatever is erased from the tables meanwhile.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from playbook.rules.folders import files_in
from playbook.words.catalogue import msg
from playbook.words.problem import ArgumentError, Problem, WorkspaceError, reason

FOLDER = "filed"
ERASED = "erased.csv"
"""The stubs of what was erased, in the same folder: one line per case, without a name."""


def filed_path(workspace: str | Path, year: int) -> Path:
    """Where the counts of a fiscal year are kept."""
    return Path(workspace) / FOLDER / f"{year}.json"


def read_filed(workspace: str | Path, year: int) -> Mapping[str, Any]:
    """What was filed of a fiscal year: `fiscal_year`, `parts` (by part: `filed_on, as_of, offices`); empty: nothing.

    Raises WorkspaceError where the file is not such a record.
    """
    path = filed_path(workspace, year)
    if not path.is_file():
        return {}
    try:
        told: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        for part in told["parts"].values():
            date.fromisoformat(part["filed_on"])
            dict(part["offices"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        found = msg("is not a record of filed counts ({error})", error=error)
        raise WorkspaceError(Problem(str(path), found, msg("a file that 'playbook yearly --file' wrote"))) from None
    return told


def file_counts(
    workspace: str | Path,
    year: int,
    part: str,
    offices: Mapping[str, Mapping[str, int]],
    *,
    filed_on: date,
    as_of: date,
    readings: Mapping[str, str],
) -> Path:
    """Keep the counts of one filing; the file they are in.

    A part that was filed already stays as it was filed: ArgumentError. The file is moved into place whole.
    """
    if not Path(workspace).is_dir():
        raise ArgumentError(Problem(str(workspace), msg("is not a folder"), msg("a workspace that is a folder")))
    filed = dict(read_filed(workspace, year)) or {"fiscal_year": year, "parts": {}}
    path = filed_path(workspace, year)
    if part in filed["parts"]:
        when = filed["parts"][part]["filed_on"]
        hint = msg("what was filed is not written over; later differences are shown beside it")
        raise ArgumentError(
            Problem(
                str(path),
                msg("'{part}' was filed on {when}", part=part, when=when),
                msg("a part that was not filed yet"),
                hint,
            )
        )
    entry = {"filed_on": filed_on.isoformat(), "as_of": as_of.isoformat(), "readings": dict(readings),
             "offices": {office: dict(counts) for office, counts in offices.items()}}  # fmt: skip
    filed["parts"] = {**filed["parts"], part: entry}
    try:
        path.parent.mkdir(exist_ok=True)
        beside = path.with_suffix(".json.new")
        beside.write_text(json.dumps(filed, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        found = msg("cannot be written: {value}", value=reason(error))
        raise ArgumentError(Problem(str(path), found, msg("a folder you may write to"))) from None
    return path


def frozen_years(workspace: str | Path) -> tuple[int, ...]:
    """The fiscal years of which both parts are filed, in order."""
    folder = Path(workspace) / FOLDER
    names = [path.stem for path in files_in(folder, ".json") if path.stem.isdigit()]
    whole = (year for year in map(int, names) if {"placed", "left"} <= set(read_filed(workspace, year)["parts"]))
    return tuple(whole)


def erased_cases(workspace: str | Path) -> tuple[str, ...]:
    """The ids of the cases that were erased from a workspace, in the order in which they were."""
    path = Path(workspace) / FOLDER / ERASED
    if not path.is_file():
        return ()
    with path.open(encoding="utf-8-sig", newline="") as file:
        return tuple(row["case_id"] for row in csv.DictReader(file) if row.get("case_id"))
