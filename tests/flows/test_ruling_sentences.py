"""What head, deputy, desk and agency read of each other: right names, right dates, what is next."""

import pytest

from tests.flows.conftest import OpenWorld
from tests.flows.ruling_bloc import LETTER, begin

LONG = (
    "chưa có số liệu của 08 huyện, thành phố do các phòng chuyên môn đang rà soát, đối chiếu với số liệu của "
    "Cục Thống kê và chờ lãnh đạo Sở cho ý kiến"
)


# --- an extension


@pytest.mark.anyio
async def test_a_granted_extension_that_is_taken_back_names_the_date_that_is_in_force_again(
    open_world: OpenWorld,
) -> None:
    async with open_world("2024-06-11 09:00") as world:
        bloc = await begin(world)
        await bloc.agency.says("K7 gia hạn 20/9 chờ số liệu")
        await bloc.head.says("đồng ý gia hạn K7-STP")
        told = await bloc.head.says("hủy")
        assert "Đã hủy gia hạn K7-STP: thời hạn trở lại ngày 15/9/2024, đề nghị gia hạn chờ ý kiến." in told
        assert bloc.agency.hears("notice")[-1].text.endswith(
            "Thời hạn trở lại ngày 15/9/2024; đề nghị gia hạn đang chờ ý kiến."
        )
        assert "thời hạn 15/9/2024" in await bloc.agency.says("K7")
        await bloc.head.says("đồng ý gia hạn K7-STP")
        await bloc.agency.says("K7 gia hạn 27/9 chờ số liệu")
        await bloc.head.says("đồng ý gia hạn K7-STP")
        assert "thời hạn trở lại ngày 20/9/2024" in await bloc.head.says("hủy")


