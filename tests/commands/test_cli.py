"""The command line: every command on small workspaces and on the sample, its outputs, messages and exit statuses."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from io import StringIO
from pathlib import Path

import polars as pl
import pytest
from cli_workspaces import AS_OF, CASES, EVENTS, TABLES, Command, book, make
from python_calamine import CalamineWorkbook
from the_sample import opened_once
from thinned import thinned
from warmed import lent

import playbook as pb
from playbook.answers.owed.whatif import changed_playbooks
from playbook.commands import terminal
from playbook.commands.arguments import Asked, asked, help_text, menu_text
from playbook.commands.menu import COMMANDS
from playbook.rules.reading import builtin_playbooks
from playbook.tables import samples
from playbook.tables.settings import read_settings

DUE = ["playbook", "rule_id", "case_id", "client_id", "role", "owner", "trigger", "trigger_at", "opened_at", "due_at",
       "act_by", "fulfilled_at", "status"]  # fmt: skip
VIOLATIONS = ["playbook", "kind", "id", "case_id", "client_id", "at", "detail"]
FUNNEL = ["playbook", "stage", "entered", "advanced", "lost", "open", "rate", "ci_low", "ci_high", "median_days"]
DECLINES = ["playbook", "stage", "reason", "kind", "n", "share", "ci_low", "ci_high"]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(capsys)


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return make(tmp_path / "tiny", TABLES)


def rows(text: str) -> pl.DataFrame:
    return pl.read_csv(text.encode("utf-8"), infer_schema=False)


# ---- the questions ----


@pytest.mark.parametrize(
    ("command", "columns"),
    [("due", DUE), ("violations", VIOLATIONS), ("funnel", FUNNEL), ("declines", DECLINES)],
)
def test_an_answer_on_the_sample_is_csv_with_the_columns_of_the_design_first(
    run: Command, command: str, columns: list[str]
) -> None:
    """Standard output is csv alone: the columns of DESIGN section 5 come first and in order."""
    ran = run(command, "--as-of", AS_OF)
    assert ran.status == 0
    answer = rows(ran.out)
    assert answer.columns[: len(columns)] == columns
    assert answer.height > 5


def test_times_are_iso_with_offset_and_microseconds_and_absent_values_are_empty(run: Command, tiny: Path) -> None:
    """A due is written as 2026-11-25T23:59:59.999999+09:00; nothing is written for what is absent."""
    answer = rows(run("due", "--workspace", tiny, "--as-of", AS_OF).out)
    told = answer.row(by_predicate=pl.col("case_id").eq("A-2") & pl.col("rule_id").eq("notify-applicants"), named=True)
    assert told["due_at"] == "2026-11-25T23:59:59.999999+09:00"
    assert (told["act_by"], told["status"], told["owner"]) == ("2026-11-25", "due_soon", "高橋 進")
    assert told["fulfilled_at"] is None


def test_csv_json_parquet_and_xlsx_hold_the_same_rows(run: Command, tiny: Path, tmp_path: Path) -> None:
    """The four forms of one answer agree cell by cell; Excel knows local time to the second."""
    asked_for = ("due", "--workspace", tiny, "--as-of", AS_OF, "--all")
    files = {ending: tmp_path / f"期限.{ending}" for ending in ("csv", "json", "parquet", "xlsx")}
    for file in files.values():
        ran = run(*asked_for, "-o", file)
        assert (ran.status, ran.out) == (0, "")
    printed = rows(run(*asked_for).out)
    from_csv = pl.read_csv(files["csv"], infer_schema=False)
    from_json = pl.DataFrame(json.loads(files["json"].read_text(encoding="utf-8")), infer_schema_length=None)
    from_parquet = pl.read_parquet(files["parquet"])
    assert printed.height == from_parquet.height > 4
    assert from_csv.equals(printed)
    assert from_json.select(pl.all().cast(pl.String)).equals(printed)
    moments = pl.col("trigger_at", "opened_at", "due_at", "fulfilled_at", "voided_at")
    iso = moments.dt.to_string("%Y-%m-%dT%H:%M:%S%.6f%:z")
    assert from_parquet.with_columns(iso).select(pl.all().cast(pl.String)).equals(printed)
    head, *cells = CalamineWorkbook.from_path(files["xlsx"]).get_sheet_by_index(0).to_python()
    from_excel = [dict(zip(head, row, strict=True)) for row in cells]
    for name in ("case_id", "rule_id", "status"):
        assert [row[name] for row in from_excel] == printed[name].to_list()
    assert [row["due_at"].isoformat() for row in from_excel] == printed["due_at"].str.head(19).to_list()


def test_all_adds_what_is_closed(run: Command, tiny: Path) -> None:
    """Without --all every status is an open one; with it, met actions are there too."""
    few = rows(run("due", "--workspace", tiny, "--as-of", AS_OF).out)
    every = rows(run("due", "--workspace", tiny, "--as-of", AS_OF, "--all").out)
    assert "met" not in few["status"] and "met" in every["status"]
    assert every.height > few.height


def test_the_horizon_says_what_is_soon(run: Command, tiny: Path) -> None:
    """A due five days ahead is soon within seven days, and later within three."""
    for horizon, status in (("7", "due_soon"), ("3", "upcoming")):
        answer = rows(run("due", "--workspace", tiny, "--as-of", AS_OF, "--horizon", horizon).out)
        assert answer.filter(case_id="A-2", rule_id="notify-applicants")["status"].to_list() == [status]


def test_since_says_what_has_changed(run: Command, tiny: Path) -> None:
    """Between two moments an action is new, worse, resolved or the same."""
    answer = rows(run("due", "--workspace", tiny, "--as-of", AS_OF, "--since", "2026-11-02").out)
    assert answer.columns[: len(DUE)] == DUE
    assert answer.filter(case_id="A-1", rule_id="judge-each-application")["change"].to_list() == ["resolved"]
    assert answer.filter(case_id="A-3", rule_id="judge-each-application")["change"].to_list() == ["new"]


def test_a_rule_can_be_changed_for_one_question(run: Command, tiny: Path) -> None:
    """With --set the dues move; with --what-if the two sides stand beside each other, a row per rule."""
    change = ("--set", "notify-applicants.due=1 day")
    moved = rows(run("due", "--workspace", tiny, "--as-of", AS_OF, *change).out)
    assert moved.filter(case_id="A-3", rule_id="notify-applicants")["due_at"].str.head(10).to_list() == ["2026-12-01"]
    both = rows(run("due", "--workspace", tiny, "--as-of", AS_OF, *change, "--what-if").out)
    told = both.filter(rule_id="notify-applicants").row(0, named=True)
    assert (told["lapsed"], told["lapsed_after"]) == ("0", "1")


def test_the_identical_change_gives_the_identical_answer(run: Command, tiny: Path) -> None:
    """A rule set to what it says already changes nothing."""
    plain = run("due", "--workspace", tiny, "--as-of", AS_OF, "--all").out
    assert (
        run("due", "--workspace", tiny, "--as-of", AS_OF, "--all", "--set", "notify-applicants.due=7 days").out == plain
    )


@pytest.mark.parametrize("written", ['"1 day"', "'1 day'", ' "1 day" '])
def test_a_changed_value_may_stand_in_quotes(run: Command, tiny: Path, written: str) -> None:
    """RULE.due="5 days" means the same whether or not the shell has taken the quotes off."""
    plain = run("due", "--workspace", tiny, "--as-of", AS_OF, "--set", "notify-applicants.due=1 day")
    assert run("due", "--workspace", tiny, "--as-of", AS_OF, "--set", f"notify-applicants.due={written}") == plain


def test_every_rule_can_be_set_to_what_it_says() -> None:
    """Due, wait, role and record of every built-in rule, written as they are, change no rule book."""
    books = builtin_playbooks()
    same = {
        f"{book.id}/{rule.id}.{key}": value
        for book in books
        for rule in book.rules
        for key, value in {
            "due": "midpoint" if rule.midpoint else ", ".join(map(str, rule.due)),
            "wait": str(rule.wait or ""),
            "role": rule.role,
            "record": rule.record or "",
        }.items()
    }
    assert changed_playbooks(books, same) == books


# No occupation has more than ten placements, nothing was filed, and no term is written, so nothing else is asked yet;
# no client has a grant switched on.
EMPTY_ON_THE_SAMPLE = {("forecast", "if-kept"), ("yearly", "occupations"), ("yearly", "to-write"), ("yearly", "filed"),
                       ("handover", "answers"), ("grants", "checks"), ("grants", "cases")}  # fmt: skip
MORE = {"handover": ("--from", "中山 真理", "--to", "後任 花子", "--on", "2026-12-01")}
NAMED_TABLES = [
    (command.name, name) for command in COMMANDS for option in command.options if option.flag == "--table"
    for name in option.choices if (command.name, name) not in EMPTY_ON_THE_SAMPLE
]  # fmt: skip


@pytest.fixture
def read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands find the sample workspace read."""
    monkeypatch.setattr("playbook.commands.session.opened", opened_once)


