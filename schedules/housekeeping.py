"""What nobody asks for and yet must be done: bytes moved to their last place, and what is over forgotten."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, update
from sqlmodel import Session, col

from api.services import evidence
from api.services.loading.loading import CLOSED_AFTER
from api.services.posts import erasing
from api.services.uploads import sweeping
from api.services.uploads.receiving import Desk
from api.store import Store
from models.columns import core
from models.database import Database
from models.rules import calendar
from models.tables import Bloc, Invitation, Season, WebSession

SEASON, BLOC = core(Season), core(Bloc)

REMEMBERED = timedelta(days=180)
"""How long a dead link code is still known, so that whoever types it learns why it no longer works."""


async def sweep(
    database: Database, store: Store, now: datetime, wire_now: datetime, clamd: str | None = None
) -> dict[str, int]:
    """One round: promotions that a crash left, upload links whose time is over, files that nobody asked for, sessions,
    codes and seasons that are over, chats of people who asked to be forgotten.

    Returns its numbers. Any number of processes may sweep at once.
    """
    uploads = await sweeping.sweep(Desk(database, store, lambda: wire_now, clamd), now)
    promoted = await evidence.promote(database, store)
    swept = await evidence.sweep(database, store, wire_now)
    forgotten = await database.write(lambda session: _forget(session, wire_now))
    erased = await database.write(erasing.finish)
    closed = await database.write(lambda session: _close_seasons(session, now))
    return {**asdict(uploads), **asdict(promoted), **asdict(swept), **forgotten, "chats": erased, "seasons": closed}


def _close_seasons(session: Session, now: datetime) -> int:
    """A season that ended long ago stays in the status and is never reminded again (`domain.md` 2.5)."""
    last = calendar.STANDARD.today(now) - timedelta(days=CLOSED_AFTER)
    over = update(SEASON).where(SEASON.c.closed.is_(False), SEASON.c.ends_on < last).values(closed=True)
    blocs = session.connection().execute(over.returning(SEASON.c.bloc_id)).scalars().all()
    session.connection().execute(update(BLOC).where(BLOC.c.id.in_(blocs)).values(revision=BLOC.c.revision + 1))
    return len(blocs)


def _forget(session: Session, wire_now: datetime) -> Mapping[str, int]:
    long_ago = wire_now - REMEMBERED
    dead = or_(
        col(Invitation.expires_at) < long_ago, col(Invitation.used_at) < long_ago, col(Invitation.revoked_at) < long_ago
    )
    sessions = session.connection().execute(delete(WebSession).where(col(WebSession.expires_at) < wire_now))
    codes = session.connection().execute(delete(Invitation).where(dead))
    return {"sessions": sessions.rowcount, "codes": codes.rowcount}
