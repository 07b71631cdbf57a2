"""Extensions (gia hạn): what a bloc allows, as data under `extension` in `bloc.settings`."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Literal

from models.rules.calendar import Calendar
from models.rules.progress import Standing

WORKING_DAYS, TIMES = range(1, 121), range(11)


@dataclass(frozen=True, slots=True)
class Extension:
    """The rule in force; the defaults are ours, every part is the bloc's to change."""

    days: int = 10
    """The longest one, in working days after the date in force, or after today when that has passed."""
    times: int = 2
    """So many may be granted for one task; 0: none."""
    decided_by: Literal["desk", "head"] = "desk"
    """`desk`: the head or the head's desk; `head`: the head alone."""
    effect: Literal["moves", "rests"] = "moves"
    """`moves`: the due date moves for this agency; `rests`: it stays, only the reminders rest until then."""

    def latest(self, due_on: date, today: date, calendar: Calendar) -> date:
        """The latest date that may be asked for."""
        return calendar.add_working(max(due_on, today), self.days)


class ExtensionError(ValueError):
    """A part that cannot be read."""


def extension(settings: Mapping[str, Any]) -> Extension:
    """The rule that `bloc.settings` asks for. Raises ExtensionError, which is a ValueError."""
    asked = settings.get("extension") or {}
    if not isinstance(asked, Mapping):
        raise ExtensionError(f"`extension` is a mapping, not {asked!r}")
    unknown = sorted(set(asked) - {field.name for field in fields(Extension)})
    if unknown:
        raise ExtensionError(f"`extension` has no {', '.join(unknown)}")
    for part, value in asked.items():
        if value not in _ALLOWED[part] or isinstance(value, bool):
            raise ExtensionError(f"{part} of `extension` cannot be {value!r}")
    return Extension(**asked)


_ALLOWED: Mapping[str, range | tuple[str, ...]] = {
    "days": WORKING_DAYS,
    "times": TIMES,
    "decided_by": ("desk", "head"),
    "effect": ("moves", "rests"),
}

Refused = Literal["closed", "submitted", "waiting", "no_date", "past", "not_later", "too_long", "too_often"]


def refused(
    rule: Extension, standing: Standing, due_on: date, latest: date, on: date | None, today: date
) -> Refused | None:
    """Why an extension to `on` cannot be asked for; None: it can. `due_on` is the date in force."""
    if standing.state in ("submitted", "confirmed"):
        return "submitted"
    if not standing.is_open:
        return "closed"
    if standing.extension_asked:
        return "waiting"
    if standing.extensions >= rule.times:
        return "too_often"
    if on is None:
        return "no_date"
    if on < today:
        return "past"
    if on <= due_on:
        return "not_later"
    return "too_long" if on > latest else None
