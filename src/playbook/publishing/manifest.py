"""What a run read, did and made, as JSON: enough to tell whether it must be done again, and to do it again.

``manifest.json`` in the published folder speaks of the last run and of every page that stands there now; older ones are
in ``runs/``. Parameters are written down without the workspace, which stands once at the top (see ``told_place``);
secrets cannot be in either (see ``parameters``). File names are relative to the workspace or to the published folder.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

from playbook.files.sheet import EXCEL_SUFFIXES, SUFFIXES
from playbook.rendering.notebook import LAST
from playbook.rendering.parameters import Value
from playbook.running.job import Attachment
from playbook.tables.declared import TABLES
from playbook.tables.filed import FOLDER as FILED
from playbook.tables.samples import samples
from playbook.tables.settings import FILE_NAME, read_settings
from playbook.words.catalogue import msg
from playbook.words.problem import ArgumentError, Problem
from playbook.words.text import Lang

EntryStatus = Literal["made", "unchanged", "older", "failed", "planned"]

MANIFEST = "manifest.json"

_PUBLISHED = (MANIFEST, "index.html", "status.json")
_OUTSIDE = ("company", "hire")
_PACKAGES = ("recruit-playbook", "polars", "pandas", "plotly", "nbconvert", "papermill", "ipython")


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file of the workspace that was there to be read."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One page, and how it came to be.

    Attributes:
        report: the report's name.
        target: the id of the client, owner or placement; empty for all.
        target_label: the same as people call it.
        page: the page's file.
        status: what the last run did about it; ``older`` is a page it was not asked for, of other data or another day.
        key: a hash over everything the page depends on; the same key, the same page.
        run: the run that made the page that stands now; empty where none has.
        sha256: the page's hash; empty where there is no page.
        failure: why the last run made no page, in one line.
        failure_page: the page that says so.
        log: the file with the full story of the failure, beside the published folder; empty where there is none.
        asked: the parameters it was asked for with, as the index says them.
        pdf: the hash of the page in print; empty where there is none.
        why: of a page that is only planned, why it would be made.
        order: where the report stands in the index, as its notebook says.
    """

    report: str
    target: str
    target_label: str
    page: str
    status: EntryStatus
    key: str
    as_of: str
    lang: Lang
    parameters: dict[str, Value]
    run: str = ""
    title: str = ""
    sha256: str = ""
    bytes: int = 0
    files: tuple[Attachment, ...] = ()
    summary: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    failure: str = ""
    failure_page: str = ""
    log: str = ""
    asked: str = ""
    pdf: str = ""
    why: str = ""
    order: int = LAST

    @property
    def whom(self) -> str:
        """For whom and what the page is, by name and id; empty for everyone."""
        known = (self.target_label, self.target if self.target != self.target_label else "", self.asked)
        return " ".join(filter(None, known))

    @property
    def files_folder(self) -> str:
        """The folder of the page's attachments, relative to the published folder."""
        return files_folder(self.page)

    @property
    def folder(self) -> str:
        """The folder of the page's target; empty where the page is for everyone."""
        return self.page.rpartition("/")[0]

    @property
    def leaves_the_house(self) -> bool:
        """Whether the page is an edition for somebody outside: nothing is kept of it that was taken out of it since."""
        return self.parameters.get("edition") in _OUTSIDE

    @property
    def outputs(self) -> tuple[str, ...]:
        """The files this entry stands for in the published folder."""
        page = (self.page,) if self.sha256 else ()
        printed = (print_of(self.page),) if self.pdf else ()
        failed = tuple(filter(None, (self.failure_page,)))
        return page + printed + failed + tuple(f"{self.files_folder}/{file.name}" for file in self.files)


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run; ``changed`` names the files and rule books that are others than in the run before, None without one."""

    run: str
    started_at: str
    workspace: str
    as_of: str
    lang: Lang
    inputs: tuple[InputFile, ...]
    entries: tuple[Entry, ...]
    described: dict[str, Any] = field(default_factory=dict)
    single_file: bool = False
    versions: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    older: tuple[str, ...] = ()
    changed: tuple[str, ...] | None = None

    @property
    def failed(self) -> tuple[Entry, ...]:
        """The reports that could not be made when they were last asked for, in this run or before."""
        return tuple(entry for entry in self.entries if entry.failure)

    @property
    def exit_status(self) -> int:
        """0 done, 1 done but something failed."""
        return 1 if any(entry.status == "failed" for entry in self.entries) else 0


def files_folder(page: str) -> str:
    """The folder of a page's attachments: ``a/weekly.html`` has ``a/weekly.files``."""
    return page.removesuffix(".html") + ".files"


def print_of(page: str) -> str:
    """The PDF of a page, beside it.

    >>> print_of("C-001/funnel.html")
    'C-001/funnel.pdf'
    """
    return page.removesuffix(".html") + ".pdf"


def to_text(record: RunRecord) -> str:
    """A run as JSON for people and programs."""
    return json.dumps(asdict(record), ensure_ascii=False, indent=1) + "\n"


def read_manifest(path: Path) -> RunRecord | None:
    """The run a manifest tells of; None where there is no such file.

    Raises:
        ArgumentError: the file is not a manifest.
    """
    if not path.is_file():
        return None
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        entries = tuple(_entry(each) for each in told.pop("entries"))
        inputs = tuple(InputFile(**each) for each in told.pop("inputs"))
        changed = told.get("changed")
        lists = {"older": tuple(told.get("older", ())), "changed": None if changed is None else tuple(changed)}
        return RunRecord(entries=entries, inputs=inputs, **{**told, **lists})
    except (OSError, ValueError, KeyError, TypeError) as error:
        broken = msg("run once more without it: remove the file, and every report is made anew")
        other = msg("name the manifest.json that a run wrote into its folder")
        hint = broken if path.name == MANIFEST else other
        raise ArgumentError(Problem(str(path), msg("is not a manifest ({error})", error=error), hint=hint)) from error


