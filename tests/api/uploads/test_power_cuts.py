"""The power fails at every step in turn, on the way to the store and to the database: the person goes on as the
protocol says, and in the end there is one piece of evidence with the right bytes, and nothing left over."""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any, cast

import httpx
import pytest

from api.services import evidence
from api.services.uploads import rows
from api.store import Store
from models.database import Database
from tests.api.uploads.office import Office
from tests.api.uploads.tus import Broken, Tus

STEPS_OF_THE_STORE = ("keep", "delete", "promote", "listing", "sweep_spool")


class PowerCut(Exception):
    """The machine is off."""


@dataclass
class Power:
    """Off from the n-th step on, until it is restored."""

    at: int = 0
    steps: int = 0
    is_off: bool = False

    def step(self) -> None:
        self.steps += 1
        self.is_off = self.is_off or self.steps == self.at
        if self.is_off:
            raise PowerCut

    def restore(self) -> None:
        self.at, self.is_off = 0, False


class FragileStore:
    """A store on this power line. What was asked for before the cut was done; whether it was told, is the question."""

    def __init__(self, store: Store, power: Power) -> None:
        self._store, self._power = store, power

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        if name not in STEPS_OF_THE_STORE:
            return found

        async def fragile(*given: Any, **named: Any) -> Any:
            self._power.step()
            answer = await found(*given, **named)
            self._power.step()
            return answer

        return fragile

    @asynccontextmanager
    async def spool(self, stream: Any, limit: int) -> AsyncIterator[Any]:
        self._power.step()
        async with self._store.spool(stream, limit) as spooled:
            yield spooled

    async def stream(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        self._power.step()
        async for part in self._store.stream(key, start, end):
            yield part


class FragileDatabase:
    """A database on this power line: cut before the transaction, or after it and before its answer."""

    def __init__(self, database: Database, power: Power) -> None:
        self._database, self._power = database, power

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    async def write(self, work: Callable[[Any], Any]) -> Any:
        self._power.step()
        answer = await self._database.write(work)
        self._power.step()
        return answer


async def insist(office: Office, power: Power, deed: Callable[[], Awaitable[Any]]) -> Any:
    """Do it again until the house answers as it should; between two tries the power comes back."""
    for _ in range(10):
        try:
            return await deed()
        except (Broken, httpx.HTTPError):
            assert power.is_off or power.at == 0
            power.restore()
            office.clock.ahead += rows.LEASE
    raise AssertionError("it never came through")


async def send(office: Office, power: Power, link: str, content: bytes) -> None:
    tus: Tus = office.tus(link)
    address = await insist(office, power, lambda: tus.announce(len(content), filename="báo cáo.txt"))

    async def go_on() -> None:
        start = await tus.offset(address)
        while True:
            start = await tus.write(address, start, content[start : start + len(content) // 2 + 1])
            if start == len(content):
                return

    async def done() -> None:
        answer = await office.done(link)
        if answer.status_code != 200:
            raise Broken(answer.text)

    await insist(office, power, go_on)
    await insist(office, power, done)


def fragile(office: Office, power: Power) -> None:
    """Both replicas hang on this power line."""
    office.raises = False
    for app in office.apps:
        app.state.house.store = cast(Store, FragileStore(office.store, power))
        app.state.house.database = cast(Database, FragileDatabase(office.database, power))


@pytest.mark.parametrize(("database", "store"), [("sqlite", "folder"), ("postgresql", "bucket")], indirect=True)
async def test_a_cut_at_every_step_loses_and_doubles_nothing(office: Office) -> None:
    power = Power()
    fragile(office, power)
    for at in count(1):
        content = f"Kết quả sáu tháng đầu năm, bản {at}".encode()
        office.clock.ahead += timedelta(minutes=10)
        link = office.link()
        power.at, power.steps, power.is_off = at, 0, False
        await send(office, power, link, content)
        cut = power.at == 0
        power.restore()
        said = office.said()
        assert [sha256 for _, sha256, _ in office.evidence()].count(hashlib.sha256(content).hexdigest()) == 1, at
        assert sum("Đã ghi nhận" in text for text in said) == at, at
        if not cut:
            break
    assert at > 20
    print(f"\n{at - 1} cuts, lost 0, doubled 0")
    later = office.clock.wire() + timedelta(hours=49)
    await evidence.promote(office.database, office.store)
    await evidence.sweep(office.database, office.store, later)
    assert await office.incoming() == []
    assert len(office.evidence()) == at
