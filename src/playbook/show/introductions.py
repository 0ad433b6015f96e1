"""Drafts by which somebody who hands over introduces the successor: one per client, nothing is sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from playbook.show import formats
from playbook.show.drafts import Draft
from playbook.words.catalogue import COMMA, msg
from playbook.words.text import Lang

_SUBJECT = msg("Your contact from {day}")
_BODY = msg(
    "To {client}\n\nFrom {day} on {taker} takes over from me as your contact.\nWhat is under way"
    " ({cases}), with its history and the days promised to you, has been passed on to {taker}."
    "\nPlease address {taker} from then on.\n\n{giver}\n"
)


def introductions(
    promises: pl.DataFrame, names: Mapping[str, str], giver: str, taker: str, day: date, lang: Lang
) -> tuple[Draft, ...]:
    """A draft for each client whose promises go over; `names` are those of the clients, by `client_id`."""
    of_client = promises.filter(pl.col("client_id").is_not_null()).group_by("client_id", maintain_order=True)
    return tuple(_draft(str(client[0]), rows, names, giver, taker, day, lang) for client, rows in of_client)


def _draft(
    client: str, rows: pl.DataFrame, names: Mapping[str, str], giver: str, taker: str, day: date, lang: Lang
) -> Draft:
    subjects = rows.select(pl.coalesce("subject", "case_id")).to_series().unique(maintain_order=True).to_list()
    said = {
        "client": names.get(client, client), "giver": giver, "taker": taker, "day": formats.day(day, lang),
        "cases": COMMA.say(lang).join(subjects),
    }  # fmt: skip
    first = rows.row(0, named=True)
    return Draft(
        first["playbook"], first["rule_id"], first["case_id"], giver, "mail", said["client"],
        _SUBJECT.say(lang).format(**said), _BODY.say(lang).format(**said), (), f"handover-{client}.eml", (), lang,
    )  # fmt: skip
