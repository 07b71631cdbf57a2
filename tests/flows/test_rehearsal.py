"""What is rehearsed is what is then sent, message for message, when nothing changes in between."""

from datetime import time, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlmodel import Session, SQLModel

from api.services import tokens
from api.services.queues import quota as meter
from api.shapes import Rehearsal
from bot.dialogue.phrases import terminal
from models.tables import Address, Outbox
from schedules.rehearsal import rehearse
from tests.flows.conftest import OpenWorld
from tests.flows.people import Person
from tests.flows.world import World

SAMPLE = "noi-chinh-bac-kan-2024"
Line = tuple[str, str]
"""(when, what); the words begin with the name."""


async def begin(world: World) -> list[Person]:
    await world.load(SAMPLE)
    shorts = [agency.short for agency in (await world.status()).agencies]
    people = [await world.link(short) for short in shorts if short != "THADS"]
    people.append(await world.link("STP", "deputy_focal"))
    people.append(await world.link("CA", "desk"))
    return people


async def rehearsed(world: World, days: int) -> Rehearsal:
    def read(session: Session) -> Rehearsal:
        return rehearse(session, 1, world.now, days)

    return await world.database.read(read)


def lines(found: Rehearsal) -> list[Line]:
    return sorted((f"{message.at:%d/%m %H:%M}", message.text) for message in found.messages)


def heard(people: list[Person], since: dict[str, int]) -> list[Line]:
    return sorted(
        (f"{message.at:%d/%m %H:%M}", message.text)
        for person in people
        for message in person.heard[since[person.name] :]
    )


async def play(world: World, days: int) -> None:
    """As the clock does it, only less often: a tick every half hour."""
    end = world.now + timedelta(days=days)
    moment = world.now.replace(minute=0)
    while moment <= end:
        if moment > world.now and time(7, 30) <= moment.time() < time(17):
            await world.on(moment).tick()
        moment += timedelta(minutes=30)


@pytest.mark.anyio
async def test_what_is_rehearsed_is_what_is_then_sent(open_world: OpenWorld) -> None:
    async with open_world("2024-05-27 08:00") as world:
        people = await begin(world)
        await people[0].says("K5 hẹn 20/6")
        await people[2].says("K5 đã gửi công văn 145/BC ngày 27/5")
        world.on("2024-05-29 10:05")
        await world.tick()
        before = {person.name: len(person.heard) for person in people}
        found = await rehearsed(world, 28)
        await play(world, 28)
        assert lines(found) == heard(people, before)
        told = "\n".join(message.text for message in found.messages)
        for words in ("Chuyển đồng chí", "công văn đôn đốc", "liên hệ qua điện thoại"):
            assert words in told, "deputy, desk and telephone list are part of it"


@pytest.mark.anyio
async def test_a_rehearsal_changes_nothing(open_world: OpenWorld) -> None:
    async with open_world("2024-06-10 08:00") as world:
        await begin(world)

        def counted(session: Session) -> dict[str, int]:
            tables = SQLModel.metadata.sorted_tables
            return {
                table.name: session.execute(select(func.count()).select_from(table)).scalar_one() for table in tables
            }

        before = await world.database.read(counted)
        assert (await rehearsed(world, 30)).messages
        assert await world.database.read(counted) == before


@pytest.mark.anyio
async def test_the_head_asks_over_http(open_world: OpenWorld) -> None:
    async with open_world("2024-06-10 08:00") as world:
        await begin(world)
        token = await world.database.write(
            lambda session: tokens.make(session, "Văn phòng", "desk", 1, world.now, world.now)
        )
        found = await world.get(f"/v1/blocs/{world.slug}/rehearsal?days=10", token)
        assert found["messages"] == (await rehearsed(world, 10)).model_dump(mode="json")["messages"]
        assert found["quota"][0]["rehearsed"] == len(found["messages"])


@pytest.mark.anyio
async def test_a_held_bloc_has_nothing_to_say(open_world: OpenWorld) -> None:
    async with open_world("2024-06-10 08:00") as world:
        await begin(world)
        await world.hold()
        found = await rehearsed(world, 30)
        assert (found.held, found.messages) == (True, [])


@pytest.mark.anyio
async def test_the_forecast_has_the_meter_of_a_zalo_bot(open_world: OpenWorld) -> None:
    """Every message of every bloc that the bot has sent, replies too, beside what is coming."""
    async with open_world("2024-06-10 08:00") as world:
        await begin(world)

        def moves_to_zalo(session: Session) -> None:
            session.execute(update(Address).values(channel="zalo", bot="4100000001"))
            session.execute(update(Outbox).values(bot="zalo:4100000001"))
            meter.count(session, "zalo:4100000001", ["trả lời"] * 2690, world.now)

        await world.database.write(moves_to_zalo)
        june, *_ = (await rehearsed(world, 30)).quota
        assert (june.bot, june.month, june.used, june.limit, june.open_until) == (
            "4100000001", "2024-06", 2690, 3000, 2700,
        )  # fmt: skip
        assert june.rehearsed > 10
        told = terminal.rehearsal((await rehearsed(world, 30)).model_dump())
        assert f"Bot đã dùng 2.690, dự kiến 2.{690 + june.rehearsed} trên 3.000 tin" in told
        assert "Vào phần dự trữ cho tin trả lời và nhắc quá hạn" in told
        await world.database.write(
            lambda session: meter.count(session, "zalo:4100000001", ["trả lời"] * 305, world.now)
        )
        assert "VƯỢT HẠN MỨC" in terminal.rehearsal((await rehearsed(world, 30)).model_dump())
