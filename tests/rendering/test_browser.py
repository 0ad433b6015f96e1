"""The pages in a real browser without a network: no request, no violation, tables that sort and filter."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from offline import CHROMIUM, NO_CHROMIUM, axe_violations, beyond, chromium, faint, window
from thinned import ALL
from warmed import warm

from playbook.publishing.reports import run_reports
from playbook.show import view

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=NO_CHROMIUM)

Open = Callable[..., Any]


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published folder: a page with everything, a failure, an index, in Japanese; the page in English too."""
    home = tmp_path_factory.mktemp("browser")
    (home / "workspace").mkdir()
    (home / "workspace" / "events.csv").write_text("case_id\n", encoding="utf-8")
    for lang in ("ja", "en"):
        run_reports(
            ["every_output", "raises"],
            workspace=str(home / "workspace"),
            as_of="2026-11-20",
            out=home / lang,
            lang="ja" if lang == "ja" else "en",
            started_at=datetime(2026, 11, 20, 8),
            notebooks=NOTEBOOKS,
            engine=warm(),
            describe=lambda _: {"counts": [{"table": "events", "read": 1200, "accepted": 1199, "quarantined": 1}]},
        )
    return home


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """The system's Chromium."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def alone(reports: Path) -> str:
    """The page without plotly's script beside it: the rest of it is the same, and there three seconds earlier."""
    (reports / "alone").mkdir()
    shutil.copy(reports / "ja/every_output.html", reports / "alone/page.html")
    return "alone/page.html"


@pytest.fixture(scope="module")
def open_page(browser: Any, reports: Path) -> Iterator[Open]:
    """Open a page offline; the page remembers its requests and what its scripts complained of."""
    with ExitStack() as stack:

        @cache
        def window_of(width: int, scheme: str) -> Callable[[str], Any]:
            return stack.enter_context(window(browser, width=width, color_scheme=scheme))

        def opened(name: str, *, width: int = 1440, scheme: str = "light", hash: str = "") -> Any:
            return window_of(width, scheme)((reports / name).as_uri() + (f"#{hash}" if hash else ""))

        yield opened


PAGES = ["ja/every_output.html", "en/every_output.html", "ja/index.html", "en/index.html", "ja/raises.failed.html"]
DESK, PHONE = (1440, "light"), (390, "dark")


@pytest.mark.parametrize(
    ("name", "width", "scheme"),
    [(name, *how) for name in PAGES for how in (DESK, PHONE) if ALL or name.startswith("ja/") == (how == DESK)],
)
def test_every_page_is_accessible_and_asks_for_nothing(open_page: Open, name: str, width: int, scheme: str) -> None:
    """axe finds nothing, no script complains, only plotly's script beside the page is loaded, nothing overflows.

    Both languages have the same bones: Japanese pages on a desk, English ones on a phone, and all by `make slow`.
    """
    page = open_page(name, width=width, scheme=scheme)
    assert axe_violations(page) == []
    assert page.said == []
    assert beyond(page) == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_a_faint_text_is_found(open_page: Open, alone: str) -> None:
    """What looks for faint texts agrees with axe on the page as it is, and on one text that is made too faint."""
    page = open_page(alone)
    assert faint(page, "dark") == faint(page, "light") == []
    page.evaluate("document.querySelector('.pb-table td').style.color = '#888'")
    found = faint(page, "light")
    assert len(found) == 1 and found[0].startswith("rgb(136, 136, 136) on 255,255,255, 3.54")
    assert [violation.partition(":")[0] for violation in axe_violations(page)] == ["color-contrast"]


def test_charts_are_drawn(open_page: Open) -> None:
    """Both charts are there as pictures, in the colours of the page."""
    page = open_page("ja/every_output.html")
    page.wait_for_selector("#chart-2 svg.main-svg")
    assert page.locator("#chart-1 .bars path").count() == 3
    assert page.locator("figure details table tr").count() > 6


def shown_owners(page: Any) -> list[str]:
    """The owners of the rows one can see, in order."""
    texts = page.locator("table.pb-table tbody tr:visible td:first-child").all_inner_texts()
    return [text.strip() for text in texts]


