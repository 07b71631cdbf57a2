"""When a bloc's summary is sent, as the bloc file writes it: `thứ sáu 14:30`, or `không`."""

import re
from typing import Any

from bot.dialogue.reading.fold import fold

_DAYS = {"hai": 0, "ba": 1, "tu": 2, "nam": 3, "sau": 4, "2": 0, "3": 1, "4": 2, "5": 3, "6": 4}
_WRITTEN = re.compile(r"thu (?P<day>hai|ba|tu|nam|sau|[2-6]),? (?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)")
NONE = ("khong", "none", "no")


def read(text: str) -> dict[str, Any] | bool | None:
    """As `bloc.settings` keeps it; False: none is wanted; None: it cannot be read."""
    said = fold(text)
    if said in NONE:
        return False
    found = _WRITTEN.fullmatch(said)
    if found is None:
        return None
    return {"day": _DAYS[found["day"]], "at": f"{int(found['hour']):02d}:{found['minute']}"}
