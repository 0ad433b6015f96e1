"""What is made for one reader holds nothing of others: secrets planted in every table are looked for in every file."""

from __future__ import annotations

import base64
import csv
import io
import re
import zipfile
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from cli_workspaces import AS_OF, Command
from published import HEAVY
from the_sample import sample
from thinned import ALL

from playbook.publishing.plan import schema_of
from playbook.rendering.notebook import find_notebook, notebook_folder, report_names
from playbook.tables.samples import samples

CLIENT, CASE = "K-03", "P-019"
SECRET = re.compile(r"SECRET[\w.]*")

KEPT = {
    *("case_id", "client_id", "opening_id", "playbook", "activity", "timestamp", "recorded_at", "created_at", "date"),
    *(
        "side",
        "to",
        "shareable",
        "track",
        "status",
        "kind",
        "role",
        "channel",
        "reason",
        "decision",
        "reaction",
        "step",
    ),
    *("resource", "person", "segment", "employees", "client_since", "score", "amount", "minutes", "question"),
}
"""Columns with keys, moments, numbers and codes, and with the people who work for several clients."""


def rows_of(path: Path) -> list[dict[str, str]]:
    """The rows of a table."""
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))


def planted(folder: Path) -> Path:
    """The sample workspace with a secret in every cell of text of every row that is not the client's.

    Each table has a column more that the package does not know, and a row more that cannot be used, both with secrets.
    """
    folder.mkdir()
    tables = {path.stem: rows_of(path) for path in samples().glob("*.csv")}
    client_of = {row["case_id"]: row["client_id"] for row in tables["cases"]}
    for name, rows in tables.items():
        columns = [*rows[0], "memo"]
        for number, row in enumerate(rows):
            for_all = name == "closures" and not row["client_id"]
            own = for_all or (row.get("client_id") or client_of.get(row.get("case_id", ""), "")) == CLIENT
            if not own:
                for column in columns:
                    if (
                        column not in KEPT
                        and not re.fullmatch(r".*_(on|at)|\w{0,3}", column)
                        and (row.get(column) or column == "memo")
                    ):
                        row[column] = f"SECRET.{name}.{column}.{number}"
        other = next((row for row in rows if row.get("case_id") and client_of[row["case_id"]] != CLIENT), None)
        moments = [
            column for column in columns if column in ("timestamp", "worked_on") or re.fullmatch(r"\w+_on", column)
        ]
        if other is not None and moments:
            rows.append({**other, moments[0]: f"SECRET.{name}.{moments[0]}.unread"})
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows)
    (folder / "workspace.toml").write_text('language = "ja"\n', encoding="utf-8")
    return folder


def said(name: str, content: bytes) -> Iterator[str]:
    """All texts of a file: of an archive those of its members, of a mail its parts, of a page what is put into it."""
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.namelist():
                yield from said(member, archive.read(member))
        return
    text = content.decode("utf-8", errors="replace")
    yield text.replace("\r\n ", "").replace("\n ", "")
    yield re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), text)
    if name.endswith(".eml"):
        for part in message_from_bytes(content, policy=default).walk():
            if not part.is_multipart():
                yield from said(part.get_filename() or "", part.get_payload(decode=True) or b"")
    for data in re.findall(r"base64,([A-Za-z0-9+/=]{40,})", text):
        yield from said("", base64.b64decode(data))


def leaks(folder: Path) -> dict[str, list[str]]:
    """The secrets in the files of a folder, by file."""
    assert list(folder.rglob("*.html"))
    found = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        texts = [path.name, *said(path.name, path.read_bytes())]
        secrets = sorted({secret for text in texts for secret in SECRET.findall(text)})
        if secrets:
            found[path.relative_to(folder).as_posix()] = secrets[:5]
    return found


def narrowed_by(parameter: str) -> list[str]:
    """The reports that can be narrowed by a parameter."""
    folder = notebook_folder()
    return [name for name in report_names(folder) if parameter in schema_of(find_notebook(name, folder)).names]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace with the secrets."""
    return planted(tmp_path_factory.mktemp("leaks") / "workspace")


def run(capsys: pytest.CaptureFixture[str], workspace: Path, out: Path, *words: str) -> Path:
    """Reports published to a folder; what fails or cannot be read is none of this test's business.

    What is said meanwhile, and the mail that tells of it with the same JSON as a command gets, says nothing of anybody.
    """
    mail = out.with_suffix(".eml")
    ran = Command(capsys)("run", *words, "--workspace", workspace, "--as-of", AS_OF, "--out", out, "--mail", mail)
    assert ran.status in (0, 1), ran.err
    assert not any("SECRET" in text for text in (ran.out, ran.err, *said(mail.name, mail.read_bytes())))
    return out


@pytest.mark.usefixtures("in_one_process")
def test_the_secrets_are_found_where_all_may_be_seen(
    workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The list of everybody shows them, rows that cannot be read included: what is looked for can be found."""
    found = {
        name
        for names in leaks(run(capsys, workspace, tmp_path / "out", "weekly_due_actions")).values()
        for name in names
    }
    assert found


