"""The official working calendars of the years that are played, copied by hand (sources: the headers in `years/`).

Kept apart from the program's own calendar on purpose: it is what the program is checked against.
"""

from datetime import date, timedelta


def _days(year: int, written: str) -> set[date]:
    """`1/1 8/2-14/2`: days and spans of days."""
    found: set[date] = set()
    for part in written.split():
        first, _, last = part.partition("-")
        start, end = _day(year, first), _day(year, last or first)
        found |= {start + timedelta(n) for n in range((end - start).days + 1)}
    return found


def _day(year: int, written: str) -> date:
    day, month = written.split("/")
    return date(year, int(month), int(day))


DAYS_OFF = frozenset(
    _days(2019, "1/1 4/2-8/2 15/4 29/4-1/5 2/9")
    | _days(2020, "1/1 23/1-29/1 2/4 30/4-1/5 2/9")
    | _days(2021, "1/1 10/2-16/2")
    | _days(2024, "1/1 8/2-14/2 18/4 29/4-1/5 2/9-3/9")
    | _days(2025, "1/1")
)
MADE_UP = frozenset(_days(2019, "5/1 4/5") | _days(2024, "4/5"))


def is_worked(day: date) -> bool:
    return day in MADE_UP or (day.weekday() < 5 and day not in DAYS_OFF)


def working_days(after: date, until: date) -> int:
    """Working days after the first day, up to and with the second."""
    return sum(is_worked(after + timedelta(n)) for n in range(1, (until - after).days + 1))
