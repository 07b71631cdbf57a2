"""Covenant time follows an anchor that all processes share; wire time never does."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from models import clock
from models.clock import Anchor, Clock
from models.database import Database
from models.tables import Address, Conversation

REAL = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
ASKED = "2024-06-11T08:00"
START = datetime(2024, 6, 11, 1, 0, tzinfo=UTC)
"""8:00 in Viet Nam."""
ZONE = "Asia/Ho_Chi_Minh"

Agree = Callable[..., Anchor]


@pytest.fixture
def agree(database: Database) -> Agree:
    """A process that starts with GIAOUOC_CLOCK, so many minutes after 8:00 real time."""

    def start(asked: str = ASKED, speed: float = 1.0, minutes: float = 0) -> Anchor:
        wire_now = REAL + timedelta(minutes=minutes)
        return database.write_now(lambda session: clock.agree(session, asked, speed, ZONE, wire_now))

    return start


def at(anchor: Anchor, minutes: float) -> datetime:
    return anchor.covenant_at(REAL + timedelta(minutes=minutes))


def test_without_an_anchor_both_times_are_the_same(database: Database) -> None:
    assert database.read_now(clock.stored) is None
    hands = Clock()
    before, covenant, after = hands.wire(), hands.covenant(), hands.wire()
    assert before <= covenant <= after


def test_the_first_start_anchors_at_what_was_asked(agree: Agree, database: Database) -> None:
    anchor = agree(speed=60)
    assert (at(anchor, 0), at(anchor, 10)) == (START, START + timedelta(hours=10))
    assert database.read_now(clock.stored) == anchor


def test_every_process_and_every_restart_goes_on_from_it(agree: Agree) -> None:
    first = agree(speed=60)
    assert agree(speed=60, minutes=30) == first


def test_another_speed_goes_on_from_where_time_is(agree: Agree) -> None:
    agree(speed=60)
    slower = agree(speed=2, minutes=10)
    assert at(slower, 10) == START + timedelta(hours=10)
    assert at(slower, 20) == START + timedelta(hours=10, minutes=20)


def test_a_speed_of_zero_stands_still(agree: Agree) -> None:
    assert at(agree(speed=0), 10_000) == START


def test_another_value_anchors_anew(agree: Agree) -> None:
    agree()
    assert at(agree("2024-09-02T09:00+07:00", minutes=5), 5) == datetime(2024, 9, 2, 2, 0, tzinfo=UTC)


def test_a_value_that_is_asked_for_again_later_is_a_new_one(agree: Agree) -> None:
    agree("2024-06-11T08:00")
    agree("2024-07-01T08:00", minutes=1)
    assert at(agree("2024-06-11T08:00", minutes=2), 2) == START


def test_time_never_goes_behind_what_is_stored(agree: Agree, database: Database) -> None:
    said_at = START + timedelta(days=30)

    def say(session: Session) -> None:
        session.add(Address(id=1, channel="web", bot="main", chat="a", created_at=REAL))
        session.flush()
        session.add(Conversation(address_id=1, heard_at=said_at))

    agree()
    database.write_now(say)
    assert database.read_now(clock.newest_instant) == said_at
    assert at(agree("2024-01-01", minutes=5), 5) == said_at
    assert at(agree("2025-01-01", minutes=6), 6) == datetime(2024, 12, 31, 17, 0, tzinfo=UTC)


def test_a_forgotten_anchor_brings_the_real_time_back(agree: Agree, database: Database) -> None:
    agree()
    database.write_now(clock.forget)
    assert database.read_now(clock.stored) is None
    database.write_now(clock.forget)


def test_nothing_stored_has_no_newest_instant(database: Database) -> None:
    assert database.read_now(clock.newest_instant) is None


@pytest.mark.parametrize(
    ("asked", "read"),
    [
        ("2024-06-11T08:00", START),
        (" 2024-06-11T08:00:00 ", START),
        ("2024-06-11 08:00", START),
        ("2024-06-11T01:00Z", START),
        ("2024-06-11T08:00+07:00", START),
        ("2024-06-11", START - timedelta(hours=8)),
    ],
)
def test_a_moment_is_read_as_it_is_written(asked: str, read: datetime) -> None:
    assert clock.asked_moment(asked, ZONE) == read


@pytest.mark.parametrize("asked", ["tomorrow", "31/6/2024", "2024-06-31", "08:00", ""])
def test_a_moment_that_is_none(asked: str) -> None:
    with pytest.raises(ValueError):
        clock.asked_moment(asked, ZONE)


instants = st.integers(0, 300_000_000).map(lambda seconds: REAL - timedelta(seconds=seconds))


@given(real=instants, covenant=instants, speed=st.floats(0, 1000), seconds=st.lists(st.floats(0, 1e6), min_size=2))
def test_covenant_time_never_runs_backwards(
    real: datetime, covenant: datetime, speed: float, seconds: list[float]
) -> None:
    anchor = Anchor(real, covenant, speed)
    moments = [anchor.covenant_at(real + timedelta(seconds=after)) for after in sorted(seconds)]
    assert moments == sorted(moments)
    assert moments[0] >= covenant
