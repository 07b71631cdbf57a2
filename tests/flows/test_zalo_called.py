"""The real program called by Zalo: two bots, each with its secret, calls that come twice, calls of somebody else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from models.tables import Address, Meter, Update
from tests.fakes.zalo import Person, ZaloServer
from tests.flows.test_zalo import House
from tests.secrecy import secret

SECRETS = (secret("one-secret-of-a-webhook"), secret("another-secret-of-a-webhook-that-is-longer"))
THE_OTHER = secret("4100000002:ZaTheOtherTokenOfTheSuite")
HEADER = "X-Bot-Api-Secret-Token"


class Called:
    """A house with two bots of two Zalos behind one address: the fakes share what stands before `/bot<token>`."""

    def __init__(self, house: House, server: ZaloServer, second: ZaloServer) -> None:
        self.house, self.server, self.second = house, server, second

    def door(self, server: ZaloServer) -> str:
        return f"{self.house.program.url}/hooks/zalo/{server.number}"

    async def says(self, server: ZaloServer, person: Person, text: str, times: int = 1) -> str:
        """Zalo calls, perhaps more than once; the answer."""
        before = len(server.sent_to(person))
        person.says(text)
        event = server.waiting[-1]
        for _ in range(times - 1):
            server.waiting.append(event)
        assert set(await server.delivers(self.door(server))) == {200}
        await self.house.until(lambda: len(server.sent_to(person)) > before)
        return server.sent_to(person)[-1]


@pytest.fixture
async def called(tmp_path: Path) -> AsyncIterator[Called]:
    async with ZaloServer() as server, server.another(THE_OTHER, "4100000002") as second:
        house = House(tmp_path, server, second)
        house.program.settings |= {
            "GIAOUOC_ZALO_MODE": "webhook",
            "GIAOUOC_ZALO_SECRET": ",".join(SECRETS),
            "GIAOUOC_PUBLIC_URL": "https://giao-uoc.example",
        }
        yield Called(house, server, second)
        assert server.violations == second.violations == []


@asynccontextmanager
async def running(called: Called) -> AsyncIterator[None]:
    async with called.house.running():
        await called.house.until(lambda: called.server.webhook[0] and called.second.webhook[0])
        yield


async def test_two_bots_are_called_each_with_its_secret_and_its_people(called: Called) -> None:
    codes = called.house.furnish()
    async with running(called):
        assert called.server.webhook == ("https://giao-uoc.example/hooks/zalo/4100000001", SECRETS[0])
        assert called.second.webhook == ("https://giao-uoc.example/hooks/zalo/4100000002", SECRETS[1])
        an, binh = called.server.person(), called.second.person()
        binh.chat, called.second.people = an.chat, {an.chat: binh}
        for server, person, agency, figure in ((called.server, an, "STP", 70), (called.second, binh, "TTT", 40)):
            await called.says(server, person, codes[agency])
            await called.says(server, person, "1", times=2)
            assert f"{figure}%" in await called.says(server, person, f"K5 {figure}%", times=3)
    assert called.house.read(_figures) == [70, 40]
    assert called.house.read(_bots) == ["4100000001", "4100000002"]
    assert called.house.read(_used) == {
        "zalo:4100000001": len(called.server.sent_to(an)), "zalo:4100000002": len(called.second.sent_to(binh)),
    }  # fmt: skip


async def test_who_is_not_zalo_is_turned_away_and_an_empty_probe_is_greeted(called: Called) -> None:
    called.house.furnish()
    async with running(called), httpx.AsyncClient() as http:
        door = called.door(called.server)
        said = {"event_name": "message.text.received", "message": {"message_id": "1", "chat": {"id": "1"}, "text": "x"}}
        for probe in (b"", b" ", b"{}"):
            assert (await http.post(door, content=probe)).status_code == 200
        for secret in (None, "", SECRETS[1]):
            headers = {HEADER: secret} if secret is not None else {}
            assert (await http.post(door, json=said, headers=headers)).status_code == 401
        assert (await http.post(door.replace("4100000001", "1"), json=said)).status_code == 404
        for body in (b"{}", b"not JSON", b'{"event_name":"message.unsupported.received"}'):
            assert (await http.post(door, content=body, headers={HEADER: SECRETS[0]})).status_code == 200
        enveloped = {"ok": True, "result": said}
        assert (await http.post(door, json=enveloped, headers={HEADER: SECRETS[0]})).status_code == 200
        await called.house.until(lambda: called.house.read(_bots) == ["4100000001"])


def _figures(session: Session) -> list[int | None]:
    return list(session.execute(select(col(Update.percent)).order_by(col(Update.id))).scalars())


def _bots(session: Session) -> list[str]:
    return list(session.execute(select(col(Address.bot)).order_by(col(Address.bot))).scalars())


def _used(session: Session) -> dict[str, int]:
    return {row.bot: row.used for row in session.execute(select(col(Meter.bot), col(Meter.used)))}
