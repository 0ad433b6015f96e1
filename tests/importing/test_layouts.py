"""Invented lists after the habits of systems and people: what `--guess` makes of each is right, or in doubt."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from openpyxl import Workbook
from thinned import thinned

from playbook.importing import guess_mapping, import_files, mapping_from

LISTS = Path(__file__).parents[1] / "data" / "layouts"
TAKEN = datetime(2026, 10, 1, 9, tzinfo=ZoneInfo("Asia/Tokyo"))
BECOMES = {
    "case_id": "id", "subject": "name", "client_id": "client", "opening_id": "job", "position": "pos", "person": "owner",
    "reason": "why", "channel": "via", "note": "memo", "next_interview_on": "plan", "joins_on": "join",
    "status": "state", "marks": "state", "since": "since", "ended_on": "ended", "events.activity": "step", "events.timestamp": "time",
    "events.recorded_at": "recorded", "events.resource": "who", "events.note": "memo", "events.reason": "why", "keep": "-", "": "-",
}  # fmt: skip


@dataclass
class Layout:
    """One invented list. `right`: what each column is; `values`: what each value of a column means."""

    name: str
    header: list[str]
    right: dict[str, str]
    rows: list[list[str]]
    values: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def records(self) -> int:
        """How many applications stand in it: by their id, else by person, company and job."""
        wanted = ("id",) if "id" in self.right.values() else ("name", "client", "job")
        places = [n for n, column in enumerate(self.header) if self.right[column] in wanted]
        return len({tuple(row[n] for n in places) for row in self.rows})


def layouts(file: str) -> Iterator[Layout]:
    for block in (LISTS / file).read_text(encoding="utf-8").split("## ")[1:]:
        name, header, right, *lines = block.strip().splitlines()
        heads = header.split("|")
        rows = [line.split("|") for line in lines if not line.startswith("=")]
        found = Layout(name, heads, dict(zip(heads, right.split("|"), strict=True)), [])
        found.rows = [[*row, *[""] * len(heads)][: len(heads)] for row in rows]
        for line in lines:
            if line.startswith("= "):
                column, _, said = line[2:].partition(": ")
                found.values[column] = _values(said, found, column)
        yield found


def _values(said: str, layout: Layout, column: str) -> dict[str, str]:
    """The meanings of the values that stand in a column; a value may hold blanks."""
    cells = {row[layout.header.index(column)].strip() for row in layout.rows} - {""}
    return {cell: f" {said} ".split(f" {cell}=", 1)[1].split(" ", 1)[0] for cell in cells}


def as_csv(layout: Layout, folder: Path) -> Path:
    path = folder / f"{layout.name.replace('/', '_')}.csv"
    with path.open("w", encoding="cp932", newline="") as file:
        csv.writer(file).writerows([layout.header, *layout.rows])
    return path


def as_list(layout: Layout, folder: Path) -> Path:
    """The same as a list that people keep: a title above, a total and a remark below, a hidden sheet with old rows."""
    path = folder / f"{layout.name.replace('/', '_')}.xlsx"
    book = Workbook()
    sheet = book.active
    sheet.title = "一覧"
    sheet.append([f"{layout.name}（社外秘）"])
    sheet.append([])
    for row in [layout.header, *layout.rows, ["合計", f"{len(layout.rows)}名"], ["※毎週月曜に更新"]]:
        sheet.append([cell or None for cell in row])
    old = book.create_sheet("旧")
    old.append(layout.header)
    old.sheet_state = "hidden"
    book.save(path)
    return path


ALL = list(layouts("lists.txt"))
MORE = [*layouts("more.txt"), *layouts("new.txt")]
FORMS = {"csv": as_csv, "xlsx": as_list}


READ: dict[tuple[str, str], tuple] = {}


def read(layout: Layout, form: str, folder: Path):
    """What becomes of a list, read once for all tests of it."""
    key = (layout.name, form)
    if key not in READ:
        READ[key] = _read(layout, form, folder)
    return READ[key]


def _read(layout: Layout, form: str, folder: Path):
    path = FORMS[form](layout, folder)
    guess = guess_mapping([path])
    told = tomllib.loads(guess.mapping_toml.ja)
    return guess, told, import_files([path], mapping_from(told), taken=TAKEN)


def proposed(guess) -> dict[str, tuple[str, bool]]:
    """What each column becomes, in the words of the lists, and whether that is sure."""
    found = {}
    for column, becomes, sure in guess.reasons.select("column", "becomes", "sure").rows():
        if becomes == "case_id: made":
            continue
        short = "ev:" + becomes[8:] if becomes.startswith("events: ") else becomes.split(":")[0]
        found[column] = (BECOMES.get(short, short), sure)
    return found


def meanings(told) -> dict[tuple[str, str], set[str]]:
    """What each value of a column becomes, over all blocks of a mapping."""
    found: dict[tuple[str, str], set[str]] = {}
    (source,) = told["source"]
    blocks = [(block["column"], _said(block)) for block in source.get("states", [])]
    blocks += [
        (block["activity"]["column"], block["activity"].get("values", {}))
        for block in source.get("events", [])
        if "column" in block["activity"]
    ]
    stages = source.get("stages", {})
    blocks += [(column, cell["marks"]) for column, cell in stages.items() if isinstance(cell, dict) and "marks" in cell]
    for column, values in blocks:
        for value, activity in values.items():
            found.setdefault((column, value), set()).update({activity} - {""})
    return found


def _said(block) -> dict[str, str]:
    """The values of a column of states; that a passed round was held says nothing new where its day is known."""
    known = "when" in block
    return {value: "" if known and one.endswith("_held") else one for value, one in block["values"].items()}


def assert_never_wrong_and_sure(layout: Layout, guess, told) -> tuple[int, int, int, int]:
    """Every sure column and every value that becomes something is right; what was found and what there was to find."""
    columns = values = known_columns = known_values = 0
    lines = proposed(guess)
    for column, right in layout.right.items():
        becomes, sure = lines.get(column, ("-", True))
        known_columns += right not in ("-", "?")
        if right == "?":
            assert not sure or becomes == "-", f"{layout.name}: {column} is sure to be {becomes}"
        elif sure and becomes != "-":
            right = {"marks": "state"}.get(right, right)
            wrong = f"{layout.name}: {column} is {right}, and sure to be {becomes}"
            assert becomes == right, wrong
            columns += 1
    found = meanings(told)
    for column, said in layout.values.items():
        for value, right in said.items():
            activities = found.get((column, value), set())
            known_values += right not in ("", "?")
            allowed = {right} if right not in ("", "?") else set()
            if right in ("offer_declined", "withdrawn"):  # which of the two, the row's offer says
                allowed = {"offer_declined", "withdrawn"}
            assert activities <= allowed, f"{layout.name}: '{value}' in {column} is {right!r}, not {activities}"
            values += bool(activities)
    return columns, known_columns, values, known_values


COUNTED: dict[str, tuple[int, int, int, int]] = {}
"""What was right and what there was to find, of the lists that were read already."""

LISTED = [*ALL, *MORE]
CHOSEN = thinned(LISTED, 1)
EACH = [(one, "csv") for one in CHOSEN] + [
    (one, form) for one in thinned(ALL, by=18) for form in FORMS if form != "csv"
]


@pytest.mark.parametrize(("layout", "form"), EACH, ids=[f"{one.name} {form}" for one, form in EACH])
def test_a_list_is_read_right_or_in_doubt(layout: Layout, form: str, tmp_path: Path) -> None:
    """No sure line is wrong; as it is, the proposal imports every person, and nobody but them."""
    guess, told, found = read(layout, form, tmp_path)
    COUNTED[layout.name] = assert_never_wrong_and_sure(layout, guess, told)
    assert len(found.tables["cases"]) == layout.records
    stray = found.quarantine.filter(pl.col("table").is_null())["code"].to_list()
    assert stray == ([] if form == "csv" else ["total_line", "remark_line"])


def test_how_much_of_the_lists_is_understood(tmp_path: Path) -> None:
    """Measured over a third of the lists, by `make slow` over all: of what sure lines say all is right, and most of what
    there is to find is found.
    """
    counts = [
        COUNTED.get(one.name) or assert_never_wrong_and_sure(one, *read(one, "csv", tmp_path)[:2]) for one in CHOSEN
    ]
    columns, all_columns, values, all_values = (sum(part) for part in zip(*counts, strict=True))
    assert len(LISTED) >= 90
    assert columns >= 0.95 * all_columns
    assert values >= 0.93 * all_values
