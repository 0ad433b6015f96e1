"""Consents: what may be shown to whom on a day, and what must go once a yes was taken back."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from playbook.answers.placed import consents
from playbook.tables.declared import TABLES

DAY = date(2026, 11, 20)


def voices(*rows: dict[str, Any]) -> pl.DataFrame:
    base = {"case_id": "P", "side": "hire", "held_on": date(2026, 6, 1), "topic": "仕事", "note": "任される範囲が広い",
            "shareable": "both"}  # fmt: skip
    return pl.DataFrame([{**base, **row} for row in rows], infer_schema_length=None)


def agreed(*rows: dict[str, Any]) -> pl.DataFrame:
    base = {"case_id": "P", "side": "hire", "to": "company", "given_on": date(2026, 5, 1), "items": None, "how": "書面",
            "withdrawn_on": None}  # fmt: skip
    schema = {name: dtype for name, dtype in TABLES["consents"].schema("Asia/Tokyo").items() if name != "row"}
    return pl.DataFrame([{**base, **row} for row in rows], schema=schema)


@pytest.mark.parametrize(
    ("said", "given", "refused"),
    [
        ({}, [{}], None),
        ({}, [], "no_consent"),
        ({"shareable": "no"}, [{}], "not_shareable"),
        ({"shareable": None}, [{}], "not_shareable"),
        ({"shareable": "hire"}, [{}], "not_shareable"),
        ({}, [{"to": "hire"}], "no_consent"),
        ({}, [{"side": "company"}], "no_consent"),
        ({}, [{"case_id": "Q"}], "no_consent"),
        ({}, [{"given_on": date(2026, 11, 21)}], "no_consent"),
        ({}, [{"given_on": date(2026, 11, 20)}], None),
        ({}, [{"withdrawn_on": date(2026, 11, 20)}], "withdrawn"),
        ({}, [{"withdrawn_on": date(2026, 11, 21)}], None),
        ({}, [{"withdrawn_on": date(2026, 6, 1)}, {"given_on": date(2026, 7, 1)}], None),
        ({}, [{"to": "青葉精機"}], None),
        ({}, [{"to": "両方の関係者"}], "no_consent"),
        ({"note": "持病で通院している"}, [{}], "special_care"),
        ({"note": "持病で通院している"}, [{"items": "面談の要旨、健康"}], None),
        ({"topic": "国籍のこと"}, [{"items": "要配慮個人情報を含む"}], None),
    ],
)
def test_what_may_stand_in_the_company_s_edition(
    said: dict[str, Any], given: list[dict[str, Any]], refused: str | None
) -> None:
    """The row says so, and a consent of its speaker to this reader holds that day; special care needs a second yes."""
    found = consents.permitted(voices(said), agreed(*given), "company", DAY, {"青葉精機": "company"})
    assert found["refused"].to_list() == [refused]


def test_one_s_own_words_need_no_consent_to_be_read_again() -> None:
    """The company's voice stands in the company's edition where it may be shared, without a consent row."""
    own = consents.permitted(voices({"side": "company", "shareable": "company"}), agreed(), "company", DAY)
    assert own["refused"].to_list() == [None]
    sick = consents.permitted(voices({"side": "company", "note": "社員が病気で休職"}), agreed(), "company", DAY)
    assert sick["refused"].to_list() == ["no_consent"]


def test_the_bank_sees_everything() -> None:
    """The bank's own edition holds every voice."""
    found = consents.permitted(voices({"shareable": "no"}, {"note": "通院"}), agreed(), "bank", DAY)
    assert found["refused"].to_list() == [None, None]


def test_a_withdrawal_recalls_the_voices_it_covered() -> None:
    """What may stand in an edition no longer is recalled from it, and from no other; a key tells nothing of the words."""
    heard = voices({}, {"side": "company"})
    given = agreed({"withdrawn_on": date(2026, 11, 1)}, {"side": "company", "to": "hire"})
    hire, company = (consents.voice_key(row) for row in heard.iter_rows(named=True))
    assert consents.recalled(heard, given, DAY) == {f"company:{hire}"}
    assert consents.recalled(heard, given, date(2026, 10, 31)) == frozenset()
    assert f"hire:{company}" in consents.recalled(heard, agreed(), DAY)
    assert "任される" not in hire
