"""A database to the tables of a workspace: a DuckDB or SQLite file, PostgreSQL by URL (DESIGN section 2).

All tables are read in one transaction that cannot write, so they agree with one another. Texts, numbers, days and
moments keep their types; what has no counterpart (numeric, uuid, enum, json, arrays, ...) is read as text. A moment
with a time zone is an instant; one without is local to the workspace; an infinite one says nothing. Rows come in the
order in which the database keeps them.

Credentials are no part of the place: libpq takes them from the environment (PGUSER, PGPASSWORD) or from a file
(PGPASSFILE, or the service of PGSERVICE). A URL with a password is refused, and not repeated.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl

import polars as pl

from playbook.files.frames import from_frame
from playbook.files.sheet import Sheet
from playbook.tables.declared import TABLES
from playbook.words.catalogue import msg
from playbook.words.problem import ArgumentError, Problem, Said, WorkspaceError, did_you_mean, reason

_SCHEMES = ("postgresql", "postgres")
_ENDINGS = (".duckdb", ".ddb", ".sqlite", ".sqlite3", ".db", ".db3")
_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Only:
    """The cases that are asked for: of one client, of one playbook, of both; empty: all."""

    client: str = ""
    playbook: str = ""


ALL = Only()


@dataclass(frozen=True, slots=True)
class Stored:
    """What a database holds: per declared table its rows, or why they cannot be read; the names of all it has."""

    place: str
    tables: Mapping[str, Sheet | WorkspaceError]
    names: tuple[str, ...] = ()


def is_database(place: str) -> bool:
    """Whether a place is a database: a URL, or a file that is one by its first bytes or by its ending.

    >>> is_database("postgresql://db.example/hr"), is_database("exports")
    (True, False)
    """
    path = Path(place)
    return "://" in place or (path.is_file() and (path.suffix.lower() in _ENDINGS or bool(_kind(path))))


def read_database(place: str, only: Only = ALL) -> Stored:
    """The declared tables of a database, of the cases that are asked for alone.

    `only` becomes a WHERE that lets through every row of these cases, and may let through some more.
    Raises WorkspaceError where the database cannot be reached or read, ArgumentError where its driver is missing or
    the URL holds a password.
    """
    with closing(_connected(place)) as connection:
        try:
            relations = list(connection.relations())
        except connection.error as error:
            raise _unreadable(place, error) from None
        found = {relation.table: relation for relation in reversed(relations) if relation.table in TABLES}
        limits = _limits(found, only, connection.mark)
        tables = {
            table: _read(connection, found[table], place, limits.get(table)) for table in TABLES if table in found
        }
    return Stored(place, tables, tuple(relation.table for relation in relations)[:_SHOWN])


# --- what any database offers ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or a view: its name folded and as SQL, its columns as SQL by name, what orders its rows."""

    table: str
    sql: str
    columns: Mapping[str, str]
    order: str = ""
    readable: bool = True


class Connection(Protocol):
    """One database, open for reading."""

    how: str
    mark: str  # what stands before the number of a parameter
    error: type[Exception]

    def relations(self) -> Iterator[Relation]:
        """Its tables and views; of one name, that which the bare name means comes first."""

    def frame(self, sql: str, values: Sequence[str]) -> pl.DataFrame:
        """The rows of a query."""

    def failed(self) -> None:
        """Go on after an error."""

    def close(self) -> None:
        """End the connection."""


def _connected(place: str) -> Connection:
    if "://" in place:
        return _PostgreSQL(_url(place))
    path = Path(place)
    match _kind(path):
        case "sqlite":
            return _SQLite(path)
        case "duckdb":
            return _DuckDB(path)
        case _:
            raise WorkspaceError(
                Problem(place, msg("is no database that can be read"), msg("a DuckDB or a SQLite file"))
            )


def _kind(path: Path) -> str:
    """What a file is by its first bytes; empty where it is neither."""
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        raise WorkspaceError(Problem(str(path), msg("cannot be read: {value}", value=reason(error)))) from None
    if head == b"SQLite format 3\0":
        return "sqlite"
    return "duckdb" if head[8:12] == b"DUCK" else ""