@pytest.mark.usefixtures("read_once")
@pytest.mark.parametrize(("command", "table"), thinned(NAMED_TABLES))
def test_every_table_that_can_be_named_has_rows_on_the_sample(run: Command, command: str, table: str) -> None:
    """Each of the tables on the funnel, on declines and on placements answers."""
    ran = run(command, "--as-of", AS_OF, "--table", table, *MORE.get(command, ()))
    assert ran.status == 0
    assert rows(ran.out).height > 0


@pytest.mark.usefixtures("read_once")
@pytest.mark.parametrize(("command", "columns"), [("funnel", FUNNEL), ("declines", DECLINES)])
def test_groups_are_to_the_right_of_the_columns_of_the_design(run: Command, command: str, columns: list[str]) -> None:
    """With --by the columns of the design stay where they are."""
    answer = rows(run(command, "--as-of", AS_OF, "--by", "client_id").out)
    assert answer.columns[: len(columns)] == columns
    assert answer.columns[-1] == "client_id"
    assert answer["client_id"].n_unique() > 5


@pytest.mark.usefixtures("read_once")
def test_the_first_table_is_the_one_without_the_option(run: Command) -> None:
    """What --help calls the first table is what the command gives by itself."""
    for command, table in (("funnel", "funnel"), ("declines", "declines"), ("followup", "placements")):
        assert run(command, "--as-of", AS_OF).out == run(command, "--as-of", AS_OF, "--table", table).out


def test_a_table_without_groups_says_which_have_some(run: Command) -> None:
    """--by on a table that has no groups is refused."""
    refused = run.english("declines", "--table", "signals", "--by", "client_id")
    assert refused.status == 2
    assert "--table signals: does not go with --by; allowed: declines, reasons" in refused.err


# ---- what is said beside the answer ----


def test_cases_of_a_playbook_that_is_not_in_use_are_left_out_and_counted(run: Command, tiny: Path) -> None:
    """The answer leaves them out, the message says how many, in the language that was asked for."""
    make(tiny, {"cases.csv": CASES + "B-1,other-book,C1,,\nB-2,other-book,C1,,\n"})
    ran = run("due", "--workspace", tiny, "--as-of", AS_OF, "--lang", "en")
    assert ran.status == 0
    assert "playbook 'other-book' is not in use: 2 of its cases are left out" in ran.err
    assert "other-book" not in ran.out
    assert "その案件 2 件を除きました" in run("due", "--workspace", tiny, "--as-of", AS_OF).err


def test_more_quarantined_rows_than_borne_are_status_1_after_the_answer(run: Command, tiny: Path) -> None:
    """The answer is written all the same; at the limit the status is 0, beyond it 1."""
    make(tiny, {"events.csv": EVENTS + "A-9,applied,2026-11-02,\nA-1,applied,soon,\n"})
    asked_for = ("due", "--workspace", tiny, "--as-of", AS_OF)
    free, borne, beyond = (
        run(*asked_for, *more) for more in ((), ("--max-quarantine", "2"), ("--max-quarantine", "1"))
    )
    assert (free.status, borne.status, beyond.status) == (0, 0, 1)
    assert free.out == beyond.out
    assert "（events 2）" in free.err and "上限 1 行" in beyond.err


