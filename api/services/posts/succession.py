"""A post goes to somebody else: a code is offered, the successor types it, and the post ends for whoever held it.

What belongs to the work (obligations, promises, receipts, files) hangs on the agency and needs no moving; only files
that wait for their task lie in the old chat and go over to the new one.
"""

from datetime import datetime

from sqlalchemy import select, update
from sqlmodel import Session, col

from api.services import invitations
from api.services.posts import ending, telling
from bot.dialogue import talk as talks
from bot.dialogue.phrases import succession as phrases
from bot.dialogue.values import Draft
from models.rules import calendar
from models.tables import Agency, Binding, Bloc, Conversation, Invitation, Person, Post
from models.wire import Say


def offer(session: Session, post_id: int, wire_now: datetime) -> str:
    """A code for whoever takes this post over; an older offer of it is dead."""
    retract(session, [post_id], wire_now)
    post = session.get_one(Post, post_id)
    return invitations.make(session, post.bloc_id, post.agency_id, post.role, wire_now, hands_over=post_id).code


def retract(session: Session, post_ids: list[int], wire_now: datetime) -> int:
    """No code hands these posts over any more. Returns how many waited."""
    open_ = (col(Invitation.post_id).in_(post_ids), col(Invitation.used_at).is_(None))
    dead = update(Invitation).where(*open_, col(Invitation.revoked_at).is_(None)).values(revoked_at=wire_now)
    return session.execute(dead).rowcount  # type: ignore[attr-defined, no-any-return]


def hand_over(session: Session, old: Post, new: Post, now: datetime, wire_now: datetime) -> tuple[Draft, ...]:
    """The old post ends; both and the desk are told. Returns the files that wait for their task."""
    giver, taker = session.get_one(Person, old.person_id), session.get_one(Person, new.person_id)
    agency = session.get(Agency, old.agency_id) if old.agency_id else None
    whose = agency.name if agency else session.get_one(Bloc, old.bloc_id).name
    role, bloc_id, names = old.role, old.bloc_id, (giver.name, taker.name)
    addresses = _addresses(session, old)
    ending.leave(session, old, calendar.STANDARD.today(now), now, wire_now)
    drafts = tuple(
        draft
        for address_id in addresses
        if not _speaks(session, address_id)
        for draft in _take_drafts(session, address_id)
    )
    for address_id in addresses:
        told = phrases.handed_over(whose, role, names[1], now)
        telling.say_farewell(session, address_id, told, now, wire_now)
    news = Say(text=phrases.news(whose, role, *names, now))
    telling.tell_desk(session, bloc_id, f"handed-over:{old.id}", news, now, but=[old.person_id, new.person_id])
    return drafts


def _addresses(session: Session, post: Post) -> list[int]:
    living = select(col(Binding.address_id)).where(col(Binding.post_id) == post.id, col(Binding.unbound_at).is_(None))
    return list(session.execute(living).scalars())


def _speaks(session: Session, address_id: int) -> bool:
    """Whether the chat still speaks for somebody."""
    living = select(col(Binding.id)).where(col(Binding.address_id) == address_id, col(Binding.unbound_at).is_(None))
    return session.execute(living.limit(1)).first() is not None


def _take_drafts(session: Session, address_id: int) -> tuple[Draft, ...]:
    """The files that wait for their task, out of the old chat's hands. Its open question is none of its any more."""
    known = session.get(Conversation, address_id, with_for_update=True, populate_existing=True)
    if known is None:
        return ()
    talk = talks.from_json(known.state)
    kept = {name: value for name, value in known.state.items() if name not in ("draft", "question", "last")}
    known.state = kept
    session.add(known)
    session.flush()
    return talk.draft
