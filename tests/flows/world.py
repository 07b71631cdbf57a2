"""The whole program in one process, with a clock that stands where a test puts it.

    world.load("noi-chinh-bac-kan-2024", at="2024-01-02 08:00")
    an = await world.link("STP", "focal")
    an.habit = people.early
    await world.play_until("2024-12-31")
    an.hears()[0].codes

Real database, real application, real ears and mouth over the inside transport; only the platform is a fake. The clock
has one hand: as in a house without GIAOUOC_CLOCK, covenant time and wire time are the same.
"""

import asyncio
import heapq
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo

import httpx
from sqlalchemy import select
from sqlmodel import Session, col

from api.app import create_app
from api.house import House
from api.security import sha256
from api.services import holding, invitations, status
from api.services.loading import blocfile, loading
from api.services.loading.loading import Loaded
from api.services.queues import pacing
from api.shapes import Status
from api.store import Store
from bot.ears import Ears
from bot.mouth import Mouth
from models.clock import Clock
from models.database import Database
from models.tables import Address, Agency, Binding, Outbox
from schedules import desk, planner
from schedules.planner import Planned
from schedules.rehearsal import rehearse
from tests.flows.people import Deed, Person
from tests.flows.phones import Line, Phones
from tests.secrecy import secret

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
TOKEN = secret("the-house-s-own-token")
DAILY = (time(8, 30), time(9, 30), time(14), time(17, 30))
"""The ticks that can matter: the openings of the sending windows, and one when the office is shut. The clock ticks
on every day of the week, so that a message on a day off would be seen."""


def moment(written: str | datetime) -> datetime:
    """`2024-06-12 08:30`, local; a date alone is its first minute."""
    read_as = written if isinstance(written, datetime) else datetime.fromisoformat(written)
    return read_as if read_as.tzinfo else read_as.replace(tzinfo=HANOI)


class Hand(Clock):
    """A clock that stands where it was put."""

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self.at = at

    def wire(self) -> datetime:
        return self.at.astimezone(UTC)


