"""The reports of the sample workspace, in both languages, in a real browser without a network."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from lxml import html as markup
from offline import CHROMIUM, NO_CHROMIUM, axe_violations, beyond, chromium, faint, page_at, small_targets, window
from published import HEAVY, LANGS, MADE_AT, REPORTS, editions_in, publish, reports_in
from said import jargon, page_as_published
from thinned import ALL

from playbook.publishing.reports import notebook_folder, verify
from playbook.tables.samples import samples
from playbook.words.text import Lang

PAGES = [f"{lang}/{name}.html" for lang in LANGS for name in (*reports_in(lang), "index")]
PAGES += [f"{lang}/followup_review-{edition}.html" for lang in LANGS for edition in editions_in(lang)]
ON_A_PHONE = [
    f"{'ja' if name in (*HEAVY, 'followup_review-company') else 'en'}/{name}.html"
    for name in ("index", "weekly_due_actions", "funnel", "forecast", "placement_portfolio", "followup_review-company")
]
IN_A_BROWSER = PAGES if ALL else [page for page in PAGES if page.startswith("ja/")]
"""Both languages have the same bones: Japanese pages are looked at on a desk, some English ones on a phone in the dark."""
ON_PAPER = [
    f"ja/{name}.html"
    for name in ("weekly_due_actions", "sales_operations", "funnel", "limits", "forecast", "followup_review-company")
]
JAPANESE = re.compile(r"[ぁ-んァ-ヶ一-龠]")


@cache
def names() -> re.Pattern[str]:
    """What the sample's own tables say: names of people and firms, reasons as they were written down."""
    tables = [pl.read_csv(path, infer_schema=False) for path in sorted(samples().glob("*.csv"))]
    said = {text for table in tables for column in table for text in column.drop_nulls().unique()}
    named = sorted((text for text in said if JAPANESE.search(text)), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, named)))


