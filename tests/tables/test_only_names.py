"""Nobody's name is ever taken for a pattern: no header, no id, no person, no file and no folder.

Headers that polars would take for a pattern are marked where tables are read (`lines.only_a_name`); for all the rest
the source itself is looked at: a pattern, a glob or a form to fill is written in the code, or escaped.
"""

from __future__ import annotations

import ast
import csv
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import playbook as pb
from playbook.commands.output import write_frame
from playbook.files.lines import only_a_name
from playbook.importing import guess_mapping, import_files, mapping_from
from playbook.words.problem import WorkspaceError

SOURCE = Path(pb.__file__).parent
ODD = ("*", "^x$", "^.*$", "a{b}", "[x]", "%s", "a\\1")

_OF_TEXT = {"contains", "replace", "replace_all", "extract", "extract_all", "count_matches", "find"}
_OF_RE = {"compile", "match", "search", "fullmatch", "sub", "subn", "split", "findall", "finditer"}
_OF_FILES = {"glob", "rglob", "fnmatch", "iglob"}
_OF_POLARS = {"read_parquet", "scan_parquet", "read_csv", "scan_csv", "read_ndjson", "scan_ndjson"}
_ASKED = {*_OF_TEXT, *_OF_RE, *_OF_FILES, *_OF_POLARS, "format"}


def calls() -> Iterator[tuple[Path, ast.Call, dict[str, ast.expr]]]:
    """The calls in the source that may take a text for a pattern, with what the names around each were given."""
    for path in sorted(SOURCE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for scope in ast.walk(tree):
            if isinstance(scope, (ast.Module, ast.FunctionDef)):
                own = list(_own(scope))
                asked = [one for one in own if isinstance(one, ast.Call) and getattr(one.func, "attr", "") in _ASKED]
                given = dict(_given(own)) if asked else {}
                yield from ((path, one, given) for one in asked)


def _own(scope: ast.AST) -> Iterator[ast.AST]:
    """What stands in a scope but not in a function within it."""
    left = [scope]
    while left:
        inside = [one for one in ast.iter_child_nodes(left.pop()) if not isinstance(one, ast.FunctionDef)]
        yield from inside
        left += inside


def _given(own: list[ast.AST]) -> Iterator[tuple[str, ast.expr]]:
    """The names that are given a value, in an assignment or by walking through something."""
    for one in own:
        if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name):
            yield one.targets[0].id, one.value
        elif isinstance(one, (ast.For, ast.comprehension)):
            yield from ((name.id, one.iter) for name in ast.walk(one.target) if isinstance(name, ast.Name))


def is_fixed(one: ast.expr | None, given: dict[str, ast.expr], depth: int = 0) -> bool:
    """Whether a text is written in the code: a literal, a constant, or made of nothing but such and escaped parts."""
    if one is None or depth > 4:
        return False
    match one:
        case ast.Constant():
            return True
        case ast.Name(id=name) if name.lstrip("_").isupper():
            return True
        case ast.Name(id=name):
            return name in given and is_fixed(given[name], given, depth + 1)
        case ast.Attribute(value=value, attr=attr):
            return attr.isupper() or (attr == "pattern" and is_fixed(value, given, depth + 1))
        case ast.JoinedStr(values=values):
            parts = (part.value if isinstance(part, ast.FormattedValue) else part for part in values)
            return all(is_fixed(part, given, depth + 1) for part in parts)
        case ast.BinOp(left=left, right=right) | ast.IfExp(body=left, orelse=right):
            return all(is_fixed(part, given, depth + 1) for part in (left, right))
        case ast.Subscript(value=value):
            return is_fixed(value, given, depth + 1)
        case ast.Call(func=ast.Attribute(value=value, attr="join"), args=[joined]):
            return is_fixed(value, given, depth + 1) and is_fixed(joined, given, depth + 1)
        case ast.Call(func=ast.Name(id="map"), args=[ast.Attribute(attr="escape"), _]):
            return True
        case ast.Call(func=ast.Attribute(value=value, attr="say" | "format")):
            return is_fixed(value, given, depth + 1)
        case ast.Call(func=ast.Attribute(attr="_say"), args=[first]) | ast.GeneratorExp(elt=first):
            return is_fixed(first, given, depth + 1)
        case ast.Call(func=ast.Attribute(attr="escape") | ast.Name(id="escape" | "msg")):
            return True
        case ast.Call(func=ast.Name(id="Markup" | "sorted" | "tuple" | "list"), args=[first, *_]):
            return is_fixed(first, given, depth + 1)
    return False


