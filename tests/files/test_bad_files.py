"""Files made to harm, or by accident: a limit, at once, with the file's name; settings that nobody can mean."""

from __future__ import annotations

import os
import struct
import time
import zipfile
from datetime import date
from pathlib import Path

import polars as pl
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
        ("<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>", "XFD1048576"),
        ('<row r = "90000"><c r = "xfd90000"><v>1</v></c></row>', "XFD90000"),
        ('<row><c r="XFD9999"><v>1</v></c></row>', "XFD9999"),
        ('<row r="1048576">' + "<c><v>1</v></c>" * 100 + "</row>", "CV1048576"),
        ("<row/>" * 60_000 + "<row>" + "<c><v>1</v></c>" * 1_000 + "</row>", "ALL60003"),
        ('<x:row r="1048576"><x:c r="XFD1048576"/></x:row>', "XFD1048576"),
    ],
)
def test_cells_beyond_the_stated_size(tmp_path: Path, cell: str, said: str) -> None:
    """A sheet that says it is small and has a cell in the far corner is not read into a rectangle of terabytes."""
    path = workbook(tmp_path / "events.xlsx", ["case_id", "activity"], ["A-1", "applied"])
    changed(path, SHEET, ("</sheetData>", f"{cell}</sheetData>"))
    with pytest.raises(WorkspaceError, match=rf"events.xlsx: a sheet reaches to cell {said}"):
        open_workbook(path)


def test_a_sheet_that_stands_elsewhere(tmp_path: Path) -> None:
    """A sheet is where the workbook says, under whatever name; its far corner is found there as well."""
    path = workbook(tmp_path / "events.xlsx", ["case_id", "activity"], ["A-1", "applied"])
    changed(path, SHEET, ("</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'))
    with zipfile.ZipFile(path) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            named = content.replace(b"worksheets/sheet1.xml", b"other/s.dat") if name.endswith(".rels") else content
            packed.writestr("xl/other/s.dat" if name == SHEET else name, named)
    with pytest.raises(WorkspaceError, match=r"events.xlsx: a sheet reaches to cell XFD1048576"):
        open_workbook(path)


def record(kind: int, body: bytes = b"") -> bytes:
    """A record of an .xlsb: its kind and its length in seven bits a byte."""
    return (bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])) + bytes([len(body)]) + body


def binary(path: Path, *cells: tuple[int, int]) -> Path:
    """A workbook in Excel's binary form with a text in each of some cells (rows and columns from 0)."""
    words = "events".encode("utf-16-le")
    book = record(
        0x9C, struct.pack("<II", 0, 1) + struct.pack("<I", 4) + "rId1".encode("utf-16-le") + b"\6\0\0\0" + words
    )
    sheet = record(0x94, struct.pack("<IIII", 0, 1, 0, 1)) + record(0x91)
    for row, column in cells:
        sheet += record(0, struct.pack("<I", row) + bytes(13))
        sheet += record(6, struct.pack("<III", column, 0, 1) + "x".encode("utf-16-le"))
    kinds = "http://schemas.openxmlformats.org/package/2006/relationships"
    link = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.bin", record(0x83) + record(0x8F) + book + record(0x90) + record(0x84))
        related = f'<Relationship Id="rId1" Type="{link}" Target="worksheets/sheet1.bin"/>'
        packed.writestr("xl/_rels/workbook.bin.rels", f'<Relationships xmlns="{kinds}">{related}</Relationships>')
        packed.writestr("xl/worksheets/sheet1.bin", record(0x81) + sheet + record(0x92) + record(0x82))
    return path


def part(kind: int, body: bytes = b"") -> bytes:
    """A record of a workbook of before 2007: its kind and its length in two bytes each."""
    return struct.pack("<HH", kind, len(body)) + body


def old(path: Path, *cells: tuple[int, int], head: bytes = b"", more: bytes = b"") -> Path:
    """A workbook as Excel wrote it before 2007 with a text in each of some cells (rows and columns from 0)."""

    def begin(kind: int) -> bytes:
        return part(0x809, struct.pack("<HHHHII", 0x600, kind, 0x0DBB, 0x07CC, 0, 6))

    def first(at: int) -> bytes:
        return begin(5) + head + part(0x85, struct.pack("<IBBBB", at, 0, 0, 6, 0) + b"events") + part(0x0A)

    stream = first(len(first(0))) + begin(0x10)
    for row, column in cells:
        stream += part(0x204, struct.pack("<HHHHB", row, column, 0, 1, 0) + b"x")
    path.write_bytes(compound({"Workbook": stream + more + part(0x0A)}))
    return path


