"""Names where ids belong: Japanese and English labels are accepted in every table."""

from __future__ import annotations

import polars as pl
import pytest

import playbook as pb
from playbook.rules.nouns import Activity, Playbook
from playbook.tables.codes import coded
from playbook.words.text import LANGS, Lang, Text

BOOK = next(book for book in pb.builtin_playbooks() if book.id == "joins-selection")


@pytest.mark.parametrize("lang", LANGS)
def test_a_workspace_written_in_names_answers_as_one_written_in_ids(lang: Lang) -> None:
    """Playbook, activity and role said by their names give the same due actions as by their ids."""
    rule = BOOK.rules[0]
    said = {
        "playbook": BOOK.name.say(lang), "activity": BOOK.label("applied").say(lang),
        "role": BOOK.role(rule.role).name.say(lang),
    }  # fmt: skip
    ids = {"playbook": BOOK.id, "activity": "applied", "role": rule.role}
    answers = []
    for words in (said, ids):
        ws = pb.Workspace(
            cases=pl.DataFrame({"case_id": ["A"], "playbook": [words["playbook"]]}),
            events=pl.DataFrame({"case_id": ["A"], "activity": [words["activity"]], "timestamp": ["2026-11-02"]}),
            assignments=pl.DataFrame({"role": [words["role"]], "person": ["佐藤"]}),
        )
        assert ws.quarantine.is_empty()
        answers.append(ws.due("2026-11-20", all=True))
    assert answers[0].equals(answers[1]) and answers[0].height > 0


def test_a_name_of_several_things_is_told_by_the_playbook_of_the_case() -> None:
    """Two playbooks call different activities 面談: each case's own decides; without a case it stays."""
    books = [
        Playbook(id, Text(id, id), activities=(Activity(activity, Text("面談", "Talk")),))
        for id, activity in (("one", "talked"), ("two", "met"))
    ]
    rows = pl.DataFrame({"case_id": ["A", "B", "C"], "activity": ["面談", "Talk", "面談"]})
    assert coded(rows, books, pl.DataFrame({"case_id": ["A", "B"], "playbook": ["one", "two"]}))[
        "activity"
    ].to_list() == ["talked", "met", "面談"]


def test_what_is_an_id_is_no_name() -> None:
    """A word that is the id of one thing and the name of another is the id."""
    book = Playbook("b", Text("b", "b"), activities=(
        Activity("offer", Text("提示", "offer made")), Activity("made", Text("内定", "offer")),
    ))  # fmt: skip
    rows = pl.DataFrame({"case_id": ["A", "A"], "activity": ["offer", "内定"]})
    assert coded(rows, [book], pl.DataFrame({"case_id": ["A"], "playbook": ["b"]}))["activity"].to_list() == [
        "offer",
        "made",
    ]
