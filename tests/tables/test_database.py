"""Workspaces in databases: the same answers as from files, and one readable message where there is none."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from bridge import text_frame
from cli_workspaces import AS_OF, BOOK, Command, book
from databases import Frames, Server, serving, write_duckdb, write_sqlite
from hypothesis import HealthCheck, given, settings
from strategies import Scenario, scenarios, toml_text
from the_sample import sample
from thinned import ALL, tries

import playbook as pb
from playbook.publishing.manifest import inputs_of
from playbook.rules.reading import parse_playbook
from playbook.tables.database import is_database
from playbook.tables.samples import samples
from playbook.words.problem import ArgumentError, WorkspaceError

Write = Callable[[Frames], str]
KINDS = ("duckdb", "sqlite", "postgresql")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture(scope="module")
def writers(server: Server, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Write]:
    """Per kind of database, how to write tables into a new one."""
    folder = tmp_path_factory.mktemp("databases")
    numbers = iter(range(10_000))
    return {
        "duckdb": lambda frames: str(write_duckdb(folder / f"{next(numbers)}.duckdb", frames)),
        "sqlite": lambda frames: str(write_sqlite(folder / f"{next(numbers)}.sqlite", frames)),
        "postgresql": server.write,
    }


@pytest.fixture
def playbook(capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(capsys)


def sample_frames() -> dict[str, pl.DataFrame]:
    """The sample workspace as frames of text."""
    return {path.stem: pl.read_csv(path, infer_schema=False) for path in Path(samples()).glob("*.csv")}


CASES = pl.DataFrame(
    {
        "case_id": ["A-1", "A-2", " A-3", "A-4"],
        "playbook": ["first", "first", "second", "first"],
        "client_id": ["C-1", "C-2", " C-1\u3000", None],
        "opening_id": [None, None, None, "O-1"],
    }
)
OPENINGS = pl.DataFrame({"opening_id": ["O-1", "O-2"], "client_id": ["C-1", "C-2"]})
EVENTS = pl.DataFrame(
    {
        "case_id": ["A-1", "A-2", "A-3 ", "A-4", "A-9"],
        "activity": ["applied"] * 5,
        "timestamp": ["2026-11-02 10:00"] * 5,
    }
)
SMALL = {"cases": CASES, "openings": OPENINGS, "events": EVENTS}
BOOKS = [parse_playbook(book(id), id) for id in ("first", "second")]


# --- the same answers ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def files() -> pb.Workspace:
    """The sample workspace in its files."""
    return sample()


@pytest.mark.parametrize("kind", KINDS if ALL else ["postgresql"])  # the others' sample is asked below what is due
def test_samples(kind: str, writers: dict[str, Write], files: pb.Workspace) -> None:
    """The sample workspace in a database has the due list, violations and funnel of its files, row by row."""
    stored = pb.open(writers[kind](sample_frames()))
    assert stored.due(AS_OF, all=True).equals(files.due(AS_OF, all=True))
    assert stored.violations(AS_OF).equals(files.violations(AS_OF))
    assert stored.funnel(AS_OF).equals(files.funnel(AS_OF))
    assert stored.counts.equals(files.counts)


@pytest.mark.parametrize("kind", KINDS)
def test_typed_columns(kind: str, writers: dict[str, Write], files: pb.Workspace) -> None:
    """Instants, days, numbers and flags in columns of their types give the same due list as text."""
    tables = files.tables
    names = [name for name in sample_frames() if tables.counts.filter(pl.col("table") == name)["read"].item()]
    typed = {name: getattr(tables, name).drop("row") for name in names}
    stored = pb.open(writers[kind](typed))
    assert stored.quarantine.is_empty()
    assert stored.due(AS_OF, all=True).equals(files.due(AS_OF, all=True))


@pytest.mark.filterwarnings("ignore:手順書:UserWarning")  # chance names playbooks that nobody works by
@settings(max_examples=tries(1, 30), deadline=None, suppress_health_check=list(HealthCheck))
@given(scenarios())
def test_random_scenarios(writers: dict[str, Write], scenario: Scenario) -> None:
    """Any workspace, with its duplicates and stray rows, gives the same answers from each database as from frames."""
    books, tables, as_of = scenario
    read = [parse_playbook(toml_text(one), "book") for one in books]
    frames = {name: text_frame(name, rows) for name, rows in tables.items()}
    asked = pb.Workspace(playbooks=read, **frames)
    for kind, write in writers.items():
        stored = pb.open(write(frames), read)
        assert stored.due(as_of, all=True).equals(asked.due(as_of, all=True)), kind
        assert stored.violations(as_of).equals(asked.violations(as_of)), kind
        assert stored.quarantine.equals(asked.quarantine), kind


def test_command_line(server: Server, playbook: Command) -> None:
    """`playbook due` prints the same bytes for a database as for its files, and says so with the same status."""
    files = playbook("due", "--as-of", AS_OF)
    stored = playbook("due", "--as-of", AS_OF, "--workspace", server.write(sample_frames()))
    assert (stored.status, stored.out) == (0, files.out)


# --- types ------------------------------------------------------------------------------------------------


def test_types_of_postgresql(server: Server) -> None:
    """Columns keep their types; what has no counterpart is text; an infinite date says nothing."""
    url = server.write({"events": EVENTS})
    schema = url.rpartition("%3D")[2]
    server.run(
        f"CREATE TYPE {schema}.mood AS ENUM ('glad', 'sad')",
        f"CREATE DOMAIN {schema}.code AS varchar(9)",
        f"""CREATE TABLE {schema}.cases (case_id {schema}.code, playbook text, client_id int, opening_id uuid,
            created_at timestamptz, local timestamp, joins_on date, never date, amount numeric(12, 2), share float8,
            urgent boolean, mood {schema}.mood, tags text[], more jsonb, "a ""b" text)""",
        f"""INSERT INTO {schema}.cases VALUES ('A-1', 'first', 7, '00000000-0000-0000-0000-00000000000a',
            '2026-01-04 16:30Z', '2026-01-05 01:30', '2026-01-05', 'infinity', 1200.50, 0.5, true, 'glad',
            ARRAY['x', 'y'], '{{"a": 1}}', '髙')""",
    )
    cases = pb.open(url, BOOKS).tables.cases
    assert cases.drop("row", "subject", "position").row(0, named=True) == {
        "case_id": "A-1",
        "playbook": "first",
        "client_id": "7",
        "opening_id": "00000000-0000-0000-0000-00000000000a",
        "created_at": datetime(2026, 1, 5, 1, 30, tzinfo=ZoneInfo("Asia/Tokyo")),
        "local": datetime(2026, 1, 5, 1, 30),
        "joins_on": date(2026, 1, 5),
        "never": None,
        "amount": "1200.50",
        "share": 0.5,
        "urgent": True,
        "mood": "glad",
        "tags": "{x,y}",
        "more": '{"a": 1}',
        'a "b': "髙",
    }


@pytest.mark.parametrize("kind", ["duckdb", "postgresql"])
def test_time_zone(kind: str, writers: dict[str, Write], tmp_path: Path) -> None:
    """A timestamp with a zone is an instant; one without is local to the workspace that names the database."""
    moments = pl.Series([datetime(2026, 11, 2, 10)])
    events = pl.DataFrame(
        {
            "case_id": ["A-1"],
            "activity": ["applied"],
            "timestamp": moments.dt.replace_time_zone("UTC"),
            "recorded_at": moments,
        }
    )
    place = writers[kind]({"cases": CASES, "events": events})
    (tmp_path / "workspace.toml").write_text(f"timezone = 'America/New_York'\ndatabase = '{place}'\n", encoding="utf-8")
    found = pb.open(tmp_path, BOOKS).tables.events
    told = found.select(pl.col("timestamp", "recorded_at").dt.to_string("iso:strict")).row(0)
    assert told == ("2026-11-02T05:00:00.000000-05:00", "2026-11-02T10:00:00.000000-05:00")


def test_types_of_duckdb(tmp_path: Path) -> None:
    """What Arrow or polars lacks is read as text; nothing stops at it."""
    import duckdb

    path = write_duckdb(tmp_path / "x.duckdb", {"events": EVENTS})
    with closing(duckdb.connect(str(path))) as connection:
        connection.execute("""CREATE TABLE cases AS SELECT 'A-1' case_id, 'first' playbook, 7::hugeint client_id,
            1.50::decimal(9, 2) amount, interval 1 day span, 'a'::enum('a', 'b') mood, [1, 2] tags,
            'infinity'::date never, timestamp_s '2026-01-05 09:05' "local" """)
    row = pb.open(path, BOOKS).tables.cases.row(0, named=True)
    assert {name: row[name] for name in ("client_id", "amount", "span", "mood", "tags", "never", "local")} == {
        "client_id": "7",
        "amount": "1.50",
        "span": "1 day",
        "mood": "a",
        "tags": "[1, 2]",
        "never": None,
        "local": "2026-01-05 09:05:00",
    }


def test_mixed_cells_of_sqlite(tmp_path: Path) -> None:
    """A column of several types is read as a person would write its cells; a view is a table like another."""
    import sqlite3

    path = write_sqlite(tmp_path / "x.db", {"events": EVENTS, "raw": CASES.head(0)})
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("ALTER TABLE raw ADD COLUMN grade")
        rows = [(1, 7), ("A-2", 2.0), ("A-3", "x"), (b"A-4", None)]
        connection.executemany("INSERT INTO raw (case_id, playbook, grade) VALUES (?, 'first', ?)", rows)
        connection.execute("CREATE VIEW cases AS SELECT * FROM raw")
        connection.commit()
    cases = pb.open(path, BOOKS).tables.cases
    assert cases.select("case_id", "grade").rows() == [("1", "7"), ("A-2", "2"), ("A-3", "x"), ("A-4", None)]


def test_other_encoding(server: Server) -> None:
    """Text of a database in EUC-JP comes out as it was written."""
    server.run("CREATE DATABASE old ENCODING 'EUC_JP' TEMPLATE template0 LOCALE 'C'")
    server.run("CREATE TABLE cases AS SELECT 'A-1' case_id, 'first' playbook, '高橋 進' subject", database="old")
    server.run("CREATE TABLE events (case_id text, activity text, timestamp timestamptz)", database="old")
    assert pb.open(server.url("old"), BOOKS).tables.cases["subject"].item() == "高橋 進"


def test_rows_keep_their_order(server: Server) -> None:
    """Of two rows of one event the upper one is kept, whatever index the database has."""
    rows = {"case_id": ["A-1"] * 2, "activity": ["applied"] * 2, "timestamp": ["2026-11-02 10:00"] * 2}
    url = server.write({"cases": CASES, "events": pl.DataFrame({**rows, "note": ["z upper", "a lower"]})})
    server.run(f"CREATE INDEX ON {url.rpartition('%3D')[2]}.events (note)")
    events = pb.open(url, BOOKS)
    assert events.tables.events["note"].to_list() == ["z upper"]
    assert events.quarantine["row"].to_list() == [3]


def test_nothing_is_written(server: Server) -> None:
    """A query that would change the database is refused by it."""
    url = server.write({"cases": CASES})
    schema = url.rpartition("%3D")[2]
    server.run(
        f"CREATE SEQUENCE {schema}.ticks",
        f"""CREATE VIEW {schema}.events AS SELECT nextval('{schema}.ticks')::text case_id,
        'applied' activity, now() "timestamp" """,
    )
    with pytest.raises(WorkspaceError, match=r"cannot execute nextval\(\) in a read-only transaction$"):
        pb.open(url, BOOKS)


# --- only some cases ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_only_what_is_asked_for_is_read(kind: str, writers: dict[str, Write]) -> None:
    """One client's or one playbook's rows come alone, those of its openings and with untidy ids too."""
    place = writers[kind](SMALL)
    whole = pb.open(place, BOOKS)
    expected = {"C-1": (["A-1", "A-3", "A-4"], 3), "C-2": (["A-2"], 1)}
    for client, (cases, read) in expected.items():
        narrowed = pb.open(place, BOOKS, client=client)
        assert narrowed.tables.cases["case_id"].to_list() == cases
        assert narrowed.counts.filter(pl.col("table") == "events")["read"].item() == read
        assert narrowed.due(AS_OF, all=True).equals(whole.only(client=client).due(AS_OF, all=True))
    both = pb.open(place, BOOKS, client="C-1", playbook="second")
    assert both.counts.filter(pl.col("read") > 0)["read"].to_list() == [1, 1, 2]
    assert both.due(AS_OF, all=True).equals(whole.only(client="C-1", playbook="second").due(AS_OF, all=True))


@pytest.mark.parametrize("kind", KINDS)
def test_no_such_client(kind: str, writers: dict[str, Write]) -> None:
    """A client nobody knows is an error that names those there are, and cannot smuggle SQL in."""
    with pytest.raises(ArgumentError, match="client: there is no 'C-3'; allowed: C-1, C-2"):
        pb.open(writers[kind](SMALL), BOOKS, client="C-3")
    with pytest.raises(ArgumentError, match="there is no"):
        pb.open(writers[kind](SMALL), BOOKS, client="x' OR '1' = '1")


def test_a_folder_is_narrowed_too() -> None:
    """The same argument narrows a workspace of files."""
    client = sample().tables.cases["client_id"].drop_nulls()[0]
    assert pb.open(client=client).due(AS_OF).equals(sample().only(client=client).due(AS_OF))


# --- a folder that names a database ---------------------------------------------------------------------------


def test_folder_beside_a_database(tmp_path: Path) -> None:
    """A folder may keep settings, rule books and some tables, and name the database that has the others."""
    write_sqlite(tmp_path / "hr.sqlite", {"cases": CASES, "events": EVENTS})
    (tmp_path / "workspace.toml").write_text("horizon = 3\ndatabase = 'hr.sqlite'\n", encoding="utf-8")
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "playbooks" / "first.toml").write_text(BOOK.replace("BOOK", "first"), encoding="utf-8")
    OPENINGS.write_csv(tmp_path / "openings.csv")
    workspace = pb.open(tmp_path)
    assert (workspace.settings.horizon, workspace.tables.openings.height) == (3, 2)
    assert workspace.due(AS_OF)["case_id"].to_list() == ["A-1", "A-2", "A-4"]
    CASES.write_csv(tmp_path / "cases.csv")
    with pytest.raises(WorkspaceError, match="table 'cases' is there 2 times"):
        pb.open(tmp_path)


# --- one readable message -------------------------------------------------------------------------------------

SECRET = "s3cr3t-word"


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> str:
    """A password in the environment, which nobody may see."""
    monkeypatch.setenv("PGPASSWORD", SECRET)
    return SECRET


def refused(playbook: Command, place: str | Path) -> str:
    """What `playbook due` says of a workspace that it cannot use."""
    assert SECRET not in playbook("due", "--as-of", AS_OF, "--workspace", place).err
    ran = playbook.english("due", "--as-of", AS_OF, "--workspace", place)
    assert (ran.status, ran.out) == (2, "")
    assert "Traceback" not in ran.err
    assert SECRET not in ran.err
    assert len(ran.err.splitlines()) <= 8
    return ran.err


@pytest.mark.parametrize(
    ("user", "database", "said"),
    [
        ("locked", "postgres", 'password authentication failed for user "locked"'),
        ("postgres", "nowhere", 'database "nowhere" does not exist'),
        ("nobody", "postgres", 'role "nobody" does not exist'),
    ],
)
def test_no_way_in(server: Server, playbook: Command, secret: str, user: str, database: str, said: str) -> None:
    """A wrong password, database or user is said in a line, without the password."""
    assert said in refused(playbook, server.url(database, user))


def test_no_password(server: Server, playbook: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a password is missing, the message says where it belongs."""
    monkeypatch.delenv("PGPASSWORD", raising=False)
    said = refused(playbook, server.url(user="locked"))
    assert "no password supplied" in said
    assert "PGPASSWORD" in said


