"""The contract of every channel: hear, send, fetch, and what it is able to do.

Trouble                    a send or a fetch that failed
├── Passing                try again later (5xx, dropped before the platform can have read it)
├── Limited                429: rest for `retry_after_s`, no try is spent
├── Uncertain              it may have arrived: the answer was lost
├── Refused                never in this form (our bug, or the platform's rule)
│   ├── TooLarge           a file beyond what the platform hands out: ask for it by another way
│   └── Uncarried          with this file: it can be said without
├── Unreachable            this chat is blocked
│   ├── Gone               it is there no more
│   └── Moved              it has another id now: try again there
└── Deaf                   the token is wrong: the whole channel stops until it is mended
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from models.wire import FileRef, Heard, Parcel, Say


class Trouble(Exception):
    """A send or a fetch that failed. Its text is safe to store: it never holds a token or an address."""


class Passing(Trouble):
    pass


class Limited(Trouble):
    def __init__(self, why: str, retry_after_s: float, *, whole_bot: bool = False) -> None:
        super().__init__(why)
        self.retry_after_s = retry_after_s
        self.whole_bot = whole_bot


class Uncertain(Trouble):
    pass


class Refused(Trouble):
    pass


class TooLarge(Refused):
    pass


class Uncarried(Refused):
    pass


class Unreachable(Trouble):
    pass


class Gone(Unreachable):
    pass


class Moved(Unreachable):
    def __init__(self, why: str, chat: str) -> None:
        super().__init__(why)
        self.chat = chat


class Deaf(Trouble):
    pass


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a platform can do, as data; the rest is degraded, never crashed."""

    text_limit: int
    """In UTF-16 units, which is what the strictest platforms count."""
    buttons: bool = False
    files_in: bool = False
    fetch_limit: int | None = None
    """Bytes; larger files are answered with another way."""
    files_out: int | None = None
    """Bytes of the largest file that can be sent; None: none can."""
    pictures_out: int | None = None
    """Bytes of the largest picture, where only pictures can be sent."""


class Channel(Protocol):
    """One bot on one platform. `name` is `channel:bot id`, the key of its outbox."""

    name: str
    abilities: Abilities

    async def hear(self, position: int | None) -> tuple[list[Heard], int | None]:
        """Wait for what people said since `position`; return it with the next position, which the caller
        stores before it asks again. Raises Trouble."""
        ...

    async def reread(self, raw: str) -> Heard | None:
        """A raw update that was set aside because it could not be read (`Heard.unread.raw`), read once more. None:
        nothing was said to us. Raises Trouble."""
        ...

    def fit(self, say: Say) -> list[Say]:
        """Degrade to what the platform can show: numbered lines for buttons, splitting without breaking a word."""
        ...

    async def send(self, parcel: Parcel) -> str | None:
        """Send one parcel whole; return the platform's id of its last message. Raises Trouble."""
        ...

    def fetch(self, file: FileRef) -> AsyncIterator[bytes]:
        """The bytes of a file that was heard. Raises Trouble."""
        ...

    async def close(self) -> None: ...


@runtime_checkable
class WithMenus(Protocol):
    """A channel that shows each chat a menu of commands."""

    def offer(self, chat: str, commands: Sequence[tuple[str, str]]) -> None:
        """Show these (name, what it opens) from now on. A courtesy: it is tried, and nobody waits for it."""
        ...


class Called(Protocol):
    """A channel whose platform may call us: `POST /hooks/<channel>/<bot id>`, with our secret in `secret_header`."""

    name: str
    secret_header: str
    is_probed: bool
    """Whether the platform tries the door with an empty, unsigned body, which is greeted and forgotten."""

    def called(self, body: bytes) -> list[Heard]:
        """What the platform's call says, which may be nothing for us; what cannot be read comes out with `unread`."""
        ...

    def stored(self, said: Sequence[Heard]) -> None:
        """What was `called` is a row now."""
        ...
