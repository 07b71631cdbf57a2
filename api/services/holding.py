"""Stop and resume all unasked messages of a bloc."""

from datetime import datetime

from sqlalchemy import case, update
from sqlmodel import Session, col, select

from api.refusals import NotFound
from api.services.queues.settling import release_reminders
from models.tables import Audit, Bloc, Outbox


def hold(session: Session, slug: str, now: datetime) -> int:
    """From now on nothing unasked is planned, and what was queued and not begun is withdrawn; returns how many.

    The rungs that were withdrawn are free again: at the release the next merged message carries what still makes
    sense. What may have arrived already stays uncertain.
    """
    bloc = _bloc(session, slug)
    bloc.held_since = bloc.held_since or now
    _audit(session, "hold", slug, now)
    ended = session.execute(
        update(Outbox)
        .where(col(Outbox.bloc_id) == bloc.id, col(Outbox.state) == "queued", col(Outbox.kind) != "reply")
        .values(state=case((col(Outbox.repeated).is_(True), "uncertain"), else_="withdrawn"), why="the bloc is held")
        .returning(col(Outbox.id), col(Outbox.state))
    ).all()
    withdrawn = [row_id for row_id, state in ended if state == "withdrawn"]
    release_reminders(session, withdrawn)
    return len(withdrawn)


def release(session: Session, slug: str, now: datetime) -> bool:
    """Plan again; False: it was not held. The next tick plans one merged message a person: nothing floods."""
    bloc = _bloc(session, slug)
    if bloc.held_since is None:
        return False
    bloc.held_since = None
    _audit(session, "release", slug, now)
    return True


def _bloc(session: Session, slug: str) -> Bloc:
    bloc = session.exec(select(Bloc).where(Bloc.slug == slug).with_for_update()).first()
    if bloc is None:
        raise NotFound(f"no bloc {slug}")
    return bloc


def _audit(session: Session, deed: str, slug: str, now: datetime) -> None:
    session.add(Audit(at=now, actor="operator", deed=deed, subject=f"bloc:{slug}"))
