"""Greenhouse: what its Harvest API answers, as cases, events, openings and planned dates.

Applications give cases and the events applied, rejected (by the firm), withdrawn (by the applicant: a reason of the
type "They rejected us") and, without a reason or of the type "None specified", ended by nobody knows whom; scheduled
interviews give their scheduling and, once held, an activity named like the interview; offers give offer_made,
offer_accepted, offer_declined and the day of joining. Names of interviews become activities of a playbook by
`[values.activity]`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playbook.importing.nested import flat
from playbook.importing.raw import Raw
from playbook.importing.system import System

PLAYBOOK = "interview-aftercare"
UNKNOWN = "ended_unknown"

# What tells the kinds of records apart: fields that all records of a kind have.
_KINDS: tuple[tuple[str, frozenset[str]], ...] = (
    ("candidates", frozenset({"first_name", "last_name", "application_ids"})),
    ("applications", frozenset({"candidate_id", "applied_at", "status"})),
    ("scheduled_interviews", frozenset({"application_id", "start", "interview"})),
    ("scorecards", frozenset({"application_id", "overall_recommendation"})),
    ("offers", frozenset({"application_id", "sent_at", "resolved_at"})),
    ("job_stages", frozenset({"job_id", "name", "interviews"})),
    ("jobs", frozenset({"name", "requisition_id", "status"})),
    ("users", frozenset({"primary_email_address", "site_admin"})),
    ("reasons_or_sources", frozenset({"id", "name", "type"})),
)


def is_greenhouse(data: Any) -> bool:
    """Whether a JSON value is an answer of the Harvest API that is known here."""
    return _kind(data) is not None


def read_json(data: Any, path: Path, _case: str | None = None) -> tuple[Raw, ...]:
    """The raw table of one answer; candidates also give the table of their applications."""
    kind = _kind(data)
    records = _records(data)
    if _is_collected(data):  # of all that was sent and answered, the records of the kind
        records = [one for one in records if _kind(one) == kind]
    if kind == "offers":
        records = _in_force(records)
    raws = [flat([_named(one) for one in records], f"greenhouse.{kind}", path)]
    nested = [one for record in records if isinstance(record, dict) for one in record.get("applications") or []]
    if kind == "candidates" and nested:
        raws.append(flat(nested, "greenhouse.applications", path, f"{path}, applications"))
    return tuple(raws)


def _in_force(records: list[Any]) -> list[Any]:
    """Of the versions of an offer the one that stands: the latest that is not deprecated."""
    best: dict[Any, Any] = {}
    for record in records:
        if not isinstance(record, dict):
            best[len(best), "no record"] = record
            continue
        key = record.get("id", id(record))
        there = best.get(key)
        if there is None or _standing(record) > _standing(there):
            best[key] = record
    return list(best.values())


def _standing(offer: Mapping[str, Any]) -> tuple[bool, float]:
    version = offer.get("version")
    return offer.get("status") != "deprecated", float(version) if isinstance(version, int | float) else 0.0


def _named(record: Any) -> Any:
    """A candidate with its name in one piece."""
    if not isinstance(record, dict) or "first_name" not in record or "name" in record:
        return record
    return {**record, "name": " ".join(str(record[key]) for key in ("first_name", "last_name") if record.get(key))}


def _records(data: Any) -> list[Any]:
    """The records of an answer, also of answers that were collected by the section of the documentation."""
    listed = data if isinstance(data, list) else [data]
    if not _is_collected(data):
        return listed
    answers = (one["json"] for one in listed)
    return [record for answer in answers for record in (answer if isinstance(answer, list) else [answer])]


def _is_collected(data: Any) -> bool:
    return bool(data) and isinstance(data, list) and all(isinstance(o, dict) and o.keys() == _COLLECTED for o in data)


_COLLECTED = {"section", "json"}


def _kind(data: Any) -> str | None:
    first: Mapping[str, Any] | None = next((one for one in _records(data) if isinstance(one, dict)), None)
    if first is None:
        return None
    return next((kind for kind, fields in _KINDS if fields <= first.keys()), None)


def _event(activity: Any, timestamp: Any, **more: Any) -> dict[str, Any]:
    known = {"always": activity} if isinstance(activity, str) else activity
    return {"activity": known, "timestamp": timestamp, **more}


_THEIRS = ["They rejected us", "Candidate withdrew"]
_ENDED_BY = {**dict.fromkeys(_THEIRS, "withdrawn"), "None specified": UNKNOWN}
_HELD = ["complete", "awaiting_feedback"]

MAPPINGS: dict[str, dict[str, Any]] = {
    "greenhouse.applications": {
        "playbook": PLAYBOOK,
        "source": [
            {
                "file": "*",
                "cases": {
                    "case_id": "id",
                    "subject": {
                        "column": "candidate_id",
                        "look_up": {"file": "greenhouse.candidates", "key": "id", "give": "name"},
                        "others": "blank",
                    },
                    "opening_id": "jobs.id",
                    "position": "jobs.name",
                    "created_at": "applied_at",
                    "candidate_id": "candidate_id",
                    "source": "source.public_name",
                },
                "openings": {"opening_id": "jobs.id", "title": "jobs.name"},
                "events": [
                    _event("applied", "applied_at", channel="source.public_name"),
                    _event(
                        {"column": "rejection_reason.type.name", "values": _ENDED_BY,
                         "otherwise": "rejected", "default": UNKNOWN},
                        "rejected_at",
                        reason="rejection_reason.name",
                        when={"status": ["rejected"]},
                    ),
                ],
            }
        ],
    },
    "greenhouse.scheduled_interviews": {
        "playbook": PLAYBOOK,
        "source": [
            {
                "file": "*",
                "events": [
                    _event("interview_scheduled", "created_at", case_id="application_id", note="interview.name",
                           resource="organizer.name"),
                    _event(
                        {"column": "interview.name", "others": "keep"},
                        {"column": ["start.date_time", "start.date"]},
                        case_id="application_id",
                        note="location",
                        resource="interviewers.name",
                        when={"status": _HELD},
                    ),
                ],
            }
        ],
    },
    "greenhouse.offers": {
        "playbook": PLAYBOOK,
        "source": [
            {
                "file": "*",
                "cases": {"case_id": "application_id", "joins_on": "starts_at"},
                "events": [
                    _event("offer_made", "sent_at", case_id="application_id"),
                    _event("offer_accepted", "resolved_at", case_id="application_id", when={"status": ["accepted"]}),
                    _event("offer_declined", "resolved_at", case_id="application_id", when={"status": ["rejected"]}),
                ],
            }
        ],
    },
    "greenhouse.jobs": {
        "playbook": PLAYBOOK,
        "source": [
            {
                "file": "*",
                "openings": {"opening_id": "id", "title": "name", "status": "status", "opened_on": "opened_at",
                             "closed_on": "closed_at"},
            }
        ],
    },
}  # fmt: skip


SYSTEM = System("greenhouse", 40, MAPPINGS, is_greenhouse, read_json)
