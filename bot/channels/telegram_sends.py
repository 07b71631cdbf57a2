"""What this process sent of late: a last belt under the pace of the outbox. It keeps the parts of long messages and
sends that come late from crowding, and tells whose limit a 429 speaks of. https://core.telegram.org/bots/faq"""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable

MOST, SPAN_S = 30, 1.010
CHAT_S, BURST = 1.0, 3
REMEMBERED = 5_000


class Sends:
    """At most `most` in any 1.010 s; `clock` counts seconds."""

    def __init__(self, most: int = MOST, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: deque[float] = deque(maxlen=most)
        self._chats: OrderedDict[str, float] = OrderedDict()
        """Chat → when its own pace is free again; a burst reaches ahead of it."""

    async def turn(self, chat: str) -> bool:
        """Wait for the next moment at which a message may leave. True: this chat is inside its own limits."""
        now = self._clock()
        free = self._chats.pop(chat, now)
        at = max(
            now, free - CHAT_S * (BURST - 1), self._last[0] + SPAN_S if len(self._last) == self._last.maxlen else now
        )
        self._last.append(at)
        self._chats[chat] = max(free, at) + CHAT_S
        if len(self._chats) > REMEMBERED:
            self._chats.popitem(last=False)
        if at > now:
            await asyncio.sleep(at - now)
        return free <= at
