"""The rows that planning reads and writes, in few statements whatever their number.

On PostgreSQL one planner plans at a time, the others go home; an obligation that a turn holds is passed over: the next
tick looks at it. SQLite has one writer and needs none of it. Rows are written in one order, so that nobody waits in
a ring.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    Executable,
    Integer,
    Select,
    String,
    bindparam,
    cast,
    exists,
    false,
    func,
    literal,
    literal_column,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is SQLite's too
from sqlmodel import Session

from api.services.queues import pacing
from api.services.queues.failover import take_another_way
from models.queue import is_in
from models.rules import calendar
from models.rules.reach import REMINDED, Chat
from models.tables import Outbox
from schedules.many import among, listed

_tables = Outbox.metadata.tables
"""Plain tables: many rows a statement, and no object is made of any of them."""
_address, _agency, _binding = _tables["address"], _tables["agency"], _tables["binding"]
_bloc, _conversation, _milestone = _tables["bloc"], _tables["conversation"], _tables["milestone"]
_absence, _escalation = _tables["absence"], _tables["escalation"]
_person, _seat = _tables["person"], _tables["seat"]
_obligation, _outbox, _post = _tables["obligation"], _tables["outbox"], _tables["post"]
_reminder, _season, _update = _tables["reminder"], _tables["season"], _tables["update"]


class Candidate(NamedTuple):
    """An obligation whose day to be looked at has come."""

    id: int
    agency_id: int
    milestone_id: int
    bloc_id: int
    season_id: int
    due_on: date
    is_report: bool
    important: bool
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
    kind: str


class Message(NamedTuple):
    """A person's merged message of one day."""

    id: int
    person_id: int
    is_todays: bool
    counts: bool
    """It reached the person or still may: it is part of the week's budget."""
    joinable: bool
    """Nobody has composed it yet."""


# ------------------------------------------------------------------------------------------------ one planner at a time

_TURN = select(func.pg_try_advisory_xact_lock(literal_column("121394589562473")))  # "nhacvi" in bytes


def has_the_turn(session: Session) -> bool:
    """Whether nobody else is planning just now; the turn lasts until the transaction ends.

    A person's week and day are weighed as a whole. Two planners that shared one person's obligations between them
    would each see a part: the one without the overdue ones would find the week full and put the others off.
    """
    return session.get_bind().dialect.name == "sqlite" or bool(session.execute(_TURN).scalar())


# ------------------------------------------------------------------------------------------------ what expired

OUT_AFTER = timedelta(hours=2)
"""Covenant time that a message may wait on a bot in trouble before other ways are taken."""
_OVER = _outbox.c.expires_at <= bindparam("now", type_=_outbox.c.expires_at.type)
_waiting = _outbox.alias("waiting")
_OUT = select(_waiting.c.bot).where(
    is_in(_waiting, "queued", "claimed"), is_in(_waiting, "queued"), _waiting.c.trouble > 0,
    _waiting.c.planned_at <= bindparam("before", type_=_outbox.c.planned_at.type),
).union(pacing.AT_REST)  # fmt: skip
"""Bots whose messages have met nothing but trouble for hours, or that were told to rest for long."""


def bots_out(session: Session, now: datetime, wire_now: datetime) -> frozenset[str]:
    """Bots by which nobody can be reached just now."""
    return frozenset(session.execute(_OUT, _out_binds(now, wire_now)).scalars())


def _out_binds(now: datetime, wire_now: datetime) -> dict[str, datetime]:
    return {"before": now - OUT_AFTER, "rests_beyond": wire_now + pacing.LONG_REST}


_OVERDUE = (
    select(_outbox.c.id, _OVER)
    .where(
        is_in(_outbox, "queued", "claimed"),
        _outbox.c.state == "queued",
        _outbox.c.kind == "reminder",
        _outbox.c.repeated.is_(False),
        _OVER | _outbox.c.bot.in_(_OUT),
    )
    .with_for_update(skip_locked=True)
)


def expire(session: Session, now: datetime, wire_now: datetime, today: date) -> int:
    """Close merged messages whose day is over and free their receipts; returns how many. What waits for a bot that is
    out takes another way; where there is none, its tasks are looked at again, because the desk may have to telephone.

    The mouth's next claim would close them too, but a mouth may sleep longer than the planner.
    """
    rows = session.execute(_OVERDUE, {"now": now} | _out_binds(now, wire_now)).all()
    over = [row[0] for row in rows if row[1]]
    stuck = [row[0] for row in rows if not row[1]]
    out = bots_out(session, now, wire_now) if stuck else frozenset()
    moved = take_another_way(session, stuck, now, wire_now, shut=False, out=out)
    _wake_stuck(session, [row_id for row_id in stuck if row_id not in moved], today)
    if over:
        closed = {"state": "expired", "why": "its day was over before it was sent"}
        session.execute(update(_outbox).where(among(session, _outbox.c.id, over)).values(closed))
        session.execute(update(_reminder).where(among(session, _reminder.c.outbox_id, over)).values(outbox_id=None))
    return len(over)


