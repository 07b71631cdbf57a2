"""Telegram: one bot, by long polling or by webhook. https://core.telegram.org/bots/api

Polling, `hear` asks for what lies at and after `position`; Telegram forgets what lies before it. As the caller moves
the position only after storing, a kill in between repeats an update and never loses one. With a webhook, `hear` brings
nothing: it looks from time to time that the webhook stands, and `read` translates what Telegram calls with.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from telegram import BotCommand, BotCommandScopeAllPrivateChats, InputFile
from telegram.error import BadRequest, Conflict, InvalidToken, TelegramError

from bot.channels.base import Abilities, Passing, Refused, TooLarge
from bot.channels.fitting import numbered, split
from bot.channels.telegram_hearing import ALLOWED, CHANNEL, Me, heard
from bot.channels.telegram_line import TelegramLine
from bot.channels.telegram_request import Resting, parsed
from bot.channels.telegram_sends import Sends
from bot.channels.telegram_taps import Taps
from bot.channels.telegram_troubles import trouble_of, troubles
from bot.channels.telegram_webhook import SECRET_HEADER, Report, Webhook, put_up, report, take_away
from bot.channels.unreadable import unreadable
from models.wire import Choice, FileRef, Heard, Parcel, Say

log = logging.getLogger(__name__)

TEXT_LIMIT, CAPTION_LIMIT = 4096, 1024
FILES_OUT = 20 * 1024 * 1024
"""Bytes; Telegram takes 50 MB, a lease less."""
UPLOAD_S = 40.0
DATA_LIMIT = 64
"""Bytes of `callback_data`."""
FETCH_LIMIT = 20 * 1024 * 1024
LONGEST_POLL_S = 50
WATCH_S = 60.0
"""How often a webhook is looked after."""
NO_PREVIEW = {"is_disabled": True}
SHORT_LABEL = 16
"""Characters that stand two a row on a narrow phone."""


class TelegramChannel:
    """The Channel of one bot. `wire` is the wire clock; `commands` are (name, description) of the menu of chats that
    have none of their own, `known` the names of all commands, by which a group may call us; with a `webhook` it is
    called instead of polling; `renewed` tells the token as it stands in the settings now. It opens by itself when it
    is first asked to hear: a platform out of reach keeps nothing from starting."""

    secret_header = SECRET_HEADER
    is_probed = False

    def __init__(
        self,
        token: str,
        api_url: str = "https://api.telegram.org",
        *,
        wire: Callable[[], datetime] = partial(datetime.now, UTC),
        commands: Sequence[tuple[str, str]] = (),
        known: frozenset[str] = frozenset(),
        webhook: Webhook | None = None,
        renewed: Callable[[], str | None] = lambda: None,
        watch_s: float = WATCH_S,
        poll_s: float = 25,
        connect_s: float = 5,
        read_s: float = 10,
        fetch_limit: int | None = FETCH_LIMIT,
        pieces: Callable[[Parcel], AsyncIterator[bytes]] | None = None,
        sends: Sends | None = None,
    ) -> None:
        """Raises ValueError when the token cannot be one."""
        self._line = TelegramLine(token, api_url, connect_s=connect_s, read_s=read_s, renewed=renewed)
        self.name = f"{CHANNEL}:{self._line.number}"
        self.abilities = Abilities(
            text_limit=TEXT_LIMIT, buttons=True, files_in=True, fetch_limit=fetch_limit, files_out=FILES_OUT
        )
        self.me: Me | None = None
        self._stranger = Me(int(self._line.number), "", frozenset({"start", *dict(commands), *known}))
        """Ourselves, until we have learned our name."""
        self.last_good_poll: datetime | None = None
        """Wire time of the last answered getUpdates, or look at the webhook: what a watchdog looks at."""
        self._wire = wire
        self._commands = commands
        self._webhook, self._watch_s = webhook, watch_s
        self._report: Report | None = None
        """What Telegram said last of our webhook; None: to be asked now."""
        self._stands = False
        self._poll_s = min(poll_s, LONGEST_POLL_S)
        self._taps = Taps(self._answer_tap)
        self._sends = sends or Sends()
        self._pieces = pieces
        self._menus: dict[str, tuple[tuple[str, str], ...]] = {}
        self._courtesies: set[asyncio.Task[None]] = set()
        self._said: dict[int, int] = {}
        """Parcel id → parts already accepted: what a second try of this process leaves out."""

    async def open(self) -> Me:
        """Learn who we are, clear the way for polling, set the command menu. Raises Trouble."""
        self.me = await self.look()
        if not self._webhook:
            await self._try("the webhook could not be taken away", take_away(self._line.bot))
        await self._try("the command menu could not be set", self._set_menu())
        return self.me

    async def look(self) -> Me:
        """Learn who we are, and change nothing. Raises Trouble."""
        with troubles():
            user = await self._line.raw("getMe")
        return Me(user["id"], user.get("username") or "", self._stranger.commands)

    async def webhook_report(self) -> Report:
        """What Telegram tells of the webhook. Raises Trouble."""
        with troubles():
            return await report(self._line.bot)

    async def _set_menu(self) -> None:
        menu = [BotCommand(name, description) for name, description in self._commands]
        if menu:
            await self._line.bot.set_my_commands(menu, scope=BotCommandScopeAllPrivateChats())

    def offer(self, chat: str, commands: Sequence[tuple[str, str]]) -> None:
        """The chat's own command menu, told to Telegram when it is another than before."""
        if self._menus.get(chat) == tuple(commands):
            return
        self._menus[chat] = tuple(commands)
        menu = [{"command": name, "description": description} for name, description in commands]
        scope = {"type": "chat", "chat_id": int(chat)}
        call = self._line.raw("setMyCommands", commands=menu, scope=scope)
        task = asyncio.create_task(self._try("a chat's menu could not be set", call))
        self._courtesies.add(task)
        task.add_done_callback(self._courtesies.discard)

    async def _try(self, failure: str, call: Awaitable[object]) -> None:
        """Nobody goes unheard because a courtesy failed."""
        try:
            await call
        except TelegramError as error:
            log.warning("%s: %s: %s", self.name, failure, trouble_of(error))

    @property
    def username(self) -> str | None:
        """Without the @; None until `open` has learned it."""
        return self.me.username if self.me else None

    def link(self, code: str) -> str | None:
        """The deep link that brings an invitation's code along; None until `open` has learned our name."""
        return f"https://t.me/{self.me.username}?start={code}" if self.me else None

    async def close(self) -> None:
        await self._taps.close()
        for courtesy in self._courtesies:
            courtesy.cancel()
        await asyncio.gather(*self._courtesies, return_exceptions=True)
        await self._line.close()

    # --- hear -----------------------------------------------------------------------------------------------------

    async def hear(self, position: int | None) -> tuple[list[Heard], int | None]:
        """One long poll. The next position is the last update's id plus one. Raises Trouble."""
        if self._webhook:
            await self._look_after(self._webhook)
            return [], position
        if self.me is None:
            await self.open()
        if position is not None:
            self._taps.stored_before(position)
        updates = await self._updates(position)
        self.last_good_poll = self._wire()
        said = [found for update in updates for found in self._read(update)]
        return said, max((update["update_id"] + 1 for update in updates), default=position)

    def called(self, body: bytes) -> list[Heard]:
        """What a call of the webhook says; nothing, when it is not for us."""
        update = parsed(body)
        if update is None or not isinstance(update.get("update_id"), int):
            raw, number = body.decode("utf-8", "replace"), self.name.partition(":")[2]
            return [unreadable(raw, "not an update", channel=CHANNEL, bot=number, at=self._wire())]
        return self._read(update)

    def stored(self, said: Sequence[Heard]) -> None:
        self._taps.stored(one.external_id for one in said)

    def _read(self, update: dict[str, Any]) -> list[Heard]:
        query = update.get("callback_query")
        if isinstance(query, dict):
            self._taps.heard(str(update["update_id"]), str(query.get("id")))
        found = heard(update, self.me or self._stranger, self._wire())
        return [found] if found else []

    async def _look_after(self, webhook: Webhook) -> None:
        """At once after a trouble, else from time to time."""
        if self._stands:
            await asyncio.sleep(self._watch_s)
        self._stands = False
        if self.me is None:
            await self.open()
        with troubles():
            try:
                found = await put_up(self._line.bot, webhook, self._report)
            except InvalidToken:
                self.me = None
                raise
        if found.error and (self._report is None or self._report.error_at != found.error_at):
            log.warning("%s: Telegram cannot reach the webhook: %s", self.name, found.error[:200])
        self._report, self._stands, self.last_good_poll = found, True, self._wire()

    async def reread(self, raw: str) -> Heard | None:
        """An update that was set aside. Raises Trouble."""
        me = self.me or await self.open()
        return heard(json.loads(raw), me, self._wire())

    async def _updates(self, position: int | None) -> list[dict[str, Any]]:
        with troubles():
            try:
                found = await self._line.raw(
                    "getUpdates",
                    read_s=self._poll_s + self._line.read_s,
                    offset=position,
                    timeout=int(self._poll_s),
                    allowed_updates=ALLOWED,
                )
            except (InvalidToken, Conflict):
                self.me = None  # the next try looks again who we are and whether a webhook stands in the way
                raise
        return [update for update in found if isinstance(update, dict) and isinstance(update.get("update_id"), int)]

    async def _answer_tap(self, query_id: str) -> None:
        await self._try("a tap was not answered", self._line.raw("answerCallbackQuery", callback_query_id=query_id))

    # --- send -----------------------------------------------------------------------------------------------------

    def fit(self, say: Say) -> list[Say]:
        """Parts of at most 4,096 units, as plain text (nothing needs escaping); buttons stand under the last one.
        A tap must mean what its choice says without our remembering anything, so choices that do not fit into a
        button's 64 bytes are numbered lines, for all of that message."""
        buttons = all(0 < len(choice.says.encode()) <= DATA_LIMIT for choice in say.choices)
        limit = CAPTION_LIMIT if say.file else TEXT_LIMIT
        parts = [Say(text=part) for part in split(say.text if buttons else numbered(say), limit)]
        if parts and buttons and say.choices:
            parts[-1] = Say(text=parts[-1].text, choices=say.choices)
        return parts

    async def send(self, parcel: Parcel) -> str | None:
        """All parts in order; a try after a failed one goes on where that one stopped. Raises Trouble."""
        parts = self.fit(parcel.say)
        if not parts:
            raise Refused("nothing to say")
        message_id, done = None, self._said.get(parcel.id, 0)
        for number, part in enumerate(parts[done:], start=done + 1):
            file = await self._carried(parcel) if number == len(parts) else None
            with troubles(sending=True):
                message_id = await self._send_part(parcel.chat, part, file)
            self._said[parcel.id] = number
        self._said.pop(parcel.id, None)
        return message_id

    async def _carried(self, parcel: Parcel) -> InputFile | None:
        """The file as an upload of its bytes, never as a name or an address. Raises Trouble."""
        file = parcel.say.file
        if file is None or self._pieces is None or file.size > FILES_OUT:
            return None
        content = b"".join([piece async for piece in self._pieces(parcel)])
        return InputFile(content, filename=file.name)

    async def _send_part(self, chat: str, part: Say, file: InputFile | None) -> str | None:
        is_inside = await self._sends.turn(chat)
        try:
            return await (self._say(chat, part) if file is None else self._hand_over(chat, part, file))
        except BadRequest as error:
            if "message is not modified" not in error.message.lower():
                raise
            return None
        except Resting as error:
            error.whole_bot = is_inside
            raise

    async def _say(self, chat: str, part: Say) -> str:
        message = await self._line.raw(
            "sendMessage",
            chat_id=chat,
            text=part.text,
            reply_markup=keyboard(part.choices),
            link_preview_options=NO_PREVIEW,
        )
        return str(message["message_id"])

    async def _hand_over(self, chat: str, part: Say, file: InputFile) -> str:
        message = await self._line.raw(
            "sendDocument",
            read_s=UPLOAD_S,
            chat_id=chat,
            document=file,
            caption=part.text,
            reply_markup=keyboard(part.choices),
        )
        return str(message["message_id"])

    # --- fetch ----------------------------------------------------------------------------------------------------

    async def fetch(self, file: FileRef) -> AsyncIterator[bytes]:
        """Raises TooLarge before the first byte when the platform's limit is announced to be passed, and at the
        limit when it is passed unannounced."""
        limit = self.abilities.fetch_limit
        if limit is not None and (file.size or 0) > limit:
            raise TooLarge(f"larger than the {limit >> 20} MB that the platform hands out")
        got = 0
        with troubles():
            found = await self._line.raw("getFile", file_id=file.ref)
            if not found.get("file_path"):
                raise Passing("the platform has no place for the file yet")
            async for chunk in self._line.stream(found["file_path"]):
                got += len(chunk)
                if limit is not None and got > limit:
                    raise TooLarge("larger than announced, and than the platform hands out")
                yield chunk


def keyboard(choices: Sequence[Choice]) -> dict[str, Any] | None:
    """An InlineKeyboardMarkup: buttons whose data is what the tap says; two short ones share a row. What is chosen by a
    code bears it."""
    if not choices:
        return None
    rows: list[list[dict[str, str]]] = []
    for choice in choices:
        text = choice.label if choice.key.isdigit() else f"{choice.key} {choice.label}"
        button = {"text": text, "callback_data": choice.says}
        if choice.style:
            button["style"] = choice.style
        if rows and len(rows[-1]) == 1 and max(len(rows[-1][0]["text"]), len(text)) <= SHORT_LABEL:
            rows[-1].append(button)
        else:
            rows.append([button])
    return {"inline_keyboard": rows}
