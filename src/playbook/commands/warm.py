"""`playbook run`, begun: what makes the pages warms up while all else is imported and the workspace is read."""

from __future__ import annotations

from contextlib import nullcontext

from playbook.commands.arguments import Asked
from playbook.running.processes import WarmEngine, forkable


def run(asked: Asked) -> int:
    """Start the warm process, where there will be work for it, and go on with `reports.run`."""
    here = forkable() and not asked["dry_run"] and not asked["scheduler"] and not asked["workspaces"]
    with WarmEngine() if here else nullcontext() as warm:
        from playbook.commands import reports  # takes as long to import as half of the warming

        return reports.run(asked, warm)
