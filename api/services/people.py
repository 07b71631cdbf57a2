"""Who speaks from a chat: the address, the posts it speaks for, and the rights that follow from seats."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, insert, or_, select, update
from sqlmodel import Session, col

from api.services.book import Revision, terms_of
from bot.dialogue import talk as talks
from bot.dialogue.values import Place, Talk
from models.tables import Address, Agency, Binding, Bloc, Conversation, Person, Post, Season, Seat
from models.wire import Heard


@dataclass(frozen=True, slots=True)
class Speaker:
    """A chat, and everything that decides what it may hear."""

    address_id: int
    places: tuple[Place, ...]
    talk: Talk
    has_talk: bool
    """Whether the conversation has a row yet."""
    revisions: tuple[Revision, ...]
    seat_years: dict[int, int]
    """By bloc: the season in which this chat's agency holds the seat that gives it the whole bloc to read."""


_AT: Any = bindparam("today")
_SPEAKER = (
    select(
        col(Address.id), col(Address.state), col(Conversation.address_id), col(Conversation.state),
        col(Post.id), col(Post.role), col(Person.id), col(Person.name), col(Bloc.id), col(Bloc.revision),
        col(Agency.id), col(Agency.name), col(Agency.short), col(Seat.kind), col(Season.year),
    )
    .outerjoin(Conversation, col(Conversation.address_id) == col(Address.id))
    .outerjoin(Binding, (col(Binding.address_id) == col(Address.id)) & col(Binding.unbound_at).is_(None))
    .outerjoin(
        Post,
        (col(Post.id) == col(Binding.post_id))
        & (col(Post.since) <= _AT)
        & or_(col(Post.until).is_(None), col(Post.until) > _AT),
    )
    .outerjoin(Person, col(Person.id) == col(Post.person_id))
    .outerjoin(Bloc, col(Bloc.id) == col(Post.bloc_id))
    .outerjoin(Agency, col(Agency.id) == col(Post.agency_id))
    .outerjoin(Season, (col(Season.bloc_id) == col(Bloc.id)) & col(Season.closed).is_(False))
    .outerjoin(Seat, (col(Seat.season_id) == col(Season.id)) & (col(Seat.agency_id) == col(Agency.id)))
    .where(
        col(Address.channel) == bindparam("channel"),
        col(Address.bot) == bindparam("bot"),
        col(Address.chat) == bindparam("chat"),
    )
    .order_by(col(Post.id), col(Season.year).desc())
)  # fmt: skip


def speaker(session: Session, heard: Heard, today: date, wire_now: datetime) -> Speaker:
    """Who this is; a chat heard for the first time gets its address."""
    key = {"channel": heard.channel, "bot": heard.bot, "chat": heard.chat}
    rows = session.execute(_SPEAKER, {**key, "today": today}).all()
    if not rows:
        address_id = session.execute(
            insert(Address)
            .values(**key, display_name=heard.sender, created_at=wire_now, state="open")
            .returning(col(Address.id))
        ).scalar_one()
        return Speaker(address_id, (), Talk(), False, (), {})
    if rows[0][1] == "blocked":
        set_state(session, rows[0][0], "open")
    return _speaker(session, rows)


def set_state(session: Session, address_id: int, state: str) -> None:
    """Record that a chat is open, blocked or gone."""
    session.execute(update(Address).where(col(Address.id) == address_id).values(state=state))


def _speaker(session: Session, rows: Sequence[Any]) -> Speaker:
    first = rows[0]
    best: dict[int, Any] = {}
    for row in rows:
        if row[4] is not None and (row[4] not in best or (best[row[4]][13] is None and row[13] is not None)):
            best[row[4]] = row
    places = tuple(_place(session, row) for row in best.values())
    return Speaker(
        address_id=first[0],
        places=places,
        talk=talks.from_json(first[3]) if first[3] else Talk(),
        has_talk=first[2] is not None,
        revisions=tuple({(row[8], row[9]) for row in best.values()}),
        seat_years={row[8]: row[14] for row in best.values() if row[13] is not None},
    )


def _place(session: Session, row: Any) -> Place:
    terms = terms_of(session, (row[8], row[9]))
    return Place(
        post_id=row[4],
        person_id=row[6],
        person=row[7],
        role=row[5],
        bloc_id=row[8],
        slug=terms.slug,
        bloc=terms.name,
        agency_id=row[10],
        agency=row[11],
        short=row[12],
        seat=row[13],
        head_title=terms.head_title,
        kind=terms.kind,
    )
