"""A run: what is planned, made, kept, said, skipped, and made again the same."""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from quick_reports import engine
from warmed import warm
from write_notebook import notebook_at

from playbook.publishing.manifest import found_place, inputs_of, read_manifest, told_place, versions
from playbook.publishing.plan import folder_name
from playbook.publishing.reports import ConcernError, RunRecord, run_reports, verify
from playbook.publishing.site import PublishError
from playbook.rendering.attachments import attach, summarise
from playbook.running.processes import forkable
from playbook.tables.samples import samples
from playbook.words.problem import ArgumentError
from playbook.words.text import Text

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
MADE_AT = datetime(2026, 11, 20, 8, 30)

Runs = Callable[..., RunRecord]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace of one table."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    (folder / "events.csv").write_text("case_id,activity,timestamp\n", encoding="utf-8")
    return folder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder to publish to, which is not there yet."""
    return tmp_path / "reports"


@pytest.fixture
def run(workspace: Path, out: Path) -> Runs:
    """Run reports of the fixture notebooks."""

    def run_them(*reports: str, **more: Any) -> RunRecord:
        more = {"started_at": MADE_AT, "notebooks": NOTEBOOKS, "timeout": 200, "engine": warm(), **more}
        return run_reports(reports, workspace=str(workspace), as_of="2026-11-20", out=out, **more)

    return run_them


@pytest.fixture
def quick(run: Runs) -> Runs:
    """Publish reports without running them, where what becomes of the pages is asked and not what a notebook says."""
    return partial(run, engine=engine)


def test_the_index_goes_by_what_the_notebooks_say_of_their_place(run: Runs, out: Path, tmp_path: Path) -> None:
    """The order in a notebook's metadata is its place in the index; those without stand last, as they were asked for."""
    folder = tmp_path / "notebooks"
    for name, order in {"a": None, "b": 20, "c": 10, "d": "first"}.items():
        notebook_at(folder / f"{name}.ipynb", "1")
        told = json.loads((folder / f"{name}.ipynb").read_text(encoding="utf-8"))
        told["metadata"] = {"playbook": {"order": order}} if order else {}
        (folder / f"{name}.ipynb").write_text(json.dumps(told), encoding="utf-8")
    run("d", "a", "b", "c", notebooks=folder, engine=engine)
    page = (out / "index.html").read_text(encoding="utf-8")
    assert list(dict.fromkeys(re.findall(r'href="(\w)\.html"', page))) == ["c", "b", "d", "a"]


def test_a_run_publishes_pages_files_index_and_manifest(run: Runs, out: Path) -> None:
    """Everything the index speaks of is there, under addresses that do not change."""
    record = run("every_output")
    assert record.exit_status == 0
    (entry,) = record.entries
    assert (entry.page, entry.title, entry.status) == ("every_output.html", "すべての出力", "made")
    assert (out / "every_output.files/list.csv").read_text(encoding="utf-8").startswith("\ufeff担当")
    index = (out / "index.html").read_text(encoding="utf-8")
    for part in ('href="every_output.html"', 'href="every_output.files/list.csv"', "期限超過 3 件", "新規 2 · 解消 1"):
        assert part in index
    told = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert told["inputs"][0]["name"] == "events.csv"
    assert "workspace" not in told["entries"][0]["parameters"]


def good_pages(out: Path) -> set[str]:
    """The pages of a folder that do not tell of a failure."""
    return {path.name for path in out.glob("*.html") if ".failed." not in path.name}


