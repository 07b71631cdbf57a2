"""Who speaks from a chat: the address, the posts it speaks for, and the rights that follow from seats."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, insert, or_, select
from sqlmodel import Session, col

from api.services.queues import addresses
from api.services.talks.book import Revision, terms_of
from bot.dialogue import talk as talks
from bot.dialogue.values import Place, Seat, Talk
from models.columns import core
from models.prepared import Prepared
from models.tables import Address, Agency, Binding, Bloc, Conversation, Person, Post, Season
from models.tables import Seat as Held
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
    seat_years: dict[int, tuple[int, ...]]
    """By bloc: the open seasons in which this chat's agency holds the seat that gives it the whole bloc to read."""

    @property
    def persons(self) -> tuple[int, ...]:
        """Who speaks here, whoever leads a bloc first."""
        return tuple(dict.fromkeys(p.person_id for p in sorted(self.places, key=lambda place: not place.leads)))


ADDRESS, BINDING, POST, PERSON, AGENCY = core(Address), core(Binding), core(Post), core(Person), core(Agency)
BLOC, SEASON, SEAT, CONVERSATION = core(Bloc), core(Season), core(Held), core(Conversation)

_AT: Any = bindparam("today")
_SPEAKER = Prepared(
    select(
        ADDRESS.c.id, ADDRESS.c.state, CONVERSATION.c.address_id, CONVERSATION.c.state,
        POST.c.id, POST.c.role, PERSON.c.id, PERSON.c.name, BLOC.c.id, BLOC.c.revision,
        AGENCY.c.id, AGENCY.c.name, AGENCY.c.short, SEAT.c.kind, SEASON.c.year,
    )
    .outerjoin(CONVERSATION, CONVERSATION.c.address_id == ADDRESS.c.id)
    .outerjoin(BINDING, (BINDING.c.address_id == ADDRESS.c.id) & BINDING.c.unbound_at.is_(None))
    .outerjoin(
        POST,
        (POST.c.id == BINDING.c.post_id)
        & (POST.c.since <= _AT)
        & or_(POST.c.until.is_(None), POST.c.until > _AT),
    )
    .outerjoin(PERSON, PERSON.c.id == POST.c.person_id)
    .outerjoin(BLOC, BLOC.c.id == POST.c.bloc_id)
    .outerjoin(AGENCY, AGENCY.c.id == POST.c.agency_id)
    .outerjoin(SEASON, (SEASON.c.bloc_id == BLOC.c.id) & SEASON.c.closed.is_(False))
    .outerjoin(SEAT, (SEAT.c.season_id == SEASON.c.id) & (SEAT.c.agency_id == AGENCY.c.id))
    .where(
        ADDRESS.c.channel == bindparam("channel"),
        ADDRESS.c.bot == bindparam("bot"),
        ADDRESS.c.chat == bindparam("chat"),
    )
    .order_by(POST.c.id, SEASON.c.year.desc())
)  # fmt: skip


def speaker(session: Session, heard: Heard, today: date, wire_now: datetime) -> Speaker:
    """Who this is; a chat heard for the first time gets its address, and whoever is heard can be reached again."""
    key = {"channel": heard.channel, "bot": heard.bot, "chat": heard.chat}
    rows = _SPEAKER.all(session, {**key, "today": today})
    if not rows:
        address_id = session.execute(
            insert(Address)
            .values(**key, display_name=heard.sender, created_at=wire_now, state="open")
            .returning(col(Address.id))
        ).scalar_one()
        return Speaker(address_id, (), Talk(), False, (), {})
    if rows[0][1] != "open":
        addresses.reopen(session, rows[0][0])
    return _speaker(session, rows)


def _speaker(session: Session, rows: Sequence[Any]) -> Speaker:
    first = rows[0]
    posts = {row[4]: row for row in rows if row[4] is not None}
    seated: dict[int, dict[int, Seat]] = {}
    for row in rows:
        if row[13] is not None:
            seated.setdefault(row[4], {})[row[14]] = row[13]
    places = tuple(_place(session, row, tuple(seated.get(row[4], {}).items())) for row in posts.values())
    return Speaker(
        address_id=first[0],
        places=places,
        talk=talks.from_json(first[3]) if first[3] else Talk(),
        has_talk=first[2] is not None,
        revisions=tuple({(row[8], row[9]) for row in posts.values()}),
        seat_years=_by_bloc(places),
    )


def _by_bloc(places: Sequence[Place]) -> dict[int, tuple[int, ...]]:
    years: dict[int, set[int]] = {}
    for place in places:
        if place.years:
            years.setdefault(place.bloc_id, set()).update(place.years)
    return {bloc_id: tuple(sorted(of, reverse=True)) for bloc_id, of in years.items()}


def _place(session: Session, row: Any, seats: tuple[tuple[int, Seat], ...]) -> Place:
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
        head_title=terms.head_title,
        deputy_title=terms.deputy_title,
        kind=terms.kind,
        seats=seats,
    )
