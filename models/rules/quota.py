"""How many messages a platform lets a bot send in a calendar month, and what the last of them are kept for.

Zalo's free plan: 3,000 a bot and month (zalo.md). The reserve is for replies and for what is overdue.
"""

from collections.abc import Mapping

LIMITS: Mapping[str, int] = {"zalo": 3000}
"""By channel."""
RESERVE = 0.10
"""Of the month's messages."""
WARNINGS = (70, 85, 95)
"""Per cent used at which the administrator is told."""
PIECE = 1900
"""UTF-16 units of one message: a longer text counts as several."""


def limit(bot: str) -> int | None:
    """Messages a month of a bot (`channel:bot id`); None: as many as it likes."""
    return LIMITS.get(bot.partition(":")[0])


def is_reserved(bot: str, used: int) -> bool:
    """Whether what is left is kept for replies and for what is overdue."""
    most = limit(bot)
    return most is not None and used >= most * (1 - RESERVE)


def messages(text: str | None) -> int:
    """How many messages a text becomes."""
    units = len((text or " ").encode("utf-16-le", "surrogatepass")) // 2
    return -(-units // PIECE)


def stage(bot: str, used: int) -> int:
    """The highest warning that `used` has reached, in per cent; 0: none."""
    most = limit(bot)
    return max((one for one in WARNINGS if most and used * 100 >= one * most), default=0)
