"""Nobody is linked but the desk: the six-month round is followed by telephone, from the first list to the end."""

import pytest

from api.services.loading import blocfile
from tests.flows.conftest import OpenWorld
from tests.flows.people import Person
from tests.flows.world import World

SAMPLE = "noi-chinh-bac-kan-2024"


async def k5(world: World) -> tuple[int, int, int, int]:
    """done on time, done late, open in time, open overdue of the six-month report."""
    line = next(line for line in (await world.status()).milestones if line.code == "K5")
    return line.done_on_time, line.done_late, line.open_in_time, line.open_overdue


async def begin(world: World) -> Person:
    await world.load(SAMPLE)
    return await world.link("CA", "desk")


@pytest.mark.anyio
async def test_the_six_month_round_is_followed_by_telephone(open_world: OpenWorld) -> None:
    async with open_world("2024-05-20 08:00") as world:
        desk = await begin(world)
        await world.play_until("2024-06-03 10:00")
        assert await k5(world) == (0, 0, 9, 0)
        listed = await desk.says("ai chưa gửi K5")
        for agency in (await world.status()).agencies:
            assert agency.agency in listed

        world.on("2024-06-07 09:00")
        assert "BN-" in await desk.says("ghi hộ SNV K5 đã gửi công văn 377/BC-SNV ngày 7/6")
        assert "BN-" in await desk.says("ghi hộ STP K5 60%")
        assert await k5(world) == (1, 0, 8, 0)

        await world.play_until("2024-06-12 15:00")
        for short, number in (("CA", "41"), ("TAND", "64"), ("VKS", "90"), ("STP", "145")):
            assert "BN-" in await desk.says(f"ghi hộ {short} K5 đã gửi công văn {number}/BC ngày 12/6")
        assert await k5(world) == (5, 0, 4, 0)

        await world.play_until("2024-06-17 16:30")
        assert await k5(world) == (5, 0, 4, 0), "a due date on a Saturday counts to the end of Monday"
        assert "BN-" in await desk.says("ghi hộ BCHQS K5 đã gửi công văn 88/BC ngày 15/6")
        assert await k5(world) == (6, 0, 3, 0)

        await world.play_until("2024-06-18 09:00")
        assert await k5(world) == (6, 0, 0, 3)
        assert "BN-" in await desk.says("ghi hộ THADS K5 hẹn 20/6")
        assert "BN-" in await desk.says("ghi hộ TTT K5 khó khăn: chưa có số liệu của huyện")
        await each_silence_is_explained(world, desk)

        await world.play_until("2024-06-20 16:00")
        for short in ("THADS", "TTT", "QLTT"):
            assert "BN-" in await desk.says(f"ghi hộ {short} K5 đã gửi công văn 12/BC-{short} ngày 20/6")
        assert await k5(world) == (6, 3, 0, 0)
        await the_summary_tells_it(world, desk)
        assert all("liên hệ qua điện thoại" in message.text for message in desk.hears()), "whom to call, and no task"
        assert [(f"{message.at:%d/%m}", message.codes) for message in desk.hears()] == [
            ("14/06", ("K5",)), ("18/06", ("K5",)), ("20/06", ("K5",)),
        ]  # fmt: skip


async def each_silence_is_explained(world: World, desk: Person) -> None:
    silent = {line.short: line.silence for line in (await world.status()).agencies if line.open_overdue}
    assert {short: sorted(name for name, n in silence if n) for short, silence in silent.items()} == {
        "THADS": ["promised"],
        "TTT": ["blocked"],
        "QLTT": ["not_linked"],
    }
    told = await desk.says("ai chưa gửi K5")
    assert "Chưa hoàn thành quá hạn (03)" in told
    assert "Cục Thi hành án dân sự: dự kiến 20/6/2024" in told
    assert "Thanh tra tỉnh: khó khăn, vướng mắc" in told
    assert "Cục Quản lý thị trường: chưa kết nối" in told


async def the_summary_tells_it(world: World, desk: Person) -> None:
    told = await desk.says("/status")
    totals = (await world.status()).totals
    assert (totals.done_on_time, totals.done_late, totals.open_overdue) == (6, 3, 0)
    assert (
        f"Hoàn thành đúng hạn 6; hoàn thành quá hạn 3; chưa hoàn thành trong hạn {totals.open_in_time}; "
        "chưa hoàn thành quá hạn 0. Số liệu tính đến 16:00 ngày 20/6/2024." in told
    )
    assert "Sở Tư pháp" not in await desk.says("ai chưa gửi K5"), "nobody is left on the list"


@pytest.mark.anyio
async def test_an_agency_without_the_application_is_told_apart(open_world: OpenWorld) -> None:
    async with open_world("2024-06-10 08:00") as world:
        text = blocfile.sample(SAMPLE).replace("short: BCHQS}", "short: BCHQS, off_channel: true}")
        await world.load_text(text, "noi-chinh.yaml")
        desk = await world.link("CA", "desk")
        await world.play_until("2024-06-18 10:00")
        lines = {line.short: line.silence for line in (await world.status()).agencies}
        assert lines["BCHQS"].off_channel == 1
        assert lines["STP"].not_linked == 1
        assert "không dùng ứng dụng" in (await desk.says("ai chưa gửi K5")).lower()
