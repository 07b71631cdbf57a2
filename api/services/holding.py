"""Stop and resume all unasked messages of a bloc."""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from api.refusals import NotFound
from models.tables import Audit, Bloc, Outbox

UNASKED = ("reminder",)


def hold(session: Session, slug: str, now: datetime) -> int:
    """From now on nothing unasked is planned; what was queued and not begun is withdrawn. Returns how many."""
    bloc = _bloc(session, slug)
    bloc.held_since = bloc.held_since or now
    _audit(session, "hold", slug, now)
    withdrawn = session.execute(
        update(Outbox)
        .where(col(Outbox.bloc_id) == bloc.id, col(Outbox.state) == "queued", col(Outbox.kind).in_(UNASKED))
        .values(state="withdrawn", why="held")
        .returning(col(Outbox.id))
    )
    return len(withdrawn.all())


def release(session: Session, slug: str, now: datetime) -> None:
    """Plan again. The next tick plans one merged message a person: nothing floods."""
    _bloc(session, slug).held_since = None
    _audit(session, "release", slug, now)


def _bloc(session: Session, slug: str) -> Bloc:
    bloc = session.exec(select(Bloc).where(Bloc.slug == slug)).first()
    if bloc is None:
        raise NotFound(f"no bloc {slug}")
    return bloc


def _audit(session: Session, deed: str, slug: str, now: datetime) -> None:
    session.add(Audit(at=now, actor="operator", deed=deed, subject=f"bloc:{slug}"))
