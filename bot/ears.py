"""The ears of one bot: hear, store, and only then move on. What was heard twice is stored once, by the API.

A message with files is stored first. Its files are fetched afterwards, under a lease, streamed into the house, and
the message is posted again, which answers it.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TypeVar

import structlog

from bot.channels.base import Channel, Deaf, Refused, TooLarge, Trouble, Unreachable, WithMenus
from bot.channels.unreadable import unreadable
from bot.client import Client
from bot.mouth import Mouth
from bot.pauses import Pauses
from models.wire import FileRef, Heard, HeardReceipt, InboxWork, StoredFile

T = TypeVar("T")
Call = tuple[Sequence[Heard], "asyncio.Future[None]"]
log = structlog.get_logger()

BATCH = 100
POSTS = 2
"""So many posts of what was called with are under way at once; what comes meanwhile waits for the next one."""
LOOK_EVERY_S = 5.0
"""How often the ears ask for what a crash has left; a file that was just heard is asked for at once."""
FETCHERS = 6
FETCHES = 3
"""Tries in a row; the next ones follow when the lease is over."""
LEASES = 3
"""After so many leases, a quarter of an hour, a file is taken as lost, and its sender is told another way."""

NO_PICTURE = "what was handed out is no picture"


def is_no_picture(file: FileRef, stored: StoredFile) -> bool:
    """A page that stands where a photo was, such as one that says it is no longer there, proves nothing."""
    if file.kind != "photo" or stored.verdict not in (None, "type"):
        return False
    return not (stored.media_type or "").startswith("image/")


class Ears:
    """`mouth` sends the replies that come back at once; without one, the ears bring their own."""

    def __init__(
        self,
        channel: Channel,
        client: Client,
        mouth: Mouth | None = None,
        *,
        look_every_s: float = LOOK_EVERY_S,
        first_pause: float = 0.5,
        longest_pause: float = 30,
    ) -> None:
        self.deaf: str | None = None
        """Why the platform does not let us in; None: it does."""
        self._channel, self._client, self._look_every_s = channel, client, look_every_s
        self._mouth = mouth or Mouth(channel, client, first_pause=first_pause, longest_pause=longest_pause)
        self._pause = (first_pause, longest_pause)
        self._files_came = asyncio.Event()
        self._called: list[Call] = []
        """What platforms called with, and the calls that wait for it to be stored."""
        self._posting: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._listen())
                both.create_task(self._look_after_files())
        except asyncio.CancelledError:
            await self._mouth.drain()
            raise

    async def insist_on(self, opening: Callable[[], Awaitable[object]]) -> None:
        """Until the platform has told what must be known before anything is heard."""
        pauses = Pauses(*self._pause)
        while True:
            try:
                await opening()
                return
            except Trouble as trouble:
                self._report(trouble)
                await pauses.rest()

    # --- hear -----------------------------------------------------------------------------------------------------

    async def _listen(self) -> None:
        name = self._channel.name
        position = await self._insist(lambda: self._client.position(name))
        pauses = Pauses(*self._pause)
        while True:
            try:
                heard, ahead = await self._channel.hear(position)
            except Trouble as trouble:
                self._report(trouble)
                await pauses.rest()
                continue
            self.deaf = None
            pauses.reset()
            for start in range(0, len(heard), BATCH):
                await self._store(heard[start : start + BATCH])
            if ahead is not None and ahead != position:
                position = ahead
                await self._move(ahead)

    async def _move(self, position: int) -> None:
        await self._insist(lambda: self._client.move(self._channel.name, position))

    async def take(self, heard: Sequence[Heard]) -> None:
        """Store what a platform called with, and have it answered. Raises Trouble when it cannot be stored now."""
        if not heard:
            return
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._called.append((heard, answer))
        if len(self._posting) < POSTS:
            posting = asyncio.create_task(self._post())
            self._posting.add(posting)
            posting.add_done_callback(self._posting.discard)
        await answer

    async def _post(self) -> None:
        """What is called with while a post is under way goes with the next one."""
        while self._called:
            calls, self._called = self._called[:BATCH], self._called[BATCH:]
            try:
                await self._post_all(calls)
            finally:
                for _, answer in calls:
                    answer.cancel()  # what has its answer keeps it

    async def _post_all(self, calls: "Sequence[Call]") -> None:
        trouble = await self._posted([one for heard, _ in calls for one in heard])
        for heard, answer in calls:
            met = await self._posted(heard) if isinstance(trouble, Refused) and len(calls) > 1 else trouble
            if isinstance(met, Refused):
                await self._store_refused(heard[0], met)
                met = None
            if not answer.done():
                answer.set_exception(met) if met else answer.set_result(None)

    async def _posted(self, heard: Sequence[Heard]) -> Trouble | None:
        try:
            self._stored(await self._client.hear(heard), heard)
        except Trouble as trouble:
            return trouble
        return None

    async def _store(self, heard: Sequence[Heard]) -> None:
        try:
            receipt = await self._insist(lambda: self._client.hear(heard), refusable=True)
        except Refused as refused:
            if len(heard) > 1:
                for one in heard:
                    await self._store([one])
            else:
                await self._store_refused(heard[0], refused)
            return
        self._stored(receipt, heard)

    def _stored(self, receipt: HeardReceipt, heard: Sequence[Heard]) -> None:
        self._mouth.take(receipt.parcels)
        if any(one.files for one in heard):
            self._files_came.set()
        if receipt.again_in_s is not None:
            asyncio.get_running_loop().call_later(receipt.again_in_s, self._files_came.set)
        if isinstance(self._channel, WithMenus):
            for menu in receipt.menus:
                self._channel.offer(menu.chat, menu.commands)

    async def _store_refused(self, heard: Heard, why: Refused) -> None:
        """What the API does not take is set aside there, without what it may have choked on."""
        log.error("the API refuses a message", id=heard.external_id, why=str(why))
        if heard.unread is None:
            stand_in = unreadable(
                "", str(why), channel=heard.channel, bot=heard.bot, at=heard.sent_at, external_id=heard.external_id,
                private=heard.private,
            )  # fmt: skip
            await self._store([stand_in])

    def _report(self, trouble: Trouble) -> None:
        if isinstance(trouble, Deaf) and not self.deaf:
            self.deaf = str(trouble)
            log.error("the platform does not let the bot in", bot=self._channel.name, why=self.deaf)
        elif not isinstance(trouble, Deaf):
            log.warning("the ears hear nothing", bot=self._channel.name, why=str(trouble))

    async def _insist(self, call: Callable[[], Awaitable[T]], *, refusable: bool = False) -> T:
        """Make the call until the API takes it. Raises Refused when that is `refusable`."""
        pauses = Pauses(*self._pause)
        while True:
            try:
                return await call()
            except Trouble as trouble:
                if refusable and isinstance(trouble, Refused):
                    raise
                log.warning("the API does not take what was heard", bot=self._channel.name, why=str(trouble))
                await pauses.rest()

    # --- files ----------------------------------------------------------------------------------------------------

    async def _look_after_files(self) -> None:
        """Several at once: a file that is slow keeps no other waiting."""
        busy: set[asyncio.Task[None]] = set()
        while True:
            if room := FETCHERS - len(busy):
                for work in await self._insist(partial(self._client.claim_inbox, self._channel.name, room)):
                    task = asyncio.create_task(self._fetch_all(work))
                    busy.add(task)
                    task.add_done_callback(partial(self._fetched_all, busy))
            if len(busy) < FETCHERS:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._look_every_s):  # 3.11's wait_for may swallow a cancellation
                        await self._files_came.wait()
                self._files_came.clear()
            else:
                await asyncio.wait(busy, return_when=asyncio.FIRST_COMPLETED)

    def _fetched_all(self, busy: set[asyncio.Task[None]], task: asyncio.Task[None]) -> None:
        """What a bug stops here is taken up when its lease is over, and in the end set aside by the API."""
        busy.discard(task)
        if not task.cancelled() and (bug := task.exception()):
            log.error("a message was not taken up, by a bug", bot=self._channel.name, exc_info=bug)

    async def _reread(self, work: InboxWork, raw: str) -> None:
        """What was set aside unread and is to be tried once more; it keeps the id under which it is stored."""
        try:
            read = await self._channel.reread(raw)
        except Trouble as trouble:
            log.warning("an update cannot be read again now", inbox=work.id, why=str(trouble))
            return
        heard = read or work.heard.model_copy(update={"unread": None, "chat": ""})
        await self._store([heard.model_copy(update={"external_id": work.heard.external_id})])

    async def _fetch_all(self, work: InboxWork) -> None:
        """Fetch what this message announces and have it answered; when it cannot be had now, its lease runs out."""
        if work.heard.unread:
            await self._reread(work, work.heard.unread.raw)
            return
        files = [await self._fetched(file, work) for file in work.heard.files]
        ready = tuple(file for file in files if file is not None)
        if len(ready) == len(files):
            await self._store([work.heard.model_copy(update={"files": ready})])

    async def _fetched(self, file: FileRef, work: InboxWork) -> FileRef | None:
        if file.stored or file.trouble:
            return file
        limit = self._channel.abilities.fetch_limit
        if limit is not None and (file.size or 0) > limit:
            return file.model_copy(update={"trouble": "too_large"})
        pauses, why = Pauses(*self._pause), ""
        for _ in range(FETCHES):
            try:
                stored = await self._take_in(file)
                if is_no_picture(file, stored):
                    return file.model_copy(update={"trouble": "unfetchable", "why": NO_PICTURE})
                return file.model_copy(update={"stored": stored.key})
            except TooLarge:
                return file.model_copy(update={"trouble": "too_large"})
            except (Refused, Unreachable) as trouble:
                return file.model_copy(update={"trouble": "unfetchable", "why": str(trouble)})
            except Trouble as trouble:
                log.warning("a file cannot be fetched now", inbox=work.id, why=str(trouble))
                why = str(trouble)
                await pauses.rest()
        return file.model_copy(update={"trouble": "unfetchable", "why": why}) if work.attempt >= LEASES else None

    async def _take_in(self, file: FileRef) -> StoredFile:
        """What the platform breaks off must not look like the house's refusal, in one process or in two."""
        met: list[Trouble] = []

        async def bytes_of() -> AsyncIterator[bytes]:
            try:
                async for piece in self._channel.fetch(file):
                    yield piece
            except Trouble as trouble:
                met.append(trouble)
                raise

        try:
            return await self._client.take_in(bytes_of(), file.name, file.kind)
        except Trouble as trouble:
            raise (met[0] if met else trouble) from None
