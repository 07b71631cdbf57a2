"""The mouth of one bot: claims what is to be said, sends it, reports what became of it. It decides nothing.

The API gives at most one message an address, so whatever is in hand may be sent side by side and every chat still
hears its messages in order. Sending happens outside any transaction, under a lease: a message whose lease is nearly
over is given back unsent, because somebody else may hold it soon.
"""

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from bot.channels.base import (
    Channel,
    Deaf,
    Gone,
    Limited,
    Moved,
    Passing,
    Refused,
    Trouble,
    Uncarried,
    Uncertain,
    Unreachable,
)
from bot.client import Client
from bot.dialogue.phrases import handing_out
from bot.pauses import Pauses
from models.wire import Outcome, Parcel, Say

log = structlog.get_logger()

IN_HAND = 60
"""So many messages are on their way at once."""
WAIT_S = 20.0
"""How long the API holds a claim open when there is nothing to say."""
NEARLY_OVER = timedelta(seconds=20)
"""No send begins when less of the lease is left."""
SETTLING = timedelta(seconds=5)
"""What a send must leave of the lease to report its outcome."""
NO_TIME = "its lease was nearly over"
BATCH = 500
GOODBYE_S = 10.0


def utc_now() -> datetime:
    return datetime.now(UTC)


class Mouth:
    """`take` sends what is in hand; `run` claims more, until it is cancelled, and then lets go of everything."""

    def __init__(
        self,
        channel: Channel,
        client: Client,
        *,
        wire: Callable[[], datetime] = utc_now,
        wait_s: float = WAIT_S,
        first_pause: float = 0.5,
        longest_pause: float = 30,
    ) -> None:
        self.deaf: str | None = None
        """Why the platform does not let us in; None: it does."""
        self._let_in = asyncio.Event()
        self._channel, self._client, self._wire, self._wait_s = channel, client, wire, wait_s
        self._claim_pauses = Pauses(first_pause, longest_pause)
        self._settle_pauses = Pauses(first_pause, longest_pause)
        self._sending: set[asyncio.Task[None]] = set()
        self._outcomes: list[Outcome] = []
        self._settling: asyncio.Task[None] | None = None
        self._rest_until: datetime | None = None
        self._unheard = False
        """The API does not take our reports."""
        self._closing = False

    async def run(self) -> None:
        claiming: asyncio.Task[list[Parcel]] | None = None
        try:
            while True:
                await self._room()
                claiming = asyncio.create_task(self._claim())
                parcels, claiming = await asyncio.shield(claiming), None
                self.take(parcels)
        except asyncio.CancelledError:
            await self._let_go(claiming)
            raise

    def take(self, parcels: Iterable[Parcel]) -> None:
        """Send these, each at its time."""
        for parcel in parcels:
            task = asyncio.create_task(self._deliver(parcel))
            self._sending.add(task)
            task.add_done_callback(self._done)

    async def drain(self) -> None:
        """Begin no more sends; wait for those that are on the wire, and report them."""
        self._closing = True
        if self._sending:
            await asyncio.wait(self._sending, timeout=GOODBYE_S)
        if self._settling:
            await asyncio.wait([self._settling], timeout=GOODBYE_S)

    # --- claim ----------------------------------------------------------------------------------------------------

    async def _room(self) -> None:
        """Until a hand is free, and what is known of earlier messages is told: else they would be sent again."""
        while len(self._sending) >= IN_HAND:
            await asyncio.wait(self._sending, return_when=asyncio.FIRST_COMPLETED)
        if self.deaf:
            await self._claim_pauses.rest(self._let_in)
        while self._unheard:
            await self._claim_pauses.rest()

    async def _claim(self) -> list[Parcel]:
        try:
            room = max(1, IN_HAND - len(self._sending))  # replies may have come since there was room
            parcels = await self._client.claim(self._channel.name, room, self._wait_s)
        except Trouble as trouble:
            log.warning("the mouth cannot claim", bot=self._channel.name, why=str(trouble))
            await self._claim_pauses.rest()
            return []
        if not self.deaf:
            self._claim_pauses.reset()
        return parcels

    async def _let_go(self, claiming: "asyncio.Task[list[Parcel]] | None") -> None:
        """A claim that is just being answered must not leave messages leased to nobody."""
        self._closing = True
        if claiming and not claiming.done():
            await asyncio.wait([claiming], timeout=1)
        if claiming and claiming.done() and not claiming.cancelled() and not claiming.exception():
            self.take(claiming.result())
        elif claiming:
            claiming.cancel()
        await self.drain()

    # --- send -----------------------------------------------------------------------------------------------------

    async def _deliver(self, parcel: Parcel) -> None:
        await self._until_its_time(parcel)
        left = parcel.lease_until - self._wire()
        if self._closing or self._rests() or left < NEARLY_OVER:
            why = "the mouth closes" if self._closing else "the bot rests" if self._rests() else NO_TIME
            return self._report(outcome(parcel, "later", why=why, retry_after_s=0))
        try:
            async with asyncio.timeout((left - SETTLING).total_seconds()):
                external_id = await self._sent(await self._carried(parcel))
        except TimeoutError:
            return self._report(outcome(parcel, "uncertain", why="the platform did not answer in time"))
        except Trouble as trouble:
            return self._report(self._troubled(parcel, trouble))
        self.deaf = None
        self._let_in.set()
        return self._report(outcome(parcel, "sent", external_id=external_id))

    async def _carried(self, parcel: Parcel) -> Parcel:
        """With an address in the place of its file where the channel cannot carry it."""
        file, able = parcel.say.file, self._channel.abilities
        if file is None:
            return parcel
        most = able.files_out or (able.pictures_out if file.picture else None)
        return parcel if most is not None and file.size <= most else await self._without_file(parcel)

    async def _sent(self, parcel: Parcel) -> str | None:
        try:
            return await self._channel.send(parcel)
        except Uncarried as trouble:
            log.warning("a file is not carried", outbox=parcel.id, why=str(trouble))
        return await self._channel.send(await self._without_file(parcel))

    async def _without_file(self, parcel: Parcel) -> Parcel:
        try:
            address = await self._client.link(parcel)
        except Refused:
            address = None
        say = Say(text=handing_out.not_here(parcel.say.text, address), choices=parcel.say.choices)
        return parcel.model_copy(update={"say": say})

    def _done(self, task: asyncio.Task[None]) -> None:
        """What a bug stops here is repeated when its lease is over."""
        self._sending.discard(task)
        if not task.cancelled() and (bug := task.exception()):
            log.error("a message was dropped by a bug", bot=self._channel.name, exc_info=bug)

    async def _until_its_time(self, parcel: Parcel) -> None:
        while (pause := parcel.not_before - self._wire()) > timedelta():
            if self._closing or self._rests() or parcel.lease_until - self._wire() - pause < NEARLY_OVER:
                return
            await asyncio.sleep(min(pause.total_seconds(), 0.5))

    def _rests(self) -> bool:
        """Told to rest as a whole: what is in hand is given back, so that it gets its turn at the pace after it."""
        return self._rest_until is not None and self._wire() < self._rest_until

    def _troubled(self, parcel: Parcel, trouble: Trouble) -> Outcome:
        why = str(trouble)
        match trouble:
            case Limited():
                if trouble.whole_bot:
                    self._rest_until = self._wire() + timedelta(seconds=trouble.retry_after_s)
                return outcome(
                    parcel, "later", why=why, retry_after_s=trouble.retry_after_s, whole_bot=trouble.whole_bot
                )
            case Deaf():
                self._report_deaf(why)
                return outcome(parcel, "later", why=why, retry_after_s=0, whole_bot=True)
            case Moved():
                return outcome(parcel, "later", why=why, retry_after_s=0, moved_to=trouble.chat)
            case Unreachable():
                return outcome(parcel, "unreachable", why=why, gone=isinstance(trouble, Gone))
            case Refused():
                return outcome(parcel, "refused", why=why)
            case Uncertain():
                return outcome(parcel, "uncertain", why=why)
            case Passing() | _:
                return outcome(parcel, "later", why=why)

    def _report_deaf(self, why: str) -> None:
        if not self.deaf:
            log.error("the platform does not let the bot in", bot=self._channel.name, why=why)
        self.deaf = why
        self._let_in.clear()

    # --- settle ---------------------------------------------------------------------------------------------------

    def _report(self, told: Outcome) -> None:
        self._outcomes.append(told)
        if self._settling is None or self._settling.done():
            self._settling = asyncio.create_task(self._settle())
            self._settling.add_done_callback(self._done)

    async def _settle(self) -> None:
        """What comes meanwhile goes with the next call. What is known to be sent is never forgotten while we live."""
        while self._outcomes:
            batch = self._outcomes[:BATCH]
            try:
                await self._client.settle(batch)
            except Trouble as trouble:
                log.warning("the mouth cannot report", bot=self._channel.name, why=str(trouble), waiting=len(batch))
                self._unheard = True
                await self._settle_pauses.rest()
                continue
            del self._outcomes[: len(batch)]
            self._unheard = False
            self._settle_pauses.reset()


def outcome(
    parcel: Parcel,
    result: str,
    *,
    external_id: str | None = None,
    why: str | None = None,
    retry_after_s: float | None = None,
    **more: Any,
) -> Outcome:
    """`more`: what only some outcomes have."""
    return Outcome(
        id=parcel.id, attempt=parcel.attempt, result=result, external_id=external_id, why=why,
        retry_after_s=retry_after_s, **more,
    )  # fmt: skip
