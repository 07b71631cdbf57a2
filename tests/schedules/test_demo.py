"""The demo's clock jumps to what comes next: a reminder's window, or Friday's summary."""

from datetime import date, datetime

import pytest

from models.rules import calendar
from schedules.demo import next_event
from tests.schedules.covenant import at


@pytest.mark.parametrize(
    ("look_on", "now", "event"),
    [
        (date(2024, 6, 12), at("2024-06-11", "17:30"), at("2024-06-12", "08:30")),
        (date(2024, 6, 17), at("2024-06-12", "08:30"), at("2024-06-14", "14:30")),
        (date(2024, 6, 17), at("2024-06-14", "14:30"), at("2024-06-17", "09:30")),
        (date(2024, 8, 1), at("2024-06-14", "14:30"), at("2024-06-21", "14:30")),
        (None, at("2024-06-11", "17:30"), None),
    ],
)
def test_the_next_event_is_a_window_or_the_summary(look_on: date | None, now: datetime, event: datetime | None) -> None:
    assert next_event(calendar.STANDARD, look_on, now) == event
