"""Publishing harms nothing: what no run made stays as it is, and pages go nowhere where they do not belong."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cli_workspaces import AS_OF, TABLES, Command, make
from quick_reports import AT, publish
from write_notebook import notebook_at

from playbook.publishing import site as site_module
from playbook.publishing.manifest import read_manifest
from playbook.publishing.owned import refuse_foreign
from playbook.publishing.plan import folder_name
from playbook.publishing.site import PublishError
from playbook.tables.samples import samples

posix = pytest.mark.skipif(sys.platform == "win32", reason="modes, groups and links are POSIX")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A small workspace."""
    return make(tmp_path / "workspace", TABLES)


@pytest.fixture
def out(tmp_path: Path, workspace: Path) -> Path:
    """A folder that a run has published to."""
    publish(tmp_path / "reports", workspace=workspace)
    return tmp_path / "reports"


def again(out: Path, workspace: Path, minute: int = 31) -> None:
    """Publish other pages, a minute later."""
    publish(out, workspace=workspace, as_of="2026-11-21", force=True, started_at=AT.replace(minute=minute))


@posix
@pytest.mark.parametrize("exchange", [True, False], ids=["exchange", "pour"])
def test_files_of_others_stay(out: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch, exchange: bool) -> None:
    """A note, a script, a page of one's own and a `history` of one's own come through as they were."""
    if not exchange:
        monkeypatch.setattr(site_module, "_exchanged", lambda *_: False)
    mine = make(
        out, {"notes/a.txt": "1", "tool.sh": "2", "own.html": "3", "history/mine.txt": "4", "runs/x.json": "{}"}
    )
    (mine / "tool.sh").chmod(0o750)
    (mine / "notes").chmod(0o700)
    again(out, workspace)
    assert "2026-11-21" in (out / "plants.html").read_text(encoding="utf-8")
    said = {name: (out / name).read_text(encoding="utf-8") for name in ("notes/a.txt", "own.html", "history/mine.txt")}
    assert said == {"notes/a.txt": "1", "own.html": "3", "history/mine.txt": "4"}
    assert stat.S_IMODE((out / "tool.sh").stat().st_mode) == 0o750
    assert stat.S_IMODE((out / "notes").stat().st_mode) == 0o700
    assert (out / "runs" / "x.json").is_file()


