"""The summary of a bloc: its figures, and whom they are sent to every Friday, once a person and week."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from api.services import seasons, status
from api.services.desk import notices, receivers
from api.services.desk.notices import Draft
from api.services.status import Reading
from api.services.talks.book import Terms, terms_of
from bot.dialogue.orders.values import AgencyWeek, WeekView
from bot.dialogue.phrases import bloc as words
from bot.dialogue.phrases import digest as phrases
from bot.dialogue.phrases import rulings
from bot.dialogue.phrases.form import title
from bot.dialogue.values import Item, Silent
from models.rules.calendar import FRIDAY, Calendar
from models.rules.progress import BUCKETS, Bucket, bucket, stand
from models.tables import Bloc, Notice

WEEK = timedelta(days=7)
LEAST = timedelta(minutes=30)
"""An hour that the day's sending hours leave no room for is brought forward so that this much is left."""
SETTING = "digest"
"""In `bloc.settings`: `{"day": 4, "at": "14:30"}`, or false for none."""
COMING = 6
"""So many of what comes due next are named."""


@dataclass(frozen=True, slots=True)
class Hour:
    """When a bloc's summary is sent: a weekday (0 is Monday) and an hour."""

    day: int = FRIDAY
    at: time = time(14, 30)


def hour_of(settings: Mapping[str, Any]) -> Hour | None:
    """None: this bloc wants none."""
    asked = settings.get(SETTING, {})
    if asked is False:
        return None
    return Hour(int(asked.get("day", FRIDAY)), time.fromisoformat(asked.get("at", "14:30")))


def moment_of(hour: Hour, day: date, calendar: Calendar) -> datetime:
    """The moment of the week that `day` lies in; on a day off the last working day before it."""
    meant = day - timedelta(days=day.weekday()) + timedelta(days=hour.day)
    return calendar.moment(calendar.working_until(meant), hour.at)


# --- figures ------------------------------------------------------------------------------------------------------


def read(session: Session, season_id: int, now: datetime) -> WeekView:
    """Where the bloc stands, and what has moved within seven days."""
    reading = status.read(session, season_id, now)
    view = status.view(reading)
    days, before = reading.terms.calendar, [_a_week_ago(reading, item, now - WEEK) for item in reading.items]
    due = [item for item in reading.items if item.bucket in ("done_on_time", "done_late", "open_overdue")]
    overdue = [
        item
        for item, then in zip(reading.items, before, strict=True)
        if item.bucket == "open_overdue" and then != item.bucket
    ]
    heads = {agency for agency, kind in seasons.seats_of(session, season_id).items() if kind == "head"}
    waiting = [item for item in reading.items if _waits(item)]
    is_seconded = bool(seasons.seconded(session, [season_id], days.today(now)))
    return WeekView(
        bloc=reading.terms.name,
        kind=reading.terms.kind,
        year=reading.year,
        as_of=now,
        totals=view.totals,
        before=_tally(before),
        reported=sum(bool(item.standing.facts) for item in due),
        done=tuple(_name(item) for item in reading.items if _just_done(item, now)),
        fell_due=len(overdue),
        silent=_by_agency(view.silent, view.head_title),
        waiting=tuple(_name(item) for item in waiting if item.agency_id not in heads),
        coming=_coming(reading.items, days.today(now)),
        head_title=view.head_title,
        elsewhere=tuple(_name(item) for item in waiting if item.agency_id in heads),
        who_else=reading.terms.deputy_title if is_seconded else rulings.ADMINISTRATOR,
    )


def _waits(item: Item) -> bool:
    return item.standing.state == "submitted" or item.standing.extension_asked is not None


def _name(item: Item) -> str:
    return f"{item.code}-{item.short}"


def _a_week_ago(reading: Reading, item: Item, then: datetime) -> Bucket | None:
    facts = [fact for fact in item.standing.log if fact.at <= then]
    standing = stand(item.ask, facts, followed=item.standing.state != "past")
    return bucket(standing, item.deadline, then)


def _tally(buckets: Iterable[Bucket | None]) -> dict[Bucket, int]:
    counted = Counter(buckets)
    return {name: counted[name] for name in BUCKETS}


def _just_done(item: Item, now: datetime) -> bool:
    return item.standing.submitted_at is not None and item.standing.submitted_at > now - WEEK


def _by_agency(silent: Sequence[Silent], head_title: str) -> tuple[AgencyWeek, ...]:
    found: dict[str, list[tuple[str, str]]] = {}
    for one in sorted(silent, key=lambda one: (one.item.agency_id, one.item.due_on)):
        found.setdefault(one.item.agency, []).append((one.item.code, words.why(one, head_title)))
    return tuple(AgencyWeek(agency, tuple(overdue)) for agency, overdue in found.items())


def _coming(items: Sequence[Item], today: date) -> tuple[tuple[str, str, date], ...]:
    soon = {
        (item.due_on, item.code, title(item))
        for item in items
        if item.bucket == "open_in_time" and today <= item.due_on <= today + WEEK
    }
    return tuple((code, named, on) for on, code, named in sorted(soon)[:COMING])


# --- every Friday -------------------------------------------------------------------------------------------------


def plan(session: Session, now: datetime) -> int:
    """Put the summary of every bloc whose hour has come; returns how many messages. A tick that comes late still does,
    until nothing unasked leaves any more on that day."""
    put = 0
    blocs = select(col(Bloc.id), col(Bloc.revision), col(Bloc.settings)).where(col(Bloc.held_since).is_(None))
    for bloc_id, revision, settings in session.execute(blocs).all():
        terms = terms_of(session, (bloc_id, revision))
        until = _open_until(settings, terms.calendar, now)
        if until is not None:
            put += _put(session, terms, now, until)
    return put


def _open_until(settings: Mapping[str, Any], calendar: Calendar, now: datetime) -> datetime | None:
    """Until when this week's summary may still be sent; None: not now."""
    hour = hour_of(settings)
    if hour is None:
        return None
    moment = moment_of(hour, calendar.today(now), calendar)
    last = calendar.last_sending(moment.date())
    return last if last and min(moment, last - LEAST) <= now < last else None


def _put(session: Session, terms: Terms, now: datetime, until: datetime) -> int:
    """Both messages, of each open season, to everybody who leads it and has not got them this week."""
    open_seasons = seasons.open_ones(session, terms.bloc_id)
    return sum(_put_of(session, terms, season_id, now, until) for season_id in open_seasons)


def _put_of(session: Session, terms: Terms, season_id: int, now: datetime, until: datetime) -> int:
    year, week, _ = terms.calendar.today(now).isocalendar()
    people = receivers.leading(session, season_id, terms.calendar.today(now))
    keys = {person: f"digest:{season_id}:{person}:{year}-W{week:02d}" for person in people}
    there = set(session.execute(select(col(Notice.key)).where(col(Notice.key).in_(keys.values()))).scalars())
    missing = {person: key for person, key in keys.items() if key not in there}
    if not missing:
        return 0
    figures = read(session, season_id, now)
    says = (phrases.summary(figures), phrases.to_paste(figures))
    drafts = [
        Draft(f"{key}:group" if place else key, terms.bloc_id, person, "digest", now, until, say)
        for person, key in missing.items()
        for place, say in enumerate(says)
    ]
    return notices.put(session, drafts, now)