class World:
    """Time, a house, and the people around it."""

    def __init__(
        self,
        database: Database,
        folder: Path,
        at: str | datetime = "2024-01-02 08:00",
        phones: Phones | None = None,
    ) -> None:
        """`phones`: of a world before this one; people and their platforms outlive the program."""
        self.database = database
        self.clock = Hand(moment(at))
        store = Store.of(str(folder / "store"))
        self.home = House(database, store, self.clock, own_token_sha256=sha256(TOKEN), rehearse=rehearse)
        self._inside = httpx.ASGITransport(app=create_app(self.home), raise_app_exceptions=False)
        self.line = Line("http://inside", TOKEN, transport=self._inside)
        self.people: dict[str, Person] = phones.people if phones else {}
        self.phones = phones or Phones(self.people, self.clock)
        self.platforms = {self.phones.name: self.phones, **self.phones.beside}
        for platform in self.platforms.values():
            platform.clock = self.clock
        self._running: list[asyncio.Task[None]] = []
        self.slug = ""
        self.year = 0
        self._later: list[tuple[datetime, int, Deed]] = []
        self._numbers = count(1)

    # --- the wire -------------------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        for platform in self.platforms.values():
            self._serve(platform)
        return self

    def opens(self, name: str) -> Phones:
        """Another platform comes beside the first one."""
        platform = Phones(self.people, self.clock, name)
        self.platforms[name] = self.phones.beside[name] = platform
        self._serve(platform)
        return platform

    def _serve(self, platform: Phones) -> None:
        mouth = Mouth(platform, self.line, wire=self.clock.wire)
        ears = Ears(platform, self.line, mouth)
        self._running += [asyncio.create_task(part.run()) for part in (ears, mouth)]

    async def __aexit__(self, *_: object) -> None:
        self.home.closing = True
        self.home.bell.ring_all()
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self.line.close()

    async def until_answered(self, person: Person, said: str) -> str:
        """What the bot answered to the update `said`, several messages joined."""
        before = len(person.heard)
        await self.line.has_taken(person.on, said)
        await self.speak()
        return "\n".join(message.text for message in person.heard[before:])

    async def speak(self) -> None:
        """Until everything that may leave now has left."""
        try:
            async with asyncio.timeout(20):
                while await self.database.read(self._may_leave):
                    self.home.bell.ring_all()
                    await self.line.moves()
        except TimeoutError:
            raise AssertionError(f"not said within 20 s: {await self.database.read(self._open_rows)}") from None

    def _open_rows(self, session: Session) -> list[dict[str, Any]]:
        rows = session.execute(select(Outbox).where(col(Outbox.state).in_(("queued", "claimed")))).scalars()
        return [row.model_dump(exclude={"choices", "file", "text"}) for row in rows]

    def _may_leave(self, session: Session) -> bool:
        """Something is on its way, or stands first in its lane and is due, and its bot was not told to rest."""
        rests = pacing.at_rest(session, self.clock.wire())
        rows = session.execute(
            select(Outbox).where(col(Outbox.state).in_(("queued", "claimed"))).order_by(col(Outbox.id))
        ).scalars()
        first: dict[tuple[int, int], Outbox] = {}
        for row in rows:
            if row.state == "claimed":
                return True
            first.setdefault((row.address_id, row.lane_rank), row)
        return any(row.not_before <= self.clock.wire() and row.bot not in rests for row in first.values())

    # --- time -----------------------------------------------------------------------------------------------------

    @property
    def now(self) -> datetime:
        """Covenant time, local."""
        return self.clock.at.astimezone(HANOI)

    def on(self, when: str | datetime) -> "World":
        """Put the clock on; it never goes back."""
        at = moment(when)
        assert at >= self.clock.at, f"{at} lies before {self.clock.at}"
        self.clock.at = at
        return self

    async def tick(self) -> Planned:
        """One tick of the clock, and the mouth says what came of it."""
        now, wire_now = self.clock.covenant(), self.clock.wire()
        planned = await self.database.write(lambda session: planner.plan(session, now, wire_now))
        announced = await self.database.write(lambda session: desk.announce(session, now, wire_now))
        if planned.messages or announced.sent or any(phones.has_failed for phones in self.platforms.values()):
            await self.speak()
        return planned

    async def play_until(self, when: str | datetime) -> None:
        """Jump from opening to opening and from answer to answer until that moment."""
        end = moment(when)
        ticks = self._ticks(end)
        coming = next(ticks, None)
        while coming or (self._later and self._later[0][0] <= end):
            if self._later and (coming is None or self._later[0][0] <= coming):
                at, _, deed = heapq.heappop(self._later)
                self.on(max(at, self.clock.at))
                await deed()
            else:
                assert coming is not None
                await self.on(coming).tick()
                coming = next(ticks, None)
        self.on(end)

    def _ticks(self, end: datetime) -> Iterator[datetime]:
        day, start = self.now.date(), self.now
        while day <= end.date():
            for hour in DAILY:
                at = datetime.combine(day, hour, tzinfo=HANOI)
                if start < at <= end:
                    yield at
            day += timedelta(days=1)

    def later(self, at: datetime, deed: Deed) -> None:
        """What somebody does when that time comes."""
        heapq.heappush(self._later, (at, next(self._numbers), deed))

    # --- the covenant ---------------------------------------------------------------------------------------------

    async def load(self, name: str, at: str | datetime | None = None) -> Loaded:
        """Load a bloc file that ships."""
        if at is not None:
            self.on(at)
        return await self.load_text(blocfile.sample(name), name)

    async def load_text(self, text: str | bytes, name: str) -> Loaded:
        file = blocfile.read(text, name)
        loaded = await loading.load_file(self.database, file, self.now)
        self.slug, self.year = loaded.bloc, loaded.season
        return loaded

    async def link(self, short: str, role: str = "focal", bloc: str | None = None) -> Person:
        """A new person types the link code of this place and confirms it."""
        wire_now = self.clock.wire()

        def code(session: Session) -> str:
            bloc_id, _, _ = status.season_of(session, bloc or self.slug)
            agency_id = session.execute(
                select(col(Agency.id)).where(col(Agency.bloc_id) == bloc_id, col(Agency.short) == short)
            ).scalar_one()
            return invitations.new_code(session, bloc_id, agency_id, role, wire_now)

        typed = await self.database.write(code)
        person = self.person(short, role)
        await person.says(typed)
        await person.says("1")
        return person

    async def second_chat(self, person: Person, on: str | None = None) -> Person:
        """Another chat of somebody who is linked already, here or on another platform: the same posts, bound to it."""
        other = self.person(person.short, person.role, on or person.on)

        def bind(session: Session) -> None:
            mine = session.execute(select(Address).where(col(Address.chat) == person.chat)).scalar_one()
            channel, _, bot = other.on.partition(":")
            address = Address(channel=channel, bot=bot, chat=other.chat, created_at=self.clock.wire())
            session.add(address)
            session.flush()
            for binding in session.execute(select(Binding).where(col(Binding.address_id) == mine.id)).scalars():
                session.add(Binding(address_id=address.id or 0, post_id=binding.post_id, bound_at=self.now))

        await self.database.write(bind)
        return other

    def person(self, short: str, role: str, on: str = "fake:1") -> Person:
        """Somebody with a phone who has not written yet."""
        number = next(self._numbers)
        person = Person(self, f"chat-{number}", short, role, f"{role} {short} {number}", on)
        self.people[person.chat] = person
        return person

    async def status(self, as_of: datetime | None = None) -> Status:
        def read(session: Session) -> Status:
            _, season_id, _ = status.season_of(session, self.slug, self.year)
            return status.shape(status.read(session, season_id, as_of or self.now))

        return await self.database.read(read)

    async def get(self, path: str, token: str) -> Any:
        """What the API answers a caller with this token, as JSON."""
        async with httpx.AsyncClient(transport=self._inside, base_url="http://inside") as client:
            answer = await client.get(path, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def download(self, address: str) -> bytes | None:
        """What a browser gets at an address of the house; None: nothing lies there."""
        path = "/" + address.split("/", 3)[3]
        async with httpx.AsyncClient(transport=self._inside, base_url="http://inside") as client:
            answer = await client.get(path)
        return answer.content if answer.status_code == 200 else None

    async def put(self, path: str, token: str, body: Any) -> None:
        async with httpx.AsyncClient(transport=self._inside, base_url="http://inside") as client:
            answer = await client.put(path, headers={"Authorization": f"Bearer {token}"}, json=body)
        assert answer.status_code == 200, answer.text

    async def hold(self) -> None:
        await self.database.write(lambda session: holding.hold(session, self.slug, self.now))

    async def release(self) -> None:
        await self.database.write(lambda session: holding.release(session, self.slug, self.now))
