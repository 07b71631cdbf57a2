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
from api.services.queues import quota as meter
from api.shapes import Quota, Rehearsal, RehearsedMessage
from models.rules import calendar, quota
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
    wire_now: datetime | None = None,
    told: Told = lambda day, number, of: None,
    plans: Sequence[Plan] = PLANS,
) -> Rehearsal:
    """Every message of the bloc's next days, when nothing changes meanwhile: nobody answers, everything arrives.

    `session` is only read from. `wire_now` tells the month of the bots' meters, where it is not that of `now`. `told`
    hears of each day that is played. Raises NotFound.
    """
    bloc = session.get(Bloc, bloc_id)
    if bloc is None:
        raise NotFound("no such bloc")
    with snapshot(session, bloc_id) as copy:
        calendars = [calendar.of(dict(settings)) for settings in settings_of(copy)]
        found: list[RehearsedMessage] = []
        before, coming = _sent_this_month(copy, now), Counter[Month]()
        start = calendars[0].today(now)
        for number in range(days + 1):
            day = start + timedelta(days=number)
            told(day, number, days)
            for moment in _moments(calendars, day, now):
                for plan in plans:
                    plan(copy, moment, moment)
                for row in _send(copy, moment):
                    meter.count(copy, row.bot, [row.text or ""], moment)
                    if line := _line(copy, row, bloc_id):
                        found.append(line)
                        coming[_month(copy, row.address_id, moment)] += quota.messages(row.text)
    quotas = [
        _forecast(session, month, coming[month], before[month], wire_now or now if month[2] == _name(now) else None)
        for month in sorted(coming | before, key=str)
    ]
    return Rehearsal(
        bloc=bloc.slug,
        since=local(now),
        days=days,
        held=bloc.held_since is not None,
        messages=found,
        quota=quotas,
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

Month = tuple[str, str | None, str]
"""(channel, bot id where a quota is counted, `2024-06`)"""


def _name(at: datetime) -> str:
    return f"{local(at):%Y-%m}"


def _month(copy: Session, address_id: int, at: datetime) -> Month:
    address = copy.get_one(Address, address_id)
    is_metered = quota.is_metered(f"{address.channel}:{address.bot}")
    return address.channel, address.bot if is_metered else None, _name(at)


def _sent_this_month(copy: Session, now: datetime) -> Counter[Month]:
    """What the ledger already has of this month: only these blocs' messages, replies left out."""
    sent = select(col(Outbox.address_id), col(Outbox.sent_at)).where(col(Outbox.state) == "sent")
    months = (_month(copy, address_id, at) for address_id, at in copy.execute(sent) if at and _name(at) == _name(now))
    return Counter(months)


def _forecast(session: Session, month: Month, rehearsed: int, sent: int, metered_at: datetime | None) -> Quota:
    """`metered_at`: in the month that runs, when its meter stands; None: that month has not begun."""
    channel, bot, name = month
    line = Quota(channel=channel, bot=bot, month=name, rehearsed=rehearsed, sent=sent)
    if bot is not None:
        terms = meter.terms(session, key := f"{channel}:{bot}")
        line.used = meter.used(session, key, metered_at) if metered_at else 0
        line.limit, line.open_until = terms.messages, terms.open_until
    return line
