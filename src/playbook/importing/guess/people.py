"""Which role the people of a list hold: the ones of their side that its rules wait for."""

from __future__ import annotations

from collections import Counter

from playbook.rules.nouns import Playbook
from playbook.words.catalogue import msg

SIDES = {
    "client": msg("people of the hiring company"),
    "agency": msg("people of the agency"),
    "bank": msg("people of the bank"),
}
"""The sides whose people a list may name; candidates are no owners of a list."""


def sides_of(book: Playbook) -> list[str]:
    """The sides of a book with a role that acts, the one with the most rules first."""
    side = {role.id: str(role.side) for role in book.roles}
    counts = Counter(side[rule.role] for rule in book.rules if side.get(rule.role, "") in SIDES)
    return [name for name, _ in counts.most_common()]


def roles_of_side(book: Playbook, side: str) -> list[str]:
    """The roles of a side that its rules need, without those that fall to another of them anyway."""
    roles = {role.id: role for role in book.roles}
    acting = {rule.role for rule in book.rules}
    acting |= {step.to for rule in book.rules for step in rule.escalate}
    wanted = {_last(one, roles, side) for one in acting if one in roles and roles[one].side == side}
    return [role.id for role in book.roles if role.id in wanted]


def _last(role: str, roles: dict, side: str) -> str:  # type: ignore[type-arg]
    """The role of a side to which another falls in the end."""
    seen = {role}
    while (after := roles[role].falls_to) in roles and after not in seen and roles[after].side == side:
        role = after
        seen.add(role)
    return role
