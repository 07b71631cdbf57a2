"""Viet Nam's public days off, and the Saturdays that were worked in exchange.

The days are those of the `holidays` library, kept here for the years at hand because asking it costs 13 MB and a
fifth of a second at start; a test compares them, and any other year is asked of the library itself.
"""

from datetime import date
from functools import lru_cache

_KNOWN = {
    2018: "1/1 14/2 15/2 16/2 17/2 18/2 19/2 20/2 25/4 30/4 1/5 2/9 3/9 31/12",
    2019: "1/1 4/2 5/2 6/2 7/2 8/2 14/4 15/4 29/4 30/4 1/5 2/9",
    2020: "1/1 23/1 24/1 25/1 26/1 27/1 28/1 29/1 2/4 30/4 1/5 2/9",
    2021: "1/1 10/2 11/2 12/2 13/2 14/2 15/2 16/2 21/4 30/4 1/5 3/5 2/9 3/9",
    2022: "1/1 3/1 31/1 1/2 2/2 3/2 4/2 10/4 11/4 30/4 1/5 2/5 3/5 1/9 2/9",
    2023: "1/1 2/1 20/1 21/1 22/1 23/1 24/1 25/1 26/1 29/4 30/4 1/5 2/5 3/5 1/9 2/9 4/9",
    2024: "1/1 8/2 9/2 10/2 11/2 12/2 13/2 14/2 18/4 29/4 30/4 1/5 2/9 3/9",
    2025: "1/1 27/1 28/1 29/1 30/1 31/1 1/2 7/4 30/4 1/5 2/5 1/9 2/9",
    2026: "1/1 16/2 17/2 18/2 19/2 20/2 26/4 27/4 30/4 1/5 31/8 1/9 2/9 24/11",
    2027: "1/1 4/2 5/2 6/2 7/2 8/2 9/2 10/2 16/4 30/4 1/5 3/5 2/9 3/9 24/11",
    2028: "1/1 3/1 24/1 25/1 26/1 27/1 28/1 29/1 4/4 30/4 1/5 2/5 1/9 2/9 4/9 24/11",
    2029: "1/1 12/2 13/2 14/2 15/2 16/2 23/4 30/4 1/5 2/9 3/9 4/9 24/11 26/11",
    2030: "1/1 31/1 1/2 2/2 3/2 4/2 5/2 6/2 12/4 30/4 1/5 2/9 3/9 24/11 25/11",
    2031: "1/1 21/1 22/1 23/1 24/1 25/1 26/1 27/1 1/4 30/4 1/5 1/9 2/9 24/11",
}
KNOWN_YEARS = tuple(_KNOWN)

EXTRA_DAYS_OFF = frozenset({date(2026, 1, 2)})
"""Decided too late for the library: 02/01/2026, worked on 10/01/2026 instead (Government, 25/12/2025)."""

MAKE_UP_DAYS = frozenset(
    {date(2019, 1, 5), date(2019, 5, 4), date(2024, 5, 4), date(2025, 4, 26), date(2026, 1, 10), date(2026, 8, 22)}
)
"""Saturdays worked in exchange for a swapped day off."""


@lru_cache(maxsize=64)
def days_off(year: int) -> frozenset[date]:
    """The public days off of a year, weekends not counted in unless a holiday falls on one."""
    if year not in _KNOWN:
        return asked_of_the_library(year)
    pairs = (day.split("/") for day in _KNOWN[year].split())
    return frozenset(date(year, int(month), int(day)) for day, month in pairs)


def asked_of_the_library(year: int) -> frozenset[date]:
    import holidays

    return frozenset(day for day in holidays.country_holidays("VN", years=year) if day.year == year)
