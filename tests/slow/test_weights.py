"""Pages of a big workspace: five thousand cases of a hundred clients, each page still light, on few sheets, and true.

Run by `pytest tests/slow/test_weights.py`, some minutes.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from offline import CHROMIUM, NO_CHROMIUM, chromium, page_at
from published import LANGS, MADE_AT, REPORTS
from said import page_as_published
from warmed import AS_OF

from playbook.publishing.reports import run_reports
from playbook.simulation.sample import write_simulated
from playbook.simulation.scenario import Scenario
from playbook.simulation.simulated import simulate

pytestmark = [pytest.mark.timeout(3600), pytest.mark.skipif(CHROMIUM is None, reason=NO_CHROMIUM)]

CASES = {
    "joins-selection": 2000, "interview-aftercare": 1500, "placement-followup": 500,
    "casual-interview": 500, "dispatch-sales": 500,
}  # fmt: skip
LIGHT, SHEETS = 300_000, 9


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every report of the big workspace in both languages."""
    home = tmp_path_factory.mktemp("big")
    write_simulated(simulate(Scenario(clients=100, cases=CASES, months=24, until=date(2026, 11, 20))), home / "data")
    for lang in LANGS:
        told = {"as_of": AS_OF, "started_at": MADE_AT, "lang": lang}
        record = run_reports((), workspace=str(home / "data"), out=home / lang, **told)
        assert [entry.failure for entry in record.entries if entry.failure] == []
    return home


def test_every_page_of_a_big_workspace_is_light_and_its_figures_are_its_own(big: Path) -> None:
    """No page takes 300 kB, none says a figure that its own tables and files have not."""
    pages = [big / lang / f"{name}.html" for lang in LANGS for name in (*REPORTS, "index")]
    weights = {f"{page.parent.name}/{page.name}": page.stat().st_size for page in pages}
    assert {name: weight for name, weight in weights.items() if weight >= LIGHT} == {}
    assert [said for page in pages for said in page_as_published(page).unsupported()] == []


def test_every_page_of_a_big_workspace_is_printed_on_few_sheets(big: Path) -> None:
    """None takes more than nine sheets (eight, and one of declines) but the morning sheets: one a person beside these."""
    sheets = {}
    with chromium() as browser:
        for name in REPORTS:
            with page_at(browser, (big / "ja" / f"{name}.html").as_uri()) as page:
                people = page.locator(".pb-day").count()
                sheets[name] = len(re.findall(rb"/Type */Page\b", page.pdf(prefer_css_page_size=True))) - people
    assert {name: n for name, n in sheets.items() if n > SHEETS} == {}
