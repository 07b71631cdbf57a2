"""How due dates are written, and until when they count."""

import unicodedata
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules import deadlines
from models.rules.calendar import STANDARD
from models.rules.deadlines import DueTextError, Recurrence

DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
YEAR = (date(2024, 1, 1), date(2024, 12, 31))


def last_instant(due_on: str, due_time: str | None = None, *, strict: bool = False) -> datetime:
    hour = time.fromisoformat(due_time) if due_time else None
    return deadlines.deadline(date.fromisoformat(due_on), hour, STANDARD, strict)


# --- until when


def test_a_due_date_counts_to_its_midnight() -> None:
    assert last_instant("2024-06-20") == STANDARD.moment(date(2024, 6, 21), time()) - timedelta(microseconds=1)


def test_a_due_date_on_a_day_off_counts_to_the_end_of_the_next_working_day() -> None:
    assert last_instant("2024-06-15") == last_instant("2024-06-17")
    assert last_instant("2024-09-02") == last_instant("2024-09-04")
    assert last_instant("2024-05-04") == STANDARD.end_of_day(date(2024, 5, 4))


def test_a_strict_bloc_counts_the_day_off_itself() -> None:
    assert last_instant("2024-06-15", strict=True) == STANDARD.end_of_day(date(2024, 6, 15))


def test_an_hour_counts_on_the_day_itself_or_on_the_next_working_day() -> None:
    assert last_instant("2024-06-20", "16:00") == STANDARD.moment(date(2024, 6, 20), time(16))
    assert last_instant("2024-06-15", "16:00") == STANDARD.moment(date(2024, 6, 17), time(16))
    assert last_instant("2024-06-15", "16:00", strict=True) == STANDARD.moment(date(2024, 6, 15), time(16))


@given(DAYS, st.none() | st.times(), st.booleans())
def test_a_deadline_is_never_before_its_date_and_lenient_is_never_earlier(
    due_on: date, due_time: time | None, strict: bool
) -> None:
    ends = deadlines.deadline(due_on, due_time, STANDARD, strict)
    assert STANDARD.today(ends) == deadlines.last_day(due_on, STANDARD, strict) >= due_on
    assert deadlines.deadline(due_on, due_time, STANDARD, True) <= ends
    if not strict:
        assert STANDARD.is_working(STANDARD.today(ends))


# --- how it is written


@pytest.mark.parametrize(
    ("written", "on"),
    [
        ("15/6", "2024-06-15"),
        ("05/01", "2024-01-05"),
        ("15/6/2025", "2025-06-15"),
        ("15-6-2024", "2024-06-15"),
        ("ngày 15/6", "2024-06-15"),
        ("Ngày 15 tháng 6 năm 2024", "2024-06-15"),
        ("15 tháng 6", "2024-06-15"),
        ("2024-06-15", "2024-06-15"),
        ("29/2", "2024-02-29"),
    ],
)
def test_a_date_is_read_as_it_is_written(written: str, on: str) -> None:
    assert deadlines.read(written, 2024) == deadlines.Due(date.fromisoformat(on))


def test_a_date_that_yaml_has_read_already_is_taken_as_it_is() -> None:
    assert deadlines.read(date(2024, 6, 15), 2024).on == date(2024, 6, 15)


@pytest.mark.parametrize("written", ["trước ngày 15/6", "Trước  ngày 15/6/2024", "trước 15 tháng 6"])
def test_before_a_day_means_the_day_before_and_keeps_its_words(written: str) -> None:
    for form in ("NFC", "NFD"):
        due = deadlines.read(unicodedata.normalize(form, written), 2024)
        assert due.on == date(2024, 6, 14)
        assert unicodedata.normalize("NFC", due.text or "") == written


@pytest.mark.parametrize("written", ["31/6", "29/2/2023", "trước ngày 31/6", "0/5", "2024-13-01"])
def test_a_day_that_does_not_exist_is_named(written: str) -> None:
    with pytest.raises(DueTextError, match="no such day"):
        deadlines.read(written, 2024)


@pytest.mark.parametrize("written", ["", "giữa năm", "15", "15/6/24", "K5", "15/6 và 20/6"])
def test_what_is_no_date_is_not_guessed(written: str) -> None:
    with pytest.raises(DueTextError, match="cannot read"):
        deadlines.read(written, 2024)


