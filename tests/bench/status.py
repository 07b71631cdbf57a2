"""`/status` after a write, without a cache, rendered to JSON, while the database grows around the bloc."""

import tempfile
from datetime import UTC, datetime

from sqlalchemy import insert
from sqlmodel import Session

from api.services import status
from models.database import Database
from models.tables import Update
from tests.bench.blocs import furnish
from tests.bench.table import best, heading, line

NOW = datetime(2024, 6, 17, 7, 5, tzinfo=UTC)


def run() -> None:
    heading("Status of one bloc of nine agencies, rendered to JSON")
    base: float | None = None
    for agencies in (9, 300, 8_800):
        with tempfile.TemporaryDirectory() as folder:
            database = Database(f"sqlite:///{folder}/status.db")
            database.migrate()
            database.write_now(lambda s, n=agencies: furnish(s, n, answered=True, per_bloc=9))

            def once(database: Database = database) -> None:
                database.write_now(_answer)
                database.read_now(_render)

            def write_only(database: Database = database) -> None:
                database.write_now(_answer)

            write_only()
            both = best(once, times=60)
            taken = best(lambda d=database: d.read_now(_render), times=60)
            database.close()
        base = base or taken
        bar = "5 ms, 1.3 x" if agencies == 8_800 else ""
        beside = f"at 9: {base * 1000:.2f} ms"
        line(f"{agencies:,} agencies", f"{taken * 1000:.2f} ms", beside, f"{taken / base:.2f} x", bar)
        line("  with the write before it", f"{both * 1000:.2f} ms")


def _answer(session: Session) -> None:
    session.execute(insert(Update), {"obligation_id": 3, "kind": "acknowledged", "at": NOW, "channel": "telegram"})


def _render(session: Session) -> str:
    _, season_id, _ = status.season_of(session, "bloc-1")
    return status.shape(status.read(session, season_id, NOW)).model_dump_json()