def test_the_far_corner_of_other_kinds_of_workbooks(tmp_path: Path) -> None:
    """A workbook in Excel's binary form, or of before 2007, has no cells in a far corner either."""
    with pytest.raises(WorkspaceError, match=r"events.xlsb: a sheet reaches to cell XFD1048576"):
        open_workbook(binary(tmp_path / "events.xlsb", (0, 0), (0xFFFFF, 0x3FFF)))
    with pytest.raises(WorkspaceError, match=r"events.xlsb: a sheet reaches to cell AAHAO1"):
        open_workbook(binary(tmp_path / "events.xlsb", (0, 480_000)))
    with pytest.raises(WorkspaceError, match=r"events.xls, sheet 'events': cannot be read"):
        open_workbook(old(tmp_path / "events.xls", (0, 0), (0xFFFF, 0xFFFF))).grid("events")
    assert open_workbook(binary(tmp_path / "a.xlsb", (0, 0), (9, 3))).grid("events")[0][9] == ["", "", "", "x"]
    assert open_workbook(old(tmp_path / "a.xls", (0, 0), (9, 3))).grid("events")[0][9] == ["", "", "", "x"]


def test_cells_of_a_workbook_of_before_2007(tmp_path: Path) -> None:
    """Days, moments, times of day, lengths of time, truth, numbers, errors and merged cells are what they are shown as."""
    styles = [0, 14, 22, 20, 46]  # as it is, a day, a moment, a time of day, hours beyond a day
    head = b"".join(part(0xE0, struct.pack("<HHH", 0, style, 0) + bytes(14)) for style in styles)
    numbers = [(45000.0, 0), (46328.0, 1), (46328.4375, 2), (0.4375, 3), (1.5, 4), (-1e9, 1)]
    more = b"".join(part(0x203, struct.pack("<HHHd", n, 1, style, day)) for n, (day, style) in enumerate(numbers))
    more += b"".join(part(0x205, struct.pack("<HHHBB", 6 + n, 1, 0, *one)) for n, one in enumerate([(1, 0), (7, 1)]))
    more += part(0xE5, struct.pack("<HHHHH", 1, 2, 4, 0, 0))
    book = open_workbook(old(tmp_path / "a.xls", (0, 0), head=head + part(0x22, struct.pack("<H", 0)), more=more))
    rows, merged = book.grid("events")
    days = ["45000", "2026-11-02", "2026-11-02T10:30:00", "10:30:00", "1 day, 12:00:00", "-1000000000", "true", ""]
    assert [row[1] for row in rows] == days and merged == [((2, 0), (4, 0))]
    assert book.names == ["events"] and book.hidden == frozenset() and book.epoch == "excel 1900"


def spoiled(path: Path, at: int, content: bytes) -> Path:
    """A workbook of before 2007 with some of its bytes changed; its table of sectors begins at 512, its folder at 1024."""
    whole = bytearray(old(path, (0, 0)).read_bytes())
    whole[at : at + len(content)] = content
    path.write_bytes(whole)
    return path


@pytest.mark.parametrize(
    ("at", "content"),
    [
        (516, struct.pack("<I", 1)),  # the folder goes on with itself
        (520, struct.pack("<I", 2)),  # so does the workbook
        (68, struct.pack("<II", 1, 0xFFFFFFFF)),  # the table of sectors is listed where it cannot be, without an end
        (30, struct.pack("<H", 12)),  # sectors larger than the file has
        (30, struct.pack("<H", 0)),  # sectors of a byte
        (44, struct.pack("<II", 0xFFFFFFFF, 0xFFFFFFFF)),
        (1024 + 128 + 116, struct.pack("<II", 0xFFFFFF, 0xFFFFFFF)),
    ],
)
def test_a_workbook_of_before_2007_made_to_harm(tmp_path: Path, at: int, content: bytes) -> None:
    """Rings of sectors and sizes that cannot be are refused at once; whatever reads them ends with an exception."""
    with pytest.raises(WorkspaceError, match=r"events.xls: is not a workbook that can be read: it is damaged"):
        open_workbook(spoiled(tmp_path / "events.xls", at, content))