_phone = _reminder.alias("phone")
_TELEPHONED = exists().where(
    _phone.c.obligation_id == _reminder.c.obligation_id, _phone.c.due_on == _reminder.c.due_on,
    _phone.c.round == _reminder.c.round, _phone.c.kind == "phone", _phone.c.rung >= _reminder.c.rung,
)  # fmt: skip
_TO_TELEPHONE = select(_reminder.c.obligation_id).where(_reminder.c.kind == "rung", _reminder.c.rung >= 0, ~_TELEPHONED)


def _wake_stuck(session: Session, outbox_ids: Sequence[int], today: date) -> None:
    """Have the tasks of these messages looked at that have come due, unless the desk was told of them already."""
    if outbox_ids:
        rows = session.execute(_TO_TELEPHONE.where(among(session, _reminder.c.outbox_id, outbox_ids)))
        look_on(session, dict.fromkeys(sorted(set(rows.scalars())), today))


_FREED = _reminder.c.outbox_id.is_(None)
_ANY_FREED = select(_reminder.c.id).where(_FREED).order_by(_reminder.c.person_id).limit(1)
"""In the order of its partial index, so that no engine thinks of reading the table."""
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

_EARLIEST = (
    select(_obligation.c.look_on).where(_obligation.c.look_on.is_not(None)).order_by(_obligation.c.look_on).limit(1)
)
_TO_LOOK_AT = _obligation.c.look_on <= bindparam("today")
_SEASONS = select(_obligation.c.season_id).where(_TO_LOOK_AT)
_BLOCS = (
    select(_bloc.c.id, _bloc.c.settings)
    .join(_season, _season.c.bloc_id == _bloc.c.id)
    .where(_bloc.c.held_since.is_(None) | (_bloc.c.held_until <= bindparam("now", type_=_bloc.c.held_until.type)))
)


def settings_of_blocs_to_look_at(session: Session, today: date, now: datetime) -> dict[int, dict[str, Any]]:
    """Blocs that are not held now and have something to look at. When there is none, the index's first entry tells."""
    earliest = session.execute(_EARLIEST).scalar()
    if earliest is None or earliest > today:
        return {}
    seasons = set(session.execute(_SEASONS, {"today": today}).scalars().all())
    of_these = _BLOCS.where(among(session, _season.c.id, sorted(seasons)))
    return {bloc.id: bloc.settings for bloc in session.execute(of_these, {"now": now})}


