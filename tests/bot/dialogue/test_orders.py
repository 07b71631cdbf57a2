"""What the desk orders, however it is typed; and what is no order."""

import unicodedata
from dataclasses import replace
from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue.orders import hours
from bot.dialogue.orders import words as order_words
from bot.dialogue.orders.values import (
    AboutBroadcast,
    Announce,
    Assign,
    Due,
    Nudge,
    Order,
    Pause,
    Redate,
    Report,
    Resume,
    Seen,
    Whom,
    Withdraw,
)
from bot.dialogue.orders.whom import whom_of
from bot.dialogue.reading.fold import clean, fold_clean, mend
from bot.dialogue.values import Question
from tests.bot.dialogue.world import Chat, World

TODAY = date(2024, 6, 11)
BOOK = World().book
STP, TTT, CA = 1, 2, 4


def read(text: str, question: Question | None = None) -> Order | None:
    said = clean(text)
    return order_words.order(said, mend(fold_clean(said)), BOOK, TODAY, question)


@pytest.mark.parametrize(
    ("text", "on", "at"),
    [
        ("16:00 20/6", date(2024, 6, 20), time(16)),
        ("hạn 16h 20/6/2024", date(2024, 6, 20), time(16)),
        ("trước 8 giờ 30 ngày 5/7", date(2024, 7, 5), time(8, 30)),
        ("20/6 lúc 16g", date(2024, 6, 20), time(16)),
        ("9 giờ rưỡi sáng mai", date(2024, 6, 12), time(9, 30)),
        ("3 giờ chiều 20/6", date(2024, 6, 20), time(15)),
        ("thứ sáu 14:30", date(2024, 6, 14), time(14, 30)),
        ("cuối tháng", date(2024, 6, 30), None),
        ("16:00", None, time(16)),
    ],
)
def test_an_hour_and_a_day_are_read_together(text: str, on: date | None, at: time | None) -> None:
    found = hours.only(mend(fold_clean(clean(text))), TODAY)
    assert found == Due(on, at)


@pytest.mark.parametrize("text", ["báo cáo 16:00 20/6", "gửi STP trước 20/6", "25:00", "12/15", "", "K7 20/6"])
def test_what_says_more_is_not_only_a_date(text: str) -> None:
    assert hours.only(mend(fold_clean(clean(text))), TODAY) is None


@pytest.mark.parametrize(
    "text",
    [
        "/giaoviec Nộp danh sách; hạn 16:00 20/6; STP, CA",
        "/giaoviec Nộp danh sách; STP, Công an tỉnh; trước 16h ngày 20/6",
        "giao việc Nộp danh sách hạn 16:00 20/6 cho STP và Công an tỉnh",
        "/giaoviec@giaouoc_bot Nộp danh sách; hạn 16g 20/6/2024; cho Sở Tư pháp, CA",
        "giao viec: Nộp danh sách\nhan 16h00 20/6\nstp, ca",
        "/giaoviec Nộp danh sách 16:00 20/6 STP, CA",
        "/giaoviec Nộp danh sách 20/6 lúc 16h cho Sở Tư pháp và Công an tỉnh",
    ],
)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_task_is_given_in_many_ways(text: str, form: str) -> None:
    order = read(unicodedata.normalize(form, text))  # type: ignore[arg-type]
    assert isinstance(order, Assign)
    assert (order.text, order.due) == ("Nộp danh sách", Due(date(2024, 6, 20), time(16)))
    assert order.whom
    assert set(order.whom.agencies) == {STP, CA}


@pytest.mark.parametrize("text", ["Chuẩn bị hội nghị ngày 20/6", "Rà soát hồ sơ STP", "Họp 20/6 tại STP, phòng 2"])
def test_a_date_or_an_agency_in_the_task_is_not_taken_for_its_own(text: str) -> None:
    assert read(f"/giaoviec {text}") == Assign(text)


def test_whom_a_task_is_for_may_stand_before_a_colon() -> None:
    order = read("/giaoviec STP, CA: Nộp danh sách; hạn 20/6")
    assert isinstance(order, Assign)
    assert (order.text, order.due) == ("Nộp danh sách", Due(date(2024, 6, 20)))
    assert order.whom
    assert set(order.whom.agencies) == {STP, CA}


