"""People of a played world: they read what their phone shows, write back, send files, and fall silent."""

import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.flows.world import World

_CODE = re.compile(r"\bK\d+\b")


@dataclass(frozen=True, slots=True)
class Message:
    """What a phone showed, and when (covenant time, local)."""

    at: datetime
    kind: str
    text: str
    row: int = 0
    """Of the outbox."""

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes it names, each once, in the order in which they come."""
        return tuple(dict.fromkeys(_CODE.findall(self.text)))


@dataclass
class Person:
    """One person with one chat. `short` is the agency they speak for."""

    world: "World"
    chat: str
    short: str
    role: str
    name: str
    on: str = "fake:1"
    """The platform of this chat."""
    habit: "Habit | None" = None
    heard: list[Message] = field(default_factory=list)
    has_blocked: bool = False

    async def says(self, text: str) -> str:
        """Write something; returns what the bot answered, several messages joined."""
        said = self.world.platforms[self.on].person_says(self.chat, text)
        return await self.world.until_answered(self, said)

    async def sends_file(self, name: str, content: bytes, caption: str = "") -> str:
        said = self.world.platforms[self.on].person_sends_file(self.chat, content, name, caption)
        return await self.world.until_answered(self, said)

    async def blocks(self) -> str:
        self.has_blocked = True
        return await self.world.until_answered(self, self.world.platforms[self.on].person_blocks(self.chat))

    def hears(self, kind: str = "reminder") -> list[Message]:
        """What came unasked, or of another kind."""
        return [message for message in self.heard if message.kind == kind]


Deed = Callable[[], Awaitable[object]]
Habit = Callable[[Person, Message], Iterator[tuple[datetime, Deed]]]
"""How somebody takes a reminder: what they do, and when."""


def early(person: Person, message: Message) -> Iterator[tuple[datetime, Deed]]:
    """Answers everything within the hour."""
    for number, code in enumerate(message.codes):
        at = message.at + timedelta(minutes=40 + number)
        yield at, saying(person, letter(person, code, at))


def late(person: Person, message: Message) -> Iterator[tuple[datetime, Deed]]:
    """Answers a task on the day after the third message about it."""
    for number, code in enumerate(message.codes):
        if sum(code in earlier.codes for earlier in person.hears()) == 3:
            at = message.at + timedelta(hours=23, minutes=number)
            yield at, saying(person, letter(person, code, at))


def silent(person: Person, message: Message) -> Iterator[tuple[datetime, Deed]]:
    """Reads everything, says nothing."""
    return iter(())


def acknowledging(person: Person, message: Message) -> Iterator[tuple[datetime, Deed]]:
    """Says thank you the first time, and does nothing."""
    news = [code for code in message.codes if not any(code in earlier.codes for earlier in person.hears()[:-1])]
    for number, code in enumerate(news):
        yield message.at + timedelta(minutes=5 + number), saying(person, f"{code} đã nhận")


def blocking(person: Person, message: Message) -> Iterator[tuple[datetime, Deed]]:
    """Shuts the bot out after the second message."""
    if len(person.hears()) == 2:
        yield message.at + timedelta(minutes=3), person.blocks


def saying(person: Person, text: str) -> Deed:
    return partial(person.says, text)


def letter(person: Person, code: str, at: datetime) -> str:
    """The answer that is always enough: an official letter has left."""
    return f"{code} đã gửi công văn {code[1:]}{at.day:02d}/BC-{person.short} ngày {at.day}/{at.month}"