def test_an_address_with_an_owner_shows_that_owner_only(open_page: Open, alone: str) -> None:
    """`#owner=...` filters the table, the choice says so, and clearing it shows all again."""
    page = open_page(alone, hash=f"owner={quote('鈴木')}")
    assert set(shown_owners(page)) == {"鈴木"}
    assert page.locator("select").input_value() == "鈴木"
    assert "20 件中 7 件（絞り込み: 担当 鈴木）" in page.locator(".shown").inner_text()
    page.get_by_role("button", name="絞り込みを解除").click()
    assert len(shown_owners(page)) == 20
    assert "owner" not in page.url


def test_choosing_an_owner_changes_the_address(open_page: Open, alone: str) -> None:
    """A filtered view can be sent as a link."""
    page = open_page(alone)
    page.locator("select").select_option("佐藤")
    assert set(shown_owners(page)) == {"佐藤"}
    assert page.url.endswith(f"#owner={quote('佐藤')}")


def test_words_are_searched_in_every_column(open_page: Open, alone: str) -> None:
    """Full-width and half-width words find the same rows."""
    page = open_page(alone)
    page.locator("input[type=search]").fill("高橋　１７")
    assert shown_owners(page) == ["高橋"]


def test_heads_sort_by_value_with_the_keyboard_too(open_page: Open, alone: str) -> None:
    """Numbers sort as numbers; a third press gives the order of the report back."""
    page = open_page(alone)
    head = page.locator("th[data-column=days]")
    days = (
        "Array.from(document.querySelectorAll('.pb-table tbody td:nth-child(2)'), (cell) => parseInt(cell.textContent))"
    )
    button = head.get_by_role("button")
    button.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    button.press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    assert page.evaluate(days) == list(range(19, -1, -1))
    button.press("Enter")
    assert head.get_attribute("aria-sort") is None
    assert page.evaluate(days) == list(range(20))


def test_a_page_without_plotly_beside_it_says_so_and_shows_the_table(open_page: Open, alone: str) -> None:
    """Forwarded alone, a page still tells its numbers."""
    page = open_page(alone)
    assert "図を描くファイルがありません" in page.locator("#chart-1").inner_text()
    assert page.get_by_role("cell", name="面接").is_visible()


def test_paper_has_no_controls_and_every_row(open_page: Open, alone: str) -> None:
    """In print there are no filters and no contents, and tables are not cut."""
    page = open_page(alone)
    page.emulate_media(media="print")
    assert not page.locator(".contents").is_visible()
    assert not page.locator(".pb-tools").is_visible()
    assert page.locator("table.pb-table tbody tr:visible").count() == 20


def test_on_paper_each_row_of_a_group_says_whose_it_is(open_page: Open, alone: str) -> None:
    """The head of a group does not come again on the next sheet: its name stands in its rows, on paper alone."""
    heads = (view.Column("owner", "役割"), view.Column("rule", "すること"))
    rows = tuple((view.Cell("担当者", value="佐藤"), view.Cell(f"対応{n}")) for n in range(80))
    page = open_page(alone)
    page.evaluate(
        "html => document.querySelector('.lead').innerHTML = html",
        view.Table("", heads, rows, groups=("佐藤",) * 80).html,
    )
    said = "[...document.querySelectorAll('.lead tbody td:first-child')].map(td => getComputedStyle(td, '::before').content)"
    assert set(page.evaluate(said)) == {"none"}
    page.emulate_media(media="print")
    assert page.evaluate(said) == ["none", *['"佐藤"'] * 79]


def test_a_phone_shows_a_few_rows_first_and_filters_them_all(open_page: Open, alone: str) -> None:
    """Of a long table twelve rows stand at once, the others on demand; a filter hides rows that are blocks, too."""
    page = open_page(alone, width=390)
    rows = page.locator("table.pb-table tbody tr:visible")
    assert rows.count() == 12
    page.locator("select").select_option("鈴木")
    assert set(shown_owners(page)) == {"鈴木"} and rows.count() == 7
    page.get_by_role("button", name="絞り込みを解除").click()
    page.get_by_role("button", name="ほか 8 件を表示").click()
    assert rows.count() == 20
    page.emulate_media(media="print")
    assert rows.count() == 20
