"""Working days and hours, over eleven years."""

import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules import calendar, days_off
from models.rules.calendar import STANDARD, Calendar

DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
MOMENTS = st.builds(datetime.combine, DAYS, st.times(), st.just(UTC))
CALENDARS = st.sampled_from(
    [
        STANDARD,
        calendar.of({"calendar": {"weekend": [6], "days_off": ["2024-06-14"], "working_days": ["2024-09-02"]}}),
        calendar.of({"calendar": {"sending": [["07:45", "11:00"]], "not_before": {}, "not_after": {"2": "10:00"}}}),
    ]
)


def at(day: str, hour: str) -> datetime:
    return STANDARD.moment(date.fromisoformat(day), time.fromisoformat(hour))


# --- days


@pytest.mark.parametrize("year", days_off.KNOWN_YEARS)
def test_the_kept_days_off_are_those_of_the_library(year: int) -> None:
    assert days_off.days_off(year) == days_off.asked_of_the_library(year)


def test_a_year_that_is_not_kept_is_asked_of_the_library() -> None:
    assert date(2035, 9, 2) in days_off.days_off(2035)


def test_the_library_is_not_loaded_for_the_years_at_hand() -> None:
    asks = "import sys; from datetime import date; from models.rules.calendar import STANDARD; " + (
        "STANDARD.is_working(date(2026, 9, 2)); sys.exit('holidays' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", asks], check=False).returncode == 0


@pytest.mark.parametrize(
    ("day", "working"),
    [
        ("2024-05-04", True),  # a Saturday worked for Monday 29/4
        ("2024-04-29", False),
        ("2024-02-08", False),
        ("2024-02-15", True),
        ("2025-04-26", True),
        ("2026-01-02", False),  # decided in December 2025
        ("2026-01-10", True),
        ("2026-08-22", True),
        ("2024-06-15", False),
        ("2024-06-17", True),
    ],
)
def test_swapped_days_are_known(day: str, working: bool) -> None:
    assert STANDARD.is_working(date.fromisoformat(day)) is working


def test_a_bloc_may_declare_a_day_off_and_work_on_a_holiday() -> None:
    own = calendar.of({"calendar": {"days_off": ["2024-06-14", "2024-05-04"], "working_days": ["2026-11-24"]}})
    assert not own.is_working(date(2024, 6, 14))
    assert not own.is_working(date(2024, 5, 4))
    assert own.is_working(date(2026, 11, 24))
    assert not STANDARD.is_working(date(2026, 11, 24))


@given(CALENDARS, DAYS, st.integers(-60, 60).filter(bool))
def test_counting_back_the_same_working_days_returns(days: Calendar, day: date, n: int) -> None:
    there = days.add_working(day, n)
    assert days.is_working(there)
    if n > 0 or days.is_working(day):
        assert days.working_days_between(day, there) == n
    if days.is_working(day):
        assert days.add_working(there, -n) == day


@given(CALENDARS, DAYS)
def test_the_nearest_working_days_enclose_a_day(days: Calendar, day: date) -> None:
    before, after = days.working_until(day), days.working_from(day)
    assert before <= day <= after
    assert days.is_working(before)
    assert days.is_working(after)
    assert (before == day) == (after == day) == days.is_working(day)


def test_four_working_days_are_left_on_a_tuesday_for_a_deadline_on_the_next_monday() -> None:
    assert STANDARD.working_days_between(date(2024, 6, 11), date(2024, 6, 17)) == 4
    assert STANDARD.working_days_between(date(2024, 6, 17), date(2024, 6, 11)) == -4
    assert STANDARD.working_days_between(date(2024, 6, 17), date(2024, 6, 17)) == 0


# --- hours


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        (("2024-06-11", "08:29"), None),
        (("2024-06-11", "08:30"), "08:30"),
        (("2024-06-11", "11:29"), "08:30"),
        (("2024-06-11", "11:30"), None),
        (("2024-06-11", "13:45"), None),
        (("2024-06-11", "16:59"), "14:00"),
        (("2024-06-11", "17:00"), None),
        (("2024-06-17", "09:29"), None),  # Monday
        (("2024-06-17", "09:30"), "09:30"),
        (("2024-06-14", "15:29"), "14:00"),  # Friday
        (("2024-06-14", "15:30"), None),
        (("2024-06-15", "09:00"), None),
        (("2024-05-04", "09:00"), "08:30"),  # a worked Saturday
    ],
)
def test_reminders_are_planned_in_two_windows(moment: tuple[str, str], opening: str | None) -> None:
    found = STANDARD.opening(at(*moment))
    assert (found and found.strftime("%H:%M")) == opening


@pytest.mark.parametrize(
    ("moment", "allowed"),
    [
        (("2024-06-11", "07:30"), True),
        (("2024-06-11", "11:30"), False),
        (("2024-06-11", "13:30"), True),
        (("2024-06-11", "17:00"), False),
        (("2024-06-17", "09:00"), False),
        (("2024-06-14", "15:45"), False),
        (("2024-09-02", "10:00"), False),
    ],
)
def test_nothing_unasked_leaves_outside_of_quiet_office_hours(moment: tuple[str, str], allowed: bool) -> None:
    assert STANDARD.may_send(at(*moment)) is allowed


@given(CALENDARS, MOMENTS)
def test_a_window_is_always_a_time_when_sending_is_allowed(days: Calendar, now: datetime) -> None:
    opening = days.opening(now)
    if opening is not None:
        assert opening <= now
        assert days.may_send(now)
        assert days.is_working(days.today(now))


@given(CALENDARS, MOMENTS)
def test_the_next_chance_to_send_is_the_first_one(days: Calendar, now: datetime) -> None:
    chance = days.next_sending(now)
    assert chance >= now
    assert days.may_send(chance)
    assert (chance == now) == days.may_send(now)
    assert chance == now or not days.may_send(chance - timedelta(microseconds=1))


@given(CALENDARS, MOMENTS)
def test_the_next_opening_opens_a_window(days: Calendar, now: datetime) -> None:
    opening = days.next_opening(now)
    assert opening >= now
    assert days.opening(opening) == opening
    assert days.opening(opening - timedelta(microseconds=1)) is None


def test_a_question_lives_to_the_end_of_the_next_working_day() -> None:
    assert STANDARD.end_of_next_working_day(at("2024-06-14", "16:00")) == at("2024-06-18", "00:00") - timedelta(
        microseconds=1
    )


def test_local_days_begin_at_seventeen_hours_utc() -> None:
    assert STANDARD.today(datetime(2024, 6, 14, 16, 59, tzinfo=UTC)) == date(2024, 6, 14)
    assert STANDARD.today(datetime(2024, 6, 14, 17, 0, tzinfo=UTC)) == date(2024, 6, 15)


# --- settings


def test_settings_that_say_nothing_give_the_standard_calendar() -> None:
    assert calendar.of({"strict": True}) is STANDARD


@pytest.mark.parametrize(
    "asked",
    [
        {"days_off": ["31/6"]},
        {"office": ["17:00", "07:30"]},
        {"weekend": [0, 1, 2, 3, 4, 5, 6]},
        {"sending": [["18:00", "19:00"]], "not_after": {str(day): "17:00" for day in range(7)}},
    ],
)
def test_a_calendar_that_makes_no_sense_is_refused(asked: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        calendar.of({"calendar": asked})
