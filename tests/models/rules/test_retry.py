"""Pauses between tries."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from models.rules import retry

SECONDS = st.integers(0, 4 * 86400).map(lambda seconds: timedelta(seconds=seconds))


def test_pauses_grow_to_six_hours() -> None:
    pauses = [retry.after(n, "reply", timedelta()) for n in range(1, 12)]
    assert pauses[:3] == [timedelta(seconds=5), timedelta(seconds=15), timedelta(seconds=45)]
    assert pauses[-1] == timedelta(hours=6)


def test_a_reply_is_tried_for_two_days() -> None:
    age, tries = timedelta(), 0
    while pause := retry.after(tries + 1, "reply", age):
        age, tries = age + pause, tries + 1
    assert timedelta(hours=40) < age <= timedelta(hours=48)
    assert tries < 20


def test_a_reminder_is_tried_until_its_day_is_over() -> None:
    assert retry.after(5, "reminder", timedelta(hours=60), left=timedelta(hours=2)) == timedelta(seconds=405)
    assert retry.after(5, "reminder", timedelta(), left=timedelta(minutes=6)) is None


@given(
    st.integers(1, 50), st.sampled_from(["reply", "broadcast", "reminder", "notice"]), SECONDS, SECONDS, st.floats(0, 1)
)
def test_no_try_comes_after_its_time(trouble: int, kind: str, age: timedelta, left: timedelta, jitter: float) -> None:
    pause = retry.after(trouble, kind, age, left, jitter)
    if pause is not None:
        assert timedelta(0) < pause <= left
        assert kind not in retry.LONG_LIVED or age + pause <= timedelta(hours=48)
