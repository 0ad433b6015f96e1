"""Ours, for a log that is too large: parts with other cases are asked in turn, each answer written as it comes."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import common
from logs import parted
from rules import toml_text

from playbook.cluster.shards import DueQuestion, Shard
from playbook.rules.reading import parse_playbook
from playbook.tables.settings import Settings

PARTS = 10


def answer(folder: Path, rules: int, clock: common.Stopwatch) -> int:
    """How many due actions were written."""
    book = parse_playbook(toml_text(rules), "benchmark")
    question, rows = DueQuestion(common.AS_OF), 0
    with tempfile.TemporaryDirectory(dir=folder) as out:
        for number, part in enumerate(parted(folder, PARTS)):
            with clock(f"part {number}"):
                found = question.answer(Shard(part, (book,), Settings()).workspace())
                found.write_parquet(Path(out) / f"{number}.parquet")
                rows += len(found)
                del found
    print(f"{rows} rows", file=sys.stderr)
    return rows


if __name__ == "__main__":
    common.main(answer, lambda rows, out: out.write_text(f"{rows}\n", encoding="utf-8"))
