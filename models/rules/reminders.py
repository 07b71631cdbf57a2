"""Which rung of an obligation's ladder is due: pure functions of the day, the facts and what was planned before.

A rung is a signed offset in working days: -3 is the third working day before the due date, +1 the first after the
last day that is still on time. Only the latest rung whose day has come matters, and only if no rung as late was
planned in this round: so a missed day, a late-added milestone and an outage all end in one message, the strongest.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, timedelta

from models.rules.calendar import STANDARD, Calendar
from models.rules.deadlines import last_day
from models.rules.policy import Policy
from models.rules.progress import Standing
from models.rules.reach import FULL_LADDER

# ------------------------------------------------------------------------------------------------ the ladder of a day


@dataclass(frozen=True, slots=True)
class Step:
    """A rung and the local day on which it is due."""

    rung: int
    day: date


@dataclass(frozen=True, slots=True)
class Ladder:
    """Where `today` stands on the ladder of one due date."""

    passed: Step | None
    """The latest rung whose day has come; None before the first."""
    coming: Step | None
    """The next one; None when no more will follow."""


def rungs_of(policy: Policy, *, is_report: bool = False, important: bool = False) -> list[int]:
    """The written rungs of one kind of milestone, the earliest first."""
    more = (*(policy.report_rungs if is_report else ()), *(policy.important_rungs if important else ()))
    return sorted({*policy.rungs, *more})


def ladder(
    policy: Policy,
    due_on: date,
    today: date,
    calendar: Calendar,
    *,
    is_report: bool,
    strict: bool,
    important: bool = False,
) -> Ladder:
    """The rungs around today; after the last written one they go on every `policy.every` working days."""
    rungs = rungs_of(policy, is_report=is_report, important=important)
    steps = [Step(rung, rung_day(rung, due_on, calendar, strict)) for rung in rungs]
    here = bisect_right(steps, today, key=lambda step: step.day)
    passed = steps[here - 1] if here else None
    if here < len(steps):
        return Ladder(passed, steps[here])
    if not policy.every:
        return Ladder(passed, None)
    over = calendar.working_days_between(last_day(due_on, calendar, strict), today)
    last = max(rungs[-1], 0) if rungs else 0
    turns = max((over - last) // policy.every, 0)
    following = (last + n * policy.every for n in (turns, turns + 1))
    repeated, coming = (Step(rung, rung_day(rung, due_on, calendar, strict)) for rung in following)
    return Ladder(repeated if turns else passed, coming)


def rung_day(rung: int, due_on: date, calendar: Calendar, strict: bool) -> date:
    """The working day of a rung. Before the due date it counts from the date itself, and a due date on a day off is
    named on the last working day before it; afterwards it counts from the last day that is still on time."""
    if rung > 0:
        return calendar.add_working(last_day(due_on, calendar, strict), rung)
    return calendar.add_working(due_on, rung) if rung else calendar.working_until(due_on)


# ------------------------------------------------------------------------------------------------ what is due


@dataclass(frozen=True, slots=True)
class Past:
    """What was planned for one person in this round of an obligation and for this due date."""

    latest: int | None = None
    """The latest rung that was planned."""
    unanswered: int = 0
    """Overdue messages since the agency last said anything."""
    heard_on: date | None = None
    """The local day on which it last did."""


def rests(standing: Standing, today: date, *, closed: bool = False) -> bool:
    """Whether nobody is reminded at all: done, not followed, closed, promised for today or later, waiting for the
    head to decide on an extension, or said today to have been sent."""
    promised = standing.promise_on is not None and today <= standing.promise_on
    return closed or not standing.is_open or promised or bool(standing.extension_asked) or _objected(standing, today)


def _objected(standing: Standing, today: date) -> bool:
    return standing.objected_at is not None and STANDARD.today(standing.objected_at) == today


def due(policy: Policy, ladder: Ladder, role: str, past: Past) -> int | None:
    """The rung to plan today for one person of an obligation that does not rest; None: nothing new.

    The focal point gets every rung, the deputy focal point only its own while it is the latest. Who has answered
    since an overdue rung's day is left in peace until the next one.
    """
    if ladder.passed is None:
        return None
    rung, day = ladder.passed.rung, ladder.passed.day
    planned = past.latest is not None and rung <= past.latest
    others = role not in FULL_LADDER and rung not in policy.deputy_rungs
    answered = past.heard_on is not None and day <= past.heard_on
    silent = rung > 0 and (answered or past.unanswered >= policy.stop_after)
    return None if planned or others or silent else rung


def next_look(standing: Standing, ladder: Ladder, today: date, *, closed: bool = False) -> date | None:
    """The next local day on which something may be due; None: not until a fact changes."""
    if closed or not standing.is_open or standing.extension_asked:
        return None
    if _objected(standing, today):
        return today + timedelta(days=1)
    if standing.promise_on is not None and today <= standing.promise_on:
        return standing.promise_on + timedelta(days=1)
    return ladder.coming.day if ladder.coming else None


def within_budget(policy: Policy, rung: int, sent_this_week: int, *, important: bool = False) -> bool:
    """Whether one more message to this person fits into the week, for the sake of this rung."""
    budget = policy.budget_after if rung > 0 else policy.budget_before
    return sent_this_week < (max(budget, policy.budget_important) if important else budget)
