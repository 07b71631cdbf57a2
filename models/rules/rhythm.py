"""When something that repeats comes next: every week on a weekday, every month on a day."""

from datetime import date, datetime, time, timedelta
from typing import Literal

from models.rules.calendar import Calendar

Rhythm = tuple[Literal["weekly", "monthly"], int]
"""Every Monday is ("weekly", 0), every fifth of a month ("monthly", 5)."""
LAST_DAY = 28
"""The last day that every month has."""


def written(rhythm: Rhythm) -> str:
    """`weekly:0`, as it is stored."""
    return f"{rhythm[0]}:{rhythm[1]}"


def read(stored: str) -> Rhythm:
    """The inverse of `written`; ValueError on what it never wrote."""
    kind, _, number = stored.partition(":")
    if kind == "weekly" and 0 <= int(number) <= 6:
        return "weekly", int(number)
    if kind == "monthly" and 1 <= int(number) <= LAST_DAY:
        return "monthly", int(number)
    raise ValueError(f"no such rhythm: {stored}")


def following(rhythm: Rhythm, at: time, after: datetime, calendar: Calendar) -> datetime:
    """The first occasion after a moment. It keeps its own day; when it leaves on a day off is the calendar's."""
    day = calendar.today(after)
    while not (_fits(rhythm, day) and calendar.moment(day, at) > after):
        day += timedelta(days=1)
    return calendar.moment(day, at)


def _fits(rhythm: Rhythm, day: date) -> bool:
    return day.weekday() == rhythm[1] if rhythm[0] == "weekly" else day.day == rhythm[1]
