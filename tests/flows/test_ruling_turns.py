"""Rulings at the edges: taken back in time and too late, tapped by number, across a stop of the program, by two."""

from datetime import timedelta
from pathlib import Path

import pytest

from models.database import Database
from tests.flows.conftest import OpenWorld
from tests.flows.people import Person
from tests.flows.world import World

SAMPLE = "noi-chinh-bac-kan-2024"


async def begin(world: World) -> tuple[Person, Person, Person]:
    """(head, deputy, focal point)."""
    await world.load(SAMPLE)
    return await world.link("CA", "leader"), await world.link("QLTT", "leader"), await world.link("STP")


@pytest.mark.anyio
async def test_a_return_that_is_taken_back_at_once_is_told_and_leaves_no_trace(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        head, _, agency = await begin(world)
        await agency.says("K5 đã gửi công văn 145/BC-STP ngày 10/6")
        await head.says("bổ sung K5-STP thiếu số liệu")
        assert "thiếu số liệu" in agency.hears("notice")[-1].text
        assert "Đã hủy" in await head.says("hủy")
        assert "đã thu hồi ý kiến" in agency.hears("notice")[-1].text
        assert "đã hoàn thành" in await agency.says("K5")


@pytest.mark.anyio
async def test_after_a_minute_a_verdict_stands(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        head, _, agency = await begin(world)
        await agency.says("K5 đã gửi công văn 145/BC-STP ngày 10/6")
        receipt = (await head.says("xác nhận K5-STP")).partition("BN-")[2][:4]
        world.on(world.now + timedelta(minutes=2))
        assert "đã quá 01 phút" in await head.says("hủy")
        assert "Đã hủy" not in await agency.says(f"hủy BN-{receipt}"), "nor is it the agency's to take back"
        assert "đã được xác nhận, nội dung không thay đổi" in await agency.says("K5 40%")
        assert "đã được xác nhận, nội dung không thay đổi" in await agency.says("K5 0")


@pytest.mark.anyio
async def test_a_verdict_that_has_not_left_yet_is_taken_back_in_silence(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 18:00") as world:
        head, _, agency = await begin(world)
        await agency.says("K5 đã gửi công văn 145/BC-STP ngày 10/6")
        await head.says("bổ sung K5-STP thiếu số liệu")
        await head.says("hủy")
        await world.play_until("2024-06-12 11:00")
        assert not agency.hears("notice")


@pytest.mark.anyio
async def test_the_program_stops_between_a_return_and_its_answer(sqlite_database: Database, tmp_path: Path) -> None:
    async with World(sqlite_database, tmp_path, "2024-06-11 18:00") as world:
        head, _, agency = await begin(world)
        await agency.sends_file("bao-cao.txt", b"Bao cao\n", caption="K5 xong")
        await head.says("bổ sung K5-STP chưa có chữ ký, đóng dấu")
    async with World(sqlite_database, tmp_path, "2024-06-12 07:00", phones=world.phones) as again:
        again.slug, again.year = world.slug, world.year
        for person in (head, agency):
            person.world = again
        await again.play_until("2024-06-12 09:00")
        (told,) = agency.hears("notice")
        assert "chưa có chữ ký, đóng dấu" in told.text
        assert "bao-cao.txt" in told.text
        assert "K5" in await agency.sends_file("bao-cao-ky.txt", b"Bao cao, da ky\n")
        shown = await head.says("/duyet")
        assert "bao-cao.txt" in shown
        assert "bao-cao-ky.txt" in shown, "versions are kept"
        assert "Đã xác nhận K5-STP" in await head.says("1")
        assert (await again.status()).totals.done_on_time == 1


@pytest.mark.anyio
async def test_an_extension_is_decided_by_a_bare_number_and_the_reminders_follow_the_new_date(
    open_world: OpenWorld,
) -> None:
    async with open_world("2024-06-12 14:10") as world:
        head, _, agency = await begin(world)
        await agency.says("K5 gia hạn 20/6 chờ số liệu của các phòng")
        assert "chờ số liệu" in head.hears("notice")[-1].text
        before = len(agency.hears())
        await world.play_until("2024-06-13 17:30")
        assert not [message for message in agency.hears()[before:] if "K5" in message.codes], "it waits for the head"
        assert "Đã đồng ý gia hạn K5-STP" in await head.says("1")
        await world.play_until("2024-06-14 09:00")
        assert "đồng ý gia hạn K5" in agency.hears("notice")[-1].text
        before = len(agency.hears())
        await world.play_until("2024-06-24 17:30")
        days = [message.at.date().isoformat() for message in agency.hears()[before:] if "K5" in message.codes]
        assert "2024-06-18" not in days, "the old date's rung"
        assert "2024-06-20" in days
        assert "2024-06-21" in days


@pytest.mark.anyio
async def test_two_who_may_confirm_meet_each_others_word(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        head, deputy, agency = await begin(world)
        await agency.says("K5 đã gửi công văn 145/BC-STP ngày 10/6")
        assert "K5-STP" in await head.says("/duyet")
        assert "Đã xác nhận K5-STP" in await deputy.says("xác nhận K5-STP")
        answer = await head.says("1")
        assert "đã xác nhận lúc 09:00 ngày 11/6/2024" in answer
        assert "Người" in answer, "who"


@pytest.mark.anyio
async def test_the_desk_answers_a_difficulty(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        head, _, agency = await begin(world)
        desk = await world.link("CA", "desk")
        await agency.says("K5 3 chưa có số liệu của cấp huyện")
        assert "soạn trả lời K5-STP" in desk.hears("notice")[-1].text
        for text in ("dùng số liệu quý I", "và ước số liệu tháng 6"):
            assert "Đã gửi Sở Tư pháp" in await desk.says(f"trả lời K5-STP {text}")
            assert text in agency.hears("notice")[-1].text
        assert head.hears("notice") == []
