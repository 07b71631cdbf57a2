"""Another way to the same person, and what is made up for afterwards: outages of one platform and of all."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlmodel import Session, col

from bot.channels.base import Limited
from bot.dialogue.phrases import terminal
from models.tables import Outbox, Person
from tests.flows import checks, people
from tests.flows.conftest import OpenWorld
from tests.flows.months import ZALO
from tests.flows.test_silence import story
from tests.flows.world import World, moment

SAMPLE = "noi-chinh-bac-kan-2024"
BY_ZALO = "(Tin gửi qua Zalo do chưa gửi được qua fake.)"


async def with_two_chats(world: World, short: str = "STP", role: str = "focal") -> tuple[people.Person, people.Person]:
    """Somebody with a chat on each platform, who uses the first one."""
    if ZALO not in world.platforms:
        world.opens(ZALO)
    first = await world.link(short, role)
    second = await world.second_chat(first, ZALO)
    world.on(world.now + timedelta(minutes=1))
    await first.says("viec")
    return first, second


def shown(person: people.Person) -> list[str]:
    return [f"{message.at:%d/%m %H:%M}" for message in person.hears()]


# --- two hours ----------------------------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_after_two_hours_the_day_s_message_takes_the_other_platform_and_says_so(open_world: OpenWorld) -> None:
    async with open_world("2024-05-27 08:00") as world:
        await world.load(SAMPLE)
        first, second = await with_two_chats(world)
        only = await world.link("TTT")
        await world.play_until("2024-06-12 08:00")
        world.phones.is_down = True
        for hour in ("08:30", "09:00", "10:00", "10:29"):
            await world.on(f"2024-06-12 {hour}").tick()
            assert shown(second) == [], "an hour and a half may pass by itself"
        await world.on("2024-06-12 10:31").tick()
        assert shown(second) == ["12/06 10:31"]
        assert BY_ZALO in second.hears()[0].text
        assert second.hears()[0].codes == ("K5",)
        world.phones.is_down = False
        await world.play_until("2024-06-13 18:00")
        assert shown(first) == ["03/06 09:30"], "what Zalo has shown is not shown again"
        assert shown(only) == ["03/06 09:30", "12/06 14:00"]
        await checks.is_sound(world)
        told = [event for event in (await story(world, "K5-STP")).events if event.get("rung") == -3]
        assert [(event["channel"], event["state"]) for event in told] == [("Zalo", "sent")]
        assert "đã gửi 10:31 ngày 12/6/2024 qua Zalo" in terminal.story((await story(world, "K5-STP")).model_dump())


@pytest.mark.anyio
async def test_when_the_usual_platform_is_back_it_is_used_again(open_world: OpenWorld) -> None:
    async with open_world("2024-05-27 08:00") as world:
        await world.load(SAMPLE)
        first, second = await with_two_chats(world)
        await world.play_until("2024-06-12 08:00")
        world.phones.is_down = True
        await world.play_until("2024-06-12 18:00")
        assert shown(second) == ["12/06 14:00"]
        world.phones.is_down = False
        await world.play_until("2024-06-14 18:00")
        assert shown(first)[1:] == ["14/06 08:30"]
        assert "Tin gửi qua" not in first.hears()[-1].text


@pytest.mark.anyio
async def test_the_platform_that_somebody_prefers_is_the_first_way(open_world: OpenWorld) -> None:
    async with open_world("2024-05-27 08:00") as world:
        await world.load(SAMPLE)
        first, second = await with_two_chats(world)

        def prefer(session: Session) -> None:
            session.execute(update(Person).where(col(Person.name).contains(first.chat)).values(prefers="Zalo"))

        await world.database.write(prefer)
        await world.play_until("2024-06-12 08:00")
        assert shown(second) == ["03/06 09:30"]
        assert "Tin gửi qua" not in second.hears()[0].text
        second.has_blocked = True
        await world.play_until("2024-06-12 18:00")
        assert shown(first) == ["12/06 08:30"], "the same day, at once"
        assert "(Tin gửi qua fake do chưa gửi được qua Zalo.)" in first.hears()[0].text


# --- nobody can be reached ----------------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_while_a_platform_is_down_the_desk_telephones_whom_only_it_could_reach(open_world: OpenWorld) -> None:
    async with open_world("2024-05-27 08:00") as world:
        await world.load(SAMPLE)
        desk, desk_too = await with_two_chats(world, "CA", "desk")
        only = await world.link("STP")
        both, both_too = await with_two_chats(world, "TTT")
        await world.play_until("2024-06-14 08:00")
        world.phones.is_down = True
        await world.on("2024-06-14 08:30").tick()
        await world.on("2024-06-14 10:31").tick()
        assert shown(both_too) == ["14/06 10:31"]
        told = desk_too.hears()[-1]
        assert f"{told.at:%d/%m %H:%M}" == "14/06 10:31"
        assert "Sở Tư pháp: đồng chí" in told.text
        assert "Thanh tra tỉnh: đồng chí" not in told.text, "Zalo has told it"
        for hour in ("10:40", "11:00", "14:00"):
            await world.on(f"2024-06-14 {hour}").tick()
        assert len(desk_too.hears()) == 1, "once"
        world.phones.is_down = False
        await world.on("2024-06-14 15:00").tick()
        assert shown(only)[-1] == "14/06 15:00", "the same day, as it is back"
        await world.play_until("2024-06-14 18:00")
        assert shown(both) == ["03/06 09:30", "12/06 08:30"]
        assert shown(desk) == []
        await checks.is_sound(world)


@pytest.mark.anyio
async def test_before_the_due_date_nobody_telephones(open_world: OpenWorld) -> None:
    async with open_world("2024-05-27 08:00") as world:
        await world.load(SAMPLE)
        _, desk_too = await with_two_chats(world, "CA", "desk")
        await world.link("STP")
        await world.play_until("2024-06-12 08:00")
        world.phones.is_down = True
        await world.play_until("2024-06-12 18:00")
        assert not desk_too.hears()


# --- the month is used up -----------------------------------------------------------------------------------------

USED_UP = Limited("Quota exceeded", 3600, whole_bot=True)


@pytest.mark.anyio
async def test_when_a_platform_says_that_the_month_is_used_up_other_ways_are_taken_at_once(
    open_world: OpenWorld,
) -> None:
    """It knows better than the meter: somebody else may use the bot. Who has no other chat is telephoned."""
    async with open_world("2024-05-27 08:00") as world:
        await world.load(SAMPLE)
        _, desk_too = await with_two_chats(world, "CA", "desk")
        only = await world.link("STP")
        both, both_too = await with_two_chats(world, "TTT")
        await world.play_until("2024-06-14 08:00")
        world.phones.trouble = USED_UP
        for minute in ("08:30", "08:35", "08:40"):
            await world.on(f"2024-06-14 {minute}").tick()
        assert shown(both_too) == ["14/06 08:35"]
        assert BY_ZALO in both_too.hears()[0].text
        assert "Sở Tư pháp: đồng chí" in desk_too.hears()[-1].text
        assert [f"{message.at:%d/%m}" for message in desk_too.hears()] == ["14/06"], "once"
        world.phones.trouble = None
        await world.on("2024-06-14 10:00").tick()
        assert shown(only)[-1] == "14/06 10:00", "somebody has bought more"
        assert shown(both)[-1] == "12/06 08:30"
        await checks.is_sound(world)


# --- what is made up for ------------------------------------------------------------------------------------------


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("down", "back", "comes"),
    [
        ("2024-06-13 18:00", "2024-06-14 10:00", "14/06 14:00"),
        ("2024-06-13 18:00", "2024-06-18 12:00", "18/06 14:00"),
        ("2024-06-13 18:00", "2024-06-26 18:00", "27/06 08:30"),
    ],
)
async def test_an_outage_of_hours_or_days_ends_in_one_message_with_the_strongest_rung(
    open_world: OpenWorld, down: str, back: str, comes: str
) -> None:
    """Hours, a weekend and two days, nearly two weeks; K5 is due on Saturday 15/6. What was missed is not made up for
    one by one, and what was answered meanwhile is not named."""
    async with open_world("2024-05-27 08:00") as world:
        await world.load(SAMPLE)
        stp, ttt = await world.link("STP"), await world.link("TTT")
        await world.play_until(down)
        before = len(stp.hears())
        world.phones.is_down = True
        await world.play_until(moment(back) - timedelta(minutes=30))
        await ttt.says("K5 đã gửi công văn 12/BC-TTT ngày 13/6")
        world.on(back).phones.is_down = False
        await world.play_until(moment(back).replace(hour=18) + timedelta(days=1))
        came = stp.hears()[before:]
        assert shown(stp)[before] == comes
        assert len({message.at.date() for message in came}) == len(came)
        assert not [message for message in ttt.hears()[before:] if "K5" in message.codes]
        await checks.is_sound(world)
        rungs = [event["rung"] for event in (await story(world, "K5-STP")).events if event.get("state") == "sent"]
        assert rungs == sorted(set(rungs)), "never a weaker one after a stronger"


@pytest.mark.anyio
async def test_what_waited_in_an_outage_says_what_is_true_when_it_leaves(open_world: OpenWorld) -> None:
    """Its words were found before; two hours later it is another chat's, and another answer was given."""
    async with open_world("2024-05-27 08:00") as world:
        await world.load(SAMPLE)
        _, second = await with_two_chats(world)
        await world.play_until("2024-06-12 08:00")
        world.phones.is_down = True
        await world.on("2024-06-12 08:30").tick()
        await second.says("K5 70%")
        await world.on("2024-06-12 10:31").tick()
        assert "Thông tin gần nhất: 70%" in second.hears()[-1].text
        rows = select(col(Outbox.state)).where(col(Outbox.merge_key).contains(":2024-06-12"))
        assert await world.database.read(lambda session: session.execute(rows).scalars().all()) == ["sent"]