def test_a_workspace_may_say_itself_how_many_quarantined_rows_it_bears(run: Command, tiny: Path) -> None:
    """`max_quarantine` in workspace.toml counts where the option is not given."""
    make(tiny, {"events.csv": EVENTS + "A-9,applied,2026-11-02,\n", "workspace.toml": "max_quarantine = 0\n"})
    assert run("due", "--workspace", tiny, "--as-of", AS_OF).status == 1
    assert run("due", "--workspace", tiny, "--as-of", AS_OF, "--max-quarantine", "1").status == 0


# ---- playbooks ----


def test_named_playbooks_are_used_and_no_others(run: Command, tiny: Path) -> None:
    """With --playbook FILE only its rules are asked; a built-in one may be named by its id."""
    make(tiny, {"cases.csv": CASES + "B-1,own,C1,,\n", "events.csv": EVENTS + "B-1,applied,2026-11-19,\n"})
    own = make(tiny.parent, {"own.toml": book("own")}) / "own.toml"
    both = run("due", "--workspace", tiny, "--as-of", AS_OF, "--playbook", own, "--playbook", "joins-selection")
    alone = run("due", "--workspace", tiny, "--as-of", AS_OF, "--playbook", own)
    assert set(rows(both.out)["playbook"]) == {"own", "joins-selection"}
    assert rows(alone.out).select("rule_id", "case_id", "due_at").rows() == [
        ("answer", "B-1", "2026-11-22T23:59:59.999999+09:00")
    ]


def test_a_playbook_of_the_workspace_replaces_the_built_in_one_with_its_id(run: Command, tiny: Path) -> None:
    """Its own rules answer, beside the other built-in playbooks."""
    make(tiny, {"playbooks/mine.toml": book("joins-selection")})
    assert set(rows(run("due", "--workspace", tiny, "--as-of", AS_OF).out)["rule_id"]) == {"answer"}
    listed = rows(run("rules", "--workspace", tiny).out)
    assert listed.filter(playbook="joins-selection")["id"].to_list() == ["answer"]
    assert set(listed["playbook"]) == {book.id for book in builtin_playbooks()}


# ---- check ----


def test_check_says_everything_that_a_person_may_want_to_correct(run: Command, tiny: Path) -> None:
    """Refused rows, unknown activities with a hint, missing columns, unassigned roles, playbooks not in use."""
    events = EVENTS + "A-9,applied,2026-11-02,\nA-3,aplied,2026-11-17,\n"
    make(tiny, {"events.csv": events, "cases.csv": CASES + "B-1,other-book,C1,,\n"})
    ran = run("check", "--workspace", tiny, "--as-of", AS_OF, "--lang", "en")
    assert ran.status == 0
    assert "events      6 rows read = 5 used + 1 quarantined" in ran.out
    assert "events.case_id: no such case in cases (row 6)" in ran.out
    assert "joins-selection: aplied — 1 — did you mean 'applied'?" in ran.out
    assert "joins-selection: decision — 2" in ran.out
    assert "cases.playbook: other-book — 1" in ran.out


def test_check_says_when_nothing_is_wrong(run: Command, tiny: Path) -> None:
    """A workspace where everybody is assigned and every column is there has no finding."""
    make(
        tiny,
        {
            "events.csv": "case_id,activity,timestamp,decision\nA-1,applied,2026-11-19,\n",
            "cases.csv": "case_id,playbook,recruitment_closes_on\nA-1,joins-selection,2026-11-30\n",
            "assignments.csv": "role,person\ndriver,佐藤\ndecision_maker,鈴木\nconsultant,青木\n",
        },
    )
    ran = run("check", "--workspace", tiny, "--as-of", AS_OF)
    assert "問題は見つかりませんでした" in ran.out
    assert ran.err == ""


def test_check_writes_nothing_but_what_is_asked_for(run: Command, tiny: Path, tmp_path: Path) -> None:
    """The workspace stays as it was; --quarantine lists the rows, -o the findings."""
    make(tiny, {"events.csv": EVENTS + "A-9,applied,2026-11-02,\n"})
    before = {path: path.read_bytes() for path in tiny.rglob("*")}
    run("check", "--workspace", tiny, "--as-of", AS_OF)
    assert {path: path.read_bytes() for path in tiny.rglob("*")} == before
    assert list(tmp_path.iterdir()) == [tiny]
    refused, findings = tmp_path / "要修正.csv", tmp_path / "findings.json"
    ran = run("check", "--workspace", tiny, "--as-of", AS_OF, "--quarantine", refused, "-o", findings)
    assert (ran.status, ran.out) == (0, "")
    assert pl.read_csv(refused).select("table", "row", "column", "value").rows() == [("events", 6, "case_id", "A-9")]
    assert "quarantined" in {finding["kind"] for finding in json.loads(findings.read_text(encoding="utf-8"))}
    assert {path: path.read_bytes() for path in tiny.rglob("*")} == before


def test_what_is_wrong_with_rule_books_settings_and_tables_is_said_at_once(run: Command, tiny: Path) -> None:
    """Two broken rule books, a wrong setting and a missing column are four errors of one command."""
    make(
        tiny,
        {
            "playbooks/one.toml": book("one", **{'"3 days"': '"3 dayz"'}),
            "playbooks/two.toml": book("two", **{'role = "clerk"': 'role = "clark"'}),
            "workspace.toml": "horizn = 7\n",
            "events.csv": EVENTS.replace("timestamp", "when"),
        },
    )
    for command in ("check", "due"):
        ran = run.english(command, "--workspace", tiny)
        assert ran.status == 2
        for place in ("one.toml", "two.toml", "workspace.toml", "events.csv"):
            assert place in ran.err
        assert ran.err.count("error: ") == 4


