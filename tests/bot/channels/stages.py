"""A stage for each channel: the same words for what a person does and sees, whatever platform stands behind.

To add a channel, write its stage and name it in `SPEAKING` and, if it hears by itself, in `HEARING`.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from bot.channels.base import (
    Abilities,
    Channel,
    Deaf,
    Limited,
    Passing,
    Refused,
    Trouble,
    Uncertain,
    Unreachable,
)
from bot.channels.telegram import TelegramChannel
from bot.channels.web import WebChannel
from bot.channels.zalo import ZaloChannel
from models.wire import TimelineEntry
from tests.bot.channels.conftest import wire_clock
from tests.fakes import zalo
from tests.fakes.channel import FakeChannel
from tests.fakes.telegram import (
    BLOCKED,
    DROPPED_AFTER,
    SERVER_ERROR,
    UNAUTHORIZED,
    Fault,
    TelegramServer,
    limited,
)


class Stage(Protocol):
    """One channel and one person at its other end."""

    channel: Channel
    chat: str
    secret: str
    hears_again: bool
    """Whether the platform tells once more what was not stored."""
    describes_files: bool
    """Whether a file comes with its name and size."""

    def says(self, text: str) -> None: ...

    def taps(self, label: str) -> None: ...

    def sends_file(self, content: bytes, name: str) -> None: ...

    def received(self) -> list[str]:
        """The texts that the person was sent, in order."""
        ...

    def next_send_meets(self, trouble: type[Trouble]) -> bool:
        """False: this platform does not know that trouble."""
        ...


class TelegramStage:
    hears_again = describes_files = True
    FAULTS: dict[type[Trouble], Fault] = {  # noqa: RUF012
        Passing: SERVER_ERROR,
        Limited: limited(9),
        Uncertain: DROPPED_AFTER,
        Refused: Fault(400, "Bad Request: message is too long"),
        Unreachable: BLOCKED,
        Deaf: UNAUTHORIZED,
    }

    def __init__(self, channel: TelegramChannel, server: TelegramServer) -> None:
        self.channel: Channel = channel
        self.person = server.person()
        self.chat = str(self.person.id)
        self.secret = server.token.partition(":")[2]
        self._server = server

    def says(self, text: str) -> None:
        self.person.says(text)

    def taps(self, label: str) -> None:
        self.person.taps(label)

    def sends_file(self, content: bytes, name: str) -> None:
        self.person.sends_document(content, name)

    def received(self) -> list[str]:
        return [message["text"] for message in self._server.sent_to(self.person)]

    def next_send_meets(self, trouble: type[Trouble]) -> bool:
        self._server.fails("sendMessage", self.FAULTS[trouble])
        return True


class ZaloStage:
    hears_again = describes_files = False
    FAULTS: dict[type[Trouble], zalo.Fault] = {  # noqa: RUF012
        Passing: zalo.SERVER_ERROR,
        Limited: zalo.TOO_MANY,
        Uncertain: zalo.DROPPED_AFTER,
        Refused: zalo.Fault(400, "Bad Request"),
        Unreachable: zalo.NOT_PERMITTED,
        Deaf: zalo.UNAUTHORIZED,
    }

    def __init__(self, channel: ZaloChannel, server: zalo.ZaloServer) -> None:
        self.channel: Channel = channel
        self.person = server.person()
        self.chat = self.person.chat
        self.secret = server.token
        self._server = server

    def says(self, text: str) -> None:
        self.person.says(text)

    def taps(self, label: str) -> None:
        raise NotImplementedError("it has no buttons")

    def sends_file(self, content: bytes, name: str) -> None:
        self.person.sends_picture(content)

    def received(self) -> list[str]:
        return self._server.sent_to(self.person)

    def next_send_meets(self, trouble: type[Trouble]) -> bool:
        self._server.fails("sendMessage", self.FAULTS[trouble])
        return True


class Timeline:
    """What the API keeps for the page: an entry per outbox row, once."""

    def __init__(self) -> None:
        self.entries: dict[int, TimelineEntry] = {}
        self.trouble: Trouble | None = None

    async def timeline(self, entry: TimelineEntry) -> None:
        trouble, self.trouble = self.trouble, None
        if trouble:
            raise trouble
        self.entries.setdefault(entry.outbox_id, entry)


class WebStage:
    hears_again = describes_files = True
    chat = "17"
    secret = "no secret is spoken here"

    def __init__(self) -> None:
        self._timeline = Timeline()
        self.channel: Channel = WebChannel(self._timeline)

    def says(self, text: str) -> None:
        raise NotImplementedError("the page is heard by the API")

    def taps(self, label: str) -> None:
        raise NotImplementedError("the page is heard by the API")

    def sends_file(self, content: bytes, name: str) -> None:
        raise NotImplementedError("the page uploads to the API")

    def received(self) -> list[str]:
        return [entry.text for entry in self._timeline.entries.values()]

    def next_send_meets(self, trouble: type[Trouble]) -> bool:
        if trouble is not Passing:
            return False
        self._timeline.trouble = Passing("the API answered 503")
        return True


class FakeStage:
    """The platform in memory, which the queues are tried on: it keeps to the contract like a real one."""

    hears_again = describes_files = True

    chat = "an"
    secret = "no secret is spoken here"

    def __init__(self) -> None:
        self.fake = FakeChannel(abilities=Abilities(text_limit=4096, files_in=True), sent_at=wire_clock())
        self.channel: Channel = self.fake

    def says(self, text: str) -> None:
        self.fake.person_says(self.chat, text)

    def taps(self, label: str) -> None:
        raise NotImplementedError("it has no buttons")

    def sends_file(self, content: bytes, name: str) -> None:
        self.fake.person_sends_file(self.chat, content, name)

    def received(self) -> list[str]:
        return self.fake.what_arrived(self.chat)

    def next_send_meets(self, trouble: type[Trouble]) -> bool:
        self.fake.next_sends(Limited("told to rest", 9) if trouble is Limited else trouble("as asked"))
        return True


@asynccontextmanager
async def telegram_stage() -> AsyncIterator[Stage]:
    async with TelegramServer() as server:
        channel = TelegramChannel(server.token, server.api_url, wire=wire_clock, poll_s=1, read_s=0.5)
        yield TelegramStage(channel, server)
        await channel.close()
    assert server.violations == []


@asynccontextmanager
async def zalo_stage() -> AsyncIterator[Stage]:
    async with zalo.ZaloServer() as server:
        channel = ZaloChannel(server.token, server.api_url, wire=wire_clock, poll_s=1, poll_gap_s=0.05, read_s=0.5)
        await channel.open()
        yield ZaloStage(channel, server)
        await channel.close()
    assert server.violations == []


@asynccontextmanager
async def web_stage() -> AsyncIterator[Stage]:
    yield WebStage()


@asynccontextmanager
async def fake_stage() -> AsyncIterator[Stage]:
    yield FakeStage()


Setting = Callable[[], AbstractAsyncContextManager[Stage]]
SPEAKING: dict[str, Setting] = {
    "telegram": telegram_stage,
    "zalo": zalo_stage,
    "web": web_stage,
    "fake": fake_stage,
}
HEARING: dict[str, Setting] = {"telegram": telegram_stage, "zalo": zalo_stage, "fake": fake_stage}
