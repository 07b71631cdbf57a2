"""Which people of an agency read a message of the desk, and at which chat each of them is reached."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import bindparam, false, func, or_, select
from sqlmodel import Session

from api.services import seasons
from bot.dialogue.orders.values import Receiver, Unreached
from models.columns import core
from models.rules.reach import REMINDED
from models.tables import Address, Agency, Binding, Conversation, Person, Post, Season

POST, BINDING, ADDRESS, CONVERSATION = core(Post), core(Binding), core(Address), core(Conversation)
PERSON = core(Person)

_AT: Any = bindparam("today")
_HELD = (POST.c.since <= _AT) & or_(POST.c.until.is_(None), POST.c.until > _AT)
_CHATS = (
    select(POST.c.agency_id, POST.c.person_id, ADDRESS.c.state)
    .outerjoin(BINDING, (BINDING.c.post_id == POST.c.id) & BINDING.c.unbound_at.is_(None))
    .outerjoin(ADDRESS, ADDRESS.c.id == BINDING.c.address_id)
    .where(POST.c.bloc_id == bindparam("bloc_id"), POST.c.role.in_(REMINDED), _HELD)
    .order_by(POST.c.id)
)


def of_bloc(session: Session, bloc_id: int, today: date) -> tuple[Receiver, ...]:
    """Every agency of the bloc's current season, in the order of the bloc file."""
    states: dict[int, dict[int, set[str | None]]] = {}
    rows = session.connection().execute(_CHATS, {"bloc_id": bloc_id, "today": today})
    for agency_id, person_id, state in rows:
        states.setdefault(agency_id, {}).setdefault(person_id, set()).add(state)
    members = (one for one in seasons.members(session, bloc_id) if one.valid_to is None or one.valid_to >= today)
    return tuple(_receiver(agency, states.get(agency.id or 0, {})) for agency in members)


def _receiver(agency: Agency, states: dict[int, set[str | None]]) -> Receiver:
    people = () if agency.off_channel else tuple(person for person, known in states.items() if "open" in known)
    return Receiver(agency.id or 0, agency.name, agency.short, people, None if people else _why(agency, states))


def _why(agency: Agency, states: dict[int, set[str | None]]) -> Unreached:
    if agency.off_channel:
        return "off_channel"
    linked = any(state for known in states.values() for state in known)
    return "not_delivered" if linked else "not_linked"


def people(receivers: Iterable[Receiver]) -> list[int]:
    """Each person once: one of them may speak for two agencies."""
    return list(dict.fromkeys(person for receiver in receivers for person in receiver.people))


class BestChat(NamedTuple):
    address_id: int
    bot: str


_BEST = (
    select(POST.c.person_id, ADDRESS.c.id, ADDRESS.c.channel + ":" + ADDRESS.c.bot)
    .join(BINDING, (BINDING.c.post_id == POST.c.id) & BINDING.c.unbound_at.is_(None))
    .join(ADDRESS, (ADDRESS.c.id == BINDING.c.address_id) & (ADDRESS.c.state == "open"))
    .join(PERSON, PERSON.c.id == POST.c.person_id)
    .outerjoin(CONVERSATION, CONVERSATION.c.address_id == ADDRESS.c.id)
    .where(POST.c.person_id.in_(bindparam("ids", expanding=True)), _HELD)
    .order_by(
        func.coalesce(PERSON.c.prefers == ADDRESS.c.channel, false()),
        func.coalesce(CONVERSATION.c.heard_at, BINDING.c.bound_at),
        BINDING.c.id,
    )
)


def best_chats(session: Session, person_ids: Sequence[int], today: date) -> dict[int, BestChat]:
    """By person: the open chat on the preferred channel, else the one most recently heard, or most recently linked
    when none was."""
    if not person_ids:
        return {}
    rows = session.connection().execute(_BEST, {"ids": list(person_ids), "today": today})
    return {person_id: BestChat(address_id, bot) for person_id, address_id, bot in rows}


def leading(
    session: Session, season_id: int | None, today: date, roles: Sequence[str] = ("leader", "desk")
) -> list[int]:
    """The people of these roles in the agency that holds the head's seat in this season."""
    return _sitting(session, season_id, "head", today, roles)


def standing_in(session: Session, season_id: int, today: date) -> list[int]:
    """Who rules on the head's own tasks: the deputies and their desks; where none sits, the administrators."""
    if seasons.seconded(session, [season_id], today):
        return _sitting(session, season_id, "deputy", today, seasons.SITS)
    return administrators(session, session.get_one(Season, season_id).bloc_id, today)


def administrators(session: Session, bloc_id: int, today: date) -> list[int]:
    found = select(POST.c.person_id).where(POST.c.bloc_id == bloc_id, POST.c.role == "admin", _HELD)
    return _people(session, found, today)


def _sitting(session: Session, season_id: int | None, kind: str, today: date, roles: Sequence[str]) -> list[int]:
    seats = [agency for agency, one in seasons.seats_of(session, season_id).items() if one == kind]
    found = select(POST.c.person_id).where(POST.c.agency_id.in_(seats), POST.c.role.in_(roles), _HELD)
    return _people(session, found, today)


def _people(session: Session, found: Any, today: date) -> list[int]:
    rows = session.connection().execute(found.order_by(POST.c.id), {"today": today})
    return list(dict.fromkeys(rows.scalars()))
