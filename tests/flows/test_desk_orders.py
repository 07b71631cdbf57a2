"""What the head's desk orders in chat, played in a whole house."""

import pytest

from tests.flows.conftest import OpenWorld
from tests.flows.people import Person
from tests.flows.world import World

SAMPLE = "noi-chinh-bac-kan-2024"


async def begin(world: World, *shorts: str) -> tuple[Person, dict[str, Person]]:
    await world.load(SAMPLE)
    desk = await world.link("CA", "desk")
    return desk, {short: await world.link(short) for short in shorts}


@pytest.mark.anyio
async def test_a_task_is_given_previewed_confirmed_and_read_at_once(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        desk, people = await begin(world, "STP", "TTT")
        preview = await desk.says("/giaoviec Báo cáo kết quả tuần lễ pháp luật; hạn 16:00 20/6; STP, BCHQS")
        assert "16:00 ngày 20/6/2024 (thứ Năm)" in preview
        assert "Người nhận tin: 01" in preview
        assert "Bộ Chỉ huy Quân sự tỉnh (chưa kết nối)" in preview
        assert not people["STP"].hears("notice")
        told = await desk.says("1")
        assert "Đã giao K16" in told, told
        assert "K16: Báo cáo kết quả tuần lễ pháp luật" in people["STP"].hears("notice")[0].text
        assert not people["TTT"].hears("notice")
        assert "Mã tiếp nhận" in await people["STP"].says("K16 70%")
        assert "Sở Tư pháp: 70%" in await desk.says("ai chưa gửi K16")
        assert "đã có đơn vị trả lời" in await desk.says("hủy giao việc K16")


@pytest.mark.anyio
async def test_a_task_that_was_given_outlives_the_bloc_file_and_can_be_taken_back(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        desk, people = await begin(world, "STP")
        await desk.says("/giaoviec Cử cán bộ dự tập huấn; hạn 20/6; STP")
        assert "Đã giao K16" in await desk.says("1")
        await world.load(SAMPLE)
        assert "Sở Tư pháp: chưa có thông tin" in await desk.says("ai chưa gửi K16")
        assert "Đã hủy giao việc K16" in await desk.says("hủy giao việc K16")
        assert "thôi giao nhiệm vụ K16" in people["STP"].hears("notice")[-1].text
        await desk.says("/giaoviec Việc khác; hạn 21/6; STP")
        assert "Đã giao K17" in await desk.says("1"), "a code that was given does not come back"


@pytest.mark.anyio
async def test_a_moved_date_is_told_and_stands_until_the_file_says_something_new(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        desk, people = await begin(world, "STP", "TTT")
        await people["TTT"].says("K5 đã gửi công văn 12/BC ngày 10/6")
        await desk.says("/doihan K5 25/6 theo công văn 12/CV-CA")
        told = await desk.says("1")
        assert "từ ngày 15/6/2024 (thứ Bảy) sang ngày 25/6/2024 (thứ Ba)" in told
        assert "từ ngày 15/6/2024" in people["STP"].hears("notice")[0].text
        assert not people["TTT"].hears("notice"), "who has sent is not concerned"
        loaded = await world.load(SAMPLE)
        assert loaded.changed == 0
        assert "thời hạn 25/6/2024" in await people["STP"].says("viec")
        reminded = people["STP"].hears()
        await world.play_until("2024-06-26 09:00")
        days = [message.at.date().isoformat() for message in people["STP"].hears()[len(reminded) :]]
        assert "2024-06-25" in days
        assert "2024-06-17" not in days


@pytest.mark.anyio
async def test_orders_outside_of_office_hours_leave_when_the_office_opens(open_world: OpenWorld) -> None:
    async with open_world("2024-06-14 18:00") as world:
        desk, people = await begin(world, "STP")
        await desk.says("/giaoviec Góp ý dự thảo; hạn 20/6; tất cả")
        assert "tin được gửi lúc 09:30 ngày 17/6/2024" in await desk.says("1")
        await world.play_until("2024-06-17 09:00")
        assert not people["STP"].hears("notice")
        await world.play_until("2024-06-17 09:45")
        assert len(people["STP"].hears("notice")) == 1


@pytest.mark.anyio
async def test_a_broadcast_is_read_acknowledged_and_called_a_second_time_once(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        desk, people = await begin(world, "STP", "TTT")
        await people["TTT"].blocks()
        preview = await desk.says("/thongbao Kính mời các đơn vị dự họp lúc 14:00 ngày 14/6 tại Công an tỉnh.")
        assert "Người nhận tin: 01." in preview
        assert "Thanh tra tỉnh (đã chặn" in preview
        assert "Đã nhận lệnh gửi thông báo 1" in await desk.says("1")
        (got,) = people["STP"].hears("broadcast")
        assert "Kính mời các đơn vị dự họp" in got.text
        assert "- Sở Tư pháp" in await desk.says("ai chưa nhận")
        assert "cho 01 người" in await desk.says("nhắc lại thông báo 1")
        assert len(people["STP"].hears("broadcast")) == 2
        assert "đã nhận thông báo 1" in await people["STP"].says("1")
        told = await desk.says("ai chưa nhận 1")
        assert "Đã nhận thông tin 01/01 người" in told
        assert "Thanh tra tỉnh: đã chặn" in told
        assert "chỉ nhắc lại một lần" in await desk.says("nhắc lại thông báo 1")
