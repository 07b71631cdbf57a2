"""The rows that planning reads and writes, in few statements whatever their number.

On PostgreSQL an obligation that another planner or a turn holds is passed over: whoever holds it, or the next tick,
looks at it. SQLite has one writer and needs none of it. Rows are written in one order, so that nobody waits in a ring.
"""

import json
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Executable,
    Select,
    String,
    Table,
    any_,
    bindparam,
    cast,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from models.queue import is_in
from models.rules import calendar
from models.rules.reach import REMINDED, Chat
from models.tables import Outbox

_tables = Outbox.metadata.tables
"""Plain tables: many rows a statement, and no object is made of any of them."""
_address, _agency, _binding = _tables["address"], _tables["agency"], _tables["binding"]
_bloc, _conversation, _milestone = _tables["bloc"], _tables["conversation"], _tables["milestone"]
_obligation, _outbox, _post = _tables["obligation"], _tables["outbox"], _tables["post"]
_reminder, _season, _update = _tables["reminder"], _tables["season"], _tables["update"]


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
    select(_outbox.c.id)
    .where(
        is_in(_outbox, "queued", "claimed"),
        _outbox.c.state == "queued",
        _outbox.c.kind == "reminder",
        _outbox.c.repeated.is_(False),
        _outbox.c.expires_at <= bindparam("now"),
    )
    .with_for_update(skip_locked=True)
)


def expire(session: Session, now: datetime) -> int:
    """Close merged messages whose day is over and free their receipts; returns how many.

    The mouth's next claim would do the same, but a mouth may sleep longer than the planner.
    """
    ids = session.execute(_EXPIRED, {"now": now}).scalars().all()
    if ids:
        over = {"state": "expired", "why": "its day was over before it was sent"}
        session.execute(update(_outbox).where(_among(session, _outbox.c.id, ids)).values(over))
        session.execute(update(_reminder).where(_among(session, _reminder.c.outbox_id, ids)).values(outbox_id=None))
    return len(ids)


_FREED = _reminder.c.outbox_id.is_(None)
_ANY_FREED = select(_reminder.c.id).where(_FREED).limit(1)
_ASLEEP = (
    select(_obligation.c.id)
    .where(
        _obligation.c.look_on.is_(None) | (_obligation.c.look_on > bindparam("tomorrow")),
        _obligation.c.id.in_(select(_reminder.c.obligation_id).where(_FREED)),
    )
    .with_for_update(skip_locked=True)
)


def wake_expired(session: Session, today: date, tomorrow: date) -> None:
    """Have obligations looked at whose message expired, unless they were put off to the next working day already."""
    if session.execute(_ANY_FREED).first():
        asleep = session.execute(_ASLEEP, {"tomorrow": tomorrow}).scalars().all()
        look_on(session, dict.fromkeys(asleep, today))


# ------------------------------------------------------------------------------------------------ what to look at

_TO_LOOK_AT = _obligation.c.look_on <= bindparam("today")
_BLOCS = select(_bloc.c.id, _bloc.c.settings).where(
    _bloc.c.held_since.is_(None),
    _bloc.c.id.in_(
        select(_season.c.bloc_id).join(_obligation, _obligation.c.season_id == _season.c.id).where(_TO_LOOK_AT)
    ),
)


def settings_of_blocs_to_look_at(session: Session, today: date) -> dict[int, dict[str, Any]]:
    """Blocs that are not held and have something to look at."""
    return {bloc.id: bloc.settings for bloc in session.execute(_BLOCS, {"today": today})}


_CANDIDATES = (
    select(
        _obligation.c.id, _obligation.c.agency_id, _obligation.c.milestone_id, _season.c.bloc_id,
        _milestone.c.due_on, _milestone.c.is_report, _milestone.c.evidence, _milestone.c.target,
        _obligation.c.followed, _season.c.closed, _agency.c.off_channel,
    )
    .join(_milestone, _milestone.c.id == _obligation.c.milestone_id)
    .join(_season, _season.c.id == _obligation.c.season_id)
    .join(_agency, _agency.c.id == _obligation.c.agency_id)
    .where(_TO_LOOK_AT)
    .with_for_update(of=_obligation, key_share=True, skip_locked=True)
)  # fmt: skip


def candidates(session: Session, today: date, bloc_ids: Container[int]) -> list[Candidate]:
    """The obligations of these blocs whose day has come, held until the transaction ends."""
    rows = session.execute(_CANDIDATES, {"today": today}).all()
    return sorted(Candidate._make(row) for row in rows if row[3] in bloc_ids)


_RECEIPTS = select(
    _reminder.c.id, _reminder.c.obligation_id, _reminder.c.person_id, _reminder.c.due_on, _reminder.c.rung,
    _reminder.c.round, _reminder.c.planned_at, _reminder.c.outbox_id,
)  # fmt: skip


def receipts(session: Session, obligation_ids: Sequence[int]) -> dict[int, list[Receipt]]:
    """Everything that was ever planned for these obligations."""
    found: dict[int, list[Receipt]] = {}
    of_these = _RECEIPTS.where(_among(session, _reminder.c.obligation_id, obligation_ids))
    for row in session.execute(of_these).all() if obligation_ids else ():
        found.setdefault(row[1], []).append(Receipt._make(row))
    return found


def touched(session: Session, obligation_ids: Sequence[int]) -> list[int]:
    """Those of these obligations about which anything was ever said."""
    if not obligation_ids:
        return []
    of_these = select(_update.c.obligation_id).where(_among(session, _update.c.obligation_id, obligation_ids))
    return list(session.execute(of_these.distinct()).scalars().all())


