"""Reading rule books: the good one in full, every kind of mistake, and every key of the good one broken in turn."""

from __future__ import annotations

import copy
import datetime as dt
import json
import math
import pickle
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from thinned import thinned

from playbook.rules import grammar, nouns, reading, schema
from playbook.rules.grammar import (
    BOTH_LANGUAGES,
    TABLES,
    DueValue,
    Flag,
    GrammarTable,
    Key,
    Label,
    Many,
    Name,
    Number,
    One,
    Span,
    ValueKind,
)
from playbook.rules.nouns import Hours, Midpoint, Pause, Playbook
from playbook.rules.offset import Offset
from playbook.rules.reading import builtin_playbooks, parse_playbook, playbooks_in, read_playbook
from playbook.words.problem import Problem, RulebookError
from playbook.words.text import Text

GOOD = Path(__file__).parents[1] / "data" / "good.toml"
BUILT_IN = sorted((Path(reading.__file__).parent / "books").glob("*.toml"))
HEAD = '[playbook]\nid = "x"\n'
SMALL = f"""{HEAD}
[[activity]]
id = "asked"
[[activity]]
id = "answered"
[[activity]]
id = "gone"
[[date]]
id = "joins_on"
[[role]]
id = "boss"
"""
RULE = """
[[rule]]
id = "answer"
after = ["asked"]
due = "7 days"
until = ["answered"]
role = "boss"
"""


def problems_of(text: str) -> tuple[Problem, ...]:
    """The problems of a text that is refused."""
    with pytest.raises(RulebookError, match=r"book\.toml") as refused:
        parse_playbook(text, "book.toml")
    return refused.value.problems


def only_problem(text: str) -> str:
    """The one problem of a text, as a person reads it."""
    (problem,) = problems_of(text)
    return str(problem)


def rule_with(*lines: str) -> str:
    """The small book with its rule, given keys added or replaced."""
    given = {line.split(" = ")[0]: line for line in RULE.strip().splitlines()[1:]}
    given |= {line.split(" = ")[0]: line for line in lines}
    return SMALL + "[[rule]]\n" + "\n".join(given.values()) + "\n"


# The good one ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def good() -> Playbook:
    return read_playbook(GOOD)


def test_head_of_the_book(good: Playbook) -> None:
    """The head carries id, name, source, calendar and facts."""
    assert (good.id, good.name.en, good.source) == (
        "store-manager",
        "Hiring store managers",
        "店長採用の手引き 第3版",
    )
    assert (good.calendar, good.hours, good.fact) == ("jp-bank", Hours(10 * 60, 19 * 60), ("SM-01",))
    assert good.law == ("職業安定法32条の16",)


def test_tables_keep_the_order_of_the_file(good: Playbook) -> None:
    """Stages, rules and roles come in file order."""
    assert [stage.id for stage in good.stages] == ["application", "interview", "work"]
    assert [role.id for role in good.roles] == ["area_manager", "head_office", "consultant"]
    assert good.rules[0].id == "answer-applicants"


def test_rule_in_full(good: Playbook) -> None:
    """A rule with all keys is read into the matching fields."""
    rule = good.rule("answer-applicants")
    assert rule.name == Text("応募者への返答", "Answer every applicant")
    assert rule.after == ("closes_on",)
    assert rule.when == {"shop": ("north", "south"), "grade": ("2",), "urgent": ("false",), "route": ("web",)}
    assert (rule.wait, rule.due) == (Offset.parse("1 business day"), (Offset.parse("7 days"),))
    assert (rule.until, rule.unless) == (("invited", "rejected"), ("withdrawn",))
    assert (rule.role, rule.channel, rule.template) == ("area_manager", ("mail", "phone"), "invitation")
    assert [(step.after, step.to) for step in rule.escalate] == [
        (Offset.parse("2 days"), "head_office"),
        (Offset.parse("1 week"), "consultant"),
    ]
    assert (rule.record, rule.fact, rule.basis) == ("expired", ("SM-08", "SM-09"), "stated")
    assert rule.midpoint is None
    assert (rule.pause, rule.roll, rule.key) == (Pause(("interview_held",), ("contacted",)), "next", None)
    assert rule.law == ("職業安定法5条の3", "個人情報保護法27条")


def test_one_channel_needs_no_list(good: Playbook) -> None:
    """A rule with one channel holds it as a rule with several does; a rule without one holds none."""
    assert good.rule("report").channel == ("phone",)
    assert good.rule("thanks").channel == ()


def test_what_belongs_to_other_tables(good: Playbook) -> None:
    """Conditions, sides, keys and spans of the other tables are read into the matching fields."""
    assert (good.activities[0].passes_to, good.activities[1].passes_to) == ("client", None)
    assert (good.outcomes[0].when, good.outcomes[1].when) == ({"grade": ("2",)}, {})
    assert (good.rule("report").key, good.rule("report").due) == ("interviewer", (Offset.parse("4 business hours"),))
    gate = good.precedences[0]
    assert (gate.when, gate.scope, gate.within, gate.fresh) == (
        {"grade": ("1", "2")},
        "client",
        Offset.parse("12 months"),
        True,
    )
    assert good.participations[0].when == {"shop": ("north",)}
    assert good.checklists[0].when == {"urgent": ("false",)}


def test_dues(good: Playbook) -> None:
    """A due is one offset, a series, counted backwards, or a midpoint."""
    assert good.rule("reviews").due == tuple(map(Offset.parse, ("1 month", "3 months", "6 months")))
    assert good.rule("before-joining").due == (Offset.parse("-2 weeks"),)
    assert good.rule("thanks").due == (Offset.parse("same day"),)
    assert good.rule("contract-by-the-day").due == (Offset.parse("-0 days"),)
    assert good.rule("keep-in-touch").due == ()
    assert good.rule("keep-in-touch").midpoint == Midpoint("joins_on", Offset.parse("10 days"))


