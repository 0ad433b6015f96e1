"""Every report of the sample workspace, published as `playbook run` does, for the tests and pictures of pages."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from playbook.publishing.reports import RunRecord, notebook_folder, report_names, run_reports
from playbook.tables.samples import samples
from playbook.words.text import Lang

AS_OF = "2026-11-20"
MADE_AT = datetime(2026, 11, 20, 8, 30)
LANGS: tuple[Lang, ...] = ("ja", "en")
REPORTS = report_names(notebook_folder())


def publish(out: Path, lang: Lang, *reports: str, **more: Any) -> RunRecord:
    """The reports (all, where none is named) of the sample workspace in a folder."""
    return run_reports(reports, workspace=str(samples()), as_of=AS_OF, out=out, lang=lang, started_at=MADE_AT, **more)
