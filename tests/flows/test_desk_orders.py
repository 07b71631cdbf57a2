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


@pytest.mark.anyio
async def test_a_pause_is_kept_ends_by_itself_and_floods_nobody(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        desk, people = await begin(world, "STP")
        before = len(people["STP"].hears())
        assert "đến hết ngày 18/6/2024" in await desk.says("tạm dừng đến 18/6")
        await world.play_until("2024-06-18 17:45")
        assert len(people["STP"].hears()) == before
        assert "Mã tiếp nhận" in await people["STP"].says("K5 70%"), "answers go on"
        await world.play_until("2024-06-19 09:00")
        assert len(people["STP"].hears()) <= before + 1
        assert "không trong thời gian tạm dừng" in await desk.says("tiếp tục")


@pytest.mark.anyio
async def test_a_nudge_reaches_whom_it_says_and_asks_about_the_one_task(open_world: OpenWorld) -> None:
    async with open_world("2024-06-18 09:00") as world:
        desk, people = await begin(world, "STP", "TTT")
        told = await desk.says("/nhac K6-STP")
        assert "K6" in told
        told = await desk.says("/nhac K7 STP")
        assert "Đã nhắc 01 người" in told, told
        (nudged,) = people["STP"].hears("nudge")
        assert "Trưởng khối đề nghị đơn vị cho biết tình hình" in nudged.text
        assert "K7: 40%" in await people["STP"].says("40"), "a nudge about one task opens its question"
        assert "cách nhau ít nhất 02 giờ" in await desk.says("/nhac K7 STP")
        world.on("2024-06-18 11:01")
        assert "Đã nhắc 01 người" in await desk.says("/nhac K7 STP")
        assert not people["TTT"].hears("nudge")


@pytest.mark.anyio
async def test_head_and_desk_get_the_summary_and_the_administrator_the_self_check(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 08:00") as world:
        desk, people = await begin(world, "STP")
        head = await world.link("CA", "leader")
        admin = await world.link("CA", "admin")
        await world.play_until("2024-06-14 14:00")
        await world.on("2024-06-14 14:30").tick()
        for one in (desk, head):
            summary, to_paste = one.hears("digest")
            assert summary.text.startswith("Tổng hợp Khối thi đua Nội chính tỉnh Bắc Kạn, năm 2024.")
            assert "Kính gửi các đơn vị thành viên" in to_paste.text
        assert not people["STP"].hears("digest")
        assert not admin.hears("check"), "nobody ticked it in this world"


@pytest.mark.anyio
async def test_names_reach_the_group_only_by_the_heads_word_each_time(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        desk, _ = await begin(world, "STP")
        world.on("2024-06-18 09:00")
        assert "chưa kết nối, chưa gửi được" in await desk.says("kèm tên")
        head = await world.link("CA", "leader")
        told = await desk.says("kèm tên")
        assert "do Trưởng khối xác nhận. Đã gửi đề nghị tới Trưởng khối." in told
        assert "đề nghị nêu tên" in head.hears("notice")[-1].text
        assert "Sở Tư pháp (K5)" in await head.says("kèm tên"), "the head sees what will be read"
        assert not [message for message in desk.hears("notice") if "Sở Tư pháp (K5)" in message.text]
        assert "Sở Tư pháp (K5)" in await head.says("1")
        assert "Sở Tư pháp (K5)" in desk.hears("notice")[-1].text
        before = len(desk.hears("notice"))
        assert "do Trưởng khối xác nhận" in await desk.says("kèm tên"), "and again the next time"
        assert len(desk.hears("notice")) == before


@pytest.mark.anyio
async def test_of_two_desks_the_second_is_told_what_the_first_one_changed(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        desk, _ = await begin(world)
        head = await world.link("CA", "leader")
        await head.says("/doihan K5 28/6 chờ số liệu")
        await desk.says("/doihan K5 25/6 theo công văn 12/CV-CA")
        await desk.says("1")
        told = await head.says("1")
        assert told.startswith("Chưa đổi: thời hạn của K5 vừa có thay đổi. ")
        assert "đã đổi lúc 09:00 ngày 11/6/2024 (trước đó 15/6/2024)" in told
        assert "từ ngày 25/6/2024 (thứ Ba) sang ngày 28/6/2024 (thứ Sáu)" in await head.says("1")


@pytest.mark.anyio
async def test_a_date_is_not_moved_for_all_when_one_agency_was_named(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        desk, people = await begin(world, "STP", "TTT")
        told = await desk.says("/doihan K5-STP 20/6 chờ số liệu")
        assert "cho tất cả các đơn vị" in told
        assert "ghi hộ STP K5 gia hạn <ngày> <lý do>" in told
        await desk.says("1")
        assert "thời hạn 15/6/2024" in await people["TTT"].says("K5")
        await desk.says("ghi hộ STP K5 gia hạn 20/6 chờ số liệu")
        assert "Đã đồng ý gia hạn K5-STP" in await desk.says("đồng ý gia hạn K5-STP")
        assert "thời hạn 20/6/2024" in await people["STP"].says("K5")


@pytest.mark.anyio
async def test_whose_extension_reaches_further_reads_that_it_stands(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        desk, people = await begin(world, "STP", "TTT")
        await people["STP"].says("K5 gia hạn 28/6 chờ số liệu")
        await desk.says("đồng ý gia hạn K5-STP")
        await desk.says("/doihan K5 25/6 theo công văn 12/CV-CA")
        await desk.says("1")
        assert "Thời hạn đã gia hạn cho đơn vị, ngày 28/6/2024, không thay đổi." in people["STP"].heard[-1].text
        assert "gia hạn" not in people["TTT"].heard[-1].text
        assert "thời hạn 28/6/2024" in await people["STP"].says("K5")
        await desk.says("/doihan K5 30/6 theo công văn 13/CV-CA")
        await desk.says("1")
        assert "gia hạn" not in people["STP"].heard[-1].text
        assert "thời hạn 30/6/2024" in await people["STP"].says("K5")
