"""Reports: run notebooks, publish their pages, know what was made of what.

``run_reports`` makes and publishes; ``verify`` makes a run again and compares.
The parts are in ``playbook.reporting``.
"""

from __future__ import annotations

from playbook.reporting.attach import attach, summarise
from playbook.reporting.guard import ConcernError
from playbook.reporting.manifest import Entry, RunRecord, read_manifest
from playbook.reporting.notebook import notebook_folder, report_names
from playbook.reporting.plan import Each
from playbook.reporting.pool import Limits
from playbook.reporting.publish import PublishError
from playbook.reporting.run import Progress, run_reports
from playbook.reporting.verify import verify

__all__ = [
    "ConcernError",
    "Each",
    "Entry",
    "Limits",
    "Progress",
    "PublishError",
    "RunRecord",
    "attach",
    "notebook_folder",
    "read_manifest",
    "report_names",
    "run_reports",
    "summarise",
    "verify",
]
