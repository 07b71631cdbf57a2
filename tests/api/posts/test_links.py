"""Links beyond the first: two channels of one person, two places of one chat, office accounts, the desk's undoing."""

import re

import pytest

from models.database import Database
from models.tables import Binding, Person, Post, Update
from tests.api.posts.street import Street


@pytest.fixture
def street(database: Database) -> Street:
    return Street(database).open()


def test_the_desk_hears_of_every_link_and_may_undo_it(street: Street) -> None:
    desk = street.linked("Trần Bình", "CA", "desk", "zalo")
    an = street.linked("Nguyễn An", "STP")
    street.tick()
    told = desk.got(street.arrives())
    assert "Kết nối mới" in told
    assert "Sở Tư pháp, Nguyễn An – cán bộ đầu mối, Telegram" in told
    assert an.chat not in told, "a chat's id identifies"
    number = re.search(r"hủy liên kết số (\d+)", told)
    assert number
    assert "Đề nghị xác nhận" in desk.says(f"hủy liên kết số {number[1]}")
    assert "Đã hủy kết nối của Sở Tư pháp" in desk.says("1")
    assert "đã được bộ phận giúp việc chấm dứt" in an.got(street.arrives())
    assert "chưa được kết nối" in an.says("K5 xong")
    assert "unbind" in street.audit()


def test_by_agency_and_when_there_are_several_by_number(street: Street) -> None:
    desk = street.linked("Trần Bình", "CA", "desk")
    an, hoa = street.linked("Nguyễn An", "STP"), street.linked("Lê Hoa", "STP", "deputy_focal")
    assert "chưa có kết nối nào" in desk.says("hủy liên kết TTT")
    assert "Hủy kết nối nào?" in desk.says("hủy liên kết STP")
    assert "Lê Hoa" in desk.says("2")
    assert "chưa được kết nối" in hoa.says("viec")
    assert "chưa được kết nối" not in an.says("viec")
    desk.says("hủy liên kết STP")
    assert "Không có gì thay đổi" in desk.says("2")
    assert "dành cho" in an.says("hủy liên kết CA")


def test_one_person_on_two_channels_and_the_preferred_one(street: Street) -> None:
    an = street.linked("Nguyễn An", "STP", channel="telegram")
    own = re.search(r"\d{4} \d{4}", an.says("thêm kênh"))
    assert own
    zalo = street.phone("an an", "zalo")
    zalo.says(own[0])
    assert "Đã kết nối: Sở Tư pháp" in zalo.says("1")
    assert [person.name for person in street.rows(Person)].count("Nguyễn An") == 1
    assert len(street.rows(Post)) == 1
    assert "Đã ghi nhận: tin nhắc gửi qua Zalo" in an.says("ưu tiên Zalo")
    assert "chỉ gửi tin qua Zalo, Telegram" in an.says("nhắc qua Viber")
    assert "chưa kết nối qua trang trò chuyện" in an.says("ưu tiên web")
    street.on("2024-06-12 08:30").tick()
    arrived = street.arrives()
    assert "K5" in zalo.got(arrived)
    assert not an.got(arrived)


def test_a_code_of_the_desk_from_a_second_channel_may_be_the_same_person(street: Street) -> None:
    street.linked("Nguyễn An", "STP", channel="telegram")
    zalo = street.phone("Thu An", "zalo")
    assert "Đề nghị xác nhận" in zalo.says(street.code("STP"))
    assert "Đã kết nối" in zalo.says("3")
    assert len(street.rows(Person)) == 1
    assert len(street.rows(Binding)) == 2


@pytest.mark.parametrize(("answer", "left"), [("1", 2), ("thay thế", 1), ("3", 1)])
def test_a_second_code_adds_replaces_or_nothing(street: Street, answer: str, left: int) -> None:
    an = street.linked("Nguyễn An", "STP")
    asked = an.says(street.code("TTT"))
    assert "đang kết nối với: Sở Tư pháp – cán bộ đầu mối" in asked
    told = an.says(answer)
    living = [row for row in street.rows(Binding) if row.unbound_at is None]
    assert len(living) == left
    assert ("Thanh tra tỉnh" in an.says("viec")) == (answer != "3")
    if answer == "thay thế":
        assert "Đã chấm dứt kết nối với: Sở Tư pháp" in told
    if answer == "1":
        assert "K5-STP" in an.says("viec")
        assert len(street.rows(Person)) == 1


def test_an_office_account_is_asked_once_a_day_who_speaks(street: Street) -> None:
    desk = street.linked("Trần Bình", "CA", "desk")
    office = street.linked("Văn phòng Sở Tư pháp", "STP")
    office.says(street.code("STP", "deputy_focal"))
    assert "vị trí này do ai đảm nhận?" in office.says("1")
    assert "tài khoản dùng chung" in office.says("2")
    street.tick()
    assert "tài khoản dùng chung" in desk.got(street.arrives())
    assert "do ai gửi?" in office.says("K5 70%")
    assert "Đã ghi nhận K5: 70%" in office.says("2")
    assert "Đã ghi nhận K5: 80%" in office.says("K5 80%"), "asked once"
    speakers = {row.person_id for row in street.rows(Update)}
    assert len(speakers) == 1
    assert speakers == {max(person.id for person in street.rows(Person))}


def test_bad_codes_each_have_their_answer(street: Street) -> None:
    an = street.linked("Nguyễn An", "STP")
    used = street.code("TTT")
    other = street.phone("Ai Đó")
    other.says(used)
    other.says("1")
    assert "đã được sử dụng" in street.phone("Người Lạ").starts(used)
    assert "đã kết nối với Thanh tra tỉnh" in other.starts(used), "one's own code again"
    old = street.code("SNV")
    street.code("SNV")
    assert "đã được thay bằng mã khác" in an.says(old)
    stale = street.code("TAND")
    street.now = street.now.replace(month=8)
    assert "đã hết hiệu lực" in street.phone("Trễ").says(stale)


def test_ten_codes_in_a_row_lock_the_chat_for_an_hour(street: Street) -> None:
    stranger = street.phone("Người Lạ")
    said = [stranger.says(f"9999000{n}") for n in range(10)]
    assert all("không đúng" in text for text in said[:5])
    assert "thử lại sau một giờ" in said[5]
    assert said[6:] == [""] * 4
    good = street.code("STP")
    assert stranger.says(good) == ""
    street.now = street.now.replace(hour=11)
    assert "Sở Tư pháp" in stranger.says(good)
