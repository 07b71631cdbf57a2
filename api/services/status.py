"""Where a bloc stands: one reading of the ledger, and its voices."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import bindparam, or_, select
from sqlmodel import Session

from api.moments import local
from api.refusals import NotFound
from api.services.talks.book import Terms, terms_of
from api.services.talks.facts import CHUNK, items_of_season
from api.shapes import AgencyNumbers, ContentNumbers, MilestoneNumbers, Numbers, Silences, Status
from bot.dialogue.values import AgencyLine, BlocView, Item, Silent
from models.columns import core
from models.rules.progress import BUCKETS, Bucket, Reach, Silence, silence
from models.tables import (
    Address,
    Agency,
    Binding,
    Bloc,
    Content,
    Conversation,
    Milestone,
    Outbox,
    Post,
    Reminder,
    Season,
)

SEASON, BLOC, MILESTONE, CONTENT, AGENCY = core(Season), core(Bloc), core(Milestone), core(Content), core(Agency)
POST, BINDING, ADDRESS, CONVERSATION = core(Post), core(Binding), core(Address), core(Conversation)
REMINDER, OUTBOX = core(Reminder), core(Outbox)


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything that the status of a season is told from."""

    season_id: int
    year: int
    terms: Terms
    as_of: datetime
    items: list[Item]
    silences: dict[int, Silence]
    """By obligation: each open overdue one, once."""
    heard_at: dict[int, datetime]
    """By agency."""
    contents: dict[int, str]
    """By milestone."""
    held_since: datetime | None
    held_until: datetime | None


def season_of(session: Session, slug: str, year: int | None = None) -> tuple[int, int, int]:
    """(bloc id, season id, year); without a year the newest open season, else the newest. Raises NotFound."""
    found = select(SEASON.c.bloc_id, SEASON.c.id, SEASON.c.year).join(BLOC, BLOC.c.id == SEASON.c.bloc_id)
    found = found.where(BLOC.c.slug == slug).order_by(SEASON.c.closed, SEASON.c.year.desc()).limit(1)
    if year:
        found = found.where(SEASON.c.year == year)
    row = session.connection().execute(found).first()
    if row is None:
        raise NotFound(f"no bloc {slug}" + (f" with a season {year}" if year else ""))
    return row[0], row[1], row[2]


def read(session: Session, season_id: int, as_of: datetime, *, agency_id: int | None = None) -> Reading:
    """Read a season's ledger as it stood at `as_of` (covenant time), of the whole bloc or of one agency."""
    bloc_id, revision, year, held_since, held_until = (
        session.connection().execute(_SEASON, {"season_id": season_id}).one()
    )
    terms = terms_of(session, (bloc_id, revision))
    items = items_of_season(session, season_id, as_of)
    if agency_id is not None:
        items = [item for item in items if item.agency_id == agency_id]
    overdue = [item for item in items if item.bucket == "open_overdue"]
    today = terms.calendar.today(as_of)
    reach = _reach(session, overdue, as_of, today)
    return Reading(
        season_id=season_id,
        year=year,
        terms=terms,
        as_of=as_of,
        items=items,
        silences={item.obligation_id: silence(item.standing, reach[item.obligation_id], today) for item in overdue},
        heard_at=_heard_at(session, bloc_id, items, as_of),
        contents={row[0]: row[1] for row in session.connection().execute(_CONTENTS, {"season_id": season_id})},
        held_since=held_since,
        held_until=held_until,
    )


_SEASON = (
    select(SEASON.c.bloc_id, BLOC.c.revision, SEASON.c.year, BLOC.c.held_since, BLOC.c.held_until)
    .join(BLOC, BLOC.c.id == SEASON.c.bloc_id)
    .where(SEASON.c.id == bindparam("season_id"))
)
_CONTENTS = (
    select(MILESTONE.c.id, CONTENT.c.name)
    .join(CONTENT, CONTENT.c.id == MILESTONE.c.content_id)
    .where(MILESTONE.c.season_id == bindparam("season_id"))
)
_LINKS = (
    select(AGENCY.c.id, AGENCY.c.off_channel, ADDRESS.c.state)
    .outerjoin(
        POST,
        (POST.c.agency_id == AGENCY.c.id)
        & POST.c.role.in_(("focal", "deputy_focal"))
        & (POST.c.since <= bindparam("today"))
        & or_(POST.c.until.is_(None), POST.c.until > bindparam("today")),
    )
    .outerjoin(
        BINDING,
        (BINDING.c.post_id == POST.c.id)
        & (BINDING.c.bound_at <= bindparam("as_of"))
        & or_(BINDING.c.unbound_at.is_(None), BINDING.c.unbound_at > bindparam("as_of")),
    )
    .outerjoin(ADDRESS, ADDRESS.c.id == BINDING.c.address_id)
    .where(AGENCY.c.id.in_(bindparam("ids", expanding=True)))
)
_DELIVERIES = (
    select(REMINDER.c.obligation_id, REMINDER.c.person_id, OUTBOX.c.sent_at)
    .join(OUTBOX, OUTBOX.c.id == REMINDER.c.outbox_id)
    .where(
        REMINDER.c.obligation_id.in_(bindparam("ids", expanding=True)),
        OUTBOX.c.state.in_(("sent", "uncertain", "failed", "expired")),
        OUTBOX.c.planned_at <= bindparam("as_of"),
    )
    .order_by(REMINDER.c.id)
)
_HEARD = (
    select(POST.c.agency_id, CONVERSATION.c.heard_at)
    .join(BINDING, BINDING.c.address_id == CONVERSATION.c.address_id)
    .join(POST, POST.c.id == BINDING.c.post_id)
    .where(POST.c.bloc_id == bindparam("bloc_id"), BINDING.c.unbound_at.is_(None), CONVERSATION.c.heard_at.is_not(None))
)


