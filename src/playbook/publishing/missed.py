"""A run that was refused, said where people look: on the index that stands, and in the status file."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from playbook.publishing.manifest import MANIFEST, RunRecord, read_manifest
from playbook.publishing.owned import INDEX
from playbook.publishing.run import index_of
from playbook.publishing.site import locked, site_at, writing_to
from playbook.publishing.status import RunStatus, refused, write_status
from playbook.running.job import without_folders, write_whole
from playbook.words.problem import PlaybookError

_WAITS = 10.0  # seconds


def tell_refused(out: Path, at: datetime, why: Sequence[str], exit_status: int = 2) -> RunStatus:
    """How a run went that changed nothing, told in the folder to which it would have published, if pages stand there.

    What cannot be told there (a folder that is read-only, or that no run has published to) is only given back.

    Args:
        out: the folder.
        at: when the run started.
        why: what was wrong, one sentence each; folders are left out, for a page tells nobody's home.
        exit_status: of the command.
    """
    said = tuple(" ".join(without_folders(each).split()) for each in why)
    standing: RunRecord | None = None
    with suppress(PlaybookError):
        standing = read_manifest(out / MANIFEST)
    status = refused(at, said, standing, exit_status)
    if standing is not None:
        with suppress(PlaybookError):
            site = site_at(out)
            with locked(site, _WAITS, lambda: None), writing_to(out):
                write_whole(out / INDEX, index_of(standing, out, missed=status))
                write_status(out, status)
    return status
