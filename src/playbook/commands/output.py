"""A frame to where it was asked for: csv on standard output, or a file in the form its ending names."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from playbook.rules.folders import plain
from playbook.words.catalogue import msg
from playbook.words.problem import ArgumentError, Problem, reason

if TYPE_CHECKING:
    import polars as pl

ENDINGS = (".csv", ".json", ".parquet", ".xlsx")


def write_frame(frame: pl.DataFrame, to: Path | None = None) -> None:
    """The frame as csv on standard output, or to a file: csv, json, parquet or xlsx by its ending.

    The forms are those of `spreadsheet.write_table`. ArgumentError where a file cannot be written.
    """
    from playbook.show.spreadsheet import write_table

    if to is None:
        written = BytesIO()
        write_table(frame, written)
        sys.stdout.write(written.getvalue().decode("utf-8"))
        sys.stdout.flush()
    else:
        moved_into(to, lambda beside: write_table(frame, beside))


def moved_into(to: Path, write_to: Callable[[Path], object]) -> None:
    """Have a file written beside `to` and moved into place, so that nobody ever reads half of it.

    A link stays one, its target is written. ArgumentError where that is not possible, or `to` is a device or a pipe.
    """
    try:
        place = to.resolve()
        if place.exists():
            plain(place)  # what is moved to a device's place would take it from the whole machine
        with tempfile.TemporaryDirectory(prefix=".playbook-", dir=place.parent) as folder:
            beside = Path(folder) / to.name
            write_to(beside)
            beside.replace(place)
    except OSError as error:
        found = msg("cannot be written: {value}", value=reason(error))
        raise ArgumentError(Problem(str(to), found, msg("a file in a folder you may write to"))) from None
