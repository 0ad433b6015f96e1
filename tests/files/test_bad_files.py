"""Files made to harm, or by accident: a limit, at once, with the file's name; settings that nobody can mean."""

from __future__ import annotations

import struct
import time
import zipfile
from pathlib import Path

import pytest
from cli_workspaces import AS_OF, TABLES, Command, make
from xlsxwriter import Workbook

from playbook.files.reader import read_file
from playbook.files.workbook import open_workbook, read_sheet
from playbook.tables.settings import read_settings
from playbook.words.problem import WorkspaceError


def workbook(path: Path, *rows: list[str]) -> Path:
    """A plain workbook."""
    with Workbook(str(path)) as book:
        sheet = book.add_worksheet("events")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return path


def changed(path: Path, member: str, change: tuple[str, str], more: bytes = b"") -> Path:
    """The same workbook with one part changed, and something added to it."""
    with zipfile.ZipFile(path) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    old, new = (text.encode() for text in change)
    assert old in parts[member]
    parts[member] = parts[member].replace(old, new) + more
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return path


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>', "XFD1048576"),
        ('<row r="900000"><c r="BZ900000"><v>1</v></c></row>', "BZ900000"),
        ('<row r="3"><c r="XFD999999"><v>1</v></c></row>', "XFD999999"),
    ],
)
def test_cells_beyond_the_stated_size(tmp_path: Path, cell: str, said: str) -> None:
    """A sheet that says it is small and has a cell in the far corner is not read into a rectangle of terabytes."""
    path = workbook(tmp_path / "events.xlsx", ["case_id", "activity"], ["A-1", "applied"])
    changed(path, SHEET, ("</sheetData>", f"{cell}</sheetData>"))
    with pytest.raises(WorkspaceError, match=rf"events.xlsx: a sheet reaches to cell {said}"):
        open_workbook(path)


def test_a_long_narrow_sheet_and_a_wide_short_one_are_read(tmp_path: Path) -> None:
    """Many rows, or many columns, are no reason to refuse a workbook."""
    path = workbook(tmp_path / "events.xlsx", [f"c{n}" for n in range(40)])
    open_workbook(
        changed(path, SHEET, ("</sheetData>", '<row r="1048576"><c r="AD60000"><v>1</v></c></row></sheetData>'))
    )
    narrow = workbook(tmp_path / "cases.xlsx", ["case_id"])
    open_workbook(
        changed(narrow, SHEET, ("</sheetData>", '<row r="1048576"><c r="B1048576"><v>1</v></c></row></sheetData>'))
    )


def test_a_zip_bomb(tmp_path: Path) -> None:
    """What unpacks to hundreds of times its size is no table, and is not unpacked to find that out."""
    path = workbook(tmp_path / "events.xlsx", ["case_id"], ["A-1"])
    changed(path, SHEET, ("</worksheet>", "</worksheet>"), b" " * 300_000_000)
    began = time.monotonic()
    with pytest.raises(WorkspaceError, match="events.xlsx: unpacks to more than 250 times its size; allowed: a table"):
        open_workbook(path)
    assert time.monotonic() - began < 5


_ODS = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
    '<table:table table:name="events"><table:table-row table:number-rows-repeated="{rows}"><table:table-cell'
    ' table:number-columns-repeated="{columns}" office:value-type="string"><text:p>A</text:p></table:table-cell>'
    "</table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"
)
_MANIFEST = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'


