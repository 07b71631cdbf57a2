"""A Bot API that costs next to nothing, in a process of its own: it takes messages, late or limited as asked, and
counts them. `python -m tests.bench.bot_api PORT LATENCY_S [LIMIT [FALLS_AFTER LIMIT]]`

The limit is strict: so many messages in any second are accepted, one more is a 429.
"""

import asyncio
import sys
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

ANSWERS = {
    "getMe": {"id": 1, "is_bot": True, "first_name": "Bench", "username": "BenchBot"},
    "getWebhookInfo": {"url": ""},
}


class Server:
    """`on_message` is called with each chat that a message has reached."""

    def __init__(
        self,
        latency_s: float,
        limit: int = 0,
        falls_after: int = 0,
        falls_to: int = 0,
        on_message: Callable[[int], None] = lambda chat: None,
    ) -> None:
        self.on_message = on_message
        self.latency_s, self.limit, self.falls_after, self.falls_to = latency_s, limit, falls_after, falls_to
        self.taken: deque[float] = deque()
        self.texts: Counter[str] = Counter()
        self.limited: list[float] = []
        self.greeted = 0
        self.count, self.answers, self.first, self.last = 0, 0, 0.0, 0.0

    async def call(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        given = await request.post()
        await asyncio.sleep(self.latency_s)
        self.greeted += method == "getMe"
        if method != "sendMessage":
            return web.json_response({"ok": True, "result": ANSWERS.get(method, True)})
        now = time.perf_counter()
        while self.taken and self.taken[0] <= now - 1:
            self.taken.popleft()
        limit = self.falls_to if self.falls_after and self.count >= self.falls_after else self.limit
        if limit and len(self.taken) >= limit:
            self.limited.append(now)
            told = {"ok": False, "error_code": 429, "description": "Too Many Requests: retry after 1"}
            return web.json_response({**told, "parameters": {"retry_after": 1}}, status=429)
        return self._accept(given, now)

    def _accept(self, given: Any, now: float) -> web.Response:
        self.taken.append(now)
        self.count += 1
        self.answers += not given["text"].startswith("Thông báo")
        self.first, self.last = self.first or now, now
        self.texts[f"{given['chat_id']} {given['text']}"] += 1
        chat = {"id": int(given["chat_id"]), "type": "private"}
        self.on_message(int(given["chat_id"]))
        message = {"message_id": self.count, "date": 0, "chat": chat, "text": given["text"]}
        return web.json_response({"ok": True, "result": message})

    async def told(self, request: web.Request) -> web.Response:
        return web.json_response(
            {
                "count": self.count, "seconds": self.last - self.first, "limited": len(self.limited),
                "doubled": sum(times - 1 for times in self.texts.values()), "different": len(self.texts),
                "answers": self.answers, "greeted": self.greeted,
                "when": [round(at - self.first, 2) for at in self.limited],
            }
        )  # fmt: skip

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_route("*", "/bot{token}/{method}", self.call)
        app.router.add_get("/told", self.told)
        return app

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """In this process; gives the address."""
        runner = web.AppRunner(self.app(), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=2048).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        await runner.cleanup()


def main(port: str, latency_s: str, limit: str = "0", falls_after: str = "0", falls_to: str = "0") -> None:
    server = Server(float(latency_s), int(limit), int(falls_after), int(falls_to))
    web.run_app(server.app(), host="127.0.0.1", port=int(port), access_log=None, print=None)


if __name__ == "__main__":
    main(*sys.argv[1:])
