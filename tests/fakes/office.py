"""A house with its API, a platform, and as many mouths and ears as a test wants: real but for the platform."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlmodel import Session

from api.app import create_app
from api.house import House
from api.security import sha256
from api.store import Store
from bot.client import Client
from bot.ears import Ears
from bot.mouth import Mouth, utc_now
from models.clock import Anchor, Clock
from models.database import Database
from models.tables import Outbox
from tests.fakes.channel import FakeChannel
from tests.fakes.counter import Counter
from tests.fakes.wire import Wire
from tests.secrecy import secret

TOKEN = secret("the house's own token")
MORNING = datetime(2024, 6, 12, 2, 0, tzinfo=UTC)
"""A Wednesday in office hours, whatever the hour at which the tests run."""


async def eventually(true: Callable[[], object], within_s: float = 15) -> None:
    async with asyncio.timeout(within_s):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


class Office:
    def __init__(self, database: Database, folder: Path) -> None:
        store = Store.of(str(folder / "store"))
        self.database = database
        begins = utc_now()
        clock = Clock(Anchor(begins, MORNING))
        self.home = House(database, store, clock, own_token_sha256=sha256(TOKEN))
        self.app = create_app(self.home)
        self.counter = Counter(database, now=MORNING, wire_now=begins)
        self.platform = FakeChannel()
        self.wire = Wire(self.app)

    def client(self, wire: Wire | None = None) -> Client:
        return Client("http://inside", TOKEN, transport=wire or self.wire)

    def mouth(self, wire: Wire | None = None, clock: Callable[[], datetime] = utc_now) -> Mouth:
        pauses = {"first_pause": 0.02, "longest_pause": 0.1}
        return Mouth(self.platform, self.client(wire), wire=clock, wait_s=0.3, **pauses)

    def ears(self, mouth: Mouth, wire: Wire | None = None) -> Ears:
        pauses = {"first_pause": 0.02, "longest_pause": 0.1}
        return Ears(self.platform, self.client(wire), mouth, look_every_s=0.1, **pauses)

    def queue(self, chat: str, text: str) -> int:
        row = self.counter.queue(chat, text)
        self.home.bell.ring()
        return row

    async def until(self, *rows: int, state: str = "sent", within_s: float = 15) -> None:
        await eventually(lambda: all(self.counter.row(row).state == state for row in rows), within_s)

    def change(self, row: int, **values: object) -> None:
        """As if time had passed: another `not_before`, another `lease_until`."""

        def work(session: Session) -> None:
            found = session.get_one(Outbox, row)
            for name, value in values.items():
                setattr(found, name, value)

        self.database.write_now(work)


@asynccontextmanager
async def living(*parts: Mouth | Ears) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(part.run()) for part in parts]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