def test_entries_of_lists(good: Playbook) -> None:
    """Duties and checklist fields carry their labels and facts."""
    duty = good.role("area_manager").duties[0]
    assert (duty.phase, duty.text.en, duty.fact) == ("selection", "Holds the interviews", ("SM-07",))
    shifts = good.checklists[0].fields[0]
    assert (shifts.id, shifts.name.en, shifts.fact) == ("shifts", "Days of work", ("SM-12",))


def test_defaults() -> None:
    """What a short file leaves out has a default: labels are ids, roles are the client's, rules are ours."""
    book = parse_playbook(
        SMALL
        + RULE
        + '[[precedence]]\nid = "p"\nactivity = "answered"\nrequires = ["asked"]\n'
        + '[[participation]]\nid = "q"\nactivity = "answered"\nroles = ["boss"]\n'
        + '[[checklist]]\nid = "c"\nat = "asked"\nfields = [{ id = "f", ja = "項", en = "F" }]\n',
        "book.toml",
    )
    assert (book.name, book.calendar, book.source) == (Text("x", "x"), "jp", "")
    assert str(book.hours) == "09:00-18:00"
    assert (book.precedences[0].scope, book.precedences[0].within, book.precedences[0].fresh) == ("case", None, False)
    assert (book.roles[0].name, book.roles[0].side) == (Text("boss", "boss"), "client")
    assert (book.rules[0].basis, book.rules[0].fact, book.rules[0].when) == ("ours", (), {})
    assert (book.precedences[0].basis, book.participations[0].basis, book.checklists[0].basis) == ("stated",) * 3


def test_book_can_be_pickled(good: Playbook) -> None:
    """A playbook travels to another process unchanged."""
    assert pickle.loads(pickle.dumps(good)) == good


def test_windows_files_are_read(tmp_path: Path, good: Playbook) -> None:
    """A byte order mark and Windows line ends change nothing."""
    path = tmp_path / "good.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.read_bytes().replace(b"\n", b"\r\n"))
    assert read_playbook(path) == good


# Files -----------------------------------------------------------------------------------------------------------------


def test_missing_file_is_named(tmp_path: Path) -> None:
    """A file that is not there is one problem with its path."""
    with pytest.raises(RulebookError, match=r"absent\.toml: cannot be read: No such file"):
        read_playbook(tmp_path / "absent.toml")


def test_what_nobody_would_read_is_not_said_whole(tmp_path: Path) -> None:
    """Ten thousand characters where a name is expected are shown by their beginning and end, with the file and the key."""
    path = tmp_path / "long.toml"
    path.write_text(f'[playbook]\nid = "long"\nname = "{"x" * 10_000}"\n', encoding="utf-8")
    with pytest.raises(RulebookError) as refused:
        read_playbook(path)
    (said,) = [problem.say("ja") for problem in refused.value.problems if "'name'" in problem.say("ja")]
    assert "long.toml" in said and " … " in said and "使えるもの" in said and len(said) < 2_500


def test_folder_instead_of_file(tmp_path: Path) -> None:
    """A folder given as a file is one problem, not a traceback."""
    with pytest.raises(RulebookError, match="cannot be read"):
        read_playbook(tmp_path)


def test_cp932_file_is_refused_with_the_line(tmp_path: Path) -> None:
    """A file in the old Japanese encoding is refused with line and remedy."""
    path = tmp_path / "old.toml"
    path.write_bytes((HEAD + 'source = "応募"\n').encode("cp932"))
    with pytest.raises(RulebookError, match=r"old\.toml, line 3: the file is not UTF-8(.|\n)*メモ帳"):
        read_playbook(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[playbook]\nid = "x', r"book\.toml, line 2 \(end of the file\): Unterminated"),
        ("[playbook]\nid = 応募\n", r"book\.toml, line 2, column 6: Invalid value(.|\n)*double quotes"),
        ('[playbook]\nsource = "C:\\Users"\n', r"book\.toml, line 2, column \d+: (.|\n)*backslash in a text"),
        (
            '[rule]\nid = "a"\n[rule]\nid = "b"\n',
            r"book\.toml, line 3, column \d+: (.|\n)*two brackets each time",
        ),
        ('[playbook]\nid = "a"\nid = "b"\n', r"book\.toml, line 3(.|\n)*written twice"),
        ("x = " + "[" * 5000, r"book\.toml: lists or tables nested too deeply"),
        ("x = " + "9" * 5000, r"book\.toml: a number has thousands of digits"),
    ],
)
def test_toml_mistakes_name_file_line_and_column(text: str, said: str) -> None:
    """What is not TOML is one problem with file, line and column."""
    with pytest.raises(RulebookError, match=said) as refused:
        parse_playbook(text, "book.toml")
    assert len(refused.value.problems) == 1


