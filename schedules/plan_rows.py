"""The rows that planning reads and writes, in few statements whatever their number.

On PostgreSQL an obligation that another planner or a turn holds is passed over: whoever holds it, or the next tick,
looks at it. SQLite has one writer and needs none of it. Rows are written in one order, so that nobody waits in a ring.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Executable, Insert, Table, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel, col

from models.rules import calendar
from models.rules.reach import REMINDED, Chat
from models.tables import (
    Address,
    Agency,
    Binding,
    Bloc,
    Conversation,
    Milestone,
    Obligation,
    Outbox,
    Post,
    Reminder,
    Season,
)

T = TypeVar("T", int, str)

_obligation = SQLModel.metadata.tables["obligation"]
_outbox = SQLModel.metadata.tables["outbox"]
_reminder = SQLModel.metadata.tables["reminder"]
"""Written as plain tables: many rows a statement, and no object of them is kept."""

CHUNK = 2000
"""Ids in one IN list: within every engine's limit of bound values."""


class Candidate(NamedTuple):
    """An obligation whose day to be looked at has come."""

    id: int
    agency_id: int
    milestone_id: int
    bloc_id: int
    due_on: date
    is_report: bool
    evidence: str
    target: float | None
    followed: bool
    closed: bool
    off_channel: bool


class Receipt(NamedTuple):
    """A Reminder row; without `outbox_id` its message expired unsent."""

    id: int
    obligation_id: int
    person_id: int
    due_on: date
    rung: int
    round: int
    planned_at: datetime
    outbox_id: int | None


class Message(NamedTuple):
    """A person's merged message of one day."""

    id: int
    person_id: int
    day: date
    counts: bool
    """It reached the person or still may: it is part of the week's budget."""
    joinable: bool
    """Nobody has composed it yet."""


# ------------------------------------------------------------------------------------------------ what expired

_EXPIRED = (
    select(col(Outbox.id))
    .where(col(Outbox.state) == "queued", col(Outbox.kind) == "reminder", col(Outbox.expires_at) <= bindparam("now"))
    .with_for_update(skip_locked=True)
)


def expire(session: Session, now: datetime) -> int:
    """Close merged messages whose day is over and free their receipts; returns how many."""
    ids = session.execute(_EXPIRED, {"now": now}).scalars().all()
    for some in _chunks(ids):
        over = {"state": "expired", "why": "its day was over before it was sent"}
        session.execute(update(_outbox).where(_outbox.c.id.in_(some)).values(over))
        session.execute(update(_reminder).where(_reminder.c.outbox_id.in_(some)).values(outbox_id=None))
    return len(ids)


_FREED = col(Reminder.outbox_id).is_(None)
_ANY_FREED = select(col(Reminder.id)).where(_FREED).limit(1)
_ASLEEP = (
    select(col(Obligation.id))
    .where(
        col(Obligation.look_on).is_(None) | (col(Obligation.look_on) > bindparam("tomorrow")),
        col(Obligation.id).in_(select(col(Reminder.obligation_id)).where(_FREED)),
    )
    .with_for_update(skip_locked=True)
)


def wake_expired(session: Session, today: date, tomorrow: date) -> None:
    """Have obligations looked at whose message expired, unless they were put off to the next working day already."""
    if session.execute(_ANY_FREED).first():
        asleep = session.execute(_ASLEEP, {"tomorrow": tomorrow}).scalars().all()
        look_on(session, dict.fromkeys(asleep, today))


# ------------------------------------------------------------------------------------------------ what to look at

_TO_LOOK_AT = col(Obligation.look_on) <= bindparam("today")
_BLOCS = select(col(Bloc.id), col(Bloc.settings)).where(
    col(Bloc.held_since).is_(None),
    col(Bloc.id).in_(
        select(col(Season.bloc_id)).join(Obligation, col(Obligation.season_id) == col(Season.id)).where(_TO_LOOK_AT)
    ),
)


def settings_of_blocs_to_look_at(session: Session, today: date) -> dict[int, dict[str, Any]]:
    """Blocs that are not held and have something to look at."""
    return {bloc.id: bloc.settings for bloc in session.execute(_BLOCS, {"today": today})}


_CANDIDATES = (
    select(
        col(Obligation.id), col(Obligation.agency_id), col(Obligation.milestone_id), col(Season.bloc_id),
        col(Milestone.due_on), col(Milestone.is_report), col(Milestone.evidence), col(Milestone.target),
        col(Obligation.followed), col(Season.closed), col(Agency.off_channel),
    )
    .join(Milestone, col(Milestone.id) == col(Obligation.milestone_id))
    .join(Season, col(Season.id) == col(Obligation.season_id))
    .join(Agency, col(Agency.id) == col(Obligation.agency_id))
    .where(_TO_LOOK_AT, col(Season.bloc_id).in_(bindparam("blocs", expanding=True)))
    .with_for_update(of=Obligation, key_share=True, skip_locked=True)
)  # fmt: skip


def candidates(session: Session, today: date, bloc_ids: Sequence[int]) -> list[Candidate]:
    """The obligations of these blocs whose day has come, held until the transaction ends."""
    rows = session.execute(_CANDIDATES, {"today": today, "blocs": bloc_ids})
    return sorted(Candidate(*row) for row in rows)


_RECEIPTS = select(
    col(Reminder.id), col(Reminder.obligation_id), col(Reminder.person_id), col(Reminder.due_on), col(Reminder.rung),
    col(Reminder.round), col(Reminder.planned_at), col(Reminder.outbox_id),
).where(col(Reminder.obligation_id).in_(bindparam("ids", expanding=True)))  # fmt: skip


