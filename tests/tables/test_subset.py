"""A workspace narrowed to one client or one playbook."""

from __future__ import annotations

import pytest
from the_sample import sample

import playbook as pb
from playbook.words.problem import ArgumentError

AS_OF = "2026-11-20"


def test_parts_make_the_whole() -> None:
    """The due actions of all clients, each asked alone, are those of the workspace."""
    ws = sample()
    clients = ws.tables.clients["client_id"].to_list()
    alone = sum(ws.only(client=client).due(AS_OF, all=True).height for client in clients)
    assert alone == ws.due(AS_OF, all=True).height > 0


def test_a_client_alone_answers_as_in_the_whole() -> None:
    """Its funnel is that of the whole, grouped by client."""
    ws = sample()
    by_client = ws.funnel(AS_OF, by="client_id")
    own = ws.only(client="K-03").funnel(AS_OF)
    theirs = by_client.filter(by_client["client_id"] == "K-03").drop("client_id")
    assert own.equals(theirs.filter(theirs["playbook"].is_in(own["playbook"].unique().to_list())))


def test_a_case_has_the_client_of_its_opening() -> None:
    """A case that names no client is found by the client of its opening."""
    events = sample().tables.events.clear().select("case_id", "activity", "timestamp")
    cases = {"case_id": ["A", "B"], "playbook": ["joins-selection"] * 2, "opening_id": ["O-1", None]}
    openings = {"opening_id": ["O-1"], "client_id": ["K-9"], "recruitment_closes_on": ["2026-09-01"]}
    frame = type(events)
    ws = pb.Workspace(events=events, cases=frame(cases), openings=frame(openings))
    assert ws.only(client="K-9").tables.cases["case_id"].to_list() == ["A"]


def test_only_followed_playbooks_stay() -> None:
    """A playbook that none of the cases follows is not spoken of."""
    ws = sample()
    assert [book.id for book in ws.only(playbook="casual-interview").playbooks] == ["casual-interview"]
    assert len(ws.only().playbooks) == 5


def test_unknown_names_are_refused() -> None:
    """An unknown client or playbook is one clear error with the nearest name."""
    ws = sample()
    with pytest.raises(ArgumentError, match=r"client: there is no 'K-1'; allowed: K-01, "):
        ws.only(client="K-1")
    with pytest.raises(
        ArgumentError, match=r"playbook: there is no 'joins'; allowed: agency-duties, casual-interview, "
    ):
        ws.only(playbook="joins")
