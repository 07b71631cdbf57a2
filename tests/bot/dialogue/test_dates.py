"""Dates as people type them, on Tuesday 11 June 2024; never one that was not meant."""

from datetime import date

import pytest

from bot.dialogue.reading import dates, numerals
from bot.dialogue.reading.fold import fold

TUESDAY = date(2024, 6, 11)


def found(text: str, today: date = TUESDAY, side: dates.Side = "ahead") -> list[str | None]:
    days = dates.find(numerals.without(fold(text)), today, side)
    return [one.day.isoformat() if one.day else None for one in days]


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("17/6", "2024-06-17"),
        ("17-6", "2024-06-17"),
        ("hẹn 17-6-2024", "2024-06-17"),
        ("17.6.2024", "2024-06-17"),
        ("ngày 17.6", "2024-06-17"),
        ("17/6/24", "2024-06-17"),
        ("ngày 17 tháng 6", "2024-06-17"),
        ("17 tháng 6 năm 2024", "2024-06-17"),
        ("ngày 17", "2024-06-17"),
        ("ngày 05", "2024-07-05"),
        ("mai", "2024-06-12"),
        ("sáng mai", "2024-06-12"),
        ("ngày mai", "2024-06-12"),
        ("ngày kia", "2024-06-13"),
        ("hôm nay", "2024-06-11"),
        ("chiều nay", "2024-06-11"),
        ("hôm qua", "2024-06-10"),
        ("thứ sáu", "2024-06-14"),
        ("thứ 6", "2024-06-14"),
        ("thứ ba", "2024-06-18"),
        ("thứ hai tuần sau", "2024-06-17"),
        ("thứ sáu tuần này", "2024-06-14"),
        ("chủ nhật", "2024-06-16"),
        ("cuối tuần", "2024-06-14"),
        ("cuối tuần sau", "2024-06-21"),
        ("đầu tuần sau", "2024-06-17"),
        ("cuối tháng", "2024-06-30"),
        ("cuối tháng sau", "2024-07-31"),
        ("cuối tháng 8", "2024-08-31"),
        ("3 ngày nữa", "2024-06-14"),
        ("29/2", "2024-02-29"),
    ],
)
def test_a_date_is_read(said: str, day: str) -> None:
    assert found(said) == [day]


@pytest.mark.parametrize("said", ["31/2", "hẹn 31/6", "ngày 30 tháng 2", "29/2/2023", "31/11/2024", "hẹn 45/13"])
def test_a_day_that_no_calendar_has_is_reported(said: str) -> None:
    assert found(said) == [None]


@pytest.mark.parametrize(
    "said",
    [
        "12/15", "12/15 hồ sơ", "12/6%", "145/BC-CTHADS", "88/BC", "BN-0147", "0912345678", "0912 345 678", "09:42",
        "16h30", "70.5", "17.6", "5-6 ngày nữa", "3 ngày", "gửi chị Mai", "anh Mai ký rồi", "khoản 7 điều 12",
        "quý 3", "6 tháng", "năm 2024", "công văn số 145", "10/12 đơn vị", "2024", "tuần sau", "vài ngày nữa",
        "12345678", "1/2/3/4", "từ 50 đến 70", "01/KH", "K7",
    ],
)  # fmt: skip
def test_nothing_else_is_a_date(said: str) -> None:
    assert found(said) == []


def test_a_promise_lies_ahead_and_a_letter_behind_when_the_year_turns() -> None:
    december, january = date(2024, 12, 30), date(2025, 1, 3)
    assert found("5/1", december) == ["2025-01-05"]
    assert found("28/12", january, side="behind") == ["2024-12-28"]
    assert found("ngày 31", january, side="behind") == ["2024-12-31"]


def test_on_the_weekday_itself_its_name_means_the_next_one() -> None:
    assert found("thứ sáu", date(2024, 6, 14)) == ["2024-06-21"]
    assert found("cuối tuần", date(2024, 6, 15)) == ["2024-06-21"]
