"""Due dates: how they are written, when they are over, and where the defaults of a covenant year fall."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from models.rules.calendar import Calendar

Recurrence = Literal["month", "quarter", "half-year"]
MONTHS_OF: dict[Recurrence, int] = {"month": 1, "quarter": 3, "half-year": 6}


class DueTextError(ValueError):
    """A due date that cannot be read or does not exist; the message says which and why."""


# ------------------------------------------------------------------------------------------------ when it is over


def last_day(due_on: date, calendar: Calendar, strict: bool) -> date:
    """The last day that is still on time. A due date on a day off counts to the next working day unless strict."""
    return due_on if strict else calendar.working_from(due_on)


def deadline(due_on: date, due_time: time | None, calendar: Calendar, strict: bool) -> datetime:
    """The last instant that is still on time: 24:00 of the last day, or the hour itself on that day."""
    day = last_day(due_on, calendar, strict)
    return calendar.end_of_day(day) if due_time is None else calendar.moment(day, due_time)


# ------------------------------------------------------------------------------------------------ how it is written


@dataclass(frozen=True, slots=True)
class Due:
    """A due date as the bloc file gives it: the day, and the words when they say more than the day."""

    on: date
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Occasion:
    """One occasion of a recurring milestone; `period` is `2024-05`, `2024-Q2` or `2024-H1`."""

    period: str
    due: Due


_BEFORE = r"(?P<before>trước\s+)?(?:ngày\s+)?"
_DATE = re.compile(
    _BEFORE
    + r"(?P<day>\d{1,2})(?:\s*[/.-]\s*|\s+tháng\s+)(?P<month>\d{1,2})(?:(?:\s*[/.-]\s*|\s+năm\s+)(?P<year>\d{4}))?"
)
_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})")
_EACH = r"(?:(?:hằng|hàng|mỗi)\s+)?"
_MONTH = rf"{_EACH}tháng(?:\s+(?P<place>đầu|cuối|thứ\s+(?P<nth>[1-6]|hai|ba|tư|năm)))?"
_PERIOD = rf"(?:\s+(?:của\s+)?{_EACH}(?:quý|kỳ|nửa\s+năm|6\s+tháng))?"
_RULE = re.compile(rf"{_BEFORE}(?:(?P<day>\d{{1,2}})|(?P<last>cuối))(?:\s+(?:của\s+)?{_MONTH}{_PERIOD})?")
_NTH = {"hai": 2, "ba": 3, "tư": 4, "năm": 5}


def read(written: str | date, year: int) -> Due:
    """A single due date: a date, `15/6`, `15/6/2024`, `15 tháng 6`, `2024-06-15`, or `trước ngày 15/6`, which is
    read as the 14th with its words kept.

    `year` is the season's, for dates that name none. DueTextError when it cannot be read or does not exist.
    """
    if isinstance(written, datetime):
        return Due(written.date())
    if isinstance(written, date):
        return Due(written)
    words = _plain(written)
    found = _ISO.fullmatch(words) or _DATE.fullmatch(words)
    if found is None:
        raise DueTextError(f"cannot read {written!r} as a date; write 15/6/{year} or 'trước ngày 15/6'")
    parts = found.groupdict()
    on = _day(int(parts["year"] or year), int(parts["month"]), int(parts["day"]), written)
    if parts.get("before"):
        return Due(on - timedelta(days=1), written.strip())
    return Due(on)


def read_time(written: str | time) -> time:
    """An hour of the day: `16:00`, `16h`, `16h30`, `16 giờ 30`. DueTextError otherwise."""
    if isinstance(written, time):
        return written
    found = re.fullmatch(r"(\d{1,2})\s*(?:h|g|:|giờ)\s*(\d{2})?(?:\s*phút)?", written.strip().lower())
    if found is None or int(found[1]) > 23 or int(found[2] or 0) > 59:
        raise DueTextError(f"cannot read {written!r} as an hour; write 16:00")
    return time(int(found[1]), int(found[2] or 0))


def _plain(written: str) -> str:
    return " ".join(unicodedata.normalize("NFC", written).lower().split())


def _day(year: int, month: int, day: int, written: str) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise DueTextError(f"there is no such day: {written!r} ({day}/{month}/{year})") from None


# ------------------------------------------------------------------------------------------------ what recurs


def occasions(rule: str, recurs: Recurrence, starts_on: date, ends_on: date) -> tuple[Occasion, ...]:
    """Every occasion of a recurring milestone that falls due within the season.

    `rule` names a day of the period: `15`, `ngày 15 hằng tháng`, `trước ngày 15 tháng cuối quý` (the 14th of the
    quarter's last month), `ngày 10 tháng đầu quý`, `cuối tháng`. Without a month, a quarter's or half-year's last
    month is meant. A day that a month does not have (31/6) is an error, `cuối tháng` is not.
    """
    found = _RULE.fullmatch(_plain(rule))
    if found is None:
        raise DueTextError(f"cannot read {rule!r} as a rule; write 'trước ngày 15 tháng cuối quý' or 'ngày 15'")
    months = MONTHS_OF[recurs]
    position = _position(found, months, rule)
    dated = (
        Occasion(label, Due(_on(found, *_month_of(first, position), rule), rule.strip()))
        for label, first in _periods(recurs, starts_on, ends_on)
    )
    return tuple(occasion for occasion in dated if starts_on <= occasion.due.on <= ends_on)


def _position(found: re.Match[str], months: int, rule: str) -> int:
    """Which month of the period, from 1."""
    if found["place"] == "đầu":
        return 1
    if found["nth"] is None:
        return months
    position = _NTH.get(found["nth"]) or int(found["nth"])
    if not 1 <= position <= months:
        raise DueTextError(f"{rule!r} names month {position} of a period of {months}")
    return position


def _on(found: re.Match[str], year: int, month: int, rule: str) -> date:
    if found["last"]:
        day = _month_of(date(year, month, 1), 2)
        on = date(*day, 1) - timedelta(days=1)
    else:
        on = _day(year, month, int(found["day"]), rule)
    return on - timedelta(days=1) if found["before"] else on


def _month_of(first: date, position: int) -> tuple[int, int]:
    months = first.year * 12 + first.month - 1 + position - 1
    return months // 12, months % 12 + 1


def _periods(recurs: Recurrence, starts_on: date, ends_on: date) -> Iterator[tuple[str, date]]:
    """Calendar periods that touch the season, with the first day of each."""
    months = MONTHS_OF[recurs]
    first = date(starts_on.year, (starts_on.month - 1) // months * months + 1, 1)
    while first <= ends_on:
        number = (first.month - 1) // months + 1
        label = f"{first.month:02d}" if months == 1 else f"{'Q' if months == 3 else 'H'}{number}"
        yield f"{first.year}-{label}", first
        first = date(*_month_of(first, months + 1), 1)


# ------------------------------------------------------------------------------------------------ the default template


def shift(anchor: date, calendar: Calendar, *, working: int = 0, days: int = 0) -> date:
    """`M03 minus 7 working days`, `M03 plus 15 working days`, `M12 plus 10 days`."""
    return calendar.add_working(anchor, working) + timedelta(days=days)


def behind_signing(due_on: date, signed_on: date, calendar: Calendar, working: int = 10) -> date:
    """A default that falls before the signing moves behind it: signing plus some working days."""
    return due_on if due_on >= signed_on else calendar.add_working(signed_on, working)
