"""The search for secrets finds what it should, wherever it stands."""

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from tests.secrecy import Told, search_all, search_folder, search_rows, secret

PLANTED = secret("5100000009:AAplantedSecretOfTheSuite")
HALF = PLANTED.partition(":")[2]
"""As it stands in an address: https://…/bot<whole token>/getMe; half of it is as bad."""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Emptied afterwards: the search comes here too."""
    place = tmp_path / "made"
    place.mkdir()
    yield place
    for file in place.iterdir():
        file.unlink()


def test_in_a_log(folder: Path) -> None:
    (folder / "up.log").write_text(f"POST https://api.example/bot{PLANTED}/getMe failed\n")
    with pytest.raises(Told, match=r"5100.*up\.log|AAplan.*up\.log"):
        search_folder(folder)


def test_what_is_told_of_it_does_not_tell_it(folder: Path) -> None:
    (folder / "up.log").write_text(HALF)
    with pytest.raises(Told) as told:
        search_folder(folder)
    assert HALF not in str(told.value)


def test_in_a_row_of_sqlite(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "giaouoc.db")) as database, database:
        database.execute("CREATE TABLE inbox (why TEXT)")
        database.execute("INSERT INTO inbox VALUES (?)", [f"no connection to /bot{PLANTED}"])
    with pytest.raises(Told):
        search_folder(folder)


def test_in_a_row_of_postgresql(empty_postgres_url: str) -> None:
    with psycopg.connect(empty_postgres_url.replace("+psycopg", "")) as database:
        database.execute("CREATE TABLE outbox (id int, choices jsonb)")
        search_rows(database)
        database.execute("INSERT INTO outbox VALUES (1, jsonb_build_array(%s::text))", [PLANTED])
        with pytest.raises(Told, match="a row of outbox"):
            search_rows(database)
        database.rollback()


def test_on_a_printed_page(folder: Path) -> None:
    page = zlib.compress(f"BT ({PLANTED}) Tj ET".encode())
    (folder / "phieu.pdf").write_bytes(b"%PDF-1.7\n1 0 obj\n<<>>\nstream\n" + page + b"\nendstream\nendobj\n")
    with pytest.raises(Told):
        search_folder(folder)


def test_in_what_a_test_wrote() -> None:
    assert search_all([("Captured log call", "all is well"), ("Captured stdout call", f"bot{PLANTED}")])
    assert search_all([("Captured log call", "all is well")]) is None