def test_folder_of_books(tmp_path: Path) -> None:
    """All files of a folder are read by name; a missing folder has none."""
    (tmp_path / "b.toml").write_text(HEAD, encoding="utf-8")
    (tmp_path / "a.toml").write_text('[playbook]\nid = "y"\n', encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not a rule book", encoding="utf-8")
    assert [book.id for book in playbooks_in(tmp_path)] == ["y", "x"]
    assert playbooks_in(tmp_path / "absent") == ()


def test_problems_of_all_files_come_together(tmp_path: Path) -> None:
    """Mistakes of several files, and one id in two files, are one error."""
    for name, text in {"a": HEAD, "b": HEAD, "c": "[[rule]]\n", "d": "x = "}.items():
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    with pytest.raises(
        RulebookError, match=r"b\.toml, \[playbook\] x, key 'id': 'x' is also the id of a\.toml"
    ) as refused:
        playbooks_in(tmp_path)
    named = {Path(problem.place.split(",")[0]).name for problem in refused.value.problems}
    assert named == {"b.toml", "c.toml", "d.toml"}


@pytest.mark.parametrize("path", BUILT_IN, ids=lambda path: path.stem)
def test_built_in_books_are_good(path: Path) -> None:
    """Every built-in book is read without a problem, its drafts included, and bears the name of its file."""
    assert read_playbook(path).id == path.stem


def test_built_in_books_come_by_name_and_once() -> None:
    """The built-in books are those of the package, read once."""
    assert [book.id for book in builtin_playbooks()] == [path.stem for path in BUILT_IN]
    assert builtin_playbooks() is builtin_playbooks()


def test_reading_loads_neither_polars_nor_jinja() -> None:
    """The built-in books are read without the slow imports."""
    code = (
        "import sys; from playbook.rules.reading import builtin_playbooks; builtin_playbooks(); "
        "print(sorted({'polars', 'pandas', 'jinja2', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.strip() == "[]"


# Mistakes, one by one --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        # tables
        ("", "book.toml, [playbook]: missing; allowed: one [playbook]"),
        ('[playbok]\nid = "x"\n' + HEAD, "book.toml, [playbok]: unknown table; allowed: [playbook], [[activity]]"),
        (HEAD + '[[rules]]\nid = "a"\n', "[[rules]]: unknown table"),
        (HEAD + '[[rules]]\nid = "a"\n', "Hint: did you mean 'rule'?"),
        ('title = "x"\n' + HEAD, "book.toml, key 'title': unknown table"),
        ('[[playbook]]\nid = "x"\n', "book.toml, [playbook]: found a list"),
        (HEAD + '[activity]\nid = "a"\n', "book.toml, [[activity]]: found a table"),
        ("activity = 3\n" + HEAD, "book.toml, [[activity]]: found the number 3"),
        # keys
        (SMALL + '[[activity]]\nid = "a"\nnmae = 1\n', "[[activity]] a, key 'nmae': unknown key; allowed: id, name, passes_to, fact, law"),
        (SMALL + '[[activity]]\nid = "a"\nnmae = 1\n', "Hint: did you mean 'name'?"),
        (SMALL + '[[activity]]\nname = { ja = "あ", en = "A" }\n', "[[activity]] number 4, key 'id': missing"),
        (SMALL + "[[activity]]\nid = 3\n", "[[activity]] number 4, key 'id': found the number 3"),
        (SMALL + '[[activity]]\nid = " a"\n', "key 'id': found ' a'; allowed: a text that is not empty, on one line"),
        # labels
        (SMALL + '[[activity]]\nid = "a"\nname = "応募"\n', 'Hint: write { ja = "応募", en = "..." }'),
        (SMALL + '[[activity]]\nid = "a"\nname = { ja = "応募" }\n', "[[activity]] a, key 'name', key 'en': missing"),
        (SMALL + '[[activity]]\nid = "a"\nname = { ja = "応募", en = " " }\n', "key 'en': found an empty text"),
        (SMALL + '[[activity]]\nid = "a"\nname = { ja = "a", en = "a", fr = "a" }\n', "key 'fr': unknown key; allowed: ja, en"),
        # lists and words
        (rule_with('after = "asked"'), '[[rule]] answer, key \'after\': found \'asked\''),
        (rule_with('after = "asked"'), 'Hint: write ["asked"]'),
        (rule_with("after = []"), "key 'after': found an empty list"),
        (rule_with('after = ["asked", "asked"]'), "key 'after': 'asked' occurs 2 times; allowed: each entry once"),
        (rule_with('after = ["asked", 3]'), "key 'after', entry 2: found the number 3"),
        (rule_with('channel = ""'), "key 'channel': found an empty text"),
        (rule_with('basis = "statd"'), "key 'basis': found 'statd'; allowed: one of 'stated', 'recommended', 'ours'"),
        (rule_with('basis = "statd"'), "Hint: did you mean 'stated'?"),
        (rule_with('fact = ["J14"]'), "key 'fact', entry 1: found 'J14'; allowed: a fact id such as 'J-14'"),
        (rule_with("when = {}"), "key 'when': found an empty table"),
        (rule_with('when = "urgent"'), "key 'when': found 'urgent'"),
        (rule_with("when = { grade = 1.5 }"), "key 'when', key 'grade': found the number 1.5"),
        (rule_with("when = { grade = [] }"), "key 'when', key 'grade': found an empty list"),
        (rule_with('when = { grade = ["a", ""] }'), "key 'when', key 'grade': found a list"),
        # names
        (rule_with('after = ["askd"]'), "key 'after', entry 1: 'askd' is not defined; allowed: an id of [[activity]] or [[date]]"),
        (rule_with('after = ["askd"]'), "(asked, answered, gone, joins_on)\n  Hint: did you mean 'asked'?"),
        (rule_with('until = ["joins_on"]'), "key 'until', entry 1: 'joins_on' is a [[date]]; allowed: an id of [[activity]]"),
        (rule_with('unless = ["zzz"]'), 'Hint: define it: [[activity]] id = "zzz"'),
        (rule_with('role = "chief"'), "key 'role': 'chief' is not defined; allowed: an id of [[role]] (boss)"),
        (rule_with('template = "letter"'), "key 'template': 'letter' is not defined; allowed: an id of [[template]]"),
        (rule_with('record = "lapsed"'), "key 'record': 'lapsed' is not defined"),
        (
            rule_with('escalate = [{ after = "2 days", to = "chief" }]'),
            "key 'escalate', entry 1, key 'to': 'chief' is not defined",
        ),
        (SMALL + '[[stage]]\nid = "s"\nentered_by = ["askd"]\n', "[[stage]] s, key 'entered_by', entry 1: 'askd' is not"),
        (SMALL + '[[outcome]]\nid = "o"\nkind = "won"\nby = ["askd"]\n', "[[outcome]] o, key 'by', entry 1: 'askd' is not"),
        (SMALL + '[[role]]\nid = "r"\nfalls_to = "bos"\n', "[[role]] r, key 'falls_to': 'bos' is not defined"),
        (
            SMALL + '[[precedence]]\nid = "p"\nactivity = "asked"\nrequires = ["joins_on"]\n',
            "[[precedence]] p, key 'requires', entry 1: 'joins_on' is a [[date]]",
        ),
        (
            SMALL + '[[participation]]\nid = "p"\nactivity = "asked"\nroles = ["chief"]\n',
            "[[participation]] p, key 'roles', entry 1: 'chief' is not defined",
        ),
        (
            SMALL + '[[checklist]]\nid = "c"\nat = "askd"\nfields = [{ id = "f", ja = "a", en = "a" }]\n',
            "[[checklist]] c, key 'at': 'askd' is not defined",
        ),
        (
            SMALL + '[[checklist]]\nid = "c"\nat = "asked"\nrole = "chief"\nfields = [{ id = "f", ja = "a", en = "a" }]\n',
            "[[checklist]] c, key 'role': 'chief' is not defined",
        ),
        # what must be said once
        (SMALL + '[[activity]]\nid = "asked"\n', "[[activity]] asked, key 'id': number 4 repeats the id of number 1"),
        (SMALL + '[[date]]\nid = "asked"\n', "[[date]] asked, key 'id': 'asked' is also the id of an [[activity]]"),
        (
            SMALL + '[[stage]]\nid = "s"\nentered_by = ["asked"]\n[[stage]]\nid = "t"\nentered_by = ["asked"]\n',
            "[[stage]] t, key 'entered_by': 'asked' is already in [[stage]] s",
        ),
        (
            SMALL
            + '[[outcome]]\nid = "s"\nkind = "won"\nby = ["asked"]\n'
            + '[[outcome]]\nid = "t"\nkind = "lapsed"\nby = ["asked"]\n',
            "[[outcome]] t, key 'by': 'asked' is already in [[outcome]] s",
        ),
        (
            SMALL
            + '[[checklist]]\nid = "c"\nat = "asked"\n'
            + 'fields = [{ id = "f", ja = "a", en = "a" }, { id = "f", ja = "b", en = "b" }]\n',
            "[[checklist]] c, key 'fields': 'f' occurs 2 times",
        ),
        (
            SMALL
            + '[[outcome]]\nid = "s"\nkind = "won"\nby = ["asked"]\nwhen = { grade = [1, 2] }\n'
            + '[[outcome]]\nid = "t"\nkind = "lapsed"\nby = ["asked"]\nwhen = { grade = [2, 3], shop = "north" }\n',
            "[[outcome]] t, key 'by': 'asked' is already in [[outcome]] s",
        ),
        # sides, hours, scopes, flags
        (SMALL + '[[activity]]\nid = "a"\npasses_to = "clients"\n', "Hint: did you mean 'client'?"),
        ('[playbook]\nid = "x"\nhours = "9:00-18:00"\n', "key 'hours': found '9:00-18:00'; allowed: hours of a day, such as '09:00-18:00'"),
        ('[playbook]\nid = "x"\nhours = "18:00-09:00"\n', "key 'hours': found '18:00-09:00'"),
        ('[playbook]\nid = "x"\nhours = "09:00-09:30"\n', "key 'hours': found '09:00-09:30'"),
        ('[playbook]\nid = "x"\nhours = "09:00-24:01"\n', "key 'hours': found '09:00-24:01'"),
        (
            SMALL + '[[precedence]]\nid = "p"\nactivity = "asked"\nrequires = ["gone"]\nscope = "opening"\n',
            "[[precedence]] p, key 'scope': found 'opening'; allowed: one of 'case', 'client'",
        ),
        (
            SMALL + '[[precedence]]\nid = "p"\nactivity = "asked"\nrequires = ["gone"]\nwithin = "48 hours"\n',
            "[[precedence]] p, key 'within': found '48 hours'; allowed: an offset such as '7 days', '2 weeks', '3 months'",
        ),
        (
            SMALL + '[[precedence]]\nid = "p"\nactivity = "asked"\nrequires = ["gone"]\nwithin = "-1 month"\n',
            "[[precedence]] p, key 'within': found '-1 month'",
        ),
        (
            SMALL + '[[precedence]]\nid = "p"\nactivity = "asked"\nrequires = ["gone"]\nfresh = "true"\n',
            "[[precedence]] p, key 'fresh': found 'true'; allowed: true or false\n  Hint: write it without quotes",
        ),
        # circles
        (SMALL + '[[role]]\nid = "r"\nfalls_to = "r"\n', "[[role]] r, key 'falls_to': a circle: r -> r"),
        (
            SMALL + '[[role]]\nid = "r"\nfalls_to = "q"\n[[role]]\nid = "q"\nfalls_to = "p"\n[[role]]\nid = "p"\nfalls_to = "q"\n',
            "[[role]] q, key 'falls_to': a circle: q -> p -> q",
        ),
        # numbers and drafts
        (SMALL + '[[benchmark]]\nid = "b"\nvalue = nan\n', "[[benchmark]] b, key 'value': found the number nan"),
        (SMALL + '[[benchmark]]\nid = "b"\nvalue = "0.11"\n', "Hint: write it without quotes"),
        (SMALL + f'[[benchmark]]\nid = "b"\nvalue = 1{"0" * 400}\n', "key 'value': found a number too large"),
        (
            SMALL + '[[template]]\nid = "t"\nchannel = "mail"\nbody = { ja = "様\\n{{ case", en = "Dear" }\n',
            "[[template]] t, key 'body', key 'ja': Jinja, line 2: unexpected end of template",
        ),
        (
            SMALL + '[[template]]\nid = "t"\nchannel = "mail"\nsubject = { ja = "a", en = "{% if %}" }\nbody = { ja = "a", en = "a" }\n',
            "[[template]] t, key 'subject', key 'en': Jinja, line 1: Expected an expression",
        ),
    ],
)  # fmt: skip
def test_mistakes_say_where_and_what(text: str, said: str) -> None:
    """A single mistake is a single problem that names file, table, id and key, and what is allowed."""
    assert said in only_problem(text)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (('due = "0 days"',), "key 'due': found '0 days'; allowed: an offset such as 'same day'"),
        (('due = "7 dayz"',), "Hint: did you mean '7 days'?"),
        (('due = "7日"',), "Hint: did you mean '7 days'?"),
        (('due = "５営業日以内"',), "Hint: did you mean '5 business days'?"),
        (('due = "Same day"',), "Hint: did you mean 'same day'?"),
        (("due = 7",), 'found the number 7; allowed: an offset such as'),
        (("due = 7",), 'Hint: write the unit too: "7 days"'),
        (("due = []",), "key 'due': found an empty list"),
        (('due = ["7 days", "8 dayz"]',), "key 'due', entry 2: found '8 dayz'"),
        (('due = ["7 days", "midpoint"]',), "key 'due', entry 2: found 'midpoint'"),
        (('due = "99999 months"',), "found '99999 months'; allowed: an offset of at most a hundred years"),
        (('due = "-2 hours"', 'after = ["joins_on"]'), "key 'due': found '-2 hours'"),
        (('due = "-2 days"',), "'-2 days' counts backwards from 'asked', which is an activity; allowed: backwards only where"),
        (('due = "-2 days"', 'after = ["joins_on", "asked"]'), "counts backwards from 'asked'"),
        (('due = "-2 days"', 'after = ["joins_on"]', 'wait = "1 day"'), "key 'wait': found with the due '-2 days'"),
        (('wait = "-1 day"',), "key 'wait': found '-1 day'; allowed: an offset such as"),
        (('wait = ["1 day"]',), "key 'wait': found a list"),
        (('escalate = [{ after = "-1 day", to = "boss" }]',), "key 'escalate', entry 1, key 'after': found '-1 day'"),
        (('escalate = [{ after = "1 day" }]',), "key 'escalate', entry 1, key 'to': missing"),
        (('escalate = ["boss"]',), "key 'escalate', entry 1: found 'boss'; allowed: a table with the keys after, to"),
        (('due = ["3 months", "1 month"]',), "key 'due': '1 month' is listed after '3 months'"),
        (('due = ["7 days", "1 week"]',), "'1 week' is listed after '7 days'"),
        (('due = ["1 month", "2 weeks"]',), "'2 weeks' is listed after '1 month'"),
        (('due = ["48 hours", "same day"]',), "'same day' is listed after '48 hours'"),
        (('due = ["-1 month", "-40 business days"]', 'after = ["joins_on"]'), "'-40 business days' is listed after"),
        (('due = "midpoint"', 'gap = "7 days"'), "key 'toward': missing; allowed: toward wherever due is 'midpoint'"),
        (('due = "midpoint"', 'toward = "joins_on"'), "key 'gap': missing"),
        (('due = "midpoint"', 'toward = "joins_on"', 'gap = "1 month"'), "key 'gap': found '1 month'"),
        (('due = "midpoint"', 'toward = "asked"', 'gap = "7 days"'), "key 'toward': 'asked' is a [[activity]]"),
        (
            ('due = "midpoint"', 'toward = "joins_on"', 'gap = "7 days"', 'after = ["asked", "joins_on"]'),
            "key 'after': 'joins_on' is a planned date, and due is 'midpoint'; allowed: activities only",
        ),
        (
            ('due = "midpoint"', 'toward = "joins_on"', 'gap = "7 days"', 'wait = "1 day"'),
            "key 'wait': found with due 'midpoint'",
        ),
        (('toward = "joins_on"',), "key 'toward': found without the midpoint; allowed: toward with due = \"midpoint\""),
        (('gap = "7 days"',), "key 'gap': found without the midpoint"),
        (('due = "-0 days"',), "'-0 days' counts backwards from 'asked', which is an activity"),
        (('due = "-0 weeks"', 'after = ["joins_on"]'), "key 'due': found '-0 weeks'"),
        (('due = "-4 business hours"', 'after = ["joins_on"]'), "key 'due': found '-4 business hours'"),
        (('due = "8営業時間"',), "Hint: did you mean '8 business hours'?"),
        (('wait = "-0 days"',), "key 'wait': found '-0 days'; allowed: an offset such as"),
        (('channel = []',), "key 'channel': found an empty list; allowed: a text that is not empty; or a list of them"),
        (('channel = ["mail", "mail"]',), "key 'channel': 'mail' occurs 2 times"),
        (('pause = { after = ["asked"] }',), "key 'pause', key 'until': missing"),
        (('pause = { after = ["asked"], until = ["joins_on"] }',), "key 'pause', key 'until', entry 1: 'joins_on' is a [[date]]"),
        (
            ('due = "-2 days"', 'after = ["joins_on"]', 'pause = { after = ["asked"], until = ["gone"] }'),
            "key 'pause': found with the due '-2 days', which counts backwards; allowed: pause with a due that counts forwards",
        ),
        (
            ('due = "midpoint"', 'toward = "joins_on"', 'gap = "7 days"', 'pause = { after = ["asked"], until = ["gone"] }'),
            "key 'pause': found with due 'midpoint'; allowed: pause with an offset as due",
        ),
        (('roll = "nearest"',), "key 'roll': found 'nearest'; allowed: one of 'next', 'previous'"),
        (('due = "48 hours"', 'roll = "next"'), "key 'roll': found with '48 hours', which no closed day moves"),
        (('due = "2 business days"', 'wait = "3 business hours"', 'roll = "next"'), "key 'roll': found with '2 business days', '3 business hours'"),
        (('key = "topic"', 'after = ["asked", "joins_on"]'), "key 'after': 'joins_on' is a planned date, and the rule has a key"),
        (('key = "topic"', 'due = ["1 day", "2 days"]'), "key 'key': found with a series of dues; allowed: key with one offset as due"),
        (('key = "topic"', 'due = "midpoint"', 'toward = "joins_on"', 'gap = "7 days"'), "key 'key': found with due 'midpoint'"),
        (('key = "topic"', 'record = "gone"'), "key 'record': found with a key; allowed: record without a key"),
    ],
)  # fmt: skip
def test_impossible_clocks(lines: tuple[str, ...], said: str) -> None:
    """An offset that no clock can count is refused at its key."""
    problems = [problem for problem in problems_of(rule_with(*lines)) if said in str(problem)]
    assert len(problems) == 1
    assert problems[0].place.startswith("book.toml, [[rule]] answer, key ")


