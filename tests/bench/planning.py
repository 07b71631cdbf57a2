"""Planning, SELECT to COMMIT: with a tenth of the obligations on a rung, and with nothing due."""

import tempfile
from datetime import UTC, date, datetime, timedelta
from functools import partial

from sqlalchemy import func, select, update
from sqlmodel import Session, col

from models.database import Database
from models.tables import Milestone, Reminder
from schedules import planner
from tests.bench.blocs import MILESTONES, furnish
from tests.bench.table import best, heading, line

NOW = datetime(2024, 3, 15, 2, 30, tzinfo=UTC)
"""A Friday, 09:30 in Hà Nội: inside the morning's window."""


def run() -> None:
    heading("Planning")
    base: float | None = None
    for obligations in (1_000, 12_000, 120_000):
        with tempfile.TemporaryDirectory() as folder:
            database = Database(f"sqlite:///{folder}/plan.db")
            database.migrate()
            database.write_now(lambda s, n=obligations: furnish(s, -(-n // MILESTONES)))
            database.write_now(_a_tenth_is_due)
            plan = partial(_planned, database, NOW)
            due, idle = best(plan, times=1), best(plan)
            planned = database.read_now(_reminders)
            database.close()
        base = base or due
        bar = "100 ms" if obligations == 12_000 else ""
        what, beside = f"{obligations:,} obligations, {planned:,} rungs", f"1,000: {base * 1000:.1f} ms"
        line(what, f"{due * 1000:,.1f} ms", beside, f"{due / base:.1f} x", bar)
        line("  nothing due", f"{idle * 1000:.2f} ms")


def _planned(database: Database, now: datetime) -> None:
    database.write_now(lambda session: planner.plan(session, now, now))


def _a_tenth_is_due(session: Session) -> None:
    """Milestone 1 of twelve stands on a rung today (and a little more than a twelfth is near a tenth); the others
    are far ahead and were looked at already."""
    far, near = date(2024, 11, 20), NOW.date()
    session.execute(update(Milestone).where(col(Milestone.number) > 1).values(due_on=far))
    session.execute(update(Milestone).where(col(Milestone.number) == 1).values(due_on=near))
    planner.plan(session, NOW - timedelta(days=1), NOW)


def _reminders(session: Session) -> int:
    return session.execute(select(func.count(col(Reminder.id)))).scalar_one()
