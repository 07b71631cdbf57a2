"""A bell inside one process: whoever waits for work is woken at once instead of at the next look."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Bell:
    """Ring and listen in the same loop. Other processes are not reached: they look again by themselves."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[asyncio.Event]] = {}

    @contextmanager
    def listening(self, bot: str) -> Iterator[asyncio.Event]:
        """An event that is set by every ring for this bot (`channel:bot id`); begin to listen before you look."""
        rung = asyncio.Event()
        self._listeners.setdefault(bot, set()).add(rung)
        try:
            yield rung
        finally:
            self._listeners[bot].discard(rung)

    def ring(self, bot: str | None = None) -> None:
        """There may be something to say for this bot, or for any."""
        wanted = [bot] if bot is not None else list(self._listeners)
        for name in wanted:
            for rung in self._listeners.get(name, ()):
                rung.set()

    def ring_all(self) -> None:
        self.ring()


async def rest(rung: asyncio.Event, seconds: float) -> None:
    """Wait for the bell, at most so long; then it may ring anew."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):  # `wait_for` of Python 3.11 may swallow a cancellation
            await rung.wait()
    rung.clear()