def test_check_says_what_is_wrong_with_rows_although_a_rule_book_is_broken(run: Command, tiny: Path) -> None:
    """The rule book is an error, and the rows are still read, counted and listed."""
    broken = book("own", **{'"3 days"': '"3 dayz"'})
    make(tiny, {"playbooks/own.toml": broken, "events.csv": EVENTS + "A-9,applied,2026-11-02,\n"})
    listed = tiny.parent / "q.csv"
    ran = run("check", "--workspace", tiny, "--quarantine", listed)
    assert ran.status == 2
    assert "3 dayz" in ran.err
    assert "行 6" in ran.out
    assert pl.read_csv(listed).height == 1


def test_dates_beyond_the_known_holidays_are_named_and_check_lists_the_rows_nevertheless(
    run: Command, tiny: Path
) -> None:
    """31 December 2099 is read, but days later no holiday is known: each cell, its case and the rule are named."""
    far = CASES + "A-7,joins-selection,C1,,2099-12-30\nA-8,joins-selection,C1,,2099-12-31\n"
    came = "A-7,applied,2026-11-02,\nA-8,applied,2026-11-02,\nA-9,applied,2026-11-02,\n"
    make(tiny, {"cases.csv": far, "events.csv": EVENTS + came})
    for command in ("due", "check"):
        ran = run.english(command, "--workspace", tiny, "--as-of", AS_OF)
        assert ran.status == 2
        for row, case, day in ((5, "A-7", "2099-12-30"), (6, "A-8", "2099-12-31")):
            place = f"cases, row {row}, case '{case}', column 'recruitment_closes_on', rule 'notify-applicants'"
            assert f"error: {place}: 7 days from {day} is outside the years whose holidays are known" in ran.err
    assert "no such case in cases (row 8)" in ran.out
    told = run("due", "--workspace", tiny, "--as-of", AS_OF).err
    assert "cases, 6 行目, 案件 'A-8', 列 'recruitment_closes_on', ルール 'notify-applicants': 2099-12-31 から" in told


def test_an_opening_whose_date_is_too_far_is_named(run: Command, tiny: Path) -> None:
    """A date that cases inherit is named where it is written, and how many cases have it."""
    cases = "case_id,playbook,opening_id\nA-1,joins-selection,P\nA-2,joins-selection,P\nA-3,joins-selection,P\n"
    make(tiny, {"cases.csv": cases, "openings.csv": "opening_id,recruitment_closes_on\nP,2099-12-31\n"})
    told = run.english("due", "--workspace", tiny, "--as-of", AS_OF).err
    assert "openings, row 2, 3 cases, column 'recruitment_closes_on', rule 'notify-applicants': 7 days" in told


def test_what_is_compared_with_must_be_earlier(run: Command, tiny: Path) -> None:
    """--since after --as-of is refused."""
    ran = run("due", "--workspace", tiny, "--as-of", AS_OF, "--since", "2026-11-21")
    assert (ran.status, ran.out) == (2, "")
    assert "2026-11-21 は基準日 2026-11-20 より後です" in ran.err
    assert run("due", "--workspace", tiny, "--as-of", AS_OF, "--since", AS_OF).status == 0


def test_check_does_not_judge_the_cases_of_a_broken_rule_book(run: Command, tiny: Path) -> None:
    """Beside its errors nothing says that the playbook is not in use, or that nothing is wrong."""
    make(tiny, {"playbooks/own.toml": book("own", **{'"3 days"': '"3 dayz"'})})
    fine = run("check", "--workspace", tiny, "--lang", "en")
    make(tiny, {"cases.csv": CASES + "B-1,own,C1,,\n"})
    waiting = run("check", "--workspace", tiny, "--lang", "en")
    assert (fine.status, waiting.status) == (2, 2)
    assert "4 used + 0 quarantined" in waiting.out
    assert "nothing is wrong" not in fine.out + waiting.out
    assert "not in use" not in waiting.out


# ---- explain ----


def test_explain_reads_aloud_why_and_how_it_was_counted(run: Command, tiny: Path) -> None:
    """Every action of the case with its rule, facts, trigger and days, in either language."""
    ran = run("explain", "A-2", "--workspace", tiny, "--as-of", AS_OF)
    assert ran.status == 0
    assert ran.out.startswith("A-2 鈴木 一 — 応募から契約までの選考（joins-selection）")
    assert "（notify-applicants）" in ran.out
    assert "J-14" in ran.out and "7日" in ran.out
    english = run("explain", "A-2", "--workspace", tiny, "--as-of", AS_OF, "--lang", "en")
    assert "7 days from Recruitment closes on, Wed 18 Nov 2026" in english.out
    assert "counted: Wed 18 Nov 2026 → 7 days Wed 25 Nov 2026" in english.out


def test_explain_gives_rows_where_a_file_is_asked_for(run: Command, tiny: Path, tmp_path: Path) -> None:
    """With -o the columns of due, then because and counted."""
    file = tmp_path / "why.parquet"
    assert run("explain", "A-1", "--workspace", tiny, "--as-of", AS_OF, "-o", file).status == 0
    answer = pl.read_parquet(file)
    assert answer.columns[: len(DUE)] == DUE
    assert answer.columns[-2:] == ["because", "counted"]
    assert set(answer["case_id"]) == {"A-1"}


def test_a_case_that_is_not_there_is_named_with_the_nearest(run: Command, tiny: Path) -> None:
    """An unknown case is unusable input."""
    ran = run.english("explain", "A-22", "--workspace", tiny, "--as-of", AS_OF)
    assert (ran.status, ran.out) == (2, "")
    assert "there is no case 'A-22' at 2026-11-20" in ran.err
    assert "did you mean 'A-2'?" in ran.err


# ---- rules ----