def taken_for_patterns() -> Iterator[str]:
    """Each place in the source where a text that is not written there may be a pattern, a glob or a form."""
    for path, call, given in calls():
        if not isinstance(call.func, ast.Attribute) or not call.args:
            continue
        name, owner, first = call.func.attr, call.func.value, call.args[0]
        asked = {one.arg: one.value for one in call.keywords}
        literal = getattr(asked.get("literal"), "value", False) is True
        of_text = name in _OF_TEXT and isinstance(owner, ast.Attribute) and owner.attr == "str"
        of_re = name in _OF_RE and isinstance(owner, ast.Name) and owner.id == "re"
        of_polars = name in _OF_POLARS and getattr(asked.get("glob"), "value", True) is not False
        wrong = (
            (of_text and not literal and not is_fixed(first, given))
            or (of_re and not is_fixed(first, given))
            or (name in _OF_FILES and not is_fixed(first, given))
            or (of_polars and isinstance(owner, ast.Name) and owner.id == "pl")
            or (
                name == "format"
                and not is_fixed(owner, given)
                and not (isinstance(owner, ast.Name) and owner.id == "pl")
            )
        )
        if wrong:
            yield f"{path.relative_to(SOURCE).as_posix()}: {ast.unparse(call)[:100]}"


KNOWN = {
    "importing/vocabulary/words.py: re.compile(_pattern(fold(word)))": "the words of words.toml, escaped there",
    "rules/reading.py: re.search(kind.pattern, value)": "the grammar's own pattern of an id",
    "rules/reading.py: re.search(kind.pattern, str(value))": "the grammar's own pattern of a whole number",
    "show/labels.py: text.say(lang).format(base.say(lang))": "the heads of columns, in the catalogue",
    "simulation/names.py: trade.format(place)": "the invented firms' own names",
    "words/problem.py: one.ja.format(*found.groups())": "the words of a library, in the catalogue",
}
"""The few whose text stands elsewhere in the package."""