def test_a_cell_that_did_not_run_to_its_end_makes_no_page(run: Runs, out: Path) -> None:
    """An exception, a death, an early end, a time-out and a blank are failures, each in one line; the others go on."""
    late = run("sleeps", timeout=4)
    record = run("raises", "exits", "dies", "unreadable", "plants")
    lines = {entry.report: entry.failure for entry in (*record.entries, *late.entries)}
    assert late.exit_status == record.exit_status == 1
    assert lines["raises"] == "セル 5「割り算」: ZeroDivisionError: division by zero"
    assert lines["exits"].startswith("セル 4「Exits」: セルがレポートを途中で終わらせました")
    assert lines["sleeps"].startswith("セル 4「長い計算」: 制限時間（4秒）を超えました")
    assert "application/vnd.vega.v5+json" in lines["unreadable"]
    assert "途中で" in lines["dies"] or "DeadKernelError" in lines["dies"]
    assert lines["plants"] == ""
    assert good_pages(out) == {"index.html", "plants.html"}
    assert "割り算" in (out / "raises.failed.html").read_text(encoding="utf-8")


def test_without_a_fork_papermill_and_a_kernel_do_the_same(run: Runs, out: Path) -> None:
    """Where a process cannot be forked, the same pages come out and the same failures are found."""
    record = run("every_output", "exits", "dies", engine="papermill", timeout=400)
    lines = {entry.report: entry.failure for entry in record.entries}
    assert "途中で終わらせました" in lines["exits"]
    assert "DeadKernelError" in lines["dies"]
    assert good_pages(out) == {"index.html", "every_output.html"}
    by_kernel = (out / "every_output.html").read_bytes()
    run("every_output", force=True)
    assert (out / "every_output.html").read_bytes() == by_kernel


def test_no_state_of_one_report_reaches_another(run: Runs, out: Path) -> None:
    """What a report plants in modules, builtins and the environment is not found by the next ones."""
    clients = {f"C-{n}": f"取引先{n}" for n in range(4)}
    record = run("plants", each="client", targets=lambda _, __: clients, workers=1)
    pages = [(out / entry.page).read_text(encoding="utf-8") for entry in record.entries]
    assert [entry.page for entry in record.entries] == [f"C-{n}/plants.html" for n in range(4)]
    assert all("found [None, None, None, None, None," in page for page in pages)
    # The index of the whole house is not linked: a client's folder may be handed over as it is.
    assert all("取引先" in page and 'href="index.html"' in page and "../index" not in page for page in pages)


@pytest.mark.skipif(not forkable(), reason="a process cannot be forked here")
def test_a_report_that_takes_too_much_memory_is_ended(run: Runs, tmp_path: Path) -> None:
    """The limit is named; the machine is not taken down by one report."""
    folder = tmp_path / "notebooks"
    notebook_at(folder / "greedy.ipynb", "import time\n\nheap = b'x' * 2**30\ntime.sleep(20)")
    (entry,) = run("greedy", notebooks=folder, memory=700).entries
    assert entry.failure.startswith("セル 2: メモリーの上限（700 MB）を超えました")


@pytest.mark.skipif(not forkable(), reason="a process cannot be forked here")
def test_nothing_a_report_has_started_outlives_it(run: Runs, out: Path, tmp_path: Path) -> None:
    """A program a notebook leaves behind ends with the notebook."""
    folder = tmp_path / "notebooks"
    start = "import subprocess\n\nprint('pid', subprocess.Popen(['sleep', '60']).pid)"
    notebook_at(folder / "leaves.ipynb", start)
    run("leaves", notebooks=folder)
    found = re.search(r"pid (\d+)", (out / "leaves.html").read_text(encoding="utf-8"))
    assert found is not None
    with pytest.raises(ProcessLookupError, match="No such process"):
        for _ in range(50):
            os.kill(int(found[1]), 0)
            time.sleep(0.1)


