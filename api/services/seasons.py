"""Which agencies a bloc's current season has, and who sits in its seats."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import exists, or_
from sqlmodel import Session, col, select

from api.services.absences import held
from models.tables import Address, Agency, Binding, Obligation, Post, Season, Seat, Token

SITS = ("leader", "desk")
"""The roles in which somebody of a seat's agency rules."""


def current(session: Session, bloc_id: int) -> int | None:
    """Id of the newest open season, else of the newest."""
    newest = (
        select(Season.id)
        .where(col(Season.bloc_id) == bloc_id)
        .order_by(col(Season.closed), col(Season.year).desc())
        .limit(1)
    )
    return session.exec(newest).first()


def of_year(session: Session, bloc_id: int, year: int) -> int | None:
    """Id of this season; with 0 of the current one."""
    if not year:
        return current(session, bloc_id)
    return session.exec(select(Season.id).where(col(Season.bloc_id) == bloc_id, col(Season.year) == year)).first()


def open_ones(session: Session, bloc_id: int) -> list[int]:
    """Ids of the open seasons, the newest first: from January to April there are two, each with a head of its own."""
    found = select(Season.id).where(col(Season.bloc_id) == bloc_id, col(Season.closed).is_(False))
    return [season_id for season_id in session.exec(found.order_by(col(Season.year).desc())) if season_id]


def seats(session: Session, bloc_id: int) -> dict[int, str]:
    """`head` or `deputy` by agency id, in the current season."""
    return seats_of(session, current(session, bloc_id))


def seats_of(session: Session, season_id: int | None) -> dict[int, str]:
    """The same, in this season."""
    rows = session.exec(select(Seat).where(col(Seat.season_id) == season_id))
    return {seat.agency_id: seat.kind for seat in rows}


def seconded(session: Session, season_ids: Collection[int], today: date) -> set[int]:
    """Those of these seasons in which somebody sits as a deputy today and can be heard: by an open chat, or by a token
    of the API. A seat with nobody in it decides nothing, nor does a person whom nothing connects with us."""
    sitting = (
        select(Seat.season_id)
        .join(Post, col(Post.agency_id) == col(Seat.agency_id))
        .where(col(Seat.season_id).in_(season_ids), col(Seat.kind) == "deputy", col(Post.role).in_(SITS))
        .where(*held(Post, today), or_(_CHATS, _HAS_TOKEN))
    )
    return set(session.exec(sitting))


_CHATS = exists().where(
    col(Binding.post_id) == col(Post.id),
    col(Binding.unbound_at).is_(None),
    col(Address.id) == col(Binding.address_id),
    col(Address.state) == "open",
)
_HAS_TOKEN = exists().where(col(Token.post_id) == col(Post.id), col(Token.revoked_at).is_(None))


def members(session: Session, bloc_id: int) -> list[Agency]:
    """The agencies that owe something or hold a seat in the current season, in the order of the bloc file."""
    season_id = current(session, bloc_id)
    owing = select(Obligation.agency_id).where(col(Obligation.season_id) == season_id)
    seated = select(Seat.agency_id).where(col(Seat.season_id) == season_id)
    in_season = col(Agency.id).in_(owing) | col(Agency.id).in_(seated)
    return list(session.exec(select(Agency).where(in_season).order_by(col(Agency.id))))