@given(DAYS)
def test_every_day_is_read_back(day: date) -> None:
    for written in (f"{day.day}/{day.month}/{day.year}", f"ngày {day.day} tháng {day.month} năm {day.year}", str(day)):
        assert deadlines.read(written, 1999).on == day


@pytest.mark.parametrize(
    ("written", "hour"), [("16:00", time(16)), ("16h", time(16)), ("16h30", time(16, 30)), ("7 giờ 30", time(7, 30))]
)
def test_an_hour_is_read_as_it_is_written(written: str, hour: time) -> None:
    assert deadlines.read_time(written) == hour


@pytest.mark.parametrize("written", ["25:00", "16:60", "chiều", "16"])
def test_what_is_no_hour_is_refused(written: str) -> None:
    with pytest.raises(DueTextError):
        deadlines.read_time(written)


# --- what recurs


def occasions(rule: str, recurs: Recurrence, start: date = YEAR[0], end: date = YEAR[1]) -> list[tuple[str, str]]:
    return [(o.period, str(o.due.on)) for o in deadlines.occasions(rule, recurs, start, end)]


def test_before_the_fifteenth_of_the_last_month_of_a_quarter() -> None:
    assert occasions("trước ngày 15 tháng cuối quý", "quarter") == [
        ("2024-Q1", "2024-03-14"),
        ("2024-Q2", "2024-06-14"),
        ("2024-Q3", "2024-09-14"),
        ("2024-Q4", "2024-12-14"),
    ]


@pytest.mark.parametrize(
    ("rule", "recurs", "first", "count"),
    [
        ("ngày 20 hằng tháng", "month", ("2024-01", "2024-01-20"), 12),
        ("20", "month", ("2024-01", "2024-01-20"), 12),
        ("cuối tháng", "month", ("2024-01", "2024-01-31"), 12),
        ("ngày 10 tháng đầu quý", "quarter", ("2024-Q1", "2024-01-10"), 4),
        ("ngày 3 tháng thứ hai của quý", "quarter", ("2024-Q1", "2024-02-03"), 4),
        ("ngày 15", "half-year", ("2024-H1", "2024-06-15"), 2),
        ("trước ngày 1 tháng đầu quý", "quarter", ("2024-Q2", "2024-03-31"), 3),
    ],
)
def test_rules_of_recurrence(rule: str, recurs: Recurrence, first: tuple[str, str], count: int) -> None:
    found = occasions(rule, recurs)
    assert found[0] == first
    assert len(found) == count


def test_a_school_year_has_the_periods_of_the_calendar() -> None:
    found = occasions("ngày 5 tháng cuối quý", "quarter", date(2024, 9, 1), date(2025, 5, 31))
    assert [period for period, _ in found] == ["2024-Q3", "2024-Q4", "2025-Q1"]


def test_the_end_of_february_exists_and_its_thirtieth_does_not() -> None:
    assert occasions("cuối tháng", "month")[1] == ("2024-02", "2024-02-29")
    with pytest.raises(DueTextError, match="no such day"):
        occasions("ngày 30", "month")


@pytest.mark.parametrize(
    ("rule", "recurs"), [("thỉnh thoảng", "month"), ("ngày 5 tháng thứ 4", "quarter"), ("", "month")]
)
def test_a_rule_that_cannot_be_kept_is_refused(rule: str, recurs: Recurrence) -> None:
    with pytest.raises(DueTextError):
        occasions(rule, recurs)


# --- the default template


def test_defaults_follow_the_signing() -> None:
    signed_on = date(2024, 3, 29)
    assert deadlines.shift(signed_on, STANDARD, working=-7) == date(2024, 3, 20)
    assert deadlines.shift(signed_on, STANDARD, working=15) == date(2024, 4, 22)
    assert deadlines.shift(date(2024, 12, 10), STANDARD, days=10) == date(2024, 12, 20)
    assert deadlines.behind_signing(date(2024, 2, 28), signed_on, STANDARD, 5) == date(2024, 4, 5)
    assert deadlines.behind_signing(date(2024, 6, 15), signed_on, STANDARD) == date(2024, 6, 15)