_CANDIDATES = (
    select(
        _obligation.c.id, _obligation.c.agency_id, _obligation.c.milestone_id, _season.c.bloc_id, _season.c.id,
        func.coalesce(_obligation.c.due_on, _milestone.c.due_on), _milestone.c.is_report, _milestone.c.important,
        _milestone.c.evidence, _milestone.c.target,
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
    _reminder.c.round, _reminder.c.planned_at, _reminder.c.outbox_id, _reminder.c.kind,
)  # fmt: skip


def receipts(session: Session, obligation_ids: Sequence[int]) -> dict[int, list[Receipt]]:
    """Everything that was ever planned for these obligations."""
    found: dict[int, list[Receipt]] = {}
    of_these = _RECEIPTS.where(among(session, _reminder.c.obligation_id, obligation_ids))
    for row in session.execute(of_these).all() if obligation_ids else ():
        found.setdefault(row[1], []).append(Receipt._make(row))
    return found


def touched(session: Session, obligation_ids: Sequence[int]) -> list[int]:
    """Those of these obligations about which anything was ever said."""
    if not obligation_ids:
        return []
    of_these = select(_update.c.obligation_id).where(among(session, _update.c.obligation_id, obligation_ids))
    return list(session.execute(of_these.distinct()).scalars().all())


_CHATS = (
    select(
        _post.c.person_id, _post.c.agency_id, _post.c.role, _binding.c.id, _post.c.since, _post.c.until,
        _conversation.c.heard_at, _binding.c.bound_at, _address.c.channel + ":" + _address.c.bot,
        func.coalesce(_person.c.prefers == _address.c.channel, false()),
    )
    .join(_binding, (_binding.c.post_id == _post.c.id) & _binding.c.unbound_at.is_(None))
    .join(_address, (_address.c.id == _binding.c.address_id) & (_address.c.state == "open"))
    .join(_person, _person.c.id == _post.c.person_id)
    .outerjoin(_conversation, _conversation.c.address_id == _address.c.id)
)  # fmt: skip
_CHATS_OF_REMINDED = _CHATS.where(_post.c.role.in_(REMINDED))


def chats(session: Session, agency_ids: Sequence[int]) -> list[Chat]:
    """The open chats of everybody who is reminded in these agencies."""
    rows = session.execute(_CHATS_OF_REMINDED.where(among(session, _post.c.agency_id, agency_ids))).all()
    return [Chat(*row) for row in rows]


def chats_of_posts(session: Session, post_ids: Sequence[int]) -> list[Chat]:
    """The open chats that speak for these posts, whatever their role."""
    if not post_ids:
        return []
    return [Chat(*row) for row in session.execute(_CHATS.where(among(session, _post.c.id, post_ids)))]


_AWAY = select(_absence.c.id).where(_absence.c.ended_at.is_(None)).limit(1)


def somebody_is_away(session: Session) -> bool:
    """Whether it is worth asking who; most days nobody is."""
    return session.execute(_AWAY).first() is not None


_CHATS_OF_HEADS = (
    _CHATS.add_columns(_seat.c.season_id)
    .join(_seat, (_seat.c.agency_id == _post.c.agency_id) & (_seat.c.kind == "head"))
    .where(_post.c.role.in_(("desk", "leader")))
)


def chats_of_heads(session: Session, season_ids: Sequence[int]) -> list[tuple[int, Chat]]:
    """By season, the open chats of the bloc's head and of the head's desk."""
    rows = session.execute(_CHATS_OF_HEADS.where(among(session, _seat.c.season_id, season_ids))).all()
    return [(row[-1], Chat(*row[:-1])) for row in rows]


_POSTED = (
    select(_post.c.agency_id, _post.c.role)
    .where(_post.c.since <= bindparam("today"), _post.c.until.is_(None) | (_post.c.until > bindparam("today")))
    .distinct()
)


def posted(session: Session, agency_ids: Sequence[int], today: date) -> frozenset[tuple[int, str]]:
    """(agency, role) of every post that is held today, linked or not."""
    of_these = _POSTED.where(among(session, _post.c.agency_id, agency_ids))
    return frozenset((row[0], row[1]) for row in session.execute(of_these, {"today": today}))


# ------------------------------------------------------------------------------------------------ escalation

_TAKEN = select(_escalation.c.obligation_id, _escalation.c.step, _escalation.c.since)


def steps_taken(session: Session, obligation_ids: Sequence[int]) -> dict[int, frozenset[tuple[str, date]]]:
    """(step, since) of every step that was taken or skipped for these obligations."""
    found: dict[int, set[tuple[str, date]]] = {}
    of_these = _TAKEN.where(among(session, _escalation.c.obligation_id, obligation_ids))
    for obligation_id, step, since in session.execute(of_these).all() if obligation_ids else ():
        found.setdefault(obligation_id, set()).add((step, since))
    return {obligation_id: frozenset(steps) for obligation_id, steps in found.items()}


def insert_steps(session: Session, steps: Sequence[Mapping[str, Any]], now: datetime) -> int:
    """Store steps that were taken or skipped; returns how many were not there yet."""
    if not steps:
        return 0
    nobody: dict[str, Any] = {"why": None, "people": [], "decided_by": None, "decided_at": None, "at": now}
    rows = [{**nobody, **step} for step in steps]
    return _run(session, insert(_escalation).values(rows).on_conflict_do_nothing())


# ------------------------------------------------------------------------------------------------ messages


def _keys(person_ids: Iterable[int], days: Iterable[date]) -> list[str]:
    """The merge keys of these people's messages on these days."""
    tails = [f":{day.isoformat()}" for day in days]
    return [f"{person_id}{tail}" for person_id in person_ids for tail in tails]


_MESSAGES = select(_outbox.c.id, _outbox.c.person_id, _outbox.c.merge_key, _outbox.c.state, _outbox.c.text.is_(None))
_MESSAGES_HELD = _MESSAGES.order_by(_outbox.c.id).with_for_update()


def messages_of_week(session: Session, person_ids: Iterable[int], today: date) -> dict[int, list[Message]]:
    """The merged messages that these people got, or are about to get, since Monday."""
    days = [today - timedelta(days=n) for n in range(today.weekday() + 1)]
    found: dict[int, list[Message]] = {}
    for message in _messages(session, _MESSAGES, _keys(person_ids, days), today):
        found.setdefault(message.person_id, []).append(message)
    return found


def hold_messages(session: Session, person_ids: Iterable[int], today: date) -> dict[int, Message]:
    """Today's messages of these people; none of them is composed before the transaction ends."""
    held = _messages(session, _MESSAGES_HELD, _keys(person_ids, [today]), today)
    return {message.person_id: message for message in held}


def _messages(session: Session, statement: Select[Any], keys: Sequence[str], today: date) -> Iterator[Message]:
    rows = session.execute(statement.where(among(session, _outbox.c.merge_key, keys))).all() if keys else ()
    tail = f":{today.isoformat()}"
    for message_id, person_id, key, state, blank in rows:
        counts = state in ("queued", "claimed", "sent", "uncertain")
        yield Message(message_id, person_id, key.endswith(tail), counts, state == "queued" and bool(blank))


# ------------------------------------------------------------------------------------------------ writing


_QUEUED = {
    "kind": "reminder", "state": "queued", "lane_rank": 1, "attempt": 0, "trouble": 0, "repeated": False,
    "choices": [], "codes": [],
}  # fmt: skip


def insert_messages(
    session: Session, binding_ids: Sequence[int], today: date, now: datetime, wire_now: datetime, expires_at: datetime
) -> dict[int, int]:
    """Queue today's message for the person behind each binding, its words still open; person to message.

    One that stands already, or that another planner queued first, stays as it is and is not returned.
    """
    constant = {**_QUEUED, "planned_at": now, "not_before": wire_now, "expires_at": expires_at}
    message = {
        "bot": _address.c.channel + ":" + _address.c.bot,
        "address_id": _address.c.id,
        "bloc_id": _post.c.bloc_id,
        "person_id": _post.c.person_id,
        "merge_key": cast(_post.c.person_id, String) + f":{today.isoformat()}",
        **{name: literal(value, _outbox.c[name].type) for name, value in constant.items()},
    }
    to_whom = (
        select(*message.values())
        .join(_address, _address.c.id == _binding.c.address_id)
        .join(_post, _post.c.id == _binding.c.post_id)
        .where(among(session, _binding.c.id, binding_ids))
        .order_by(_post.c.person_id)
    )
    inserted = insert(_outbox).from_select(list(message), to_whom).on_conflict_do_nothing()
    queued = session.execute(inserted.returning(_outbox.c.person_id, _outbox.c.id))
    return dict(queued.all())


_RECEIPT = ("obligation_id", "due_on", "rung", "person_id", "round", "outbox_id", "kind")
NewReceipt = tuple[int, str, int, int, int, int, str]
"""(obligation, due date, rung, person, round, message, kind)"""


def insert_reminders(session: Session, rows: Sequence[NewReceipt], now: datetime) -> int:
    """Store receipts; returns how many were not there yet."""
    if not rows:
        return 0
    columns = listed(session, rows, *(_reminder.c[name].type for name in _RECEIPT))
    new = select(*columns, literal(now, _reminder.c.planned_at.type)).where(true())
    return _run(session, insert(_reminder).from_select([*_RECEIPT, "planned_at"], new).on_conflict_do_nothing())


def carry(session: Session, messages: Mapping[int, int]) -> int:
    """Point receipts (by id) to the messages that now carry them; returns how many."""
    if not messages:
        return 0
    receipt, message = listed(session, sorted(messages.items()), Integer(), Integer())
    mine = (_reminder.c.id == receipt) & _reminder.c.outbox_id.is_(None)
    return _run(session, update(_reminder).where(mine).values(outbox_id=message))


def leave_with_their_message(session: Session, receipts: Sequence[Receipt]) -> None:
    """Receipts that no longer make sense go back to the message that expired with them."""
    if receipts:
        rows = [(r.id, *_keys([r.person_id], [calendar.STANDARD.today(r.planned_at)])) for r in receipts]
        receipt, key = listed(session, rows, Integer(), String())
        mine = (_reminder.c.id == receipt) & (_outbox.c.merge_key == key)
        _run(session, update(_reminder).where(mine).values(outbox_id=_outbox.c.id))


def look_on(session: Session, days: Mapping[int, date | None]) -> None:
    """Set when obligations are looked at next, a statement for each day."""
    by_day: dict[date | None, list[int]] = {}
    for obligation_id, day in days.items():
        by_day.setdefault(day, []).append(obligation_id)
    for day, ids in by_day.items():
        session.execute(update(_obligation).where(among(session, _obligation.c.id, ids)).values(look_on=day))


def _run(session: Session, statement: Executable) -> int:
    """Execute and tell how many rows it touched."""
    result = session.connection().execute(statement, execution_options={"preserve_rowcount": True})
    return max(result.rowcount, 0)
