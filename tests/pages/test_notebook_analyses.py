"""The pages on losses, declines and cycles: what every figure brings, what is cited, what small numbers say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from published import LANGS, publish
from the_sample import sample

from playbook.rules.facts import facts

REPORTS = ("funnel", "declines", "cycle_review")
MOST_BYTES = 300_000


@pytest.fixture(scope="module")
def pages(published: Path) -> dict[tuple[str, str], str]:
    """The pages of the three reports, in both languages."""
    return {
        (lang, name): (published / lang / f"{name}.html").read_text(encoding="utf-8")
        for lang in LANGS
        for name in REPORTS
    }


def _figures(page: str) -> list[str]:
    return re.findall(r'<figure class="pb-figure".*?</figure>', page, re.DOTALL)


@pytest.mark.parametrize("name", REPORTS)
def test_every_figure_has_its_sentence_and_its_table(pages: dict[tuple[str, str], str], name: str) -> None:
    """Beside each figure stand a sentence written from its numbers and the table of those numbers, in both languages."""
    for lang in LANGS:
        figures = _figures(pages[lang, name])
        assert figures or name == "funnel"  # whose pictures are tables with bars and drawings, without a script
        for figure in figures:
            said = re.search(r'<span class="pb-told">(.+?)</span>', figure, re.DOTALL)
            assert said is not None
            assert re.search(r"\d", said[1]) or "件数が少なく" in said[1] or "too small" in said[1]
            assert figure.count("<tr>") > 1


@pytest.mark.parametrize("name", REPORTS)
def test_pages_are_light_and_say_no_codes(pages: dict[tuple[str, str], str], name: str) -> None:
    """A page of five playbooks stays below 300 kB, and nothing on it reads None, nan or a column's code."""
    for lang in LANGS:
        page = pages[lang, name]
        assert len(page.encode("utf-8")) <= MOST_BYTES
        shown = re.sub(r"<(script|style)\b.*?</\1>|<[^>]+>", " ", page, flags=re.DOTALL)
        assert re.findall(r"\b(?:None(?! of)|nan|NaN|\w+_(?:id|low|high|declined|rate|days))\b", shown) == []


def test_cited_sections_exist(pages: dict[tuple[str, str], str]) -> None:
    """Every section of these reports that a fact names can be jumped to, in both languages."""
    cited = [fact.where.split("#") for fact in facts() if fact.where.split("#")[0] in REPORTS]
    assert len(cited) >= 4
    for lang in LANGS:
        assert all(f'id="{anchor}"' in pages[lang, name] for name, anchor in cited)


def test_the_answer_comes_first(pages: dict[tuple[str, str], str]) -> None:
    """A sentence and cards stand before the first heading of the page."""
    for page in pages.values():
        lead = page.split('<div class="lead">')[-1].split("<h2")[0]
        assert "<strong>" in lead
        assert 'class="card' in lead


def _alone(tmp_path: Path, name: str, **parameters: Any) -> str:
    record = publish(tmp_path, "ja", name, parameters=parameters)
    assert [entry.failure for entry in record.entries if entry.failure] == []
    return (tmp_path / record.entries[0].page).read_text(encoding="utf-8")


def test_a_small_client_gets_no_percentage_where_there_are_too_few(tmp_path: Path) -> None:
    """The offers of one client are too few: its page says so instead of a rate of declined offers."""
    client = "K-12"
    offers = sample().only(client=client).on("2026-11-20").declines().offers
    assert offers["verdict"].to_list().count("too_few") == offers.height > 0
    page = _alone(tmp_path, "declines", client=client)
    assert "件数が少なく判断できません" in page
    card = re.search(r'<li class="card[^"]*">(?:(?!</li>).)*内定辞退率(?:(?!</li>).)*</li>', page, re.DOTALL)
    assert card is not None
    assert "件数不足" in card[0]


def test_only_what_is_asked_for_is_counted(tmp_path: Path) -> None:
    """The page of one playbook counts its cases as the command line does, and names no other playbook."""
    page = _alone(tmp_path, "funnel", playbook_id="joins-selection")
    book = sample().playbooks.named("joins-selection")
    entered = sample().only(playbook=book.id).funnel("2026-11-20")["entered"][0]
    assert f"{entered}件のうち" in page
    others = [other.name.ja for other in sample().playbooks if other.id != book.id]
    assert not [name for name in others if name in page]
