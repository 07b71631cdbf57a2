"""What was sent comes back with a word: confirmed, asked to be completed, extended, waived; by whoever may."""

from collections.abc import AsyncIterator

import pytest

from tests.flows.conftest import OpenWorld
from tests.flows.people import Person
from tests.flows.world import World

PDF = b"B\xc3\xa1o c\xc3\xa1o s\xc6\xa1 k\xe1\xba\xbft 6 th\xc3\xa1ng\n"


class Bloc:
    """A bloc in June: a focal point, the head, its desk and a deputy head."""

    def __init__(self, world: World, an: Person, head: Person, desk: Person, deputy: Person, own: Person) -> None:
        self.world, self.an, self.head, self.desk, self.deputy, self.own = world, an, head, desk, deputy, own

    async def state(self, code: str) -> str:
        status = await self.world.status()
        row = next(row for row in status.milestones if row.code == code.partition("-")[0])
        return ", ".join(f"{name} {getattr(row, name)}" for name in ("done_on_time", "open_in_time", "open_overdue"))


@pytest.fixture
async def bloc(open_world: OpenWorld) -> AsyncIterator[Bloc]:
    async with open_world("2024-06-11 08:00") as world:
        await world.load("noi-chinh-bac-kan-2024", at="2024-06-11 08:05")
        people = [
            await world.link(short, role)
            for short, role in (("STP", "focal"), ("CA", "leader"), ("CA", "desk"), ("QLTT", "leader"), ("CA", "focal"))
        ]
        yield Bloc(world.on("2024-06-11 09:00"), *people)


async def test_a_submission_is_returned_completed_and_confirmed(bloc: Bloc) -> None:
    await bloc.an.sends_file("bao-cao.txt", PDF, caption="K5 xong")
    shown = await bloc.head.says("/duyet")
    assert "K5-STP" in shown
    assert "bao-cao.txt (BN-" in shown
    assert "bổ sung nội dung gì" in await bloc.head.says("2")
    assert "Đã gửi Sở Tư pháp đề nghị bổ sung K5-STP" in await bloc.head.says("1")
    told = bloc.an.heard[-1]
    assert told.kind == "notice"
    assert "chưa có chữ ký, đóng dấu" in told.text
    assert "bao-cao.txt" in told.text
    assert "open_in_time 9" in await bloc.state("K5")
    assert "K5" in await bloc.an.sends_file("bao-cao-ky.txt", PDF + b"ky\n")
    assert "done_on_time 1" in await bloc.state("K5")
    assert "Đã xác nhận K5-STP" in await bloc.head.says("xác nhận K5-STP")
    assert "đã xác nhận K5" in bloc.an.heard[-1].text
    assert "đã xác nhận lúc" in await bloc.head.says("xác nhận K5-STP")


async def test_the_evidence_is_opened_while_it_is_walked_through(bloc: Bloc) -> None:
    await bloc.an.sends_file("bao-cao.txt", PDF, caption="K5 xong")
    shown = await bloc.head.says("/duyet")
    assert "Để xem tệp, soạn: xem BN-" in shown
    told = await bloc.head.says("4")
    assert "Minh chứng BN-" in told
    address = told.rpartition("Tải tệp trong vòng 01 giờ: ")[2].strip()
    assert await bloc.world.download(address) == PDF
    bloc.world.on("2024-06-11 10:10")
    assert await bloc.world.download(address) is None, "its hour is over"
    assert "Đã xác nhận K5-STP" in await bloc.head.says("1"), "the question still stands"
    assert "Không có tệp minh chứng nào" in await bloc.own.says("xem BN-0001"), "the head's focal point leads nothing"


async def test_a_verdict_is_taken_back(bloc: Bloc) -> None:
    await bloc.an.says("K5 đã gửi công văn 145/BC-STP ngày 11/6")
    await bloc.head.says("xác nhận K5-STP")
    assert "Đã hủy" in await bloc.head.says("hủy")
    assert "K5-STP" in await bloc.head.says("/duyet")


async def test_nobody_confirms_what_the_own_agency_sent(bloc: Bloc) -> None:
    await bloc.own.says("K5 đã gửi công văn 9/BC-CA ngày 11/6")
    assert "do Phó Trưởng khối xác nhận" in await bloc.head.says("xác nhận K5-CA")
    assert "Đã xác nhận K5-CA" in await bloc.deputy.says("xác nhận K5-CA")


async def test_several_are_confirmed_after_a_preview(bloc: Bloc) -> None:
    await bloc.an.says("K5 đã gửi công văn 145/BC-STP ngày 11/6")
    await bloc.an.says("K7 đã gửi công văn 146/BC-STP ngày 11/6")
    assert "02 nhiệm vụ" in await bloc.head.says("xác nhận hết")
    told = await bloc.head.says("1")
    assert "- K5 Báo cáo sơ kết 6 tháng: STP BN-" in told
    assert "- K7 Báo cáo nhanh quý III: STP BN-" in told
    assert "{BN" not in told
    assert "Không có nhiệm vụ nào chờ xác nhận" in await bloc.head.says("/duyet")


async def test_an_extension_is_asked_decided_and_told(bloc: Bloc) -> None:
    assert "Đã gửi Trưởng khối đề nghị gia hạn K7" in await bloc.an.says("K7 gia hạn 20/9 chờ số liệu các phòng")
    assert "chờ số liệu các phòng" in bloc.head.heard[-1].text
    assert "chờ số liệu các phòng" in bloc.desk.heard[-1].text
    assert "đang chờ ý kiến" in await bloc.an.says("K7 gia hạn 20/9 chờ số liệu các phòng")
    assert "Đã đồng ý gia hạn K7-STP" in await bloc.desk.says("đồng ý gia hạn K7-STP")
    assert "thời hạn mới là ngày 20/9/2024" in bloc.an.heard[-1].text
    assert "20/9/2024" in await bloc.an.says("K7")


async def test_only_the_head_waives_and_gives_a_reason(bloc: Bloc) -> None:
    assert "do Trưởng khối quyết định" in await bloc.desk.says("K7-STP miễn không có nhiệm vụ này")
    assert "Đề nghị ghi lý do" in await bloc.head.says("K7-STP miễn")
    assert "Đã miễn K7-STP" in await bloc.head.says("K7-STP miễn không có nhiệm vụ này")
    assert "miễn K7" in bloc.an.heard[-1].text
    assert "open_in_time 8" in await bloc.state("K7")


async def test_a_difficulty_is_at_the_desk_at_once(bloc: Bloc) -> None:
    await bloc.an.says("K5 3 chưa có số liệu của cấp huyện")
    assert "chưa có số liệu của cấp huyện" in bloc.desk.heard[-1].text


async def test_who_has_sent_and_is_still_reminded_is_answered_politely(bloc: Bloc) -> None:
    answer = await bloc.an.says("đã gửi K5 rồi sao còn nhắc")
    assert "Xin ghi nhận K5" in answer
    assert "báo đã gửi K5-STP" in bloc.desk.heard[-1].text