_CHATS = (
    select(
        _post.c.person_id, _post.c.agency_id, _post.c.role, _binding.c.id, _post.c.since, _post.c.until,
        _conversation.c.heard_at, _binding.c.bound_at,
    )
    .join(_binding, (_binding.c.post_id == _post.c.id) & _binding.c.unbound_at.is_(None))
    .join(_address, (_address.c.id == _binding.c.address_id) & (_address.c.state == "open"))
    .outerjoin(_conversation, _conversation.c.address_id == _address.c.id)
    .where(_post.c.role.in_(REMINDED))
)  # fmt: skip


def chats(session: Session, agency_ids: Sequence[int]) -> list[Chat]:
    """The open chats of everybody who is reminded in these agencies."""
    rows = session.execute(_CHATS.where(_among(session, _post.c.agency_id, agency_ids))).all()
    return [Chat(*row) for row in rows]


# ------------------------------------------------------------------------------------------------ messages


def merge_key(person_id: int, day: date) -> str:
    return f"{person_id}:{day.isoformat()}"


_MESSAGES = select(_outbox.c.id, _outbox.c.merge_key, _outbox.c.state, _outbox.c.text.is_(None))
_MESSAGES_HELD = _MESSAGES.order_by(_outbox.c.id).with_for_update()


def messages_of_week(session: Session, person_ids: Iterable[int], today: date) -> dict[int, list[Message]]:
    """The merged messages that these people got, or are about to get, since Monday."""
    days = [today - timedelta(days=n) for n in range(today.weekday() + 1)]
    found: dict[int, list[Message]] = {}
    for message in _messages(session, _MESSAGES, [merge_key(person, day) for day in days for person in person_ids]):
        found.setdefault(message.person_id, []).append(message)
    return found


def hold_messages(session: Session, person_ids: Iterable[int], today: date) -> dict[int, Message]:
    """Today's messages of these people; none of them is composed before the transaction ends."""
    keys = [merge_key(person, today) for person in person_ids]
    return {message.person_id: message for message in _messages(session, _MESSAGES_HELD, keys)}


def _messages(session: Session, statement: Select[Any], keys: Sequence[str]) -> Iterator[Message]:
    rows = session.execute(statement.where(_among(session, _outbox.c.merge_key, keys))).all() if keys else ()
    for message_id, key, state, blank in rows:
        person, _, day = key.partition(":")
        counts = state in ("queued", "claimed", "sent", "uncertain")
        joinable = state == "queued" and bool(blank)
        yield Message(message_id, int(person), date.fromisoformat(day), counts, joinable)


# ------------------------------------------------------------------------------------------------ writing


_QUEUED = {
    "kind": "reminder", "state": "queued", "lane_rank": 1, "attempt": 0, "trouble": 0, "repeated": False,
    "choices": [], "codes": [],
}  # fmt: skip


def insert_messages(
    session: Session, binding_ids: Sequence[int], today: date, now: datetime, wire_now: datetime, expires_at: datetime
) -> int:
    """Queue today's message for the person behind each binding, its words still open; returns how many.

    One that stands already, or that another planner queued first, stays as it is.
    """
    constant = {**_QUEUED, "planned_at": now, "not_before": wire_now, "expires_at": expires_at}
    key = cast(_post.c.person_id, String) + f":{today.isoformat()}"
    message = {
        "bot": _address.c.channel + ":" + _address.c.bot,
        "address_id": _address.c.id,
        "bloc_id": _post.c.bloc_id,
        "person_id": _post.c.person_id,
        "merge_key": key,
        **{name: literal(value, _outbox.c[name].type) for name, value in constant.items()},
    }
    to_whom = (
        select(*message.values())
        .join(_address, _address.c.id == _binding.c.address_id)
        .join(_post, _post.c.id == _binding.c.post_id)
        .order_by(_post.c.person_id)
    )
    chosen = to_whom.where(_among(session, _binding.c.id, binding_ids))
    return _run(session, _insert(session, _outbox).from_select(list(message), chosen))


def insert_reminders(session: Session, rows: Sequence[dict[str, Any]]) -> int:
    """Store receipts; returns how many were not there yet."""
    return _run(session, _insert(session, _reminder), rows) if rows else 0


_CARRY = (
    update(_reminder)
    .where(_reminder.c.id == bindparam("receipt"), _reminder.c.outbox_id.is_(None))
    .values(outbox_id=bindparam("message"))
)


def carry(session: Session, messages: Mapping[int, int]) -> int:
    """Point receipts (by id) to the messages that now carry them; returns how many."""
    rows = [{"receipt": receipt, "message": message} for receipt, message in sorted(messages.items())]
    return _run(session, _CARRY, rows) if rows else 0


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
        session.execute(update(_obligation).where(_among(session, _obligation.c.id, ids)).values(look_on=day))


def _insert(session: Session, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that loses silently to a row with the same key."""
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing()
    return postgresql.insert(table).on_conflict_do_nothing()


def _run(session: Session, statement: Executable, rows: Sequence[dict[str, Any]] | None = None) -> int:
    """Execute and tell how many rows it touched."""
    result = session.connection().execute(statement, rows, execution_options={"preserve_rowcount": True})
    return max(result.rowcount, 0)


def _among(session: Session, column: ColumnElement[Any], values: Sequence[int] | Sequence[str]) -> ColumnElement[bool]:
    """`column` is one of `values`, however many: they travel as one array, not as thousands of bound values."""
    if session.get_bind().dialect.name == "sqlite":
        listed = func.json_each(json.dumps(list(values))).table_valued("value")
        return column.in_(select(listed.c.value))
    return column == any_(literal(list(values), postgresql.ARRAY(column.type)))
