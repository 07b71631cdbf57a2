"""What waits for somebody's word: sent and not confirmed, an extension asked and not decided. Whoever the others wait
for is told each working morning, once a person and day."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlmodel import Session, col

from api.services import seasons
from api.services.talks.facts import items_of_season
from bot.dialogue.phrases import waiting as phrases
from bot.dialogue.values import Item
from models.tables import Bloc, Post, Season, Seat
from models.wire import Say

KIND = "desk"


class Chair(NamedTuple):
    """A leader or desk of an agency in a seat."""

    bloc_id: int
    person_id: int
    agency_id: int
    seat: str


def of_chair(chair: Chair, items: Sequence[Item], heads: frozenset[int]) -> list[Item]:
    """What waits for this chair, the oldest due date first: nobody decides about the own agency, the head's own tasks
    (`heads`: the agencies in the head's seat) wait for a deputy, all others for the head."""
    mine = [item for item in items if (item.agency_id in heads) != (chair.seat == "head")]
    return [item for item in mine if item.agency_id != chair.agency_id and waits(item)]


def waits(item: Item) -> bool:
    return item.standing.state == "submitted" or item.standing.extension_asked is not None


def chairs(session: Session, today: date, bloc_id: int | None = None) -> list[Chair]:
    """Who sits there today: of each bloc that is not held, or of one."""
    found = (
        select(col(Post.bloc_id), col(Post.person_id), col(Post.agency_id), col(Seat.kind), col(Season.id))
        .join(Seat, col(Seat.agency_id) == col(Post.agency_id))
        .join(Season, (col(Season.id) == col(Seat.season_id)) & (col(Season.bloc_id) == col(Post.bloc_id)))
        .join(Bloc, col(Bloc.id) == col(Post.bloc_id))
        .where(
            col(Post.role).in_(("leader", "desk")),
            col(Post.since) <= today,
            or_(col(Post.until).is_(None), col(Post.until) > today),
            col(Season.closed).is_(False),
            col(Bloc.held_since).is_(None),
        )
        .order_by(col(Post.bloc_id), col(Post.id))
    )
    if bloc_id is not None:
        found = found.where(col(Post.bloc_id) == bloc_id)
    current: dict[int, int | None] = {}
    rows = []
    for row in session.execute(found).all():
        if row[0] not in current:
            current[row[0]] = seasons.current(session, row[0])
        if row[4] == current[row[0]]:
            rows.append(Chair(*row[:4]))
    return list(dict.fromkeys(rows))


def told(session: Session, bloc_id: int, person_id: int, today: date, now: datetime) -> tuple[Say, list[str]] | None:
    """The morning's message to a person, and the codes that it names; None: nothing waits."""
    mine = [chair for chair in chairs(session, today, bloc_id) if chair.person_id == person_id]
    season_id = seasons.current(session, bloc_id)
    if not mine or season_id is None:
        return None
    heads = frozenset(agency for agency, kind in seasons.seats(session, bloc_id).items() if kind == "head")
    items = items_of_season(session, season_id, now)
    found = {item.obligation_id: item for chair in mine for item in of_chair(chair, items, heads)}
    if not found:
        return None
    shown = list(found.values())
    return phrases.morning(shown, today), [f"{item.code}-{item.short}" for item in shown]
