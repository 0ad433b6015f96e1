"""Which exports were imported into a workspace, and when each was taken: what a newer one is held against."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from pathlib import Path

from playbook.importing.report import FOLDER
from playbook.importing.run import Imported

FILE = "exports.csv"
_HEAD = ("source", "taken")
_DIGITS = re.compile(r"[0-9]+(?:[-_.][0-9]+)*")


def before(folder: Path, imported: Imported) -> str | None:
    """When the last export of the same source was taken; None where there was none."""
    known = _known(folder)
    moments = [known[name] for name in _sources(imported) if name in known]
    return max(moments, default=None)


def noted(folder: Path, imported: Imported, moment: str) -> dict[Path, str]:
    """The file that says when each source was taken last, with this import: its place and its content."""
    known = _known(folder)
    for name in _sources(imported):
        known[name] = max(known.get(name, ""), moment)
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([_HEAD, *sorted(known.items())])
    return {folder / FOLDER / FILE: "\ufeff" + out.getvalue()}


def _sources(imported: Imported) -> list[str]:
    """The files of an import, whatever day stands in their names."""
    return [_DIGITS.sub("#", unicodedata.normalize("NFKC", name)) for name in imported.report.files["file"].unique()]


def _known(folder: Path) -> dict[str, str]:
    try:
        text = (folder / FOLDER / FILE).read_text(encoding="utf-8-sig")
    except OSError:
        return {}
    return {row[0]: row[1] for row in csv.reader(io.StringIO(text)) if len(row) == 2 and tuple(row) != _HEAD}
