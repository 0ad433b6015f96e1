"""How it ended: the word that says it, the column that says it, and "over, by whom unknown" where none does."""

from __future__ import annotations

import tomllib
from datetime import datetime
from pathlib import Path
from textwrap import dedent
from zoneinfo import ZoneInfo

import pytest

from playbook.importing import guess_mapping, import_files, mapping_from
from playbook.importing.guess.proposal import NOTHING
from playbook.importing.vocabulary.states import Meaning, mark_of, state_of

TAKEN = datetime(2026, 6, 30, 18, 0, tzinfo=ZoneInfo("Asia/Tokyo"))


def events(folder: Path, text: str, answers: dict[str, str] | None = None) -> set[tuple[str, str, str]]:
    """The events of a list but for the applications, as its proposal reads it: case, activity, day."""
    path = folder / "一覧.csv"
    path.write_text(dedent(text).lstrip(), encoding="utf-8")
    guess = guess_mapping([path], answers=answers)
    found = import_files([path], mapping_from(tomllib.loads(guess.mapping_toml.ja)), taken=TAKEN).tables["events"]
    rows = found.select("case_id", "activity", "timestamp").rows()
    return {(case, activity, at[:10]) for case, activity, at in rows if activity != "applied"}


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("終了", "someone"), ("選考クローズ", "someone"), ("辞退／不採用", "someone"), ("Closed", "someone"),
        ("辞退のため終了", "withdrawn"), ("終了（お見送り）", "rejected"), ("入社につき終了", "joined"),
        ("採用につき終了", "over"), ("手続き完了", "over"), ("Archived", "over"),
        ("Closed - Hired", "joined"), ("Closed: Rejected", "rejected"), ("離脱", "withdrawn"),
        ("面接終了", "advanced"), ("企業都合終了", "by_company"), ("Not Hired", "someone"), ("Not yet offered", "open"),
        ("Rejected by hiring manager", "rejected"), ("Hired by another company", "withdrawn"), ("採用中止", "out"),
    ],
)  # fmt: skip
def test_a_word_for_the_end_is_read_with_what_stands_before_it(said: str, kind: str) -> None:
    """Only a word that says nothing but the end leaves open who ended it; what stands before it goes first."""
    meaning = state_of(said)
    assert meaning.kind == kind
    assert meaning.unasked == ("ended_unknown" if kind == "someone" else "")


def test_who_declines_an_offer_is_the_candidate() -> None:
    """In a column of offers `Declined` is the candidate's word, `Rejected` is in doubt, 見送り is the company's."""
    assert mark_of("Declined", "offer") == Meaning("offer_declined")
    assert not mark_of("Rejected", "offer").sure
    assert mark_of("見送り", "offer").kind == "rejected"


CLOSED = """
    応募番号,氏名,応募日,内定日,内定承諾日,進捗,結果
    1,佐野 光,2026/5/1,,,終了,
    2,西 和,2026/5/2,,,終了,辞退
    3,東 舞,2026/5/3,2026/6/1,2026/6/5,終了,
    4,南 渉,2026/5/4,2026/6/2,,終了,
    5,北 薫,2026/5/5,,,選考中,
    6,堀 司,2026/5/6,,,終了,不採用
"""


def test_nobody_who_ended_is_open_and_nobody_is_refused_for_it(tmp_path: Path) -> None:
    """終了 is an end by nobody knows whom, but where another column of the row says how it ended."""
    ended = {row[:2] for row in events(tmp_path, CLOSED) if row[1] != "offer_made"}
    assert ended == {
        ("1", "ended_unknown"), ("2", "withdrawn"), ("3", "offer_accepted"), ("4", "ended_unknown"), ("6", "rejected"),
    }  # fmt: skip


def test_who_knows_who_ended_it_may_say_so(tmp_path: Path) -> None:
    """The question is asked once a word, and its answer holds for all of its rows; "not used" leaves them open."""
    asked = events(tmp_path, CLOSED, {"一覧.csv | 進捗 | 終了": "rejected"})
    assert {row[0] for row in asked if row[1] == "rejected"} == {"1", "4", "6"}
    unused = events(tmp_path, CLOSED, {"一覧.csv | 進捗 | 終了": NOTHING})
    assert not any(row[0] == "1" for row in unused)


def test_a_day_of_the_end_without_a_word_for_it_ends_the_case(tmp_path: Path) -> None:
    """不合格・辞退日 is one day for two ends: over on that day, by whom unknown, unless the row has an offer's answer."""
    found = events(
        tmp_path,
        """
        応募番号,氏名,応募日,内定日,内定承諾日,不合格・辞退日
        1,佐野 光,2026/5/1,,,2026/5/20
        2,西 和,2026/5/2,2026/6/1,2026/6/4,2026/6/8
        3,東 舞,2026/5/3,,,
        """,
    )
    assert {row for row in found if row[0] != "2"} == {("1", "ended_unknown", "2026-05-20")}
    assert not any(row[1] == "ended_unknown" for row in found if row[0] == "2")


def test_a_history_of_states_ends_where_it_says_closed(tmp_path: Path) -> None:
    """A line of a history that says no more than that it is over ends the case at its time."""
    found = events(
        tmp_path,
        """
        対象者番号,区分,発生日
        P1,応募,2026/5/1
        P1,一次面接,2026/5/8
        P1,選考終了,2026/5/20
        P2,応募,2026/5/2
        P2,内定,2026/5/22
        """,
    )
    assert ("P1", "ended_unknown", "2026-05-20") in found


def test_a_day_of_the_end_is_an_end_where_its_reason_is_empty(tmp_path: Path) -> None:
    """Of a list with a column of who ended it, a row with the day alone ended too; by whom is unknown."""
    found = events(
        tmp_path,
        """
        応募番号,氏名,応募日,選考終了日,選考終了理由
        1,佐野 光,2026/5/1,2026/5/20,お見送り
        2,西 和,2026/5/2,2026/5/21,
        3,東 舞,2026/5/3,2026/5/22,重複応募
        4,南 渉,2026/5/4,2026/5/23,応募者辞退
        """,
    )
    assert found == {
        ("1", "rejected", "2026-05-20"), ("2", "ended_unknown", "2026-05-21"), ("4", "withdrawn", "2026-05-23"),
    }  # fmt: skip
