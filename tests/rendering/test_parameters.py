"""What a notebook asks for, read without running it."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from playbook.rendering.parameters import injected_source, read_parameters
from playbook.words.problem import ArgumentError

SOURCE = '''"""What this report asks for."""
workspace: str = ""  # folder with the tables
as_of: str = "2026-11-20"
lang: str = "ja"
top: int = 10
share: float = 0.5
short: bool = False
stages: list[str] = []
owner: str | None = None
edition: str = "bank"  # bank | company | hire
cut: "date" = ""
plain = "a=b"
'''


def test_types_come_from_annotations_defaults_and_comments() -> None:
    """Each assignment of the cell is one parameter with its kind, its choices and whether it may be left out."""
    schema = read_parameters(SOURCE)
    kinds = {parameter.name: parameter.kind for parameter in schema.parameters}
    assert kinds == {
        "workspace": "text",
        "as_of": "date",
        "lang": "text",
        "top": "integer",
        "share": "number",
        "short": "flag",
        "stages": "list",
        "owner": "text",
        "edition": "text",
        "cut": "date",
        "plain": "text",
    }
    by_name = {parameter.name: parameter for parameter in schema.parameters}
    assert by_name["edition"].choices == ("bank", "company", "hire")
    assert by_name["lang"].choices == ("ja", "en")
    assert by_name["owner"].optional
    assert by_name["plain"].default == "a=b"


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("workspace", "001", "001"),
        ("workspace", "北辰精工", "北辰精工"),
        ("top", "5", 5),
        ("share", "0.25", 0.25),
        ("share", 1, 1.0),
        ("short", "はい", True),
        ("short", "no", False),
        ("stages", "a, b,,", ["a", "b"]),
        ("stages", ("a",), ["a"]),
        ("owner", None, None),
        ("as_of", date(2026, 11, 20), "2026-11-20"),
        ("as_of", datetime(2026, 11, 20, 18), "2026-11-20T18:00:00"),
        ("cut", "", ""),
    ],
)
def test_values_are_read_in_the_declared_type(name: str, given: object, value: object) -> None:
    """Text from a command line and values from Python become the declared type, and nothing else."""
    assert read_parameters(SOURCE).check({name: given}) == {name: value}


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("as_off", "2026-11-20", "parameter 'as_off': unknown; allowed: .*\n.*did you mean 'as_of'"),
        ("top", "ten", "parameter 'top': found 'ten'; allowed: a whole number"),
        ("top", True, "parameter 'top': found True"),
        ("short", "maybe", "parameter 'short': found 'maybe'; allowed: true or false"),
        ("as_of", "20.11.2026", "parameter 'as_of': found '20.11.2026'; allowed: a date such as 2026-11-20"),
        ("lang", "jp", "parameter 'lang': found 'jp'; allowed: ja, en"),
        ("edition", "banks", "allowed: bank, company, hire\n.*did you mean 'bank'"),
        ("workspace", 1, "parameter 'workspace': found 1; allowed: text"),
        ("workspace", "postgresql://me:geheim@host/db", "looks like a secret\n.*environment variables"),
        ("workspace", "https://host/?token=abc", "looks like a secret"),
        ("api_key", "x", "parameter 'api_key': looks like a secret"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_way_out(name: str, given: object, message: str) -> None:
    """An unknown name, a wrong type or a secret is an error that says what is allowed."""
    with pytest.raises(ArgumentError, match=message):
        read_parameters(SOURCE).check({name: given})


def test_all_problems_are_told_at_once() -> None:
    """A person mends every parameter in one go."""
    with pytest.raises(ArgumentError) as caught:
        read_parameters(SOURCE).check({"top": "x", "share": "y", "ownr": "z"})
    assert len(caught.value.problems) == 3, str(caught.value)
    assert "did you mean 'owner'" in str(caught.value)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("a: set[str] = 1", "'a': found the type 'set\\[str\\]'; allowed: str, int"),
        ("a = f()", "'a': the default is computed"),
        ("a = None", "'a': the type is unclear"),
        ("import os", "line 1: not an assignment"),
        ("a = (", "line 1: not Python"),
    ],
)
def test_a_cell_that_does_not_declare_is_refused(source: str, message: str) -> None:
    """A parameters cell holds plain typed assignments and nothing else."""
    with pytest.raises(ArgumentError, match=message):
        read_parameters(source)


def test_injected_values_come_back_as_they_are() -> None:
    """The injected cell is Python that gives exactly the checked values."""
    values = read_parameters(SOURCE).check(
        {"workspace": "北'辰\\\n", "stages": "一,二", "owner": None, "share": "1e-3"}
    )
    namespace: dict[str, object] = {}
    exec(injected_source(values), namespace)
    assert {name: namespace[name] for name in values} == values