@posix
@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_a_repository_in_the_folder_is_whole(out: Path, workspace: Path) -> None:
    """Pages that are kept in a repository are published into it, run after run."""
    git = ["git", "-C", str(out), "-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "first"]):
        subprocess.run([*git, *words], check=True)
    before = {path for path in (out / ".git").rglob("*") if path.name != "index"}
    again(out, workspace)
    assert before <= set((out / ".git").rglob("*"))
    said = subprocess.run([*git, "status", "--short"], check=True, capture_output=True, encoding="utf-8").stdout
    assert " M plants.html" in said and " D " not in said
    subprocess.run([*git, "fsck", "--strict"], check=True, capture_output=True)


@posix
def test_links_and_empty_folders_stay(out: Path, workspace: Path, tmp_path: Path) -> None:
    """What a hard link cannot bring along is not touched at all."""
    (out / "drop").mkdir()
    (out / "latest").symlink_to(tmp_path / "elsewhere")
    (out / "shared").symlink_to(workspace)
    again(out, workspace)
    assert (out / "drop").is_dir() and (out / "shared").resolve() == workspace
    assert (out / "latest").readlink() == tmp_path / "elsewhere"
    assert sorted(path.name for path in workspace.iterdir()) == sorted(TABLES)


@posix
def test_a_folder_that_cannot_be_is_refused(
    tmp_path: Path, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Links that run in a ring and a name that no system has are one sentence, no defect."""
    ring = tmp_path / "ring"
    ring.symlink_to(ring)
    for out, said in ((ring, "リンクが同じところを回っています"), (tmp_path / ("a" * 300), "名前が長すぎます")):
        ran = Command(capsys)("run", "funnel", "--workspace", workspace, "--as-of", AS_OF, "--out", out)
        assert ran.status == 2 and said in ran.err and "不具合" not in ran.err


@posix
def test_a_private_folder_stays_private(out: Path, workspace: Path) -> None:
    """Mode, group and set-group bit are those that somebody gave, of the folder and of what is new in it."""
    groups = [group for group in os.getgroups() if group != os.getgid()]
    group = groups[0] if groups else os.getgid()
    os.chown(out, -1, group)
    out.chmod(0o2750)
    (out / "plants.html").chmod(0o600)
    again(out, workspace)
    assert stat.S_IMODE(out.stat().st_mode) == 0o2750 and out.stat().st_gid == group
    assert stat.S_IMODE((out / "plants.html").stat().st_mode) == 0o600
    assert (out / "index.html").stat().st_gid == group


def test_what_is_saved_during_a_run_is_not_lost(out: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that somebody saves while the next folder is built is in it."""
    exchanged = site_module._exchanged

    def saving(one: Path, other: Path) -> bool:
        make(other, {"late/note.txt": "just in time"})
        return exchanged(one, other)

    monkeypatch.setattr(site_module, "_exchanged", saving)
    again(out, workspace)
    assert (out / "late" / "note.txt").exists()


@pytest.mark.parametrize("name", ["index.html", "thesis.docx", "history/a.txt"])
def test_a_folder_that_no_run_made_is_refused(tmp_path: Path, workspace: Path, name: str) -> None:
    """Nothing in it is changed, and the message says where to go."""
    mine = make(tmp_path / "mine", {name: "mine"})
    with pytest.raises(PublishError, match=r"holds files that no run made: \S+; allowed: an empty folder(.|\n)*--out"):
        publish(mine, workspace=workspace)
    assert [path.read_text(encoding="utf-8") for path in mine.rglob("*") if path.is_file()] == ["mine"]


def test_a_disk_is_not_walked_to_be_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that no run made may be somebody's whole disk: only its own names are looked at."""
    make(tmp_path / "mine", {f"{number}/deep/a.txt": "mine" for number in range(9)})
    looked_into: list[str] = []
    listing = os.scandir

    def listed(path: str) -> object:
        looked_into.append(Path(path).name)
        return listing(path)

    monkeypatch.setattr(os, "scandir", listed)
    monkeypatch.setattr(os, "listdir", lambda path: [entry.name for entry in os.scandir(path)])
    with pytest.raises(PublishError, match=r"holds files that no run made: 0, 1, 2 \.\.\."):
        refuse_foreign(tmp_path / "mine", "")
    assert set(looked_into) <= {"mine", "runs"} and "mine" in looked_into


def test_a_readme_and_hidden_files_are_no_hindrance(tmp_path: Path, workspace: Path) -> None:
    """A folder prepared for reports, in a repository, may be published to."""
    out = make(tmp_path / "reports", {"README.md": "pages go here", ".gitignore": "*"})
    publish(out, workspace=workspace)
    assert (out / "README.md").read_text(encoding="utf-8") == "pages go here" and (out / "plants.html").is_file()


def test_a_file_in_the_way_of_a_page_is_not_overwritten(out: Path, workspace: Path, tmp_path: Path) -> None:
    """A page that would take the place of somebody's file is refused, and the file stays."""
    notebook_at(tmp_path / "notebooks" / "mine.ipynb", "1")
    (out / "mine.html").write_text("by hand", encoding="utf-8")
    with pytest.raises(PublishError, match=r"mine.html: stands where a page is to go, and no run made it"):
        publish(out, "mine", workspace=workspace, notebooks=tmp_path / "notebooks")
    assert (out / "mine.html").read_text(encoding="utf-8") == "by hand"


def test_without_its_manifest_the_folder_is_still_known(out: Path, workspace: Path) -> None:
    """Who removed a broken manifest, as the message says, publishes anew: the records tell that runs made the rest."""
    (out / "manifest.json").unlink()
    again(out, workspace)
    assert read_manifest(out / "manifest.json") is not None


def test_sample_pages_never_replace_those_of_a_workspace(out: Path, workspace: Path) -> None:
    """Who forgets `--workspace` is told, and the pages stay; the other way round is how one begins."""
    page = (out / "plants.html").read_bytes()
    with pytest.raises(PublishError, match=r"workspace, and these would be of the sample workspace\n.*--workspace"):
        publish(out, workspace=samples())
    assert (out / "plants.html").read_bytes() == page
    publish(out.with_name("first"), workspace=samples())
    publish(out.with_name("first"), workspace=workspace)


@pytest.mark.parametrize(
    ("parameter", "said"),
    [
        ("client=C9", "there is no 'C9'; allowed: C1, C2"),
        ("client=c1", "there is no 'c1'; allowed: C1"),
        ("owner=だれか", "'だれか'"),
    ],
)
def test_nobody_is_an_error(
    tmp_path: Path, workspace: Path, capsys: pytest.CaptureFixture[str], parameter: str, said: str
) -> None:
    """A client or person whom nobody knows makes no clean page: status 2, and nothing is published."""
    words = ("run", "weekly_due_actions", "--workspace", workspace, "--as-of", AS_OF, "--out", tmp_path / "out")
    ran = Command(capsys).english(*words, "-p", parameter)
    assert ran.status == 2 and said in ran.err
    assert not (tmp_path / "out").exists()


AWKWARD = (
    "index.html", "INDEX.HTML", "manifest.json", "status.json", "runs", "History", "nul", "NUL.txt", "con", "COM1",
    "lpt9.csv", "K1", "k1", "Ｋ１", "a b", "a/b", "..", "x.", "funnel.html", "FUNNEL.PDF", "ß", "SS",
)  # fmt: skip


def test_folder_names_are_safe_on_every_system() -> None:
    """No two ids share a folder where case does not count; none has the name of a device, or of a file of a run."""
    names = [folder_name(target) for target in AWKWARD]
    assert len({name.casefold() for name in names}) == len(AWKWARD)
    stems = {name.lower().partition(".")[0] for name in names}
    assert not stems & {"nul", "con", "com1", "lpt9", "runs", "history", "index", "manifest", "status"}
    assert not any(name.lower().endswith((".html", ".json", ".pdf", ".", " ")) for name in names)
    assert names[AWKWARD.index("K1")] == "K1"