def _read(connection: Connection, relation: Relation, place: str, limit: _Limit | None) -> Sheet | WorkspaceError:
    at = f"{place}, table '{relation.table}'"
    if not relation.readable:
        return WorkspaceError(
            Problem(at, msg("no permission to read it"), hint=msg("GRANT SELECT to the user of the connection"))
        )
    cells = ", ".join(relation.columns.values())
    where, values = (f" WHERE {limit.sql}", limit.values) if limit else ("", ())
    order = f" ORDER BY {relation.order}" if relation.order else ""
    try:
        return from_frame(
            connection.frame(f"SELECT {cells} FROM {relation.sql}{where}{order}", values), at, connection.how
        )
    except WorkspaceError as error:
        return error
    except connection.error as error:
        connection.failed()
        return _unreadable(at, error)
    except pl.exceptions.PolarsError as error:
        return WorkspaceError(
            Problem(at, msg("cannot be read: {said}", said=_said(error)), msg("columns of plain types"))
        )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


# --- only some cases ---------------------------------------------------------------------------------------

_SPACES = " \t\r\n\u00a0\u3000"
_VALUE = "\x00"
"""Where a value comes in a condition: what no name of a table has."""


@dataclass(frozen=True, slots=True)
class _Limit:
    sql: str
    values: tuple[str, ...]


def _limits(found: Mapping[str, Relation], only: Only, mark: str) -> dict[str, _Limit]:
    """Per table a condition that every row of the cases asked for meets."""
    if "cases" not in found:
        return {}
    asked = [(_of_client(found), only.client), (_of_playbook(found), only.playbook)]
    said = [(condition, value) for condition, value in asked if condition and value]
    if not said:
        return {}
    numbered = enumerate(said, start=1)
    chosen = " AND ".join(condition.replace(_VALUE, f"{mark}{number}") for number, (condition, _) in numbered)
    values = tuple(value for _, value in said)
    own = f"{_bare('case_id')} IN (SELECT {_bare('case_id')} FROM {found['cases'].sql} WHERE {chosen})"
    follow = [name for name, table in TABLES.items() if name != "cases" and "case_id" in table.required_columns]
    limited = {name: own for name in follow if name in found and "case_id" in found[name].columns}
    return {name: _Limit(sql, values) for name, sql in {"cases": chosen, **limited}.items()}


def _of_client(found: Mapping[str, Relation]) -> str:
    """A case is of its own client, or of that of its opening."""
    cases, openings = found["cases"].columns, found.get("openings")
    ways = [f"{_bare('client_id')} = {_VALUE}"] if "client_id" in cases else []
    if openings and "opening_id" in cases and {"opening_id", "client_id"} <= set(openings.columns):
        theirs = f"SELECT {_bare('opening_id')} FROM {openings.sql} WHERE {_bare('client_id')} = {_VALUE}"
        ways.append(f"{_bare('opening_id')} IN ({theirs})")
    return f"({' OR '.join(ways)})" if ways else ""


def _of_playbook(found: Mapping[str, Relation]) -> str:
    return f"{_bare('playbook')} = {_VALUE}" if "playbook" in found["cases"].columns else ""


def _bare(column: str) -> str:
    """A key as it is matched: text, without the space around it."""
    return f"trim(CAST({_quoted(column)} AS TEXT), '{_SPACES}')"


# --- SQLite ------------------------------------------------------------------------------------------------


class _SQLite:
    """A SQLite file. Its cells have types, not its columns: a column of several is read as text."""

    how, mark = "sqlite", "?"

    def __init__(self, path: Path) -> None:
        import sqlite3

        self.error: type[Exception] = sqlite3.Error
        try:
            self._connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
            self._connection.execute("BEGIN")
        except sqlite3.Error as error:
            raise _unreadable(str(path), error) from None

    def relations(self) -> Iterator[Relation]:
        told = "SELECT name, type = 'table' AND NOT wr FROM pragma_table_list WHERE schema = 'main' ORDER BY name"
        for name, numbered in self._connection.execute(told).fetchall():
            columns = self._connection.execute("SELECT name FROM pragma_table_info(?)", (name,)).fetchall()
            cells = {column: _quoted(column) for (column,) in columns}
            yield Relation(name.lower(), _quoted(name), cells, "rowid" if numbered else "")

    def frame(self, sql: str, values: Sequence[str]) -> pl.DataFrame:
        cursor = self._connection.execute(sql, values)
        names = [column for column, *_ in cursor.description]
        cells = list(zip(*cursor.fetchall(), strict=True)) or [()] * len(names)
        return pl.DataFrame([_series(name, column) for name, column in zip(names, cells, strict=True)])

    def failed(self) -> None:
        """Nothing to do: a failed query leaves the others alone."""

    def close(self) -> None:
        self._connection.close()