def opendocument(path: Path, rows: int, columns: int) -> Path:
    """A sheet of one cell that says how often it stands there."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        packed.writestr("content.xml", _ODS.format(rows=rows, columns=columns))
        packed.writestr("META-INF/manifest.xml", _MANIFEST)
    return path


def test_a_cell_repeated_over_a_whole_sheet(tmp_path: Path) -> None:
    """An OpenDocument sheet of a kilobyte that stands for seventeen thousand million cells is refused by its name."""
    began = time.monotonic()
    with pytest.raises(WorkspaceError, match=r"events.ods: .*limit exceeded"):
        open_workbook(opendocument(tmp_path / "events.ods", 1_048_576, 16_384))
    assert time.monotonic() - began < 5
    plain = open_workbook(opendocument(tmp_path / "cases.ods", 3, 1))
    assert read_sheet(plain, "events").frame.height == 2


def test_a_quote_that_is_never_closed_costs_its_line_only(tmp_path: Path) -> None:
    """Reading gives up on it within some thousand lines, not at the end of the file; what is below is read."""
    lines = "B-1,applied,2026-11-01T10:00:00\n" * 100_000
    path = (
        make(tmp_path, {"events.csv": f'case_id,activity,timestamp\n"A-1,applied,2026-11-01\n{lines}'}) / "events.csv"
    )
    began = time.process_time()
    sheet = read_file(path)
    assert time.process_time() - began < 5
    assert sheet.frame.height == 100_000 and sheet.refused.select("row", "code").rows() == [(2, "bad_quotes")]


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_a_header_of_fifty_thousand_columns(tmp_path: Path, suffix: str) -> None:
    """It is refused at its header, whatever is below."""
    names = [f"c{n}" for n in range(50_000 if suffix == "csv" else 16_000)]
    if suffix == "csv":
        path = (
            make(tmp_path, {"events.csv": ",".join(names) + "\n" + ",".join("1" for _ in names) + "\n"}) / "events.csv"
        )
        with pytest.raises(WorkspaceError, match="events.csv: the header has 50,000 columns; allowed: at most 4,096"):
            read_file(path)
    else:
        path = workbook(tmp_path / "events.xlsx", names)
        with pytest.raises(WorkspaceError, match="the header has 16,000 columns"):
            read_sheet(open_workbook(path), "events")


@pytest.mark.parametrize(
    "text",
    [
        "horizon = 99999999999999999999999",
        "horizon = 4000000",
        f"max_quarantine = {'9' * 5000}",
        "a = " + "[" * 5000,
        "[freshness]\nevents = '99999999999 days'",
        "[keep]\nagency_books = '99999999 months'",
        "horizon = nan",
        "language = 3",
        "\0",
    ],
)
def test_settings_that_nobody_can_mean(tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An error that names the file, in Python and on the command line; never a traceback, nor a defect."""
    folder = make(tmp_path / "w", {**TABLES, "workspace.toml": text})
    with pytest.raises(WorkspaceError, match="workspace.toml"):
        read_settings(folder / "workspace.toml")
    ran = Command(capsys)("due", "--workspace", folder, "--as-of", AS_OF)
    assert ran.status == 2 and "workspace.toml" in ran.err
    assert "Traceback" not in ran.err and "不具合" not in ran.err


def locked(path: Path) -> Path:
    """A workbook as Excel writes one with a password: a compound file with an encrypted package in it."""
    free, end, streams = 0xFFFFFFFF, 0xFFFFFFFE, ("EncryptionInfo", "EncryptedPackage")
    table, entries, content = [0xFFFFFFFD, end], [("Root Entry", 5, end, 0, 1)], b""
    for name in streams:
        entries.append((name, 2, len(table), 4096, free))
        table += [*range(len(table) + 1, len(table) + 8), end]
        content += bytes(range(256)) * 16
    listed = b""
    for number, (name, kind, first, size, child) in enumerate(entries):
        text, right = name.encode("utf-16-le"), 2 if number == 1 else free
        listed += text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text) + 2, kind, 1, free, right, child)
        listed += bytes(36) + struct.pack("<IQ", first, size)
    head = struct.pack("<HHHHH6x9I", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, end, 0, end, 0)
    head += struct.pack("<109I", 0, *[free] * 108)
    sectors = struct.pack("<128I", *table, *[free] * (128 - len(table))) + listed.ljust(512, b"\0") + content
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + head + sectors)
    return path


@pytest.mark.parametrize(("lang", "said"), [("ja", "パスワードがかかっています"), ("en", "locked with a password")])
def test_a_locked_workbook_has_its_own_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lang: str, said: str
) -> None:
    """A workbook with a password is refused as such, in the user's language, with how to take the password off."""
    path = locked(tmp_path / "応募者.xlsx")
    done = Command(capsys)("import", "--guess", str(path), "--lang", lang)
    assert done.status == 2
    assert said in done.err and path.name in done.err
    assert {"ja": "パスワードを外し", "en": "take the password off"}[lang] in done.err


def test_a_damaged_workbook_is_not_called_locked(tmp_path: Path) -> None:
    """Half a workbook is no workbook that can be read."""
    whole = workbook(tmp_path / "half.xlsx", ["case_id"], ["A-1"]).read_bytes()
    (tmp_path / "half.xlsx").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(WorkspaceError, match="is not a workbook that can be read"):
        open_workbook(tmp_path / "half.xlsx")
