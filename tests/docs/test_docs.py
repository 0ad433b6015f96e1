"""Every code block of the README and the guides does what it says; every link leads somewhere."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from guides import ROOT, Block, blocks, type_line
from traced import answered, trace_of, workspace_of

from playbook.cli import main
from playbook.rules.reading import read_playbook
from playbook.tables.settings import read_settings

DOCS = ROOT / "docs"
GUIDES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md"))]
# These have tests of their own, beside what they are about.
ELSEWHERE = ("tutorial-real-log.md", "import.md", "performance.md", "scheduler.md")
RUN_HERE = [guide for guide in GUIDES if guide.name not in ELSEWHERE]


def named(guide: Path) -> str:
    return guide.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("guide", RUN_HERE, ids=named)
def test_blocks_run_in_order(guide: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader who types the blocks of a guide one after the other in an empty folder meets no error."""
    monkeypatch.chdir(tmp_path)
    shown: dict[str, object] = {}
    for block in blocks(guide):
        match block.language:
            case "console":
                for line in block.text.splitlines():
                    type_line(line)
            case "python":
                exec(compile("\n" * block.line + block.text, str(guide), "exec"), shown)
            case "csv":
                Path(block.title).write_text(block.text, encoding="utf-8")
            case "ini" | "text" | "toml" | "trace" | "yaml" | "cron":
                pass  # held to what it is by a test below, or by that of the scheduler
            case other:
                pytest.fail(f"{guide.name}:{block.line}: nobody checks a block of '{other}'")


def ground_and_examples() -> Iterator[tuple[Block, list[Block]]]:
    """Each piece of a rule book in the guide, and the traces that follow it."""
    book: Block | None = None
    traces: list[Block] = []
    for block in [block for block in blocks(DOCS / "rule-books.md") if block.language in ("toml", "trace")]:
        if block.language == "trace":
            traces.append(block)
            continue
        if book is not None:
            yield book, traces
        book, traces = block, []
    if book is not None:
        yield book, traces


GROUND, *EXAMPLES = ground_and_examples()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"line-{example[0].line}")
def test_the_guide_to_rule_books_tells_the_truth(example: tuple[Block, list[Block]], tmp_path: Path) -> None:
    """Each rule is one that can be read, and is answered day by day as its traces say."""
    (tmp_path / "small.toml").write_text(GROUND[0].text + example[0].text, encoding="utf-8")
    book = read_playbook(tmp_path / "small.toml")
    for trace in map(trace_of, (block.text for block in example[1])):
        workspace = workspace_of(trace, book)
        assert trace.answers
        assert [answered(workspace, day, words) for day, words in trace.answers] == [
            words for _, words in trace.answers
        ]


def test_every_kind_of_promise_is_shown() -> None:
    """The guide shows every key of a rule, and every table that is a promise."""
    text = "".join(block.text for block, _ in EXAMPLES)
    keys = (
        "after",
        "due",
        "until",
        "when",
        "wait",
        "unless",
        "escalate",
        "record",
        "toward",
        "gap",
        "template",
        "fact",
    )
    assert [key for key in keys if not re.search(rf"^{key} = ", text, re.MULTILINE)] == []
    for table in ("rule", "precedence", "checklist", "participation", "template"):
        assert f"[[{table}]]" in text


@pytest.mark.parametrize("guide", [guide for guide in RUN_HERE if guide.name != "rule-books.md"], ids=named)
def test_settings_and_rule_books_in_guides_can_be_read(guide: Path, tmp_path: Path) -> None:
    """A block of TOML is a rule book or the settings of a workspace."""
    for block in blocks(guide):
        if block.language == "toml":
            path = tmp_path / "shown.toml"
            path.write_text(block.text, encoding="utf-8")
            read = read_playbook if "[playbook]" in block.text else read_settings
            assert read(path)


@pytest.mark.parametrize("guide", ["consultant.md", "relationship-manager.md"])
def test_the_tables_that_a_guide_shows_pass_check(
    guide: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A reader who copies the tables of a guide is told of nothing that is wrong with them."""
    for block in blocks(DOCS / guide):
        if block.title.endswith(".csv"):
            (tmp_path / Path(block.title).name).write_text(block.text, encoding="utf-8")
    assert main(["check", "--workspace", str(tmp_path), "--as-of", "2026-11-20", "--lang", "en"]) == 0
    said = capsys.readouterr().out
    assert "nothing is wrong" in said, said


def anchor(heading: str) -> str:
    """The anchor of a heading, as the usual sites make it."""
    text = unicodedata.normalize("NFC", re.sub(r"[`*]", "", heading).strip().lower())
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


@pytest.mark.parametrize("guide", GUIDES, ids=named)
def test_links_lead_somewhere(guide: Path) -> None:
    """Every link and picture of a guide is a file of the project; every anchor is a heading there."""
    prose = re.sub(r"^```.*?^```$", "", guide.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        place, _, part = target.partition("#")
        if place.startswith("https:"):
            continue
        there = guide.parent / place if place else guide
        assert there.exists(), target
        if part:
            headings = re.findall(r"^#+ (.+)$", there.read_text(encoding="utf-8"), re.MULTILINE)
            assert part in map(anchor, headings), target


def test_the_reference_is_current() -> None:
    """The reference is what the docstrings and the menu say today: `python docs/reference.py` writes it anew."""
    spec = spec_from_file_location("reference", DOCS / "reference.py")
    assert spec is not None and spec.loader is not None
    reference = module_from_spec(spec)
    spec.loader.exec_module(reference)
    assert reference.PAGE.read_text(encoding="utf-8") == reference.page()


def test_pictures_are_small() -> None:
    """All pictures of the guides together take less than 1.2 MB."""
    assert 0 < sum(path.stat().st_size for path in (DOCS / "images").glob("*.png")) < 1_200_000
