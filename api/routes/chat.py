"""The browser chat: its page, what people say and send there, and the stream of what they are told.

These addresses serve our own page (a cookie, not a token), so they stand outside `/v1` and its documentation; what
they refuse is said in Vietnamese, because the page shows it to people.
"""

import json
import unicodedata
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from math import ceil
from typing import Annotated, Literal
from urllib.parse import urlsplit

import structlog
from fastapi import APIRouter, Depends, FastAPI, Header, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlmodel import Session
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect

from api import pages
from api.allowance import Allowance
from api.bell import rest
from api.house import House, house
from api.refusals import Invalid, NotFound, TooLarge, TooMany, Unauthorised
from api.routes import landing
from api.services import evidence
from api.services.queues import aside
from api.services.talks import turns, webchat
from api.services.talks.webchat import BOT, CHANNEL, LAST, LIFE, Line
from models.wire import FileRef, Heard, StoredFile

router = APIRouter(prefix="/chat", include_in_schema=False)
log = structlog.get_logger()

COOKIE = "giaouoc_chat"
TEXT_LIMIT = 4000
"""Characters, after NFC."""
LABEL_LIMIT = 300
ANNOUNCED_LIMIT = 64 * 1024
"""Bytes that a file's announcement may take."""
CANCELLED = 499
"""What stands in the access log when a person cancelled an upload; nobody is left to read it."""
HEARTBEAT = timedelta(seconds=15)
LOOK_EVERY = 0.5
"""Seconds between two looks for new lines; a bell in this process makes it sooner."""
LATE = timedelta(seconds=5)
"""How long a line with a lower number may still be on its way into the database."""

Phone = Literal["focal", "desk", "head"]
Home = Annotated[House, Depends(house)]
LineNumber = Annotated[int, Query(ge=0, le=LAST)]
MESSAGE_ID = r"^[A-Za-z0-9_-]{8,64}$"


class Allowances:
    """Per process: how much one chat may say, and how many chats one place may open."""

    def __init__(self) -> None:
        self.messages = Allowance(burst=20, every=timedelta(seconds=2))
        self.chats = Allowance(burst=100, every=timedelta(seconds=20))


def mount(app: FastAPI) -> None:
    """Serve the front door and the static files, and keep this process's allowances."""
    app.include_router(landing.router)
    app.mount("/static/{version}", pages.Static(), name="static")
    app.state.allowances = Allowances()


# --- who is there -------------------------------------------------------------------------------------------------


async def visitor(request: Request, home: Home, phone: Phone | None = None) -> str | None:
    """The chat that this browser holds. In the demo, `phone` names one of its three chats instead."""
    if phone is not None:
        if phone not in home.demo_chats:
            raise NotFound("Chỉ có trong bản trình diễn.")
        return home.demo_chats[phone]
    found = await _hold(request, home)
    return found.chat if found else None


async def guest(chat: Annotated[str | None, Depends(visitor)]) -> str:
    """A chat that is open. Raises Unauthorised."""
    if chat is None:
        raise Unauthorised("Phiên trò chuyện chưa mở hoặc đã hết hạn.")
    return chat


async def _hold(request: Request, home: House) -> webchat.Hold | None:
    cookie = request.cookies.get(COOKIE)
    if not cookie:
        return None
    wire_now = home.clock.wire()
    return await home.database.read(lambda session: webchat.held(session, cookie, wire_now))


Visitor = Annotated[str | None, Depends(visitor)]
Chat = Annotated[str, Depends(guest)]
OwnPage = Depends(pages.same_origin)


def _spend(request: Request, home: House, chat: str) -> None:
    """Count one message. Raises TooMany."""
    allowances: Allowances = request.app.state.allowances
    _refuse_haste(allowances.messages.wait(chat, home.clock.wire()))


def _refuse_haste(rest: timedelta) -> None:
    if rest:
        seconds = ceil(rest.total_seconds())
        raise TooMany(f"Thao tác quá nhanh. Đề nghị chờ {seconds} giây rồi gửi lại.", retry_after_s=seconds)