@pytest.mark.parametrize(
    "lines",
    [
        ('due = ["30 days", "1 month"]',),
        ('due = ["1 month", "30 days"]',),
        ('due = ["5 business days", "1 week"]',),
        ('due = ["same day", "1 day", "1 week"]',),
        ('due = ["-1 month", "-1 week", "1 day"]', 'after = ["joins_on"]'),
        ('due = "1 days"',),
        ('wait = "2 days"', 'due = "1 day"'),
        ('due = "7 days"', 'record = "gone"'),
        ('due = ["1 month", "2 months"]', 'record = "gone"'),
        ('due = ["-1 week", "-0 days", "1 day"]', 'after = ["joins_on"]'),
        ('due = "4 business hours"', 'wait = "1 day"', 'roll = "next"'),
        ('due = "-1 week"', 'after = ["joins_on"]', 'roll = "previous"'),
        ('due = "midpoint"', 'toward = "joins_on"', 'gap = "7 days"', 'roll = "next"'),
        ('due = "2 days"', 'pause = { after = ["asked"], until = ["gone"] }', 'record = "gone"'),
        ('key = "topic"', 'wait = "1 day"', 'unless = ["gone"]'),
    ],
)
def test_possible_clocks(lines: tuple[str, ...]) -> None:
    """A series that some calendar puts in order, and the other sound clocks, are accepted."""
    assert len(parse_playbook(rule_with(*lines), "book.toml").rules) == 1


