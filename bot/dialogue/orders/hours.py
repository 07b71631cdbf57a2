"""Hours and days as people write them together: `16:00 20/6`, `16h30 chiều mai`, `trước 9 giờ ngày 5/7`."""

import re
from dataclasses import dataclass
from datetime import date, time

from bot.dialogue.orders.values import Due
from bot.dialogue.reading import dates

_HOUR = re.compile(
    r"(?<![\w/.,:])(?P<h>\d{1,2})\s?(?::\s?(?P<m>\d{2})(?::00)?|(?:h|g|gio)\s?(?P<n>[0-5]\d)?(?P<half>\s?ruoi)?)"
    r"(?:\s?phut)?(?![\w:]|\s?[/\-.]\d)(?:\s(?P<part>sang|chieu)\b(?!\s(?:nay|mai)))?"
)
_AROUND = re.compile(
    r"[\s,.:()\-]|\b(?:thoi han|han chot|han cuoi|han gui|han nop|han|truoc|den|toi|luc|vao|cham nhat|la|ngay|het|gui|"
    r"nop|nam|sang|chieu|deadline)\b"
)
"""Words that stand around an hour and a day and say nothing more."""


@dataclass(frozen=True, slots=True)
class Found:
    due: Due
    start: int
    end: int


def find(folded: str, today: date) -> Found | None:
    """The first hour and the first day of a text. `folded` is folded and mended."""
    hour = _hour(folded)
    rest = folded if hour is None else folded[: hour.start()] + " " * len(hour.group()) + folded[hour.end() :]
    days = dates.find(rest, today)
    spans = [(hour.start(), hour.end())] if hour else []
    spans += [(days[0].start, days[0].end)] if days else []
    if not spans:
        return None
    impossible = days[0].said if days and days[0].day is None else None
    due = Due(days[0].day if days else None, _time(hour) if hour else None, impossible)
    return Found(due, min(start for start, _ in spans), max(end for _, end in spans))


def only(folded: str, today: date) -> Due | None:
    """The hour and the day of a text that says nothing else."""
    found = find(folded, today)
    if found is None:
        return None
    outside = folded[: found.start] + " " + folded[found.end :]
    hour = _hour(folded)
    between = folded[found.start : found.end]
    for span in [hour.group()] if hour else []:
        between = between.replace(span, " ", 1)
    for one in dates.find(between, today):
        between = between[: one.start] + " " * (one.end - one.start) + between[one.end :]
    return None if _AROUND.sub("", outside + between).strip() else found.due


def _hour(folded: str) -> re.Match[str] | None:
    return next((match for match in _HOUR.finditer(folded) if _time(match) is not None), None)


def _time(match: re.Match[str]) -> time | None:
    hour, minute = int(match["h"]), int(match["m"] or match["n"] or (30 if match["half"] else 0))
    if match["part"] == "chieu" and hour < 12:
        hour += 12
    return time(hour, minute) if hour < 24 and minute < 60 else None