def test_the_page_that_was_good_stays_until_the_new_one_is_good(run: Runs, out: Path, tmp_path: Path) -> None:
    """A failing report leaves its last good page where it is, and the index says so; the next good one replaces it."""
    folder = tmp_path / "notebooks"
    notebook_at(folder / "weekly.ipynb", "print('good')")
    run("weekly", notebooks=folder)
    good = (out / "weekly.html").read_bytes()
    notebook_at(folder / "weekly.ipynb", "print('bad')", "1 / 0")
    failed = run("weekly", notebooks=folder)
    assert failed.exit_status == 1
    assert (out / "weekly.html").read_bytes() == good
    assert "前回のページ" in (out / "index.html").read_text(encoding="utf-8")
    notebook_at(folder / "weekly.ipynb", "print('better')")
    assert run("weekly", notebooks=folder).exit_status == 0
    assert "better" in (out / "weekly.html").read_text(encoding="utf-8")
    assert not (out / "weekly.failed.html").exists()


def test_what_has_not_changed_is_not_made_again(quick: Runs, out: Path, workspace: Path) -> None:
    """The same inputs, parameters and code give the same page, so nothing runs; a changed input runs again."""
    first = quick("plants")
    assert [entry.status for entry in quick("plants").entries] == ["unchanged"]
    assert [entry.status for entry in quick("plants", force=True).entries] == ["made"]
    assert (out / "plants.html").stat().st_size == first.entries[0].bytes
    (workspace / "events.csv").write_text("case_id\n", encoding="utf-8")
    assert [entry.status for entry in quick("plants", dry_run=True).entries] == ["planned"]
    assert [entry.status for entry in quick("plants").entries] == ["made"]
    (out / "plants.html").write_text("torn", encoding="utf-8")
    assert [entry.status for entry in quick("plants").entries] == ["made"]


def test_a_dry_run_touches_nothing(run: Runs, out: Path) -> None:
    """It says what would be made, and that is all."""
    record = run("plants", "raises", dry_run=True)
    assert [(entry.report, entry.status) for entry in record.entries] == [("plants", "planned"), ("raises", "planned")]
    assert not out.exists()


def test_the_same_run_gives_the_same_bytes(run: Runs, out: Path, workspace: Path) -> None:
    """Made again from its manifest, every page and file is the same; a changed notebook or input is named."""
    run("every_output", "plants")
    manifest = out / "manifest.json"
    assert verify(manifest, started_at=MADE_AT, notebooks=NOTEBOOKS, engine=warm()) == ()
    (workspace / "events.csv").write_text("x\n", encoding="utf-8")
    assert verify(manifest, started_at=MADE_AT, notebooks=NOTEBOOKS, engine=warm()) == (
        Text("入力 events.csv: 変わっています", "input events.csv: changed"),
    )


def test_verify_tells_pages_that_come_out_otherwise(run: Runs, out: Path, tmp_path: Path) -> None:
    """A page whose notebook gives something else now is named."""
    folder = tmp_path / "notebooks"
    notebook_at(
        folder / "weekly.ipynb",
        "print('one')",
        "from playbook.publishing.reports import attach\nattach('a.txt', 'one')",
    )
    run("weekly", notebooks=folder)
    notebook_at(
        folder / "weekly.ipynb",
        "print('two')",
        "from playbook.publishing.reports import attach\nattach('a.txt', 'two')",
    )
    differences = verify(out / "manifest.json", started_at=MADE_AT, notebooks=folder, engine=warm())
    assert [one.en for one in differences] == ["weekly.html: differs", "weekly.files/a.txt: differs"]


def test_verify_tells_what_it_could_not_compare(run: Runs, out: Path, tmp_path: Path) -> None:
    """Pages of earlier data, pages that are not there and software of another version are told, not held against it."""
    folder = tmp_path / "notebooks"
    for name in "ab":
        notebook_at(folder / f"{name}.ipynb", f"print('{name}')")
    run("a", notebooks=folder)
    manifest = out / "manifest.json"
    told = json.loads(manifest.read_text(encoding="utf-8"))
    told["versions"]["polars"] = "0.1"
    old = {**told["entries"][0], "page": "old.html", "status": "older"}
    failed = {**old, "page": "failed.html", "status": "failed", "failure": "cell 2: ZeroDivisionError"}
    told["entries"] += [old, failed, {**old, "page": "gone.html", "sha256": ""}]
    manifest.write_text(json.dumps(told), encoding="utf-8")
    notes: list[Text] = []
    assert verify(manifest, started_at=MADE_AT, notebooks=folder, engine=warm(), note=notes.append) == ()
    assert [note.en.split(": ")[:2] for note in notes] == [
        ["polars", f"made with 0.1, now {versions()['polars']}"],
        ["old.html", "not compared"],
        ["failed.html", "not compared"],
        ["gone.html", "not compared"],
    ]