def test_outcomes_that_exclude_each_other_share_an_activity() -> None:
    """One activity may end a case in two ways where one column decides between them."""
    text = (
        SMALL
        + '[[outcome]]\nid = "s"\nkind = "declined"\nby = ["asked"]\nwhen = { reaction = "declines" }\n'
        + '[[outcome]]\nid = "t"\nkind = "lapsed"\nby = ["asked"]\nwhen = { reaction = "silent" }\n'
    )
    assert [outcome.when for outcome in parse_playbook(text, "book.toml").outcomes] == [
        {"reaction": ("declines",)},
        {"reaction": ("silent",)},
    ]


def test_all_mistakes_are_reported_at_once_in_file_order() -> None:
    """Mistakes of every kind in one file come in one error, going through the file from its head."""
    text = (
        HEAD
        + 'calender = "jp"\n'
        + '[[activity]]\nid = "asked"\n[[activity]]\nid = "asked"\n'
        + '[[role]]\nid = "boss"\nfalls_to = "boss"\n'
        + '[[rule]]\nid = "one"\nafter = ["asked"]\ndue = "-3 days"\nuntil = ["answerd"]\nrole = "boss"\nwait = 5\n'
        + '[[rule]]\nid = "two"\nafter = "asked"\ndue = ["x", "y"]\nuntil = []\n'
        + '[[colour]]\nid = "red"\n'
    )
    assert [problem.place.removeprefix("book.toml, ") for problem in problems_of(text)] == [
        "[[colour]]",
        "[playbook] x, key 'calender'",
        "[[activity]] asked, key 'id'",
        "[[role]] boss, key 'falls_to'",
        "[[rule]] one, key 'wait'",
        "[[rule]] one, key 'until', entry 1",
        "[[rule]] one, key 'due'",
        "[[rule]] two, key 'role'",
        "[[rule]] two, key 'after'",
        "[[rule]] two, key 'due', entry 1",
        "[[rule]] two, key 'due', entry 2",
        "[[rule]] two, key 'until'",
    ]