def test_no_text_from_outside_is_a_pattern_a_glob_or_a_form() -> None:
    """Every pattern, glob and form to fill in the source is written there, or escaped, or known for what it is."""
    assert set(taken_for_patterns()) == set(KNOWN)


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("import re\ndef f(x):\n    return re.search(x, 'a')", True),
        ("import re\ndef f(x):\n    return re.search(re.escape(x) + '$', 'a')", False),
        ("def f(s, x):\n    return s.str.contains(x)", True),
        ("def f(s, x):\n    return s.str.contains(x, literal=True)", False),
        ("def f(s, x):\n    return s.str.replace_all(f'^{x}', '')", True),
        ("def f(x, folder):\n    return folder.glob(x + '*')", True),
        ("def f(x):\n    return x.format(1)", True),
        ("FORM = '{}'\ndef f(x):\n    return FORM.format(x)", False),
        ("import polars as pl\ndef f(x):\n    return pl.read_csv(x)", True),
        ("import polars as pl\ndef f(x):\n    return pl.read_csv(x, glob=False)", False),
    ],
)
def test_the_source_is_looked_at_rightly(tmp_path: Path, monkeypatch, code: str, wrong: bool) -> None:
    """What takes a text for a pattern is found, what escapes it or says that it is literal is not."""
    (tmp_path / "one.py").write_text(code, encoding="utf-8")
    monkeypatch.setitem(globals(), "SOURCE", tmp_path)
    assert bool(list(taken_for_patterns())) == wrong


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace in a folder, with columns, ids, people and words that look like patterns, one of each a case."""
    folder = tmp_path_factory.mktemp("w") / "[x] a{b}"
    folder.mkdir()
    heads = ["case_id", "playbook", "client_id", "subject", *ODD]
    days = ("2026-11-02", "2026-11-05", "2026-11-09")
    acts = ("applied", "first_interview_held", "withdrawn")
    tables = {
        "cases": [heads, *([name, "interview-aftercare", name, name, *ODD] for name in ODD)],
        "clients": [["client_id", "name", *ODD], *([name, name, *ODD] for name in ODD)],
        "events": [["case_id", "activity", "timestamp", "reason", *ODD],
                   *([name, act, day, name, *ODD] for name in ODD for act, day in zip(acts, days, strict=True)),
                   *([name, name, "2026-11-03", "", *ODD] for name in ODD)],
        "assignments": [["role", "person", "case_id"], *(["followup_owner", name, name] for name in ODD)],
    }  # fmt: skip
    for table, rows in tables.items():
        with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    return folder


def test_odd_names_are_names_in_every_question(odd: Path) -> None:
    """Grouped by such a column each subject answers, one group a value; a client or a person is found by its name."""
    day = pb.open(odd).on("2026-11-20")
    assert day.log.cases["case_id"].sort().to_list() == sorted(ODD)
    assert set(day.limits().unmentioned["activity"]) == set(ODD)
    assert day.limits().unwritten_orders.is_empty()
    for name in ODD:
        inside = only_a_name(name)
        for of in (day.funnel(by=name).outcomes, day.declines(by=name).rates):
            assert set(of[inside]) == {name}
        assert inside in day.forecast(by=name).counts.columns
        assert day.case(name).happened().height == 4
        assert day.funnel(by="client_id").outcomes.filter(client_id=name).height == 1
        assert day.week(owner=name).actions["owner"].unique().to_list() in ([], [name])
    assert day.declines().reasons["reason"].sort().to_list() == sorted(ODD)
    assert pb.open(odd).only(client="*").on("2026-11-20").log.cases["case_id"].to_list() == ["*"]


@pytest.mark.parametrize("ending", ["csv", "json", "parquet", "xlsx"])
def test_odd_names_go_out_as_they_came_in(odd: Path, tmp_path: Path, ending: str) -> None:
    """What is written is under the names that people gave, and is read again from a file of any kind and name."""
    out = tmp_path / f"^[x] {{a}}.{ending}"
    rates = pb.open(odd).on("2026-11-20").declines(by=["*", "a{b}"]).rates
    write_frame(rates, out)
    if ending in ("csv", "json"):
        said = out.read_text(encoding="utf-8-sig")
        assert "\u200b" not in said
        assert "a{b}" in said
    else:
        shutil.copy(odd / "events.csv", tmp_path / "events.csv")
        write_frame(pb.open(odd).tables.cases.drop("row"), tmp_path / f"cases.{ending}")
        assert sorted(pb.open(tmp_path).on("2026-11-20").log.cases["case_id"]) == sorted(ODD)


def test_a_file_is_not_another_because_of_its_brackets(tmp_path: Path) -> None:
    """`応募[1].csv` is itself and not `応募1.csv`; its columns and words are names whatever they look like."""
    path, other = tmp_path / "応募[1].csv", tmp_path / "応募1.csv"
    rows = [["応募番号", "氏名", "応募日", "*", "^備考$", "a{b}"], ["1", "*", "2026-11-02", "[x]", "^x$", "{0}"],
            ["2", "a{b}", "2026-11-03", "*", "%s", "[x]"]]  # fmt: skip
    for one in (path, other):
        with one.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    mapping = mapping_from(tomllib.loads(guess_mapping([path]).mapping_toml.ja))
    found = import_files([path], mapping).tables["cases"]
    assert found["subject"].to_list() == ["*", "a{b}"]
    assert {"a{b}", only_a_name("*"), only_a_name("^備考$")} <= set(found.columns)
    with pytest.raises(WorkspaceError, match="no \\[\\[source\\]\\]"):
        import_files([other], mapping)