def _reach(session: Session, overdue: list[Item], as_of: datetime, today: date) -> dict[int, Reach]:
    """What the ledger knew at `as_of`. Nobody has left a message unanswered that no platform had accepted."""
    links = _links(session, sorted({item.agency_id for item in overdue}), as_of, today)
    reached = _reached(session, [item.obligation_id for item in overdue], as_of)
    return {
        item.obligation_id: Reach(
            linked=links[item.agency_id].linked,
            off_channel=links[item.agency_id].off_channel,
            delivered=links[item.agency_id].reachable and item.obligation_id in reached,
        )
        for item in overdue
    }


class _Links(NamedTuple):
    """Whether an agency is to use a chat, has one, and one that is open."""

    off_channel: bool
    linked: bool
    reachable: bool


def _links(session: Session, agency_ids: Sequence[int], as_of: datetime, today: date) -> dict[int, _Links]:
    found: dict[int, _Links] = {}
    for ids in _chunks(agency_ids):
        for agency_id, off, state in session.connection().execute(_LINKS, {"ids": ids, "as_of": as_of, "today": today}):
            before = found.get(agency_id, _Links(off, linked=False, reachable=False))
            found[agency_id] = _Links(off, before.linked or state is not None, before.reachable or state == "open")
    return found


def _reached(session: Session, obligation_ids: Sequence[int], as_of: datetime) -> set[int]:
    """Those about which somebody's last message was accepted by a platform."""
    last: dict[tuple[int, int], bool] = {}
    for ids in _chunks(obligation_ids):
        for obligation_id, person_id, sent_at in session.connection().execute(
            _DELIVERIES, {"ids": ids, "as_of": as_of}
        ):
            last[obligation_id, person_id] = sent_at is not None and sent_at <= as_of
    return {obligation_id for (obligation_id, _), sent in last.items() if sent}


def _chunks(ids: Sequence[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), CHUNK):
        yield list(ids[start : start + CHUNK])


def _heard_at(session: Session, bloc_id: int, items: list[Item], as_of: datetime) -> dict[int, datetime]:
    found: dict[int, datetime] = {}
    said = [
        (agency_id, at) for agency_id, at in session.connection().execute(_HEARD, {"bloc_id": bloc_id}) if at <= as_of
    ]
    stored = [(item.agency_id, item.standing.last.at) for item in items if item.standing.last]
    for agency_id, at in [*said, *stored]:
        found[agency_id] = max(at, found.get(agency_id, at))
    return found


def _tally(items: Iterable[Item]) -> dict[Bucket, int]:
    counted = Counter(item.bucket for item in items if item.bucket)
    return {name: counted[name] for name in BUCKETS}


def _by_agency(reading: Reading) -> dict[int, list[Item]]:
    grouped: dict[int, list[Item]] = {}
    for item in sorted(reading.items, key=lambda item: item.agency_id):
        grouped.setdefault(item.agency_id, []).append(item)
    return grouped


def shape(reading: Reading) -> Status:
    """The contract's JSON."""
    milestones: dict[int, list[Item]] = {}
    contents: dict[str, list[Item]] = {}
    for item in reading.items:
        milestones.setdefault(item.milestone_id, []).append(item)
        if content := reading.contents.get(item.milestone_id):
            contents.setdefault(content, []).append(item)
    return Status(
        bloc=reading.terms.slug,
        season=reading.year,
        as_of=local(reading.as_of),
        totals=Numbers(**_tally(reading.items)),
        agencies=[
            AgencyNumbers(
                agency=items[0].agency,
                short=items[0].short,
                silence=_silences(reading, items),
                last_heard_at=local(heard) if (heard := reading.heard_at.get(agency_id)) else None,
                **_tally(items),
            )
            for agency_id, items in _by_agency(reading).items()
        ],
        milestones=[
            MilestoneNumbers(code=items[0].code, milestone=items[0].title, due_on=items[0].due_on, **_tally(items))
            for items in milestones.values()
        ],
        contents=[ContentNumbers(content=name, **_tally(items)) for name, items in contents.items()],
    )


def _silences(reading: Reading, items: list[Item]) -> Silences:
    counted = Counter(reading.silences[item.obligation_id] for item in items if _is_silent(reading, item))
    return Silences.model_validate(counted)


def _is_silent(reading: Reading, item: Item) -> bool:
    return item.obligation_id in reading.silences


def view(reading: Reading) -> BlocView:
    """What the chat speaks of."""
    return BlocView(
        bloc_id=reading.terms.bloc_id,
        bloc=reading.terms.name,
        year=reading.year,
        as_of=reading.as_of,
        totals=_tally(reading.items),
        agencies=tuple(
            AgencyLine(agency_id, items[0].agency, items[0].short, _tally(items), reading.heard_at.get(agency_id))
            for agency_id, items in _by_agency(reading).items()
        ),
        silent=tuple(
            Silent(item, reading.silences[item.obligation_id]) for item in reading.items if _is_silent(reading, item)
        ),
        open_in_time=tuple(item for item in reading.items if item.bucket == "open_in_time"),
        head_title=reading.terms.head_title,
        held=reading.held_since is not None and reading.held_since <= reading.as_of,
        held_until=reading.held_until,
    )
