"""The architecture is what its page says: the table of rooms is the tree, and no folder holds two subjects' worth."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from guides import ROOT

import playbook

PACKAGE = Path(str(playbook.__file__)).parent


def told() -> dict[str, set[str]]:
    """The rooms of each floor as ARCHITECTURE.md lists them."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w/]+)/` \| (.+?) \|", text, re.MULTILINE)
    return {folder: set(re.findall(r"`(\w+)`", rooms)) for folder, rooms in rows}


def there() -> dict[str, set[str]]:
    """The rooms of each floor as they lie in the tree."""
    found: dict[str, set[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        folder = path.parent.relative_to(PACKAGE).as_posix()
        if folder != "." and "starter" not in folder and path.stem != "__init__":
            found.setdefault(folder, set()).add(path.stem)
    return found


def test_the_table_of_rooms_is_the_tree() -> None:
    """Each folder and each file of it stands in the table, and nothing else does."""
    assert told() == there()


def test_the_flat_level_holds_the_door_of_the_package() -> None:
    """Beside the folders there is what starts the package, and nothing more."""
    assert {path.stem for path in PACKAGE.glob("*.py")} == {"__init__", "__main__", "cli"}


@cache
def defined() -> tuple[tuple[str, type[ast.stmt], str], ...]:
    """What stands at the top of each module: which module, of which kind, under which name."""
    found: list[tuple[str, type[ast.stmt], str]] = []
    for path in PACKAGE.rglob("*.py"):
        room = path.relative_to(PACKAGE).as_posix()
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef):
                found.append((room, type(node), node.name))
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                found.append((room, type(node), node.targets[0].id))
    return tuple(found)


def named_twice(kinds: tuple[type[ast.stmt], ...]) -> dict[str, set[str]]:
    """The names that more than one module defines at its top, each with these modules."""
    found: dict[str, set[str]] = {}
    for room, kind, name in defined():
        if issubclass(kind, kinds):
            found.setdefault(name, set()).add(room)
    return {name: rooms for name, rooms in found.items() if len(rooms) > 1}


def test_a_class_has_a_name_of_its_own() -> None:
    """No two classes are called alike, nor a class and a type that stands for something else: one name, one thing."""
    twice = named_twice((ast.ClassDef, ast.Assign))
    assert {name: rooms for name, rooms in twice.items() if re.fullmatch(r"[A-Z]\w*[a-z]\w*", name)} == {}
    assert {name for name in named_twice((ast.ClassDef,)) if name.startswith("_")} == set()


ASKED_OF_MANY = {
    "from_table": "importing/systems/",  # what every system is asked, each in its way
    "read_json": "importing/systems/",
    "traits": "simulation/procedures/",  # what every procedure gives with a case
}
STARTED = {"cli.py", "running/forkserver.py", "running/kernel.py"}


def test_a_function_that_is_called_from_elsewhere_has_a_name_of_its_own() -> None:
    """A command's function is called as the command, a picture as the answer it draws; nothing else is called alike."""
    left = {}
    for name, rooms in named_twice((ast.FunctionDef,)).items():
        commanded = {room for room in rooms if room.startswith("commands/")}
        drawn = {room for room in rooms if room.startswith("show/charts/")}
        others = rooms - commanded - drawn
        of_one_kind = all(room.startswith(ASKED_OF_MANY.get(name, "-")) for room in rooms)
        of_one_floor = len(others) <= 1 and len(drawn) <= 1 and (len(commanded) <= 1 or name == "run")
        if not (name.startswith("_") or of_one_kind or of_one_floor or (name == "main" and rooms == STARTED)):
            left[name] = rooms
    assert left == {}


KNOWS_A_LANGUAGE = {
    "tables/settings.py",  # which language a workspace is kept in is one of its settings
    "importing/report.py",  # the report of an import, as a person reads it
    "importing/asking.py",  # the sheet of questions that a person fills in
    "importing/merge.py",  # writes both beside the tables
    "importing/answered.py",  # reads what was chosen in a sheet, in either language
    "importing/talks.py",
    "publishing/index.py",  # the list of pages and the page of a failure, as a person reads them
    "publishing/overview.py",
    "publishing/run.py",  # a page is made in one language: it is planned, made, written down and made again in it
    "publishing/plan.py",
    "publishing/manifest.py",
    "publishing/verify.py",
}


@pytest.mark.parametrize(
    "floor", ["answers", "clock", "tables", "files", "rules", "days", "importing", "simulation", "publishing"]
)
def test_a_floor_that_answers_knows_no_language(floor: str) -> None:
    """No function takes a language, no object holds one, and no text is said: codes and messages go up to be shown."""
    found = set()
    for path in sorted((PACKAGE / floor).rglob("*.py")):
        room = path.relative_to(PACKAGE).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case (
                    ast.arg(arg="lang")
                    | ast.Attribute(attr="lang" | "say")
                    | ast.AnnAssign(target=ast.Name(id="lang"))
                    | ast.Name(id="Lang")
                ):
                    found.add(room)
                case _:
                    pass
    assert found == {room for room in KNOWS_A_LANGUAGE if room.startswith(floor + "/")}


NO_ROOMS = {"details", "layout", "os", "pause", "playbook", "statsmodels", "sys", "tr"}
"""What stands before a point in a docstring and is no room: elements of pages, keys of files, other libraries."""
FILES = (".csv", ".json", ".mo", ".po", ".toml")


def test_what_a_docstring_refers_to_is_there() -> None:
    """`room.name` in a docstring or comment is a name of that room: none that was renamed or is gone is mentioned."""
    rooms: dict[str, set[str]] = {path.name: set() for path in PACKAGE.rglob("*") if path.is_dir()}
    texts: list[tuple[str, str]] = []
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        room = path.parent.name if path.stem == "__init__" else path.stem
        rooms.setdefault(room, set()).update(re.findall(r"^ *(?:class |def )?(\w+)(?=\(|:| = )", text, re.MULTILINE))
        rooms.setdefault(path.parent.name, set()).add(path.stem)
        texts.append((path.relative_to(PACKAGE).as_posix(), text))
    missing = set()
    for name, text in texts:
        for told in re.findall(r"`+([a-z_]+(?:\.[A-Za-z_]+)+)`+", text):
            *_, room, last = told.split(".")
            if (
                not told.endswith(FILES)
                and told.split(".")[0] not in NO_ROOMS
                and last not in rooms.get(room, {last} if len(told.split(".")) > 2 else ())
            ):
                missing.add(f"{name}: {told}")
    assert missing == set()


def test_a_report_imports_no_analysis() -> None:
    """A notebook asks a day, and shows what it says: neither the clock nor an answer is imported by a report."""
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        assert not re.findall(r"playbook\.(?:answers|clock)\b", path.read_text(encoding="utf-8")), path.name
