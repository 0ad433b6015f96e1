"""Reports that take no time: an engine that writes a line and the code instead of running a notebook."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

from playbook.publishing.reports import RunRecord, run_reports
from playbook.rendering.notebook import read_notebook
from playbook.running.job import Failure, Job, JobResult
from playbook.running.processes import RunLimits

NOTEBOOKS = Path(__file__).parent / "notebooks"
AT = datetime(2026, 11, 20, 8, 30)


def engine(jobs: Sequence[Job], limits: RunLimits) -> Iterator[tuple[Job, JobResult]]:
    """Each job with a page of one line."""
    for job in jobs:
        page = Path(job.page)
        page.parent.mkdir(parents=True, exist_ok=True)
        edition = job.parameters.get("edition", "")
        said = f"{job.report} {job.target} {job.parameters.get('case', '')} {edition} {job.as_of}"
        code = "\n".join(cell["source"] for cell in read_notebook(Path(job.notebook))["cells"])
        page.write_text(f"<p>{said}</p><pre>{escape(code)}</pre>", encoding="utf-8")
        yield job, JobResult("ok", 0.0, title=job.report)


def failing(jobs: Sequence[Job], limits: RunLimits) -> Iterator[tuple[Job, JobResult]]:
    """Each job with a failure, and a log that tells more than is for everyone."""
    for job in jobs:
        Path(job.log).write_text(f"Traceback ... {job.notebook}\n", encoding="utf-8")
        yield job, JobResult("failed", 0.0, failure=Failure("exception", "ZeroDivisionError: division by zero", 3))


def publish(out: Path, *reports: str, workspace: Path | str, **more: Any) -> RunRecord:
    """Publish reports of the fixture notebooks without running them."""
    given = {"as_of": "2026-11-20", "started_at": AT, "notebooks": NOTEBOOKS, "engine": engine, **more}
    return run_reports(reports or ("plants",), workspace=str(workspace), out=out, **given)
