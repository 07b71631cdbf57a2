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