def test_a_size_that_no_sheet_has(tmp_path: Path) -> None:
    """What a sheet of before 2007 says of its size is not made room for."""
    more = part(0x200, struct.pack("<IIHHH", 9, 0xFFFFFFF0, 9, 3, 0)) + part(0x203, struct.pack("<HHHd", 0, 0, 0, 7))
    assert open_workbook(old(tmp_path / "a.xls", more=more)).grid("events")[0] == [["7"]]


def test_half_a_workbook_of_before_2007(tmp_path: Path) -> None:
    """One that was cut off, at any place, is refused by its name."""
    whole = old(tmp_path / "a.xls", (0, 0), (9, 3)).read_bytes()
    for size in range(8, len(whole) - 512, 64):
        (tmp_path / "a.xls").write_bytes(whole[:size])
        with pytest.raises(WorkspaceError, match=r"a.xls: is not a workbook that can be read"):
            open_workbook(tmp_path / "a.xls")


@pytest.mark.parametrize("body", [b"\x06\x7fabc", b"\x07\x0c" + bytes(8) + b"\xff" * 4])
def test_a_damaged_sheet_in_the_binary_form(tmp_path: Path, body: bytes) -> None:
    """One that ends within a record, and one that names a text that is not there, are refused by their names."""
    with zipfile.ZipFile(binary(tmp_path / "a.xlsb", (0, 0))) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    parts["xl/worksheets/sheet1.bin"] = parts["xl/worksheets/sheet1.bin"][:-6] + body
    with zipfile.ZipFile(tmp_path / "a.xlsb", "w") as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    with pytest.raises(WorkspaceError, match=r"a.xlsb, sheet 'events': cannot be read"):
        open_workbook(tmp_path / "a.xlsb").grid("events")


def test_a_workbook_of_many_small_parts(tmp_path: Path) -> None:
    """Tens of thousands of empty parts are no table."""
    path = workbook(tmp_path / "events.xlsx", ["case_id"], ["A-1"])
    with zipfile.ZipFile(path, "a") as packed:
        for number in range(20_001):
            packed.writestr(zipfile.ZipInfo(f"xl/media/{number}"), b"")
    with pytest.raises(WorkspaceError, match="events.xlsx: holds more than 20,000 parts"):
        open_workbook(path)


def test_cells_that_are_merged_again_and_again(tmp_path: Path) -> None:
    """A cell merged downwards fills those below it once, however often the workbook says so."""
    path = workbook(tmp_path / "events.xlsx", ["case_id"], ["A-1"], *[[""]] * 30, ["B-1"])
    again = '<mergeCell ref="A2:A1048576"/>' * 50_000
    changed(path, SHEET, ("</sheetData>", f"</sheetData><mergeCells>{again}</mergeCells>"))
    began = time.process_time()
    assert set(read_sheet(open_workbook(path), "events").frame["case_id"]) == {"A-1"}
    assert time.process_time() - began < 5


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


@pytest.mark.parametrize("text", [b"x" * 10_000_001, b"case_id,activity,timestamp\nA-1," + b"y" * 10_000_001])
def test_a_line_without_an_end(tmp_path: Path, text: bytes) -> None:
    """Ten million bytes are no record, in the header or below it."""
    (tmp_path / "events.csv").write_bytes(text)
    with pytest.raises(WorkspaceError, match="events.csv: a line has more than 10,000,000 bytes"):
        read_file(tmp_path / "events.csv")


@pytest.mark.parametrize("ending", [b"\n", b"\r"])
def test_lines_that_say_nothing(tmp_path: Path, ending: bytes) -> None:
    """Millions of them cost little, and a row below them is read with its number."""
    (tmp_path / "events.csv").write_bytes(
        b"case_id,activity,timestamp" + ending * 1_000_000 + b"A-1,applied,2026-11-02"
    )
    began = time.process_time()
    assert read_file(tmp_path / "events.csv").frame.rows() == [(1_000_001, "A-1", "applied", "2026-11-02")]
    assert time.process_time() - began < 5


