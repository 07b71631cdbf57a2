"""The pace of a bot and of a chat, and what a 429 does to it."""

from datetime import timedelta
from itertools import pairwise

import pytest

from models.database import Database
from models.tables import Pace
from models.wire import Parcel
from tests.fakes.counter import Counter, told


@pytest.fixture
def paced(database: Database) -> Counter:
    return Counter(database, bot="telegram:1")


def interval(counter: Counter) -> float:
    return counter.database.read_now(lambda s: s.get_one(Pace, counter.bot).interval_ms)


def goal(counter: Counter) -> float | None:
    return counter.database.read_now(lambda s: s.get_one(Pace, counter.bot).goal_ms)


def run(counter: Counter, seconds: float) -> list:
    """Claim as a mouth does for so long; everything is sent at its slot."""
    sent = []
    for _ in range(int(seconds / 0.1)):
        for parcel in counter.claim(n=30):
            sent.append(parcel)
            counter.settle(told(parcel, "sent"))
        counter.passes(milliseconds=100)
    return sent


def test_bulk_is_claimed_a_little_ahead_and_evenly(paced: Counter) -> None:
    for number in range(40):
        paced.queue(f"chat{number}", "x")
    given = paced.claim(n=40)
    assert 4 <= len(given) <= 5
    slots = [parcel.not_before for parcel in given]
    gaps = {later - earlier for earlier, later in pairwise(slots)}
    assert min(gaps) >= timedelta(milliseconds=33)
    assert paced.claim() == []


def test_never_more_than_thirty_in_a_second(paced: Counter) -> None:
    for number in range(100):
        paced.queue(f"chat{number}", "x")
    slots = [parcel.not_before for parcel in run(paced, 2.5)]
    for start in slots:
        assert sum(start <= slot <= start + timedelta(seconds=1) for slot in slots) <= 30
    assert len(slots) >= 70


def test_a_reply_takes_the_next_slot(paced: Counter) -> None:
    for number in range(40):
        paced.queue(f"chat{number}", "x")
    paced.claim(n=40)
    paced.queue("late", "answer", reply=True)
    (answer,) = paced.claim(n=1)
    assert answer.say.text == "answer"
    assert answer.not_before - paced.wire_now < timedelta(milliseconds=300)


def test_a_chat_takes_a_short_burst_and_then_one_a_second(paced: Counter) -> None:
    for number in range(6):
        paced.queue("lan", str(number), reply=True)
    started = paced.wire_now
    when = [(parcel.not_before - started).total_seconds() for parcel in run(paced, 6)]
    assert len(when) == 6
    assert when[2] < 0.5
    assert when[3] >= 1
    assert all(later - earlier > 0.95 for earlier, later in pairwise(when[3:]))


def burst(counter: Counter, chat: str) -> Parcel:
    """The second message of a burst, in hand: the chat is beyond one a second."""
    counter.queue(chat, "first of a burst", reply=True)
    counter.queue(chat, "second of a burst", reply=True)
    for parcel in counter.claim():
        counter.settle(told(parcel, "sent"))
    return next(parcel for parcel in counter.claim() if parcel.chat == chat)


def test_a_429_for_a_chat_beyond_its_own_limit_rests_that_chat_only_and_spends_no_try(paced: Counter) -> None:
    second = burst(paced, "lan")
    before = interval(paced)
    paced.settle(told(second, "later", retry_after_s=5, why="429"))
    assert interval(paced) == before
    assert paced.row(second.id).trouble == 0
    paced.queue("hoa", "three")
    paced.passes(seconds=1)
    assert [parcel.chat for parcel in paced.claim()] == ["hoa"]
    paced.passes(seconds=4.5)
    assert [parcel.say.text for parcel in paced.claim()] == ["second of a burst"]


def test_a_429_for_a_chat_inside_its_own_limits_means_the_bot(paced: Counter) -> None:
    paced.queue("lan", "x")
    (only,) = paced.claim()
    before = interval(paced)
    paced.settle(told(only, "later", retry_after_s=5))
    assert goal(paced) == pytest.approx(before / 0.9)
    paced.queue("hoa", "y")
    paced.passes(seconds=4.8)
    assert paced.claim() == []
    paced.passes(seconds=0.3)
    assert {parcel.chat for parcel in paced.claim()} <= {"lan", "hoa"}


def test_a_second_chats_429_soon_after_rests_the_whole_bot_and_lowers_its_pace_once(paced: Counter) -> None:
    first, second, third = (burst(paced, chat) for chat in ("lan", "minh", "hoa"))
    before = interval(paced)
    paced.settle(told(first, "later", retry_after_s=3))
    assert goal(paced) is None
    paced.passes(seconds=1)
    paced.settle(told(second, "later", retry_after_s=3))
    assert goal(paced) == pytest.approx(before / 0.9)
    lowered = interval(paced)
    paced.settle(told(third, "later", retry_after_s=3))
    assert interval(paced) == lowered, "what was on its way when the bot was limited counts once"
    rests_until = paced.wire_now + timedelta(seconds=3)
    paced.queue("new", "y")
    paced.passes(seconds=2)
    assert all(parcel.not_before >= rests_until for parcel in paced.claim())
    paced.passes(seconds=1.5)
    assert len(paced.claim()) >= 1


def test_two_429s_far_apart_are_two_chats_matters(paced: Counter) -> None:
    first = burst(paced, "lan")
    before = interval(paced)
    paced.settle(told(first, "later", retry_after_s=1))
    paced.passes(seconds=3)
    paced.settle(told(burst(paced, "minh"), "later", retry_after_s=1))
    assert interval(paced) == before


def limited(counter: Counter) -> None:
    counter.queue(f"chat-{counter.wire_now}", "x")
    for parcel in counter.claim():
        counter.settle(told(parcel, "later", retry_after_s=1, whole_bot=True))


def passing(counter: Counter, seconds: float) -> None:
    """Time in which the mouth goes on asking."""
    for _ in range(int(seconds)):
        counter.passes(seconds=1)
        counter.claim()


def test_after_its_rest_the_pace_feels_its_way_to_the_lowered_one_and_rises_slowly_from_there(paced: Counter) -> None:
    paced.claim()
    before = interval(paced)
    limited(paced)
    assert interval(paced) == pytest.approx(before / 0.9 / 0.65)
    passing(paced, 10)
    assert interval(paced) == pytest.approx(before / 0.9)
    passing(paced, 12)
    assert interval(paced) == pytest.approx(before / 0.9)
    passing(paced, 60)
    assert before < interval(paced) < before / 0.9
    passing(paced, 120)
    assert interval(paced) == before


def test_stopped_on_its_way_it_stays_a_little_under_what_it_had_reached(paced: Counter) -> None:
    paced.claim()
    limited(paced)
    passing(paced, 3)
    reached = interval(paced)
    limited(paced)
    assert interval(paced) == pytest.approx(reached / 0.94)
    passing(paced, 20)
    assert interval(paced) == pytest.approx(reached / 0.94)


def test_a_group_takes_twenty_a_minute(paced: Counter) -> None:
    for number in range(8):
        paced.queue("-100123", str(number), reply=True)
    assert 4 <= len(run(paced, 6)) <= 5


def test_a_bot_without_a_known_limit_obeys_a_429_too(counter: Counter) -> None:
    for chat in ("lan", "minh"):
        counter.queue(chat, "x")
    first, second = counter.claim()
    counter.settle(told(first, "later", retry_after_s=2, whole_bot=True), told(second, "sent"))
    counter.queue("hoa", "y")
    assert counter.claim() == []
    counter.passes(seconds=2.1)
    assert len(counter.claim()) == 2
