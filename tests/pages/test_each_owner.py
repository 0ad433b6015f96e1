"""A page for each person, and one for whoever leads them."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote
from zipfile import ZipFile

from published import publish

from playbook.publishing.manifest import files_folder

PEOPLE = ("原田 雅人", "中山 真理")


def test_each_person_has_own_numbers_and_the_leader_a_link_to_each(tmp_path: Path) -> None:
    """Made for each owner, a page counts only what is its person's; the page of all links to these pages."""
    record = publish(
        tmp_path, "ja", "weekly_due_actions", each="owner", only=PEOPLE, targets=lambda *_: {p: p for p in PEOPLE}
    )
    pages = {entry.target: entry for entry in record.entries}
    assert set(pages) == {"", *PEOPLE} and record.exit_status == 0
    whole = (tmp_path / pages[""].page).read_text(encoding="utf-8")
    for person in PEOPLE:
        assert pages[person].page in map(unquote, re.findall(r'href="([^"]+)"', whole))
        own = (tmp_path / pages[person].page).read_text(encoding="utf-8")
        cards = {card["label"]: int(card["value"]) for card in pages[person].summary["cards"]}
        row = re.search(rf"{person}</a></td>\s*(.*?)</tr>", whole, re.S)
        assert row is not None
        assert sum(cards.values()) == sum(map(int, re.findall(r">(\d+)</td>", row[1])))
        assert "担当者ごとの件数" not in own and own.count('class="pb-table pb-day"') == 1
        files, of_all = ({file.name for file in pages[target].files} for target in (person, ""))
        assert {f"{person}.eml", f"{person}.ics"} <= files and f"{person}.ics" not in of_all
    with ZipFile(tmp_path / files_folder(pages[""].page) / "digests.zip") as mails:
        there = set(mails.namelist())
    assert there and there.isdisjoint(f"{person}.eml" for person in PEOPLE)  # of the others, who have no page
    assert "その人のページにあります" in whole