def _series(name: str, cells: Sequence[object]) -> pl.Series:
    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds == {int}:
        return pl.Series(name, cells, pl.Int64)
    if kinds and kinds <= {int, float}:
        return pl.Series(name, cells, pl.Float64, strict=False)
    return pl.Series(name, [_written(cell) for cell in cells], pl.String)


def _written(cell: object) -> str | None:
    match cell:
        case None | str():
            return cell
        case bytes():
            return cell.decode("utf-8", errors="replace")
        case float() if cell.is_integer():
            return str(int(cell))
        case _:
            return str(cell)


# --- databases that give Arrow -----------------------------------------------------------------------------


def _cells(columns: Sequence[str], types: Sequence[str], plain: set[str], dated: set[str]) -> dict[str, str]:
    """Columns in their types where Arrow and polars have them; else as text."""
    return {column: _cell(_quoted(column), kind, plain, dated) for column, kind in zip(columns, types, strict=True)}


def _cell(name: str, kind: str, plain: set[str], dated: set[str]) -> str:
    if kind in plain:
        return name
    if kind in dated:
        return f"CASE WHEN isfinite({name}) THEN {name} END AS {name}"
    return f"CAST({name} AS TEXT) AS {name}"


_DUCKDB_PLAIN = {"VARCHAR", "BOOLEAN", "FLOAT", "DOUBLE"} | {
    f"{sign}{size}" for sign in ("", "U") for size in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")
}
_DUCKDB_DATED = {"DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"}


class _DuckDB:
    """A DuckDB file."""

    how, mark = "duckdb", "$"

    def __init__(self, path: Path) -> None:
        try:
            import duckdb
        except ImportError:
            raise _driver_missing(str(path), "duckdb") from None
        self.error: type[Exception] = duckdb.Error
        offline: Any = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}
        try:
            self._connection: Any = duckdb.connect(str(path), read_only=True, config=offline)
            self._connection.execute("BEGIN")
        except duckdb.Error as error:
            raise _unreadable(str(path), error) from None

    def relations(self) -> Iterator[Relation]:
        told = """
            SELECT c.table_name, t.table_type, list(c.column_name ORDER BY c.ordinal_position),
                list(c.data_type ORDER BY c.ordinal_position)
            FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
            WHERE c.table_schema = 'main' AND c.table_catalog = current_database() GROUP BY ALL ORDER BY c.table_name
        """
        for name, kind, columns, types in self._connection.execute(told).fetchall():
            order = "rowid" if kind == "BASE TABLE" else ""
            yield Relation(name.lower(), _quoted(name), _cells(columns, types, _DUCKDB_PLAIN, _DUCKDB_DATED), order)

    def frame(self, sql: str, values: Sequence[str]) -> pl.DataFrame:
        frame: pl.DataFrame = self._connection.sql(sql, params=list(values) or None).pl()
        return frame

    def failed(self) -> None:
        with suppress(self.error):  # a broken file has ended the transaction already
            self._connection.rollback()

    def close(self) -> None:
        self._connection.close()


_POSTGRESQL_PLAIN = {"text", "varchar", "bpchar", "name", "bool", "int2", "int4", "int8", "float4", "float8"}
_POSTGRESQL_DATED = {"date", "timestamp", "timestamptz"}

# A domain is what it is made of; a view has no order of its own.
_POSTGRESQL_CATALOG = """
    SELECT c.relname::text AS name, quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS sql,
        array_agg(a.attname::text ORDER BY a.attnum) AS columns,
        array_agg(coalesce(b.typname, t.typname)::text ORDER BY a.attnum) AS types,
        c.relkind IN ('r', 'p', 'm') AS numbered, has_table_privilege(c.oid, 'SELECT') AS readable
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_type b ON b.oid = t.typbasetype
    WHERE c.relkind IN ('r', 'p', 'm', 'v', 'f') AND n.nspname = ANY (current_schemas(false))
    GROUP BY c.oid, c.relname, c.relkind, n.nspname
    ORDER BY array_position(current_schemas(false), n.nspname), c.relname
"""


