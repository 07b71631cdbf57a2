"""A post goes to somebody else; somebody is away; a person is forgotten."""

import json
import re

import pytest
from sqlalchemy import select
from sqlmodel import Session

from api.services import absences
from models.database import Database
from models.tables import Absence, Address, Conversation, Inbox, Outbox, Person, Post, Timeline, Update
from tests.api.posts.street import Phone, Street


@pytest.fixture
def street(database: Database) -> Street:
    return Street(database).open()


# --- bàn giao -----------------------------------------------------------------------------------------------------


def offered(phone: Phone) -> str:
    assert "Đề nghị xác nhận" in phone.says("/bangiao")
    found = re.search(r"\d{4} \d{4}", phone.says("1"))
    assert found
    return found[0]


def test_a_post_is_handed_over_with_everything_that_belongs_to_it(street: Street) -> None:
    desk = street.linked("Trần Bình", "CA", "desk")
    an = street.linked("Nguyễn An", "STP")
    an.says("K5 hẹn 14/6")
    street.tick()
    street.arrives()
    code = offered(an)
    assert "Sở Tư pháp đang có" in an.says("viec"), "nothing changes before the code is used"
    assert "người nhận bàn giao" in an.says(code), "one's own offer"
    hoa = street.phone("Lê Hoa", "zalo")
    assert "Nhận bàn giao từ đồng chí Nguyễn An" in hoa.says(code)
    told = hoa.says("1")
    assert "Đã nhận bàn giao Sở Tư pháp – cán bộ đầu mối từ đồng chí Nguyễn An" in told
    assert "chưa được kết nối" in an.says("K5 xong"), "access is lost at once"
    assert "dự kiến 14/6/2024" in hoa.says("K5")
    street.tick()
    arrived = street.arrives()
    assert "Đã bàn giao Sở Tư pháp – cán bộ đầu mối cho đồng chí Lê Hoa" in an.got(arrived)
    assert "từ đồng chí Nguyễn An sang đồng chí Lê Hoa" in desk.got(arrived)
    assert {"offer_post", "bind"} <= set(street.audit())
    assert [post.until is None for post in street.rows(Post) if post.role == "focal"] == [False, True]


def test_a_handover_may_be_called_off(street: Street) -> None:
    an = street.linked("Nguyễn An", "STP")
    assert "Không có bàn giao nào đang chờ" in an.says("hủy bàn giao")
    code = offered(an)
    assert "Đã hủy bàn giao" in an.says("hủy bàn giao")
    assert "thay bằng mã khác" in street.phone("Lê Hoa").says(code)
    assert "Sở Tư pháp đang có" in an.says("viec")


def test_a_second_offer_ends_the_first_and_no_is_no(street: Street) -> None:
    an = street.linked("Nguyễn An", "STP")
    first = offered(an)
    an.says("/bangiao")
    assert "Chưa bàn giao" in an.says("2")
    offered(an)
    assert "thay bằng mã khác" in street.phone("Lê Hoa").says(first)


def test_a_waiting_file_goes_over_with_the_post(street: Street) -> None:
    an = street.linked("Nguyễn An", "STP")
    code = offered(an)
    draft = {"key": "incoming/1", "sha256": "00", "size": 3, "media_type": "image/jpeg"}

    def wait(session: Session) -> None:
        for row in session.execute(select(Conversation)).scalars():
            row.state = {**row.state, "draft": [draft]}

    street.database.write_now(wait)
    hoa = street.phone("Lê Hoa", "zalo")
    hoa.says(code)
    assert "01 tệp chưa rõ nhiệm vụ" in hoa.says("1")
    states = {row.address_id: row.state.get("draft") for row in street.rows(Conversation)}
    assert list(states.values()) == [None, [{**draft, "name": None, "caption": None, "recompressed": False}]]


def test_the_desk_hands_its_own_post_over(street: Street) -> None:
    desk = street.linked("Trần Bình", "CA", "desk")
    code = offered(desk)
    new = street.phone("Phạm Dũng")
    new.says(code)
    new.says("1")
    assert "Hoàn thành đúng hạn" in new.says("status")
    assert "chưa được kết nối" in desk.says("status")


