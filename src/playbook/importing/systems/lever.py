"""Lever: opportunities with the history of their stages, which may go forth and back; times are milliseconds since
1970.

Each change of stage is an event named like the stage (its text, where the list of stages is imported too); the
archive gives the end: hired, an offer declined, withdrawn or rejected, as far as the text of its reason says who ended
it; Lever itself knows only hired and not hired, so any other reason is refused until `[values.activity]` says what it
is, and without the list of reasons nothing says it. `[values.activity]` maps stages to activities, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playbook.importing.nested import flat
from playbook.importing.raw import Raw
from playbook.importing.system import System

PLAYBOOK = "interview-aftercare"

_KINDS: tuple[tuple[str, frozenset[str]], ...] = (
    ("opportunities", frozenset({"id", "stageChanges"})),
    ("opportunities", frozenset({"id", "contact", "stage"})),
    ("postings", frozenset({"id", "text", "state"})),
    ("archive_reasons", frozenset({"id", "text", "status"})),
    ("archive_reasons", frozenset({"id", "text", "type"})),
    ("stages", frozenset({"id", "text"})),
)


def is_lever(data: Any) -> bool:
    """Whether a JSON value is an answer of Lever's API that is known here."""
    return _kind(_records(data)) is not None


def read_json(data: Any, path: Path, _case: str | None = None) -> tuple[Raw, ...]:
    """The raw table of one answer: of opportunities, one row per change of stage."""
    records = _records(data)
    return (flat(records, f"lever.{_kind(records)}", path),)


def _records(data: Any) -> list[Any]:
    match data:
        case {"data": list(records)}:
            return records
        case {"data": dict(record)}:
            return [record]
        case list():
            return data
        case _:
            return [data]


def _kind(records: list[Any]) -> str | None:
    first: Mapping[str, Any] | None = next((one for one in records if isinstance(one, dict)), None)
    if first is None:
        return None
    return next((kind for kind, fields in _KINDS if fields <= first.keys()), None)


_STAGE = {"file": "lever.stages", "key": "id", "give": "text"}
_REASON = {"file": "lever.archive_reasons", "key": "id", "give": "text"}
_ENDS = {
    "Hired": "offer_accepted",
    "Offer declined": "offer_declined",
    "Declined offer": "offer_declined",
    "Withdrew": "withdrawn",
    "Withdrawn": "withdrawn",
    "Candidate withdrew": "withdrawn",
    "Declined": "withdrawn",
    "Not interested": "withdrawn",
    "Accepted another offer": "withdrawn",
    "Took another job": "withdrawn",
    "Candidate declined": "withdrawn",
    "Underqualified": "rejected",
    "Overqualified": "rejected",
    "Unqualified": "rejected",
    "Not a fit": "rejected",
    "Culture fit": "rejected",
    "Rejected": "rejected",
    "Company rejected": "rejected",
    "Hired someone else": "rejected",
    "Position closed": "rejected",
    "Failed assessment": "rejected",
}

MAPPINGS: dict[str, dict[str, Any]] = {
    "lever.opportunities": {
        "playbook": PLAYBOOK,
        "source": [
            {
                "file": "*",
                "cases": {
                    "case_id": "id",
                    "subject": "name",
                    "position": "headline",
                    "created_at": "createdAt",
                    "origin": "origin",
                    "source": "sources",
                },
                "assignments": {"role": {"always": "followup_owner"}, "person": "owner", "case_id": "id"},
                "events": [
                    {
                        "activity": {"always": "applied"},
                        "timestamp": "createdAt",
                        "when": {"origin": ["applied", "agency", "referred"]},
                        "channel": "sources",
                    },
                    {
                        "activity": {"column": "stageChanges.toStageId", "look_up": _STAGE, "others": "keep"},
                        "timestamp": "stageChanges.updatedAt",
                        "resource": "stageChanges.userId",
                    },
                    {
                        "activity": {
                            "column": "archived.reason",
                            "look_up": _REASON,
                            "values": _ENDS,
                            "others": "refuse",
                        },
                        "timestamp": "archived.archivedAt",
                        "reason": {"column": "archived.reason", "look_up": _REASON},
                    },
                ],
            }
        ],
    },
}


SYSTEM = System("lever", 30, MAPPINGS, is_lever, read_json)