class _PostgreSQL:
    """A PostgreSQL database, by libpq and Arrow."""

    how, mark = "postgresql", "$"

    def __init__(self, url: str) -> None:
        try:
            from adbc_driver_manager import Error
            from adbc_driver_postgresql import dbapi  # type: ignore[import-untyped]
        except ImportError:
            raise _driver_missing(url, "adbc-driver-postgresql") from None
        self.error: type[Exception] = Error
        try:
            self._connection: Any = dbapi.connect(_complete(url))
            self._begin()
        except Error as error:
            raise _unreadable(url, error) from None

    def _begin(self) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")

    def relations(self) -> Iterator[Relation]:
        for name, sql, columns, types, numbered, readable in self.frame(_POSTGRESQL_CATALOG, ()).rows():
            cells = _cells(columns, types, _POSTGRESQL_PLAIN, _POSTGRESQL_DATED)
            yield Relation(name.lower(), sql, cells, "tableoid, ctid" if numbered else "", readable)

    def frame(self, sql: str, values: Sequence[str]) -> pl.DataFrame:
        with self._connection.cursor() as cursor:
            cursor.execute(sql, tuple(values) or None)
            return pl.DataFrame(cursor.fetch_arrow_table())

    def failed(self) -> None:
        self._connection.rollback()
        self._begin()

    def close(self) -> None:
        self._connection.close()


# --- the URL, and what must not be in it -------------------------------------------------------------------

_SECRET = re.compile(r"^(ssl)?pass(word|phrase|wd)?$|^pwd$|secret|token|scram_.*_key", re.IGNORECASE)


def _url(place: str) -> str:
    """A URL that can be shown. ArgumentError where it holds a password, or is of another kind of database."""
    scheme, _, rest = place.partition("://")
    if _holds_secret(rest):
        hint = msg(
            "set PGPASSWORD, or use a file of passwords (PGPASSFILE) or of services (PGSERVICE); write other @ as %40"
        )
        raise ArgumentError(
            Problem(f"{scheme}://...", msg("a URL must not hold a password"), f"{scheme}://USER@HOST/DB", hint)
        )
    if scheme.lower() not in _SCHEMES:
        allowed = msg("postgresql://USER@HOST/DATABASE, or a DuckDB or SQLite file")
        raise ArgumentError(
            Problem(
                place,
                msg("'{scheme}' is no kind of database that can be read", scheme=scheme),
                allowed,
                did_you_mean(scheme, _SCHEMES),
            )
        )
    return place


def _holds_secret(rest: str) -> bool:
    """Whether something stands between a colon and an @, or a parameter is a secret by its name.

    >>> _holds_secret("u:pw@host/db"), _holds_secret("u@host:5432/db"), _holds_secret("u:@/db?host=/run")
    (True, False, False)
    """
    before, _, _ = rest.rpartition("@")
    named = (name for name, value in parse_qsl(rest.partition("?")[2]) if value)
    return bool(before.partition(":")[2]) or any(_SECRET.search(name) for name in named)


def _complete(url: str) -> str:
    """The URL with what holds unless it or the environment says otherwise: UTF-8, and no endless wait."""
    more = {"client_encoding": "UTF8"} | ({} if "PGCONNECT_TIMEOUT" in os.environ else {"connect_timeout": "10"})
    added = "&".join(f"{name}={value}" for name, value in more.items() if f"{name}=" not in url)
    return f"{url}{'&' if '?' in url else '?'}{added}" if added else url


# --- what went wrong ---------------------------------------------------------------------------------------

_HINTS = (
    ("password", msg("set PGPASSWORD, or use a file of passwords (PGPASSFILE) or of services (PGSERVICE)")),
    ("refused", msg("is the server running, and are host and port right?")),
    ("timeout expired", msg("is the server running, and are host and port right?")),
    ("No such file", msg("is the server running, and are host and port right?")),
    ("translate host name", msg("is the name of the host right?")),
    ("lock", msg("close the program that writes to it, or read a copy")),
    ("different configuration", msg("this program has it open for writing: close that connection first")),
)


def _unreadable(place: Said, error: Exception) -> WorkspaceError:
    said = _said(error)
    hint = next((hint for word, hint in _HINTS if word in said), "")
    return WorkspaceError(Problem(place, msg("cannot be read: {said}", said=said), hint=hint))


def _said(error: Exception) -> str:
    """What a driver said, in one line, without the query."""
    first = re.split(r"\n\s*Query was:|\. SQLSTATE:|\nLINE ", str(error))[0]
    return " ".join(re.sub(r"^[A-Z_ ]+: (?=\[libpq\])|\[libpq\] ", "", first).split())[:300]


def _driver_missing(place: str, driver: str) -> ArgumentError:
    hint = 'pip install "recruit-playbook[db]"'
    return ArgumentError(Problem(place, msg("the driver '{driver}' is not installed", driver=driver), hint=hint))