# --- the page -----------------------------------------------------------------------------------------------------


@router.get("", response_class=HTMLResponse)
async def show(request: Request, home: Home, chat: Visitor, code: str = "", phone: Phone | None = None) -> Response:
    """The page. A code in the address is only filled in: it is used when the person presses, never by a GET."""
    now, wire_now = home.clock.covenant(), home.clock.wire()
    lines: list[Line] = []
    places: list[str] = []
    if chat is not None:
        held = chat
        lines, places = await home.database.read(
            lambda session: (webchat.before(session, held), webchat.places(session, held, now))
        )
    hold = await _hold(request, home) if phone is None and chat is not None else None
    return pages.page(
        "chat.html",
        lines=lines,
        places=places,
        page_lines=webchat.PAGE,
        code="".join(sign for sign in code if sign.isdigit())[:8],
        phone=phone or "",
        open=chat is not None and not (hold and hold.is_worn(wire_now)),
        text_limit=TEXT_LIMIT,
        upload_limit=home.upload_limit,
    )


@router.post("/session", dependencies=[OwnPage])
async def enter(request: Request, home: Home, phone: Phone | None = None) -> Response:
    """Open a chat for this browser, or keep the one it holds for another half year."""
    wire_now = home.clock.wire()
    cookie = request.cookies.get(COOKIE)
    if phone is None:
        if cookie and await _hold(request, home):
            kept = cookie
            await home.database.write(lambda session: webchat.renew(session, kept, wire_now))
        else:
            allowances: Allowances = request.app.state.allowances
            _refuse_haste(allowances.chats.wait(request.client.host if request.client else "", wire_now))
            cookie = await home.database.write(lambda session: webchat.open_chat(session, wire_now))
    response = Response(status_code=204)
    if cookie and phone is None:
        response.set_cookie(
            COOKIE, cookie, max_age=int(LIFE.total_seconds()), path="/chat", httponly=True, samesite="lax",
            secure=request.url.scheme == "https" or urlsplit(home.public_url).scheme == "https",
        )  # fmt: skip
    return response


# --- what people say ----------------------------------------------------------------------------------------------


class Typed(BaseModel):
    """What the page sends: `id` is its own, so that a second sending is the first one again; `label` is what a
    pressed button said."""

    model_config = ConfigDict(extra="forbid")
    id: str = Field(pattern=MESSAGE_ID)
    text: str = Field(max_length=100_000)
    label: str | None = Field(None, max_length=LABEL_LIMIT)


def _readable(text: str) -> str:
    """The text as it will be understood and shown. Raises Invalid, TooLarge."""
    text = unicodedata.normalize("NFC", text).replace("\0", "").strip()
    if not text:
        raise Invalid("Tin nhắn chưa có nội dung.")
    _refuse_length(text)
    return text


def _refuse_length(text: str) -> None:
    if len(text) > TEXT_LIMIT:
        raise TooLarge(
            f"Tin nhắn dài {_grouped(len(text))} ký tự, tối đa {_grouped(TEXT_LIMIT)}. "
            "Đề nghị rút gọn hoặc gửi thành tệp."
        )


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", ".")


@router.post("/messages", dependencies=[OwnPage])
async def say(typed: Typed, request: Request, home: Home, chat: Chat) -> JSONResponse:
    """Hear a text or a pressed button; answers with the line as it now stands in the chat."""
    text = _readable(typed.text)
    _spend(request, home, chat)
    heard = Heard(
        channel=CHANNEL,
        bot=BOT,
        external_id=f"{chat}:{typed.id}",
        chat=chat,
        kind="tap" if typed.label else "text",
        text=text,
        sent_at=home.clock.wire(),
    )
    return await _hear(home, heard, typed.id, typed.label or text)


