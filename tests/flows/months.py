"""A month that is lived event by event: a small bloc, its people on two platforms, and all that may come between.

Everything is said in chat as people say it; only outages, blocks and the clock are done to the world.
"""

import asyncio
import shutil
from collections import Counter
from contextlib import AsyncExitStack
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import String, cast, delete, update
from sqlmodel import Session, col

from api.services.talks.facts import items_of_season
from bot.dialogue.values import Item
from models.database import Database
from models.tables import Cursor, Inbox
from tests.flows import promises
from tests.flows.calendars import working_days
from tests.flows.people import Person
from tests.flows.phones import Phones
from tests.flows.world import HANOI, World

START = datetime(2024, 5, 27, 8, tzinfo=HANOI)
BLOC = """
bloc: Khối thi đua Nội chính tỉnh Ví Dụ
slug: vi-du
season: 2024
signed_on: 29/3/2024
agencies:
  - {name: Công an tỉnh, short: CA, seat: head}
  - {name: Cục Quản lý thị trường, short: QLTT, seat: deputy}
  - {name: Sở Tư pháp, short: STP}
  - {name: Thanh tra tỉnh, short: TTT}
  - {name: Bộ Chỉ huy Quân sự tỉnh, short: BCHQS, off_channel: true}
milestones:
  - {key: ke-hoach, title: Kế hoạch thi đua, due: 5/6, evidence: none}
  - {key: so-ket, title: Báo cáo sơ kết 6 tháng, due: 15/6, report: true}
  - {key: an, title: Án đã thi hành, due: 21/6, target: 15, unit: vụ, evidence: none, important: true}
  - {key: hoi-nghi, title: Hội nghị sơ kết, due: 28/6, owed_by: head, evidence: none}
"""
CODES = ("K1", "K2", "K3", "K4")
ZALO = "Zalo:1"
"""Written as no channel is: it has no pace that a standing clock would have to wait for."""
PEOPLE = {
    "an": ("STP", "focal"), "binh": ("STP", "deputy_focal"), "chi": ("TTT", "focal"), "dung": ("CA", "focal"),
    "desk": ("CA", "desk"), "head": ("CA", "leader"), "deputy": ("QLTT", "leader"),
}  # fmt: skip
FOCALS = ("an", "binh", "chi", "dung")
SECOND = {"an2": "an", "desk2": "desk"}
"""Who has a second chat, on Zalo."""


def furnish(template: Path, folder: Path) -> Path:
    """A database with the bloc and its people linked."""
    file = folder / "giaouoc.db"
    shutil.copy(template, file)

    async def link_all() -> None:
        database = Database(f"sqlite:///{file}")
        async with World(database, folder, START) as world:
            await world.load_text(BLOC, "vi-du.yaml")
            linked = {name: await world.link(*place) for name, place in PEOPLE.items()}
            for whose in SECOND.values():
                await world.second_chat(linked[whose], ZALO)
        database.write_now(forget_the_updates)
        database.close()

    asyncio.run(link_all())
    return file


def forget_the_updates(session: Session) -> None:
    """The months' platforms count from one again."""
    session.execute(delete(Cursor))
    session.execute(update(Inbox).values(external_id="linking-" + cast(col(Inbox.id), String)))


class Month:
    """The world of one example, and what happened in it."""

    def __init__(self, furnished: Path, folder: Path) -> None:
        for old in folder.glob("month.db*"):
            old.unlink()
        self.folder, self.file = folder, shutil.copy(furnished, folder / "month.db")
        self.database = Database(f"sqlite:///{self.file}")
        self.stack = AsyncExitStack()
        self.people: dict[str, Person] = {}
        self.items: list[Item] = []
        """Everything that is owed, as it stands."""
        self.happened: Counter[str] = Counter()
        self.calm_since: date | None = START.date()
        """Since when nothing kept messages back; None: something does."""

    async def begin(self, at: datetime = START, phones: Phones | None = None) -> None:
        """The program starts; whoever had a phone before still has it."""
        self.world = World(self.database, self.folder, at, phones)
        if phones is None:
            self.people = {name: self.world.person(*place) for name, place in PEOPLE.items()}
            chats = {chat: (*PEOPLE[name], ZALO) for chat, name in SECOND.items()}
            self.people |= {chat: self.world.person(*place) for chat, place in chats.items()}
        for person in self.people.values():
            person.world = self.world
        self.world.slug, self.world.year = "vi-du", 2024
        await self.stack.enter_async_context(self.world)
        if phones is None:
            self.world.opens(ZALO)
        await self.look()

    async def close(self) -> None:
        await self.stack.aclose()
        self.database.close()

    # --- what happens ---------------------------------------------------------------------------------------------

    async def says(self, name: str, text: str, *, kind: str, taken: str) -> None:
        """Write something; it counts as a `kind` of event when the answer has the words `taken` in it."""
        person = self.people[name]
        person.has_blocked = False
        if taken in await person.says(text):
            self.happened[kind] += 1

    def day(self, days: int) -> str:
        """So many days from today, as people write it."""
        on = self.world.now + timedelta(days=days)
        return f"{on.day}/{on.month}"

    async def passes(self, days: int) -> None:
        await self.world.play_until(self.world.now + timedelta(days=days))

    async def jumps(self, hours: int) -> None:
        """The clock, and with it the program, sleeps."""
        self.world.on(self.world.now + timedelta(hours=hours))
        self.disturbed("jump")
        await self.world.tick()

    async def restarts(self) -> None:
        at, phones = self.world.now, self.world.phones
        await self.stack.aclose()
        await self.begin(at, phones)
        self.happened["restart"] += 1

    def goes_down(self, platform: str, *, down: bool) -> None:
        self.world.platforms[platform].is_down = down
        self.disturbed("outage")

    def blocks(self, chat: str) -> None:
        self.people[chat].has_blocked = True
        self.disturbed("block")

    def disturbed(self, kind: str) -> None:
        self.happened[kind] += 1
        self.calm_since = self.world.now.date()

    # --- what is seen ---------------------------------------------------------------------------------------------

    async def look(self) -> None:
        """How everything stands."""
        self.items = await self.database.read(lambda session: items_of_season(session, 1, self.world.now))

    def waiting(self) -> list[Item]:
        return [item for item in self.items if item.standing.state == "submitted"]

    def asking(self) -> list[Item]:
        return [item for item in self.items if item.standing.extension_asked]

    async def keeps_its_promises(self) -> None:
        await self.look()
        await self.database.read(lambda session: promises.are_kept(session, self.people.values()))
        found = await self.world.status()
        for agency in found.agencies:
            assert sum(agency.silence.model_dump().values()) == agency.open_overdue, agency
        if self._is_calm():
            await self.database.read(lambda session: promises.nobody_is_forgotten(session, self.items, self.world.now))

    def _is_calm(self) -> bool:
        """Whether a whole week of work has passed in which everything could be said."""
        down = any(platform.is_down for platform in self.world.platforms.values())
        if down or self.calm_since is None:
            return False
        return working_days(self.calm_since, self.world.now.date()) > 6

    async def ends_calmly(self) -> None:
        """Everything works again, and nobody does anything: what is owed must be told now."""
        for platform in self.world.platforms.values():
            platform.is_down = False
        await self.world.release()
        self.calm_since = self.world.now.date()
        await self.passes(14)
        await self.keeps_its_promises()
