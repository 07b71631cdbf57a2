"""How much one key may do in a while: a burst, then an even pace. Kept in this process; wire time."""

from collections import OrderedDict
from datetime import datetime, timedelta

_KEYS = 10_000
"""Beyond this many keys the ones longest unused are forgotten: they had rested anyway."""


class Allowance:
    def __init__(self, burst: int, every: timedelta) -> None:
        """`burst` at once, then one more `every` so often."""
        self._depth = every * (burst - 1)
        self._every = every
        self._free_at: OrderedDict[str, datetime] = OrderedDict()

    def wait(self, key: str, wire_now: datetime) -> timedelta:
        """Zero when it may go on now, which is then counted; otherwise how long to rest, and nothing is counted."""
        free_at = max(self._free_at.get(key, wire_now), wire_now)
        rest = free_at - wire_now - self._depth
        if rest > timedelta(0):
            return rest
        self._free_at[key] = free_at + self._every
        self._free_at.move_to_end(key)
        if len(self._free_at) > _KEYS:
            self._free_at.popitem(last=False)
        return timedelta(0)
