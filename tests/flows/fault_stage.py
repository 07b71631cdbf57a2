"""A house with a bot of any platform, polled or called, and focal points who answer while things go wrong. What
happened is counted at both ends: what was said beside what is stored, what is stored beside what the phones showed."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import uvicorn
from fastapi import FastAPI
from sqlalchemy import select, update
from sqlmodel import Session, col

from api.app import create_app
from api.house import House
from api.security import sha256
from api.services import invitations
from api.services.loading import blocfile, loading
from api.services.talks import turns
from api.store import Store
from bot import hooks
from bot.client import Client
from bot.ears import Ears
from bot.hooks import Hook
from bot.inside import Inside
from bot.mouth import Mouth
from models.clock import Anchor, Clock
from models.database import Database
from models.tables import Agency, Inbox, Milestone, Obligation, Outbox, Update
from models.wire import Heard
from tests.flows.platforms import SECRET, Mode, Platform, Speaking
from tests.secrecy import secret

TOKEN = secret("the-house-s-own-token")
SAMPLE = "noi-chinh-bac-kan-2024"
BEGINS = datetime(2024, 6, 11, 2, 30, tzinfo=UTC)
STEP = timedelta(seconds=4)
"""So much wire time passes at once while the queues wait: within any lease's patience."""
_RECEIPT = re.compile(r"BN-(\d+)")


class RunningAhead(Clock):
    """Real time, and more when a test lets it pass. Covenant time goes along."""

    def __init__(self) -> None:
        super().__init__(Anchor(datetime.now(UTC), BEGINS))
        self.ahead = timedelta()

    def wire(self) -> datetime:
        return super().wire() + self.ahead


@dataclass
class Focal:
    """A focal point; `said` are the answers of which each must be stored once."""

    phone: Any
    short: str
    said: list[tuple[str, int]] = field(default_factory=list)

    def answers(self, code: str, percent: int) -> None:
        self.phone.says(f"{code} {percent}%")
        self.said.append((code, percent))


@dataclass(frozen=True)
class Count:
    """What the two ends say of each other."""

    lost: int
    doubled: int
    repeated: int
    updates: int


@dataclass
class Stage:
    platform: Platform
    home: House
    clock: RunningAhead
    channel: Speaking
    ears: Ears
    mouth: Mouth
    focals: list[Focal]

    def calls(self, method: str) -> int:
        """So often the platform was asked."""
        found: int = self.platform.server.count(method)
        return found

    def shown(self, focal: Focal) -> list[str]:
        return self.platform.shown(focal.phone)

    async def until(self, what: Callable[[], object], within_s: float = 30) -> None:
        async with asyncio.timeout(within_s):
            while not what():  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    async def settles(self, within_s: float = 40) -> None:
        """Let time pass until nothing waits any more, at the platform or here."""
        async with asyncio.timeout(within_s):
            while not (self.platform.is_quiet() and self.home.database.read_now(_is_idle)):
                await asyncio.sleep(0.15)
                self.clock.ahead += STEP
                self.home.bell.ring_all()

    def count(self) -> Count:
        return self.home.database.read_now(self._count)

    def _count(self, session: Session) -> Count:
        stored = Counter(_stored(session))
        said = Counter((focal.short, *answer) for focal in self.focals for answer in focal.said)
        lost, doubled = (said - stored).total(), (stored - said).total()
        shown: Counter[int] = Counter()
        for focal in self.focals:
            for text in self.shown(focal):
                shown.update({int(number) for number in _RECEIPT.findall(text)})
        repeated = 0
        for update_id, row in _replies(session):
            times = shown[update_id]
            in_doubt = row.repeated or row.state == "uncertain"
            lost += times == 0 and row.state not in ("uncertain", "failed")
            doubled += times > (2 if in_doubt else 1)
            repeated += times == 2 and in_doubt
        return Count(lost, doubled, repeated, stored.total())


def _is_idle(session: Session) -> bool:
    heard = select(col(Inbox.id)).where(col(Inbox.state).in_(("waiting", "claimed"))).limit(1)
    said = select(col(Outbox.id)).where(col(Outbox.state).in_(("queued", "claimed"))).limit(1)
    return session.execute(heard).first() is None and session.execute(said).first() is None


