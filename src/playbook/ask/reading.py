"""What a place holds, as tables: its own tables, or those that its raw exports become."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from playbook.rules.nouns import Playbook
from playbook.tables.database import ALL, Only
from playbook.tables.settings import FILE_NAME, Settings, read_settings
from playbook.tables.stored import Tables, read_tables, tables_from_frames
from playbook.words.problem import WorkspaceError


def read_place(
    place: str,
    playbooks: Sequence[Playbook],
    settings: Settings | None = None,
    only: Only = ALL,
) -> Tables:
    """The tables of a folder, a workbook or a database (see `tables.stored.read_tables`).

    A folder whose settings have an `[import]` section holds raw exports, which are imported each time.
    Raises WorkspaceError with everything that stands in the way.
    """
    found = settings or _settings(Path(place))
    if found is None or not found.imports:
        return read_tables(place, playbooks, settings, only)
    from playbook.importing import import_folder  # only a folder of raw exports needs the importer

    raw = import_folder(Path(place), found.imports)
    return tables_from_frames(raw.tables, playbooks, found)


def _settings(folder: Path) -> Settings | None:
    """The settings of a folder; None where there are none that can be read, which its tables will say."""
    try:
        return read_settings(folder / FILE_NAME) if folder.is_dir() else None
    except WorkspaceError:
        return None