# Every key of the good file broken in turn -----------------------------------------------------------------------------

Steps = tuple[str | int, ...]
UNUSABLE: tuple[Any, ...] = (dt.date(2026, 11, 20), [], {}, "", 1.5, True, math.nan)


@dataclass(frozen=True)
class Mutant:
    """A broken copy of the good file, and the place that its refusal must name."""

    label: str
    data: dict[str, Any]
    place: str
    schema_sees: bool


def toml(value: Any) -> str:
    """A value as TOML writes it in one line."""
    match value:
        case str():
            return json.dumps(value, ensure_ascii=False)
        case bool():
            return str(value).lower()
        case list():
            return f"[{', '.join(map(toml, value))}]"
        case dict():
            return "{ " + ", ".join(f"{json.dumps(key)} = {toml(found)}" for key, found in value.items()) + " }"
        case _:
            return str(value)


def document(data: dict[str, Any]) -> str:
    """A whole file as TOML."""
    return "".join(f"{name} = {toml(value)}\n" for name, value in data.items())


def walk(kind: ValueKind | GrammarTable, value: Any, steps: Steps) -> Iterator[tuple[ValueKind, Any, Steps]]:
    """Every value below a table with its kind and the way to it."""
    match kind:
        case GrammarTable():
            for key in kind:
                if key.name in value:
                    yield key.kind, value[key.name], (*steps, key.name)
                    yield from walk(key.kind, value[key.name], (*steps, key.name))
        case Label():
            yield from walk(BOTH_LANGUAGES, value, steps)
        case One():
            yield from walk(kind.of, value, steps)
        case Many(alone=True) if not isinstance(value, list):
            return
        case DueValue() if isinstance(value, list):
            for n, entry in enumerate(value):
                yield kind.of, entry, (*steps, n)
        case Many():
            for n, entry in enumerate(value):
                if not isinstance(kind.of, GrammarTable):
                    yield kind.of, entry, (*steps, n)
                yield from walk(kind.of, entry, (*steps, n))
        case _:
            return


