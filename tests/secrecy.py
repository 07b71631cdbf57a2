"""Secrets that the suite plays with, and the search for them in all that it makes.

Whoever makes a secret says `secret("…")`. After each test `tests/conftest.py` looks for every one that was ever said:
in the test's folder (databases, stores, logs of real processes, slips), in what went to stdout, stderr and the log, in
every row of its PostgreSQL and every object of its bucket. The fakes look at what is sent to phones, the API's tests at
every answer, the browser's at their pages, those of commands at what is printed.
"""

import mmap
import re
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import psycopg

_known: set[str] = set()
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
GIVEN = frozenset({".env"})
"""Files that an operator writes secrets into."""


class Told(AssertionError):
    """A secret stands where it must not."""


def secret(value: str) -> str:
    """From now on nothing may show it. Whole, and what stands behind the colon of a bot's token."""
    _known.update(part for part in (value, value.rpartition(":")[2]) if len(part) > 7)
    return value


def found_in(data: bytes | mmap.mmap) -> str | None:
    """A known secret that stands there, by its first letters only."""
    return next((f"{one[:6]}…" for one in sorted(_known) if data.find(one.encode()) >= 0), None)


def search(data: bytes | str, where: str) -> None:
    """Raises Told."""
    if found := found_in(data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data):
        raise Told(f"a secret ({found}) in {where}")


def search_folder(folder: Path) -> None:
    """Every file below it; what is packed in a PDF is unpacked. Raises Told."""
    for file in folder.rglob("*"):
        if file.is_file() and not file.is_symlink() and file.name not in GIVEN:
            _search_file(file)


def _search_file(file: Path) -> None:
    try:
        if not file.stat().st_size:
            return
        with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as data:
            search_bytes(data, str(file))
    except (FileNotFoundError, PermissionError):
        return


def search_bytes(data: bytes | mmap.mmap, where: str) -> None:
    """Raises Told."""
    pages = _unpacked(data[:]) if data[:5] == b"%PDF-" else ()
    for part in (data, *pages):
        if found := found_in(part):
            raise Told(f"a secret ({found}) in {where}")


def _unpacked(pdf: bytes) -> Iterator[bytes]:
    for packed in _STREAM.findall(pdf):
        try:
            yield zlib.decompress(packed.strip(b"\r\n"))
        except zlib.error:
            continue


def search_rows(connection: psycopg.Connection) -> None:
    """Every row of every table of a PostgreSQL, as text. Raises Told."""
    tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    rows = " UNION ALL ".join(f"SELECT '{table}', one::text FROM \"{table}\" one" for (table,) in tables)
    for table, row in connection.execute(rows) if tables else ():
        search(row, f"a row of {table}")


def search_all(parts: Iterable[tuple[str, str]]) -> str | None:
    """(where, text) → what to say of the first that tells a secret."""
    for where, told in parts:
        if found := found_in(told.encode("utf-8", "surrogatepass")):
            return f"a secret ({found}) in {where}"
    return None
