"""Whether two answers are the same rows: `python compare.py ONE OTHER`; the exit status says it."""

from __future__ import annotations

import sys
from pathlib import Path

import common
import polars as pl

_TYPES = dict.fromkeys(("trigger_at", "opened_at", "due_at"), pl.Int64) | {"act_by": pl.Int32, "entry": pl.UInt8}


def same(one: Path, other: Path) -> bool:
    """Row by row, whatever the order."""
    return _sorted(one).equals(_sorted(other))


def _sorted(path: Path) -> pl.DataFrame:
    rows = pl.read_parquet(path).select(common.ANSWER).cast(dict(_TYPES))
    texts = [name for name in common.ANSWER if name not in _TYPES]
    return rows.with_columns(pl.col(texts).cast(pl.String)).sort("rule_id", "case_id", "entry", "trigger_at")


if __name__ == "__main__":
    sys.exit(not same(Path(sys.argv[1]), Path(sys.argv[2])))