def _entry(told: dict[str, Any]) -> Entry:
    return Entry(**{**told, "files": tuple(Attachment(**file) for file in told["files"])})


# ---- hashes ----


def sha256(data: bytes) -> str:
    """The SHA-256 of bytes, in hex."""
    return hashlib.sha256(data).hexdigest()


def file_digest(path: Path) -> str:
    """The SHA-256 of a file, in hex, read piece by piece."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def told_place(workspace: str) -> str:
    """A workspace as a record names it: as it was given, without the name of a person's home; empty for the sample."""
    path = Path(workspace)
    if path.exists() and path.resolve() == samples().resolve():
        return ""
    if path.is_absolute() and path.is_relative_to(Path.home()):
        return f"~/{path.relative_to(Path.home()).as_posix()}"
    return workspace


def found_place(told: str) -> str:
    """The workspace that a record names."""
    if not told:
        return str(samples())
    return str(Path(told).expanduser()) if told.startswith("~/") else told


def inputs_of(workspace: str) -> tuple[InputFile, ...] | None:
    """The files that are read of a workspace, with their hashes; None for a database, whose content nobody can hash.

    What a database file got last may stand beside it.
    """
    path = Path(workspace)
    if path.is_file():
        beside = (path.with_name(path.name + ending) for ending in ("-wal", ".wal"))
        return None if any(log.is_file() for log in beside) else (_input(path, path.parent),)
    if not path.is_dir():
        return None
    settings = read_settings(path / FILE_NAME)
    if settings.database:
        return None
    return tuple(_input(file, path) for file in _input_files(path, raw=bool(settings.imports)))


def _input_files(folder: Path, raw: bool) -> Iterator[Path]:
    """What is read of a folder: tables, workbooks, settings, rule books, filed counts; with raw exports, every file."""
    for path in sorted(folder.iterdir()):
        table = path.stem.lower() in TABLES and path.suffix.lower() in SUFFIXES
        read = table or path.suffix.lower() in EXCEL_SUFFIXES or path.name == FILE_NAME
        other = raw and path.name not in _PUBLISHED and path.suffix.lower() not in (".html", ".pdf")
        if path.is_file() and not path.name.startswith((".", "~$")) and (read or other):
            yield path
    yield from sorted((folder / "playbooks").glob("*.toml"))
    yield from sorted((folder / FILED).glob("*.json"))


def _input(path: Path, folder: Path) -> InputFile:
    return InputFile(path.relative_to(folder).as_posix(), path.stat().st_size, file_digest(path))


@cache
def code_digest() -> str:
    """The hash of this package's own files when they are first asked for: a page made by other code is another page."""
    package = Path(__file__).resolve().parents[1]
    kinds = {".py", ".toml", ".j2", ".css", ".js", ".json"}
    paths = sorted(path for path in package.rglob("*") if path.suffix in kinds and path.is_file())
    return sha256("".join(f"{path.relative_to(package).as_posix()} {file_digest(path)}\n" for path in paths).encode())


def page_key(parts: Mapping[str, Any]) -> str:
    """One hash over everything a page depends on."""
    return sha256(json.dumps(parts, ensure_ascii=False, sort_keys=True).encode("utf-8"))


def versions() -> dict[str, str]:
    """The versions of Python and of the packages a page depends on."""
    return {"python": platform.python_version(), **{name: _version(name) for name in _PACKAGES}}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def same_files(folder: Path, entry: Entry) -> bool:
    """Whether a page and its attachments still stand in a folder as they were made."""
    wanted = [(entry.page, entry.sha256), *((f"{entry.files_folder}/{f.name}", f.sha256) for f in entry.files)]
    return bool(entry.sha256) and all(
        (folder / name).is_file() and file_digest(folder / name) == hashed for name, hashed in wanted
    )


def changed_inputs(before: Sequence[InputFile], now: Sequence[InputFile]) -> list[str]:
    """The names of files that were added, removed or changed."""
    then, today = ({file.name: file.sha256 for file in files} for files in (before, now))
    return sorted(name for name in then.keys() | today.keys() if then.get(name) != today.get(name))


def changed_since(before: RunRecord, inputs: Sequence[InputFile], described: Mapping[str, Any]) -> tuple[str, ...]:
    """The files and the rule books that were added, removed or changed since a run, by name."""
    then, now = ({one["id"]: one for one in told.get("rule_books", ())} for told in (before.described, described))
    other = sorted(id for id in then.keys() | now.keys() if _hash(then, id) != _hash(now, id))
    books = (str((now.get(id) or then[id])["name"]) for id in other)
    return (*changed_inputs(before.inputs, inputs), *books, *changed_versions(before.versions))


def changed_versions(before: Mapping[str, str]) -> tuple[str, ...]:
    """The software that has another version than in a run: ``polars 2.0 -> 2.1``; none where none was told."""
    now = versions() if before else {}
    return tuple(f"{name} {before.get(name, '-')} -> {now[name]}" for name in now if before.get(name) != now[name])


def _hash(books: Mapping[str, Any], id: str) -> str:
    return str(books[id]["sha256"]) if id in books else ""
