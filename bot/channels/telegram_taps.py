"""Taps wait with a turning circle until they are answered: each is answered once, when its update is stored, and after
a moment even when the house is slow. Telegram keeps a tap open for a short while only."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress

PATIENCE_S = 1.0
REMEMBERED = 10_000
"""Taps that are known to be answered: a webhook's call may come again."""


class Taps:
    """`answer` is called with the id of a callback query, and raises nothing."""

    def __init__(self, answer: Callable[[str], Awaitable[None]], patience_s: float = PATIENCE_S) -> None:
        self._answer, self._patience_s = answer, patience_s
        self._waiting: dict[str, asyncio.Event] = {}
        self._met: OrderedDict[str, None] = OrderedDict()
        self._answers: set[asyncio.Task[None]] = set()

    def heard(self, update_id: str, query_id: str) -> None:
        """From now on its time runs."""
        if query_id in self._met:
            return
        self._met[query_id] = None
        if len(self._met) > REMEMBERED:
            self._met.popitem(last=False)
        stored = self._waiting[update_id] = asyncio.Event()
        answer = asyncio.create_task(self._in_time(update_id, query_id, stored))
        self._answers.add(answer)
        answer.add_done_callback(self._answers.discard)

    def stored(self, update_ids: Iterable[str]) -> None:
        for update_id in update_ids:
            if waiting := self._waiting.get(update_id):
                waiting.set()

    def stored_before(self, position: int) -> None:
        """Everything before this update is stored."""
        self.stored([update_id for update_id in self._waiting if int(update_id) < position])

    async def close(self) -> None:
        for answer in self._answers:
            answer.cancel()
        await asyncio.gather(*self._answers, return_exceptions=True)

    async def _in_time(self, update_id: str, query_id: str, stored: asyncio.Event) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience_s):
                await stored.wait()
        del self._waiting[update_id]
        await self._answer(query_id)