@pytest.mark.anyio
async def test_who_decides_second_on_an_extension_is_told_who_did_and_when(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        bloc = await begin(world)
        await bloc.agency.says("K7 gia hạn 20/9 chờ số liệu")
        await bloc.head.says("1")
        told = await bloc.desk.says("2")
        assert "K7-STP: Người chat-2 đã đồng ý gia hạn đến ngày 20/9/2024 lúc 09:00 ngày 11/6/2024." in told
        await bloc.agency.says("K8 gia hạn 5/11 chờ hồ sơ")
        await bloc.head.says("không đồng ý gia hạn K8-STP")
        told = await bloc.desk.says("đồng ý gia hạn K8-STP")
        assert "K8-STP: Người chat-2 không đồng ý gia hạn lúc 09:00 ngày 11/6/2024." in told


@pytest.mark.anyio
async def test_a_decision_outside_of_office_hours_does_not_promise_that_it_is_told_at_once(
    open_world: OpenWorld,
) -> None:
    async with open_world("2024-06-11 18:00") as world:
        bloc = await begin(world)
        await bloc.agency.says("K7 gia hạn 20/9 chờ số liệu")
        assert "Đơn vị được báo trong giờ làm việc." in await bloc.head.says("đồng ý gia hạn K7-STP")
        assert not bloc.agency.hears("notice")


# --- who


@pytest.mark.anyio
async def test_what_a_deputy_confirmed_is_not_said_to_be_the_heads(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        bloc = await begin(world)
        await bloc.agency.says(f"K5 {LETTER}")
        await bloc.deputy.says("xác nhận K5-STP")
        told = await bloc.agency.says("K5 40%")
        assert told == (
            "K5: đã được xác nhận, nội dung không thay đổi. Nếu cần điều chỉnh, đề nghị liên hệ Trưởng khối."
        )


@pytest.mark.anyio
async def test_nobody_confirms_a_waiver(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        bloc = await begin(world)
        told = await bloc.head.says("K10-CA miễn không có nhiệm vụ này")
        assert told == "K10-CA là nhiệm vụ của đơn vị mình: do Phó Trưởng khối cho ý kiến."


# --- at length


@pytest.mark.anyio
async def test_a_long_reason_is_read_back_and_then_taken(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        bloc = await begin(world)
        await bloc.agency.says(f"K5 {LETTER}")
        shown = await bloc.head.says(f"bổ sung K5-STP {LONG}")
        assert "K5-STP Báo cáo sơ kết 6 tháng, Sở Tư pháp: đề nghị bổ sung, nội dung “chưa có số liệu" in shown
        assert shown.endswith("Đề nghị xác nhận:")
        assert not bloc.agency.hears("notice")
        assert "Đã gửi Sở Tư pháp đề nghị bổ sung K5-STP" in await bloc.head.says("1")
        assert LONG in bloc.agency.hears("notice")[-1].text
        assert "Đề nghị xác nhận:" in await bloc.head.says(f"K10-STP miễn {LONG}")
        assert "Chưa có gì thay đổi" in await bloc.head.says("2")
        assert "thời hạn 20/11/2024" in await bloc.agency.says("K10"), "it was not waived"


@pytest.mark.anyio
async def test_a_long_reason_typed_while_walking_is_read_back_and_the_walk_goes_on(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        bloc = await begin(world)
        await bloc.agency.says(f"K5 {LETTER}")
        await bloc.agency.says(f"K7 {LETTER}")
        await bloc.head.says("/duyet")
        await bloc.head.says("2")
        assert "Đề nghị xác nhận:" in await bloc.head.says(LONG)
        told = await bloc.head.says("1")
        assert "Đã gửi Sở Tư pháp đề nghị bổ sung K5-STP" in told
        assert "K7-STP" in told


@pytest.mark.anyio
async def test_a_long_extension_and_a_long_answer_to_a_difficulty(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        bloc = await begin(world)
        assert "Ghi nhận K7: đề nghị gia hạn đến ngày 20/9/2024" in await bloc.agency.says(f"K7 gia hạn 20/9 {LONG}")
        assert not bloc.head.hears("notice")
        assert "Đã gửi Trưởng khối đề nghị gia hạn K7" in await bloc.agency.says("1")
        assert LONG in bloc.head.hears("notice")[-1].text, "the head reads all of it"
        assert "Đề nghị xác nhận:" in await bloc.head.says(f"không đồng ý gia hạn K7-STP {LONG}")
        assert "Đã ghi nhận: không gia hạn K7-STP" in await bloc.head.says("đúng")
        assert "Đã gửi Sở Tư pháp" in await bloc.desk.says(f"trả lời K8-STP {LONG}")
        assert LONG in bloc.agency.hears("notice")[-1].text


# --- what is done already


@pytest.mark.anyio
async def test_the_file_that_was_still_missing_comes_with_the_word_done_once_more(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        bloc = await begin(world)
        assert "còn thiếu minh chứng" in await bloc.agency.says("K5 xong")
        told = await bloc.agency.sends_file("bao-cao.txt", b"Bao cao\n", caption="K5 xong")
        assert "K5 được ghi nhận hoàn thành" in told
        assert "còn thiếu" not in told


@pytest.mark.anyio
async def test_what_is_done_is_not_promised(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        bloc = await begin(world)
        await bloc.agency.says(f"K5 {LETTER}")
        told = await bloc.agency.says("K5 hẹn 13/6")
        assert "đã được ghi nhận hoàn thành lúc 09:00 ngày 11/6/2024. Nếu cần hủy, soạn K5 0." in told


# --- what is shown


@pytest.mark.anyio
async def test_who_looks_again_sees_what_was_said_and_what_was_asked_for(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        bloc = await begin(world)
        await bloc.agency.says("K5 không phát sinh")
        assert "Đơn vị báo: không phát sinh." in await bloc.head.says("/duyet")
        await bloc.head.says("bổ sung K5-STP thiếu số liệu tháng 5")
        listed = await bloc.agency.says("viec")
        assert "Thông tin gần nhất: đề nghị bổ sung: “thiếu số liệu tháng 5”." in listed
        await bloc.agency.sends_file("bao-cao.txt", b"Bao cao\n", caption="K5 xong")
        shown = await bloc.deputy.says("/duyet")
        assert "Lần trước đề nghị bổ sung, 09:00 ngày 11/6/2024: “thiếu số liệu tháng 5”." in shown


# --- a rule that moves no date, a task that asks for no evidence

OWN = """
bloc: Khối thi đua Ví Dụ
slug: vi-du
season: 2024
signed_on: 29/3/2024
settings:
  extension: {effect: rests}
titles: {head: Cụm trưởng, deputy: Cụm phó}
agencies:
  - {name: Công an tỉnh, short: CA, seat: head}
  - {name: Sở Tư pháp, short: STP}
  - {name: Cục Quản lý thị trường, short: QLTT, seat: deputy}
milestones:
  - {key: ke-hoach, title: Kế hoạch thi đua, due: 14/6, owed_by: [STP, CA], evidence: none}
"""


@pytest.mark.anyio
async def test_the_deputy_is_called_what_the_bloc_calls_one(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        await world.load_text(OWN, "vi-du.yaml")
        agency, head = await world.link("CA"), await world.link("CA", "leader")
        await agency.says("K1 xong")
        assert "chưa có Cụm phó kết nối: do quản trị hệ thống xác nhận" in await head.says("xác nhận K1-CA")
        deputy = await world.link("QLTT", "leader")
        assert "do Cụm phó xác nhận" in await head.says("xác nhận K1-CA")
        await deputy.says("xác nhận K1-CA")
        assert agency.hears("notice")[-1].text.startswith("Cụm phó đã xác nhận K1")


@pytest.mark.anyio
async def test_where_an_extension_moves_no_date_nobody_reads_of_a_new_one(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        await world.load_text(OWN, "vi-du.yaml")
        agency, head = await world.link("STP"), await world.link("CA", "leader")
        await agency.says("K1 gia hạn 20/6 chờ số liệu")
        told = await head.says("1")
        assert "Đã đồng ý tạm dừng nhắc K1-STP đến hết ngày 20/6/2024, thời hạn 14/6/2024 không thay đổi." in told
        assert "đến hết ngày 20/6/2024; thời hạn 14/6/2024 không thay đổi" in agency.hears("notice")[-1].text
        assert "thời hạn 14/6/2024" in await agency.says("K1")


@pytest.mark.anyio
async def test_what_needs_no_evidence_is_sent_again_with_a_word(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        await world.load_text(OWN, "vi-du.yaml")
        agency, head = await world.link("STP"), await world.link("CA", "leader")
        await agency.says("K1 xong")
        await head.says("bổ sung K1-STP chưa có danh sách")
        assert "đề nghị bổ sung" in await agency.says("K1")
        await world.play_until("2024-06-14 09:00")
        assert "còn thiếu" not in agency.hears()[-1].text
        assert "K1 được ghi nhận hoàn thành" in await agency.says("K1 xong")
        assert "Đã xác nhận K1-STP" in await head.says("xác nhận K1-STP")


# --- an answer, a waiver


@pytest.mark.anyio
async def test_an_answer_is_signed_by_whoever_wrote_it(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        bloc = await begin(world)
        own = await world.link("CA")
        await bloc.agency.says("K7 3 chưa có hướng dẫn")
        for writer, name in ((bloc.head, "Trưởng khối"), (bloc.desk, "Bộ phận giúp việc Trưởng khối")):
            await writer.says("trả lời K7-STP theo hướng dẫn của tỉnh")
            assert bloc.agency.hears("notice")[-1].text.startswith(f"{name} trả lời về K7")
        await own.says("K7 3 chưa có hướng dẫn")
        for writer, name in ((bloc.deputy, "Phó Trưởng khối"), (bloc.desk, "Bộ phận giúp việc Trưởng khối")):
            assert "Đã gửi Công an tỉnh" in await writer.says("trả lời K7-CA theo hướng dẫn của tỉnh")
            assert own.hears("notice")[-1].text.startswith(f"{name} trả lời về K7")


@pytest.mark.anyio
async def test_what_was_sent_is_not_waived(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        bloc = await begin(world)
        await bloc.agency.says(f"K5 {LETTER}")
        assert "đơn vị đã gửi, không miễn" in await bloc.head.says("K5-STP miễn không có nhiệm vụ này")
        await bloc.head.says("K7-STP miễn không có nhiệm vụ này")
        assert "K7-STP đã được miễn, không có thay đổi." in await bloc.head.says("K7-STP miễn lý do khác")
        assert (await world.status()).totals.done_on_time == 1
