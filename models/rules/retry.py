"""When a send that failed is tried again: growing pauses, within what its kind of message allows."""

from datetime import timedelta

FIRST = timedelta(seconds=5)
GROWTH = 3
LONGEST = timedelta(hours=6)
LIFE = timedelta(hours=48)
LONG_LIVED = frozenset({"reply", "broadcast"})


def after(
    trouble: int, kind: str, age: timedelta, left: timedelta | None = None, jitter: float = 0.5
) -> timedelta | None:
    """The pause before the next try after `trouble` failed ones (1 or more); None: no further try.

    `age` is the time since it was planned, `left` the time until it expires (None: it does not). Replies and
    broadcasts are tried for 48 hours, anything else until it expires, which for a reminder is the end of the day's
    office hours. `jitter` in 0…1 spreads the pause a quarter either way.
    """
    pause = min(FIRST * GROWTH ** min(trouble - 1, 10), LONGEST) * (0.75 + jitter / 2)
    limits = [] if left is None else [left]
    if kind in LONG_LIVED or left is None:
        limits.append(LIFE - age)
    return pause if pause <= min(limits) else None
