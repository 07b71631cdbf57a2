"""When something stands still: an outage, a hold, two clocks at once. One message a person, never a flood."""

import asyncio

import pytest

from schedules import planner
from tests.flows import checks
from tests.flows.conftest import OpenWorld
from tests.flows.people import Person
from tests.flows.world import World, moment

SAMPLE = "noi-chinh-bac-kan-2024"


async def begin(world: World) -> list[Person]:
    """The bloc, in May, with the focal points of all nine agencies."""
    await world.load(SAMPLE)
    shorts = [agency.short for agency in (await world.status()).agencies]
    return [await world.link(short) for short in shorts]


@pytest.mark.anyio
async def test_a_bloc_s_first_messages_accuse_nobody(open_world: OpenWorld) -> None:
    """Loaded in the middle of the year: what lies behind is not followed, and nobody hears of it."""
    async with open_world("2024-07-01 08:00") as world:
        focals = await begin(world)
        assert not any(checks.accuses(message) for focal in focals for message in focal.heard)
        await world.play_until("2024-09-13 12:00")
        for focal in focals:
            assert focal.hears(), focal.short
            told: set[str] = set()
            for message in focal.hears():
                assert not checks.accuses(message) or set(message.codes) <= told, "late before it was ever reminded of"
                told |= set(message.codes)
        assert (await world.status()).totals.open_overdue == 1, "only the head's own conference, of which it was told"


@pytest.mark.anyio
async def test_a_day_without_the_platform_ends_in_one_message_a_person(open_world: OpenWorld) -> None:
    async with open_world("2024-05-27 08:00") as world:
        focals = await begin(world)
        await world.play_until("2024-06-11 18:00")
        before = {focal.short: len(focal.hears()) for focal in focals}
        world.phones.is_down = True
        await world.play_until("2024-06-12 20:00")
        world.phones.is_down = False
        await world.play_until("2024-06-13 18:00")
        for focal in focals:
            came = focal.hears()[before[focal.short] :]
            assert [(message.at, message.codes) for message in came] == [(moment("2024-06-13 08:30"), ("K5",))]
        await checks.is_sound(world)


@pytest.mark.anyio
async def test_a_week_without_the_program_ends_in_one_message_a_person(open_world: OpenWorld) -> None:
    """The strongest of the rungs that were missed, once."""
    async with open_world("2024-05-27 08:00") as world:
        focals = await begin(world)
        await world.play_until("2024-06-11 18:00")
        before = {focal.short: len(focal.hears()) for focal in focals}
        world.on("2024-06-19 10:12")
        for _ in range(3):
            await world.tick()
        await world.play_until("2024-06-19 18:00")
        for focal in focals:
            assert [message.at for message in focal.hears()[before[focal.short] :]] == [moment("2024-06-19 10:12")]
        await checks.is_sound(world)


@pytest.mark.anyio
async def test_a_held_bloc_is_silent_and_its_release_floods_nobody(open_world: OpenWorld) -> None:
    async with open_world("2024-05-27 08:00") as world:
        focals = await begin(world)
        await world.hold()
        await world.play_until("2024-06-19 07:00")
        assert not any(focal.hears() for focal in focals)
        await world.release()
        await world.play_until("2024-06-19 18:00")
        for focal in focals:
            assert [message.at for message in focal.hears()] == [moment("2024-06-19 08:30")]
        await checks.is_sound(world)


@pytest.mark.anyio
async def test_whoever_is_linked_late_is_told_once_what_is_due(open_world: OpenWorld) -> None:
    async with open_world("2024-05-27 08:00") as world:
        await world.load(SAMPLE)
        await world.play_until("2024-06-13 15:00")
        focal = await world.link("STP")
        await world.play_until("2024-06-14 18:00")
        assert [(message.at, message.codes) for message in focal.hears()] == [(moment("2024-06-14 08:30"), ("K5",))]


@pytest.mark.anyio
async def test_whoever_is_linked_after_a_rung_is_told_of_it_on_the_next_working_day(open_world: OpenWorld) -> None:
    """The rung three days before, of the morning; without it the agency would hear nothing until the date itself."""
    async with open_world("2024-05-27 08:00") as world:
        await world.load(SAMPLE)
        await world.play_until("2024-06-12 15:00")
        focal = await world.link("STP")
        await world.play_until("2024-06-14 18:00")
        assert [message.at for message in focal.hears()] == [moment("2024-06-13 08:30"), moment("2024-06-14 08:30")]


@pytest.mark.anyio
async def test_a_desk_that_is_linked_late_hears_whom_to_call(open_world: OpenWorld) -> None:
    async with open_world("2024-05-27 08:00") as world:
        await world.load(SAMPLE)
        await world.play_until("2024-06-20 15:00")
        desk = await world.link("CA", "desk")
        await world.play_until("2024-06-21 18:00")
        (told,) = desk.hears()
        assert told.at == moment("2024-06-21 08:30")
        assert "liên hệ qua điện thoại (09 đơn vị)" in told.text


