"""Editions: what the bank knows of one side never reaches the other, in any form a pack takes."""

from __future__ import annotations

import base64
import html
import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import placement_sample as sample
import polars as pl
import pytest
from cli_workspaces import Command
from thinned import ALL
from warmed import warm

import playbook as pb
from playbook.answers.placed import editions
from playbook.answers.placed.editions import EDITIONS, Edition
from playbook.publishing.reports import notebook_folder, run_reports
from playbook.tables.declared import TABLES
from playbook.words.problem import ArgumentError
from playbook.words.text import Lang

Row = dict[str, Any]
_NUMBER = count(73_100_001)


@dataclass(frozen=True)
class Planted:
    """The sample with a unique word in every field, and who may read each of them."""

    tables: dict[str, list[Row]]
    secrets: dict[str, frozenset[Edition]]

    def hidden_from(self, edition: Edition) -> list[str]:
        """What a reader must not find."""
        return [word for word, readers in self.secrets.items() if edition not in readers]

    def shown_to(self, edition: Edition) -> list[str]:
        """What a reader may see."""
        return [word for word, readers in self.secrets.items() if edition in readers]

    def found_by(self, edition: Edition) -> list[str]:
        """What a reader must find in what is published: the bank all, another the letter's goals and remarks."""
        if edition == "bank":
            return self.shown_to(edition)
        told = [row["milestone"] for row in self.tables["milestones"]] + [row["note"] for row in self.tables["voices"]]
        return [word for word in self.shown_to(edition) if word in told]


@cache
def planted() -> Planted:
    """Secrets in every text, number and date-free cell of voices, proposals, milestones, events, cases and others."""
    tables = sample.rows()
    secrets: dict[str, frozenset[Edition]] = {}
    bank: frozenset[Edition] = frozenset({"bank"})
    everyone: frozenset[Edition] = frozenset(EDITIONS)

    def word(readers: frozenset[Edition], *, number: bool = False) -> str:
        made = str(next(_NUMBER)) if number else f"秘{next(_NUMBER)}語"
        secrets[f"{int(made):,}" if number else made] = readers
        return made

    tables["voices"] = [
        {"case_id": "P-1", "side": side, "held_on": "2026-11-04", "shareable": flag, "topic": word(readers),
         "note": word(readers), "score": word(readers, number=True), "mood": word(frozenset())}
        for side in ("company", "hire")
        for flag, readers in (("yes", everyone), ("no", bank), (None, bank))
    ]  # fmt: skip
    tables["consents"] = [
        {**consent, "items": word(frozenset()), "how": word(frozenset())} for consent in sample.CONSENTS
    ]
    tables["proposals"] = [
        {"client_id": "K-1", "case_id": case, "issue": word(bank), "proposed_on": "2026-11-01", "status": word(bank),
         "amount": word(bank, number=True), "memo": word(frozenset())}
        for case in ("P-1", None)
    ]  # fmt: skip
    tables["milestones"] = [
        {**goal, "milestone": word(everyone), "evidence": word(bank), "note": word(bank), "kept": word(frozenset())}
        for goal in sample.MILESTONES if goal["case_id"] == "P-1"
    ] + [{"case_id": "P-1", "milestone": word(everyone), "track": "hire", "status": word(bank)}]  # fmt: skip
    for event in tables["events"]:
        if event["case_id"] == "P-1":
            concern = event["activity"].startswith("concern")
            event |= {"note": word(bank), "reason": word(bank), "resource": word(bank if concern else frozenset()),
                      # A channel that no rule names is a finding, which the bank sees; here only concerns have one.
                      "channel": word(bank) if concern else None, "remark": word(frozenset())}  # fmt: skip
            if event["activity"] == "hire_review_held":
                event |= {field: word(bank) for field in ("care_relations", "care_reputation")}
            if event["activity"] == "countermeasures_prepared":
                event |= {field: word(bank) for field in ("possible_gaps", "countermeasures")}
    tables["events"] += [
        sample.event("P-1", f"2026-11-12 10:00 issue_assessed issue_solved={word(bank)}"),
        sample.event("P-1", f"2026-11-13 10:00 change_shared change_seen={word(frozenset({'bank', 'hire'}))} "
                            "shared_with_company=no shared_with_hire=yes"),
        sample.event("P-1", f"2026-11-14 10:00 change_shared change_seen={word(frozenset({'bank', 'company'}))} "
                            "shared_with_hire=まだ"),
    ]  # fmt: skip
    for case in tables["cases"]:
        if case["case_id"] == "P-1":
            case |= {"diary": word(frozenset()), "opening_id": word(frozenset()), "mission": word(frozenset()),
                     "delivery_structure": word(everyone), "hire_goal": word(everyone),
                     "expected_openness": word(frozenset({"bank", "company"})),
                     "route_hire_to_company": word(everyone), "plan_with_hire": word(bank)}  # fmt: skip
    tables["surveys"] = [
        {"case_id": "P-1", "answered_on": "2026-11-02", "kind": "internal", "question": word(frozenset()),
         "score": word(frozenset(), number=True), "comment": word(frozenset())}
    ]  # fmt: skip
    tables["worklog"] = [{"person": word(frozenset()), "worked_on": "2026-11-02", "minutes": "30", "case_id": "P-1",
                          "activity": word(frozenset())}]  # fmt: skip
    tables["closures"] = [{"date": "2026-08-14", "name": word(frozenset()), "client_id": "K-1"}]
    return Planted(tables, secrets)


