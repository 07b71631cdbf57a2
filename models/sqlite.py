"""SQLite as the house uses it: many read-only connections and one writing thread that commits in groups.

A unit of work is a SAVEPOINT of a shared `BEGIN IMMEDIATE`. What waits joins, one COMMIT makes all of it durable
(`synchronous=FULL`), and only then are the answers released. A failing unit takes nobody with it; a failing COMMIT
fails everybody in its group.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from time import sleep
from traceback import clear_frames
from typing import Any

import pysqlite3
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlmodel import Session

BUSY_MS = 15_000
GROUP = 200
"""At most so many units share a COMMIT: the first of them must not wait for ever."""


class GroupedSqlite(SQLiteDialect_pysqlite):
    """On the writer's connection a session's transaction is a savepoint of the group's."""

    supports_statement_cache = True

    def do_begin(self, dbapi_connection: Any) -> None:
        dbapi_connection.execute("SAVEPOINT unit")

    def do_commit(self, dbapi_connection: Any) -> None:
        dbapi_connection.execute("RELEASE unit")

    def do_rollback(self, dbapi_connection: Any) -> None:
        if dbapi_connection.in_transaction:
            dbapi_connection.execute("ROLLBACK TO unit")
            dbapi_connection.execute("RELEASE unit")


registry.register("sqlite.grouped", __name__, GroupedSqlite.__name__)


def engine(url: URL, *, begin: str | None, pragmas: Iterable[str], **options: Any) -> Engine:
    """An engine whose transactions start with `begin`, as we say and not as the driver guesses."""
    made = create_engine(url, module=pysqlite3, hide_parameters=True, connect_args={"isolation_level": None}, **options)

    @event.listens_for(made, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")
        _use_wal(connection)
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    if begin:

        @event.listens_for(made, "begin")
        def _begin(connection: Connection) -> None:
            connection.exec_driver_sql(begin)

    return made


def _use_wal(connection: Any) -> None:
    """The change of mode does not heed `busy_timeout`: two processes that open a new file at once would collide."""
    for _ in range(BUSY_MS // 20):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except pysqlite3.OperationalError:
            sleep(0.02)
    connection.execute("PRAGMA journal_mode=WAL")


def reading_engine(url: URL, readers: int) -> Engine:
    return engine(url, begin="BEGIN", pragmas=["query_only=ON"], pool_size=readers)


def writing_engine(url: URL) -> Engine:
    pragmas = ["synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"]
    return engine(url.set(drivername="sqlite+grouped"), begin=None, pragmas=pragmas, pool_size=1)


def scrub(url: URL) -> None:
    """Empty the write-ahead log, which still holds what was overwritten; freed pages are zeroed as they are freed."""
    with closing(pysqlite3.connect(url.database, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def migrating_engine(url: URL) -> Engine:
    """Foreign keys are off: a batch rebuild with them on would delete child rows by cascade."""
    return engine(url, begin="BEGIN EXCLUSIVE", pragmas=["synchronous=FULL", "foreign_keys=OFF"])


@dataclass(slots=True, eq=False)
class Unit:
    """One unit of work and whoever waits for it, in a loop or (without one) in a thread."""

    work: Callable[[Session], Any]
    future: Any
    loop: asyncio.AbstractEventLoop | None = None
    value: Any = None
    error: BaseException | None = None

    def run(self, connection: Connection) -> None:
        try:
            with Session(connection, expire_on_commit=False) as session, session.begin():
                self._work(session)
        except BaseException as error:
            self.error = error

    def _work(self, session: Session) -> None:
        """A statement that a failed unit left half read would hold up everybody's COMMIT: it ends with the frames."""
        try:
            self.value = self.work(session)
        except BaseException as error:
            clear_frames(error.__traceback__)
            raise

    def tell(self) -> None:
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.value)
        else:
            self.future.set_exception(self.error)


class Writer:
    """The only thread that writes. Submit units from anywhere."""

    def __init__(self, url: URL) -> None:
        self._engine = writing_engine(url)
        self._connection = self._engine.connect()
        self._units: SimpleQueue[Unit | None] = SimpleQueue()
        self._closed = False
        self._thread = Thread(target=self._live, name="sqlite-writer", daemon=True)
        self._thread.start()

    async def write(self, work: Callable[[Session], Any]) -> Any:
        """A waiter that is cancelled before its unit began has asked for nothing; later, the unit stands."""
        loop = asyncio.get_running_loop()
        return await self._submit(Unit(work, loop.create_future(), loop))

    def write_now(self, work: Callable[[Session], Any]) -> Any:
        return self._submit(Unit(work, Future())).result()

    def close(self) -> None:
        """Finish what was handed in, then stop."""
        self._closed = True
        self._units.put(None)
        self._thread.join()
        self._connection.close()
        self._engine.dispose()

    def _submit(self, unit: Unit) -> Any:
        if self._closed:
            raise RuntimeError("the database is closed")
        self._units.put(unit)
        return unit.future

    def _live(self) -> None:
        while (unit := self._units.get()) is not None:
            self._commit_group(unit)

    def _commit_group(self, first: Unit) -> None:
        raw: Any = self._connection.connection.driver_connection
        group = [first]
        try:
            raw.execute("BEGIN IMMEDIATE")
            first.run(self._connection)
            for unit in self._joining():
                group.append(unit)
                unit.run(self._connection)
                if unit.error and not raw.in_transaction:
                    break
            raw.execute("COMMIT")
        except pysqlite3.Error as error:
            if raw.in_transaction:
                raw.execute("ROLLBACK")
            for unit in group:
                unit.error = unit.error or error
            self._begin_anew()
        _release(group)

    def _begin_anew(self) -> None:
        """What SQLAlchemy believes of a transaction that failed must not outlive it."""
        self._connection.close()
        self._connection = self._engine.connect()

    def _joining(self) -> Iterator[Unit]:
        for _ in range(GROUP - 1):
            try:
                unit = self._units.get_nowait()
            except Empty:
                return
            if unit is None:
                self._units.put(None)
                return
            if not unit.future.cancelled():
                yield unit


def _release(units: list[Unit]) -> None:
    """One wake-up per loop, not per unit."""
    by_loop: dict[asyncio.AbstractEventLoop | None, list[Unit]] = {}
    for unit in units:
        by_loop.setdefault(unit.loop, []).append(unit)
    for loop, waiting in by_loop.items():
        if loop is None:
            _tell(waiting)
        elif not loop.is_closed():
            loop.call_soon_threadsafe(_tell, waiting)


def _tell(units: list[Unit]) -> None:
    for unit in units:
        unit.tell()
