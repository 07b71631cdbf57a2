"""The real program over a strict Zalo: from the code to the evidence, and what becomes of chats that are shut. Faults:
test_faults.py and test_kill.py."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select
from sqlmodel import Session, col

from api.services import invitations
from api.services.loading import blocfile, loading
from models.tables import Address, Agency, Evidence, Meter
from tests.fakes.zalo import Fault, Person, ZaloServer
from tests.flows.process import Program

SAMPLE = "noi-chinh-bac-kan-2024"
LOADED_AT = datetime(2024, 5, 20, 1, tzinfo=UTC)
CLOCK = "2024-06-11T20:00:00"
"""An evening: nothing unasked comes between."""


def picture() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((400, 300), 60).convert("RGB").save(out, "JPEG")
    return out.getvalue()


class House:
    """The program, and what lies in its database."""

    def __init__(self, folder: Path, *servers: ZaloServer) -> None:
        self.program = Program(
            folder,
            {
                "GIAOUOC_ZALO_TOKENS": ",".join(server.token for server in servers),
                "GIAOUOC_ZALO_API_URL": servers[0].api_url,
                "GIAOUOC_CLOCK": CLOCK,
            },
        )

    def furnish(self) -> dict[str, str]:
        """One link code an agency."""
        return self.read(self._load, migrate=True)

    @staticmethod
    def _load(session: Session) -> dict[str, str]:
        loading.load(session, blocfile.read(blocfile.sample(SAMPLE), SAMPLE), LOADED_AT)
        now = datetime.now(UTC)
        return {
            agency.short: invitations.new_code(session, agency.bloc_id, agency.id or 0, "focal", now)
            for agency in session.execute(select(Agency)).scalars().all()
        }

    def read(self, work: Callable[[Session], Any], *, migrate: bool = False) -> Any:
        database = self.program.open()
        try:
            if migrate:
                database.migrate()
            return database.write_now(work)
        finally:
            database.close()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        await self.program.start()
        try:
            yield
        finally:
            await self.program.stop()

    async def until(self, true: Callable[[], object], within_s: float = 40) -> None:
        async with asyncio.timeout(within_s):
            while not true():
                self.program.must_live()
                await asyncio.sleep(0.05)


@pytest.fixture
async def server() -> AsyncIterator[ZaloServer]:
    async with ZaloServer() as server:
        yield server
    assert server.violations == []


async def links(house: House, server: ZaloServer, code: str) -> Person:
    person = server.person()
    await answered(house, server, person, code)
    await answered(house, server, person, "1")
    return person


async def answered(house: House, server: ZaloServer, person: Person, text: str) -> str:
    before = len(server.sent_to(person))
    person.says(text)
    await house.until(lambda: len(server.sent_to(person)) > before)
    return server.sent_to(person)[-1]


async def test_a_focal_point_links_answers_by_number_and_sends_a_picture(tmp_path: Path, server: ZaloServer) -> None:
    house = House(tmp_path, server)
    code = house.furnish()["STP"]
    async with house.running():
        an = await links(house, server, code)
        assert "Sở Tư pháp" in "\n".join(server.sent_to(an))
        assert "70%" in await answered(house, server, an, "K5 70%")
        menu = await answered(house, server, an, "K5")
        assert "1. Đã gửi" in menu
        before = len(server.sent_to(an))
        an.sends_picture(picture(), caption="K5")
        await house.until(lambda: len(server.sent_to(an)) > before)
        assert "ảnh minh chứng" in server.sent_to(an)[-1]
        assert "hoàn thành" in await answered(house, server, an, "1")
    assert house.read(lambda s: len(s.execute(select(Evidence)).all())) == 1
    used = house.read(lambda s: s.execute(select(col(Meter.used))).scalar_one())
    assert used == len(server.sent_to(an))


async def test_stored_evidence_is_shown_as_a_picture_that_zalo_fetches(tmp_path: Path, server: ZaloServer) -> None:
    house = House(tmp_path, server)
    code = house.furnish()["STP"]
    async with house.running():
        an, content = await links(house, server, code), picture()
        before = len(server.sent_to(an))
        an.sends_picture(content, caption="K5 xong")
        await house.until(lambda: len(server.sent_to(an)) > before)
        receipt = house.read(lambda s: s.execute(select(col(Evidence.update_id))).scalar_one())
        assert f"Minh chứng BN-{receipt:04d}" in await answered(house, server, an, f"xem BN-{receipt:04d}")
        assert server.shown == [content, content]
        server.fails("sendPhoto", Fault(400, "photo is invalid"))
        told = await answered(house, server, an, f"xem BN-{receipt:04d}")
        assert "không gửi được tệp. Tải tệp trong vòng 01 giờ: http" in told


async def test_several_pictures_in_a_row_are_confirmed_once(tmp_path: Path, server: ZaloServer) -> None:
    house = House(tmp_path, server)
    code = house.furnish()["STP"]
    async with house.running():
        an = await links(house, server, code)
        before = len(server.sent_to(an))
        an.sends_picture(picture(), caption="K5")
        an.sends_picture(picture(), field="photo")
        an.sends_picture(picture())
        await house.until(lambda: len(server.sent_to(an)) > before)
        await asyncio.sleep(3)
        assert len(server.sent_to(an)) == before + 1
    assert house.read(lambda s: len(s.execute(select(Evidence)).all())) == 3


async def test_what_zalo_does_not_show_is_answered_with_another_way(tmp_path: Path, server: ZaloServer) -> None:
    house = House(tmp_path, server)
    code = house.furnish()["STP"]
    async with house.running():
        an = await links(house, server, code)
        for event in ("sticker", "voice", "unsupported"):
            before = len(server.sent_to(an))
            an.sends(f"message.{event}.received")
            await house.until(lambda before=before: len(server.sent_to(an)) > before)
        assert "/u/" in server.sent_to(an)[-1]
        server.happens({"event_name": "message.unsupported.received"})
        assert "70%" in await answered(house, server, an, "K5 70%")


async def test_a_token_that_is_wrong_for_a_while_stops_one_bot_only(tmp_path: Path) -> None:
    async with ZaloServer() as server:
        house = House(tmp_path, server)
        house.program.settings["GIAOUOC_ZALO_TOKENS"] = f"{server.token},0000:of-a-bot-that-is-gone"
        codes = house.furnish()
        async with house.running():
            an = await links(house, server, codes["STP"])
            assert "70%" in await answered(house, server, an, "K5 70%")


async def test_a_chat_that_is_gone_or_shut_is_known_to_be_so(tmp_path: Path, server: ZaloServer) -> None:
    house = House(tmp_path, server)
    codes = house.furnish()
    async with house.running():
        an, binh = await links(house, server, codes["STP"]), await links(house, server, codes["TTT"])
        an.blocked = True
        an.says("viec")
        server.people.pop(binh.chat)
        binh.says("viec")
        await house.until(lambda: sorted(house.read(_states)) == ["blocked", "gone"])


def _states(session: Session) -> list[str]:
    return list(session.execute(select(col(Address.state)).where(col(Address.channel) == "zalo")).scalars())
