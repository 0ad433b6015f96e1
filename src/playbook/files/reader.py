"""The one reader of files: a delimited text, a workbook's sheet or a Parquet file becomes a sheet of raw cells."""

from __future__ import annotations

from pathlib import Path

from playbook.files.delimited import read_text
from playbook.files.frames import read_parquet
from playbook.files.sheet import ANY, EXCEL_SUFFIXES, NO_HINTS, PARQUET_SUFFIXES, FileHints, Headings, Sheet
from playbook.rules.folders import plain
from playbook.words.catalogue import msg
from playbook.words.problem import Problem, WorkspaceError, reason


def read_file(path: Path, told: FileHints = NO_HINTS, headings: Headings = ANY) -> Sheet:
    """The rows of a file, of a workbook those of the sheet that is told, else of its first.

    Raises WorkspaceError where the file cannot be read, saying what it is not and what to do.
    """
    suffix = path.suffix.lower()
    if suffix in EXCEL_SUFFIXES:
        from playbook.files.workbook import open_workbook, read_sheet  # takes a while to load

        book = open_workbook(path)
        return read_sheet(book, told.sheet or book.names[0], told, headings)
    try:
        if suffix in PARQUET_SUFFIXES:
            return read_parquet(plain(path), headings)
        return read_text(plain(path).read_bytes(), str(path), told, headings)
    except OSError as error:
        raise unreadable(path, error) from None
    except MemoryError:
        found = msg("does not fit into the memory of this machine")
        raise WorkspaceError(Problem(str(path), found, msg("a smaller file"))) from None


def unreadable(path: Path, error: OSError) -> WorkspaceError:
    """What the system says of a file, as a problem."""
    found = msg("cannot be read: {value}", value=reason(error))
    return WorkspaceError(Problem(str(path), found, msg("a readable file")))
