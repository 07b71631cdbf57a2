"""Whoever the others wait for is reminded too: each working morning, once, while something waits."""

import pytest

from tests.flows.conftest import OpenWorld

SAMPLE = "noi-chinh-bac-kan-2024"


@pytest.mark.anyio
async def test_the_head_and_its_desk_are_told_each_morning_what_waits_for_them(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 14:10") as world:
        await world.load(SAMPLE)
        desk, head = await world.link("CA", "desk"), await world.link("CA", "leader")
        agency = await world.link("STP")
        await world.play_until("2024-06-12 14:00")
        assert not desk.hears("desk"), "nothing waits, nothing is said"
        assert "BN-" in await agency.says("K5 đã gửi công văn 145/BC-STP ngày 11/6")
        await world.play_until("2024-06-14 17:00")
        for person in (desk, head):
            days = [message.at.date().isoformat() for message in person.hears("desk")]
            assert days == ["2024-06-13", "2024-06-14"]
            assert "K5-STP" in person.hears("desk")[0].text
            assert "đã gửi ngày 12/6/2024, chờ xác nhận" in person.hears("desk")[0].text
        assert not agency.hears("desk")


@pytest.mark.anyio
async def test_what_the_heads_own_agency_sent_waits_for_a_deputy(open_world: OpenWorld) -> None:
    async with open_world("2024-06-12 14:10") as world:
        await world.load(SAMPLE)
        desk, deputy = await world.link("CA", "desk"), await world.link("QLTT", "leader")
        own = await world.link("CA")
        assert "BN-" in await own.says("K5 đã gửi công văn 15/BC-CA ngày 11/6")
        await world.play_until("2024-06-13 17:00")
        assert not desk.hears("desk")
        assert "K5-CA" in deputy.hears("desk")[0].text


@pytest.mark.anyio
async def test_a_deputys_seat_with_nobody_in_it_leaves_the_heads_own_tasks_to_the_administrator(
    open_world: OpenWorld,
) -> None:
    async with open_world("2024-06-12 14:10") as world:
        await world.load(SAMPLE)
        head, admin, own = await world.link("CA", "leader"), await world.link("CA", "admin"), await world.link("CA")
        await own.says("K5 đã gửi công văn 15/BC-CA ngày 11/6")
        await world.play_until("2024-06-13 14:30")
        assert "K5-CA" in admin.hears("desk")[0].text
        assert "chưa có Phó Trưởng khối kết nối: do quản trị hệ thống xác nhận" in await head.says("xác nhận K5-CA")
        assert "Đã xác nhận K5-CA" in await admin.says("xác nhận K5-CA")
        assert "hệ thống đã xác nhận K5" in own.heard[-1].text
        await own.says("K7 đã gửi công văn 16/BC-CA ngày 12/6")
        deputy = await world.link("QLTT", "leader")
        assert "Đã xác nhận K7-CA" not in await admin.says("xác nhận K7-CA")
        assert "Đã xác nhận K7-CA" in await deputy.says("xác nhận K7-CA")


@pytest.mark.anyio
async def test_a_deputy_whose_chat_was_unlinked_or_blocked_does_not_keep_the_heads_own_tasks_waiting(
    open_world: OpenWorld,
) -> None:
    async with open_world("2024-06-12 14:10") as world:
        await world.load(SAMPLE)
        desk, admin, own = await world.link("CA", "desk"), await world.link("CA", "admin"), await world.link("CA")
        deputy = await world.link("QLTT", "leader")
        await own.says("K5 đã gửi công văn 15/BC-CA ngày 11/6")
        await own.says("K7 đã gửi công văn 16/BC-CA ngày 11/6")
        assert "Đã xác nhận K5-CA" not in await admin.says("xác nhận K5-CA")
        await desk.says("hủy liên kết QLTT")
        await desk.says("1")
        await world.play_until("2024-06-13 14:30")
        assert "K5-CA" in admin.hears("desk")[0].text
        assert "Đã xác nhận K5-CA" in await admin.says("xác nhận K5-CA")
        again = await world.link("QLTT", "leader")
        assert "Đã xác nhận K7-CA" not in await admin.says("xác nhận K7-CA")
        await again.blocks()
        assert "Đã xác nhận K7-CA" in await admin.says("xác nhận K7-CA")
        assert not deputy.hears("desk")
