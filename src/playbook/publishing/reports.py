"""Reports: run notebooks, publish their pages, know what was made of what.

``run_reports`` makes and publishes; ``verify`` makes a run again and compares.
The parts are in ``rendering``, ``running`` and this folder.
"""

from __future__ import annotations

from playbook.publishing.freshness import ConcernError
from playbook.publishing.manifest import Entry, RunRecord, read_manifest
from playbook.publishing.plan import Each
from playbook.publishing.run import Progress, run_reports
from playbook.publishing.site import PublishError
from playbook.publishing.verify import verify
from playbook.rendering.attachments import attach, summarise
from playbook.rendering.notebook import notebook_folder, report_names
from playbook.running.processes import RunLimits

__all__ = [
    "ConcernError",
    "Each",
    "Entry",
    "Progress",
    "PublishError",
    "RunLimits",
    "RunRecord",
    "attach",
    "notebook_folder",
    "read_manifest",
    "report_names",
    "run_reports",
    "summarise",
    "verify",
]
