"""Empty, tiny and strange workspaces: every page is made, and says what is missing and what to do."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from html import unescape
from itertools import takewhile
from pathlib import Path
from urllib.parse import unquote

import pytest
from published import MADE_AT
from the_sample import sample
from thinned import ALL
from warmed import warm

from playbook.pages import missing
from playbook.publishing.reports import RunRecord, run_reports
from playbook.rendering.notebook import find_notebook, notebook_folder
from playbook.rendering.nothing import NothingToShowError, ended_early

MadeOf = Callable[[str], tuple[RunRecord, Path]]

AS_OF = "2026-11-20"
CASES = "case_id,playbook,subject,recruitment_closes_on,joins_on\n"
EVENTS = "case_id,activity,timestamp\n"
APPLIED = "A-1,joins-selection,山田 花子,2026-11-15,\n"
JOINED = ("P-1,placement-followup,田中 一,,2026-10-01\n", "P-1,joined,2026-10-01\n")
THREE = APPLIED + "P-1,placement-followup,田中 一,,2026-10-01\nC-1,casual-interview,林 実,,\n"
STRANGE = {
    "nothing": ("", ""),
    "one case": (APPLIED, "A-1,applied,2026-11-10\n"),
    "three cases": (THREE, "A-1,applied,2026-11-10\nP-1,joined,2026-10-01\nC-1,casual_interview_held,2026-11-15\n"),
    "all closed": (APPLIED, "A-1,applied,2026-11-10\nA-1,withdrawn,2026-11-12\n"),
    "nothing yet": (APPLIED, "A-1,applied,2027-01-10\n"),
    "one placement": JOINED,
    "no placement": (APPLIED + APPLIED.replace("A-1", "A-2"), "A-1,applied,2026-11-10\nA-2,applied,2026-11-02\n"),
}
KINDS = list(STRANGE) if ALL else ["nothing", "three cases", "one placement"]
IN_ENGLISH = {"one placement"}
NOT_ONE = re.compile(
    r"(?<![\d.,/])1 (?:are|were|have|end|cases|rows|events|people|actions|rules|reviews|goals|declines)\b"
)
"""What is said of one as of several."""
UNKNOWN = ("目標", "提案", "就職", "無期", "判明せず", "Goals", "Proposals", "indefinite", "Not known")
"""What the cards count of which these workspaces record nothing: goals, proposals, a past year's placements."""
SHOWN = {"output_type": "display_data", "data": {"text/markdown": "# t"}, "metadata": {}}
FAILED = {"output_type": "error", "ename": "NothingToShowError", "evalue": "", "traceback": []}


@pytest.fixture(scope="module")
def made_of(tmp_path_factory: pytest.TempPathFactory) -> MadeOf:
    """All reports of a strange workspace, made once, and the folder they are in."""

    @cache
    def made(kind: str) -> tuple[RunRecord, Path]:
        return _made(tmp_path_factory.mktemp("strange"), kind, *STRANGE[kind])

    return made


def _made(folder: Path, kind: str, cases: str, events: str) -> tuple[RunRecord, Path]:
    (folder / "ws").mkdir(parents=True)
    (folder / "ws/cases.csv").write_text(CASES + cases, encoding="utf-8")
    (folder / "ws/events.csv").write_text(EVENTS + events, encoding="utf-8")
    out = folder / "out"
    told = {"as_of": AS_OF, "started_at": MADE_AT, "engine": warm(), "lang": "en" if kind in IN_ENGLISH else "ja"}
    return run_reports((), workspace=str(folder / "ws"), out=out, **told), out  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
def test_every_page_of_a_strange_workspace_is_made(made_of: MadeOf, kind: str) -> None:
    """With no, one and three cases, all closed, or all still ahead: no report fails, and none is blank."""
    record, out = made_of(kind)
    assert [entry.failure for entry in record.entries if entry.failure] == []
    assert record.exit_status == 0
    for entry in record.entries:
        page = (out / entry.page).read_text(encoding="utf-8")
        assert any(mark in page for mark in ('class="pb-table', 'class="note"', 'class="cards"')), entry.page
        assert entry.report not in re.findall("<h1>(.*?)</h1>", page), "a page has a title of its own"
        shown = re.sub(r"<[^>]+>", " ", page[page.index("<main") : page.index("</main>")])
        assert not re.search(r"None|NaN|\bnan\b|(?<!\d)0(件のうち|の?指標|のルール)", shown), entry.page
        assert not NOT_ONE.search(shown), entry.page


def test_a_heading_with_nothing_under_it_is_found() -> None:
    """The check itself: prose of the notebook and tables without rows are nothing, a sentence or a table is something."""
    page = (
        '<nav class="contents"><a href="#a">甲</a><a href="#d">丁</a></nav><main><section><h2 id="a">甲</h2><p>前置き</p>'
        '<p class="pb-caption">表</p><p class="pb-empty">なし</p><h3 id="b">乙</h3><p>件数不足</p></section>'
        '<section><h2 id="c">丙</h2><p>前置き</p></section></main>'
    )
    assert bare(page, "前置き") == ["丙", "#d"]