@pytest.mark.anyio
async def test_whoever_is_linked_after_the_due_date_is_first_told_what_this_is(open_world: OpenWorld) -> None:
    async with open_world("2024-05-27 08:00") as world:
        await world.load(SAMPLE)
        await world.play_until("2024-06-18 15:00")
        focal = await world.link("STP")
        await world.play_until("2024-06-25 18:00")
        first, *others = focal.hears()
        assert [f"{message.at:%d/%m}" for message in focal.hears()] == ["19/06", "20/06", "25/06"]
        assert "Hệ thống bắt đầu theo dõi" in first.text
        assert "đã qua 02 ngày làm việc" in first.text, "late since Monday's end: the date is a Saturday"
        assert not any("Hệ thống bắt đầu theo dõi" in other.text for other in others)


@pytest.mark.anyio
async def test_a_message_that_could_not_leave_names_nothing_that_was_done_meanwhile(open_world: OpenWorld) -> None:
    async with open_world("2024-03-11 08:00") as world:
        await world.load(SAMPLE)
        stp = await world.link("STP")
        await stp.says("K2 xong")
        await world.play_until("2024-03-28 18:00")
        world.on("2024-03-29 08:30").phones.is_down = True
        await world.tick()
        await stp.says("K3 xong")
        world.on("2024-03-29 09:00").phones.is_down = False
        await world.play_until("2024-03-29 18:00")
        assert [message.codes for message in stp.hears()[-1:]] == [("K4",)]
        await checks.is_sound(world)


@pytest.mark.anyio
async def test_two_clocks_at_once_plan_everything_once(open_world: OpenWorld) -> None:
    async with open_world("2024-05-27 08:00") as world:
        focals = await begin(world)
        now = moment("2024-06-03 09:30")
        world.on(now)
        plans = [world.database.write(lambda s: planner.plan(s, now, now)) for _ in range(6)]
        planned = await asyncio.gather(*plans)
        await world.speak()
        assert sum(one.messages for one in planned) == len(focals)
        assert sum(one.reminders for one in planned) == len(focals)
        assert all(len(focal.hears()) == 1 for focal in focals)
        await checks.is_sound(world)


@pytest.mark.anyio
async def test_an_answer_between_planning_and_sending_withdraws_the_message(open_world: OpenWorld) -> None:
    async with open_world("2024-05-27 08:00") as world:
        focals = await begin(world)
        world.on("2024-06-03 09:30").phones.is_down = True
        await world.tick()
        stp = next(focal for focal in focals if focal.short == "STP")
        world.on("2024-06-03 09:31")
        await stp.says("K5 đã gửi công văn 145/BC-STP ngày 3/6")
        world.on("2024-06-03 09:45").phones.is_down = False
        await world.play_until("2024-06-03 18:00")
        assert not stp.hears()
        assert all(focal.hears() for focal in focals if focal is not stp)
        await checks.is_sound(world)


@pytest.mark.anyio
async def test_two_people_of_an_agency_the_deputy_hears_of_the_due_date_and_of_silence(open_world: OpenWorld) -> None:
    async with open_world("2024-05-27 08:00") as world:
        await world.load(SAMPLE)
        focal, deputy = await world.link("STP"), await world.link("STP", "deputy_focal")
        await world.play_until("2024-06-25 18:00")
        assert [message.at.date().isoformat() for message in focal.hears()] == [
            "2024-06-03", "2024-06-12", "2024-06-14", "2024-06-18", "2024-06-20", "2024-06-25",
        ]  # fmt: skip
        assert [message.at.date().isoformat() for message in deputy.hears()] == ["2024-06-14", "2024-06-19"]
        await checks.is_sound(world)


@pytest.mark.anyio
async def test_who_has_blocked_one_chat_is_told_the_same_day_in_the_other(open_world: OpenWorld) -> None:
    async with open_world("2024-05-27 08:00") as world:
        await world.load(SAMPLE)
        first = await world.link("STP")
        second = await world.second_chat(first)
        await first.says("viec")
        first.has_blocked = True
        await world.play_until("2024-06-14 18:00")
        assert not first.hears()
        assert [message.at for message in second.hears()] == [
            moment("2024-06-03 09:30"), moment("2024-06-12 08:30"), moment("2024-06-14 08:30"),
        ]  # fmt: skip


@pytest.mark.anyio
async def test_whom_nobody_can_write_to_any_more_the_desk_is_to_call_the_same_day(open_world: OpenWorld) -> None:
    async with open_world("2024-05-27 08:00") as world:
        await world.load(SAMPLE)
        stp, desk = await world.link("STP"), await world.link("CA", "desk")
        stp.has_blocked = True
        await world.play_until("2024-06-03 18:00")
        await world.play_until("2024-06-14 18:00")
        assert "Sở Tư pháp: đồng chí" in desk.hears()[-1].text
        assert desk.hears()[-1].at == moment("2024-06-14 08:30")


@pytest.mark.anyio
async def test_after_an_outage_whoever_writes_gets_every_answer_at_once(open_world: OpenWorld) -> None:
    """The answer that failed rests for hours by then; that the chat speaks shows that the platform is back."""
    async with open_world("2024-06-17 18:00") as world:
        await world.load(SAMPLE)
        stp = await world.link("STP")
        world.phones.is_down = True
        assert await stp.says("K5 40%") == ""
        await world.play_until("2024-06-18 08:00")
        world.phones.is_down = False
        both = await stp.says("K5 50%")
        assert both.index("K5: 40%") < both.index("K5: 50%")