def test_a_parquet_file_that_says_too_much(tmp_path: Path) -> None:
    """Many more rows than bytes are refused by what the file says of itself."""
    path = tmp_path / "events.parquet"
    pl.DataFrame({"case_id": pl.Series([None], dtype=pl.Null).new_from_index(0, 10_000_001)}).write_parquet(path)
    with pytest.raises(WorkspaceError, match=r"events.parquet: says that it holds 10,000,001 rows"):
        read_file(path)


def test_a_parquet_file_without_a_text(tmp_path: Path) -> None:
    """A table of days alone, such as one of closing days, is read like any other."""
    pl.DataFrame({"date": [date(2026, 11, 23)]}).write_parquet(tmp_path / "closures.parquet")
    assert read_file(tmp_path / "closures.parquet").frame["date"].to_list() == [date(2026, 11, 23)]


posix = pytest.mark.skipif(os.name != "posix", reason="pipes and sockets in a folder are of POSIX systems")


@pytest.mark.parametrize(
    "name", ["events.csv", "clients.xlsx", "openings.parquet", "workspace.toml", "playbooks/own.toml"]
)
@posix
def test_a_pipe_among_the_files(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What has no end is not waited for: it is refused by its name."""
    folder = make(tmp_path, TABLES)
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).unlink(missing_ok=True)
    os.mkfifo(folder / name)
    ran = Command(capsys)("due", "--workspace", folder, "--as-of", AS_OF)
    assert ran.status == 2 and f"{Path(name).name}: 読めません: ふつうのファイルではありません" in ran.err


def test_what_is_named_like_a_table_and_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder, or a link that leads nowhere, where a table is expected: no answer without it."""
    folder = make(tmp_path, TABLES)
    (folder / "openings.csv").mkdir()
    ran = Command(capsys)("due", "--workspace", folder, "--as-of", AS_OF)
    assert ran.status == 2 and "openings.csv: ファイルではなくフォルダーです" in ran.err
    (folder / "openings.csv").rmdir()
    linked(folder / "openings.csv", folder / "nowhere")
    ran = Command(capsys)("due", "--workspace", folder, "--as-of", AS_OF)
    assert ran.status == 2 and "openings.csv: 読めません: そのようなファイルもフォルダーもありません" in ran.err


def linked(link: Path, target: Path) -> None:
    """A symbolic link, where the system lets anybody make one."""
    try:
        link.symlink_to(target)
    except OSError as error:
        pytest.skip(f"no symbolic links here: {error.strerror}")


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
        "[freshness]\nevents = '-3 days'",
        "[keep]\nagency_books = '-24 months'",
        'database = "a\\u0000b"',
        '[letter]\nlogo = "\\u0000"',
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


def compound(streams: dict[str, bytes]) -> bytes:
    """A compound file, in which old and locked workbooks are, with some streams in it."""
    free, end = 0xFFFFFFFF, 0xFFFFFFFE
    table, entries, content = [0xFFFFFFFD, end], [("Root Entry", 5, end, 0, 1)], b""
    for name, stream in streams.items():
        whole = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\0")
        entries.append((name, 2, len(table), len(whole), free))
        table += [*range(len(table) + 1, len(table) + len(whole) // 512), end]
        content += whole
    listed = b""
    for number, (name, kind, first, size, child) in enumerate(entries):
        text, right = name.encode("utf-16-le"), number + 1 if 0 < number < len(streams) else free
        listed += text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text) + 2, kind, 1, free, right, child)
        listed += bytes(36) + struct.pack("<IQ", first, size)
    head = struct.pack("<HHHHH6x9I", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, end, 0, end, 0)
    head += struct.pack("<109I", 0, *[free] * 108)
    sectors = struct.pack("<128I", *table, *[free] * (128 - len(table))) + listed.ljust(512, b"\0") + content
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + head + sectors


def locked(path: Path) -> Path:
    """A workbook as Excel writes one with a password: a compound file with an encrypted package in it."""
    path.write_bytes(compound(dict.fromkeys(("EncryptionInfo", "EncryptedPackage"), bytes(range(256)) * 16)))
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
