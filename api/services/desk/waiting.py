"""What waits for somebody's word: sent and not confirmed, an extension asked and not decided. Whoever the others wait
for is told each working morning, once a person and day."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlmodel import Session, col

from api.services import seasons
from api.services.talks.facts import items_of_season
from bot.dialogue.phrases import waiting as phrases
from bot.dialogue.values import Item
from models.rules.progress import senders
from models.tables import Bloc, Post, Season, Seat
from models.wire import Say

KIND = "desk"


class Chair(NamedTuple):
    """Somebody whose word others wait for: a leader or desk of an agency in a seat, an administrator where no deputy
    sits."""

    bloc_id: int
    person_id: int
    agency_id: int | None
    seat: str
    season_id: int


def of_chair(chair: Chair, items: Sequence[Item], heads: frozenset[int]) -> list[Item]:
    """What waits for this chair, the oldest due date first: nobody decides about the own agency or about what they
    have sent, the head's own tasks (`heads`: the agencies in the head's seat) wait for a deputy, all others for the
    head."""
    mine = [item for item in items if (item.agency_id in heads) != (chair.seat == "head")]
    return [item for item in mine if item.agency_id != chair.agency_id and waits(item, chair.person_id)]


def waits(item: Item, person_id: int) -> bool:
    sent = item.standing.state == "submitted" and person_id not in senders(item.ask, item.standing)
    return sent or item.standing.extension_asked is not None


def chairs(session: Session, today: date, bloc_id: int | None = None) -> list[Chair]:
    """Who sits there today, in every open season: of each bloc that is not held, or of one."""
    found = select(col(Bloc.id), col(Season.id)).join(Season, col(Season.bloc_id) == col(Bloc.id))
    found = found.where(col(Season.closed).is_(False), col(Bloc.held_since).is_(None)).order_by(col(Season.id))
    if bloc_id is not None:
        found = found.where(col(Bloc.id) == bloc_id)
    open_seasons = [(row[0], row[1]) for row in session.execute(found)]
    seats: dict[int, dict[int, str]] = {}
    taken = select(Seat).where(col(Seat.season_id).in_([season_id for _, season_id in open_seasons]))
    for seat in session.execute(taken).scalars():
        seats.setdefault(seat.season_id, {})[seat.agency_id] = seat.kind
    posts = _posts(session, today, {of_bloc for of_bloc, _ in open_seasons})
    seconded = seasons.seconded(session, [season_id for _, season_id in open_seasons], today)
    return [
        chair
        for of_bloc, season_id in open_seasons
        for chair in _sitting(of_bloc, season_id, seats.get(season_id, {}), posts.get(of_bloc, ()))
        if chair.agency_id is not None or season_id not in seconded
    ]


def _posts(session: Session, today: date, bloc_ids: Iterable[int]) -> dict[int, list[Post]]:
    held = select(Post).where(
        col(Post.bloc_id).in_(bloc_ids),
        col(Post.role).in_((*seasons.SITS, "admin")),
        col(Post.since) <= today,
        or_(col(Post.until).is_(None), col(Post.until) > today),
    )
    found: dict[int, list[Post]] = {}
    for post in session.execute(held.order_by(col(Post.id))).scalars():
        found.setdefault(post.bloc_id, []).append(post)
    return found


def _sitting(bloc_id: int, season_id: int, seats: Mapping[int, str], posts: Sequence[Post]) -> Iterator[Chair]:
    """The administrators too, who have no agency there: in a deputy's chair."""
    for post in posts:
        seat = seats.get(post.agency_id or 0)
        if post.role == "admin":
            yield Chair(bloc_id, post.person_id, None, "deputy", season_id)
        elif seat:
            yield Chair(bloc_id, post.person_id, post.agency_id, seat, season_id)


def told(session: Session, bloc_id: int, person_id: int, today: date, now: datetime) -> tuple[Say, list[str]] | None:
    """The morning's message to a person, and the codes that it names; None: nothing waits."""
    found: dict[int, Item] = {}
    for chair in chairs(session, today, bloc_id):
        if chair.person_id == person_id:
            seats = seasons.seats_of(session, chair.season_id)
            heads = frozenset(agency for agency, kind in seats.items() if kind == "head")
            items = items_of_season(session, chair.season_id, now)
            found |= {item.obligation_id: item for item in of_chair(chair, items, heads)}
    if not found:
        return None
    shown = list(found.values())
    return phrases.morning(shown, today), [f"{item.code}-{item.short}" for item in shown]