# ---- the pack as data ----


@cache
def workspace() -> pb.Workspace:
    """The planted sample."""
    return pb.Workspace(**{name: sample.frame(rows) for name, rows in planted().tables.items()})


def cells(found: editions.Pack) -> str:
    """Every value of a pack, and every name of a column."""
    parts = []
    for name, value in vars(found).items():
        if isinstance(value, pl.DataFrame):
            parts.append(json.dumps([value.columns, value.rows()], ensure_ascii=False, default=str))
        elif name != "book":
            parts.append(json.dumps(value, ensure_ascii=False, default=str))
    return "\n".join(parts)


@pytest.mark.parametrize("edition", ["company", "hire"])
def test_the_data_itself_is_cut(edition: Edition) -> None:
    """Before anything is shown, the frames of a pack hold nothing that their reader may not see."""
    told = cells(editions.pack(workspace().on(sample.AS_OF).log, "P-1", edition)).replace(".0", "")
    plain = [word.replace(",", "") for word in planted().hidden_from(edition)]
    assert [word for word in plain if word in told] == []


def test_every_table_of_a_workspace_is_thought_of() -> None:
    """Only what is listed passes: no list names a free text of an event, a status as written, an amount."""
    listed = {*editions.CASE, *editions.PLACEMENT, *editions.MILESTONES, *editions.EVENTS, *editions.PREPARATION,
              *editions.ACTIONS}  # fmt: skip
    free = {"note", "evidence", "reason", "resource", "channel", "comment", "amount", "issue", "written", "trigger_at"}
    assert listed & free == set()
    assert set(editions.VOICES) <= {column.name for column in TABLES["voices"].columns}
    assert "shareable" not in editions.VOICES


@pytest.mark.parametrize(
    ("edition", "absent"),
    [("company", editions.ACTIVITIES["hire"] - editions.ACTIVITIES["company"]),
     ("hire", editions.ACTIVITIES["company"] - editions.ACTIVITIES["hire"])],
)  # fmt: skip
def test_each_side_has_its_own_channel(edition: Edition, absent: frozenset[str]) -> None:
    """Talks with one side alone, concerns, and what follows from them are not in the other side's pack (B-25, B-26)."""
    found = editions.pack(workspace().on("2026-07-02").log, "P-1", edition)
    assert absent
    hidden = {*absent, "concern_raised", "concern_resolved", "issue_assessed", "next_issue_proposed"}
    assert not hidden & set(found.events["activity"])
    assert not hidden & set(found.preparation["activity"])
    rules = {*found.actions["rule_id"], *found.reviews["rule_id"]}
    assert rules
    other = "hire" if edition == "company" else "company"
    assert not {"settle-concern", f"review-months-1-3-{other}", f"set-up-{other}-channel"} & rules
    bank = editions.pack(workspace().on("2026-07-02").log, "P-1", "bank")
    assert "settle-concern" in bank.actions["rule_id"]


def test_the_banks_own_tables_are_empty_for_others() -> None:
    """Proposals, assessments, concerns and omissions have no row and no column in another edition."""
    log = workspace().on(sample.AS_OF).log
    for edition in EDITIONS:
        found = editions.pack(log, "P-1", edition)
        own = [found.proposals, found.assessments, found.concerns, found.missing]
        assert all(frame.shape == (0, 0) for frame in own) == (edition != "bank")


def test_an_unknown_case_or_edition_is_refused() -> None:
    """A placement or edition that does not exist is one clear error with a hint."""
    log = workspace().on(sample.AS_OF).log
    with pytest.raises(ArgumentError, match=r"case: there is no placement 'P-11'[\s\S]*did you mean 'P-1'"):
        editions.pack(log, "P-11", "bank")
    with pytest.raises(ArgumentError, match="edition: found 'boss'; allowed: bank, company, hire"):
        editions.pack(log, "P-1", "boss")  # type: ignore[arg-type]


def test_without_a_case_it_is_the_one_at_six_months() -> None:
    """A pack that names no case is that of a placement with goals whose six months end about the as-of."""
    assert editions.pack(workspace().on(sample.AS_OF).log, "", "bank").case["case_id"] == "P-1"


# ---- the pack as published ----


def texts_of(path: Path) -> Iterator[str]:
    """Everything readable in a file: its name, its text unescaped, what it carries as data, the parts of a workbook."""
    yield path.name
    yield from readable(path.read_bytes())


