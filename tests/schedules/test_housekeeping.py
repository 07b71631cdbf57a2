"""What is over is forgotten; what may still be asked for is kept."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlmodel import Session, col

from api.services import evidence
from api.store import Store
from models.database import Database
from models.tables import Bloc, Incoming, Invitation, WebSession
from schedules import housekeeping

NOW = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def store_in(folder: Path) -> Store:
    return Store.of((folder / "store").as_uri())


async def test_sessions_and_codes_that_are_over_are_forgotten(database: Database, tmp_path: Path) -> None:
    def furnish(session: Session) -> None:
        bloc = Bloc(slug="khoi", name="Khối")
        session.add(bloc)
        session.flush()
        for code, ended in (("11111111", NOW - 200 * DAY), ("22222222", NOW - 20 * DAY), ("33333333", NOW + 20 * DAY)):
            made = {"role": "focal", "created_at": ended - 45 * DAY, "expires_at": ended}
            session.add(Invitation(code=code, bloc_id=bloc.id or 0, **made))
        used = {"role": "focal", "created_at": NOW - 220 * DAY, "expires_at": NOW - 175 * DAY}
        session.add(Invitation(code="44444444", bloc_id=bloc.id or 0, used_at=NOW - 219 * DAY, **used))
        for key, ends in (("old", NOW - DAY), ("open", NOW + DAY)):
            session.add(WebSession(sha256=key, chat="c", created_at=NOW - 30 * DAY, expires_at=ends))

    database.write_now(furnish)
    numbers = await housekeeping.sweep(database, store_in(tmp_path), NOW)

    assert (numbers["sessions"], numbers["codes"]) == (1, 2)
    assert database.read_now(lambda s: s.scalars(select(col(WebSession.sha256))).all()) == ["open"]
    assert set(database.read_now(lambda s: s.scalars(select(col(Invitation.code))).all())) == {"22222222", "33333333"}
    again = await housekeeping.sweep(database, store_in(tmp_path), NOW)
    assert set(again.values()) == {0}


async def test_a_file_that_nobody_asked_for_is_swept_after_two_days(sqlite_database: Database, tmp_path: Path) -> None:
    store = store_in(tmp_path)

    async def note() -> AsyncIterator[bytes]:
        yield "Báo cáo sơ kết 6 tháng".encode()

    stored = await evidence.take_in(store, sqlite_database, note(), "bao-cao.txt", 1000, NOW)
    assert (await housekeeping.sweep(sqlite_database, store, NOW + DAY))["rows"] == 0
    assert await store.exists(stored.key)

    assert (await housekeeping.sweep(sqlite_database, store, NOW + 3 * DAY))["rows"] == 1
    assert not await store.exists(stored.key)
    assert sqlite_database.read_now(lambda s: s.scalars(select(col(Incoming.key))).all()) == []
