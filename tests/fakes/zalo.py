"""Zalo on loopback: a Bot API server that is strict about every call, and people who write and send pictures.

    async with ZaloServer() as server:
        an = server.person("An")
        an.says("K7 70%")
        ...
        server.sent_to(an)[-1]

Errors come with HTTP 200 in the envelope, as Zalo's do. What is against its description is kept in `violations`.
"""

import asyncio
import itertools
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, Self
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from tests.fakes.hook import MOST_CALLS, Delivery
from tests.secrecy import found_in, secret

Json = dict[str, Any]
Form = Literal["enveloped", "bare", "a list", "enveloped list"]
TOKEN = secret("4100000001:ZaFakeTokenOfTheLoopbackServer")
TEXT_LIMIT = 2000
SECRET_HEADER = "X-Bot-Api-Secret-Token"
PARAMETERS: dict[str, tuple[set[str], set[str]]] = {
    "getMe": (set(), set()),
    "getUpdates": (set(), {"timeout"}),
    "setWebhook": ({"url", "secret_token"}, set()),
    "testWebhook": (set(), set()),
    "deleteWebhook": (set(), set()),
    "getWebhookInfo": (set(), set()),
    "sendMessage": ({"chat_id", "text"}, set()),
    "sendPhoto": ({"chat_id", "photo"}, {"caption"}),
    "sendSticker": ({"chat_id", "sticker"}, set()),
    "sendChatAction": ({"chat_id", "action"}, set()),
    "sendVoice": ({"chat_id", "voice_url"}, set()),
}
"""What a method needs, and what it may have."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with one call. `carried_out`: it takes effect all the same."""

    code: int = 0
    """In the envelope; 0: no answer at all, the connection is cut."""
    description: str = ""
    carried_out: bool = False
    html: int = 0
    """The status of a page in HTML that a proxy answers with instead."""
    retry_after: int | None = None
    """What that page says in its head."""
    slow_s: float = 0


SERVER_ERROR = Fault(500, "Internal server error")
BAD_GATEWAY = Fault(html=502)
TOO_MANY = Fault(html=429)
DROPPED_BEFORE = Fault()
DROPPED_AFTER = Fault(carried_out=True)
UNAUTHORIZED = Fault(401, "Unauthorized")
NOT_FOUND = Fault(404, "Not Found")
FORBIDDEN = Fault(403, "Forbidden")
QUOTA = Fault(429, "Quota exceeded")
NOT_PERMITTED = Fault(422, "not permitted")


def limited(seconds: int) -> Fault:
    """Of a proxy in front."""
    return Fault(html=429, retry_after=seconds)


def slow(seconds: float) -> Fault:
    """Carried out, and answered late."""
    return Fault(1, carried_out=True, slow_s=seconds)


class Failed(Exception):
    def __init__(self, code: int, description: str) -> None:
        super().__init__(description)
        self.code = code


@dataclass
class Person:
    """Somebody with a phone; the chat's id is known to this bot only."""

    server: "ZaloServer"
    chat: str
    name: str
    blocked: bool = False
    group: Json | None = None
    """Where they write: a group, or to the bot alone."""

    def says(self, text: str, **more: Any) -> str:
        """Write a message; returns its id."""
        return self.server.event(self, "message.text.received", {"text": text, **more})

    def sends_picture(self, content: bytes, caption: str = "", field: str = "photo_url") -> str:
        url = self.server.picture(content)
        return self.server.event(self, "message.image.received", {field: url, "caption": caption})

    def sends(self, event: str, **fields: Any) -> str:
        """Anything else: `message.sticker.received`, `message.voice.received`, `message.unsupported.received`."""
        return self.server.event(self, event, fields)

    def blocks_bot(self) -> None:
        self.blocked = True

    def unblocks_bot(self) -> None:
        self.blocked = False