async def _hear(home: House, heard: Heard, message: str, shown: str) -> JSONResponse:
    """One transaction: the message, its answer, and its line in the chat."""
    now, wire_now = home.clock.covenant(), home.clock.wire()

    def work(session: Session) -> tuple[turns.TurnResult, Line, list[str]]:
        turn = turns.hear(session, heard, now, wire_now, public_url=home.public_url)
        return turn, webchat.write_down(session, heard, message, shown, now), webchat.places(session, heard.chat, now)

    try:
        turn, line, places = await home.database.write(work)
    except Exception as error:
        turn, line, places = await _keep(home, heard, message, shown, error)
    home.bell.ring(f"{CHANNEL}:{BOT}")
    home.bell.ring(f"page:{heard.chat}")
    tidying = BackgroundTask(evidence.tidy, home.database, home.store, filed=turn.filed, erased=turn.erased)
    return JSONResponse({"line": line, "places": places}, background=tidying)


async def _keep(
    home: House, heard: Heard, message: str, shown: str, error: Exception
) -> tuple[turns.TurnResult, Line, list[str]]:
    """What cannot be thought through is not lost and holds up nothing that follows: it is kept for another try, and in
    the end set aside for people to look at."""
    now, wire_now = home.clock.covenant(), home.clock.wire()

    def work(session: Session) -> tuple[bool, Line, list[str]]:
        set_aside = aside.keep(session, heard, error, now, wire_now)
        line = webchat.write_down(session, heard, message, shown, now)
        return set_aside, line, webchat.places(session, heard.chat, now)

    set_aside, line, places = await home.database.write(work)
    log.error("a message could not be thought through", bot=f"{CHANNEL}:{BOT}", aside=set_aside, exc_info=error)
    return turns.TurnResult(stored=True), line, places


class Announced(BaseModel):
    """The first line of an upload, as JSON; the file's bytes follow. (In the address, a name would enter the logs of
    whatever stands between, and a long caption would not fit.)"""

    model_config = ConfigDict(extra="forbid")
    id: str = Field(pattern=MESSAGE_ID)
    name: str = Field(max_length=1000)
    caption: str = Field("", max_length=100_000)


@router.post("/files", dependencies=[OwnPage])
async def take(request: Request, home: Home, chat: Chat) -> Response:
    """Take one file: its bytes are streamed to the store as they come, then it is heard like any other."""
    try:
        announced, body = await _announced(request.stream())
        caption = unicodedata.normalize("NFC", announced.caption).replace("\0", "").strip()
        _refuse_length(caption)
        _spend(request, home, chat)
        _refuse_size(home, int(request.headers.get("content-length") or 0) - ANNOUNCED_LIMIT)
        wire_now = home.clock.wire()
        stored = await evidence.take_in(
            home.store,
            home.database,
            body,
            name=announced.name,
            limit=home.upload_limit,
            wire_now=wire_now,
            clamd=home.clamd_url,
        )
    except ClientDisconnect:
        return Response(status_code=CANCELLED)
    heard = Heard(
        channel=CHANNEL,
        bot=BOT,
        external_id=f"{chat}:{announced.id}",
        chat=chat,
        kind="files",
        text=caption,
        files=(_ref(stored, announced.name),),
        sent_at=wire_now,
    )
    return await _hear(home, heard, announced.id, caption)


async def _announced(stream: AsyncIterator[bytes]) -> tuple[Announced, AsyncIterator[bytes]]:
    """What was announced, and the bytes that follow. Raises Invalid."""
    head = b""
    while b"\n" not in head and len(head) <= ANNOUNCED_LIMIT:
        piece = await anext(stream, None)
        if piece is None:
            break
        head += piece
    line, _, first = head.partition(b"\n")
    try:
        announced = Announced.model_validate_json(line)
    except ValidationError:
        raise Invalid("Chưa đọc được yêu cầu gửi tệp.") from None
    return announced, _following(first, stream)


