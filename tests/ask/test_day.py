"""By hand in JupyterLab: a workspace, a rule, a list, a case show themselves, and ids complete."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from show_sample import SCRIPT
from small_logs import book
from the_sample import sample

import playbook as pb
from playbook.ask.shown import RuleShown
from playbook.rules.reading import builtin_playbooks
from playbook.tables.settings import Settings
from playbook.words.problem import ArgumentError

EVENTS = pl.DataFrame({"case_id": ["A-1"], "activity": ["applied"], "timestamp": ["2026-11-02"]})


@pytest.fixture(scope="module")
def ws() -> pb.Workspace:
    """The sample workspace."""
    return sample()


def test_a_workspace_shows_what_it_holds(ws: pb.Workspace) -> None:
    """Rows read and refused, playbooks with their rules and cases."""
    html = ws._repr_html_()
    assert "読み込んだ行" in html and "応募から契約までの選考" in html
    assert html.count("<table") == 2


def test_a_rule_can_be_read(ws: pb.Workspace) -> None:
    """Trigger, due, what fulfils it, who, the clock's own record, facts: in words."""
    shown = ws.rules["notify-applicants"]
    html = shown._repr_html_()
    for part in ("募集期間の終了日", "7日", "J-15", "期限を過ぎて自動的に不成立", "原典に明記"):
        assert part in html
    assert repr(shown).startswith("notify-applicants: ")


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_rule_of_every_book_can_be_read(lang: pb.text.Lang) -> None:
    """No rule is without its due and its role."""
    for one in builtin_playbooks():
        for rule in one.rules:
            html = RuleShown(one, rule, lang)._repr_html_()
            assert escape(one.role(rule.role).name.say(lang)).replace("&#x27;", "&#39;") in html
            assert {"ja": "期限", "en": "Due"}[lang] in html


def test_ids_complete_and_a_mistyped_one_is_answered_with_the_nearest(ws: pb.Workspace) -> None:
    """Tab offers every id; another is an error that names the nearest."""
    day = ws.on("2026-11-20")
    assert "notify-applicants" in ws.rules._ipython_key_completions_()
    assert "J-137" in day.cases._ipython_key_completions_() and "J-137" in day.cases
    assert len(list(day.owners)) == len(day.owners) > 10
    with pytest.raises(ArgumentError, match=r"rules: there is no 'notify-aplicants'[\s\S]*mean 'notify-applicants'"):
        ws.rules["notify-aplicants"]


def test_a_day_shows_its_list_and_each_person_theirs(ws: pb.Workspace) -> None:
    """The list of a day is as long as the due actions; that of a person and of a client is their part."""
    day = ws.on("2026-11-20")
    actions = ws.due("2026-11-20")
    assert len(day.due()) == len(actions)
    assert 'class="cards"' in day._repr_html_()
    owner, client = day.owners._ipython_key_completions_()[0], day.clients._ipython_key_completions_()[0]
    assert len(day.owners[owner]) == actions.filter(owner=owner).height > 0
    assert len(day.clients[client]) == actions.filter(client_id=client).height > 0


def test_a_case_shows_why_and_what_happened(ws: pb.Workspace) -> None:
    """Every action of the case with the days counted, then its events."""
    html = ws.on("2026-11-20").cases["J-137"]._repr_html_()
    assert "J-137 福田 涼子" in html
    assert "日数の数え方" in html
    assert html.count("<table") == 2


def test_names_from_data_are_escaped() -> None:
    """A client who writes HTML is shown as written."""
    own = book({"applied": ["applied"]}, [], {"driver": "client"})
    cases = pl.DataFrame({"case_id": ["A"], "playbook": [own.id], "subject": [SCRIPT]})
    events = pl.DataFrame({"case_id": ["A"], "activity": ["applied"], "timestamp": ["2026-11-02"], "note": [SCRIPT]})
    small = pb.Workspace(playbooks=[own], cases=cases, events=events)
    html = small._repr_html_() + small.on("2026-11-20").cases["A"]._repr_html_()
    assert "<script" not in html and "&lt;script" in html


def test_pandas_workspaces_show_the_same() -> None:
    """A workspace whose answers are pandas frames shows itself too."""
    day = pb.open(frames="pandas").on("2026-11-20")
    midnight = day.cases["J-137"]._repr_html_().replace("T00:00:00", "")  # pandas has no days
    assert midnight == sample().on("2026-11-20").cases["J-137"]._repr_html_().replace("T00:00:00", "")
    assert len(day.due()) > 50


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"path": {"events": EVENTS}}, r"open\(path\): is a dict; allowed: a folder .*\n.*Workspace\(events=events"),
        ({"path": EVENTS}, r"open\(path\): is a DataFrame"),
        ({"frames": "excel"}, r"open\(frames=\): found 'excel'; allowed: polars, pandas"),
    ],
)
def test_what_is_no_place_is_refused(asked: dict[str, Any], said: str) -> None:
    """Frames given where a path belongs, and a kind of frames that is none, are said at once, with the way to go."""
    with pytest.raises(ArgumentError, match=said):
        pb.open(**asked)


def test_one_playbook_is_a_list_of_one(tmp_path: Path) -> None:
    """A file, or a playbook, need not be put into brackets."""
    own = tmp_path / "own.toml"
    own.write_bytes((Path(pb.__file__).parent / "rules" / "books" / "joins-selection.toml").read_bytes())
    given: list[Any] = [own, str(own), pb.read_playbook(own)]
    assert [[book.id for book in pb.open(playbooks=one).playbooks] for one in given] == [["joins-selection"]] * 3


def test_frames_with_a_playbook_that_nobody_works_by_are_warned_of() -> None:
    """Python says what the command line says: which playbook, and how many cases are in no answer."""
    cases = pl.DataFrame({"case_id": ["A", "B"], "playbook": ["jions-selection", "joins-selection"]})
    events = pl.DataFrame({"case_id": ["A", "B"], "activity": ["applied"] * 2, "timestamp": ["2026-11-10"] * 2})
    with pytest.warns(UserWarning, match="手順書 'jions-selection' は使われていないため、その案件 1 件を除きました"):
        asked = pb.Workspace(cases=cases, events=events)
    assert set(asked.due("2026-11-20")["case_id"]) == {"B"}
    with pytest.warns(UserWarning, match="playbook 'jions-selection' is not in use: 1 of its cases are left out"):
        pb.Workspace(cases=cases, events=events, settings=Settings(language="en"))


def test_a_name_is_answered_with_the_cases_of_whoever_bears_it(ws: pb.Workspace) -> None:
    """People know names, not ids: whoever asks by one, or a part of it, in any width, is told the ids."""
    day = ws.on("2026-11-20")
    case, name = day.log.cases.select("case_id", "subject").drop_nulls().row(0)
    for asked in (name, name[:2], f" {name}　"):
        with pytest.raises(ArgumentError, match=rf"of that name: .*{case} \({name}\)"):
            day.case(asked)
    with pytest.raises(ArgumentError, match="there is no case 'どこにもない名'") as told:
        day.case("どこにもない名")
    assert "of that name" not in str(told.value)
