"""A platform's other way: it calls a webhook with each update until it is answered 2xx, one of a chat at a time.

So says Telegram; Zalo does not say whether it calls again, and is taken to do as Telegram does.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import aiohttp

Json = dict[str, Any]
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.05, 1.0
"""Telegram's own pauses grow to a minute or two."""
MOST_CALLS = 40
TELEGRAM_HEADER = "X-Telegram-Bot-Api-Secret-Token"


def telegram_chat(update: Json) -> int:
    content = next(value for name, value in update.items() if name != "update_id")
    message = content.get("message", content)
    chat: int = message.get("chat", content.get("from", {})).get("id", 0)
    return chat


@dataclass
class Delivery:
    """Calls `url` with updates. `done` is told of every update that was taken."""

    url: str
    secret: str
    most_calls: int
    done: Callable[[Json], None]
    header: str = TELEGRAM_HEADER
    chat_of: Callable[[Json], int | str] = telegram_chat
    refusals: list[int] = field(default_factory=list)
    """Statuses that were no 2xx; 0: no answer."""
    repeats: int = 0
    """So many of the coming calls are made twice."""
    cuts: int = 0
    """So many of the coming calls break off before their answer, and are made again."""
    last_error: str | None = None
    errors: int = 0

    def __post_init__(self) -> None:
        self._chats: dict[int | str, asyncio.Queue[Json]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(self.most_calls)
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60))

    def take(self, update: Json) -> None:
        chat = self.chat_of(update)
        if chat not in self._chats:
            self._chats[chat] = asyncio.Queue()
            self._tasks.add(asyncio.create_task(self._serve(self._chats[chat])))
        self._chats[chat].put_nowait(update)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._session.close()

    async def call(self, body: bytes, secret: str | None = None) -> int:
        """One call with any body; returns the status, 0 when nobody answered."""
        headers = {"Content-Type": "application/json", self.header: secret or self.secret}
        try:
            async with self._room, self._session.post(self.url, data=body, headers=headers) as answer:
                return answer.status
        except aiohttp.ClientError:
            return 0

    async def _serve(self, waiting: "asyncio.Queue[Json]") -> None:
        while True:
            await self._deliver(await waiting.get())

    async def _deliver(self, update: Json) -> None:
        body, pause = json.dumps(update).encode(), FIRST_PAUSE_S
        if self.repeats:
            self.repeats -= 1
            await asyncio.gather(self.call(body), self.call(body))
        if self.cuts:
            self.cuts -= 1
            await self._breaks_off(body)
        while not 200 <= (status := await self.call(body)) < 300:
            self.refusals.append(status)
            self.errors += 1
            self.last_error = f"Wrong response from the webhook: {status}" if status else "Connection refused"
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)
        self.done(update)

    async def _breaks_off(self, body: bytes) -> None:
        """The whole call is written, and nobody waits for what it is answered."""
        where = urlsplit(self.url)
        _, line = await asyncio.open_connection(where.hostname, where.port)
        head = f"POST {where.path} HTTP/1.1\r\nHost: {where.netloc}\r\n{self.header}: {self.secret}\r\n"
        line.write(f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        await line.drain()
        line.close()
