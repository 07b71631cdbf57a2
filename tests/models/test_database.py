"""The writer's promises, tried on both engines where both make them."""

import asyncio
from threading import Event

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from models.database import Database
from models.tables import Cursor


def _put(name: str, position: int = 1):
    return lambda session: session.execute(insert(Cursor).values(name=name, position=position))


def _names(session: Session) -> list[str]:
    return list(session.scalars(select(Cursor.name).order_by(Cursor.name)))


async def test_what_was_written_can_be_read(database: Database) -> None:
    await database.write(_put("a"))
    assert await database.read(_names) == ["a"]
    assert database.read_now(_names) == ["a"]


async def test_a_failing_unit_takes_nobody_with_it(database: Database) -> None:
    units = [database.write(_put("same" if n % 5 == 0 else f"n{n}")) for n in range(50)]
    answers = await asyncio.gather(*units, return_exceptions=True)
    failed = [answer for answer in answers if isinstance(answer, IntegrityError)]
    assert len(failed) == 9
    assert len(await database.read(_names)) == 41


async def test_a_unit_that_fails_over_a_half_read_statement_holds_up_nobody(database: Database) -> None:
    def half_read(session: Session) -> None:
        rows = session.execute(
            text("INSERT INTO cursor (name, position) SELECT name || '-too', 1 FROM cursor RETURNING name")
        )
        next(iter(rows))
        raise LookupError("in the middle")

    database.write_now(lambda session: [_put(name)(session) for name in ("a", "b", "c")] and None)
    units = [database.write(half_read if n == 3 else _put(f"n{n}")) for n in range(7)]
    answers = await asyncio.gather(*units, return_exceptions=True)
    assert [type(answer) for answer in answers if isinstance(answer, BaseException)] == [LookupError]
    await database.write(_put("later"))
    assert await database.read(_names) == ["a", "b", "c", "later", "n0", "n1", "n2", "n4", "n5", "n6"]


async def test_what_a_failing_unit_wrote_before_it_failed_is_gone(database: Database) -> None:
    def half(session: Session) -> None:
        session.add(Cursor(name="half", position=1))
        session.flush()
        raise ValueError("in the middle")

    answers = await asyncio.gather(database.write(half), database.write(_put("whole")), return_exceptions=True)
    assert isinstance(answers[0], ValueError)
    assert await database.read(_names) == ["whole"]


async def test_a_unit_that_wrote_nothing_may_fail_too(database: Database) -> None:
    def idle(_session: Session) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await database.write(idle)
    database.write_now(_put("after"))
    assert database.read_now(_names) == ["after"]


async def test_a_cancelled_waiter_does_not_break_the_writer(database: Database) -> None:
    waiting = [asyncio.create_task(database.write(_put(f"n{n}"))) for n in range(20)]
    await asyncio.sleep(0)
    for task in waiting[::2]:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    await database.write(_put("after"))
    stored = set(await database.read(_names))
    assert {f"n{n}" for n in range(1, 20, 2)} | {"after"} <= stored


async def test_reading_cannot_write(database: Database) -> None:
    with pytest.raises(Exception, match=r"readonly|read-only"):
        await database.read(_put("a"))


async def test_a_reading_sees_one_moment(database: Database) -> None:
    await database.write(_put("a"))

    def twice(session: Session) -> tuple[int, int]:
        before = session.scalars(select(func.count()).select_from(Cursor)).one()
        database.write_now(_put("b"))
        return before, session.scalars(select(func.count()).select_from(Cursor)).one()

    assert await database.read(twice) == (1, 1)


async def test_objects_can_be_used_after_the_unit(database: Database) -> None:
    def make(session: Session) -> Cursor:
        cursor = Cursor(name="a", position=7)
        session.add(cursor)
        return cursor

    assert (await database.write(make)).position == 7


async def test_a_failing_commit_fails_its_whole_group(sqlite_database: Database) -> None:
    """A deferred foreign key is judged at COMMIT only."""

    def orphan(session: Session) -> None:
        session.execute(text("PRAGMA defer_foreign_keys=ON"))
        session.execute(
            text("INSERT INTO binding (address_id, post_id, bound_at) VALUES (1, 1, '2024-01-01 00:00:00')")
        )

    def slow(session: Session) -> None:
        _put("first")(session)
        slept.wait()

    slept = Event()
    first = asyncio.create_task(sqlite_database.write(slow))
    await asyncio.sleep(0.05)
    others = [asyncio.create_task(sqlite_database.write(work)) for work in (_put("second"), orphan, _put("third"))]
    await asyncio.sleep(0)
    slept.set()
    answers = await asyncio.gather(first, *others, return_exceptions=True)
    assert all("FOREIGN KEY" in str(answer) for answer in answers)
    assert await sqlite_database.read(_names) == []
    await sqlite_database.write(_put("after"))
    assert await sqlite_database.read(_names) == ["after"]


async def test_every_commit_is_durable(sqlite_database: Database) -> None:
    def settings(session: Session) -> tuple[str, int, int]:
        return tuple(
            session.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        )  # type: ignore[return-value]

    assert await sqlite_database.write(settings) == ("wal", 2, 1)


async def test_a_closed_database_takes_nothing_more(sqlite_database: Database) -> None:
    sqlite_database.close()
    with pytest.raises(RuntimeError):
        await sqlite_database.write(_put("late"))
