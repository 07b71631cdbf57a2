"""Who else is told when an overdue item stays silent: pure functions of the facts and the day (`domain.md` 2.6).

The deputy focal point after two working days of silence, the head's desk after four. Nobody writes to an agency's
leader unless the head says so each time. Grace days delay all of it and move no bucket.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from models.rules.calendar import Calendar
from models.rules.policy import Policy
from models.rules.progress import Standing

Step = Literal["deputy", "desk", "leader", "handed"]


@dataclass(frozen=True, slots=True)
class Silence:
    """How long nothing was heard about an overdue item."""

    since: date
    """The last day on which it was on time, was spoken of, or was promised for, whichever came last."""
    days: int
    """Working days since then."""


def silence(standing: Standing, last_day: date, days: Calendar, days_since: Callable[[date], int]) -> Silence:
    """`last_day`: the last day that is still on time; `days_since`: working days from a day until today."""
    heard = days.today(standing.log[-1].at) if standing.log else last_day
    since = max(last_day, heard, standing.promise_on or last_day)
    return Silence(since, days_since(since))


def waits(policy: Policy) -> dict[Step, int]:
    """After how many working days of silence each step is taken; those that are off are left out."""
    after: dict[Step, int] = {"deputy": policy.deputy_after, "desk": policy.desk_after, "leader": policy.leader_after}
    return {step: wait + policy.grace_days for step, wait in after.items() if wait}


def due(policy: Policy, silent: Silence, taken: frozenset[str]) -> tuple[Step, ...]:
    """The steps to take today, weakest first; `taken`: those of this silence. Several come at once after an outage."""
    return tuple(step for step, wait in waits(policy).items() if silent.days >= wait and step not in taken)


def next_day(policy: Policy, silent: Silence, days: Calendar) -> date | None:
    """The day of the next step that is still to come; None: there is none."""
    coming = [wait for wait in waits(policy).values() if wait > silent.days]
    return days.add_working(silent.since, min(coming)) if coming else None
