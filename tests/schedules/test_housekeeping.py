"""What is over is forgotten; what may still be asked for is kept."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlmodel import Session, col

from api.services import evidence
from api.store import Store
from models.database import Database
from models.tables import Bloc, Incoming, Invitation, Season, WebSession
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
    numbers = await housekeeping.sweep(database, store_in(tmp_path), NOW, NOW)

    assert (numbers["sessions"], numbers["codes"]) == (1, 2)
    assert database.read_now(lambda s: s.scalars(select(col(WebSession.sha256))).all()) == ["open"]
    assert set(database.read_now(lambda s: s.scalars(select(col(Invitation.code))).all())) == {"22222222", "33333333"}
    again = await housekeeping.sweep(database, store_in(tmp_path), NOW, NOW)
    assert set(again.values()) == {0}


async def test_a_file_that_nobody_asked_for_is_swept_after_two_days(sqlite_database: Database, tmp_path: Path) -> None:
    store = store_in(tmp_path)

    async def note() -> AsyncIterator[bytes]:
        yield "Báo cáo sơ kết 6 tháng".encode()

    stored = await evidence.take_in(store, sqlite_database, note(), "bao-cao.txt", 1000, NOW)
    assert (await housekeeping.sweep(sqlite_database, store, NOW, NOW + DAY))["rows"] == 0
    assert await store.exists(stored.key)

    assert (await housekeeping.sweep(sqlite_database, store, NOW, NOW + 3 * DAY))["rows"] == 1
    assert not await store.exists(stored.key)
    assert sqlite_database.read_now(lambda s: s.scalars(select(col(Incoming.key))).all()) == []


async def test_a_season_is_closed_120_days_after_its_end(database: Database, tmp_path: Path) -> None:
    def furnish(session: Session) -> None:
        session.add(Bloc(id=1, slug="khoi", name="Khối"))
        session.flush()
        session.add(
            Season(bloc_id=1, year=2025, starts_on=date(2025, 1, 1), ends_on=date(2025, 12, 31), started_at=NOW)
        )

    database.write_now(furnish)

    async def sweep_on(day: datetime) -> tuple[int, bool, int]:
        closed = (await housekeeping.sweep(database, store_in(tmp_path), day, NOW))["seasons"]
        row = database.read_now(lambda s: s.execute(select(Season, Bloc).join(Bloc)).one())
        return closed, row[0].closed, row[1].revision

    assert await sweep_on(datetime(2026, 4, 30, 3, tzinfo=UTC)) == (0, False, 0)
    assert await sweep_on(datetime(2026, 5, 1, 3, tzinfo=UTC)) == (1, True, 1)
    assert await sweep_on(datetime(2026, 5, 2, 3, tzinfo=UTC)) == (0, True, 1)
