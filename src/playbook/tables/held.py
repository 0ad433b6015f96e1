"""Everything a workspace holds of one person, as it is written there, and how it is taken out of the files.

The files are read as they stand, refused rows and unknown columns included: what a person may ask for, and what is to
be gone, is not only what the answers use. A row belongs to a person by the id of the case; other rows that only say the
name are mentions, told apart, because they belong to somebody else's case.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from playbook.files.delimited import records_of
from playbook.files.encodings import decode, encode
from playbook.files.sheet import EXCEL_SUFFIXES, PARQUET_SUFFIXES, TEXT_SUFFIXES
from playbook.tables.columns import as_text
from playbook.tables.declared import ROW, TABLES
from playbook.tables.file import headings_of, read_own
from playbook.tables.stored import find
from playbook.words.catalogue import msg
from playbook.words.problem import ArgumentError, Problem, did_you_mean

HELD = {"table": pl.String, "place": pl.String, ROW: pl.UInt32, "case_id": pl.String, "column": pl.String,
        "value": pl.String, "mention": pl.Boolean}  # fmt: skip
PLACEMENT = "placement_case"
_FOLDED = re.compile(r"[\s\u3000・･]+")


@dataclass(frozen=True, slots=True)
class Person:
    """Whose rows are meant: the ids of the cases, and what the person is called in them."""

    cases: tuple[str, ...]
    names: tuple[str, ...]

    def owns(self, row: Mapping[str, object]) -> bool:
        """Whether a row belongs to one of the cases."""
        return any(_cell(row.get(name)) in self.cases for name in ("case_id", PLACEMENT))

    def named_in(self, text: str) -> bool:
        """Whether a text says the name, however it is spaced."""
        said = fold_name(text)
        return any(name in said for name in map(fold_name, self.names) if len(name) > 1)


def fold_name(text: str) -> str:
    """A name or a text without spaces and in one width, to be matched.

    >>> fold_name("森田　健"), fold_name("ﾓﾘﾀ ｹﾝ")
    ('森田健', 'モリタケン')
    """
    return _FOLDED.sub("", unicodedata.normalize("NFKC", text))


def person_of(place: str, asked: str) -> Person:
    """The cases of a person, by the name or by the id of one case; ArgumentError where there is none."""
    rows = [row for name, _, frame in _sheets(place) if name == "cases" for row in frame.iter_rows(named=True)]
    mine = [row for row in rows if asked in (_cell(row.get("case_id")), _cell(row.get(PLACEMENT)))]
    if not mine:
        mine = [
            row for row in rows if _cell(row.get("subject")) and fold_name(_cell(row["subject"])) == fold_name(asked)
        ]
    if not mine:
        known = sorted({_cell(row.get(name)) for row in rows for name in ("case_id", "subject")} - {""})
        wrong = msg("there is no case of '{asked}'", asked=asked)
        raise ArgumentError(Problem("person", wrong, msg("a case_id or a name"), did_you_mean(asked, known)))
    ids = [_cell(row.get("case_id")) for row in mine]
    ids += [_cell(row.get("case_id")) for row in rows if _cell(row.get(PLACEMENT)) in ids]
    names = [_cell(row.get("subject")) for row in mine]
    return Person(tuple(dict.fromkeys(filter(None, ids))), tuple(dict.fromkeys(filter(None, names))))


def held(place: str, person: Person) -> pl.DataFrame:
    """Every cell that is held of a person: one row per table, row and column that is filled in (columns: `HELD`).

    `mention`: the row is not of the person's case, but says the name.
    """
    rows = []
    for table, where, frame in _sheets(place):
        for row in frame.iter_rows(named=True):
            owned = person.owns(row)
            for name, value in row.items():
                said = _cell(value)
                if name != ROW and said and (owned or person.named_in(said)):
                    rows.append((table, where, row[ROW], _cell(row.get("case_id")) or None, name, said, not owned))
    return pl.DataFrame(rows, schema=HELD, orient="row")


def _sheets(place: str) -> Iterator[tuple[str, str, pl.DataFrame]]:
    """The tables of a place as they are written: name, where, cells as text with their row."""
    for source in find(place).sources:
        frame = source.read().frame
        cells = [frame[ROW], *(as_text(frame[name]).alias(name) for name in frame.columns if name != ROW)]
        yield source.table, Path(source.place).name, pl.DataFrame(cells)


def _cell(value: object) -> str:
    return "" if value is None else str(value).strip()


# ---- taking rows out ----


def erasable_files(place: str) -> list[Path]:
    """The files of a workspace that rows can be taken out of, `cases` last, so that what was begun can be taken up.

    ArgumentError where rows are kept in a database or a workbook of several tables: there they are taken out by hand.
    """
    folder = Path(place)
    if not folder.is_dir():
        raise ArgumentError(Problem(place, msg("is not a folder of tables"), msg("a workspace that is a folder")))
    files = []
    for path in sorted(folder.iterdir()):
        table = path.stem.lower() in TABLES and path.suffix.lower() in (*TEXT_SUFFIXES, *PARQUET_SUFFIXES, ".xlsx")
        if table:
            files.append(path)
        elif path.suffix.lower() in EXCEL_SUFFIXES and not path.name.startswith(("~$", ".")):
            hint = msg("take the rows out of it by hand, or keep one table a file")
            raise ArgumentError(Problem(str(path), msg("is a workbook of which rows cannot be taken out"), hint=hint))
    return sorted(files, key=lambda path: path.stem.lower() == "cases")


def without_person(path: Path, person: Person) -> tuple[bytes, int]:
    """A file without the rows of a person, everything else as it was; and how many rows there were."""
    if path.suffix.lower() in TEXT_SUFFIXES:
        return _text_without(path, person.owns)
    if path.suffix.lower() in PARQUET_SUFFIXES:
        return _parquet_without(path, person.owns)
    return _workbook_without(path, person.owns)


Owns = Callable[[Mapping[str, object]], bool]


def _text_without(path: Path, owns: Owns) -> tuple[bytes, int]:
    """Line by line: a record that goes takes its lines along, every other byte stays."""
    text, encoding = decode(path.read_bytes(), str(path))
    parts = [(owns(cells), lines) for cells, lines in records_of(text, str(path), headings_of(path.stem.lower()))]
    return encode("".join(lines for gone, lines in parts if not gone), encoding), sum(gone for gone, _ in parts)


def _parquet_without(path: Path, owns: Owns) -> tuple[bytes, int]:
    frame = pl.read_parquet(path, glob=False)
    keeps = [not owns(row) for row in frame.iter_rows(named=True)]
    buffer = io.BytesIO()
    frame.filter(pl.Series(keeps, dtype=pl.Boolean)).write_parquet(buffer)
    return buffer.getvalue(), keeps.count(False)


def _workbook_without(path: Path, owns: Owns) -> tuple[bytes, int]:
    """A workbook with one sheet; looks and widths stay."""
    from openpyxl import load_workbook  # type: ignore[import-untyped]

    read = read_own(path, path.stem.lower()).frame
    gone = [row[ROW] for row in read.iter_rows(named=True) if owns(row)]
    book = load_workbook(path)
    for number in reversed(gone):
        book.worksheets[0].delete_rows(number)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue(), len(gone)


def mentions(folder: Path, needles: Callable[[str], bool], skip: Collection[Path] = ()) -> list[Path]:
    """The text files of a folder, its subfolders included, that a person is still found in; Office files as well."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not any(path.is_relative_to(one) for one in skip) and needles(readable(path)):
            found.append(path)
    return found


def readable(path: Path) -> str:
    """What can be read in a file: its text, that of the parts of an Office file; the file's own name first."""
    import zipfile

    content = path.read_bytes()
    if content.startswith(b"PK"):
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as parts:
                inside = "\n".join(parts.read(name).decode("utf-8", "replace") for name in parts.namelist())
        except zipfile.BadZipFile:
            inside = ""
        return f"{path.name}\n{inside}"
    return f"{path.name}\n{_decoded(content)}"


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("utf-8", "replace")


def case_pattern(cases: Sequence[str]) -> re.Pattern[str]:
    """Where a text names one of some cases: P-1 is not found in P-10.

    >>> bool(case_pattern(["P-1"]).search("P-10")), bool(case_pattern(["P-1"]).search("案件P-1です"))
    (False, True)
    """
    ids = "|".join(re.escape(case) for case in sorted(cases, key=len, reverse=True))
    return re.compile(rf"(?<![A-Za-z0-9-])(?:{ids})(?![A-Za-z0-9-])")