def test_only_what_is_read_is_an_input(tmp_path: Path) -> None:
    """Tables, workbooks, settings and rule books; of a folder of raw exports, all its own files."""
    folder = tmp_path / "workspace"
    for name in ("events.csv", "Cases.TSV", "book.xlsx", "workspace.toml", "playbooks/own.toml"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")
    for name in ("notes.txt", "~$book.xlsx", ".events.csv", "old/events.csv", "reports/manifest.json", "raw.json"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")
    read = ["Cases.TSV", "book.xlsx", "events.csv", "playbooks/own.toml", "workspace.toml"]
    assert sorted(file.name for file in inputs_of(str(folder)) or ()) == sorted(read)
    (folder / "workspace.toml").write_text("[import]\nx = 1\n", encoding="utf-8")
    assert sorted(file.name for file in inputs_of(str(folder)) or ()) == sorted([*read, "notes.txt", "raw.json"])


def test_a_record_tells_nobodys_home(run: Runs, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The workspace is named from the home, as it was given, or, for the sample, not at all; it is found again."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    run("plants")
    told = (out / "manifest.json").read_text(encoding="utf-8")
    assert json.loads(told)["workspace"] == "~/workspace" and str(tmp_path) not in told
    assert verify(out / "manifest.json", started_at=MADE_AT, notebooks=NOTEBOOKS, engine=warm()) == ()
    assert [told_place(place) for place in ("my-work", "postgresql:///hr", str(samples()))] == [
        "my-work", "postgresql:///hr", "",
    ]  # fmt: skip
    assert found_place("") == str(samples())


def test_the_index_says_what_has_changed_since_the_last_run(quick: Runs, out: Path, workspace: Path) -> None:
    """Files and rule books that are new, other or gone are named, on the index of that run."""
    books = [[{"id": "a", "name": "甲", "sha256": "1"}], [{"id": "a", "name": "甲", "sha256": "2"}]]
    quick("plants", describe=lambda _: {"rule_books": books[0]})
    assert "前回からの変化" not in (out / "index.html").read_text(encoding="utf-8")
    (workspace / "cases.csv").write_text("case_id,playbook\n", encoding="utf-8")
    record = quick("plants", describe=lambda _: {"rule_books": books[1]})
    assert record.changed == ("cases.csv", "甲")
    index = (out / "index.html").read_text(encoding="utf-8")
    assert "前回からの変化: cases.csv, 甲" in index
    quick("plants", describe=lambda _: {"rule_books": books[1]}, force=True)
    assert "前回からの変化: なし" in (out / "index.html").read_text(encoding="utf-8")


def test_the_index_finds_a_page_by_its_client(quick: Runs, out: Path) -> None:
    """Name and id of whom a page is for stand in its row, however it was asked for."""
    clients = {"K-01": "青葉精機", "K-02": "K-02"}
    quick("plants", each="client", targets=lambda _, __: clients)
    quick("plants", parameters={"client": "K-01"}, targets=lambda _, __: clients)
    index = (out / "index.html").read_text(encoding="utf-8")
    assert "<td>青葉精機 K-01</td>" in index and "<td>K-02</td>" in index and "<td>client=K-01 青葉精機</td>" in index


def test_records_of_long_ago_go(quick: Runs, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The records of the last runs are kept, and no more."""
    monkeypatch.setattr("playbook.publishing.run.KEPT_RECORDS", 3)
    for number in range(6):
        quick("plants", force=True, started_at=MADE_AT.replace(minute=number))
    names = sorted(path.stem for path in (out / "runs").iterdir())
    assert names == [f"20261120T08{minute:02}00" for minute in (2, 3, 4, 5)]


def test_the_log_of_a_failure_is_named(run: Runs, out: Path) -> None:
    """The page of a failure says where the full story is, which is kept beside the folder for some runs."""
    (entry,) = run("raises").entries
    assert (out.parent / entry.log).is_file()
    assert f"<code>{entry.log}</code>" in (out / entry.failure_page).read_text(encoding="utf-8")
    run("plants")
    assert (out.parent / entry.log).is_file()


def test_older_runs_stay_readable(quick: Runs, out: Path, tmp_path: Path) -> None:
    """The pages of the runs before are kept with an index of their own, and no more than a few of them."""
    folder = tmp_path / "notebooks"
    for number in range(8):
        notebook_at(folder / "weekly.ipynb", f"print('version', {number})")
        record = quick("weekly", notebooks=folder, started_at=MADE_AT.replace(minute=number))
    kept = sorted(path.name for path in (out / "history").iterdir())
    assert kept == sorted(record.older) and len(kept) == 5
    old = out / "history" / kept[-1]
    assert "version&#x27;, 6" in (old / "weekly.html").read_text(encoding="utf-8")
    assert 'href="../../index.html"' in (old / "index.html").read_text(encoding="utf-8")
    assert f'href="history/{kept[-1]}/index.html"' in (out / "index.html").read_text(encoding="utf-8")


def test_pages_of_clients_who_are_gone_go(quick: Runs, out: Path) -> None:
    """A client who is no longer in the data has no page any more; what a narrowed run leaves out stays."""
    both = {"C-1": "一", "C-2": "二"}
    quick("plants", each="client", targets=lambda _, __: both)
    quick("plants", each="client", targets=lambda _, __: both, only=["C-2"], force=True)
    assert (out / "C-1/plants.html").exists()
    quick("plants", each="client", targets=lambda _, __: {"C-1": "一"})
    assert sorted(path.name for path in out.glob("C-*")) == ["C-1"]


def test_pages_of_other_parameters_stand_beside_each_other(quick: Runs, out: Path, tmp_path: Path) -> None:
    """Editions and cases of one report have pages of their own; run again they are replaced, else they are listed."""
    folder = tmp_path / "notebooks"
    declared = 'case: str = ""\nedition: str = "bank"  # bank | company | hire'
    notebook_at(folder / "review.ipynb", "print(case, edition)", parameters=declared)
    asked = [
        {"case": "P-1"},
        {"case": "P-2"},
        {"case": "P-1", "edition": "company"},
        {"edition": "hire", "case": "P-1"},
    ]
    for parameters in [{}, *asked, *asked]:
        record = quick("review", notebooks=folder, parameters=parameters)
    names = {f"review{end}.html" for end in ("", "-case-P-1", "-case-P-2", "-case-P-1-company", "-case-P-1-hire")}
    assert good_pages(out) == names | {"index.html"} and {entry.page for entry in record.entries} == names
    assert "review  P-2  2026-11-20" in (out / "review-case-P-2.html").read_text(encoding="utf-8")
    index = (out / "index.html").read_text(encoding="utf-8")
    assert all(f'href="{name}"' in index for name in names) and "case=P-1, edition=company" in index


def test_a_page_of_other_data_is_called_older(quick: Runs, out: Path, tmp_path: Path, workspace: Path) -> None:
    """A page that a run was not asked for stands on; where the data have changed since, the index says it is older."""
    folder = tmp_path / "notebooks"
    notebook_at(folder / "review.ipynb", "print(case)", parameters='case: str = ""')
    quick("review", notebooks=folder, parameters={"case": "A"})
    same = quick("review", notebooks=folder, parameters={"case": "B"})
    assert {entry.page: entry.status for entry in same.entries}["review-case-A.html"] == "unchanged"
    (workspace / "cases.csv").write_text("case_id,playbook\n", encoding="utf-8")
    for _ in range(2):
        changed = quick("review", notebooks=folder, parameters={"case": "B"})
        assert {entry.page: entry.status for entry in changed.entries}["review-case-A.html"] == "older"
    assert "以前のまま" in (out / "index.html").read_text(encoding="utf-8")
    (out / "review-case-A.html").unlink()
    gone = quick("review", notebooks=folder, parameters={"case": "B"})
    assert [entry.page for entry in gone.entries] == ["review-case-B.html"]
    assert "review-case-A.html" not in (out / "index.html").read_text(encoding="utf-8")


def test_pages_of_reports_that_are_gone_go(quick: Runs, out: Path, tmp_path: Path) -> None:
    """A notebook that was removed leaves no page behind when all reports are made; other runs leave it alone."""
    folder = tmp_path / "notebooks"
    for name in "ab":
        notebook_at(folder / f"{name}.ipynb", f"print('{name}')")
    quick(notebooks=folder)
    (folder / "a.ipynb").unlink()
    quick("b", notebooks=folder, force=True)
    assert good_pages(out) == {"index.html", "a.html", "b.html"}
    quick(notebooks=folder)
    assert good_pages(out) == {"index.html", "b.html"}


def test_a_print_goes_with_the_page_it_was_made_from(quick: Runs, out: Path, tmp_path: Path) -> None:
    """A PDF beside a page that changed is removed with the old page; one beside an unchanged page stays."""
    folder = tmp_path / "notebooks"
    for name in "ab":
        notebook_at(folder / f"{name}.ipynb", f"print('{name}')")
    quick(notebooks=folder)
    for name in "ab":
        (out / f"{name}.pdf").write_bytes(b"%PDF")
    notebook_at(folder / "a.ipynb", "print('another')")
    quick(notebooks=folder)
    assert [path.name for path in out.glob("*.pdf")] == ["b.pdf"]


def test_prints_are_published_with_their_pages_and_hashed(run: Runs, out: Path) -> None:
    """A print is made once per page, stands in manifest and index, and is made again only with its page."""
    printed: list[str] = []

    def printer(page: Path, pdf: Path) -> None:
        printed.append(page.name)
        if page.name != "every_output.html":
            pdf.write_bytes(b"%PDF " + page.read_bytes()[:40])

    (entry,) = run("plants").entries
    assert entry.pdf == ""
    for _ in range(2):
        (entry,) = run("plants", printer=printer).entries
        assert entry.pdf == hashlib.sha256((out / "plants.pdf").read_bytes()).hexdigest()
    assert printed == ["plants.html"] and 'href="plants.pdf"' in (out / "index.html").read_text(encoding="utf-8")
    entries = {one.report: one for one in run("plants", "every_output", printer=printer, force=True).entries}
    assert printed[1:] == ["plants.html", "every_output.html"]
    assert entries["plants"].pdf and not entries["every_output"].pdf
    told = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["entries"]
    assert {one["report"]: one["pdf"] for one in told} == {name: one.pdf for name, one in entries.items()}


@pytest.mark.parametrize(
    ("reports", "more", "message"),
    [
        (["plant"], {}, r"report: there is no 'plant'; allowed: .*\n.*did you mean 'plants'"),
        (["plants"], {"parameters": {"clint": "x"}}, "parameter 'clint': unknown; .*\n.*'client'"),
        (["plants"], {"each": "owner", "targets": lambda *_: {}}, "'plants': cannot be made for each owner"),
        (["plants"], {"each": "client", "targets": lambda *_: {"C-1": ""}, "only": ["C-2"]}, "no such client.*\n.*C-1"),
        (["plants"], {"only": ["C-2"]}, "--only: given without --each"),
        (["plants"], {"lang": "jp"}, "parameter 'lang': found 'jp'"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_starts(
    run: Runs, out: Path, reports: list[str], more: dict[str, Any], message: str
) -> None:
    """An unknown report, parameter or target is an error that names the nearest right one; nothing is published."""
    with pytest.raises(ArgumentError, match=message):
        run(*reports, **more)
    assert not out.exists()


def described(accepted: int, newest: str = "2026-11-19") -> Callable[[str], dict[str, Any]]:
    """What is said of a workspace with so many events."""
    counts = [{"table": "events", "read": accepted, "accepted": accepted, "quarantined": 0}]
    return lambda _: {"counts": counts, "newest": newest}


def test_data_that_shrank_or_aged_are_a_concern(run: Runs, out: Path) -> None:
    """Half the rows of last time, or nothing new for days, is said on the index; asked to, the run stops untouched."""
    told: list[str] = []
    run("plants", describe=described(100))
    run("plants", describe=described(49, "2026-11-02"), stale_days=7, force=True, say=told.append)
    assert told == [
        "最新の行は 2026-11-02 で、2026-11-20 の 18 日前です",
        "表 events の行が前回の 100 から 49 に減りました",
    ]
    index = (out / "index.html").read_bytes()
    assert told[1] in index.decode("utf-8")
    with pytest.raises(ConcernError, match=r"table events has 3 rows, less than half of the 49 of the last run"):
        run("plants", describe=described(3), on_concern="stop", force=True)
    assert (out / "index.html").read_bytes() == index


def test_a_file_is_no_folder_to_publish_to(run: Runs, out: Path) -> None:
    """What stands in the way is named."""
    out.write_text("mine", encoding="utf-8")
    with pytest.raises(PublishError, match="reports: is a file"):
        run("plants")
    assert out.read_text(encoding="utf-8") == "mine"


def test_single_file_pages_need_nothing_beside_them(run: Runs, out: Path) -> None:
    """With --single-file a page with charts is one file."""
    record = run("every_output", single_file=True)
    html = (out / "every_output.html").read_text(encoding="utf-8")
    assert record.entries[0].bytes > 4_000_000
    assert not re.search(r"<script src=", html)


def test_progress_is_told_for_every_report(run: Runs) -> None:
    """Whoever waits hears of each report once, with the count."""
    told: list[tuple[int, int, str]] = []
    run("plants", "raises", progress=lambda p: told.append((p.done, p.total, p.entry.report)))
    assert [(done, total) for done, total, _ in told] == [(1, 2), (2, 2)]
    assert {name for _, _, name in told} == {"plants", "raises"}


@pytest.mark.parametrize("target", ["../x", "a/b", "CON", "assets", "北辰 精工", "a" * 90, "x."])
def test_folder_names_are_safe_and_different(target: str) -> None:
    """No id leads out of the folder, takes a reserved name, or shares a folder with another."""
    name = folder_name(target)
    assert re.fullmatch(r"[\w.-]+", name) and not name.startswith(".") and not name.endswith(".")
    assert name.lower() not in ("con", "assets")
    assert len(name) < 80
    assert folder_name(name + "!") != name


def test_attachments_have_plain_names_and_summaries_known_counts() -> None:
    """A file name cannot lead elsewhere; a count cannot be misspelt."""
    with pytest.raises(ArgumentError, match=r"attach: found the name '\.\./x'"):
        attach("../x", b"")
    with pytest.raises(ArgumentError, match=r"found the counts \['worsened'\]; allowed: new, resolved, worse"):
        summarise(counts={"worsened": 1})


@pytest.mark.parametrize(
    ("name", "said"), [("cases.csv", "name the manifest.json"), ("manifest.json", "remove the file")]
)
def test_only_a_broken_manifest_may_be_removed(tmp_path: Path, name: str, said: str) -> None:
    """Who names a table by mistake is never told to remove it."""
    (tmp_path / name).write_text("case_id\nA-1\n", encoding="utf-8")
    with pytest.raises(ArgumentError, match=said):
        read_manifest(tmp_path / name)