def readable(data: bytes) -> Iterator[str]:
    """The texts in some bytes, workbooks and embedded files opened."""
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            for name in book.namelist():
                yield name
                yield from readable(book.read(name))
        return
    text = data.decode("utf-8", errors="replace")
    yield text
    yield html.unescape(text)
    yield re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text)
    for carried in re.findall(r";base64,([A-Za-z0-9+/=]+)", text):
        yield from readable(base64.b64decode(carried))


def found_in(words: list[str], folder: Path) -> dict[str, str]:
    """Which words are in which file below a folder, numbers with or without separators."""
    told = {path: "\n".join(texts_of(path)) for path in sorted(folder.rglob("*")) if path.is_file()}
    both = [(path.name, text, text.replace(".0", "")) for path, text in told.items()]
    return {
        word: name for name, text, plain in both for word in words if word in text or word.replace(",", "") in plain
    }


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The planted sample as a folder of files."""
    return sample.write(tmp_path_factory.mktemp("bank"), planted().tables)


@pytest.mark.parametrize(
    ("edition", "lang"), [("company", "en"), ("hire", "ja")] + [("bank", "ja"), ("company", "ja")] * ALL
)
def test_no_published_edition_leaks(place: Path, tmp_path: Path, edition: Edition, lang: Lang) -> None:
    """Page, attachments, index, manifest and every file name hold what their reader may see, and nothing else."""
    record = run_reports(
        ["followup_review"], workspace=str(place), as_of=sample.AS_OF, out=tmp_path / "out", lang=lang,
        started_at=datetime(2026, 11, 20, 9), parameters={"case": "P-1", "edition": edition}, single_file=False,
        engine=warm(),
    )  # fmt: skip
    assert not any(entry.failure for entry in record.entries)
    pages = tmp_path / "out"
    assert sorted(path.suffix for path in pages.rglob("goal-sheet*")) == [".xlsx"]
    for path in list(pages.rglob("*.js")):  # plotly's own script, four megabytes of it, knows no placement
        path.unlink()
    assert found_in(planted().hidden_from(edition), pages) == {}
    seen = found_in(planted().found_by(edition), pages)
    assert [word for word in planted().found_by(edition) if word not in seen] == []


@pytest.mark.parametrize("edition", EDITIONS if ALL else ["company"])
def test_no_executed_notebook_leaks(place: Path, tmp_path: Path, edition: Edition) -> None:
    """The notebook that plain papermill leaves behind is as clean as the page: cells, outputs, figures, metadata."""
    notebook = notebook_folder() / "followup_review.ipynb"
    given = {"workspace": str(place), "as_of": sample.AS_OF, "case": "P-1", "edition": edition}
    asked = [word for name, value in given.items() for word in ("-p", name, value)]
    command = [sys.executable, "-m", "papermill", str(notebook), str(tmp_path / "executed.ipynb"), *asked]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    assert found_in(planted().hidden_from(edition), tmp_path) == {}
    seen = found_in(planted().found_by(edition), tmp_path)
    assert [word for word in planted().found_by(edition) if word not in seen] == []


@pytest.mark.parametrize("edition", ["company", "hire"] if ALL else ["hire"])
def test_no_paper_of_the_commands_leaks(
    capsys: pytest.CaptureFixture[str], place: Path, tmp_path: Path, edition: Edition
) -> None:
    """The letter and the question sheet that commands write for a side hold nothing that is hidden from it."""
    asked = ("--workspace", place, "--as-of", sample.AS_OF)
    run = Command(capsys)
    assert run("letter", "P-1", "--to", edition, *asked, "--out", tmp_path).status == 0
    assert run("talk", "P-1", "--side", edition, *asked[:2], "--out", tmp_path).status == 0
    for own in tmp_path.glob("review-sheet*"):  # the bank's, which stays in the house
        own.unlink()
    assert {path.suffix for path in tmp_path.iterdir()} == {".docx", ".xlsx"}
    assert found_in(planted().hidden_from(edition), tmp_path) == {}


@pytest.mark.parametrize(("consents", "shown"), [(None, False), (sample.CONSENTS, True)])
def test_a_voice_without_a_consent_stays_with_the_bank(consents: list[Row] | None, shown: bool) -> None:
    """What the hire said and would share reaches the company's edition only with the hire's consent on record."""
    tables = {**sample.rows(), "consents": consents or [{**sample.CONSENTS[0], "side": "hire", "to": "bank"}]}
    ws = pb.Workspace(**{name: sample.frame(rows) for name, rows in tables.items()})
    pack = editions.pack(ws.on(sample.AS_OF).log, "P-1", "company")
    assert ("任される範囲を広げたい" in pack.voices["note"].to_list()) == shown
    assert ("no_consent" in pack.withheld) != shown
    assert len(pack.released) == pack.voices.height
    kept = editions.pack(ws.on(sample.AS_OF).log, "P-1", "bank").kept_back
    told = kept.filter(edition="company", note="任される範囲を広げたい")["refused"].to_list()
    assert told == ([] if shown else ["no_consent"])
    assert pack.kept_back.width == 0
