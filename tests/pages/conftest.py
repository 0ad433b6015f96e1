"""What the tests of pages share: the reports of the sample, published once."""

from __future__ import annotations

from pathlib import Path

import pytest
from published import LANGS, editions_in, publish, reports_in


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reports in both languages, and editions of the review that the bank hands out."""
    home = tmp_path_factory.mktemp("published")
    for lang in LANGS:
        records = [publish(home / lang, lang, *reports_in(lang))]
        for edition in editions_in(lang):
            records.append(publish(home / lang, lang, "followup_review", parameters={"edition": edition}))
        assert [entry.failure for record in records for entry in record.entries if entry.failure] == []
    return home
