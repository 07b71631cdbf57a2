"""Dates as people type them, read on folded text. Never a guess: what cannot be a date is none, and a day that the
calendar does not have (31/2) is reported as impossible."""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Side = Literal["ahead", "behind"]
"""Where a date without a year lies: a promise ahead, a letter's date behind."""


@dataclass(frozen=True, slots=True)
class Found:
    start: int
    end: int
    day: date | None
    """None: written like a date, but there is no such day."""
    said: str


def find(folded: str, today: date, side: Side = "ahead") -> list[Found]:
    """Every date in the text, in order; overlapping readings give the one that starts first and is longest."""
    found: list[Found] = []
    for one in sorted(_readings(folded, today, side), key=lambda one: (one.start, -one.end)):
        if not found or one.start >= found[-1].end:
            found.append(one)
    return found


def _readings(folded: str, today: date, side: Side) -> Iterator[Found]:
    for pattern, read in _PATTERNS:
        for match in pattern.finditer(folded):
            day = read(match, today, side)
            if day is not _NOT_A_DATE:
                start = match.start("d") if _joined(match) else match.start()
                yield Found(start, match.end(), day, folded[start : match.end()].strip())


def _joined(match: re.Match[str]) -> bool:
    """`hẹn 17/6`: the word before makes it a date, and is none of it."""
    word = match.groupdict().get("word")
    return bool(word) and not str(word).startswith(("ngay", "mung"))


_NOT_A_DATE = date.min
_HALF_A_YEAR = timedelta(days=150)
"""Roughly, and on the short side: who says `5/1` in June means the next one."""
_NOT_A_COUNT = r"(?!\s*(?:%|/|-\d|ngay\b|tuan\b|thang\b|ho so|don vi|nguoi|vu\b|viec\b|\d))"
_BEFORE = r"(?<![\w/\-.])"


def _numbers(match: re.Match[str], today: date, side: Side) -> date | None:
    day, month, year = int(match["d"]), int(match["m"]), match["y"]
    if not 1 <= month <= 12 or not 1 <= day <= 31:
        return None if match["word"] else _NOT_A_DATE
    if year:
        return _exact(day, month, int(year) if len(year) == 4 else 2000 + int(year))
    return _nearest(day, month, today, side)


def _exact(day: int, month: int, year: int) -> date | None:
    return date(year, month, day) if 1 <= year <= 9999 and day <= monthrange(year, month)[1] else None


def _nearest(day: int, month: int, today: date, side: Side) -> date | None:
    """This year's, unless half a year on the wrong side: in December `hẹn 5/1` is next January."""
    this = _exact(day, month, today.year)
    if side == "ahead" and (this or date(today.year, month, 1)) < today - _HALF_A_YEAR:
        return _exact(day, month, today.year + 1)
    if side == "behind" and this and this > today + _HALF_A_YEAR:
        return _exact(day, month, today.year - 1)
    return this


def _day_alone(match: re.Match[str], today: date, side: Side) -> date | None:
    day = int(match["d"])
    if not 1 <= day <= 31:
        return _NOT_A_DATE
    months = 0 if (day >= today.day if side == "ahead" else day <= today.day) else (1 if side == "ahead" else -1)
    first = _month(today, months)
    return _exact(day, first.month, first.year)