def receipts(session: Session, obligation_ids: Sequence[int]) -> dict[int, list[Receipt]]:
    """Everything that was ever planned for these obligations."""
    found: dict[int, list[Receipt]] = {}
    for some in _chunks(obligation_ids):
        for row in session.execute(_RECEIPTS, {"ids": some}):
            found.setdefault(row[1], []).append(Receipt(*row))
    return found


_CHATS = (
    select(
        col(Post.person_id), col(Post.agency_id), col(Post.role), col(Address.id), col(Address.channel),
        col(Address.bot), col(Post.since), col(Post.until), col(Conversation.heard_at), col(Binding.bound_at),
    )
    .join(Binding, (col(Binding.post_id) == col(Post.id)) & col(Binding.unbound_at).is_(None))
    .join(Address, (col(Address.id) == col(Binding.address_id)) & (col(Address.state) == "open"))
    .outerjoin(Conversation, col(Conversation.address_id) == col(Address.id))
    .where(col(Post.agency_id).in_(bindparam("agencies", expanding=True)), col(Post.role).in_(REMINDED))
)  # fmt: skip


def chats(session: Session, agency_ids: Sequence[int]) -> list[Chat]:
    """The open chats of everybody who is reminded in these agencies."""
    return [
        Chat(person, agency, role, address, f"{channel}:{bot}", since, until, heard_at, bound_at)
        for some in _chunks(agency_ids)
        for person, agency, role, address, channel, bot, since, until, heard_at, bound_at in session.execute(
            _CHATS, {"agencies": some}
        )
    ]


# ------------------------------------------------------------------------------------------------ messages


def merge_key(person_id: int, day: date) -> str:
    return f"{person_id}:{day.isoformat()}"


_MESSAGES = select(col(Outbox.id), col(Outbox.merge_key), col(Outbox.state), col(Outbox.text).is_(None)).where(
    col(Outbox.merge_key).in_(bindparam("keys", expanding=True))
)
_MESSAGES_HELD = _MESSAGES.order_by(col(Outbox.id)).with_for_update()


def messages_of_week(session: Session, person_ids: Iterable[int], today: date) -> dict[int, list[Message]]:
    """The merged messages that these people got, or are about to get, since Monday."""
    days = [today - timedelta(days=n) for n in range(today.weekday() + 1)]
    found: dict[int, list[Message]] = {}
    for message in _messages(session, _MESSAGES, [merge_key(person, day) for person in person_ids for day in days]):
        found.setdefault(message.person_id, []).append(message)
    return found


def hold_messages(session: Session, person_ids: Iterable[int], today: date) -> dict[int, Message]:
    """Today's messages of these people; none of them is composed before the transaction ends."""
    keys = [merge_key(person, today) for person in sorted(person_ids)]
    return {message.person_id: message for message in _messages(session, _MESSAGES_HELD, keys)}


def _messages(session: Session, statement: Executable, keys: Sequence[str]) -> Iterator[Message]:
    for some in _chunks(keys):
        for message_id, key, state, blank in session.execute(statement, {"keys": some}):
            person, _, day = key.partition(":")
            counts = state in ("queued", "claimed", "sent", "uncertain")
            joinable = state == "queued" and bool(blank)
            yield Message(message_id, int(person), date.fromisoformat(day), counts, joinable)


# ------------------------------------------------------------------------------------------------ writing


def insert_messages(session: Session, rows: Sequence[dict[str, Any]]) -> int:
    """Queue merged messages; one that stands already, or that another planner queued first, stays as it is."""
    return _rowcount(session.execute(_insert(session, _outbox), rows)) if rows else 0


def insert_reminders(session: Session, rows: Sequence[dict[str, Any]]) -> int:
    """Store receipts; returns how many were not there yet."""
    return _rowcount(session.execute(_insert(session, _reminder), rows)) if rows else 0


_CARRY = (
    update(_reminder)
    .where(_reminder.c.id == bindparam("receipt"), _reminder.c.outbox_id.is_(None))
    .values(outbox_id=bindparam("message"))
)


def carry(session: Session, messages: Mapping[int, int]) -> int:
    """Point receipts (by id) to the messages that now carry them; returns how many."""
    rows = [{"receipt": receipt, "message": message} for receipt, message in sorted(messages.items())]
    return _rowcount(session.execute(_CARRY, rows)) if rows else 0


def leave_with_their_message(session: Session, receipts: Sequence[Receipt]) -> None:
    """Receipts that no longer make sense go back to the message that expired with them."""
    keys = {r.id: merge_key(r.person_id, calendar.STANDARD.today(r.planned_at)) for r in receipts}
    expired = {
        merge_key(message.person_id, message.day): message.id
        for message in _messages(session, _MESSAGES, sorted(set(keys.values())))
    }
    carry(session, {receipt: expired[key] for receipt, key in keys.items() if key in expired})


def look_on(session: Session, days: Mapping[int, date | None]) -> None:
    """Set when obligations are looked at next, a statement for each day."""
    by_day: dict[date | None, list[int]] = {}
    for obligation_id, day in days.items():
        by_day.setdefault(day, []).append(obligation_id)
    for day, ids in by_day.items():
        for some in _chunks(ids):
            session.execute(update(_obligation).where(_obligation.c.id.in_(some)).values(look_on=day))


def _insert(session: Session, table: Table) -> Insert:
    """An insert that loses silently to a row with the same key."""
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing()
    return postgresql.insert(table).on_conflict_do_nothing()


def _rowcount(result: Any) -> int:
    return max(int(result.rowcount), 0)


def _chunks(ids: Sequence[T]) -> Iterator[list[T]]:
    for start in range(0, len(ids), CHUNK):
        yield list(ids[start : start + CHUNK])
