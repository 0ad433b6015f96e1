"""The same rules as one hand-written pass, compiled: near the least that this machine can do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import common
import numpy as np
import polars as pl
from logs import ACTIVITIES
from numba import njit
from rules import ROLES
from rules import rules as make_rules

CHANNELS, PRIORITIES = ("mail", "phone", "visit"), ("high", "low")
STATUSES = ("overdue", "waiting", "due_today", "due_soon", "upcoming")
NEVER = np.iinfo(np.int64).max


def answer(folder: Path, rules: int, clock: common.Stopwatch) -> pl.DataFrame:
    del clock
    made = common.in_order(make_rules(rules))
    cases = pl.read_parquet(folder / "cases.parquet").with_row_index("case")
    case, at, activity, channel = _known(folder, cases)
    starts = np.searchsorted(case, np.arange(len(cases) + 1))
    priority = cases["priority"].cast(pl.Enum(PRIORITIES)).to_physical().to_numpy()
    is_open = common.business_days()
    tables = {offset: n for n, offset in enumerate(common.offsets(made))}
    days = np.array([common.due_moments(offset, is_open) for offset in tables])
    wait = common.start_of(common.reached("2 days", is_open))
    out = _pass(starts, at, activity, channel, priority, _encoded(made, tables), days, wait, common.last_open(is_open))
    return _worded(out, made, cases, folder)


def _known(folder: Path, cases: pl.DataFrame) -> tuple[np.ndarray, ...]:
    events = (
        pl.scan_parquet(folder / "events.parquet")
        .with_columns(at=pl.col("timestamp").dt.epoch("us"))
        .filter(pl.col("at") <= common.KNOWN_UNTIL)
        .join(cases.lazy().select("case_id", "case"), on="case_id")
        .select(
            "case", "at",
            pl.col("activity").cast(pl.Enum(ACTIVITIES)).to_physical(),
            pl.col("channel").cast(pl.Enum(CHANNELS)).to_physical(),
        )
        .collect(engine="streaming")
    )  # fmt: skip
    case, at = events["case"].to_numpy(), events["at"].to_numpy()
    seconds = (at - at.min()) // 1_000_000  # the made-up log has whole seconds: case and time fit in one integer
    order = np.argsort(case.astype(np.int64) * (2**27) + seconds)
    return case[order], at[order], events["activity"].to_numpy()[order], events["channel"].to_numpy()[order]


def _bits(names: list[str], of: tuple[str, ...]) -> int:
    return sum(1 << of.index(name) for name in names)


def _encoded(rules: list[dict[str, Any]], tables: dict[str, int]) -> np.ndarray:
    """Per rule: own, until, voids, wait, record, channels, priorities, role, dues, escalations, their roles."""
    rows = []
    for rule in rules:
        row = [ACTIVITIES.index(rule["after"][0]), _bits(rule["until"], ACTIVITIES)]
        row += [_bits(common.voids(rule), ACTIVITIES), bool(rule["wait"])]
        row += [ACTIVITIES.index(rule["record"]) if rule["record"] else -1]
        row += [_bits(rule["when"].get("channel", list(CHANNELS)), CHANNELS)]
        row += [_bits(rule["when"].get("priority", list(PRIORITIES)), PRIORITIES), ROLES.index(rule["role"])]
        dues = [tables[due] if common.hours(due) is None else -common.hours(due) for due in rule["due"]]
        row += [len(dues), *dues, *[0] * (3 - len(dues)), len(rule["escalate"])]
        steps = [(tables[step["after"]], ROLES.index(step["to"])) for step in rule["escalate"]]
        rows.append(row + [part for step in steps for part in step] + [0] * (4 - 2 * len(steps)))
    return np.array(rows, dtype=np.int64)


@njit(cache=True)
def _pass(starts, at, activity, channel, priority, rules, days, wait, last_open):  # type: ignore[no-untyped-def]
    out = np.empty((9, 1 << 16), dtype=np.int64)
    n = 0
    moments, acts, chans = np.empty(4096, np.int64), np.empty(4096, np.int64), np.empty(4096, np.int64)
    for case in range(len(starts) - 1):
        size = starts[case + 1] - starts[case]
        for i in range(size):
            row = starts[case] + i
            moments[i], acts[i], chans[i] = at[row], activity[row], channel[row]
        for r in range(len(rules)):
            own, until, voids, waits, record, channels, priorities, role = rules[r, :8]
            count = rules[r, 8]
            if not (priorities >> priority[case]) & 1:
                continue
            lapses = 0
            for i in range(size):
                if acts[i] != own or (chans[i] >= 0 and not (channels >> chans[i]) & 1):
                    continue
                first = i
                while first > 0 and moments[first - 1] == moments[i]:
                    first -= 1
                found = voided = NEVER
                for j in range(first, size):
                    if j == i:
                        continue
                    if found == NEVER and (until >> acts[j]) & 1:
                        found = moments[j]
                    if voided == NEVER and (voids >> acts[j]) & 1:
                        voided = moments[j]
                    if found != NEVER and voided != NEVER:
                        break
                if record < 0 and (voided != NEVER or (count == 1 and found != NEVER)):
                    continue
                opened = moments[i]
                if waits:
                    opened = wait[(opened + common.ZONE) // common.DAY - common.FIRST_DAY]
                day = (opened + common.ZONE) // common.DAY - common.FIRST_DAY
                before = NEVER
                for k in range(count):
                    due = days[rules[r, 9 + k], day] if rules[r, 9 + k] >= 0 else opened - rules[r, 9 + k]
                    following = NEVER
                    if k + 1 < count:
                        following = days[rules[r, 10 + k], day] if rules[r, 10 + k] >= 0 else opened - rules[r, 10 + k]
                    if k:
                        found = NEVER
                        for j in range(first, size):
                            if moments[j] > before and (until >> acts[j]) & 1:
                                found = moments[j]
                                break
                    if found > following:
                        found = NEVER
                    before = due if found == NEVER or found < due else found
                    if record >= 0 and due < common.PASSED_BEFORE:
                        if found > due and voided > due:
                            there = False
                            for j in range(size + lapses):
                                there = there or (moments[j] == due and acts[j] == record)
                            if not there:
                                moments[size + lapses], acts[size + lapses] = due, record
                                chans[size + lapses] = -1
                                lapses += 1
                        continue
                    if found != NEVER or voided != NEVER or following < common.PASSED_BEFORE:
                        continue
                    if n == out.shape[1]:
                        larger = np.empty((9, 2 * n), dtype=np.int64)
                        larger[:, :n] = out
                        out = larger
                    due_day = (due + common.ZONE) // common.DAY
                    last = last_open[due_day - common.FIRST_DAY]
                    answers, status = role, 4
                    if due < common.PASSED_BEFORE:
                        status = 0
                        for step in range(rules[r, 12]):
                            if days[rules[r, 13 + 2 * step], due_day - common.FIRST_DAY] < common.PASSED_BEFORE:
                                answers = rules[r, 14 + 2 * step]
                    elif opened >= common.REACHED_BEFORE:
                        status = 1
                    elif due < common.REACHED_BEFORE:
                        status = 2
                    elif due < common.SOON_BEFORE:
                        status = 3
                    out[0, n], out[1, n], out[2, n], out[3, n], out[4, n] = r, case, k + 1, moments[i], opened
                    out[5, n], out[7, n], out[8, n] = due, status, answers
                    out[6, n] = last if last >= (opened + common.ZONE) // common.DAY else due_day
                    n += 1
            for new in range(size, size + lapses):  # what the clock recorded takes its place in time
                j = new
                while j > 0 and moments[j - 1] > moments[j]:
                    moments[j - 1], moments[j] = moments[j], moments[j - 1]
                    acts[j - 1], acts[j] = acts[j], acts[j - 1]
                    chans[j - 1], chans[j] = chans[j], chans[j - 1]
                    j -= 1
            size += lapses
    return out[:, :n]


def _worded(out: np.ndarray, rules: list[dict[str, Any]], cases: pl.DataFrame, folder: Path) -> pl.DataFrame:
    held = pl.read_parquet(folder / "assignments.parquet").rows()
    owners = common.answering(held, cases["client_id"].unique())
    table = pl.DataFrame(
        [(*key, person) for key, person in owners.items()], ["role", "client_id", "owner"], orient="row"
    )
    found = pl.DataFrame(
        {
            "rule_id": pl.Series([rule["id"] for rule in rules]).gather(out[0]),
            "case_id": cases["case_id"].gather(out[1]),
            "client_id": cases["client_id"].gather(out[1]),
            "entry": out[2],
            "trigger_at": out[3],
            "opened_at": out[4],
            "due_at": out[5],
            "act_by": out[6],
            "status": pl.Series(STATUSES).gather(out[7]),
            "role": pl.Series(ROLES).gather(out[8]),
        }
    )
    return found.join(table, on=["role", "client_id"], how="left").select(common.ANSWER)


if __name__ == "__main__":
    common.main(answer, lambda found, out: found.write_parquet(out))