def test_rules_are_listed_with_facts_and_basis(run: Command) -> None:
    """One row per rule, precedence, participation and checklist of the built-in playbooks."""
    listed = rows(run("rules", "--lang", "en").out)
    books = builtin_playbooks()
    nouns = sum(len(b.rules) + len(b.precedences) + len(b.participations) + len(b.checklists) for b in books)
    assert listed.height == nouns
    told = listed.filter(id="notify-applicants").row(0, named=True)
    assert (told["due"], told["basis"], told["record"]) == ("7 days", "stated", "auto_rejected")
    assert told["fact"].startswith("J-14; J-15")
    assert listed["basis"].null_count() == 0


def test_roles_are_held_by_people_for_each_client(run: Command, tiny: Path) -> None:
    """Who does what in which phase for which client, what falls to whom, and how much each person has open."""
    ran = run("rules", "--roles", "--workspace", tiny, "--as-of", AS_OF, "--lang", "en")
    assert ran.status == 0
    table = rows(ran.out)
    driving = table.filter(role="driver", phase="selection").select("client_id", "person").rows()
    assert driving == [("C1", "高橋 進"), ("C2", "社長 一郎")]  # nobody drives for C2: it falls to the decision maker
    assert table.filter(role="consultant")["person"].null_count() == table.filter(role="consultant").height
    due = rows(run("due", "--workspace", tiny, "--as-of", AS_OF).out)
    boss = due.filter(owner="社長 一郎")
    told = table.filter(person="社長 一郎")
    assert set(told["person_open"]) == {str(boss.height)}
    assert set(told["person_overdue"]) == {str(boss.filter(status="overdue").height)}
    assert table.filter(role="project_member")["raci"].unique().to_list() == ["C"]
    assert table.filter(role="decision_maker")["raci"].unique().to_list() == ["R/A"]


def test_workload_is_what_each_person_has_open(run: Command, tiny: Path) -> None:
    """One row per person, the busiest first; the rows add up to the open due actions."""
    due = rows(run("due", "--workspace", tiny, "--as-of", AS_OF).out)
    table = rows(run("rules", "--workload", "--workspace", tiny, "--as-of", AS_OF).out)
    opened = table["open"].cast(pl.Int64).to_list()
    assert sum(opened) == due.height
    assert opened == sorted(opened, reverse=True)
    assert set(table["person"]) == set(due["owner"]) == {"高橋 進", "社長 一郎"}
    boss = table.filter(person="社長 一郎").row(0, named=True)
    assert (boss["clients"], boss["roles"]) == ("2", "2")


def test_only_one_view_of_the_rules_at_a_time(run: Command) -> None:
    """Two views together are refused."""
    ran = run.english("rules", "--coverage", "--roles")
    assert ran.status == 2
    assert "--coverage and --roles: do not go together" in ran.err


# ---- new workspaces, drafts, simulations ----


def test_a_new_workspace_works_at_once_and_is_never_written_over(run: Command, tmp_path: Path) -> None:
    """`init` makes every table with its header; the questions answer with no rows; a second `init` is refused."""
    folder = tmp_path / "応募データ"
    made = run("init", folder)
    assert made.status == 0
    assert [Path(line).name for line in made.out.splitlines()] == [path.name for path in map(Path, made.out.split())]
    assert {"events.csv", "cases.csv", "workspace.toml", "README.md", "codes.csv"} <= {p.name for p in folder.iterdir()}
    assert rows(run("due", "--workspace", folder).out).height == 0
    assert run("check", "--workspace", folder, "--max-quarantine", "0").status == 0
    before = {path: path.read_bytes() for path in folder.rglob("*")}
    again = run.english("init", folder)
    assert again.status == 2
    assert "nothing is overwritten" in again.err and "events.csv" in again.err
    assert {path: path.read_bytes() for path in folder.rglob("*")} == before


