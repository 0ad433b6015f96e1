"""What the past, answers, pauses, keys and many moments at once cost: each against the same log without.

`python benchmarks/past.py --events 1000000`: seconds of the processors, the best of some runs in one process, and the
ratio to the plain question; the goals are in docs/performance.md.
"""

from __future__ import annotations

import argparse
import resource
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import common
import logs
import polars as pl
from rules import toml_text

import playbook as pb
from playbook.rules.nouns import Playbook
from playbook.rules.reading import parse_playbook

RULE = """
[[rule]]
id = "extra"
name = { ja = "追加", en = "extra" }
after = ["STARTS"]
due = "5 business days"
until = ["ENDS"]
role = "ROLE"
basis = "ours"
"""
GOALS = {"history and answers on 1 %": 1.2, "52 moments at once": 8.0, "a rule with pause": 2.0, "a rule with key": 2.0}


def spent() -> float:
    """Seconds of the processors so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def seconds(work: Callable[[], object], runs: int) -> float:
    """The least that a piece of work took."""
    times = []
    for _ in range(runs):
        begun = spent()
        work()
        times.append(spent() - begun)
    return min(times)


def with_a_past(frames: Mapping[str, pl.DataFrame], book: Playbook) -> dict[str, pl.DataFrame]:
    """The same log, with one case in a hundred told anew, an event of it taken back, and an answer to it."""
    cases = frames["cases"].with_columns(recorded_at=pl.lit(None, pl.Datetime("us")))
    told = datetime(2025, 6, 1, 12)
    some = frames["cases"].gather_every(100)["case_id"]
    again = cases.filter(pl.col("case_id").is_in(some.implode())).with_columns(recorded_at=pl.lit(told))
    events = frames["events"].with_columns(gone=pl.lit(None, pl.String), recorded_at=pl.lit(None, pl.Datetime("us")))
    last = events.filter(pl.col("case_id").is_in(some.implode())).unique("case_id", keep="last", maintain_order=True)
    taken_back = last.with_columns(gone=pl.lit("yes"), recorded_at=pl.lit(datetime(2025, 9, 1, 12)))
    answers = pl.DataFrame({"case_id": some}).with_columns(
        rule_id=pl.lit(book.rules[0].id),
        answer=pl.lit("later"),
        recorded_at=pl.lit(told),
        until=pl.lit(date(2026, 1, 1)),
    )
    versions = {"cases": pl.concat([cases, again]), "events": pl.concat([events, taken_back]), "answers": answers}
    return {**frames, **versions}


def main() -> None:
    """Measure and print one line a question."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rules", type=int, default=40)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    book, frames = parse_playbook(toml_text(given.rules), "benchmark"), logs.made_up(given.events)

    def ask(tables: Mapping[str, pl.DataFrame], asked: Playbook) -> float:
        ws: pb.Workspace[Any] = pb.Workspace(playbooks=[asked], **tables)
        return seconds(lambda: ws.only().on(common.AS_OF).due(), given.runs)

    plain = ask(frames, book)
    ws: pb.Workspace[Any] = pb.Workspace(playbooks=[book], **frames)
    moments = [common.AS_OF - timedelta(weeks=week) for week in range(52)]
    rule = book.rules[0]
    words = RULE.replace("STARTS", rule.after[0]).replace("ENDS", rule.until[0]).replace("ROLE", rule.role)
    alone = parse_playbook(_only(given.rules, words), "benchmark")
    one = ask(frames, alone)
    pause = f'pause = {{ after = ["{rule.until[0]}"], until = ["{rule.after[0]}"] }}\n'
    key = 'key = "resource"\n'
    found = {
        "history and answers on 1 %": ask(with_a_past(frames, book), book) / plain,
        "52 moments at once": seconds(lambda: ws.only().on(common.AS_OF).due_on(moments), given.runs) / plain,
        "a rule with pause": ask(frames, parse_playbook(_only(given.rules, words + pause), "benchmark")) / one,
        "a rule with key": ask(frames, parse_playbook(_only(given.rules, words + key), "benchmark")) / one,
    }
    print(f"| question | times the plain one ({plain:.2f} s) | goal |\n| --- | --- | --- |")
    for name, ratio in found.items():
        print(f"| {name} | {ratio:.2f} | {GOALS[name]} |")


def _only(count: int, rule: str) -> str:
    """The book of the benchmark with one rule instead of its own."""
    return toml_text(count).split("[[rule]]", 1)[0] + rule


if __name__ == "__main__":
    main()