def _month(today: date, ahead: int) -> date:
    months = today.year * 12 + today.month - 1 + ahead
    return date(months // 12, months % 12 + 1, 1)


def _end_of_month(match: re.Match[str], today: date, side: Side) -> date | None:
    which = match["which"] or ""
    if which.isdigit():
        if not 1 <= int(which) <= 12:
            return _NOT_A_DATE
        last = _exact(monthrange(today.year, int(which))[1], int(which), today.year)
        return last.replace(year=today.year + 1) if last and last < today - _HALF_A_YEAR else last
    first = _month(today, 1 if which in ("sau", "toi") else 0)
    return first.replace(day=monthrange(first.year, first.month)[1])


_WEEKDAYS = {"hai": 0, "ba": 1, "tu": 2, "nam": 3, "sau": 4, "bay": 5, "nhat": 6}


def _weekday(match: re.Match[str], today: date, side: Side) -> date | None:
    name = match["name"]
    wanted = int(name) - 2 if name.isdigit() else _WEEKDAYS[name]
    monday = today - timedelta(days=today.weekday())
    if match["week"]:
        return monday + timedelta(days=wanted + (0 if match["week"] == "nay" else 7))
    if side == "behind":
        return today - timedelta(days=(today.weekday() - wanted) % 7 or 7)
    return today + timedelta(days=(wanted - today.weekday()) % 7 or 7)


def _end_of_week(match: re.Match[str], today: date, side: Side) -> date:
    friday = today + timedelta(days=4 - today.weekday())
    late = friday < today or match["week"] in ("sau", "toi")
    return friday + timedelta(days=7) if late else friday


def _monday(match: re.Match[str], today: date, side: Side) -> date:
    return today + timedelta(days=7 - today.weekday())


def _days_on(match: re.Match[str], today: date, side: Side) -> date:
    return today + timedelta(days=int(match["n"]))


def _shifted(days: int) -> Callable[[re.Match[str], date, Side], date | None]:
    return lambda match, today, side: today + timedelta(days=days)


_PATTERNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date, Side], date | None]], ...] = (
    (re.compile(
        _BEFORE + r"(?P<word>(?:ngay|mung|hen|den|toi|truoc|vao)\s+)?(?P<d>\d{1,2})\s?[/\-]\s?(?P<m>\d{1,2})"
        r"(?:\s?[/\-.]\s?(?P<y>\d{4}|\d{2}))?" + _NOT_A_COUNT), _numbers),
    (re.compile(_BEFORE + r"(?P<word>)(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4}|\d{2})(?![\d/])"), _numbers),
    (re.compile(_BEFORE + r"(?P<word>ngay\s+)(?P<d>\d{1,2})\.(?P<m>\d{1,2})(?P<y>)(?![\d/.,%])"), _numbers),
    (re.compile(
        _BEFORE + r"(?P<word>(?:ngay\s+|mung\s+)?)(?P<d>\d{1,2})\s+thang\s+(?P<m>\d{1,2})(?!\d)"
        r"(?:\s+nam\s+(?P<y>\d{4}))?"), _numbers),
    (re.compile(r"\bngay\s+(?P<d>\d{1,2})(?![\d%]|\s?[/.\-]\s?\d|\s+thang|\s*%)"), _day_alone),
    (re.compile(r"\b(?:trong |cuoi )?(?:hom nay|chieu nay|sang nay|toi nay|trua nay|trong ngay)\b"), _shifted(0)),
    (re.compile(r"\bhom qua\b"), _shifted(-1)),
    (re.compile(r"(?<!chi )(?<!anh )(?<!\bem )(?<!\bco )(?<!dong chi )(?<!\bba )\b"
                r"(?:(?:ngay|sang|chieu|toi|trua) )?mai\b(?! sau)"), _shifted(1)),
    (re.compile(r"\b(?:ngay|sang|chieu) (?:kia|mot)\b"), _shifted(2)),
    (re.compile(_BEFORE + r"(?P<n>\d{1,2}) ngay (?:nua|toi)\b"), _days_on),
    (re.compile(r"\bthu\s?(?P<name>hai|ba|tu|nam|sau|bay|[2-7])\b(?: tuan (?P<week>nay|sau|toi))?"), _weekday),
    (re.compile(r"\bchu (?P<name>nhat)\b(?: tuan (?P<week>nay|sau|toi))?"), _weekday),
    (re.compile(r"\bcuoi tuan\b(?: (?P<week>nay|sau|toi))?"), _end_of_week),
    (re.compile(r"\bdau tuan(?: sau| toi)?\b"), _monday),
    (re.compile(r"\bcuoi thang\b(?: (?P<which>nay|sau|toi|\d{1,2}))?(?!\d)"), _end_of_month),
)  # fmt: skip