def _stored(session: Session) -> list[tuple[str, str, int]]:
    rows = session.execute(
        select(col(Agency.short), col(Milestone.number), col(Update.percent))
        .join(Obligation, col(Obligation.id) == col(Update.obligation_id))
        .join(Milestone, col(Milestone.id) == col(Obligation.milestone_id))
        .join(Agency, col(Agency.id) == col(Obligation.agency_id))
        .where(col(Update.percent).is_not(None))
    )
    return [(short, f"K{number}", percent) for short, number, percent in rows]


def _replies(session: Session) -> list[tuple[int, Outbox]]:
    rows = session.execute(
        select(col(Update.id), Outbox)
        .join(Outbox, col(Outbox.inbox_id) == col(Update.inbox_id))
        .order_by(col(Update.id))
    )
    return [(number, row) for number, row in rows]


@asynccontextmanager
async def stage(
    platform: Platform, mode: Mode, database: Database, folder: Path, people: int = 3
) -> AsyncIterator[Stage]:
    async with platform.server:
        clock = RunningAhead()
        home = House(database, Store.of(str(folder / "store")), clock, own_token_sha256=sha256(TOKEN))
        focals = await database.write(lambda session: _link(session, platform, people, clock))
        async with _running(platform, mode, home, clock, focals) as running:
            yield running
        assert platform.server.violations == []


def _link(session: Session, platform: Platform, people: int, clock: Clock) -> list[Focal]:
    loading.load(session, blocfile.read(blocfile.sample(SAMPLE), SAMPLE), BEGINS - timedelta(days=20))
    agencies = session.execute(select(Agency).order_by(col(Agency.id)).limit(people)).scalars().all()
    return [Focal(link(session, platform, agency, "focal", clock), agency.short) for agency in agencies]


def link(session: Session, platform: Platform, agency: Agency, role: str, clock: Clock) -> Any:
    """The phone of somebody who is linked already, in silence."""
    now, wire_now = clock.covenant(), clock.wire()
    phone = platform.server.person(f"{role} {agency.short}")
    code, chat = invitations.new_code(session, agency.bloc_id, agency.id or 0, role, wire_now), platform.chat(phone)
    for number, text in enumerate((code, "1")):
        heard = Heard(
            channel=platform.name, bot=platform.bot, external_id=f"before:{chat}:{number}", chat=chat, text=text,
            sent_at=wire_now,
        )  # fmt: skip
        turns.hear(session, heard, now, wire_now)
    session.execute(update(Outbox).where(col(Outbox.state) != "sent").values(state="withdrawn"))
    return phone


@asynccontextmanager
async def _running(
    platform: Platform, mode: Mode, home: House, clock: RunningAhead, focals: list[Focal]
) -> AsyncIterator[Stage]:
    """The house and the bot's half, until the block ends."""
    app = create_app(home)
    async with _listening(app) as base:
        client = Client("http://inside", TOKEN, transport=Inside(app))
        channel = platform.channel(mode, clock.wire, base)
        mouth = Mouth(channel, client, wire=clock.wire, first_pause=0.05, longest_pause=0.3)
        ears = Ears(channel, client, mouth, look_every_s=0.3, first_pause=0.05, longest_pause=0.3)
        made = Stage(platform, home, clock, channel, ears, mouth, focals)
        if mode == "webhook":
            app.mount("/hooks", hooks.app([Hook(channel, ears, SECRET)]))
        if isinstance(channel, Opening):
            await ears.insist_on(channel.open)
        tasks = [asyncio.create_task(part.run()) for part in (mouth, ears)]
        await made.until(lambda: platform.delivery if mode == "webhook" else made.calls("getUpdates"))
        try:
            yield made
        finally:
            home.closing = True
            home.bell.ring_all()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await platform.stops_calling()
            await channel.close()
            await client.close()


@runtime_checkable
class Opening(Protocol):
    """A channel that learns its name from the platform."""

    async def open(self) -> object: ...


@asynccontextmanager
async def _listening(app: FastAPI) -> AsyncIterator[str]:
    """The address of a house on loopback."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=False))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
