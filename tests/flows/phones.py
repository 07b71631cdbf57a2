"""The people's phones as a platform, and the line between it and the house."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from zoneinfo import ZoneInfo

import httpx

from bot.channels.base import Passing, Trouble, Unreachable
from bot.client import Client
from models.clock import Clock
from models.wire import Heard, HeardReceipt, Outcome, Parcel
from tests.fakes.channel import FakeChannel
from tests.flows.people import Message, Person

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


class Phones(FakeChannel):
    """Each message lands on its person's phone, with its moment; the person's habit takes it from there."""

    def __init__(self, people: dict[str, Person], clock: Clock, name: str = "fake:1") -> None:
        super().__init__(name)
        self.people, self.clock = people, clock
        self.beside: dict[str, Phones] = {}
        """Other platforms on which some of the same people have a chat, by name."""
        self.is_down = False
        self.trouble: Trouble | None = None
        """What the platform answers to whatever is sent."""
        self.has_failed = False
        """Something may wait to be sent again."""

    async def send(self, parcel: Parcel) -> str | None:
        if self.is_down or self.trouble:
            self.has_failed = True
            raise self.trouble or Passing("the platform is down")
        person = self.people[parcel.chat]
        if person.has_blocked:
            raise Unreachable("the person has blocked the bot")
        landed = await super().send(parcel)
        message = Message(self.clock.covenant().astimezone(HANOI), parcel.kind, parcel.say.text, parcel.id)
        person.heard.append(message)
        if person.habit and message.kind == "reminder":
            for at, deed in person.habit(person, message):
                person.world.later(at, deed)
        return landed


class Line(Client):
    """The bot's client, watched: a test waits for what goes through it."""

    def __init__(self, base_url: str, token: str, *, transport: httpx.AsyncBaseTransport) -> None:
        super().__init__(base_url, token, transport=transport)
        self._taken: set[tuple[str, str]] = set()
        self._moved = asyncio.Event()

    async def hear(self, heard: Sequence[Heard]) -> HeardReceipt:
        receipt = await super().hear(heard)
        whole = (one for one in heard if all(file.stored or file.trouble for file in one.files))
        self._taken |= {(f"{one.channel}:{one.bot}", one.external_id) for one in whole}
        self._moved.set()
        return receipt

    async def settle(self, outcomes: Sequence[Outcome]) -> int:
        settled = await super().settle(outcomes)
        self._moved.set()
        return settled

    async def has_taken(self, platform: str, external_id: str) -> None:
        """Until this update was stored and thought through."""
        async with asyncio.timeout(20):
            while (platform, external_id) not in self._taken:
                await self.moves()

    async def moves(self, at_most: timedelta = timedelta(milliseconds=20)) -> None:
        """Until something went through, or a short while."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._moved.wait(), at_most.total_seconds())
        self._moved.clear()
