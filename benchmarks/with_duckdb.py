"""The same rules in DuckDB SQL: one statement a rule, dates joined from a table of days."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import common
import duckdb
import numpy as np
import pyarrow as pa
from rules import rules as make_rules


def answer(folder: Path, rules: int, clock: common.Stopwatch) -> Any:
    del clock
    made = make_rules(rules)
    db = duckdb.connect()
    _prepare(db, folder, made)
    for rule in common.in_order(made):
        _add(db, rule)
    return db.sql(f"SELECT {', '.join(common.ANSWER)} FROM answer").to_arrow_table()


def write(found: Any, out: Path) -> None:
    import pyarrow.parquet as pq

    pq.write_table(found, out)


def _prepare(db: Any, folder: Path, rules: list[dict[str, Any]]) -> None:
    is_open = common.business_days()
    days = {"day": np.arange(len(is_open)) + common.FIRST_DAY, "last_open": common.last_open(is_open)}
    days |= {_column(offset): common.due_moments(offset, is_open) for offset in common.offsets(rules)}
    days["wait"] = common.start_of(common.reached("2 days", is_open))
    db.register("given_days", pa.table(days))
    db.execute("CREATE TABLE days AS FROM given_days")
    db.execute(f"""
        CREATE TABLE cases AS
            SELECT row_number() OVER ()::INTEGER AS c, * FROM read_parquet('{folder}/cases.parquet');
        CREATE TABLE events AS
            SELECT c, activity, channel, epoch_us(timestamp) AS happened,
                ((epoch_us(timestamp) + {common.ZONE}) // {common.DAY})::INTEGER AS day
            FROM read_parquet('{folder}/events.parquet') JOIN cases USING (case_id)
            WHERE epoch_us(timestamp) <= {common.KNOWN_UNTIL};
        CREATE TABLE assignments AS FROM read_parquet('{folder}/assignments.parquet');
    """)
    clients = [client for (client,) in db.execute("SELECT DISTINCT client_id FROM cases").fetchall()]
    held = db.execute("SELECT role, person, client_id FROM assignments").fetchall()
    found = [(*key, person) for key, person in common.answering(held, clients).items()]
    roles, of, people = zip(*found, strict=True)
    db.register("given_owners", pa.table({"role": roles, "client_id": of, "owner": people}))
    db.execute("CREATE TABLE owners AS FROM given_owners")
    db.execute("""CREATE TABLE answer (rule_id VARCHAR, case_id VARCHAR, entry TINYINT, trigger_at BIGINT,
        opened_at BIGINT, due_at BIGINT, act_by INTEGER, status VARCHAR, role VARCHAR, owner VARCHAR)""")


def _column(offset: str) -> str:
    return "due_" + offset.replace(" ", "_")


def _listed(names: list[str]) -> str:
    return "(" + ", ".join(f"'{name}'" for name in names) + ")"


def _due(offset: str, days: str) -> str:
    hours = common.hours(offset)
    return f"{days}.{_column(offset)}" if hours is None else f"opened_at + {hours}"


def _triggers(rule: dict[str, Any]) -> str:
    """The triggers with opening and dues: `c, happened, activity, opened_at, due_1, ...`."""
    when = "".join(f" AND {name} IN {_listed(values)}" for name, values in rule["when"].items())
    opened, day = ("d0.wait", f"((d0.wait + {common.ZONE}) // {common.DAY})") if rule["wait"] else ("happened", "t.day")
    dues = ", ".join(f"{_due(offset, 'd')} AS due_{k}" for k, offset in enumerate(rule["due"], start=1))
    return f"""
        SELECT t.c, happened, activity, opened_at, {dues}
        FROM (
            SELECT t.*, {opened} AS opened_at, {day} AS opened_on
            FROM events t JOIN cases USING (c) JOIN days d0 ON d0.day = t.day
            WHERE activity = '{rule["after"][0]}'{when}
        ) t JOIN days d ON d.day = opened_on"""


def _fits(names: list[str]) -> str:
    """An event u of some activities that comes at or after a trigger t, and is not the trigger itself."""
    return f"""u.c = t.c AND u.happened >= t.happened AND u.activity IN {_listed(names)}
        AND NOT (u.activity = t.activity AND u.happened = t.happened)"""


def _unanswered(rule: dict[str, Any]) -> str:
    """Triggers that nothing fulfilled or voided."""
    stops = sorted({*rule["until"], *common.voids(rule)})
    return f"""
        SELECT c, happened, opened_at, due_1 AS due_at, 1 AS entry
        FROM ({_triggers(rule)}) t WHERE NOT EXISTS (SELECT 1 FROM events u WHERE {_fits(stops)})"""


def _judged(rule: dict[str, Any]) -> str:
    """Triggers with when the first event came that fulfils, and that voids."""
    until, voids = rule["until"], common.voids(rule)
    first = "min(u.happened) FILTER (u.activity IN {})"
    return f"""
        SELECT t.*, {first.format(_listed(until))} AS found_1, {first.format(_listed(voids))} AS voided
        FROM ({_triggers(rule)}) t LEFT JOIN events u ON {_fits(sorted({*until, *voids}))}
        GROUP BY ALL"""


def _series(rule: dict[str, Any]) -> str:
    """The open entries of a `due` list."""
    source, count, parts = _judged(rule), len(rule["due"]), []
    for k in range(1, count):
        source = f"""
            SELECT t.*, min(u.happened) AS found_{k + 1}
            FROM (
                SELECT * REPLACE (CASE WHEN found_{k} <= due_{k + 1} THEN found_{k} END AS found_{k}) FROM ({source})
            ) t
            LEFT JOIN events u ON u.c = t.c AND u.activity IN {_listed(rule["until"])}
                AND u.happened > greatest(t.due_{k}, coalesce(t.found_{k}, 0))
            GROUP BY ALL"""
    for k in range(1, count + 1):
        current = f" AND due_{k + 1} >= {common.PASSED_BEFORE}" if k < count else ""
        parts.append(f"""SELECT c, happened, opened_at, due_{k} AS due_at, {k} AS entry FROM judged
            WHERE found_{k} IS NULL AND voided IS NULL{current}""")
    return f"WITH judged AS MATERIALIZED ({source}) " + " UNION ALL ".join(parts)


def _add(db: Any, rule: dict[str, Any]) -> None:
    """The open due actions of one rule; what lapsed is recorded."""
    if rule["record"]:
        db.execute(f"CREATE OR REPLACE TEMP TABLE judged AS {_judged(rule)}")
        passed = f"due_1 < {common.PASSED_BEFORE}"
        lapsed = f"{passed} AND coalesce(found_1 > due_1, true) AND coalesce(voided > due_1, true)"
        db.execute(f"""INSERT INTO events SELECT DISTINCT c, '{rule["record"]}', NULL, due_1,
            ((due_1 + {common.ZONE}) // {common.DAY})::INTEGER FROM judged WHERE {lapsed}""")
        rows = f"""SELECT c, happened, opened_at, due_1 AS due_at, 1 AS entry FROM judged
            WHERE NOT ({passed}) AND found_1 IS NULL AND voided IS NULL"""
    else:
        rows = _series(rule) if len(rule["due"]) > 1 else _unanswered(rule)
    role = f"'{rule['role']}'"
    for step in rule["escalate"]:
        role = f"CASE WHEN e.{_column(step['after'])} < {common.PASSED_BEFORE} THEN '{step['to']}' ELSE {role} END"
    db.execute(f"""
        INSERT INTO answer
        SELECT '{rule["id"]}', case_id, entry, happened, opened_at, due_at, act_by, status, role, owner
        FROM (
            SELECT c, entry, happened, opened_at, due_at,
                CASE WHEN e.last_open >= (opened_at + {common.ZONE}) // {common.DAY}
                    THEN e.last_open ELSE e.day END AS act_by,
                CASE WHEN due_at < {common.PASSED_BEFORE} THEN 'overdue'
                    WHEN opened_at >= {common.REACHED_BEFORE} THEN 'waiting'
                    WHEN due_at < {common.REACHED_BEFORE} THEN 'due_today'
                    WHEN due_at < {common.SOON_BEFORE} THEN 'due_soon' ELSE 'upcoming' END AS status,
                CASE WHEN due_at < {common.PASSED_BEFORE} THEN {role} ELSE '{rule["role"]}' END AS role
            FROM ({rows}) r JOIN days e ON e.day = (due_at + {common.ZONE}) // {common.DAY}
        ) JOIN cases USING (c) LEFT JOIN owners USING (role, client_id)""")


if __name__ == "__main__":
    common.main(answer, write)
