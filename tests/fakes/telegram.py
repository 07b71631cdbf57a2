"""Telegram on loopback: a Bot API server that is strict about every call, and people who write, tap and block.

    async with TelegramServer() as server:
        an = server.person("An")
        an.says("K7 70%")
        ...
        server.sent_to(an)[-1]["text"]

Anything against the Bot API's own description is answered with a 400 and kept in `violations`.
"""

import asyncio
import itertools
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

from aiohttp import web

from tests.fakes.bot_api import BadCall, check, knows, read_call, utf16
from tests.fakes.hook import MOST_CALLS, Delivery
from tests.secrecy import found_in, secret

Json = dict[str, Any]
TOKEN = secret("7000000001:AAFakeTokenOfTheLoopbackServer_0123456")
KINDS_BY_DEFAULT = ("message", "edited_message", "callback_query", "my_chat_member")


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with one call. `carried_out`: the call takes effect all the same."""

    status: int = 0
    """0: no answer at all, the connection is cut."""
    description: str = ""
    carried_out: bool = False
    retry_after: int | None = None
    html: str | None = None
    slow_s: float = 0


SERVER_ERROR = Fault(500, "Internal Server Error")
BAD_GATEWAY = Fault(502, html="<html><body><h1>502 Bad Gateway</h1></body></html>")
DROPPED_BEFORE = Fault()
DROPPED_AFTER = Fault(carried_out=True)
UNAUTHORIZED = Fault(401, "Unauthorized")
NOT_FOUND = Fault(404, "Not Found")
BLOCKED = Fault(403, "Forbidden: bot was blocked by the user")
DEACTIVATED = Fault(403, "Forbidden: user is deactivated")
OTHER_POLLER = Fault(
    409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
)


def limited(seconds: int) -> Fault:
    return Fault(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def slow(seconds: float) -> Fault:
    """The call is carried out, its answer comes late."""
    return Fault(200, carried_out=True, slow_s=seconds)


class Failed(Exception):
    def __init__(self, status: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.status = status
        self.parameters = parameters


@dataclass
class Person:
    """Somebody with a phone. `chat` is where they write: their own, or a group's."""

    server: "TelegramServer"
    id: int
    name: str
    chat: Json
    started: bool = True
    blocked: bool = False

    def says(self, text: str, **more: Any) -> int:
        """Write a message; returns its update's id. `more` are fields of the Message."""
        return self.server.message(self, {"text": text, **more})

    def starts(self, payload: str = "") -> int:
        """Open the bot by a deep link."""
        self.started = True
        text = f"/start {payload}".strip()
        return self.says(text, entities=[{"type": "bot_command", "offset": 0, "length": 6}])

    def edits(self, message_id: int, text: str) -> int:
        return self.server.message(self, {"text": text, "message_id": message_id}, kind="edited_message")

    def taps(self, label: str, on: Json | None = None) -> int:
        """Press a button by its label, on the newest message that has it (or on `on`)."""
        message = on or next(m for m in reversed(self.server.sent_to(self)) if _button(m, label))
        return self.server.tap(self, message, _button(message, label) or label)

    def sends_photo(self, content: bytes, caption: str | None = None, **more: Any) -> int:
        sizes = [
            self.server.file(content[: len(content) // divisor], f"photos/file_{width}.jpg", width=width, height=width)
            for width, divisor in ((90, 4), (320, 2), (1280, 1))
        ]
        return self.server.message(self, {"photo": sizes, **_caption(caption), **more})

    def sends_document(
        self,
        content: bytes,
        name: str | None = "bao-cao.pdf",
        caption: str | None = None,
        media_type: str | None = "application/pdf",
        **more: Any,
    ) -> int:
        described = {"file_name": name, "mime_type": media_type}
        file = self.server.file(content, f"documents/{name}", **{k: v for k, v in described.items() if v})
        return self.server.message(self, {"document": file, **_caption(caption), **more})

    def blocks_bot(self) -> int:
        self.blocked = True
        return self.server.membership(self, "member", "kicked")

    def unblocks_bot(self) -> int:
        self.blocked = False
        return self.server.membership(self, "kicked", "member")


@dataclass
class TelegramServer:
    """`now` dates the messages; `big` is the size beyond which getFile refuses."""

    token: str = TOKEN
    username: str = "GiaoUocThuBot"
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    big: int = 20 * 1024 * 1024
    violations: list[str] = field(default_factory=list)
    calls: list[tuple[str, Json]] = field(default_factory=list)
    """Every call that was understood, faults included: (method, parameters)."""
    answered_taps: list[str] = field(default_factory=list)
    commands: list[Json] = field(default_factory=list)
    webhook: str = ""
    """Where updates are delivered; without `delivery` nobody calls there."""
    delivery: Delivery | None = None
    api_url: str = ""
    sends_on_to: str | None = None
    """Where its file server sends whoever asks for a file."""

    def __post_init__(self) -> None:
        self.people: dict[int, Person] = {}
        self.chats: dict[int, Json] = {}
        self.updates: list[Json] = []
        """What waits to be taken."""
        self.updates_sent: list[Json] = []
        """All that ever was to be taken."""
        self.sent: dict[int, list[Json]] = defaultdict(list)
        self.files: dict[str, tuple[str, bytes]] = {}
        self.faults: dict[str, list[Fault]] = defaultdict(list)
        self.uploads: list[bytes] = []
        self.upload_names: list[str] = []
        """As they stood in the request: nobody decodes them there."""
        """What came as a file, whatever became of it."""
        self.menus: dict[int, list[str]] = {}
        """Chats' own commands."""
        self.always: dict[str, Fault] = {}
        """What every call of a method meets."""
        self.allowed: tuple[str, ...] = KINDS_BY_DEFAULT
        self.moved: dict[int, int] = {}
        self.open_taps: set[str] = set()
        self._numbers = itertools.count(1)
        self._update_ids = itertools.count(870_000_001)
        self._arrived = asyncio.Event()
        self._moved = asyncio.Condition()
        self._poll: asyncio.Event | None = None

    # --- the world ------------------------------------------------------------------------------------------------

    def person(self, name: str = "Nguyễn Văn An", started: bool = True) -> Person:
        number = 500_000_000 + next(self._numbers)
        chat: Json = {"id": number, "type": "private", "first_name": name}
        self.chats[number] = chat
        self.people[number] = Person(self, number, name, chat, started)
        return self.people[number]

    def group(self, title: str = "Khối thi đua") -> Json:
        chat: Json = {"id": -(1_000_000_000_000 + next(self._numbers)), "type": "supergroup", "title": title}
        self.chats[chat["id"]] = chat
        return chat

    def upgrade(self, chat: Json) -> Json:
        """The group gets a new id; sends to the old one are told so."""
        new = self.group(chat["title"])
        self.moved[chat["id"]] = new["id"]
        return new

    def sent_to(self, person: Person) -> list[Json]:
        """The Messages that this person's chat was sent, in order."""
        return self.sent[person.chat["id"]]

    def fails(self, method: str, *faults: Fault) -> None:
        """The next calls of `method` meet these faults, one each."""
        self.faults[method] += faults

    def count(self, method: str) -> int:
        return sum(1 for called, _ in self.calls if called == method)

    async def until(self, true: Callable[[], bool], within_s: float = 10) -> None:
        """Wait until something is so; looked at whenever a call has come or was carried out."""
        async with asyncio.timeout(within_s), self._moved:
            await self._moved.wait_for(true)

    async def called(self, method: str, times: int = 1) -> None:
        await self.until(lambda: self.count(method) >= times)

    def file(self, content: bytes, path: str, **described: Any) -> Json:
        """Lay a file down; returns its description for a message."""
        number = next(self._numbers)
        file_id = f"AgACAgUAAx{number:06d}"
        folder, _, name = path.rpartition("/")
        self.files[file_id] = (f"{folder}/{number}_{name}" if path else "", content)
        return {"file_id": file_id, "file_unique_id": file_id[-8:], "file_size": len(content), **described}

    def message(self, person: Person, content: Json, kind: str = "message") -> int:
        message = {
            "message_id": next(self._numbers),
            "date": self._seconds(),
            "chat": person.chat,
            "from": {"id": person.id, "is_bot": False, "first_name": person.name, "language_code": "vi"},
            **content,
        }
        if kind == "edited_message":
            message["edit_date"] = self._seconds()
        return self.update({kind: message})

    def tap(self, person: Person, message: Json, data: str) -> int:
        query_id = f"43{next(self._numbers):016d}"
        self.open_taps.add(query_id)
        sender = {"id": person.id, "is_bot": False, "first_name": person.name}
        query = {"id": query_id, "from": sender, "message": message, "chat_instance": "-1", "data": data}
        return self.update({"callback_query": query})

    def membership(self, person: Person, old: str, new: str) -> int:
        change = {
            "chat": person.chat,
            "from": {"id": person.id, "is_bot": False, "first_name": person.name},
            "date": self._seconds(),
            "old_chat_member": self._member(old),
            "new_chat_member": self._member(new),
        }
        return self.update({"my_chat_member": change})

    def update(self, content: Json, strict: bool = True) -> int:
        """Queue an update. `strict=False` lets one pass that Telegram would never send."""
        update = {"update_id": next(self._update_ids), **content}
        if strict:
            check(update, "Update")
        if next(iter(content)) in self.allowed or not strict:
            self.updates_sent.append(update)
            self.news(update)
        return int(update["update_id"])

    def news(self, *updates: Json) -> None:
        """To be told, in this order."""
        self.updates += updates
        self._arrived.set()
        for update in updates:
            if self.delivery:
                self.delivery.take(update)

    def _member(self, status: str) -> Json:
        banned = {"until_date": 0} if status == "kicked" else {}
        return {"status": status, "user": self._me(), **banned}

    def _me(self) -> Json:
        bot_id = int(self.token.partition(":")[0])
        return {"id": bot_id, "is_bot": True, "first_name": "Giao Ước", "username": self.username}

    def _seconds(self) -> int:
        return int(self.now().timestamp())

    # --- the wire -------------------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=60 << 20)
        app.router.add_route("*", "/bot{token}/{method}", self._call)
        app.router.add_get("/file/bot{token}/{path:.+}", self._download)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.api_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.delivery:
            await self.delivery.stop()
        await self._runner.cleanup()

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        if request.match_info["token"] != self.token:
            return _error(401, "Unauthorized")
        if not knows(method):
            return _error(404, "Not Found")
        given, uploads, names = await _given(request)
        self.uploads += uploads.values()
        self.upload_names += names
        try:
            values = read_call(method, given, frozenset(uploads))
        except BadCall as bad:
            return self._violated(bad)
        self.calls.append((method, values))
        await self._tell()
        fault = self.faults[method].pop(0) if self.faults[method] else self.always.get(method)
        if fault and not fault.carried_out:
            return await self._fail(request, fault, None)
        answer = await self._carry_out(method, values)
        await self._tell()
        return await self._fail(request, fault, answer) if fault else answer

    async def _tell(self) -> None:
        async with self._moved:
            self._moved.notify_all()

    def _violated(self, fault: BadCall) -> web.Response:
        self.violations.append(str(fault))
        return _error(400, f"Bad Request: {fault}")

    async def _fail(self, request: web.Request, fault: Fault, answer: web.Response | None) -> web.StreamResponse:
        await asyncio.sleep(fault.slow_s)
        if fault.status == 0:
            assert request.transport is not None
            request.transport.abort()
        if fault.html is not None:
            return web.Response(status=fault.status, text=fault.html, content_type="text/html")
        rest = {} if fault.retry_after is None else {"retry_after": fault.retry_after}
        return answer or _error(fault.status or 500, fault.description, **rest)

    async def _carry_out(self, method: str, values: Json) -> web.Response:
        try:
            handler = getattr(self, f"on_{method}", None)
            result = await handler(values) if handler else True
        except BadCall as fault:
            return self._violated(fault)
        except Failed as failure:
            return _error(failure.status, str(failure), **failure.parameters)
        return web.json_response({"ok": True, "result": result})

    async def _download(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        found = next((content for name, content in self.files.values() if name == path), None)
        fault = self.faults["download"].pop(0) if self.faults["download"] else None
        if request.match_info["token"] != self.token:
            return _error(401, "Unauthorized")
        if fault and not fault.carried_out:
            return await self._fail(request, fault, None)
        if self.sends_on_to:
            return web.Response(status=302, headers={"Location": self.sends_on_to})
        if found is None:
            return _error(404, "Not Found")
        return await self._stream(request, found, cut=fault is not None)

    async def _stream(self, request: web.Request, content: bytes, cut: bool) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Length": str(len(content))})
        await answer.prepare(request)
        await answer.write(content[: len(content) // 2])
        if cut:
            assert request.transport is not None
            request.transport.abort()
        else:
            await answer.write(content[len(content) // 2 :])
        return answer

    # --- the methods ----------------------------------------------------------------------------------------------

    async def on_getMe(self, values: Json) -> Json:
        abilities = ("can_join_groups", "can_read_all_group_messages", "supports_inline_queries")
        return {**self._me(), **dict.fromkeys(abilities, False)}

    async def on_getUpdates(self, values: Json) -> list[Json]:
        if self.webhook:
            raise Failed(
                409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete it"
            )
        if self._poll:
            self._poll.set()
        mine = self._poll = asyncio.Event()
        self.allowed = tuple(values.get("allowed_updates") or self.allowed)
        self._forget(values.get("offset"))
        if not self.updates and values.get("timeout"):
            await self._wait(mine, values["timeout"])
        if mine.is_set():
            raise Failed(OTHER_POLLER.status, OTHER_POLLER.description)
        self._poll = None
        return self.updates[: values.get("limit", 100)]

    def _forget(self, offset: int | None) -> None:
        if offset is not None and offset < 0:
            self.updates = self.updates[offset:]
        elif offset is not None:
            self.updates = [update for update in self.updates if update["update_id"] >= offset]

    async def _wait(self, replaced: asyncio.Event, timeout_s: int) -> None:
        self._arrived.clear()
        waits = [asyncio.create_task(event.wait()) for event in (self._arrived, replaced)]
        await asyncio.wait(waits, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()

    async def on_sendMessage(self, values: Json) -> Json:
        return self._deliver(values, {"text": values["text"].strip()})

    async def on_sendDocument(self, values: Json) -> Json:
        caption = {"caption": values["caption"]} if "caption" in values else {}
        return self._deliver(values, {"document": self.file(b"", "documents/sent"), **caption})

    def _deliver(self, values: Json, content: Json) -> Json:
        chat_id = int(values["chat_id"])
        if chat_id in self.moved:
            raise Failed(
                400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=self.moved[chat_id]
            )
        self._admit(chat_id)
        if content.get("text") == "":
            raise Failed(400, "Bad Request: message text is empty")
        message = {
            "message_id": next(self._numbers),
            "date": self._seconds(),
            "chat": self.chats[chat_id],
            "from": self._me(),
            **content,
            **({"reply_markup": values["reply_markup"]} if "reply_markup" in values else {}),
        }
        check(message, "Message")
        _check_keyboard(message)
        if found_in(repr(content).encode()):
            self.violations.append("a secret was said")
        self.sent[chat_id].append(message)
        return message

    def _admit(self, chat_id: int) -> None:
        person = self.people.get(chat_id)
        if chat_id not in self.chats:
            raise Failed(400, "Bad Request: chat not found")
        if person and not person.started:
            raise Failed(403, "Forbidden: bot can't initiate conversation with a user")
        if person and person.blocked:
            raise Failed(BLOCKED.status, BLOCKED.description)

    async def on_answerCallbackQuery(self, values: Json) -> bool:
        if values["callback_query_id"] not in self.open_taps:
            raise Failed(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        self.open_taps.discard(values["callback_query_id"])
        self.answered_taps.append(values["callback_query_id"])
        return True

    async def on_getFile(self, values: Json) -> Json:
        if values["file_id"] not in self.files:
            raise Failed(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        path, content = self.files[values["file_id"]]
        if len(content) > self.big:
            raise Failed(400, "Bad Request: file is too big")
        file_id = values["file_id"]
        return {"file_id": file_id, "file_unique_id": file_id[-8:], "file_size": len(content), "file_path": path}

    async def on_setMyCommands(self, values: Json) -> bool:
        scope = values.get("scope", {})
        if scope.get("type") == "chat":
            self.menus[scope["chat_id"]] = [command["command"] for command in values["commands"]]
        else:
            self.commands = values["commands"]
        return True

    async def on_getWebhookInfo(self, values: Json) -> Json:
        info = {"url": self.webhook, "has_custom_certificate": False, "pending_update_count": len(self.updates)}
        if self.delivery:
            info |= {"max_connections": self.delivery.most_calls, "allowed_updates": list(self.allowed)}
            if self.delivery.last_error:
                info |= {"last_error_message": self.delivery.last_error, "last_error_date": self.delivery.errors}
        return info

    async def on_setWebhook(self, values: Json) -> bool:
        """Updates that nobody took yet are delivered there."""
        await self.on_deleteWebhook({})
        self.webhook = values["url"]
        self.allowed = tuple(values.get("allowed_updates") or self.allowed)
        self.delivery = Delivery(
            self.webhook, values.get("secret_token", ""), values.get("max_connections", MOST_CALLS), self._delivered
        )
        for update in self.updates:
            self.delivery.take(update)
        return True

    def _delivered(self, update: Json) -> None:
        self.updates = [one for one in self.updates if one is not update]

    async def on_deleteWebhook(self, values: Json) -> bool:
        self.webhook, ended = "", self.delivery
        self.delivery = None
        if ended:
            await ended.stop()
        return True


def _check_keyboard(message: Json) -> None:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    if any(len(row) > 8 for row in rows) or sum(map(len, rows)) > 100:
        raise BadCall("too many buttons")
    if utf16(message.get("text", "")) > 4096:
        raise BadCall("message is too long")


def _button(message: Json, label: str) -> str | None:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return next((button["callback_data"] for row in rows for button in row if button["text"] == label), None)


def _caption(caption: str | None) -> Json:
    return {} if caption is None else {"caption": caption}


async def _given(request: web.Request) -> tuple[Json, dict[str, bytes], list[str]]:
    """Parameters from the query, a form or JSON; uploads, and how they are called, apart."""
    if request.content_type == "application/json":
        return await request.json(), {}, []
    form = {**request.query, **await request.post()}
    files = {name: part for name, part in form.items() if isinstance(part, web.FileField)}
    uploads = {name: part.file.read() for name, part in files.items()}
    names = [part.filename for part in files.values()]
    return {name: value for name, value in form.items() if name not in files}, uploads, names


def _error(status: int, description: str, **parameters: Any) -> web.Response:
    more = {"parameters": parameters} if parameters else {}
    return web.json_response({"ok": False, "error_code": status, "description": description, **more}, status=status)
