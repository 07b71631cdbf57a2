"""What a word of the head is about: named by code, by agency, or not at all."""

import pytest

from tests.flows.conftest import OpenWorld
from tests.flows.ruling_bloc import LETTER, begin

# --- of what


@pytest.mark.anyio
async def test_who_names_nothing_or_something_that_is_not_there_reads_what_it_can_be(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        bloc = await begin(world)
        await bloc.agency.says(f"K5 {LETTER}")
        await bloc.agency.says("K7 gia hạn 20/9 chờ số liệu")
        for bare in ("xác nhận", "bổ sung"):
            assert f"ví dụ: {bare} K5-STP. Đang chờ ý kiến: K5-STP." in await bloc.deputy.says(bare)
        assert "ví dụ: đồng ý gia hạn K7-STP. Đang chờ ý kiến: K7-STP." in await bloc.deputy.says("đồng ý gia hạn")
        assert "Không có nhiệm vụ K99." in await bloc.deputy.says("xác nhận K99-STP")
        assert "Không có đơn vị XYZ." in await bloc.deputy.says("xác nhận K5-XYZ")
        assert "K6-STP không phải nhiệm vụ của đơn vị này." in await bloc.deputy.says("bổ sung K6-STP thiếu số liệu")
        told = await bloc.deputy.says("xác nhận K8")
        assert told == (
            "K8: không có nhiệm vụ nào chờ xác nhận. Còn 01 nhiệm vụ khác chờ xác nhận, để xem soạn /duyet."
        )


@pytest.mark.anyio
async def test_a_confirmation_does_not_answer_the_wish_for_an_extension(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        bloc = await begin(world)
        await bloc.agency.says(f"K5 {LETTER}")
        await bloc.agency.says("K7 gia hạn 20/9 chờ số liệu")
        assert "Đang chờ ý kiến: K5-STP." in await bloc.head.says("xác nhận")
        assert "Đã đồng ý gia hạn K7-STP" in await bloc.head.says("đồng ý gia hạn")


# --- several, and whose


@pytest.mark.anyio
async def test_several_are_named_by_code_or_by_agency_and_previewed(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        bloc = await begin(world)
        other = await world.link("TTT")
        for person in (bloc.agency, other):
            for code in ("K5", "K7"):
                await person.says(f"{code} {LETTER}")
        assert "- K5 Báo cáo sơ kết 6 tháng: STP, TTT" in await bloc.head.says("xác nhận K5")
        shown = await bloc.head.says("xác nhận K5-STP và K7-TTT")
        assert "- K5 Báo cáo sơ kết 6 tháng: STP\n- K7 Báo cáo nhanh quý III: TTT\n" in shown
        shown = await bloc.head.says("xác nhận Sở Tư pháp")
        assert "- K5 Báo cáo sơ kết 6 tháng: STP\n- K7 Báo cáo nhanh quý III: STP\n" in shown
        assert "Đã xác nhận 02 nhiệm vụ" in await bloc.head.says("1")
        assert "STP: không có nhiệm vụ nào chờ xác nhận. Còn 02" in await bloc.head.says("xác nhận STP")
        assert "K8, K10: không có nhiệm vụ nào chờ xác nhận" in await bloc.head.says("xác nhận K8, K10")
        assert "Không có nhiệm vụ K99." in await bloc.head.says("xác nhận K5, K99")


@pytest.mark.anyio
async def test_a_waiver_says_whose_and_an_own_task_needs_no_agency(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        bloc = await begin(world)
        told = await bloc.head.says("K7 miễn không có nhiệm vụ này")
        assert "Đề nghị ghi rõ K7 của đơn vị nào, ví dụ: K7-SNV miễn <lý do>." in told
        assert "Đã miễn" not in told
        assert "Đã miễn K6-CA" in await bloc.deputy.says("K6 miễn khối không tổ chức hội nghị")


@pytest.mark.anyio
async def test_the_head_who_extends_unasked_reads_how_it_is_done(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        bloc = await begin(world)
        told = await bloc.head.says("K7-STP gia hạn 30/9 chờ số liệu")
        assert "ghi hộ STP K7 gia hạn <ngày> <lý do>, rồi soạn đồng ý gia hạn K7-STP" in told
        assert "không có nhiệm vụ quá hạn" in await bloc.desk.says("công văn K5-STP")
        assert "không có nhiệm vụ quá hạn" in await bloc.desk.says("/congvan STP K5")


@pytest.mark.anyio
@pytest.mark.parametrize("no", ["không đồng ý", "không xác nhận", "không thực hiện", "thôi không gửi nữa"])
async def test_a_preview_is_declined_in_the_words_of_its_button_too(open_world: OpenWorld, no: str) -> None:
    async with open_world("2024-06-11 09:00") as world:
        bloc = await begin(world)
        await bloc.agency.says(f"K5 {LETTER}")
        await bloc.head.says("xác nhận hết")
        assert "Chưa xác nhận nhiệm vụ nào." in await bloc.head.says(no)
        await bloc.desk.says("/doihan K5 25/6 theo công văn 12/CV-CA")
        assert "Chưa có gì thay đổi" in await bloc.desk.says(no)


@pytest.mark.anyio
async def test_who_decides_on_one_extension_reads_what_else_waits(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        bloc = await begin(world)
        await bloc.agency.says("K7 gia hạn 20/9 chờ số liệu")
        await bloc.agency.says("K8 gia hạn 5/11 chờ hồ sơ")
        told = await bloc.head.says("1")
        assert "Đã đồng ý gia hạn K8-STP" in told
        assert told.endswith("Còn chờ ý kiến: K7-STP, soạn đồng ý hoặc không đồng ý gia hạn K7-STP.")
        assert "Còn chờ ý kiến: K7-STP" in await bloc.head.says("1"), "the last question is over"
        assert "Còn chờ ý kiến" not in await bloc.head.says("không đồng ý gia hạn K7-STP")


@pytest.mark.anyio
async def test_a_decided_extension_is_the_last_word_on_a_task_until_another_is_said(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        bloc = await begin(world)
        await bloc.agency.says("K7 gia hạn 20/9 chờ số liệu")
        await bloc.head.says("không đồng ý gia hạn K7-STP")
        assert "Thông tin gần nhất: đề nghị gia hạn chưa được đồng ý." in await bloc.agency.says("K7")
        await bloc.agency.says("K7 gia hạn 20/9 chờ số liệu")
        await bloc.head.says("đồng ý gia hạn K7-STP")
        assert "Thông tin gần nhất: đã được gia hạn đến 20/9/2024." in await bloc.agency.says("K7")
        await bloc.agency.says("K7 40%")
        assert "Thông tin gần nhất: 40%." in await bloc.agency.says("K7")


@pytest.mark.anyio
async def test_a_code_alone_is_the_one_that_waits_or_whose_is_asked(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        bloc = await begin(world)
        other = await world.link("TTT")
        await bloc.agency.says("K7 gia hạn 20/9 chờ số liệu")
        assert "Đã đồng ý gia hạn K7-STP" in await bloc.desk.says("đồng ý gia hạn K7")
        for person in (bloc.agency, other):
            await person.says(f"K5 {LETTER}")
        told = await bloc.desk.says("bổ sung K5 thiếu số liệu")
        assert "ghi rõ K5 của đơn vị nào, ví dụ: bổ sung K5-STP. Các đơn vị: STP, TTT." in told
        assert "K5-STP" in await bloc.head.says("/duyet")
        assert "đề nghị bổ sung K5-STP: thiếu số liệu" in await bloc.head.says("bổ sung K5 thiếu số liệu")
        assert "đề nghị bổ sung K5-TTT: thiếu phụ lục" in await bloc.desk.says("bổ sung K5 thiếu phụ lục")
        assert "ghi rõ K7 của đơn vị nào" in await bloc.desk.says("trả lời K7 dùng số liệu quý I")


# --- where a reason is asked for


@pytest.mark.anyio
@pytest.mark.parametrize(
    "said", ["không", "thôi", "để sau", "tình hình", "ai chưa gửi K7", "cảm ơn", "đồng ý", "đã gửi chưa?"]
)
async def test_what_is_no_reason_is_not_sent_as_one(open_world: OpenWorld, said: str) -> None:
    async with open_world("2024-06-11 09:00") as world:
        bloc = await begin(world)
        await bloc.agency.says(f"K5 {LETTER}")
        await bloc.head.says("/duyet")
        await bloc.head.says("2")
        assert "Đã gửi" not in await bloc.head.says(said)
        assert not bloc.agency.hears("notice")


@pytest.mark.anyio
async def test_of_a_preview_what_somebody_else_has_confirmed_meanwhile_is_told(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        bloc = await begin(world)
        await bloc.agency.says(f"K5 {LETTER}")
        await bloc.agency.says(f"K7 {LETTER}")
        await bloc.desk.says("xác nhận hết")
        await bloc.deputy.says("xác nhận K7-STP")
        told = await bloc.desk.says("1")
        assert "Đã xác nhận K5-STP." in told
        assert told.endswith("K7-STP: Người chat-3 đã xác nhận lúc 09:00 ngày 11/6/2024.")
        await bloc.agency.says(f"K8 {LETTER}")
        await bloc.desk.says("xác nhận hết")
        await bloc.deputy.says("xác nhận K8-STP")
        assert await bloc.desk.says("1") == "K8-STP: Người chat-3 đã xác nhận lúc 09:00 ngày 11/6/2024."


@pytest.mark.anyio
async def test_two_people_who_promise_different_days_are_asked(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        bloc = await begin(world)
        colleague = await world.link("STP", "deputy_focal")
        await bloc.agency.says("K5 hẹn 13/6")
        told = await colleague.says("K5 hẹn 14/6")
        assert "cán bộ khác của đơn vị đã ghi dự kiến 13/6/2024 lúc 09:00 ngày 11/6/2024" in told
        assert "nội dung mới là dự kiến gửi ngày 14/6/2024" in told
        assert "dự kiến gửi ngày 14/6/2024" in await colleague.says("1")
