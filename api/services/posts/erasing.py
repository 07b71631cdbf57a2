"""A person's identity is erased on request (Luật 91/2025/QH15): name, telephone, chats, and what was typed there.

What was recorded (updates, evidence, receipts, the ledger of what was sent) is the agency's and stays. It goes in two
steps, because the last word must still reach the chat: `erase` at once, `finish` when nothing waits for that chat.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, update
from sqlmodel import Session, col

from api.services.posts import ending, telling
from bot.dialogue.phrases import privacy as phrases
from bot.dialogue.phrases.people import role
from models.rules import calendar
from models.tables import (
    Address,
    Agency,
    Audit,
    Binding,
    Bloc,
    Conversation,
    Inbox,
    Notice,
    Outbox,
    Person,
    Post,
    Timeline,
    WebSession,
)
from models.wire import Say

ERASED_CHAT = "erased:"
"""What a chat's id becomes, with the address's own number behind it."""


def erase(session: Session, person_id: int | None, address_id: int, now: datetime, wire_now: datetime) -> None:
    """Forget this person, and every chat that speaks for nobody else; without a person, the stranger of this chat.
    The desks of the person's blocs are told."""
    addresses = [address_id]
    if person_id is not None:
        posts = session.execute(select(Post).where(col(Post.person_id) == person_id)).scalars().all()
        addresses = list(dict.fromkeys([address_id, *_chats_of(session, posts)]))
        _tell_desks(session, posts, person_id, now)
        today = calendar.STANDARD.today(now)
        for post in posts:
            if post.until is None or post.until > today:
                ending.leave(session, post, today, now, wire_now)
        _forget_name(session, person_id, addresses, list({post.bloc_id for post in posts}))
    for one in addresses:
        if not _speaks_for_others(session, one):
            _forget_chat(session, one, now)
    subject = f"person:{person_id}" if person_id is not None else f"address:{address_id}"
    session.add(Audit(at=now, actor=f"address:{address_id}", deed="erase", subject=subject, detail={}))
    session.flush()


def _chats_of(session: Session, posts: Sequence[Post]) -> list[int]:
    """Also chats that spoke for them once."""
    mine = col(Binding.post_id).in_([post.id for post in posts])
    return list(session.execute(select(col(Binding.address_id)).where(mine).distinct()).scalars())


def _tell_desks(session: Session, posts: Sequence[Post], person_id: int, now: datetime) -> None:
    """Once a post that is still held, without the name that is to be forgotten."""
    today = calendar.STANDARD.today(now)
    for post in posts:
        if post.until is None or post.until > today:
            agency = session.get(Agency, post.agency_id) if post.agency_id else None
            whose = agency.name if agency else session.get_one(Bloc, post.bloc_id).name
            say = Say(text=phrases.news(f"{whose} – {role(post.role)}"))
            telling.tell_desk(session, post.bloc_id, f"erased:{post.id}", say, now, but=[person_id])


def _forget_name(session: Session, person_id: int, addresses: Sequence[int], bloc_ids: Sequence[int]) -> None:
    """The name goes from the person and from what was said to and about them. One of a single word may be a word of
    any sentence: it goes where the person was spoken to, and from the news of their link."""
    person = session.get_one(Person, person_id)
    name = person.name
    person.name, person.title, person.phone, person.prefers = phrases.ERASED_NAME, None, None, None
    session.add(person)
    session.flush()
    told = or_(col(Outbox.person_id) == person_id, col(Outbox.address_id).in_(addresses))
    session.execute(update(Outbox).where(told).values(choices=[]))
    news = col(Notice.key).startswith("linked:") & col(Notice.text).contains(f"{name} –")
    about: ColumnElement[bool] = col(Outbox.id).in_(select(col(Notice.outbox_id)).where(news))
    if " " in name:
        about = or_(about, col(Outbox.bloc_id).in_(bloc_ids) & col(Outbox.text).contains(name))
    said = or_(told, about)
    shown = col(Timeline.outbox_id).in_(select(col(Outbox.id)).where(said))
    session.execute(
        update(Timeline).where(shown).values(text=func.replace(col(Timeline.text), name, phrases.ERASED_NAME))
    )
    text = func.replace(col(Outbox.text), name, phrases.ERASED_NAME)
    session.execute(update(Outbox).where(said, col(Outbox.text).is_not(None)).values(text=text))
    session.execute(update(Notice).where(news).values(text=func.replace(col(Notice.text), name, phrases.ERASED_NAME)))


def _speaks_for_others(session: Session, address_id: int) -> bool:
    living = select(col(Binding.id)).where(col(Binding.address_id) == address_id, col(Binding.unbound_at).is_(None))
    return session.execute(living.limit(1)).first() is not None


def _forget_chat(session: Session, address_id: int, now: datetime) -> None:
    address = session.get_one(Address, address_id)
    address.display_name, address.erased_at = None, now
    session.add(address)
    here = (col(Inbox.channel) == address.channel, col(Inbox.bot) == address.bot, col(Inbox.chat) == address.chat)
    session.execute(update(Inbox).where(*here, col(Inbox.state).in_(("done", "aside"))).values(heard=None))
    session.execute(update(Conversation).where(col(Conversation.address_id) == address_id).values(state={}))
    session.flush()


def finish(session: Session) -> int:
    """Forget the ids of erased chats for which nothing waits any more, and the browser's history. Returns how many."""
    waiting = exists().where(col(Outbox.address_id) == col(Address.id), col(Outbox.state).in_(("queued", "claimed")))
    rows = session.execute(select(Address).where(col(Address.erased_at).is_not(None), ~waiting)).scalars().all()
    for address in rows:
        nameless = f"{ERASED_CHAT}{address.id}"
        here = (col(Inbox.channel) == address.channel, col(Inbox.bot) == address.bot, col(Inbox.chat) == address.chat)
        session.execute(update(Inbox).where(*here, col(Inbox.state).in_(("done", "aside"))).values(heard=None))
        session.execute(update(Inbox).where(*here).values(chat=nameless))
        if address.channel == "web":
            session.execute(delete(Timeline).where(col(Timeline.chat) == address.chat))
            session.execute(delete(WebSession).where(col(WebSession.chat) == address.chat))
        address.chat, address.erased_at, address.state = nameless, None, "gone"
        session.add(address)
        session.flush()
    return len(rows)