def test_a_task_keeps_its_own_semicolons_dates_and_agencies() -> None:
    order = read("/giaoviec Báo cáo đợt 1/6 đến 15/6; kèm phụ lục; hạn 20/6; tất cả trừ STP")
    assert isinstance(order, Assign)
    assert order.text == "Báo cáo đợt 1/6 đến 15/6; kèm phụ lục"
    assert order.whom
    assert len({*order.whom.agencies} - {STP}) == 4


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("/doihan K5 25/6 theo công văn 12/CV-CA", "theo công văn 12/CV-CA"),
        ("đổi hạn K5 sang 25/6, chờ hướng dẫn", "chờ hướng dẫn"),
        ("doi thoi han k5 den ngay 25/6: lý do khách quan", "lý do khách quan"),
        ("/doihan K5 25/6", ""),
    ],
)
def test_a_date_is_moved_with_its_reason(text: str, reason: str) -> None:
    order = read(text)
    assert isinstance(order, Redate)
    assert order.named
    assert (order.named.milestones, order.due, order.reason) == (((1, 5),), Due(date(2024, 6, 25)), reason)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("/thongbao Họp khối 14:00 20/6", ("Họp khối 14:00 20/6", True, None, None)),
        ("/thongbao 14:00 20/6: Họp khối", ("Họp khối", True, Due(date(2024, 6, 20), time(14)), None)),
        ("/thongbao STP, TTT: Họp khối", ("Họp khối", (STP, TTT), None, None)),
        ("/thongbao toàn khối: Họp khối", ("Họp khối", True, None, None)),
        ("/thongbao STP 14:00 20/6: Họp", ("Họp", (STP,), Due(date(2024, 6, 20), time(14)), None)),
        ("/thongbao hằng tuần thứ hai 08:30: Họp", ("Họp", True, Due(None, time(8, 30)), ("weekly", 0))),
        ("/thongbao mỗi tuần, thứ 6 14h: Họp", ("Họp", True, Due(None, time(14)), ("weekly", 4))),
        ("/thongbao hàng tháng ngày 5 lúc 8:30: Họp", ("Họp", True, Due(None, time(8, 30)), ("monthly", 5))),
        ("/thongbao Lưu ý: nộp đúng hạn", ("Lưu ý: nộp đúng hạn", True, None, None)),
        ("thongbao\nDòng một\nDòng hai", ("Dòng một\nDòng hai", True, None, None)),
    ],
)
def test_a_broadcast_says_to_whom_and_when_before_its_colon(text: str, said: tuple[object, ...]) -> None:
    order = read(text)
    assert isinstance(order, Announce)
    whom = order.whom.everybody or order.whom.agencies
    assert (order.text, whom, order.due, order.rhythm) == said


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("dừng thông báo 3", AboutBroadcast("stop", 3)),
        ("tam dung thong bao 3", AboutBroadcast("stop", 3)),
        ("tiếp tục thông báo số 3", AboutBroadcast("resume", 3)),
        ("nhắc lại thông báo 3.", AboutBroadcast("again", 3)),
        ("ai chưa nhận", AboutBroadcast("unseen")),
        ("ai chưa nhận thông báo 3?", AboutBroadcast("unseen", 3)),
        ("đã nhận thông báo 3", Seen(3)),
        ("tiếp tục", Resume()),
        ("tiếp tục gửi tin", Resume()),
        ("tạm dừng đến 20/6", Pause(Due(date(2024, 6, 20)))),
        ("/tamdung", Pause()),
        ("/baocao", Report()),
        ("tổng hợp tuần", Report()),
        ("kèm tên", Report(names=True)),
        ("báo cáo kèm tên", Report(names=True)),
    ],
)
def test_short_orders_are_known(text: str, order: Order) -> None:
    assert read(text) == order


@pytest.mark.parametrize(
    ("text", "code", "short", "agencies"),
    [
        ("/nhac", None, None, ()),
        ("/nhac K7", "K7", None, ()),
        ("nhắc K7-STP", "K7", "stp", ()),
        ("nhac k7 so tu phap", "K7", None, (STP,)),
        ("đôn đốc Thanh tra tỉnh", None, None, (TTT,)),
    ],
)
def test_a_nudge_names_a_task_an_agency_or_both(
    text: str, code: str | None, short: str | None, agencies: tuple[int, ...]
) -> None:
    order = read(text)
    assert isinstance(order, Nudge)
    named = (order.named.code, order.named.short) if order.named else (None, None)
    assert (*named, order.whom.agencies if order.whom else ()) == (code, short, agencies)


