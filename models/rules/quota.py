"""How many messages a platform lets a bot send in a calendar month, and what the last of them are kept for."""

from collections.abc import Mapping
from dataclasses import dataclass

WARNINGS = (70, 85, 95)
"""Per cent used at which the administrator is told."""
USED_UP = 100
"""The warning that the platform itself has given: it takes no more."""
PIECE = 1900
"""UTF-16 units of one message: a longer text counts as several."""
MERGED = PIECE - 100
"""Characters of a merged message that is to stay one, with its numbered answers."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a platform lets each bot of an installation do; the settings may know a better plan than the free one."""

    messages: int | None
    """A calendar month; None: as many as it likes."""
    reserve: int
    """Per cent of them that are kept for replies and for what is overdue."""
    people: int | None
    """Who may write to one bot; None: anybody."""

    @property
    def open_until(self) -> int | None:
        """From so many used on, the rest is kept for replies and for what is overdue."""
        return None if self.messages is None else -(-self.messages * (100 - self.reserve) // 100)

    def is_reserved(self, used: int) -> bool:
        return self.open_until is not None and used >= self.open_until

    def stage(self, used: int) -> int:
        """The highest warning that `used` has reached, in per cent; 0: none."""
        most = self.messages
        return max((one for one in WARNINGS if most and used * 100 >= one * most), default=0)

    def left(self, used: int) -> int | None:
        """What may still be sent; None: as much as it likes."""
        return None if self.messages is None else max(0, self.messages - used)


FREE: Mapping[str, Terms] = {"zalo": Terms(messages=3000, reserve=10, people=50)}
"""By channel: the plan that costs nothing (zalo.md). A channel that is not named is not metered."""


def is_metered(bot: str) -> bool:
    """Whether the messages of a bot (`channel:bot id`, or its channel alone) are counted."""
    return bot.partition(":")[0] in FREE


def messages(text: str | None) -> int:
    """How many messages a text becomes."""
    units = len((text or " ").encode("utf-16-le", "surrogatepass")) // 2
    return -(-units // PIECE)
