"""What the desk of a bloc's head is told of links and posts, and what somebody is told who has no post any more."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlmodel import Session, col

from api.services.absences import held
from api.services.desk import notices
from api.services.desk.notices import Draft
from api.services.posts import reading
from api.services.queues import delivery
from bot.dialogue.phrases import links as phrases
from models.rules import calendar
from models.tables import Address, Binding, Bloc, Post, Season, Seat
from models.wire import Say

USEFUL_FOR = 5
"""Working days after which news is none."""


def tell_desk(session: Session, bloc_id: int, key: str, say: Say, now: datetime, but: Sequence[int] = ()) -> None:
    """A message to everybody of the desks of the heads of the open seasons, in office hours; not to `but` (persons).
    A key that was told is told."""
    days = calendar.of(session.get_one(Bloc, bloc_id).settings)
    today = days.today(now)
    tell(session, bloc_id, [one for one in desk_of(session, bloc_id, today) if one not in but], key, say, now)


def tell(session: Session, bloc_id: int, persons: Sequence[int], key: str, say: Say, now: datetime) -> None:
    """A message to these people, in office hours."""
    days = calendar.of(session.get_one(Bloc, bloc_id).settings)
    until = days.end_of_office(days.add_working(days.today(now), USEFUL_FOR))
    drafts = [Draft(f"{key}:{person}", bloc_id, person, "notice", now, until, say) for person in persons]
    notices.put(session, drafts, now)


def desk_of(session: Session, bloc_id: int, today: date) -> list[int]:
    """Persons of the desks of the agencies that hold a head's seat in an open season."""
    heads = (
        select(col(Seat.agency_id))
        .join(Season, col(Season.id) == col(Seat.season_id))
        .where(col(Season.bloc_id) == bloc_id, col(Season.closed).is_(False), col(Seat.kind) == "head")
    )
    desk = (
        select(col(Post.person_id))
        .where(
            col(Post.bloc_id) == bloc_id, col(Post.agency_id).in_(heads), col(Post.role) == "desk", *held(Post, today)
        )
        .order_by(col(Post.id))
    )
    return list(dict.fromkeys(session.execute(desk).scalars()))


def linked(session: Session, post: Post, address_id: int, now: datetime) -> None:
    """The desk hears of every new link and may undo it."""
    today = calendar.STANDARD.today(now)
    which = (col(Binding.address_id) == address_id, col(Binding.post_id) == post.id)
    for link in reading.links_where(session, today, *which):
        say = phrases.news(link, reading.beside(session, link))
        key = f"linked:{link.number}:{int(link.since.timestamp())}"
        tell_desk(session, link.bloc_id, key, say, now, but=[link.person_id])


def say_farewell(session: Session, address_id: int, text: str, now: datetime, wire_now: datetime) -> None:
    """To a chat that speaks for nobody any more: no notice finds it. In office hours too."""
    address = session.get_one(Address, address_id)
    if address.state != "open":
        return
    later = calendar.STANDARD.next_sending(now) - now
    delivery.queue(
        session, bot=f"{address.channel}:{address.bot}", address_id=address_id, kind="notice", now=now,
        wire_now=wire_now, say=Say(text=text), not_before=wire_now + later,
    )  # fmt: skip
