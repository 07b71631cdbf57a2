"""The working calendar of a bloc: which days are worked, when an unasked message may be sent.

All of it is data with the defaults of domain.md 2.6 and 6.2; a bloc overrides any part under `settings["calendar"]`.
The time zone lives here and in the sentences, nowhere else.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from models.rules.days_off import EXTRA_DAYS_OFF, MAKE_UP_DAYS, days_off

ZONE = "Asia/Ho_Chi_Minh"
_HANOI = ZoneInfo(ZONE)
MONDAY, FRIDAY, SATURDAY, SUNDAY = 0, 4, 5, 6
_DAY = timedelta(days=1)
_TICK = timedelta(microseconds=1)

Span = tuple[time, time]
"""From the first (included) to the second (excluded)."""
_Spans = Callable[[date], list[tuple[datetime, datetime]]]


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days and hours as data. Days are local dates; moments are aware and in the calendar's zone."""

    zone: ZoneInfo = _HANOI
    weekend: frozenset[int] = frozenset({SATURDAY, SUNDAY})
    days_off: frozenset[date] = EXTRA_DAYS_OFF
    """Days off beside the public holidays."""
    working_days: frozenset[date] = MAKE_UP_DAYS
    """Make-up days, and holidays that are worked after all; wins over everything."""
    office: Span = (time(7, 30), time(17))
    sending: tuple[Span, ...] = ((time(8, 30), time(11, 30)), (time(14), time(17)))
    """When reminders are planned: the first minute is the rule, the rest is for a tick that comes late."""
    quiet: tuple[Span, ...] = ((time(11, 30), time(13, 30)),)
    """Inside office hours, yet nothing unasked is sent."""
    not_before: tuple[tuple[int, time], ...] = ((MONDAY, time(9, 30)),)
    """By weekday: the salute and the weekly meeting come first."""
    not_after: tuple[tuple[int, time], ...] = ((FRIDAY, time(15, 30)),)

    def local(self, now: datetime) -> datetime:
        return now.astimezone(self.zone)

    def today(self, now: datetime) -> date:
        return now.astimezone(self.zone).date()

    def moment(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, tzinfo=self.zone)

    def end_of_day(self, day: date) -> datetime:
        """The last instant whose local date is `day`."""
        return self.moment(day + _DAY, time()) - _TICK

    def end_of_office(self, day: date) -> datetime:
        return self.moment(day, self.office[1])

    def end_of_next_working_day(self, now: datetime) -> datetime:
        """How long a question lives."""
        return self.end_of_day(self.add_working(self.today(now), 1))

    def is_working(self, day: date) -> bool:
        if day in self.working_days:
            return True
        return day.weekday() not in self.weekend and day not in self.days_off and day not in days_off(day.year)

    def add_working(self, day: date, n: int) -> date:
        """The n-th working day after `day` (before it when n is negative); `day` itself for 0."""
        step = _DAY if n > 0 else -_DAY
        for _ in range(abs(n)):
            day += step
            while not self.is_working(day):
                day += step
        return day

    def working_from(self, day: date) -> date:
        """`day`, or the next working day when it is a day off."""
        return day if self.is_working(day) else self.add_working(day, 1)

    def working_until(self, day: date) -> date:
        """`day`, or the last working day before it when it is a day off."""
        return day if self.is_working(day) else self.add_working(day, -1)

    def working_days_between(self, a: date, b: date) -> int:
        """Working days after `a`, up to and with `b`: how many are left on day `a`. Negative when b < a."""
        if b < a:
            return -self.working_days_between(b, a)
        return sum(self.is_working(a + timedelta(days=n)) for n in range(1, (b - a).days + 1))

    def opening(self, now: datetime) -> datetime | None:
        """The opening of the sending window that `now` lies in; None outside of them all."""
        local = self.local(now)
        for start, end in self._windows(local.date()):
            if start <= local < end:
                return start
        return None

    def next_opening(self, now: datetime) -> datetime:
        """The first opening of a sending window at or after `now`."""
        return self._next(now, self._windows, midway=False)

    def may_send(self, now: datetime) -> bool:
        """Whether an unasked message may leave: office hours of a working day, lunch and meetings left in peace."""
        local = self.local(now)
        return any(start <= local < end for start, end in self._sendable(local.date()))

    def next_sending(self, now: datetime) -> datetime:
        """`now` when an unasked message may leave, else the next instant at which one may."""
        return self._next(now, self._sendable, midway=True)

    def end_of_sending(self, now: datetime) -> datetime | None:
        """The end of the span that `now` lies in, in which an unasked message may leave; None outside of them all."""
        local = self.local(now)
        return next((end for start, end in self._sendable(local.date()) if start <= local < end), None)

    def last_sending(self, day: date) -> datetime | None:
        """The moment after which nothing unasked leaves on this day; None on a day off."""
        spans = self._sendable(day)
        return spans[-1][1] if spans else None

    def _next(self, now: datetime, spans: _Spans, *, midway: bool) -> datetime:
        """The first instant from `now` on that lies in a span; `midway`: an open span need not be at its start."""
        local = self.local(now)
        day = local.date()
        while True:
            for start, end in spans(day):
                chosen = max(start, local) if midway else start
                if local <= chosen < end:
                    return chosen
            day = self.add_working(day, 1)

    def _windows(self, day: date) -> list[tuple[datetime, datetime]]:
        return self._within_the_day(day, self.sending)

    def _sendable(self, day: date) -> list[tuple[datetime, datetime]]:
        spans: list[Span] = []
        start = self.office[0]
        for pause, resume in self.quiet:
            spans.append((start, pause))
            start = resume
        return self._within_the_day(day, (*spans, (start, self.office[1])))

    def _within_the_day(self, day: date, spans: tuple[Span, ...]) -> list[tuple[datetime, datetime]]:
        """Spans cut to what the weekday allows; none on a day off."""
        if not self.is_working(day):
            return []
        first = dict(self.not_before).get(day.weekday(), time.min)
        last = dict(self.not_after).get(day.weekday(), time.max)
        cut = ((max(start, first), min(end, last)) for start, end in spans)
        return [(self.moment(day, start), self.moment(day, end)) for start, end in cut if start < end]