def tables_of(data: dict[str, Any]) -> Iterator[tuple[GrammarTable, dict[str, Any], Steps]]:
    """Every table of a file, those within lists and labels included."""
    for table in TABLES.values():
        listed = [(data[table.name], (table.name,))] if table.single else [
            (row, (table.name, n)) for n, row in enumerate(data[table.name])
        ]  # fmt: skip
        for row, steps in listed:
            yield table, row, steps
            for kind, value, below in walk(table, row, steps):
                if isinstance(kind, Label):
                    yield BOTH_LANGUAGES, value, below
                elif isinstance(kind, One):
                    yield kind.of, value, below
                elif isinstance(kind, Many) and isinstance(kind.of, GrammarTable):
                    yield from ((kind.of, entry, (*below, n)) for n, entry in enumerate(value))


def place_of(data: dict[str, Any], steps: Steps) -> str:
    """The words that a refusal uses for the way to a value, worked out from the broken file."""
    name, rest = str(steps[0]), steps[1:]
    row = data[name]
    words = [f"[{name}]"]
    if rest and isinstance(rest[0], int):
        number, rest = rest[0], rest[1:]
        row = row[number]
        words = [f"[[{name}]] {named(row) or f'number {number + 1}'}"]
    elif named(row):
        words = [f"[{name}] {named(row)}"]
    for step in rest:
        row = row.get(step) if isinstance(row, dict) else row[step]
        words.append(f"key '{step}'" if isinstance(step, str) else f"entry {named(row) or step + 1}")
    return ", ".join(["book.toml", *words])


def named(row: Any) -> str:
    """The id of a row where it is usable as one."""
    id = row.get("id") if isinstance(row, dict) else None
    return id if isinstance(id, str) and id else ""


def inside(data: dict[str, Any], steps: Steps) -> Any:
    """The table or list that holds the last step."""
    for step in steps[:-1]:
        data = data[step]  # type: ignore[index]
    return data


def replaced(data: dict[str, Any], steps: Steps, value: Any) -> dict[str, Any]:
    """A copy of the file with another value at one place."""
    broken = copy.deepcopy(data)
    inside(broken, steps)[steps[-1]] = value
    return broken


def accepts(kind: ValueKind, value: Any) -> bool:
    """Whether a value of UNUSABLE happens to be a good one for a kind."""
    return (isinstance(kind, Number) and value == 1.5) or (isinstance(kind, Flag) and value is True)


def schema_sees(value: Any) -> bool:
    """Whether a schema can refuse a value: JSON knows neither dates nor NaN."""
    return not isinstance(value, dt.date) and not (isinstance(value, float) and math.isnan(value))


def wrong_values(data: dict[str, Any]) -> Iterator[Mutant]:
    """Each value replaced by values of other types, and by empty ones."""
    for table, row, steps in tables_of(data):
        for kind, _, below in walk(table, row, steps):
            for value in UNUSABLE:
                if not accepts(kind, value):
                    broken = replaced(data, below, value)
                    sees = schema_sees(value)
                    yield Mutant(f"{below} = {value!r}", broken, place_of(broken, below), sees)


def wrong_conditions(data: dict[str, Any]) -> Iterator[Mutant]:
    """Each value of a condition replaced by one that no cell can hold."""
    for n, rule in enumerate(data["rule"]):
        for column in rule.get("when", {}):
            for value in (dt.date(2026, 11, 20), [], {}, "", 1.5, [""], [[]]):
                steps = ("rule", n, "when", column)
                yield Mutant(
                    f"{steps} = {value!r}",
                    broken := replaced(data, steps, value),
                    place_of(broken, steps),
                    schema_sees(value),
                )


def wrong_offsets(data: dict[str, Any]) -> Iterator[Mutant]:
    """Each offset replaced by ones that cannot be counted."""
    for table, row, steps in tables_of(data):
        for kind, _, below in walk(table, row, steps):
            if isinstance(kind, Span | DueValue):
                for value in ("0 days", "7 dayz", "-3 hours", "7", "1.5 days", "7 days ", "next week"):
                    yield Mutant(
                        f"{below} = {value!r}",
                        broken := replaced(data, below, value),
                        place_of(broken, below),
                        True,
                    )


def unknown_names(data: dict[str, Any]) -> Iterator[Mutant]:
    """Each name replaced by one that nothing defines, each choice by a word that is none."""
    for table, row, steps in tables_of(data):
        for kind, _, below in walk(table, row, steps):
            if isinstance(kind, Name | grammar.ChoiceValue):
                broken = replaced(data, below, "no-such")
                yield Mutant(
                    f"{below} = no-such", broken, place_of(broken, below), isinstance(kind, grammar.ChoiceValue)
                )


def misspelt_keys(data: dict[str, Any]) -> Iterator[Mutant]:
    """Each key misspelt by one letter."""
    for _, row, steps in tables_of(data):
        for key in row:
            broken = replaced(data, steps, {(f"{k}x" if k == key else k): found for k, found in row.items()})
            yield Mutant(f"{steps} {key}x", broken, place_of(broken, (*steps, f"{key}x")), True)