def test_a_new_workspace_counts_from_the_day_that_is_told(
    run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told by an option, or asked on a terminal where Enter alone is today; where neither is, how to say it is told."""
    assert run("init", tmp_path / "told", "--counts-from", "2026-11-02").status == 0
    assert read_settings(tmp_path / "told/workspace.toml").counts_from.of_all == date(2026, 11, 2)
    for line, name in (("令和8年11月9日\n", "asked"), ("\n", "today")):
        terminal = StringIO(line)
        monkeypatch.setattr(terminal, "isatty", lambda: True)
        monkeypatch.setattr("sys.stdin", terminal)
        ran = run("init", tmp_path / name)
        assert "この手順を始めたのはいつですか" in ran.err
    assert read_settings(tmp_path / "asked/workspace.toml").counts_from.of_all == date(2026, 11, 9)
    assert read_settings(tmp_path / "today/workspace.toml").counts_from.of_all is not None
    monkeypatch.setattr("sys.stdin", StringIO())
    assert "counts_from" in run("init", tmp_path / "not told").err


def test_a_new_workspace_has_the_columns_and_codes_that_its_playbooks_ask_for(run: Command, tmp_path: Path) -> None:
    """Planned dates and conditions are in the headers, every activity in `codes.csv`, the settings in the language."""
    run("init", tmp_path / "new", "--playbook", "joins-selection", "--lang", "en")
    header = (tmp_path / "new" / "cases.csv").read_text(encoding="utf-8-sig").strip().split(",")
    assert header[-1] == "recruitment_closes_on"
    assert "decision" in (tmp_path / "new" / "events.csv").read_text(encoding="utf-8-sig")
    codes = pl.read_csv(tmp_path / "new" / "codes.csv")
    (joins,) = (book for book in builtin_playbooks() if book.id == "joins-selection")
    assert set(codes.filter(kind="activity")["code"]) == {activity.id for activity in joins.activities}
    assert 'language = "en"' in (tmp_path / "new" / "workspace.toml").read_text(encoding="utf-8")
    ran = run("rules", "--workspace", tmp_path / "new")
    assert rows(ran.out).height == rows(run("rules").out).height  # the copy replaces the built-in one, word by word


def test_a_playbook_can_be_copied_into_a_workspace_that_is_there(run: Command, tiny: Path) -> None:
    """Only the copies are made; a copy that is there is not written over; an unknown id is named with the nearest."""
    assert run("init", tiny, "--playbook", "joins-selection").status == 0
    assert (tiny / "events.csv").read_text(encoding="utf-8") == EVENTS
    assert sorted(path.name for path in (tiny / "playbooks").iterdir()) == [
        "joins-selection.toml",
        "playbook.schema.json",
    ]
    again = run.english("init", tiny, "--playbook", "joins-selection")
    assert again.status == 2
    assert "is there already: playbooks/joins-selection.toml" in again.err
    unknown = run.english("init", tiny, "--playbook", "join-selection")
    assert unknown.status == 2
    assert "did you mean 'joins-selection'?" in unknown.err


def test_drafts_are_files_and_nothing_is_sent(run: Command, tmp_path: Path) -> None:
    """One mail file per action that is due and has a template; the rows list them with what is missing."""
    folder = tmp_path / "下書き"
    ran = run("drafts", "--as-of", AS_OF, "--out", folder, "--lang", "en")
    assert ran.status == 0
    listed = rows(ran.out)
    assert set(listed["filename"]) == {path.name for path in folder.iterdir()}
    assert listed.height > 5
    assert "nothing was sent" in ran.err
    more = rows(run("drafts", "--as-of", AS_OF, "--out", tmp_path / "all", "--all").out)
    assert more.height > listed.height


def test_the_same_seed_simulates_the_same_bytes(run: Command, tmp_path: Path) -> None:
    """Two simulations of one seed agree, another seed differs; what is there is not written over unless told."""
    words = ("--cases", "joins-selection=4", "--months", "3", "--clients", "2")
    for name, seed in (("a", "7"), ("b", "7"), ("c", "8")):
        assert run("simulate", tmp_path / name, "--seed", seed, *words).status == 0
    a, b, c = ((tmp_path / name / "events.csv").read_bytes() for name in "abc")
    assert a == b != c
    refused = run.english("simulate", tmp_path / "a", "--seed", "8", *words)
    assert refused.status == 2
    assert "--force writes over it" in refused.err
    assert run("simulate", tmp_path / "a", "--seed", "8", *words, "--force").status == 0
    assert (tmp_path / "a" / "events.csv").read_bytes() == c
    assert run("due", "--workspace", tmp_path / "a", "--as-of", AS_OF).status == 0


def test_a_simulation_names_playbooks_that_it_does_not_know(run: Command, tmp_path: Path) -> None:
    """Every wrong number of cases is said at once."""
    ran = run.english("simulate", tmp_path / "x", "--cases", "joins=4", "--cases", "dispatch-sales=many")
    assert ran.status == 2
    assert "--cases joins: no such playbook" in ran.err
    assert "--cases dispatch-sales: found 'many'" in ran.err


# ---- reports ----


def test_a_run_says_what_it_would_make(run: Command, tmp_path: Path) -> None:
    """--dry-run lists a page per client and makes nothing."""
    ran = run("run", "weekly_due_actions", "--as-of", AS_OF, "--out", tmp_path / "r", "--each", "client", "--dry-run")
    assert ran.status == 0
    listed = rows(ran.out)
    assert set(listed["status"]) == {"planned"}
    assert listed.height == pl.read_csv(samples.samples() / "clients.csv").height
    assert not (tmp_path / "r").exists()


def test_a_run_publishes_is_skipped_when_nothing_has_changed_and_can_be_verified(
    run: Command, tiny: Path, tmp_path: Path
) -> None:
    """The page and its index are there; a second run keeps them; verify makes the same bytes again."""
    words = ("run", "weekly_due_actions", "--workspace", tiny, "--as-of", AS_OF, "--out", tmp_path / "r")
    first = run(*words)
    assert first.status == 0
    assert rows(first.out)["status"].to_list() == ["made"]
    assert "[1/1] weekly_due_actions: 作成しました" in first.err
    assert (tmp_path / "r" / "index.html").is_file()
    with lent():
        assert rows(run(*words).out)["status"].to_list() == ["unchanged"]
        verified = run("verify", tmp_path / "r")
    assert (verified.status, verified.out) == (0, "")
    make(tiny, {"events.csv": EVENTS + "A-3,withdrawn,2026-11-19 09:00,\n"})
    with lent():
        differs = run("verify", tmp_path / "r" / "manifest.json", "--lang", "en")
    assert differs.status == 1
    assert "input events.csv: changed" in differs.out


@pytest.mark.usefixtures("in_one_process")
def test_a_report_that_fails_is_status_1(run: Command, tiny: Path, tmp_path: Path) -> None:
    """A notebook whose cell raises is listed as failed with its reason; the status says so."""
    raises = Path(__file__).resolve().parents[1] / "notebooks" / "raises.ipynb"
    ran = run("run", raises, "--workspace", tiny, "--as-of", AS_OF, "--out", tmp_path / "r")
    assert ran.status == 1
    told = rows(ran.out).row(0, named=True)
    assert told["status"] == "failed" and told["failure"]


def test_no_report_is_made_where_it_could_not_be_printed(
    run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a browser --pdf is refused before anything has started."""
    monkeypatch.setenv("PLAYBOOK_BROWSER", str(tmp_path / "nowhere"))
    ran = run.english("run", "funnel", "--as-of", AS_OF, "--out", tmp_path / "out", "--pdf")
    assert ran.status == 2 and "nowhere: there is no such file" in ran.err and "PLAYBOOK_BROWSER" in ran.err
    assert not (tmp_path / "out").exists()


def test_the_parameters_with_an_option_of_their_own_are_refused(run: Command) -> None:
    """as_of is given with --as-of, not as a parameter."""
    ran = run.english("run", "-p", "as_of=2026-11-20")
    assert ran.status == 2
    assert "--parameter as_of: has an option of its own: --as-of" in ran.err


# ---- arguments ----


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["deu"], ["there is no command 'deu'", "did you mean 'due'?"]),
        (["due", "--horzon", "3"], ["--horzon", "did you mean '--horizon'?"]),
        (["due", "--as-of", "20.11.2026"], ["--as-of: found '20.11.2026'", "a date 2026-11-20"]),
        (["due", "--as-of", "2026-11-31"], ["--as-of: found '2026-11-31'"]),
        (["due", "--lang", "fr"], ["--lang: found 'fr'", "ja, en"]),
        (["due", "--horizon", "-1"], ["--horizon: found '-1'", "a whole number"]),
        (["due", "--as-of"], ["argument --as-of: expected one argument"]),
        (["due", "-o", "due.pdf"], ["--output: found 'due.pdf'", ".xlsx"]),
        (["due", "-o", "nowhere/due.csv"], ["there is no folder 'nowhere'"]),
        (["due", "--set", "notify-applicants.due"], ["--set: found 'notify-applicants.due'", "RULE.KEY=VALUE"]),
        (["due", "--set", "notify-aplicants.due=5 days"], ["there is no rule", "did you mean 'notify-applicants'?"]),
        (["due", "--set", "notify-applicants.due=5 dayz"], ["--set notify-applicants.due: found '5 dayz'"]),
        (["due", "--what-if"], ["--what-if: nothing is changed"]),
        (["due", "--playbook", "joins-selecton"], ["there is no such file", "did you mean 'joins-selection'?"]),
        (["due", "--workspace", "nowhere"], ["nowhere: there is no such file or folder"]),
        (["due", "extra"], ["'extra': playbook due does not take this"]),
        (["funnel", "--by", "clent_id"], ["there is no column 'clent_id'", "did you mean 'client_id'?"]),
        (["explain"], ["the following arguments are required: CASE"]),
        (["declines", "--table", "reason"], ["--table: found 'reason'", "did you mean 'reasons'?"]),
        (["run", "weekly", "--out", "r"], ["there is no 'weekly'"]),
        (["run", "--each", "clients"], ["--each: found 'clients'", "did you mean 'client'?"]),
        (["verify", "nowhere.json"], ["nowhere.json: there is no such file"]),
    ],
)
def test_unusable_arguments_are_status_2_with_a_message_and_no_traceback(
    run: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: list[str], said: list[str]
) -> None:
    """Each mistake is one readable message on standard error that says what is allowed or meant."""
    monkeypatch.chdir(tmp_path)
    ran = run.english(*words)
    assert (ran.status, ran.out) == (2, "")
    assert "Traceback" not in ran.err and "defect" not in ran.err
    for part in said:
        assert part in ran.err
    assert list(tmp_path.iterdir()) == []


