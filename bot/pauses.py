"""Growing pauses between tries of something that is down."""

import asyncio
import random
from contextlib import suppress


class Pauses:
    """Doubles from `first` to `longest` seconds, a quarter either way; begins anew after a success."""

    def __init__(self, first: float = 0.5, longest: float = 30) -> None:
        self._first, self._longest = first, longest
        self._next = first

    async def rest(self, ended: asyncio.Event | None = None) -> None:
        """No longer than until it has `ended` by itself."""
        pause = self._next * (0.75 + random.random() / 2)
        self._next = min(self._next * 2, self._longest)
        with suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await (ended or asyncio.Event()).wait()

    def reset(self) -> None:
        self._next = self._first