# --- vắng ---------------------------------------------------------------------------------------------------------


def test_reminders_go_to_the_deputy_while_the_focal_point_is_away_and_back_by_themselves(street: Street) -> None:
    desk = street.linked("Trần Bình", "CA", "desk")
    an, hoa = street.linked("Nguyễn An", "STP"), street.linked("Lê Hoa", "STP", "deputy_focal", "zalo")
    told = an.says("/vang từ 12/6 đến 14/6")
    assert "đồng chí vắng từ thứ Tư 12/6/2024 đến hết thứ Sáu 14/6/2024" in told
    assert "gửi Lê Hoa – cán bộ đầu mối dự phòng" in told
    street.tick()
    arrived = street.arrives()
    assert "đề nghị đồng chí nhận tin nhắc thay" in hoa.got(arrived)
    assert "Sở Tư pháp: Nguyễn An vắng" in desk.got(arrived)
    assert "Lê Hoa nhận tin thay" in desk.says("ai vắng")
    assert "Nguyễn An" not in desk.says("ai chưa gửi K5"), "not yet away"
    assert "Đang vắng hoặc sắp vắng" in desk.says("kết nối")
    street.on("2024-06-12 08:30").tick()
    arrived = street.arrives()
    assert "K5" in hoa.got(arrived)
    assert an.got(arrived) == ""
    silent = desk.says("ai chưa gửi K5")
    assert "Sở Tư pháp: Nguyễn An vắng đến 14/6/2024, Lê Hoa nhận tin thay." in silent, silent
    street.on("2024-06-17 14:00").tick()
    assert "K5" in an.got(street.arrives())


def test_somebody_else_of_the_agency_may_be_named(street: Street) -> None:
    an, lead = street.linked("Nguyễn An", "STP"), street.linked("Lê Văn Hùng", "STP", "leader")
    assert "Chưa rõ người thay" in an.says("vắng từ 12/6 đến 14/6 Trần Mạnh")
    assert "Tin nhắc của Sở Tư pháp gửi Lê Văn Hùng" in an.says("vắng từ 12/6 đến 14/6, đ/c Hùng thay")
    street.on("2024-06-12 08:30").tick()
    arrived = street.arrives()
    assert "K5" in lead.got(arrived)
    assert an.got(arrived) == ""


def test_a_later_absence_stands_beside_an_earlier_one_and_replaces_what_it_meets(street: Street) -> None:
    desk = street.linked("Trần Bình", "CA", "desk")
    an, _ = street.linked("Nguyễn An", "STP"), street.linked("Lê Hoa", "STP", "deputy_focal", "zalo")
    assert "từ thứ Tư 12/6/2024 đến hết thứ Sáu 14/6/2024" in an.says("/vang từ 12/6 đến 14/6")
    assert "đồng chí vắng thứ Năm, ngày 20/6/2024" in an.says("vang 20/6")
    assert desk.says("ai vắng").count("Nguyễn An vắng") == 2
    assert "từ thứ Năm 13/6/2024 đến hết thứ Sáu 21/6/2024" in an.says("vang từ 13/6 đến 21/6")
    assert desk.says("ai vắng").count("Nguyễn An vắng") == 1


def test_bad_days_and_nobody_to_stand_in(street: Street) -> None:
    an = street.linked("Nguyễn An", "STP")
    for typed, said in [
        ("/vang", "Báo vắng, ví dụ"),
        ("/vang từ 31/6", "Không có ngày 31/6"),
        ("/vang từ 14/6 đến 12/6", "trước ngày đầu"),
        ("/vang từ 3/6 đến 5/6", "đã qua"),
        ("/vang từ 12/6 đến 30/11", "tối đa 90 ngày"),
        ("/vang từ 12/6 đến 14/6", "chưa có người khác đã kết nối"),
        ("hủy vắng", "Không có báo vắng nào"),
    ]:
        assert said in an.says(typed), typed
    assert street.rows(Absence) == []
    assert "dành cho cán bộ đầu mối" in street.linked("Trần Bình", "CA", "desk").says("/vang mai")