def bare(page: str, written: str) -> list[str]:
    """The headings of a page with nothing under them, and the links to a place that is not on it.

    `written` is what the notebook says by itself: it is nothing without what it speaks of.
    """
    main = page[page.index("<main") : page.index("</main>")]
    parts = [part for part in re.split(r"(?=<h[2-6][ >])", main) if re.match("<h[2-6]", part)]
    found = []
    for at, part in enumerate(parts):
        below = [part, *takewhile(lambda one, level=part[2]: one[2] > level, parts[at + 1 :])]  # type: ignore[misc]
        if not any(_something(one, written) for one in below):
            found.append(plain(part.split("</h")[0]))
    links = re.findall(r'href="#([^"=]+)"', page)
    return found + [f"#{link}" for link in links if f'id="{unquote(link)}"' not in page]


def _something(part: str, written: str) -> bool:
    rest = re.sub(r'^<h.*?</h\d>|<p class="pb-(?:caption|empty|without)">.*?</p>', "", part, flags=re.DOTALL)
    said = [plain(one) for one in re.findall(r"<p\b.*?</p>", rest, re.DOTALL)]
    return bool(re.search("<(?:table|svg|pre|li|details|a class)", rest)) or any(s and s not in written for s in said)


def plain(html: str) -> str:
    """The text of HTML or Markdown without blanks, for comparison."""
    return re.sub(r"\s|<[^>]+>|[*`]", "", unescape(html))


@pytest.mark.parametrize("kind", KINDS)
def test_no_heading_of_a_strange_workspace_stands_over_nothing(made_of: MadeOf, kind: str) -> None:
    """No heading and no entry of the contents is left without content, no link is dead, and what is unknown is not 0."""
    record, out = made_of(kind)
    for entry in record.entries:
        cells = json.loads(find_notebook(entry.report, notebook_folder(), entry.lang).read_text("utf-8"))["cells"]
        written = plain("".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"))
        page = (out / entry.page).read_text(encoding="utf-8")
        assert bare(page, written) == [], entry.page
        zeros = [card["label"] for card in entry.summary.get("cards", ()) if re.match(r"[¥]?0(?!\d)", card["value"])]
        assert [label for label in zeros if any(word in label for word in UNKNOWN)] == [], entry.page


def test_three_cases_carry_no_verdict(made_of: MadeOf) -> None:
    """Reports of figures say that too few have ended, and where to look meanwhile; the funnel says how many are open."""
    record, out = made_of("three cases")
    said = {entry.report: entry.summary["headline"] for entry in record.entries}
    few = "2026/11/20(金)までに分かっている3件のうち、終わったものが足りず、このレポートはまだ出せません。"
    assert [said[name] for name in ("declines", "forecast", "limits")] == [few] * 3
    assert "今週の対応" in (out / "limits.html").read_text(encoding="utf-8")
    assert said["funnel"].startswith("離脱した案件はまだありません。")


def test_an_empty_workspace_says_what_to_do(made_of: MadeOf) -> None:
    """The page and the index say that there is no case yet, and the page how to bring some in."""
    record, out = made_of("nothing")
    page = (out / "funnel.html").read_text(encoding="utf-8")
    assert "案件がまだありません" in page and "playbook import" in page
    headlines = {entry.report: entry.summary["headline"] for entry in record.entries}
    assert "0ではなく、不明です" in headlines.pop("yearly")
    assert all("案件がまだありません" in said for said in headlines.values()), headlines


def test_a_day_before_the_first_event_says_the_first() -> None:
    """Asked for too early a day, a report names the day of the first event."""
    ws = sample()
    with pytest.raises(NothingToShowError, match="最初のできごとは 2024/") as raised:
        missing.unless_cases(ws.on("2020-01-06").log)
    assert "--as-of" in raised.value.advice


def test_a_playbook_without_cases_is_named() -> None:
    """A report on one playbook says which one has no case, in the language of the page."""
    ws = sample().only(playbook="casual-interview")
    with pytest.raises(NothingToShowError, match="no case of “Follow-up of placements”"):
        missing.unless_placements(ws.on(AS_OF).log, "en")
    missing.unless_cases(ws.on(AS_OF).log, book="casual-interview")


def test_a_report_that_ends_early_keeps_what_stood_before() -> None:
    """The cells before stay, and what the cell itself showed; the message is escaped, the cells after are gone."""
    cells = [
        {"cell_type": "markdown", "source": "# t"},
        {"cell_type": "code", "outputs": [SHOWN, FAILED]},
        {"cell_type": "code"},
    ]
    told = ended_early({"cells": cells, "metadata": {}}, 1, "<none>", "none")
    assert len(told["cells"]) == 2 and told["cells"][0] == cells[0]
    first, last = told["cells"][1]["outputs"]
    assert first == SHOWN and "&lt;none&gt;" in last["data"]["text/html"]
