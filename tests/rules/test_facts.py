"""Every fact of the sources has a place, every place that is cited is there, and the command says which."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from cli_workspaces import Command, book

from playbook.rendering.page import slug
from playbook.rules.facts import FAMILIES, OUTSIDE, Fact, Place, citations, coverage, fact_places, facts, facts_page
from playbook.rules.nouns import Playbook
from playbook.rules.reading import builtin_playbooks

ROOT = Path(__file__).resolve().parents[2]
TRACE_TABLE = ROOT.parent / "shared" / "TRACEABILITY.md"
BOOK_OF = {"J": "joins-selection", "B": "placement-followup", "C": "casual-interview", "Z": "interview-aftercare",
           "D": "dispatch-sales"}  # fmt: skip
KINDS = {"ST", "RL", "DL", "TH", "CK", "TP", "PR", "DT"}


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(capsys)


def without(playbooks: tuple[Playbook, ...], fact: str) -> tuple[Playbook, ...]:
    """The playbooks with one fact cited nowhere."""

    def emptied(noun: object) -> object:
        changes = {}
        for name in getattr(noun, "__dataclass_fields__", {}):
            value = getattr(noun, name)
            if name == "fact":
                changes[name] = tuple(one for one in value if one != fact)
            elif isinstance(value, tuple):
                changes[name] = tuple(emptied(one) for one in value)
        return replace(noun, **changes) if changes else noun  # type: ignore[type-var]

    return tuple(emptied(one) for one in playbooks)  # type: ignore[misc]


def test_there_are_158_facts_in_the_order_of_the_sources() -> None:
    """Each has an id of its own, a kind, and a sentence in both languages."""
    assert len(facts()) == len({fact.id for fact in facts()}) == 158
    assert list(dict.fromkeys(fact.id[0] for fact in facts())) == list(FAMILIES)
    for fact in facts():
        assert fact.kind in KINDS
        assert fact.text.ja and fact.text.en and fact.text.ja != fact.text.en


def test_the_facts_are_those_of_the_trace_table() -> None:
    """No id of the trace table is missing, none is invented, and the kinds agree."""
    if not TRACE_TABLE.is_file():
        pytest.skip("the trace table is not beside this checkout")
    written = re.findall(r"^\|([A-Z]-\d\d)\|([A-Z]{2})\|", TRACE_TABLE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(written) == 158
    assert {fact.id: fact.kind for fact in facts()} == dict(written)


def test_every_fact_has_a_place() -> None:
    """A fact lives in a playbook, or outside one as golden test, report, docs, or is not executable for a reason."""
    lost = coverage(builtin_playbooks()).filter(~pl.col("covered"))["fact"].to_list()
    assert lost == []


def test_a_fact_that_loses_its_place_is_found() -> None:
    """For every fact that lives only in playbooks: taken out of them, it is the one that is not covered."""
    books = builtin_playbooks()
    for fact in (fact for fact in facts() if not fact.lives):
        table = coverage(without(books, fact.id))
        assert table.filter(~pl.col("covered"))["fact"].to_list() == [fact.id]


def test_a_playbook_cites_the_facts_of_its_own_source_only() -> None:
    """Nothing is cited that is no fact, and no playbook cites another source."""
    known = {fact.id for fact in facts()}
    for place in fact_places(builtin_playbooks()):
        assert place.fact in known, str(place)
        if place.playbook:
            assert place.playbook == BOOK_OF[place.fact[0]], str(place)


def test_what_is_not_executable_says_why_and_what_lives_outside_says_where() -> None:
    """A reason in both languages; a place that is named; nothing else may be written."""
    for fact in facts():
        assert fact.lives in ("", *OUTSIDE), fact.id
        assert bool(fact.lives) == bool(fact.where), fact.id
        assert bool(fact.reason.ja and fact.reason.en) == (fact.lives == "not executable"), fact.id


# ---- what is cited is there ----


def cited(*kinds: str) -> list[Fact]:
    return [fact for fact in facts() if fact.lives in kinds]


@pytest.mark.parametrize("fact", cited("golden test"), ids=lambda fact: fact.id)
def test_a_golden_test_that_is_cited_is_there(fact: Fact) -> None:
    """The file exists and has a test of that name."""
    path, _, name = fact.where.partition("::")
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    tests = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assert name.startswith("test_") and name in tests


@pytest.mark.parametrize("fact", cited("docs", "not executable"), ids=lambda fact: fact.id)
def test_a_page_that_is_cited_has_the_heading(fact: Fact) -> None:
    """The page exists and has a heading with that anchor."""
    path, _, anchor = fact.where.partition("#")
    headings = re.findall(r"^#+ (.+)$", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)
    assert anchor in {heading.strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("fact", cited("report"), ids=lambda fact: fact.id)
def test_a_report_section_that_is_cited_is_there(fact: Fact) -> None:
    """The notebook exists and has a section of that name: the anchor of a heading, or the tag of a cell."""
    name, _, section = fact.where.partition("#")
    notebook = json.loads((ROOT / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))
    assert section in set(_sections(notebook))


def _sections(notebook: dict[str, list[dict[str, object]]]) -> Iterator[str]:
    for cell in notebook["cells"]:
        metadata, source = cell["metadata"], cell["source"]
        assert isinstance(metadata, dict) and isinstance(source, list | str)
        yield from metadata.get("tags", [])
        if cell["cell_type"] == "markdown":
            text = "".join(source)
            yield from (slug(heading) for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE))
            yield from re.findall(r'<a id="([^"]+)"></a>', text)


def test_the_page_of_facts_says_what_the_code_says() -> None:
    """`docs/facts.md` is written by `facts_page`; where it differs, write it again."""
    page = ROOT / "docs" / "facts.md"
    assert page.read_text(encoding="utf-8") == facts_page(builtin_playbooks())


# ---- the command ----


def test_coverage_prints_each_fact_with_its_places(run: Command) -> None:
    """158 rows, all covered; one that is not executable gives its reason."""
    ran = run("rules", "--coverage", "--lang", "en")
    assert ran.status == 0
    assert "158 of 158 facts have a place" in ran.err
    table = pl.read_csv(ran.out.encode("utf-8"), infer_schema=False)
    assert table["fact"].to_list() == [fact.id for fact in facts()]
    assert set(table["covered"]) == {"true"}
    told = table.filter(fact="J-14").row(0, named=True)
    assert "rule joins-selection/notify-applicants" in told["where"]
    assert "rule" in told["lives"].split("; ")
    assert table.filter(fact="Z-44")["reason"].item().startswith("It advertises")
    assert int(told["places"]) == len(told["where"].split("; "))


def test_coverage_of_a_book_without_facts_says_so(run: Command, tmp_path: Path) -> None:
    """A small playbook alone has nothing to be held against: neither the sources of others nor facts of its own."""
    small = tmp_path / "small.toml"
    small.write_text(book("small"), encoding="utf-8")
    ran = run("rules", "--coverage", "--playbook", small, "--lang", "en")
    assert ran.status == 2
    assert "there are no facts to hold small against; allowed: facts/*.toml in the workspace" in ran.err


def test_coverage_of_some_built_in_books_asks_for_their_sources_only(run: Command) -> None:
    """One built-in playbook alone is held against the facts of its own source."""
    ran = run("rules", "--coverage", "--playbook", "casual-interview", "--lang", "en")
    assert ran.status == 0
    assert "24 of 24 facts have a place" in ran.err


def test_facts_lists_every_place_that_cites_one(run: Command) -> None:
    """One row per fact and place, in the order of the sources; the same places as the coverage counts."""
    ran = run("rules", "--facts")
    assert ran.status == 0
    table = pl.read_csv(ran.out.encode("utf-8"), infer_schema=False)
    assert table.height == coverage(builtin_playbooks())["places"].sum() == citations(builtin_playbooks()).height
    order = [fact.id for fact in facts()]
    positions = [order.index(fact) for fact in table["fact"]]
    assert positions == sorted(positions)


def test_a_place_is_said_with_its_playbook() -> None:
    """A place outside playbooks has none."""
    assert (
        str(Place("J-14", "rule", "joins-selection", "notify-applicants")) == "rule joins-selection/notify-applicants"
    )
    assert str(Place("J-02", "golden test", "", "tests/x.py::test_y")) == "golden test tests/x.py::test_y"
