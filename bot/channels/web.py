"""The browser chat as a channel: what it can do, and how a message enters its timeline.

The page, its sign-in and its uploads live in `api`; what people say there never passes through `hear`.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol

from bot.channels.base import Abilities, Refused
from bot.channels.fitting import split
from models.wire import FileRef, Heard, Parcel, Say, TimelineEntry


class TimelineWriter(Protocol):
    """What the channel needs of the API's client. A second entry with the same `outbox_id` is the first one again."""

    async def timeline(self, entry: TimelineEntry) -> object:
        """Raises Trouble."""
        ...


class WebChannel:
    name = "web:main"
    abilities = Abilities(text_limit=20_000, buttons=True, files_in=True)

    def __init__(self, client: TimelineWriter) -> None:
        self._client = client

    async def hear(self, position: int | None) -> tuple[list[Heard], int | None]:
        """Never returns: the page is heard by the API itself."""
        await asyncio.Event().wait()
        return [], position

    async def reread(self, raw: str) -> Heard | None:
        raise Refused("the page is heard by the API itself")

    def fit(self, say: Say) -> list[Say]:
        """Whole nearly always: the page shows long texts and buttons. The choices stand under the last piece."""
        pieces = split(say.text, self.abilities.text_limit) or [""]
        *first, last = pieces
        return [*(Say(text=piece) for piece in first), Say(text=last, choices=say.choices)]

    async def send(self, parcel: Parcel) -> str | None:
        """Put the parcel into the chat's timeline, in one entry: the page takes it whole."""
        entry = TimelineEntry(outbox_id=parcel.id, chat=parcel.chat, text=parcel.say.text, choices=parcel.say.choices)
        await self._client.timeline(entry)
        return f"timeline:{parcel.id}"

    async def fetch(self, file: FileRef) -> AsyncIterator[bytes]:
        """Files of the page are in the house before they are heard."""
        raise Refused("the browser chat's files are taken in by the page")
        yield b""

    async def close(self) -> None:
        """Nothing is held: the client belongs to whoever made it."""