def test_called_off_and_replaced(street: Street) -> None:
    an = street.linked("Nguyễn An", "STP")
    hoa = street.linked("Lê Hoa", "STP", "deputy_focal")
    an.says("vắng từ 12/6 đến 14/6")
    an.says("vắng từ 13/6 đến 20/6")
    assert [row.ended_at is None for row in street.rows(Absence)] == [False, True]
    assert "Đã hủy báo vắng" in an.says("hủy vắng")
    assert all(row.ended_at for row in street.rows(Absence))
    an.says("vắng mai")
    hoa.says("vắng mai")
    day = street.now.date().replace(day=12)
    agencies = [post.agency_id for post in street.rows(Post)]
    found = street.database.read_now(lambda session: absences.covered(session, agencies, day))
    assert found == {}, "who covers each other is there"


# --- quên ---------------------------------------------------------------------------------------------------------


def test_one_s_own_data_is_shown_as_json(street: Street) -> None:
    an = street.linked("Nguyễn An", "STP")
    an.says("K5 70%")
    an.says("/xoa")
    told = an.says("1")
    data = json.loads(told[told.index("{") :])
    assert data["ho_ten"] == "Nguyễn An"
    assert data["vi_tri"][0]["don_vi"] == "Sở Tư pháp"
    assert data["so_noi_dung_da_ghi"] == 1
    assert an.chat not in told


def test_a_person_is_forgotten_and_the_agency_s_records_stay(street: Street) -> None:
    desk = street.linked("Trần Bình", "CA", "desk")
    an = street.linked("Nguyễn An", "STP", channel="telegram")
    own = re.search(r"\d{4} \d{4}", an.says("thêm kênh"))
    web = street.phone("An ở nhà", "web")
    assert own
    web.says(own[0])
    web.says("1")
    an.says("K5 70% số liệu của phòng")
    an.says("/xoa")
    assert "Việc xóa không khôi phục được" in an.says("2")
    assert "Chưa xóa" in an.says("2")
    an.says("/xoa")
    an.says("2")
    assert "Đã xóa dữ liệu cá nhân" in an.says("1")
    street.tick()
    assert "đã yêu cầu xóa dữ liệu cá nhân" in desk.got(street.arrives())
    street.sweep()
    assert [person.name for person in street.rows(Person)] == ["Trần Bình", "Cán bộ đã xóa"]
    assert len(street.rows(Update)) == 1
    kept = " ".join(
        str(row.model_dump())
        for table in (Address, Inbox, Outbox, Conversation, Timeline, Person)
        for row in street.rows(table)
    )
    for gone in ("Nguyễn An", "An ở nhà", an.chat, web.chat, "số liệu của phòng"):
        assert gone not in kept, gone
    assert "Đã ghi nhận K5" in kept, "what was sent stays in the ledger"
    assert "erase" in street.audit()
    assert "chưa được kết nối" in an.says("viec"), "a stranger from now on"
    assert "Sở Tư pháp" in an.says(street.code("STP")), "and welcome"


def test_a_stranger_is_forgotten_too(street: Street) -> None:
    stranger = street.phone("Người Lạ")
    stranger.says("xin chào")
    stranger.says("/xoa")
    stranger.says("2")
    assert "Đã xóa dữ liệu" in stranger.says("1")
    street.arrives()
    assert street.sweep() == 1
    assert stranger.chat not in str([row.model_dump() for row in street.rows(Address)])


def test_at_an_office_account_only_the_one_who_asks(street: Street) -> None:
    office = street.linked("Văn phòng", "STP")
    office.says(street.code("STP", "deputy_focal"))
    office.says("1")
    office.says("2")
    office.says("/xoa")
    assert "Dữ liệu của ai?" in office.says("2")
    office.says("2")
    assert "Đã xóa" in office.says("1")
    assert "Sở Tư pháp đang có" in office.says("viec")
    assert [person.name for person in street.rows(Person)] == ["Văn phòng", "Cán bộ đã xóa"]
    assert street.sweep() == 0
