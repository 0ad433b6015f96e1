"""Answers that find their question: events that match by a column, each fulfilling one promise (DESIGN section 4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from playbook.clock.ordered import NEVER, OrderedLog, Rows
from playbook.days.calendar import Moments


@dataclass(frozen=True)
class Keyed:
    """The events of one shard that match where their case and what they say in a column agree.

    `group`: per row of the log a number that rows share which match.
    """

    ordered: OrderedLog
    group: Rows

    @classmethod
    def of(cls, ordered: OrderedLog, column: str) -> Keyed:
        """By what the events say in a column; empty is the same as empty."""
        said = ordered.arrays.keys.get(column)
        if said is None:
            return cls(ordered, ordered.case.astype(np.int64))
        number = said[ordered.source].astype(np.int64)
        return cls(ordered, ordered.case * (int(said.max(initial=0)) + 1) + number)

    def first(self, triggers: Rows, activities: Sequence[str]) -> Rows:
        """Per trigger the first matching event of some activities at or after it, other than itself."""
        found = np.full(len(triggers), self.ordered.end)
        for activity in activities:
            among = _Candidates.of(self, [activity])
            place = among.search(triggers)
            place = among.passing(place, triggers, np.full(len(triggers), NEVER), strictly=False)
            found = np.minimum(found, among.row(place))
        return found

    def one_each(self, triggers: Rows, activities: Sequence[str], until: Moments) -> Rows:
        """Per trigger, taken in this order, the first matching event that none before it has taken.

        Of one instant those of the activity named first; not after a moment, at which the trigger is voided.
        """
        among = _Candidates.of(self, activities)
        place = among.search(triggers)
        found = np.full(len(triggers), self.ordered.end)
        for which in _turns(self.group[triggers]):
            at = among.passing(place[which], triggers[which], until[which], strictly=True)
            found[which] = among.row(at)
            among.take(at)
        return found


@dataclass(frozen=True)
class _Candidates:
    """What may fulfil, in order of group, time and activity; `free`: per place the next that is not taken."""

    keyed: Keyed
    rows: Rows
    keys: Rows
    free: Rows

    @classmethod
    def of(cls, keyed: Keyed, activities: Sequence[str]) -> _Candidates:
        ordered = keyed.ordered
        parts = [ordered.rows(activity) for activity in activities]
        rows = np.concatenate(parts)
        number = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        keys = _place(keyed, rows, ordered.instant[rows])
        order = np.lexsort((number, keys))
        return cls(keyed, rows[order], keys[order], np.arange(len(rows) + 1))

    def search(self, triggers: Rows) -> Rows:
        """The first place in the group of each trigger that is at or after it."""
        return np.searchsorted(self.keys, _place(self.keyed, triggers, self.keyed.ordered.since[triggers]))

    def row(self, place: Rows) -> Rows:
        """The row at each place; `end` where there is none."""
        return np.append(self.rows, self.keyed.ordered.end)[place]

    def passing(self, place: Rows, triggers: Rows, until: Moments, *, strictly: bool) -> Rows:
        """From places on the first that is free, no trigger itself, and not after a moment; the last place: none.

        `strictly`: of a trigger's own activity only what came after it.
        """
        ordered, none = self.keyed.ordered, len(self.rows)
        came, own, early = ordered.came, ordered.activity[triggers], ordered.came.early[triggers]
        place = self._free(place)
        while True:
            row = self.row(place)
            there = place < none
            there[there] = self.keyed.group[row[there]] == self.keyed.group[triggers[there]]
            place = np.where(there, place, none)
            on = np.flatnonzero(there)
            if not len(on):
                return place
            found = row[on]
            itself = found == triggers[on]
            if strictly:
                itself |= (ordered.activity[found] == own[on]) & (came.late[found] <= early[on])
            after = came.early[found] > until[on]
            hopeless = after & (came.late[found] - ordered.arrays.widest > until[on])
            place[on[hopeless]] = none
            on = on[(itself | after) & ~hopeless]
            if not len(on):
                return place
            place[on] = self._free(place[on] + 1)

    def _free(self, place: Rows) -> Rows:
        """The next place that is not taken; paths are shortened on the way."""
        end = self.free[place]
        while True:
            on = self.free[end]
            if (on == end).all():
                self.free[place] = end
                return end
            end = on

    def take(self, place: Rows) -> None:
        """These places are taken."""
        taken = place[place < len(self.rows)]
        self.free[taken] = taken + 1


def _place(keyed: Keyed, rows: Rows, at: Rows) -> Rows:
    """Group and place in the log in one integer."""
    return keyed.group[rows] * (keyed.ordered.end + 1) + at


def _turns(groups: Rows) -> list[Rows]:
    """The first of each group, then the second, and so on."""
    order = np.argsort(groups, kind="stable")
    begins = np.flatnonzero(np.diff(groups[order], prepend=-1))
    turn = np.arange(len(order)) - np.repeat(begins, np.diff(np.append(begins, len(order))))
    in_turn = np.argsort(turn, kind="stable")
    return np.split(order[in_turn], np.cumsum(np.bincount(turn))[:-1]) if len(order) else []