@pytest.mark.usefixtures("in_one_process")
def test_the_folder_of_a_client(workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--each client`: every file in the client's folder, its index included, is of that client alone.

    The pages are those of `-p client`, below: here of some reports, and of all by `make slow`.
    """
    reports = [name for name in narrowed_by("client") if ALL or name in ("weekly_due_actions", "funnel")]
    out = run(capsys, workspace, tmp_path / "out", *reports, "--each", "client", "--only", CLIENT)
    assert (out / CLIENT / "index.html").is_file()
    assert leaks(out / CLIENT) == {}


def test_reports_asked_for_one_client(workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`-p client`: pages, files, index, manifest and records; what others have that cannot be read is only counted.

    The two reports that take longest say figures alone: they are made by `make slow`.
    """
    reports = [name for name in narrowed_by("client") if ALL or name not in HEAVY]
    out = run(capsys, workspace, tmp_path / "out", *reports, "-p", f"client={CLIENT}")
    assert leaks(out) == {}
    (page,) = out.glob("weekly_due_actions*.html")
    assert "行が読み込めませんでした" in page.read_text(encoding="utf-8")


@pytest.mark.usefixtures("in_one_process")
def test_the_folder_of_a_placement(workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--each placement`: every file in the folder of one placement is of its client alone."""
    words = ("followup_review", "case_timeline", "--each", "placement", "--only", CASE)
    out = run(capsys, workspace, tmp_path / "out", *words)
    assert leaks(out / CASE) == {}


@pytest.fixture(scope="module")
def confided(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace with the secrets, and more of them in what was said of one placement in confidence."""
    folder = planted(tmp_path_factory.mktemp("confided") / "workspace")
    voices = rows_of(folder / "voices.csv")
    for number, row in enumerate(voices):
        if row["case_id"] == CASE:
            row.update(note=f"SECRET.voices.note.{number}", shareable="no")
    with (folder / "voices.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(voices[0]))
        writer.writeheader()
        writer.writerows(voices)
    return folder


@pytest.mark.usefixtures("in_one_process")
@pytest.mark.parametrize("edition", ["company", "hire"] if ALL else ["company"])
def test_editions(confided: Path, edition: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was said in confidence, and the bank's own notes, are in no edition that leaves the house."""
    out = run(capsys, confided, tmp_path / "out", "followup_review", "-p", f"case={CASE}", "-p", f"edition={edition}")
    assert leaks(out) == {}


@pytest.mark.parametrize(
    "words",
    [
        ("letter", "--to", "company", "--as-of", AS_OF),
        ("letter", "--to", "hire", "--as-of", AS_OF),
        ("talk", "--side", "hire"),
    ],
)
def test_papers_for_one_reader(
    confided: Path, words: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A letter and a sheet to talk by: text, properties and what is hidden in the file are of that placement alone."""
    command, *more = words
    ran = Command(capsys)(command, CASE, *more, "--workspace", confided, "--out", tmp_path / "out")
    assert ran.status == 0, ran.err
    papers = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    texts = [ran.out, ran.err, *(text for path in papers for text in (path.name, *said(path.name, path.read_bytes())))]
    assert papers and not any("SECRET" in text for text in texts)


def test_the_list_of_a_person_shows_no_unread_rows_of_others(
    workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rows that cannot be read of cases that a person has nothing to do with are only counted on their list."""
    owners = sample().due(AS_OF)["owner"].drop_nulls().unique().sort().head(5)
    only = [] if ALL else [word for owner in owners for word in ("--only", owner)]
    out = run(capsys, workspace, tmp_path / "out", "weekly_due_actions", "--each", "owner", *only)
    folders = [path for path in out.iterdir() if (path / "index.html").is_file()]
    assert len(folders) > 3
    unread = {
        name for folder in folders for names in leaks(folder).values() for name in names if name.endswith("unread")
    }
    everyone = len([path for path in workspace.glob("*.csv") if "unread" in path.read_text(encoding="utf-8")])
    assert len(unread) < everyone
