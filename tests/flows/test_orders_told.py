"""What the desk reads of its orders is what happens: pauses, stopped broadcasts, whose word is waited for."""

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from api.services import ledger, status
from api.services.loading import blocfile
from models.tables import Outbox
from models.tables import Person as PersonRow
from tests.flows.conftest import OpenWorld
from tests.flows.test_silence import story

SAMPLE = "noi-chinh-bac-kan-2024"


@pytest.mark.anyio
async def test_in_a_pause_nobody_is_nudged_and_the_status_says_so(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        await world.load(SAMPLE)
        desk, agency = await world.link("CA", "desk"), await world.link("STP")
        world.on("2024-06-18 09:00")
        await desk.says("tạm dừng đến 26/6")
        told = "Đang tạm dừng gửi tin đến hết ngày 26/6/2024. Để gửi lại, soạn: tiếp tục."
        assert await desk.says("/nhac K5") == f"Chưa nhắc ai. {told}"
        assert (await desk.says("/status")).endswith(told)
        why = await story(world, "K5-STP")
        assert (why.quiet_because[0], str(why.look_on)) == ("held", "2024-06-27")
        await desk.says("tiếp tục")
        assert "Đang tạm dừng" not in await desk.says("/status")
        assert "Đã nhắc 01 người" in await desk.says("/nhac K5")
        await world.tick()
        assert len(agency.hears("nudge")) == 1


@pytest.mark.anyio
async def test_a_pause_without_an_end_names_no_day(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        await world.load(SAMPLE)
        desk, _ = await world.link("CA", "desk"), await world.link("STP")
        await world.hold()
        assert (await desk.says("/status")).endswith("\nĐang tạm dừng gửi tin. Để gửi lại, soạn: tiếp tục.")
        assert (await story(world, "K5-STP")).look_on is None


@pytest.mark.anyio
async def test_days_that_have_passed_are_named_for_what_they_are(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        await world.load(SAMPLE)
        desk, _ = await world.link("CA", "desk"), await world.link("STP")
        assert "Đề nghị gửi lại ngày từ nay về sau." in await desk.says("tạm dừng đến 1/6")
        assert (await desk.says("tạm dừng đến 31/6")).endswith("ví dụ: 20/6.")
        await desk.says("hủy")
        assert "Đề nghị gửi lại thời điểm từ nay về sau." in await desk.says("/thongbao 10:00 1/6: Họp")


@pytest.mark.anyio
async def test_a_broadcast_that_was_stopped_midway_tells_who_is_left(open_world: OpenWorld) -> None:
    """Of two on a platform that fails, one has not been sent; of the other nobody knows whether it arrived."""
    async with open_world("2024-06-11 18:00") as world:
        await world.load(SAMPLE)
        desk, sure, unsure = await world.link("CA", "desk"), await world.link("STP"), await world.link("TTT")
        await desk.says("/thongbao STP, TTT: Họp giao ban lúc 14:00 ngày 20/6")
        await desk.says("1")
        world.phones.is_down = True
        await world.on("2024-06-12 07:30").tick()
        world.phones.is_down = False
        mine = select(col(PersonRow.id)).where(col(PersonRow.name).contains(unsure.chat)).scalar_subquery()
        lost = update(Outbox).where(col(Outbox.person_id) == mine).values(repeated=True)
        await world.database.write(lambda session: session.execute(lost) and None)
        assert "đã gửi 00/02 người" in await desk.says("dừng thông báo 1")
        told = await desk.says("ai chưa nhận 1")
        assert "Sở Tư pháp, Người " in told
        assert ": chưa gửi\n" in told
        assert ": chưa rõ tin đã đến, chưa xác nhận" in told
        assert told.endswith("Gửi tiếp: tiếp tục thông báo 1."), "a second call is for what is not stopped"
        assert "Còn 01 người." in await desk.says("tiếp tục thông báo 1")
        await world.on("2024-06-12 09:00").tick()
        assert (len(sure.hears("broadcast")), len(unsure.hears("broadcast"))) == (1, 0)
        assert "đã gửi xong" in await desk.says("dừng thông báo 1")
        assert "cho 02 người chưa xác nhận" in await desk.says("nhắc lại thông báo 1")


@pytest.mark.anyio
async def test_the_summary_says_whose_word_is_waited_for(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        await world.load(SAMPLE)
        desk = await world.link("CA", "desk")
        agency, own = await world.link("STP"), await world.link("CA")
        await agency.says("K5 đã gửi công văn 1/BC ngày 10/6")
        await own.says("K5 đã gửi công văn 2/BC ngày 10/6")
        told = await desk.says("/baocao")
        assert "Chờ Trưởng khối xem xét (01): K5-STP. Soạn: /duyet." in told
        assert "Chờ Quản trị hệ thống xem xét (01): K5-CA." in told
        await world.link("QLTT", "leader")
        assert "Chờ Phó Trưởng khối xem xét (01): K5-CA." in await desk.says("/baocao")


@pytest.mark.anyio
async def test_where_nobody_is_late_nobody_is_named(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        await world.load(SAMPLE)
        head = await world.link("CA", "leader")
        assert "không có đơn vị nào chưa hoàn thành quá hạn" in await head.says("kèm tên")
        summary = await head.says("/baocao")
        assert "\nChưa có nhiệm vụ nào đến thời hạn hoặc hoàn thành.\n" in summary
        assert "chưa hoàn thành quá hạn 0.\n" in summary, "no rate where nothing has come due"


@pytest.mark.anyio
async def test_a_cluster_s_head_has_its_own_title(open_world: OpenWorld) -> None:
    async with open_world("2020-06-01 09:00") as world:
        await world.load("cum-6-kiem-sat-2020")
        head, agency = await world.link("TH", "leader"), await world.link("HT")
        await agency.says("K5 gia hạn 10/7 chờ số liệu")
        world.on("2020-07-02 09:00")
        assert "Trưởng khối" not in await head.says("/baocao")
        assert "Trưởng khối" not in await head.says("ai chưa gửi")


@pytest.mark.anyio
async def test_the_list_of_links_tells_whose_chat_takes_no_messages(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        await world.load(SAMPLE)
        desk, agency = await world.link("CA", "desk"), await world.link("STP")
        await agency.blocks()
        told = await desk.says("kết nối")
        assert "Sở Tư pháp: " in told
        assert told.count("từ 11/6/2024 (đã chặn, không nhận được tin)") == 1


@pytest.mark.anyio
async def test_who_heads_one_season_and_is_deputy_in_the_other_reads_which_is_which(open_world: OpenWorld) -> None:
    """Head and deputy have changed places: of the orders that are about one season, the head's own comes first."""
    next_year = (
        blocfile.sample(SAMPLE)
        .replace("season: 2024 ", "season: 2025 ")
        .replace("signed_on: 2024-03-29", "signed_on: 2025-03-14")
        .replace("short: CA, seat: head", "short: CA, seat: deputy")
        .replace("short: QLTT, seat: deputy", "short: QLTT, seat: head")
    )
    async with open_world("2024-11-25 09:00") as world:
        await world.load(SAMPLE)
        old, new = await world.link("CA", "leader"), await world.link("QLTT", "leader")
        agency = await world.link("STP")
        world.on("2025-01-13 09:40")
        await world.load_text(next_year, "noi-chinh-2025.yaml")
        assert "năm 2024." in (await old.says("/baocao")).splitlines()[0]
        assert "năm 2025." in (await new.says("/baocao")).splitlines()[0]
        for head in (old, new):
            told = await head.says("ai chưa gửi")
            assert "tỉnh Bắc Kạn, năm 2024, tính đến" in told
            assert "tỉnh Bắc Kạn, năm 2025, tính đến" in told
        await agency.says("hội nghị tổng kết, bình xét 40%")
        labels = await world.database.read(
            lambda s: s.execute(select(Outbox.choices).order_by(col(Outbox.id).desc()).limit(1)).scalar_one()
        )
        assert [choice["label"][-8:] for choice in labels] == ["năm 2024", "năm 2025"]
        older = await world.database.read(lambda s: ledger.season_with(s, 1, "K12-STP"))
        assert older == await world.database.read(lambda s: status.season_of(s, world.slug, 2024)[1])
