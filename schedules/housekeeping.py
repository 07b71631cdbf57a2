"""What nobody asks for and yet must be done: bytes moved to their last place, and what is over forgotten."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import delete, or_
from sqlmodel import Session, col

from api.services import evidence
from api.store import Store
from models.database import Database
from models.tables import Invitation, WebSession

REMEMBERED = timedelta(days=180)
"""How long a dead link code is still known, so that whoever types it learns why it no longer works."""


async def sweep(database: Database, store: Store, wire_now: datetime) -> dict[str, int]:
    """One round: promotions that a crash left, files that nobody asked for, sessions and codes that are over.

    Returns its numbers. Any number of processes may sweep at once.
    """
    promoted = await evidence.promote(database, store)
    swept = await evidence.sweep(database, store, wire_now)
    forgotten = await database.write(lambda session: _forget(session, wire_now))
    return {**asdict(promoted), **asdict(swept), **forgotten}


def _forget(session: Session, wire_now: datetime) -> Mapping[str, int]:
    long_ago = wire_now - REMEMBERED
    dead = or_(
        col(Invitation.expires_at) < long_ago, col(Invitation.used_at) < long_ago, col(Invitation.revoked_at) < long_ago
    )
    sessions = session.connection().execute(delete(WebSession).where(col(WebSession.expires_at) < wire_now))
    codes = session.connection().execute(delete(Invitation).where(dead))
    return {"sessions": sessions.rowcount, "codes": codes.rowcount}
