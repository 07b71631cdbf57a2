"""Moments as callers write them: a date or an instant."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from api.refusals import Invalid
from models.rules import calendar

_YEARS = range(1990, 2200)
_DAY = 10
"""Characters of a date."""


def as_of(text: str | None, now: datetime, zone: str = calendar.ZONE) -> datetime:
    """A date stands for its last second. None: now. Raises Invalid."""
    if text is None:
        return now
    return _read(text, zone, end=True)


def since(text: str | None, zone: str = calendar.ZONE) -> datetime | None:
    """A date stands for its first instant. Raises Invalid."""
    return None if text is None else _read(text, zone, end=False)


def _read(text: str, zone: str, *, end: bool) -> datetime:
    """An instant without an offset is local. A `+` that came as a space out of an address is read as it was meant."""
    written = text.strip()
    try:
        if len(written) == _DAY:
            day = date.fromisoformat(written)
            found = datetime.combine(day, time(23, 59, 59) if end else time(), ZoneInfo(zone))
        else:
            found = datetime.fromisoformat(written.replace(" ", "+"))
            found = found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))
    except ValueError:
        found = datetime.min.replace(tzinfo=UTC)
    if found.year not in _YEARS:
        shown = text if len(text) <= 40 else f"{text[:40]}…"
        raise Invalid(f"{shown!r} is neither a date (2024-06-17) nor an instant (2024-06-17T14:05:00+07:00)")
    return found


def local(moment: datetime) -> datetime:
    """As the bloc's people write it: their own offset, whole seconds."""
    return calendar.STANDARD.local(moment).replace(microsecond=0)
