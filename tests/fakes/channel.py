"""A platform in memory that speaks the domain: people say things in chats, and see what arrives there.

It keeps order like a real one (each update has a number, and stays until a later position is asked for), and fails
on demand: `next_sends(Passing("502"), …)` are met by the coming sends, `fails_to_fetch` by the coming fetches.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.channels.base import Abilities, Trouble
from bot.channels.fitting import numbered, split
from bot.channels.unreadable import unreadable
from models.wire import FileRef, Heard, Parcel, Say


@dataclass(frozen=True)
class Arrived:
    """A message as it stands in a chat."""

    parcel_id: int
    text: str
    repeated: bool


class ArrivedUnanswered(Exception):
    """Wraps a Trouble that is raised after the message has arrived: the answer was lost."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(str(trouble))
        self.trouble = trouble


@dataclass
class FakeChannel:
    name: str = "fake:1"
    abilities: Abilities = field(default_factory=lambda: Abilities(text_limit=4096, files_in=True, fetch_limit=1000))
    sent_at: datetime = datetime(2024, 6, 12, 2, 0, tzinfo=UTC)
    latency_s: float = 0

    def __post_init__(self) -> None:
        self.channel, _, self.bot = self.name.partition(":")
        self._updates: list[Heard] = []
        self._news = asyncio.Event()
        self._sent = asyncio.Event()
        self._arrived: dict[str, list[Arrived]] = {}
        self._files: dict[str, bytes] = {}
        self._hears: list[Exception] = []
        self._sends: list[Trouble | ArrivedUnanswered | None] = []
        self._fetches: list[Trouble] = []
        self.fetches = 0
        """So often a file was asked for."""
        self.reads_everything = False
        self.in_flight: dict[str, int] = {}
        self.crowded: list[str] = []
        """Chats that had two messages on their way at once."""

    # --- what people do -------------------------------------------------------------------------------------------

    def person_says(self, chat: str, text: str) -> str:
        """Returns the update's id."""
        return self._hear(Heard(**self._next(chat), text=text))

    def person_sends_file(self, chat: str, content: bytes, name: str = "bao-cao.pdf", caption: str = "") -> str:
        ref = f"file-{len(self._files)}"
        self._files[ref] = content
        file = FileRef(ref=ref, name=name, size=len(content))
        return self._hear(Heard(**self._next(chat), kind="files", text=caption, files=(file,)))

    def person_sends_photo(self, chat: str, content: bytes) -> str:
        """What the platform hands out when it is asked for the photo."""
        ref = f"photo-{len(self._files)}"
        self._files[ref] = content
        return self._hear(Heard(**self._next(chat), kind="files", files=(FileRef(ref=ref, kind="photo"),)))

    def person_says_what_nobody_reads(self, chat: str, meant: str) -> str:
        """Our code cannot read this update before it is mended (`reads_everything`)."""
        number = self._next(chat)
        heard = unreadable(
            {"chat": chat, "meant": meant}, "KeyError at fake.py:1", channel=self.channel, bot=self.bot,
            at=self.sent_at, external_id=str(number["external_id"]), chat=chat,
        )  # fmt: skip
        return self._hear(heard)

    def person_blocks(self, chat: str) -> str:
        return self._hear(Heard(**self._next(chat), kind="blocked"))

    def platform_repeats(self, external_id: str) -> None:
        """Deliver an old update once more."""
        self._hear(next(update for update in self._updates if update.external_id == external_id))

    # --- what people see ------------------------------------------------------------------------------------------

    def what_arrived(self, chat: str) -> list[str]:
        return [message.text for message in self._arrived.get(chat, [])]

    def arrivals(self) -> list[Arrived]:
        return [message for chat in self._arrived.values() for message in chat]

    async def until_arrived(self, chat: str, count: int, within_s: float = 10) -> list[str]:
        async with asyncio.timeout(within_s):
            while len(self._arrived.get(chat, [])) < count:
                self._sent.clear()
                await self._sent.wait()
        return self.what_arrived(chat)

    # --- what goes wrong ------------------------------------------------------------------------------------------

    def next_sends(self, *fates: Trouble | ArrivedUnanswered | None) -> None:
        """What the coming sends meet, in order; None: nothing."""
        self._sends += fates

    def fails_to_hear(self, *troubles: Exception) -> None:
        self._hears += troubles

    def fails_to_fetch(self, *troubles: Trouble) -> None:
        self._fetches += troubles

    # --- the channel ----------------------------------------------------------------------------------------------

    async def hear(self, position: int | None) -> tuple[list[Heard], int | None]:
        if self._hears:
            raise self._hears.pop(0)
        start = position or 0
        while len(self._updates) <= start:
            self._news.clear()
            await self._news.wait()
        return self._updates[start:], len(self._updates)

    async def reread(self, raw: str) -> Heard | None:
        update = json.loads(raw)
        if self.reads_everything:
            return Heard(**self._next(update["chat"]), text=update["meant"])
        return unreadable(raw, "KeyError at fake.py:2", channel=self.channel, bot=self.bot, at=self.sent_at)

    def fit(self, say: Say) -> list[Say]:
        return [Say(text=part) for part in split(numbered(say), self.abilities.text_limit)]

    async def send(self, parcel: Parcel) -> str | None:
        fate = self._sends.pop(0) if self._sends else None
        if isinstance(fate, Trouble):
            raise fate
        self.in_flight[parcel.chat] = self.in_flight.get(parcel.chat, 0) + 1
        if self.in_flight[parcel.chat] > 1:
            self.crowded.append(parcel.chat)
        await asyncio.sleep(self.latency_s)
        here = self._arrived.setdefault(parcel.chat, [])
        here += [Arrived(parcel.id, part.text, parcel.repeated) for part in self.fit(parcel.say)]
        self.in_flight[parcel.chat] -= 1
        self._sent.set()
        if fate is not None:
            raise fate.trouble
        return f"m{len(here)}"

    async def fetch(self, file: FileRef) -> AsyncIterator[bytes]:
        content = self._files[file.ref]
        self.fetches += 1
        yield content[:10]
        if self._fetches:
            raise self._fetches.pop(0)
        yield content[10:]

    async def close(self) -> None:
        self._news.set()

    def _next(self, chat: str) -> dict[str, object]:
        number = str(len(self._updates))
        return {
            "channel": self.channel, "bot": self.bot, "external_id": number, "chat": chat, "sender": f"Người {chat}",
            "sent_at": self.sent_at,
        }  # fmt: skip

    def _hear(self, heard: Heard) -> str:
        self._updates.append(heard)
        self._news.set()
        return heard.external_id