@dataclass
class ZaloServer:
    """`now` dates the messages. With `door` and `secret` (from setWebhook) `delivers` calls there."""

    token: str = TOKEN
    number: str = "4100000001"
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    violations: list[str] = field(default_factory=list)
    calls: list[tuple[str, Json]] = field(default_factory=list)
    enveloped: bool = False
    """Webhooks put the event under `result`, as the documents say; else it is bare, as it is seen."""
    polls: Form = "enveloped"
    api_url: str = ""
    calls_at: str | None = None
    """The server behind the https address that a webhook is set to: called there by itself, until it takes what was
    said. Without it a test `delivers`."""
    sends_on_to: str | None = None
    """Where whoever asks for a picture is sent."""
    hands_out_again: bool = False
    """What was handed out in an answer that never came is handed out once more: reports differ."""

    def __post_init__(self) -> None:
        self.people: dict[str, Person] = {}
        self.waiting: list[Json] = []
        self.events: list[Json] = []
        """All that ever happened."""
        self.sent: dict[str, list[str]] = defaultdict(list)
        self.faults: dict[str, list[Fault]] = defaultdict(list)
        self.always: dict[str, Fault] = {}
        self.pictures: dict[str, bytes] = {}
        self.others: dict[str, ZaloServer] = {}
        self.shown: list[bytes] = []
        """Pictures that were fetched to be shown."""
        self.webhook: tuple[str, str] = ("", "")
        self._numbers = itertools.count(1)
        self._moved = asyncio.Condition()
        self.last_handed: Json | None = None
        self.on_its_way = False
        """The last one was handed out, and whoever polls has not come back for more."""
        self.delivery: Delivery | None = None
        self._polling = False

    # --- the world ------------------------------------------------------------------------------------------------

    def person(self, name: str = "Nguyễn Văn An") -> Person:
        chat = f"c{next(self._numbers):06x}e4b1"
        self.people[chat] = Person(self, chat, name)
        return self.people[chat]

    def groups(self, person: Person) -> Person:
        """The person in a group with the bot, which sees only what mentions it; what is sent there is shown to it."""
        chat = f"g{next(self._numbers):06x}"
        self.people[chat] = Person(self, chat, person.name, group={"id": chat, "chat_type": "GROUP"})
        return self.people[chat]

    def event(self, person: Person, name: str, fields: Json) -> str:
        message_id = f"m{next(self._numbers)}"
        message = {
            "message_id": message_id, "date": int(self.now().timestamp() * 1000),
            "chat": person.group or {"id": person.chat, "chat_type": "PRIVATE"},
            "from": {"id": person.chat, "display_name": person.name, "is_bot": False}, **fields,
        }  # fmt: skip
        self.happens({"event_name": name, "message": message})
        return message_id

    def happens(self, event: Json) -> None:
        self.events.append(event)
        self.news(event)

    def news(self, *events: Json) -> None:
        """To be told, in this order."""
        self.waiting += events
        for event in events:
            if self.delivery:
                self.delivery.take(event)
        asyncio.get_running_loop().create_task(self._tell())

    def hands_out_the_last_again(self) -> None:
        """As after a poll whose answer was lost with whoever asked."""
        if self.last_handed:
            self.waiting.insert(0, self.last_handed)

    def repeats(self, message_id: str) -> None:
        """Hand an event out once more."""
        self.happens(next(e for e in self.events if e.get("message", {}).get("message_id") == message_id))

    def picture(self, content: bytes) -> str:
        name = f"p{next(self._numbers)}.jpg"
        self.pictures[name] = content
        return f"{self.api_url}/pictures/{name}"

    def sent_to(self, person: Person) -> list[str]:
        return self.sent[person.chat]

    def fails(self, method: str, *faults: Fault) -> None:
        self.faults[method] += faults

    def count(self, method: str) -> int:
        return sum(1 for called, _ in self.calls if called == method)

    async def until(self, true: Callable[[], bool], within_s: float = 10) -> None:
        async with asyncio.timeout(within_s), self._moved:
            await self._moved.wait_for(true)

    async def delivers(self, base: str | None = None) -> list[int]:
        """Call the webhook with everything that waits; the statuses. What is not taken waits on."""
        statuses = []
        url, secret = self.webhook
        async with aiohttp.ClientSession() as session:
            for event in list(self.waiting):
                body = {"ok": True, "result": event} if self.enveloped else event
                headers = {SECRET_HEADER: secret}
                async with session.post(base or url, json=body, headers=headers) as answer:
                    statuses.append(answer.status)
                if statuses[-1] == 200:
                    self.waiting.remove(event)
        return statuses

    # --- the server -----------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def another(self, token: str, number: str) -> AsyncIterator["ZaloServer"]:
        """A second bot at the same address."""
        other = ZaloServer(token, number, self.now)
        other.api_url = self.api_url
        self.others[token] = other
        yield other

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/pictures/{name}", self._picture)
        app.router.add_route("*", "/bot{token}/{method}", self._call)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.api_url = f"http://127.0.0.1:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._deleteWebhook({})
        await self._runner.cleanup()

    async def _picture(self, request: web.Request) -> web.Response:
        if self.sends_on_to:
            return web.Response(status=302, headers={"Location": self.sends_on_to})
        content = self.pictures.get(request.match_info["name"])
        return web.Response(body=content, content_type="image/jpeg") if content else web.Response(status=404)

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        if other := self.others.get(request.match_info["token"]):
            return await other._call(request)
        try:
            parameters = await self._read(request, method)
        except Failed as failed:
            return _envelope(failed.code, str(failed))
        self.calls.append((method, parameters))
        fault = self.faults[method].pop(0) if self.faults[method] else self.always.get(method)
        result: Any = None
        await self._tell()
        try:
            if fault is None or fault.carried_out:
                result = await getattr(self, f"_{method}")(parameters)
        except Failed as failed:
            return _envelope(failed.code, str(failed))
        finally:
            await self._tell()
        if fault and result and method == "getUpdates" and self.hands_out_again:
            self.waiting.insert(0, result)
        return await self._answer(request, method, fault, result)

    async def _answer(self, request: web.Request, method: str, fault: Fault | None, result: Any) -> web.StreamResponse:
        if fault and fault.slow_s:
            await asyncio.sleep(fault.slow_s)
        elif fault and fault.html:
            rest = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
            page = "<html><h1>nginx</h1></html>"
            return web.Response(status=fault.html, text=page, content_type="text/html", headers=rest)
        elif fault and not fault.code:
            assert request.transport
            request.transport.abort()
            return web.Response()
        elif fault:
            return _envelope(fault.code, fault.description)
        if method == "getUpdates" and "list" in self.polls:
            result = [result]
        bare = method == "getUpdates" and "enveloped" not in self.polls
        return web.json_response(result if bare else {"ok": True, "result": result, "error_code": 0})

    async def _read(self, request: web.Request, method: str) -> Json:
        if request.match_info["token"] != self.token:
            raise Failed(401, "Unauthorized")
        if method not in PARAMETERS:
            self.violations.append(f"no method {method}")
            raise Failed(404, "Not Found")
        given = dict(request.query) | await self._body(request, method)
        needed, optional = PARAMETERS[method]
        if needed - given.keys() or given.keys() - needed - optional:
            self.violations.append(f"{method}: {sorted(given)}")
            raise Failed(400, "Bad Request")
        return given

    async def _body(self, request: web.Request, method: str) -> Json:
        if request.content_type == "application/json":
            found = json.loads(await request.text() or "{}")
            return found if isinstance(found, dict) else {}
        if request.content_type == "application/x-www-form-urlencoded":
            return dict(await request.post())
        if request.content_type.startswith("multipart/"):
            self.violations.append(f"{method}: multipart is not read")
        return {}

    async def _tell(self) -> None:
        async with self._moved:
            self._moved.notify_all()

    # --- methods --------------------------------------------------------------------------------------------------

    async def _getMe(self, _: Json) -> Json:
        return {"id": self.number, "account_name": "bot.giaouoc", "account_type": "BASIC", "can_join_groups": False}

    async def _getUpdates(self, given: Json) -> Json:
        if self.webhook[0]:
            raise Failed(400, "a webhook is set")
        if self._polling:
            self.violations.append("two polls at once")
        self._polling, self.on_its_way = True, False
        try:
            async with asyncio.timeout(min(float(given.get("timeout", 30)), 30)), self._moved:
                await self._moved.wait_for(lambda: self.waiting)
        except TimeoutError:
            raise Failed(408, "Request timeout") from None
        finally:
            self._polling = False
        self.last_handed, self.on_its_way = self.waiting.pop(0), True
        return self.last_handed

    async def _setWebhook(self, given: Json) -> Json:
        if not (8 <= len(given["secret_token"]) <= 256 and str(given["url"]).startswith("https://")):
            self.violations.append("setWebhook: url or secret")
            raise Failed(400, "Bad Request")
        await self._deleteWebhook({})
        self.webhook = (given["url"], given["secret_token"])
        if self.calls_at:
            self._calls_at(self.calls_at)
        return {"url": given["url"], "updated_at": int(self.now().timestamp() * 1000)}

    async def _deleteWebhook(self, _: Json) -> Json:
        self.webhook, ended = ("", ""), self.delivery
        self.delivery = None
        if ended:
            await ended.stop()
        return {"url": "", "updated_at": int(self.now().timestamp() * 1000)}

    def _calls_at(self, base: str) -> None:
        """What nobody took yet is told there first."""
        url = base + urlsplit(self.webhook[0]).path
        self.delivery = Delivery(url, self.webhook[1], MOST_CALLS, self._taken, SECRET_HEADER, _chat)
        for event in self.waiting:
            self.delivery.take(event)

    def _taken(self, event: Json) -> None:
        self.waiting = [one for one in self.waiting if one is not event]

    async def _getWebhookInfo(self, _: Json) -> Json:
        return {"url": self.webhook[0], "updated_at": int(self.now().timestamp() * 1000)}

    async def _sendMessage(self, given: Json) -> Json:
        self._check_length("sendMessage", given["text"], least=1)
        return self._arrives(given, given["text"])

    async def _sendPhoto(self, given: Json) -> Json:
        """The address is fetched twice, without any right of ours."""
        self._check_length("sendPhoto", given.get("caption", ""), least=0)
        if not str(given["photo"]).startswith(("http://", "https://")):
            self.violations.append("sendPhoto: no address")
            raise Failed(400, "Bad Request")
        async with aiohttp.ClientSession() as session:
            for _ in range(2):
                async with session.get(given["photo"]) as answer:
                    if answer.status != 200 or not answer.content_type.startswith("image/"):
                        raise Failed(400, "photo is invalid")
                    self.shown.append(await answer.read())
        return self._arrives(given, given.get("caption", ""))

    def _check_length(self, method: str, text: object, least: int) -> None:
        if not isinstance(text, str) or not least <= len(text.encode("utf-16-le")) // 2 <= TEXT_LIMIT:
            self.violations.append(f"{method}: the text's length")
            raise Failed(400, "Bad Request")

    def _arrives(self, given: Json, text: str) -> Json:
        person = self.people.get(str(given["chat_id"]))
        if person is None:
            raise Failed(410, "The chat_id is invaild")
        if person.blocked:
            raise Failed(422, "not permitted")
        if found_in(repr(given).encode()):
            self.violations.append("a secret was said")
        self.sent[person.chat].append(text)
        return {"message_id": f"s{next(self._numbers)}", "date": int(self.now().timestamp() * 1000)}


def _chat(event: Json) -> str:
    return str(event.get("message", {}).get("chat", {}).get("id", ""))


def _envelope(code: int, description: str) -> web.Response:
    return web.json_response({"ok": False, "description": description, "error_code": code})