def test_server_down(playbook: Command, tmp_path: Path, secret: str) -> None:
    """A server that does not answer is said in a line, by port and by socket."""
    for place in ("postgresql://127.0.0.1:1/hr", f"postgresql:///hr?host={tmp_path}"):
        said = refused(playbook, place)
        assert f"{place}: cannot be read: " in said
        assert "is the server running" in said


@pytest.mark.parametrize(
    "place",
    [
        f"postgresql://me:{SECRET}@127.0.0.1/hr",
        f"postgresql://me:{SECRET}/more@127.0.0.1/hr",
        f"postgresql://me:?{SECRET}@127.0.0.1/hr",
        f"postgresql://127.0.0.1/hr?user=me&password={SECRET}",
        f"postgresql://127.0.0.1/hr?pass%77ord={SECRET}",
        f"postgresql://127.0.0.1/hr?sslpassword={SECRET}",
        f"mysql://me:{SECRET}@127.0.0.1/hr",
    ],
)
def test_password_in_the_url(playbook: Command, place: str) -> None:
    """A URL with a password is refused and not repeated, however it is hidden in it."""
    said = refused(playbook, place)
    assert "a URL must not hold a password" in said
    assert "PGPASSFILE" in said


def test_unusable_urls(playbook: Command, secret: str) -> None:
    """Another kind of database, an unknown parameter, a port that is none: one message each."""
    assert "'mysql' is no kind of database that can be read" in refused(playbook, "mysql://127.0.0.1/hr")
    assert "did you mean 'postgresql'" in refused(playbook, "postgresq://127.0.0.1/hr")
    assert 'invalid URI query parameter: "colour"' in refused(playbook, "postgresql://127.0.0.1/hr?colour=red")
    assert 'invalid integer value "x"' in refused(playbook, "postgresql://127.0.0.1:x/hr")


