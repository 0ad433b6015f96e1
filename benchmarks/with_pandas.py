"""The same rules in pandas: one merge_asof per rule and question, days looked up in arrays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import common
import numpy as np
import pandas as pd
from rules import rules as make_rules


def answer(folder: Path, rules: int, clock: common.Stopwatch) -> pd.DataFrame:
    del clock
    made = make_rules(rules)
    cases = pd.read_parquet(folder / "cases.parquet")
    events = _known(pd.read_parquet(folder / "events.parquet"), cases)
    days = _Days(made)
    parts: list[pd.DataFrame] = []
    for rule in common.in_order(made):
        judged = _judged(events, rule, days)
        if rule["record"]:
            events = _having_recorded(events, rule, judged[0])
        parts += [_open(rule, one, days) for one in judged]
    found = pd.concat([part for part in parts if len(part)], ignore_index=True).merge(cases, on="case_id")
    held = pd.read_parquet(folder / "assignments.parquet").astype(object).where(lambda cell: cell.notna(), None)
    owners = common.answering(held.itertuples(index=False, name=None), cases["client_id"].unique())
    table = pd.DataFrame([(*key, person) for key, person in owners.items()], columns=["role", "client_id", "owner"])
    return found.merge(table, on=["role", "client_id"], how="left")[list(common.ANSWER)]


def write(found: pd.DataFrame, out: Path) -> None:
    found.to_parquet(out)


class _Days:
    """What each day reaches."""

    def __init__(self, rules: list[dict[str, Any]]) -> None:
        self.is_open = common.business_days()
        self.last_open = common.last_open(self.is_open)
        self.due = {offset: common.due_moments(offset, self.is_open) for offset in common.offsets(rules)}
        self.wait = common.start_of(common.reached("2 days", self.is_open))

    def reach(self, offset: str, moments: np.ndarray) -> np.ndarray:
        hours = common.hours(offset)
        return self.due[offset][_index(moments)] if hours is None else moments + hours


def _index(moments: np.ndarray) -> np.ndarray:
    return (moments + common.ZONE) // common.DAY - common.FIRST_DAY


def _known(events: pd.DataFrame, cases: pd.DataFrame) -> pd.DataFrame:
    at = events["timestamp"].astype("datetime64[us, UTC]").astype("int64")
    known = events.assign(at=at).loc[at <= common.KNOWN_UNTIL, ["case_id", "activity", "channel", "at"]]
    return known.merge(cases[["case_id", "priority"]], on="case_id").sort_values("at")


def _first(triggers: pd.DataFrame, events: pd.DataFrame, activities: list[str], since: str, name: str) -> pd.DataFrame:
    """With, as `name`, when the first of some activities came strictly after a moment."""
    some = events.loc[events["activity"].isin(activities), ["case_id", "at"]].rename(columns={"at": name})
    return pd.merge_asof(
        triggers.sort_values(since), some, left_on=since, right_on=name, by="case_id", direction="forward",
        allow_exact_matches=False,
    )  # fmt: skip


def _from(triggers: pd.DataFrame, events: pd.DataFrame, own: str, activities: list[str], name: str) -> pd.DataFrame:
    """With, as `name`, when the first of some activities came: at or after the trigger, not the trigger itself."""
    before = triggers.assign(just_before=triggers["at"] - 1)
    others = [activity for activity in activities if activity != own]
    found = _first(before, events, others, "just_before", name)
    if own in activities:
        found = _first(found, events, [own], "at", "again")
        found[name] = found[[name, "again"]].min(axis=1)
    return found


def _judged(events: pd.DataFrame, rule: dict[str, Any], days: _Days) -> list[pd.DataFrame]:
    """One frame per entry: `case_id, at, opened_at, due_at, found, voided, next_due`."""
    own = rule["after"][0]
    rows = events[events["activity"] == own]
    for name, values in rule["when"].items():
        rows = rows[rows[name].isin(values)]
    rows = _from(rows[["case_id", "at"]], events, own, rule["until"], "found")
    rows = _from(rows, events, own, common.voids(rule), "voided")
    at = rows["at"].to_numpy()
    rows["opened_at"] = days.wait[_index(at)] if rule["wait"] else at
    dues = [days.reach(offset, rows["opened_at"].to_numpy()) for offset in rule["due"]]
    rows = rows.assign(**{f"due_{k}": due for k, due in enumerate(dues)})
    return list(_entries(events, rule, rows))


def _entries(events: pd.DataFrame, rule: dict[str, Any], rows: pd.DataFrame) -> Iterator[pd.DataFrame]:
    for k in range(len(rule["due"])):
        if k:
            since = np.fmax(rows[f"due_{k - 1}"], rows["found"]).astype("int64")
            rows = _first(rows.drop(columns="found").assign(since=since), events, rule["until"], "since", "found")
        following = rows[f"due_{k + 1}"] if k + 1 < len(rule["due"]) else np.inf
        rows["found"] = rows["found"].where(rows["found"] <= following)
        yield rows.assign(due_at=rows[f"due_{k}"], next_due=following, entry=k + 1)


def _having_recorded(events: pd.DataFrame, rule: dict[str, Any], rows: pd.DataFrame) -> pd.DataFrame:
    due = rows["due_at"]
    lapsed = (due < common.PASSED_BEFORE) & ~(rows["found"] <= due) & ~(rows["voided"] <= due)
    derived = rows.loc[lapsed, ["case_id", "due_at"]].drop_duplicates().rename(columns={"due_at": "at"})
    return pd.concat([events, derived.assign(activity=rule["record"])], ignore_index=True).sort_values("at")


def _open(rule: dict[str, Any], rows: pd.DataFrame, days: _Days) -> pd.DataFrame:
    still = rows["found"].isna() & rows["voided"].isna() & (rows["next_due"] >= common.PASSED_BEFORE)
    if rule["record"]:
        still &= rows["due_at"] >= common.PASSED_BEFORE
    rows = rows[still]
    due, opened = rows["due_at"].to_numpy(), rows["opened_at"].to_numpy()
    late = due < common.PASSED_BEFORE
    tests = [late, opened >= common.REACHED_BEFORE, due < common.REACHED_BEFORE, due < common.SOON_BEFORE]
    role = np.full(len(rows), rule["role"], dtype=object)
    for step in rule["escalate"]:
        role[late & (days.reach(step["after"], due) < common.PASSED_BEFORE)] = step["to"]
    last, first = days.last_open[_index(due)], _index(opened) + common.FIRST_DAY
    return pd.DataFrame(
        {
            "rule_id": rule["id"],
            "case_id": rows["case_id"].to_numpy(),
            "entry": rows["entry"].to_numpy(),
            "trigger_at": rows["at"].to_numpy(),
            "opened_at": opened,
            "due_at": due,
            "act_by": np.where(last >= first, last, _index(due) + common.FIRST_DAY),
            "status": np.select(tests, ["overdue", "waiting", "due_today", "due_soon"], "upcoming"),
            "role": role,
        }
    )


if __name__ == "__main__":
    common.main(answer, write)
