"""A chat speaks for a post from now on. `now` is covenant time."""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from models.rules import calendar
from models.rules.reach import REMINDED
from models.tables import Binding, Obligation, Post, Season


def bind(session: Session, post: Post, address_id: int, now: datetime) -> None:
    same = select(Binding).where(col(Binding.address_id) == address_id, col(Binding.post_id) == post.id)
    binding = session.exec(same).first()
    if binding is None:
        session.add(Binding(address_id=address_id, post_id=post.id or 0, bound_at=now))
    elif binding.unbound_at is not None:
        binding.bound_at, binding.unbound_at = now, None
    session.flush()
    _wake(session, post, now)


def _wake(session: Session, post: Post, now: datetime) -> None:
    """What has come due while nobody could be told is looked at on the next working day, today being the greeting's:
    the agency's tasks for who is reminded of them, the bloc's for the desk, who may have to telephone."""
    if post.role not in (*REMINDED, "desk"):
        return
    soon = calendar.STANDARD.add_working(calendar.STANDARD.today(now), 1)
    seasons = select(Season.id).where(col(Season.bloc_id) == post.bloc_id, col(Season.closed).is_(False))
    asleep = update(Obligation).where(col(Obligation.season_id).in_(seasons), col(Obligation.look_on) > soon)
    theirs = asleep if post.role == "desk" else asleep.where(col(Obligation.agency_id) == post.agency_id)
    session.execute(theirs.values(look_on=soon))