def test_no_permission(server: Server, playbook: Command, secret: str) -> None:
    """Every table that may not be read is named, and what to do about it."""
    url = server.write(SMALL)
    schema = url.rpartition("%3D")[2]
    server.run(f"GRANT USAGE ON SCHEMA {schema} TO poor", f"GRANT SELECT ON {schema}.openings TO poor")
    said = refused(playbook, server.url(user="poor", schema=schema))
    assert said.count("no permission to read it") == 2
    assert "table 'events'" in said
    assert "GRANT SELECT" in said


@pytest.mark.parametrize("kind", KINDS)
def test_missing_table_and_column(kind: str, writers: dict[str, Write], playbook: Command) -> None:
    """A missing table and a missing column are named together, with what is there."""
    place = writers[kind]({"cases": CASES.rename({"playbook": "play_book"}), "event": EVENTS})
    said = refused(playbook, place)
    assert "table 'events' is missing; found: cases, event" in said
    assert "table 'cases': column 'playbook' is missing" in said
    assert "is it 'play_book'?" in said


@pytest.mark.parametrize("ending", [".duckdb", ".sqlite", ".db"])
def test_no_database(ending: str, playbook: Command, tmp_path: Path) -> None:
    """A file that is no database, and one that ends in the middle, are said to be so."""
    (tmp_path / f"x{ending}").write_bytes(b"case_id,playbook\n")
    assert "is no database that can be read" in refused(playbook, tmp_path / f"x{ending}")
    write = write_duckdb if ending == ".duckdb" else write_sqlite
    whole = write(tmp_path / f"whole{ending}", SMALL).read_bytes()
    (tmp_path / f"half{ending}").write_bytes(whole[: len(whole) // 2])
    assert "cannot be read: " in refused(playbook, tmp_path / f"half{ending}")


def test_in_use_by_another(playbook: Command, tmp_path: Path) -> None:
    """A DuckDB file that another program writes to is said to be locked."""
    path = write_duckdb(tmp_path / "x.duckdb", SMALL)
    holding = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); input()"
    other = subprocess.Popen(
        [sys.executable, "-c", holding, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        encoding="utf-8",
    )  # fmt: skip
    with other:
        assert other.stdout is not None
        other.stdout.readline()
        said = refused(playbook, path)
        other.communicate("\n")
    assert "lock" in said
    assert "close the program that writes to it" in said


@pytest.mark.parametrize(("kind", "module"), [("duckdb", "duckdb"), ("postgresql", "adbc_driver_postgresql")])
def test_driver_missing(
    kind: str, module: str, writers: dict[str, Write], playbook: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a driver, the message says how to install it."""
    place = writers[kind](SMALL)
    monkeypatch.setitem(sys.modules, module, None)
    assert 'pip install "recruit-playbook[db]"' in refused(playbook, place)


# --- secrets ------------------------------------------------------------------------------------------------


def test_passwords_come_from_environment_and_files(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The password is taken from the environment, from a file of passwords, or with a service of a profile file."""
    schema = server.write(SMALL).rpartition("%3D")[2]
    url = server.url(user="locked", schema=schema)
    with monkeypatch.context() as environment:
        environment.setenv("PGPASSWORD", Server.PASSWORD)
        assert pb.open(url, BOOKS).tables.cases.height == 4
    passwords = tmp_path / "passwords"
    passwords.write_text(f"*:*:*:locked:{Server.PASSWORD}\n", encoding="utf-8")
    passwords.chmod(0o600)
    with monkeypatch.context() as environment:
        environment.setenv("PGPASSFILE", str(passwords))
        assert pb.open(url, BOOKS).tables.cases.height == 4
    services = tmp_path / "services"
    profile = {"host": server.socket, "user": "locked", "dbname": "postgres", "password": Server.PASSWORD}
    lines = [f"{name}={value}" for name, value in profile.items()]
    services.write_text("\n".join(["[hr]", *lines, f"options=-csearch_path={schema}"]), encoding="utf-8")
    monkeypatch.setenv("PGSERVICEFILE", str(services))
    assert pb.open("postgresql://?service=hr", BOOKS).tables.cases.height == 4


def test_reports_keep_no_secret(
    server: Server, playbook: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reports of a database are made and published; neither pages nor records nor messages hold the password."""
    monkeypatch.setenv("PGPASSWORD", Server.PASSWORD)
    schema = server.write(sample_frames()).rpartition("%3D")[2]
    url = server.url(user="locked:", schema=schema)  # an empty password is none
    ran = playbook("run", "weekly_due_actions", "--workspace", url, "--as-of", AS_OF, "--out", tmp_path / "out")
    assert ran.status == 0, ran.err
    assert (tmp_path / "out" / "weekly_due_actions.html").is_file()
    written = [path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert not [one for one in written if Server.PASSWORD.encode() in one]
    assert Server.PASSWORD not in ran.out + ran.err


def test_unchanged_pages_of_a_database(tmp_path: Path) -> None:
    """A file is known by its hash; a server, a folder that names a database, and a file still being written are not."""
    (tmp_path / "folder").mkdir()
    toml = tmp_path / "folder" / "workspace.toml"
    toml.write_text("database = '../hr.sqlite'\n", encoding="utf-8")
    file = write_sqlite(tmp_path / "hr.sqlite", SMALL)
    found = inputs_of(str(file))
    assert found is not None
    assert [one.name for one in found] == ["hr.sqlite"]
    (tmp_path / "hr.sqlite-wal").write_bytes(b"")
    assert [inputs_of(str(one)) for one in (file, toml.parent, "postgresql:///hr")] == [None] * 3


def test_what_is_a_database(tmp_path: Path) -> None:
    """A URL and a file with the first bytes or the ending of a database; no folder, no csv, no missing file."""
    odd = write_sqlite(tmp_path / "export.data", SMALL)
    plain = tmp_path / "x.csv"
    plain.write_text("a\n", encoding="utf-8")
    places = (odd, "postgresql:///hr", plain, tmp_path, tmp_path / "gone.duckdb")
    assert [is_database(str(place)) for place in places] == [True, True, False, False, False]
    assert pb.open(odd, BOOKS).tables.cases.height == 4