STANDARD = Calendar()
_ORDINARY_WEEK = tuple(date(2024, 6, 17 + n) for n in range(7))
_DAY_LISTS = ("days_off", "working_days")


def of(settings: dict[str, Any]) -> Calendar:
    """The calendar that `bloc.settings` asks for.

    Under `calendar`: `days_off`, `working_days` (ISO dates, beside the known ones), `weekend` (0 is Monday), `office`
    (two hours `HH:MM`), `sending`, `quiet` (lists of two hours), `not_before`, `not_after` ({weekday: hour}),
    `timezone`. ValueError when a part cannot be read.
    """
    asked = settings.get("calendar")
    return _read(json.dumps(asked, sort_keys=True, default=str)) if asked else STANDARD


@lru_cache(maxsize=256)
def _read(asked: str) -> Calendar:
    parts: dict[str, Any] = json.loads(asked)
    days = {name: frozenset(date.fromisoformat(day) for day in parts.get(name, ())) for name in _DAY_LISTS}
    office = _span(parts["office"]) if "office" in parts else STANDARD.office
    calendar = Calendar(
        zone=ZoneInfo(parts.get("timezone", ZONE)),
        weekend=frozenset(parts.get("weekend", STANDARD.weekend)),
        days_off=STANDARD.days_off | days["days_off"],
        working_days=(STANDARD.working_days | days["working_days"]) - days["days_off"],
        office=office,
        sending=_spans(parts["sending"]) if "sending" in parts else _cut(STANDARD.sending, office),
        quiet=_spans(parts["quiet"]) if "quiet" in parts else STANDARD.quiet,
        not_before=_by_weekday(parts["not_before"]) if "not_before" in parts else STANDARD.not_before,
        not_after=_by_weekday(parts["not_after"]) if "not_after" in parts else STANDARD.not_after,
    )
    for start, end in calendar.sending:
        if not (calendar.office[0] <= start and end <= calendar.office[1]):
            raise ValueError(f"messages from {start:%H:%M} to {end:%H:%M} would leave outside of office hours")
    if not any(calendar._within_the_day(day, calendar.sending) for day in _ORDINARY_WEEK):
        raise ValueError("the calendar leaves no hour in which a message may be sent")
    return calendar


def _span(pair: list[str]) -> Span:
    start, end = (time.fromisoformat(hour) for hour in pair)
    if not start < end:
        raise ValueError(f"hours in the wrong order: {pair}")
    return start, end


def _cut(spans: tuple[Span, ...], office: Span) -> tuple[Span, ...]:
    """What lies within office hours."""
    within = ((max(start, office[0]), min(end, office[1])) for start, end in spans)
    return tuple((start, end) for start, end in within if start < end)


def _spans(pairs: list[list[str]]) -> tuple[Span, ...]:
    return tuple(sorted(_span(pair) for pair in pairs))


def _by_weekday(hours: dict[str, str]) -> tuple[tuple[int, time], ...]:
    return tuple(sorted((int(day), time.fromisoformat(hour)) for day, hour in hours.items()))
