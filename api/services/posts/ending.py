"""A link ends, or a post with all of its links: at once, and what was on its way to that chat is called back."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, case, select, update
from sqlmodel import Session, col

from api.refusals import NotFound
from api.services import absences, invitations
from api.services.posts import telling
from api.services.queues.failover import release_reminders
from bot.dialogue.phrases import links as phrases
from models.rules import calendar
from models.tables import Agency, Binding, Bloc, Invitation, Outbox, Person, Post

CALLED_BACK = "the chat speaks for that post no more"


def unbind(session: Session, number: int, now: datetime, wire_now: datetime) -> None:
    """The desk ends a link: its person is told politely. Raises NotFound when it is over already.

    Who was known by nothing but this link leaves the post too, so that the place is open again.
    """
    binding = session.get(Binding, number, with_for_update=True, populate_existing=True)
    if binding is None or binding.unbound_at is not None:
        raise NotFound("there is no such link")
    post = session.get_one(Post, binding.post_id)
    address_id = binding.address_id
    end_links(session, [post], now, only_at=address_id)
    today = calendar.STANDARD.today(now)
    if _known_by_this_alone(session, post, calendar.STANDARD.today(binding.bound_at)):
        leave(session, post, today, now, wire_now)
    agency = session.get(Agency, post.agency_id) if post.agency_id else None
    whose = agency.name if agency else session.get_one(Bloc, post.bloc_id).name
    text = phrases.ended(whose, post.role, invitations.contact(session))
    telling.say_farewell(session, address_id, text, now, wire_now)


def _known_by_this_alone(session: Session, post: Post, bound_on: date) -> bool:
    person = session.get_one(Person, post.person_id)
    living = select(col(Binding.id)).where(col(Binding.post_id) == post.id, col(Binding.unbound_at).is_(None))
    named = person.title is not None or person.phone is not None
    return not named and post.since == bound_on and session.execute(living).first() is None


def leave(session: Session, post: Post, today: date, now: datetime, wire_now: datetime) -> None:
    """The post is held no more from today on: its links end, its absences and its offers too."""
    post.until = max(today, post.since)
    session.add(post)
    end_links(session, [post], now)
    absences.end(session, [post.id or 0], today, now)
    offers = (col(Invitation.post_id) == post.id, col(Invitation.used_at).is_(None))
    session.execute(update(Invitation).where(*offers, col(Invitation.revoked_at).is_(None)).values(revoked_at=wire_now))
    session.flush()


def end_links(session: Session, posts: Sequence[Post], now: datetime, only_at: int | None = None) -> list[int]:
    """End the living links of these posts, at one address or at all; returns the addresses."""
    living: list[ColumnElement[bool]] = [
        col(Binding.post_id).in_([post.id for post in posts]),
        col(Binding.unbound_at).is_(None),
    ]
    if only_at is not None:
        living.append(col(Binding.address_id) == only_at)
    ended = session.execute(update(Binding).where(*living).values(unbound_at=now).returning(col(Binding.address_id)))
    addresses = list(dict.fromkeys(ended.scalars()))
    _call_back(session, addresses, [post.person_id for post in posts])
    session.expire_all()
    return addresses


def _call_back(session: Session, addresses: Sequence[int], persons: Sequence[int]) -> None:
    """What was queued for these people there and is no reply; its rungs are free again."""
    rows = session.execute(
        update(Outbox)
        .where(
            col(Outbox.address_id).in_(addresses), col(Outbox.person_id).in_(persons), col(Outbox.state) == "queued",
            col(Outbox.kind) != "reply",
        )
        .values(state=case((col(Outbox.repeated).is_(True), "uncertain"), else_="withdrawn"), why=CALLED_BACK)
        .returning(col(Outbox.id), col(Outbox.state))
    ).all()  # fmt: skip
    release_reminders(session, [row_id for row_id, state in rows if state == "withdrawn"])