PARSER = markup.HTMLParser(encoding="utf-8")
in_browser = pytest.mark.skipif(CHROMIUM is None, reason=NO_CHROMIUM)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """The system's Chromium."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def desk(browser: Any) -> Iterator[Any]:
    """A window for one page after the other."""
    with window(browser) as opened:
        yield opened


@pytest.fixture(scope="module", params=IN_A_BROWSER)
def page(desk: Any, published: Path, request: pytest.FixtureRequest) -> Any:
    """Each page in turn, opened once, on a desk."""
    return desk((published / request.param).as_uri())


@pytest.fixture(scope="module")
def phone(browser: Any) -> Iterator[Any]:
    """A narrow window in dark colours."""
    with window(browser, width=390, color_scheme="dark") as opened:
        yield opened


def faults(page: Any) -> list[str]:
    """What axe finds, what scripts and policy complain of, what the page asked for, and whether it overflows."""
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return [*axe_violations(page, contrast=ALL), *page.said, *beyond(page), *["wider than the window"] * wide]


@in_browser
def test_a_report_is_accessible_and_asks_for_nothing(page: Any) -> None:
    """axe finds nothing, its policy holds, nothing overflows; in light and dark every text stands out from what is behind
    it.
    """
    assert faults(page) == []
    assert faint(page, "light") == faint(page, "dark") == []


@in_browser
@pytest.mark.parametrize("name", PAGES if ALL else ON_A_PHONE)
def test_a_report_is_accessible_on_a_phone_in_the_dark(phone: Any, published: Path, name: str) -> None:
    """The same at 390 pixels in dark colours; a finger finds whatever is to be touched."""
    page = phone((published / name).as_uri())
    assert faults(page) == faint(page, "dark") == small_targets(page) == []


@in_browser
def test_a_report_can_be_read_without_its_charts(page: Any) -> None:
    """Every figure is drawn, has a title, a sentence of what it shows, and its numbers as a table."""
    for figure in page.locator("figure.pb-figure").all():
        title = figure.locator("figcaption strong").inner_text()
        assert title
        assert figure.locator("svg.pb-across").count() > 0, title
        assert figure.locator(".pb-told, .pb-alt").first.inner_text().strip(), title
        assert figure.locator("details table tbody tr").count() > 0, title


@pytest.fixture(scope="module")
def paper(browser: Any) -> Iterator[Any]:
    """A window for what is printed."""
    with window(browser) as opened:
        yield opened


@in_browser
@pytest.mark.parametrize("name", PAGES if ALL else ON_PAPER)
def test_a_report_is_at_most_eight_sheets_of_paper(paper: Any, published: Path, name: str) -> None:
    """Figures are small and packed, long tables end with what is not printed; a sheet of paper holds its own width."""
    page = paper((published / name).as_uri())
    printed = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type */Page\b", printed)) <= 8
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 1060 if page.locator(".pb-table.wide").count() else 695, "height": 900})
    assert beyond_the_edge(page) == []


def beyond_the_edge(page: Any) -> list[str]:
    """The tables that are wider than the paper between its margins."""
    wider = "(all) => all.filter((one) => one.getBoundingClientRect().right > innerWidth + 1).map((one) => one.outerHTML.slice(0, 200))"
    return list(page.locator("table.pb-table, svg").evaluate_all(wider))


@pytest.mark.parametrize("name", PAGES)
def test_headings_are_in_order(published: Path, name: str) -> None:
    """One heading of level 1, then none that skips a level, none empty; the page says its language."""
    page = markup.parse(published / name, PARSER).getroot()
    headings = page.xpath("//h1|//h2|//h3|//h4|//h5|//h6")
    levels = [int(heading.tag[1]) for heading in headings]
    assert levels.count(1) == 1 and levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert all(heading.text_content().strip() for heading in headings)
    assert page.get("lang") == name[:2]


OWN = "//thead//tr[last()]/th | //h2 | //h3 | //caption | //figcaption//strong | //details[not(contains(@class, 'draft'))]/summary"
OWN += " | //*[contains(concat(' ', @class, ' '), ' letter ')]//*[contains(@class, 'below')]"
OWN += "".join(
    f" | //*[contains(concat(' ', @class, ' '), ' {name} ')]" for name in ("card-label", "badge", "note", "pb-empty")
)
"""What a page says itself."""


@pytest.mark.parametrize("name", [name for name in PAGES if name.startswith("en/")])
def test_an_english_page_has_english_words(published: Path, name: str) -> None:
    """What the page itself says on an English page, beside the names in the data, holds no Japanese word."""
    texts = [one.text_content() for one in markup.parse(published / name, PARSER).getroot().xpath(OWN)]
    assert texts
    said = [names().sub("", text) for text in texts]
    assert [text for text in said if JAPANESE.search(text)] == []


def lines_of_code(report: str) -> set[str]:
    """The lines of the code cells of a report that could be told apart from prose."""
    cells = json.loads((notebook_folder() / f"{report}.ipynb").read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    return {line.strip() for line in code.splitlines() if len(line.strip()) > 12}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_small_and_tells_nothing_of_how_it_was_made(published: Path, name: str) -> None:
    """At most 300 KB, 360 bytes a row, so that a big workspace's stays below it, too; no code, no path, no parameter, no
    kernel, no address of another host.
    """
    html = (published / name).read_text(encoding="utf-8")
    assert len(html.encode("utf-8")) <= 300_000
    bodies = "" if name.endswith("index.html") else "".join(re.findall(r"<tbody.*?</tbody>", html, re.DOTALL))
    assert len(bodies.encode("utf-8")) <= 360 * bodies.count("<tr")
    assert "assets/plotly-" not in html  # its figures are drawn: a page carries no script that draws
    for report in REPORTS:
        assert [line for line in lines_of_code(report) if line in html] == []
    words = [str(published), str(Path.home()), "ipykernel", "python3", "kernelspec"]
    # The index names the software it was made with, and has a column for the as-of.
    words += [] if name.endswith("index.html") else ["papermill", "playbook_id", "as_of"]
    assert [word for word in words if word in html] == []
    assert re.findall(r"""(?:src|href|action)=["'](?:https?:)?//[^"']*""", html) == []


@pytest.mark.parametrize("lang", LANGS)
def test_links_of_a_page_lead_somewhere(published: Path, lang: str) -> None:
    """Every link within the folder, to a page, a file or a heading, finds what it names."""
    for page in (published / lang).glob("*.html"):
        html = page.read_text(encoding="utf-8")
        ids = set(re.findall(r'\bid="([^"]+)"', html))
        for href in re.findall(r'href="([^"]+)"', html):
            place, _, anchor = href.partition("#")
            if place and not place.startswith("data:"):
                assert (page.parent / place).is_file(), f"{page.name}: {href}"
            elif anchor and "=" not in anchor:
                assert anchor in ids, f"{page.name}: {href}"


def test_the_same_input_gives_the_same_bytes(published: Path, tmp_path: Path) -> None:
    """Made again, in other processes, pages and files are the same to the byte: some reports', by `make slow` all."""
    again = REPORTS if ALL else ("case_timeline", "funnel", "weekly_due_actions")
    assert [entry.failure for entry in publish(tmp_path, "ja", *again).entries if entry.failure] == []
    files = [path.relative_to(tmp_path) for name in again for path in tmp_path.glob(f"{name}.*/*")]
    assert len(files) > 20
    for each in [*files, *(Path(f"{name}.html") for name in again)]:
        assert (tmp_path / each).read_bytes() == (published / "ja" / each).read_bytes(), each
    if ALL:
        assert verify(published / "ja" / "manifest.json", started_at=MADE_AT) == ()


@in_browser
def test_a_search_finds_what_people_type_and_the_numbers_above_follow(browser: Any, published: Path) -> None:
    """Older letters, either kana and any width find the one sheet; the cards count it, the headline says the search."""
    with page_at(browser, (published / "ja/weekly_due_actions.html").as_uri()) as page:
        sheets, cards = page.locator(".pb-day:visible"), page.locator(".card-value")
        all_of_them, before = sheets.count(), cards.all_inner_texts()
        headline = page.locator(".lead p > strong:visible")
        assert all_of_them > 1
        for typed in ("高千瀬", "井上　さくら", "井上 サクラ", "Ｃ-083", "c-083"):
            assert headline.count() == 1
            page.locator("#find-sheet").fill(typed)
            assert sheets.count() == 1 and page.locator(".pb-narrowed").inner_text().endswith(typed)
            assert cards.all_inner_texts() == ["0", "1", "0", "0"] and headline.count() == 0
            page.locator("#find-sheet").fill("")
            assert (sheets.count(), cards.all_inner_texts()) == (all_of_them, before)


@pytest.mark.parametrize("name", PAGES)
def test_every_figure_said_is_a_cell(published: Path, name: str) -> None:
    """Each number of any sentence, card, heading, note, title or text for those who hear stands in a table of the page
    or in the CSV beside it.
    """
    assert page_as_published(published / name).unsupported() == []


CODE = re.compile(r"(?<![\w./-])[a-z]+(?:_[a-z0-9]+)+(?![\w./-])")
TO_BE_TYPED = {
    "weekly_due_actions": {"case_id", "track", "timestamp"},  # columns of the user's own files, to be mended there
    "yearly": {"six_months_end", "person_days", "day_before", "same_day", "in_year"},  # to be written as settings
}


@pytest.mark.parametrize("lang", LANGS)
def test_no_cell_shows_a_code(published: Path, lang: Lang) -> None:
    """Activities, states and reasons have their names in every cell, also in the tables beneath pictures."""
    found = {}
    for name in reports_in(lang):
        page = (published / lang / f"{name}.html").read_text(encoding="utf-8")
        cells = re.findall(r"<t[dh]\b[^>]*>(.*?)</t[dh]>", page[page.index("<main") :], re.DOTALL)
        assert cells
        codes = {code for cell in cells for code in CODE.findall(re.sub(r"<[^>]+>", " ", cell))}
        found[name] = codes - TO_BE_TYPED.get(name, set())
    assert {name: codes for name, codes in found.items() if codes} == {}


@pytest.mark.parametrize("lang", LANGS)
def test_a_length_is_said_in_one_way(published: Path, lang: Lang) -> None:
    """Days and hours are written whole where they come out whole: nowhere 5.0 beside 5, nor 0.0 beside 0."""
    pages = {name: (published / lang / f"{name}.html").read_text(encoding="utf-8") for name in reports_in(lang)}
    lengths = re.compile(r"\d(?:\.\d+)?(?=日|時間| days?\b| h\b)")
    assert sum(len(lengths.findall(page)) for page in pages.values()) > 100
    assert {
        name: told for name, page in pages.items() if (told := re.findall(r"\d\.0 ?(?:日|時間|days?\b|h\b)", page))
    } == {}


@pytest.mark.parametrize("lang", LANGS)
def test_no_headline_needs_a_statistician(published: Path, lang: Lang) -> None:
    """First sentences and cards speak plainly; notes and tables may name the method."""
    found = {name: jargon((published / lang / f"{name}.html").read_text(encoding="utf-8")) for name in reports_in(lang)}
    assert {name: said for name, said in found.items() if said} == {}