def test_a_task_that_was_given_is_taken_back_by_its_code() -> None:
    order = read("hủy giao việc K12")
    assert isinstance(order, Withdraw)
    assert order.named.milestones == ((1, 12),)


@pytest.mark.parametrize(
    "text",
    [
        "K7 70%", "K7 xong", "báo cáo tháng 6 đã gửi", "thông báo của khối đã nhận", "Thông báo: mời họp", "hủy",
        "status", "ai chưa gửi", "K7 gia hạn 20/6 chờ số liệu", "ghi hộ STP K7 xong", "nhắc lại giúp em",
        "12345678", "70", "ok",
    ],
)  # fmt: skip
def test_what_is_no_order_is_left_to_others(text: str) -> None:
    assert read(text) is None


ANNOUNCED = Question("announced", pending={"number": 3})


@pytest.mark.parametrize("text", ["1", "đã nhận", "đã nhận thông tin", "ok", "đã rõ ạ", "vâng", "da doc roi"])
def test_after_a_broadcast_a_short_word_acknowledges_it(text: str) -> None:
    assert read(text, ANNOUNCED) == Seen(3)


@pytest.mark.parametrize("text", ["K7 70%", "2", "mấy giờ họp?", "đã nhận K7", "1 việc nữa"])
def test_after_a_broadcast_other_words_are_what_they_are(text: str) -> None:
    assert read(text, ANNOUNCED) != Seen(3)


@given(st.text(max_size=80), st.sampled_from(["/giaoviec ", "/doihan ", "/thongbao ", "/nhac ", "tạm dừng ", ""]))
def test_nothing_that_is_typed_breaks_the_reading(text: str, verb: str) -> None:
    read(verb + text)


@given(st.text(alphabet="0123456789:/.hgđến ngàytrướcsauchiều ", max_size=30))
def test_no_hour_or_day_breaks_the_reading(text: str) -> None:
    found = hours.find(mend(fold_clean(clean(text))), TODAY)
    assert found is None or found.due.on or found.due.at or found.due.impossible


def test_a_kept_order_comes_back_as_it_was() -> None:
    orders = [
        read("/giaoviec Nộp danh sách; hạn 16:00 20/6; STP"), read("/doihan K5 25/6 lý do"),
        read("/thongbao STP hằng tuần thứ hai 08:30: Họp"), read("tạm dừng đến 20/6"),
    ]  # fmt: skip
    for order in orders:
        assert isinstance(order, (Assign, Redate, Announce, Pause))
        assert order_words.from_json(order_words.to_json(order), BOOK) == order


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("/thongbao " + "x" * 10_000, "Thông báo dài 10.000 ký tự, tối đa 1.800. Chưa gửi gì."),
        ("/thongbao", "Thông báo nội dung gì?"),
        ("/giaoviec " + "x" * 300 + "; hạn 20/6; tất cả", "Nội dung giao việc dài 300 ký tự, tối đa 200."),
        ("/giaoviec", "Giao việc gì?"),
        ("/thongbao (MẬT)\nDanh sách", "Nội dung có dấu chỉ độ mật"),
    ],
)
def test_what_cannot_be_sent_is_told_and_nothing_is_done(typed: str, told: str) -> None:
    chat = Chat(world := World(), (world.place("desk", 4),))
    chat.hear(typed)
    assert told in chat.text
    assert not world.desk.done
    chat.hear("1")
    assert not world.desk.done


def test_what_was_previewed_by_somebody_who_no_longer_leads_is_not_done() -> None:
    chat = Chat(world := World(), (world.place("desk", 4),))
    chat.hear("/giaoviec Nộp danh sách; hạn 20/6; tất cả")
    chat.places = (replace(chat.places[0], seats=()),)
    chat.hear("1")
    assert not world.desk.done


def test_the_police_are_not_everybody_where_a_bloc_has_them() -> None:
    book = World().book
    assert whom_of("ca", book) == whom_of("cong an tinh", book) == Whom(agencies=(4,), blocs=frozenset({1}))
    assert whom_of("tat ca tru ca", book) == Whom(agencies=(1, 2, 3, 5), blocs=frozenset({1}))
    assert all(whom_of(said, book) == Whom(everybody=True) for said in ("tat ca", "ca khoi", "toan khoi"))
