"""Zalo: one bot, by polling or by webhook. It has no buttons and no edits: menus are numbered lines. Of files it knows
pictures only, which go out by an address that it fetches; what else comes in comes by an upload link.

Polling, Zalo hands out one event a call and knows no acknowledgement: reports differ whether what was handed out comes
again. What comes again meets its row; for what might be lost the webhook is the way in production.
"""

import asyncio
import json
import logging
import time
import unicodedata
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from bot.channels.base import Abilities, Deaf, Limited, Passing, Refused, Trouble, Uncarried, Unreachable
from bot.channels.fetching import Fetcher
from bot.channels.fitting import numbered, split
from bot.channels.unreadable import unreadable
from bot.channels.zalo_hearing import CHANNEL, Json, Me, events, heard
from bot.channels.zalo_request import Forbidden, Idle, ZaloLine, parsed
from bot.channels.zalo_webhook import SECRET_HEADER, Webhook, put_up, take_away
from models.wire import FileRef, Heard, Parcel, Say

log = logging.getLogger(__name__)

TEXT_LIMIT = 1900
"""Zalo takes 2,000 of a unit it does not name."""
PICTURE_LIMIT = 10 * 1024 * 1024
FETCH_LIMIT = 50 * 1024 * 1024
POLL_GAP_S = 1.05
"""At least a second lies between two polls."""
ALIVE_S = 60.0
"""How often a bot that is called asks whether it is still let in."""
WATCH_S = 600.0
"""How often it looks after its webhook: Zalo counts the calls of a day."""
LONGEST_REST_S = 60.0
"""Of a bot that polls: its polls may be many, but its people are waiting."""
LONGER_S = 10
"""How much longer than Zalo waits we wait for its answer."""
REMEMBERED = 2_000
NAMES = ("account_name", "display_name")


