"""An account that two agencies share: whatever is written there names the agency that is meant."""

import re
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from models.tables import Address, Binding
from tests.flows.conftest import OpenWorld
from tests.flows.people import Person
from tests.flows.world import World

BEGINS = "2024-06-11 09:00"


class Office:
    """The account, the head and its desk."""

    def __init__(self, world: World, account: Person, head: Person, desk: Person) -> None:
        self.world, self.account, self.head, self.desk = world, account, head, desk


async def shares(world: World, mine: Person, other: Person) -> None:
    """The post of `other` is bound to the chat of `mine` too."""

    def bind(session: Session) -> None:
        chats = {one.chat: one.id for one in session.execute(select(Address)).scalars()}
        bound = session.execute(select(Binding).where(col(Binding.address_id) == chats[other.chat])).scalar_one()
        session.add(Binding(address_id=chats[mine.chat] or 0, post_id=bound.post_id, bound_at=world.now))

    await world.database.write(bind)


@pytest.fixture
async def office(open_world: OpenWorld) -> AsyncIterator[Office]:
    async with open_world("2024-01-05 09:00") as world:
        await world.load("noi-chinh-bac-kan-2024")
        world.on(BEGINS)
        account = await world.link("STP")
        await shares(world, account, await world.link("TTT"))
        yield Office(world, account, await world.link("CA", "leader"), await world.link("CA", "desk"))


async def test_a_ruling(office: Office) -> None:
    await office.account.says("K5-STP đã gửi công văn 145/BC-STP ngày 11/6")
    await office.head.says("xác nhận K5-STP")
    assert "Trưởng khối đã xác nhận K5-STP Báo cáo" in office.account.heard[-1].text


async def test_a_nudge_and_its_answer(office: Office) -> None:
    assert "Đã nhắc 01 người" in await office.desk.says("/nhac K7 STP")
    nudged = office.account.heard[-1].text
    assert "K7-STP Báo cáo nhanh quý III" in nudged
    assert "Đã ghi nhận K7-STP" in await office.account.says("1")


async def test_reminders(office: Office) -> None:
    """One a person, who is greeted for their own agency."""
    await office.world.play_until("2024-06-11 18:00")
    reminded = [message.text for message in office.account.heard if message.text.startswith("Kính gửi")]
    assert [re.search(r"– (.+)\.\n", text)[1] for text in reminded] == ["Sở Tư pháp", "Thanh tra tỉnh"]  # type: ignore[index]
    for text, short in zip(reminded, ("STP", "TTT"), strict=True):
        assert set(re.findall(r"K\d+([-\w]*)", text)) == {f"-{short}"}