async def _following(first: bytes, stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in stream:
        yield piece


def _refuse_size(home: House, size: int) -> None:
    if size > home.upload_limit:
        raise TooLarge(
            f"Tệp lớn hơn {home.upload_limit // 2**20} MB. Đề nghị gửi tệp nhỏ hơn hoặc chia thành nhiều tệp."
        )


_KINDS: dict[str, Literal["photo", "video", "audio"]] = {"image": "photo", "video": "video", "audio": "audio"}


def _ref(stored: StoredFile, name: str) -> FileRef:
    """What was heard of a file that lies in the house already; a secret one leaves not even its name."""
    major = (stored.media_type or "").split("/")[0]
    secret = stored.verdict == "secret"
    return FileRef(
        ref=stored.key,
        kind=_KINDS.get(major, "document"),
        name=None if secret else evidence.file_name(name),
        size=None if secret else stored.size,
        media_type=stored.media_type,
        stored=stored.key,
    )


# --- what people are told -----------------------------------------------------------------------------------------


@router.get("/timeline")
async def history(home: Home, chat: Chat, after: LineNumber | None = None, before: LineNumber = LAST) -> JSONResponse:
    """`after` a line: what came since. Otherwise the last lines, or those `before` a line."""
    if after is not None:
        since = after
        lines = await home.database.read(lambda session: webchat.after(session, chat, since))
    else:
        lines = await home.database.read(lambda session: webchat.before(session, chat, before))
    return JSONResponse({"lines": lines}, headers={"Cache-Control": "no-store"})


class Shown(BaseModel):
    model_config = ConfigDict(extra="forbid")
    upto: int = Field(ge=0, le=LAST)


@router.post("/seen", dependencies=[OwnPage])
async def seen(shown: Shown, home: Home, chat: Chat) -> Response:
    """The page showed everything up to this line."""
    now = home.clock.covenant()
    await home.database.write(lambda session: webchat.seen(session, chat, shown.upto, now))
    return Response(status_code=204)


@router.get("/events")
async def events(
    request: Request,
    home: Home,
    chat: Chat,
    after: LineNumber = 0,
    last: Annotated[str | None, Header(alias="Last-Event-ID")] = None,
) -> StreamingResponse:
    """Server-sent events: every line of this chat after `after` (or where a lost connection stopped), as it comes."""
    start = min(int(last), LAST) if last and last.isdecimal() else after
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_stream(request, home, chat, start), media_type="text/event-stream", headers=headers)


async def _stream(request: Request, home: House, chat: str, start: int) -> AsyncIterator[str]:
    yield "retry: 2000\n\n"
    watch = _Watch(home, chat, start)
    spoke = home.clock.wire()
    with home.bell.listening(f"page:{chat}") as rung:
        while not home.closing and not await request.is_disconnected():
            wire_now = home.clock.wire()
            for line in await watch.look(wire_now):
                yield f"id: {line['id']}\nevent: line\ndata: {json.dumps(line, ensure_ascii=False)}\n\n"
                spoke = wire_now
            if wire_now - spoke >= HEARTBEAT:
                yield ": \n\n"
                spoke = wire_now
            await rest(rung, LOOK_EVERY)


class _Watch:
    """What is new in a chat, each line once. Numbers are given before a transaction ends: a lower one may appear
    after a higher, so each look begins `LATE` before the newest line."""

    def __init__(self, home: House, chat: str, start: int) -> None:
        self._home, self._chat = home, chat
        self._floor = self._top = start
        self._marked: datetime | None = None
        self._told: set[int] = set()

    async def look(self, wire_now: datetime) -> list[Line]:
        floor = self._floor
        lines = await self._home.database.read(lambda session: webchat.after(session, self._chat, floor))
        new = [line for line in lines if line["id"] not in self._told]
        self._told.update(line["id"] for line in new)
        if self._marked is None or wire_now - self._marked >= LATE:
            self._floor, self._top, self._marked = self._top, max([self._top, *self._told]), wire_now
            self._told = {line for line in self._told if line > self._floor}
        return new
