"""The next days, played on a copy by the very functions that plan and compose: what would be sent, to whom, when."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from api.moments import local
from api.refusals import NotFound
from api.services.queues import compose
from api.shapes import Quota, Rehearsal, RehearsedMessage
from models.rules import calendar
from models.rules.calendar import Calendar
from models.tables import Address, Agency, Bloc, Milestone, Obligation, Outbox, Person, Post, Reminder, Season
from models.wire import Choice, Say
from schedules import desk, planner
from schedules.snapshot import settings_of, snapshot

Plan = Callable[[Session, datetime, datetime], Any]
"""A tick: (session, covenant time, wire time)."""
PLANS: tuple[Plan, ...] = (planner.plan, desk.announce)
LONGEST = 366
"""Days."""
STEP = timedelta(minutes=30)
"""How often the clock ticks between the openings; the real one ticks far more often."""
Told = Callable[[date, int, int], None]
"""A day, which one it is, and of how many."""


def rehearse(
    session: Session,
    bloc_id: int,
    now: datetime,
    days: int = 30,
    *,
    told: Told = lambda day, number, of: None,
    plans: Sequence[Plan] = PLANS,
) -> Rehearsal:
    """Every message of the bloc's next days, when nothing changes meanwhile: nobody answers, everything arrives.

    `session` is only read from. `told` hears of each day that is played. Raises NotFound.
    """
    bloc = session.get(Bloc, bloc_id)
    if bloc is None:
        raise NotFound("no such bloc")
    with snapshot(session, bloc_id) as copy:
        calendars = [calendar.of(dict(settings)) for settings in settings_of(copy)]
        found: list[RehearsedMessage] = []
        before = _sent_this_month(copy, now)
        start = calendars[0].today(now)
        for number in range(days + 1):
            day = start + timedelta(days=number)
            told(day, number, days)
            for moment in _moments(calendars, day, now):
                for plan in plans:
                    plan(copy, moment, moment)
                found += [line for row in _send(copy, moment) if (line := _line(copy, row, bloc_id))]
    return Rehearsal(
        bloc=bloc.slug,
        since=local(now),
        days=days,
        held=bloc.held_since is not None,
        messages=found,
        quota=_quota(found, before),
    )


def _moments(calendars: Sequence[Calendar], day: date, now: datetime) -> Iterator[datetime]:
    """When the clock ticks on that day: at every opening, and between them."""
    found = {now} if calendars[0].today(now) == day else set()
    for days in calendars:
        if days.is_working(day):
            found |= set(_ticks(days, day))
    yield from sorted(moment for moment in found if moment >= now)


def _ticks(days: Calendar, day: date) -> Iterator[datetime]:
    moment, end = days.moment(day, days.office[0]), days.end_of_office(day)
    opening = days.next_opening(days.moment(day, time()))
    while opening.date() == day:
        yield opening
        opening = days.next_opening(opening + timedelta(microseconds=1))
    while moment < end:
        yield moment
        moment += STEP


# --- sent ---------------------------------------------------------------------------------------------------------


def _send(copy: Session, now: datetime) -> Iterator[Outbox]:
    """Whatever is queued is composed, and arrives at once; nothing is left of some."""
    waiting = select(Outbox).where(col(Outbox.state) == "queued").order_by(col(Outbox.id))
    for row in copy.execute(waiting).scalars().all():
        say = compose.reminder(copy, row, now) if row.kind == "reminder" else _frozen(row)
        if say is None:
            row.state = "withdrawn"
        else:
            row.text, row.choices = say.text, [choice.model_dump() for choice in say.choices]
            row.state, row.sent_at = "sent", now
        copy.flush()
        if say is not None:
            yield row


def _frozen(row: Outbox) -> Say:
    return Say(text=row.text or "", choices=tuple(Choice.model_validate(choice) for choice in row.choices))


def _line(copy: Session, row: Outbox, bloc_id: int) -> RehearsedMessage | None:
    """None: it is about other blocs only."""
    if row.bloc_id != bloc_id and bloc_id not in _blocs(copy, row):
        return None
    address, person = copy.get_one(Address, row.address_id), copy.get(Person, row.person_id) if row.person_id else None
    return RehearsedMessage(
        at=local(row.sent_at or row.planned_at),
        kind=row.kind,
        person=person.name if person else None,
        agency=_agency(copy, row, bloc_id),
        channel=address.channel,
        codes=row.codes,
        text=row.text or "",
        choices=[choice["label"] for choice in row.choices],
    )


def _blocs(copy: Session, row: Outbox) -> set[int]:
    of_row = (
        select(col(Season.bloc_id))
        .join(Obligation, col(Obligation.season_id) == col(Season.id))
        .join(Milestone, col(Milestone.id) == col(Obligation.milestone_id))
        .join(Reminder, col(Reminder.obligation_id) == col(Obligation.id))
        .where(col(Reminder.outbox_id) == row.id)
    )
    return set(copy.execute(of_row).scalars())


def _agency(copy: Session, row: Outbox, bloc_id: int) -> str | None:
    found: str | None = copy.execute(
        select(col(Agency.name))
        .join(Post, col(Post.agency_id) == col(Agency.id))
        .where(col(Post.person_id) == row.person_id, col(Post.bloc_id) == bloc_id)
        .order_by(col(Post.until).is_not(None), col(Post.id))
        .limit(1)
    ).scalar()
    return found


# --- how much of the month's quota --------------------------------------------------------------------------------


def _sent_this_month(copy: Session, now: datetime) -> Counter[tuple[str, str]]:
    """What the ledger already has of this month, by channel: only these blocs' messages, replies left out."""
    rows = copy.execute(
        select(col(Address.channel), col(Outbox.sent_at))
        .join(Address, col(Address.id) == col(Outbox.address_id))
        .where(col(Outbox.state) == "sent")
    )
    month = f"{local(now):%Y-%m}"
    return Counter((channel, month) for channel, at in rows if at and f"{local(at):%Y-%m}" == month)


def _quota(found: Sequence[RehearsedMessage], before: Counter[tuple[str, str]]) -> list[Quota]:
    coming = Counter((message.channel, f"{message.at:%Y-%m}") for message in found)
    return [
        Quota(channel=channel, month=month, rehearsed=coming[channel, month], sent=before[channel, month])
        for channel, month in sorted(coming | before)
    ]