def test_mistakes_are_said_in_the_language_of_the_one_who_made_them(run: Command, tiny: Path) -> None:
    """Japanese where nothing is said; as asked with --lang, else as the workspace says; data stay as they are."""
    words = ("due", "--workspace", tiny, "--horizon", "found")
    assert run(*words).err == "エラー: --horizon: 'found' とあります。使えるもの: 0 以上の整数\n"
    assert run.english(*words).err == "error: --horizon: found 'found'; allowed: a whole number, 0 or more\n"
    make(tiny, {"workspace.toml": 'language = "en"\n'})
    assert run(*words).err.startswith("error: --horizon: found")
    make(tiny, {"workspace.toml": "", "playbooks/one.toml": book("one", **{'"3 days"': '"3 dayz"'})})
    told = run("check", "--workspace", tiny).err
    assert "[[rule]] answer, キー 'due': '3 dayz' とあります。使えるもの: 'same day'" in told.replace("、", "、")
    assert "ヒント: '3 days' のことですか" in told


def test_all_mistakes_of_a_command_line_are_said_at_once(run: Command) -> None:
    """Unknown options and unusable values come together."""
    ran = run.english("due", "--horzon", "3", "--as-of", "soon", "--max-quarantine", "few", "--set", "x")
    assert ran.status == 2
    assert ran.err.count("error: ") == 4


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"events.csv": None}, "table 'events' is missing"),
        ({"cases.csv": None, "events.csv": None}, "table 'cases' is missing"),
        ({"events.csv": "case_id,activity,when\nA-1,applied,2026-11-01\n"}, "column 'timestamp' is missing"),
        ({"playbooks/x.toml": "[playbook\n"}, "x.toml"),
        ({"playbooks/x.toml": book("x", **{'"answered"]': '"answred"]'})}, "answred"),
        ({"workspace.toml": "language = 'fr'\n"}, "found 'fr'"),
        ({"events.xlsx": "not a workbook", "events.csv": None}, "events.xlsx"),
        ({"events.tsv": EVENTS}, "table 'events' is there 2 times"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("command", ["due", "check", "funnel"])
def test_a_workspace_that_cannot_be_used_is_status_2_and_names_the_place(
    run: Command, tiny: Path, command: str, files: dict[str, str | None], said: str
) -> None:
    """A missing table or column, an unreadable file, a broken rule book or setting: one clear error each."""
    for name, text in files.items():
        if text is None:
            (tiny / name).unlink()
        else:
            make(tiny, {name: text})
    ran = run.english(command, "--workspace", tiny, "--as-of", AS_OF)
    assert ran.status == 2
    assert said in ran.err
    assert "Traceback" not in ran.err and "defect" not in ran.err


def test_an_output_that_fails_leaves_what_was_there(
    run: Command, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file is replaced as a whole: when writing fails, the old one stands and nothing lies beside it."""
    file = make(tmp_path / "out", {"due.csv": "old"}) / "due.csv"

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("playbook.show.spreadsheet.write_table", full)
    ran = run.english("due", "--workspace", tiny, "--as-of", AS_OF, "-o", file)
    assert ran.status == 2
    assert "cannot be written: No space left on device" in ran.err
    assert file.read_text(encoding="utf-8") == "old"
    assert list(file.parent.iterdir()) == [file]


def test_a_defect_is_one_line_unless_asked_for(run: Command, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody foresaw is said without a traceback; PLAYBOOK_DEBUG shows where."""

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr("playbook.ask.workspace.Workspace.due", broken)
    ran = run("due", "--workspace", tiny)
    assert ran.status == 2
    assert "ZeroDivisionError: by nothing" in ran.err and "PLAYBOOK_DEBUG=1" in ran.err
    monkeypatch.setenv("PLAYBOOK_DEBUG", "1")
    with pytest.raises(ZeroDivisionError, match="by nothing"):
        run("due", "--workspace", tiny)


# ---- help ----


def test_help_lists_every_command_in_both_languages() -> None:
    """The menu has a line for each command; its examples speak both languages."""
    japanese, english = menu_text("ja"), menu_text("en")
    for command in COMMANDS:
        assert f"  {command.name} " in japanese and command.does.ja in japanese
        assert command.does.en in english
    assert "今週の期限 / this week's deadlines" in japanese


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_each_command_explains_its_options_and_its_examples_can_be_typed(run: Command, command: object) -> None:
    """Every option is explained, and every example is a command line that is understood."""
    from playbook.commands.menu import Command as MenuCommand

    assert isinstance(command, MenuCommand)
    for lang in ("ja", "en"):
        ran = run(command.name, "--help", "--lang", lang)
        assert ran.status == 0
        for option in command.options:
            assert option.flag in ran.out and option.help.say(lang) in ran.out
    assert help_text(command, "ja") != help_text(command, "en")
    assert command.examples
    for example in command.examples:
        understood = asked(shlex.split(example.line)[1:])
        assert isinstance(understood, Asked)
        assert understood.command is command


def test_no_command_shows_the_menu_and_is_unusable(run: Command) -> None:
    """Bare `playbook` shows what there is; `--help` does too, and is fine; `--version` is the package's."""
    assert run().status == 2
    assert run("--help").status == 0
    assert run("--lang", "en", "--help").out.startswith("usage: playbook")
    assert run("--version").out == f"playbook {pb.__version__}\n"
    assert run("--lang", "en", "rules").status == 0


def test_help_and_version_import_nothing_heavy() -> None:
    """The menu is shown without polars, numpy, pandas, jinja2 or the rule books."""
    code = (
        "import sys; from playbook.cli import main\n"
        "for words in (['--help'], ['due', '--help'], ['--version'], ['due', '--horzon', '--lang', 'en']): main(words)\n"
        "print(sorted({'polars', 'numpy', 'pandas', 'jinja2', 'tomllib', 'playbook.ask.workspace'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_due_imports_nothing_that_it_does_not_need() -> None:
    """The list of due actions is made without pandas, plotly, nbconvert, jinja2 or what reads lists."""
    code = (
        "import sys; from playbook.cli import main\n"
        f"status = main(['due', '--as-of', '{AS_OF}'])\n"
        "heavy = {'pandas', 'plotly', 'papermill', 'nbconvert', 'scipy', 'jinja2', 'xlsxwriter', 'pyarrow',\n"
        "'playbook.days.any_form', 'importlib.readers', 'icalendar'}\n"
        "print(status, sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert done.stderr.splitlines()[-1] == "0 []"


# ---- the terminal ----


def test_the_command_runs_as_a_module_and_bears_a_reader_who_leaves(tiny: Path) -> None:
    """`python -m playbook due | head -1` ends quietly; the output is UTF-8 whatever the console's encoding."""
    environment = {**os.environ, "PYTHONIOENCODING": "cp932"}
    words = [sys.executable, "-m", "playbook", "due", "--workspace", str(tiny), "--as-of", AS_OF]
    done = subprocess.run(words, capture_output=True, env=environment, check=True)
    assert "鈴木 一" in done.stdout.decode("utf-8")
    assert b"\r" not in done.stdout
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        told = process.stderr.read().decode("utf-8")
        process.wait(timeout=60)
    assert "Traceback" not in told and "Exception" not in told
    assert process.returncode == 0


_UNHEARD = """
import os, sys
os.close(2)
os.execv(sys.executable, [sys.executable, "-m", "playbook", *sys.argv[1:]])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot take the place of another")
def test_a_closed_standard_error_and_an_ipython_folder_that_cannot_be_written_stop_nothing(
    tiny: Path, tmp_path: Path
) -> None:
    """As cron and services start it: the list is written, a page is published, a mistake still has its status."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    environment = {**os.environ, "IPYTHONDIR": str(tmp_path / "file" / "ipython")}

    def unheard(*words: str | Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", _UNHEARD, *map(str, words), "--as-of", AS_OF]
        return subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8", env=environment, timeout=120)

    listed = unheard("due", "--workspace", tiny)
    assert (listed.returncode, "鈴木 一" in listed.stdout) == (0, True)
    assert unheard("run", "funnel", "--workspace", tiny, "--out", tmp_path / "out").returncode == 0
    assert (tmp_path / "out" / "funnel.html").exists()
    assert unheard("due", "--workspace", tmp_path / "nowhere").returncode == 2


class Terminal(StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_colours_are_for_terminals_whose_user_wants_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal is coloured, unless NO_COLOR is set; a file never is."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert terminal.painted("x", "red", Terminal()) == "\x1b[31mx\x1b[0m"
    assert terminal.painted("x", "red", StringIO()) == "x"
    monkeypatch.setenv("NO_COLOR", "1")
    assert terminal.painted("x", "red", Terminal()) == "x"


@pytest.mark.parametrize("stream", [Terminal, StringIO])
def test_progress_renews_one_line_on_a_terminal_and_is_a_line_a_step_in_a_log(
    monkeypatch: pytest.MonkeyPatch, stream: Callable[[], StringIO]
) -> None:
    """On a terminal the line is cleared when the work is done, and before any message."""
    shown = stream()
    monkeypatch.setattr(sys, "stderr", shown)
    terminal.progress(1, 2, "weekly: made")
    terminal.say("careful")
    terminal.progress(2, 2, "funnel: made")
    text = shown.getvalue()
    if isinstance(shown, Terminal):
        assert text.count("\n") == 1
        assert text.endswith("\r\x1b[K")
        assert "\r\x1b[Kcareful\n" in text
    else:
        assert text == "[1/2] weekly: made\ncareful\n[2/2] funnel: made\n"
