"""Every report of the sample workspace, published as `playbook run` does, for the tests and pictures of pages."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from thinned import ALL
from warmed import AS_OF, warm

from playbook.publishing.reports import RunRecord, notebook_folder, report_names, run_reports
from playbook.tables.samples import samples
from playbook.words.text import Lang

MADE_AT = datetime(2026, 11, 20, 8, 30)
LANGS: tuple[Lang, ...] = ("ja", "en")
REPORTS = report_names(notebook_folder())
HEAVY = ("forecast", "limits")
"""The reports that take longest to make."""


def reports_in(lang: Lang) -> tuple[str, ...]:
    """The reports that are looked at in a language: in English the heavy ones and the bank's own pack by `make slow`."""
    return tuple(name for name in REPORTS if ALL or lang == "ja" or name not in (*HEAVY, "followup_review"))


def editions_in(lang: Lang) -> tuple[str, ...]:
    """The editions of the review that are handed out and looked at in a language, both in both by `make slow`."""
    return ("company", "hire") if ALL else {"ja": ("company",), "en": ("hire",)}[lang]


def publish(out: Path, lang: Lang, *reports: str, **more: Any) -> RunRecord:
    """The reports (all, where none is named) of the sample workspace in a folder."""
    told = {"as_of": AS_OF, "started_at": MADE_AT, "engine": warm(), **more}
    return run_reports(reports, workspace=str(samples()), out=out, lang=lang, **told)
