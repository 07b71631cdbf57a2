"""What this process sent of late: a last belt under the pace of the outbox. It keeps the parts of long messages and
sends that come late from crowding, and tells whose limit a 429 speaks of. https://core.telegram.org/bots/faq"""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable

MOST, SPAN_S = 30, 1.014
CHAT_S, BURST = 1.0, 3
REMEMBERED = 5_000


class Sends:
    """At most `most` in any second and a little, and one in `chat_s` to a chat; `clock` counts seconds."""

    def __init__(self, most: int = MOST, chat_s: float = CHAT_S, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._chat_s = clock, chat_s
        self._last: deque[float] = deque(maxlen=most)
        self._chats: OrderedDict[str, float] = OrderedDict()
        """Chat → when its own pace is free again; a burst reaches ahead of it."""

    async def turn(self, chat: str) -> bool:
        """Wait for the next moment at which a message may leave. True: this chat is inside its own limits."""
        now = self._clock()
        free = self._chats.pop(chat, now)
        open_at = self._last[0] + SPAN_S if len(self._last) == self._last.maxlen else now
        at = max(now, free - self._chat_s * (BURST - 1), open_at)
        self._last.append(at)
        self._chats[chat] = max(free, at) + self._chat_s
        if len(self._chats) > REMEMBERED:
            self._chats.popitem(last=False)
        if at > now:
            await asyncio.sleep(at - now)
        return free <= at
