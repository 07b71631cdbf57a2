"""Stop and resume all unasked messages of a bloc."""

from datetime import datetime

from sqlalchemy import case, update
from sqlmodel import Session, col, select

from api.refusals import NotFound
from api.services.queues.failover import release_reminders
from models.tables import Audit, Bloc, Outbox


def hold(session: Session, slug: str, now: datetime, until: datetime | None = None) -> int:
    """`hold_bloc`, by the operator. Raises NotFound."""
    return _hold(session, _bloc(session, slug), now, until, "operator")


def hold_bloc(session: Session, bloc_id: int, now: datetime, until: datetime | None, actor: str) -> int:
    """From now on nothing unasked is planned, and what was queued and not begun is withdrawn; returns how many.

    The rungs that were withdrawn are free again: at the release the next merged message carries what still makes
    sense. What may have arrived already stays uncertain. With `until` the pause ends by itself.
    """
    bloc = session.exec(select(Bloc).where(Bloc.id == bloc_id).with_for_update()).one()
    return _hold(session, bloc, now, until, actor)


def _hold(session: Session, bloc: Bloc, now: datetime, until: datetime | None, actor: str) -> int:
    bloc.held_since, bloc.held_until = bloc.held_since or now, until
    _audit(session, "hold", bloc.slug, now, actor)
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
    """`release_bloc`, by the operator. Raises NotFound."""
    return _release(session, _bloc(session, slug), now, "operator")


def release_bloc(session: Session, bloc_id: int, now: datetime, actor: str) -> bool:
    """Plan again; False: it was not held. The next tick plans one merged message a person: nothing floods."""
    return _release(session, session.exec(select(Bloc).where(Bloc.id == bloc_id).with_for_update()).one(), now, actor)


def _release(session: Session, bloc: Bloc, now: datetime, actor: str) -> bool:
    if bloc.held_since is None:
        return False
    bloc.held_since = bloc.held_until = None
    _audit(session, "release", bloc.slug, now, actor)
    return True


def release_what_is_over(session: Session, now: datetime) -> int:
    """End the pauses whose time is over; returns how many."""
    over = session.exec(select(Bloc).where(col(Bloc.held_until) <= now).with_for_update(skip_locked=True)).all()
    return sum(_release(session, bloc, now, "clock") for bloc in over)


def _bloc(session: Session, slug: str) -> Bloc:
    bloc = session.exec(select(Bloc).where(Bloc.slug == slug).with_for_update()).first()
    if bloc is None:
        raise NotFound(f"no bloc {slug}")
    return bloc


def _audit(session: Session, deed: str, slug: str, now: datetime, actor: str) -> None:
    session.add(Audit(at=now, actor=actor, deed=deed, subject=f"bloc:{slug}"))