class ZaloChannel:
    """The Channel of one bot. `wire` is the wire clock; with a `webhook` it is called instead of polling; `renewed`
    tells the token as it stands in the settings now. Its name is known once `open` has asked for it."""

    secret_header = SECRET_HEADER
    is_probed = True

    def __init__(
        self,
        token: str,
        api_url: str = "https://bot-api.zaloplatforms.com",
        *,
        wire: Callable[[], datetime] = partial(datetime.now, UTC),
        webhook: Callable[[str], Webhook] | None = None,
        renewed: Callable[[], str | None] = lambda: None,
        place: int = 1,
        picture: Callable[[Parcel], Awaitable[str]] | None = None,
        poll_s: float = 25,
        poll_gap_s: float = POLL_GAP_S,
        alive_s: float = ALIVE_S,
        watch_s: float = WATCH_S,
        connect_s: float = 5,
        read_s: float = 10,
        longer_s: float = LONGER_S,
    ) -> None:
        """`webhook` gives the door of a bot id; `place` is the bot's among the tokens; `picture` tells where a parcel's
        picture can be fetched. Raises ValueError when the token is empty."""
        self._line = ZaloLine(token, api_url, connect_s=connect_s, read_s=read_s, renewed=renewed)
        self._fetcher = Fetcher(self._line.home, connect_s=connect_s)
        self._picture = picture
        self.abilities = Abilities(
            text_limit=TEXT_LIMIT,
            files_in=True,
            fetch_limit=FETCH_LIMIT,
            pictures_out=PICTURE_LIMIT if picture else None,
        )
        self.name = f"{CHANNEL}:?{place}"
        """Until `open` has asked."""
        self.me: Me | None = None
        self.last_good_poll: datetime | None = None
        """Wire time of the last answered getUpdates, or getMe of a bot that is called."""
        self._wire = wire
        self._webhook, self._alive_s, self._watch_s = webhook, alive_s, watch_s
        self._is_alive, self._looked_at = False, float("-inf")
        """`_looked_at`: monotonic, when the webhook stood last."""
        self._poll_s, self._poll_gap_s, self._longer_s = poll_s, poll_gap_s, longer_s
        self._asks_at = float("-inf")
        """Monotonic: no question for news before it."""
        self._is_clear = False
        """No webhook stands in the way of polling."""
        self._said: dict[int, int] = {}
        """Parcel id → parts already accepted: what a second try of this process leaves out."""
        self._forbidden: set[int] = set()
        """Parcels that met a 403 once: a second one means it."""

    @property
    def bot(self) -> str | None:
        """Its id, which stands in links: https://zalo.me/<id>."""
        return self.me.id if self.me else None

    async def open(self) -> Me:
        """Learn who we are. Raises Trouble."""
        found = await self._call("getMe")
        if not isinstance(found, dict) or not found.get("id"):
            raise Passing("Zalo does not tell who the bot is")
        me = Me(str(found["id"]), tuple(str(found[key]) for key in NAMES if found.get(key)))
        if self.me and self.me.id != me.id:
            raise Deaf("the token is another bot's; start the program anew to take it up")
        self.me, self.name = me, f"{CHANNEL}:{me.id}"
        return me

    async def webhook_url(self) -> str:
        """Where Zalo calls; empty when it is polled. Raises Trouble."""
        found = await self._call("getWebhookInfo")
        return str(found.get("url") or "") if isinstance(found, dict) else ""

    async def close(self) -> None:
        await self._fetcher.close()
        await self._line.close()

    # --- hear -----------------------------------------------------------------------------------------------------

    async def hear(self, position: int | None) -> tuple[list[Heard], int | None]:
        """One poll, which knows no position. A bot that is called only looks after its webhook; its position is the
        mark of what Zalo was told last. Raises Trouble."""
        await asyncio.sleep(max(0.0, self._asks_at - time.monotonic()))
        try:
            me = self.me or await self.open()
            if self._webhook:
                return [], await self._look_after(self._webhook(me.id), position)
            return self._read_all(await self._polled_events()), position
        except Limited as trouble:
            self._ask_in(trouble.retry_after_s if self._webhook else min(trouble.retry_after_s, LONGEST_REST_S))
            raise
        finally:
            self._ask_in(self._poll_gap_s)

    def _ask_in(self, seconds: float) -> None:
        self._asks_at = max(self._asks_at, time.monotonic() + seconds)

    async def _polled_events(self) -> list[Json]:
        if not self._is_clear:
            await self._clear_the_way()
        try:
            wait_s = max(1, int(self._poll_s))
            found = await self._mending("getUpdates", read_s=wait_s + self._longer_s, timeout=wait_s)
        except Idle:
            found = []
        except Trouble:
            self._is_clear = False
            raise
        self.last_good_poll = self._wire()
        return list(events(found))

    async def _clear_the_way(self) -> None:
        """A webhook would take all that is said. Whether there is one cannot always be learnt: then the poll tells."""
        try:
            await take_away(self._call)
            self._is_clear = True
        except (Passing, Refused) as trouble:
            log.warning("%s: whether a webhook is set cannot be learnt: %s", self.name, trouble)

    async def _look_after(self, webhook: Webhook, told: int | None) -> int:
        """At once after a trouble, else from time to time. `told`: the mark of what Zalo was told last."""
        if self._is_alive:
            await asyncio.sleep(self._alive_s)
        self._is_alive = False
        await self.open()
        if told != webhook.mark or time.monotonic() - self._looked_at >= self._watch_s:
            await put_up(self._call, webhook, told)
            self._looked_at = time.monotonic()
        self._is_alive, self.last_good_poll = True, self._wire()
        return webhook.mark

    def called(self, body: bytes) -> list[Heard]:
        """What a call of the webhook says, bare or in an envelope; nothing, when it is not for us."""
        found = parsed(body)
        if found is None:
            if not body.strip():
                return []
            raw, me = body.decode("utf-8", "replace"), self._me()
            return [unreadable(raw, "not an event", channel=CHANNEL, bot=me.id, at=self._wire())]
        return self._read_all(list(events(found)))

    def stored(self, said: Sequence[Heard]) -> None:
        """Zalo waits for nothing but its 200."""

    async def reread(self, raw: str) -> Heard | None:
        """An event that was set aside. Raises Trouble."""
        me = self.me or await self.open()
        found = list(events(json.loads(raw)))
        return heard(found[0], me, self._wire()) if found else None

    def _read_all(self, found: list[Json]) -> list[Heard]:
        read = (heard(event, self._me(), self._wire()) for event in found)
        return [one for one in read if one]

    def _me(self) -> Me:
        return self.me or Me("?")

    # --- send -----------------------------------------------------------------------------------------------------

    def fit(self, say: Say) -> list[Say]:
        """Parts within the limit, composed letters; choices as numbered lines."""
        return [Say(text=part) for part in split(unicodedata.normalize("NFC", numbered(say)), TEXT_LIMIT)]

    async def send(self, parcel: Parcel) -> str | None:
        """All parts in order; a try after a failed one goes on where that one stopped. Raises Trouble."""
        parts = self.fit(parcel.say)
        if not parts:
            raise Refused("nothing to say")
        message_id, done = None, self._said.get(parcel.id, 0)
        for number, part in enumerate(parts[done:], start=done + 1):
            message_id = await self._say(parcel, part.text, with_file=number == len(parts))
            self._said[parcel.id] = number
        self._said.pop(parcel.id, None)
        self._forbidden.discard(parcel.id)
        return message_id

    async def _say(self, parcel: Parcel, text: str, *, with_file: bool) -> str | None:
        """The last part is the caption of the parcel's picture, where it has one."""
        try:
            if with_file and parcel.say.file and self._picture:
                sent = await self._show(parcel, text, self._picture)
            else:
                sent = await self._call("sendMessage", sending=True, chat_id=parcel.chat, text=text)
        except Forbidden as trouble:
            raise self._forbidden_twice(parcel, trouble) from None
        return str(sent["message_id"]) if isinstance(sent, dict) and "message_id" in sent else "sent"

    async def _show(self, parcel: Parcel, caption: str, picture: Callable[[Parcel], Awaitable[str]]) -> Any:
        """Raises Uncarried when Zalo does not take the picture: it may not reach us, or the format is not to its
        liking."""
        try:
            url = await picture(parcel)
            return await self._call("sendPhoto", sending=True, chat_id=parcel.chat, photo=url, caption=caption)
        except Refused as trouble:
            raise Uncarried(str(trouble)) from None

    def _forbidden_twice(self, parcel: Parcel, trouble: Forbidden) -> Trouble:
        """Said twice of one message it is meant."""
        if parcel.id in self._forbidden:
            self._forbidden.discard(parcel.id)
            return Unreachable(str(trouble))
        if len(self._forbidden) > REMEMBERED:
            self._forbidden.clear()
        self._forbidden.add(parcel.id)
        return trouble

    # --- fetch ----------------------------------------------------------------------------------------------------

    async def fetch(self, file: FileRef) -> AsyncIterator[bytes]:
        """A picture from where Zalo has put it. Raises Trouble."""
        async for chunk in self._fetcher.stream(file.ref, FETCH_LIMIT):
            yield chunk

    async def _call(self, method: str, *, sending: bool = False, **parameters: Any) -> Any:
        """Raises Trouble."""
        try:
            return await self._mending(method, sending=sending, **parameters)
        except Idle:
            raise Passing("Zalo answered 408") from None

    async def _mending(self, method: str, **parameters: Any) -> Any:
        """A call; when the token is not accepted and the settings have another one by now, once more with that."""
        try:
            return await self._line.call(method, **parameters)
        except Deaf:
            if not self._line.mend():
                raise
        return await self._line.call(method, **parameters)
