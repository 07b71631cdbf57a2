"""The one door to the database: units of work in, their answers out, on SQLite and PostgreSQL alike.

A unit is a function of a session. It never commits: it is stored as a whole when it returns, and leaves nothing when
it raises. The answer of a `write` is released only after the unit is durable.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar, cast

from sqlalchemy import URL, Engine, create_engine, make_url
from sqlmodel import Session

from models import migrations, sqlite

T = TypeVar("T")

READERS = 4
"""Read-only connections of SQLite."""
POSTGRES_THREADS = 8
"""Threads and connections alike: nobody in a thread ever waits for a connection."""


class Database:
    """Opened by its URL: `sqlite:///path` or `postgresql+psycopg://…`."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.dialect = self.url.get_backend_name()
        if self.dialect == "sqlite":
            _make_folder(self.url)
            self._reading = sqlite.reading_engine(self.url, READERS)
            self._writer = sqlite.Writer(self.url)
        else:
            self._writing = create_engine(self.url, pool_size=POSTGRES_THREADS, max_overflow=0, hide_parameters=True)
            self._reading = self._writing.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        threads = READERS if self.dialect == "sqlite" else POSTGRES_THREADS
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="database")

    async def write(self, work: Callable[[Session], T]) -> T:
        """One transaction. A waiter that is cancelled loses the answer, never the integrity of the unit."""
        if self.dialect == "sqlite":
            return cast(T, await self._writer.write(work))
        return await asyncio.get_running_loop().run_in_executor(self._threads, _transact, self._writing, work)

    async def read(self, work: Callable[[Session], T]) -> T:
        """A read-only snapshot: what was written before it began, all of it from one moment."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, _transact, self._reading, work)

    def write_now(self, work: Callable[[Session], T]) -> T:
        if self.dialect == "sqlite":
            return cast(T, self._writer.write_now(work))
        return _transact(self._writing, work)

    def read_now(self, work: Callable[[Session], T]) -> T:
        return _transact(self._reading, work)

    async def scrub(self) -> None:
        """What was erased leaves the write-ahead log too (PostgreSQL recycles its own)."""
        if self.dialect == "sqlite":
            await asyncio.get_running_loop().run_in_executor(self._threads, sqlite.scrub, self.url)

    def migrate(self) -> None:
        """Bring the tables to the newest revision; safe when several processes do it at once."""
        migrations.upgrade(self.url)

    def close(self) -> None:
        """Finish what was handed in, then let go of every connection."""
        self._threads.shutdown()
        if self.dialect == "sqlite":
            self._writer.close()
        self._reading.dispose()


def _transact(engine: Engine, work: Callable[[Session], T]) -> T:
    with Session(engine, expire_on_commit=False) as session, session.begin():
        return work(session)


def _make_folder(url: URL) -> None:
    if not url.database or url.database == ":memory:":
        raise ValueError("a SQLite database is a file: sqlite:///path/to/it.db")
    Path(url.database).parent.mkdir(parents=True, exist_ok=True)