def missing_keys(data: dict[str, Any]) -> Iterator[Mutant]:
    """Each required key left out."""
    for table, row, steps in tables_of(data):
        for key in table:
            if key.required:
                broken = replaced(data, steps, {k: found for k, found in row.items() if k != key.name})
                yield Mutant(f"{steps} without {key.name}", broken, missing_place(broken, steps, key), True)


def missing_place(data: dict[str, Any], steps: Steps, key: Key) -> str:
    """The words for a key that is not there."""
    return f"{place_of(data, steps)}, key '{key.name}'"


def misspelt_tables(data: dict[str, Any]) -> Iterator[Mutant]:
    """Each table misspelt by one letter."""
    for table in data:
        broken = {(f"{name}x" if name == table else name): rows for name, rows in data.items()}
        heading = f"[{table}x]" if table == "playbook" else f"[[{table}x]]"
        yield Mutant(f"[{table}x]", broken, f"book.toml, {heading}", True)


GOOD_DATA = tomllib.loads(GOOD.read_text(encoding="utf-8"))
MUTATIONS = (
    wrong_values,
    wrong_conditions,
    wrong_offsets,
    unknown_names,
    misspelt_keys,
    missing_keys,
    misspelt_tables,
)
_BY = {"wrong_values": 29, "misspelt_keys": 7}
"""Of these there are thousands."""


def refusal(data: dict[str, Any]) -> tuple[Problem, ...]:
    """The problems of a broken file; none if it was accepted."""
    try:
        parse_playbook(document(data), "book.toml")
    except RulebookError as error:
        return error.problems
    return ()


def test_the_writer_of_the_mutants_is_faithful(good: Playbook) -> None:
    """The good file, written by the tests' own writer, is the good file still."""
    assert parse_playbook(document(GOOD_DATA), "book.toml") == good


def test_good_file_uses_every_key_of_the_grammar() -> None:
    """No key of the grammar escapes the mutations."""
    used = {(table.name, key) for table, row, _ in tables_of(GOOD_DATA) for key in row}
    every = (*TABLES.values(), *grammar.ENTRIES, BOTH_LANGUAGES)
    assert used == {(table.name, key.name) for table in every for key in table}


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.__name__)
def test_every_mutant_is_refused_at_its_place(mutation: Any) -> None:
    """Each key of the good file, broken in turn, is refused with file, table, id and key."""
    mutants = thinned(mutation(GOOD_DATA), by=_BY.get(mutation.__name__, 1))
    missed = []
    for mutant in mutants:
        places = [problem.place for problem in refusal(mutant.data)]
        if not any(f"{place}, ".startswith(f"{mutant.place}, ") for place in places):
            missed.append((mutant.label, mutant.place, places))
    assert len(mutants) >= 12
    assert missed == []


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.__name__)
def test_schema_refuses_the_mutants_that_it_can_see(mutation: Any) -> None:
    """An editor shows the mistakes of type, name and form before the file is ever read."""
    validator = Draft202012Validator(schema.schema())
    missed = [
        m.label
        for m in thinned(mutation(GOOD_DATA), 1, _BY.get(mutation.__name__, 1))
        if m.schema_sees and validator.is_valid(m.data)
    ]
    assert missed == []


WORDS = st.sampled_from(
    ["asked", "boss", "joins_on", "7 days", "-1 week", "midpoint", "client", "won", "{{ x", "", "J-1"]
)
VALUES = st.recursive(
    WORDS | st.integers(-3, 3) | st.booleans() | st.floats() | st.dates(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "ja", "en", "after", "to", "phase"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Tables and keys of the grammar that hold anything at all."""
    tables = draw(st.lists(st.sampled_from(list(TABLES.values())), unique_by=lambda table: table.name))
    filled = {
        table.name: [draw(st.dictionaries(st.sampled_from([key.name for key in table]), VALUES)) for _ in range(2)]
        for table in tables
    }
    return {name: rows[0] if name == "playbook" else rows for name, rows in filled.items()}


@given(documents())
def test_nonsense_is_refused_and_never_crashes(data: dict[str, Any]) -> None:
    """Whatever the keys hold, the answer is a playbook or problems that all name the file."""
    try:
        parse_playbook(document(data), "book.toml")
    except RulebookError as error:
        assert all(problem.place.startswith("book.toml, ") for problem in error.problems)


# Grammar, nouns and schema agree ---------------------------------------------------------------------------------------


def test_grammar_and_nouns_have_the_same_keys() -> None:
    """What a file may say is what the objects hold."""
    called = {"date": nouns.PlannedDate}
    said_otherwise = {"rule": {"toward", "gap"}}
    for name, table in TABLES.items():
        noun = called.get(name) or getattr(nouns, name.capitalize())
        others = set(reading._PLURAL.values()) if table.single else {"midpoint"}
        held = {field.name for field in fields(noun)} - others
        assert {key.name for key in table} - said_otherwise.get(name, set()) == held, name


def test_schema_file_is_current() -> None:
    """The schema in the package is the one that the grammar gives; `python -m playbook.rules.schema` writes it."""
    assert schema.FILE.read_text(encoding="utf-8") == schema.schema_text()


def test_schema_is_a_schema() -> None:
    """The schema itself is valid under its draft."""
    Draft202012Validator.check_schema(schema.schema())


@pytest.mark.parametrize("path", [GOOD, *BUILT_IN], ids=lambda path: path.stem)
def test_schema_accepts_good_books(path: Path) -> None:
    """An editor shows no mistake in a good book."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    assert [error.message for error in Draft202012Validator(schema.schema()).iter_errors(data)] == []


def test_schema_explains_every_key_in_both_languages() -> None:
    """Every key of the schema is described in Japanese and in English."""
    for table in (*TABLES.values(), *grammar.ENTRIES):
        for key in table:
            described = schema.schema()["$defs"][table.name]["properties"][key.name]["description"]
            assert key.about.ja in described
            assert key.about.en in described
