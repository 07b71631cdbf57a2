"""Leases, the fence, retries, uncertainty."""

from datetime import timedelta

import pytest

from models.queue import LEASE
from tests.fakes.counter import Counter, told


def test_sent_is_final(counter: Counter) -> None:
    row = counter.queue("lan", "x")
    (parcel,) = counter.claim()
    assert counter.settle(told(parcel, "sent", external_id="m1")) == 1
    stored = counter.row(row)
    assert (stored.state, stored.external_id, stored.sent_at) == ("sent", "m1", counter.now)
    assert counter.settle(told(parcel, "later")) == 0
    assert counter.row(row).state == "sent"


def test_a_lapsed_lease_is_uncertain_and_repeated_once_with_the_same_text(counter: Counter) -> None:
    row = counter.queue("lan", None)
    counter.words[row] = "first words"
    (first,) = counter.claim()
    counter.words[row] = "other words"
    counter.passes(seconds=LEASE.total_seconds() + 3)
    (second,) = counter.claim()
    assert (second.say, second.repeated, second.attempt) == (first.say, True, first.attempt + 1)
    counter.passes(seconds=LEASE.total_seconds() + 3)
    assert counter.claim() == []
    assert counter.row(row).state == "uncertain"


def test_nobody_gets_it_while_the_lease_holds(counter: Counter) -> None:
    counter.queue("lan", "x")
    counter.claim()
    counter.passes(seconds=LEASE.total_seconds() - 1)
    assert counter.claim() == []


@pytest.mark.parametrize("result", ["sent", "later", "refused", "uncertain", "unreachable"])
def test_a_late_worker_cannot_overwrite(counter: Counter, result: str) -> None:
    row = counter.queue("lan", "x")
    (first,) = counter.claim()
    counter.passes(seconds=LEASE.total_seconds() + 3)
    (second,) = counter.claim()
    assert counter.settle(told(first, result)) == 0
    assert counter.settle(told(second, "sent")) == 1
    assert counter.settle(told(first, result)) == 0
    assert counter.row(row).state == "sent"


def test_a_late_sent_is_true_news_until_somebody_else_has_claimed(counter: Counter) -> None:
    row = counter.queue("lan", "x")
    counter.queue("minh", "y")
    first, other = counter.claim()
    counter.settle(told(other, "sent"))
    counter.passes(seconds=LEASE.total_seconds() + 3)
    counter.settle(told(first, "sent"))
    assert counter.claim() == []
    assert counter.row(row).state == "sent"


def test_an_uncertain_send_is_repeated_once(counter: Counter) -> None:
    row = counter.queue("lan", "x")
    (first,) = counter.claim()
    counter.settle(told(first, "uncertain", why="no answer"))
    assert counter.claim() == []
    counter.passes(minutes=1)
    (second,) = counter.claim()
    assert second.repeated
    counter.settle(told(second, "uncertain"))
    counter.passes(hours=1)
    assert counter.claim() == []
    assert counter.row(row).state == "uncertain"


def test_a_passing_fault_is_tried_again_after_growing_pauses(counter: Counter) -> None:
    row = counter.queue("lan", "x", reply=True)
    pauses = []
    for _ in range(5):
        (parcel,) = counter.claim()
        counter.settle(told(parcel, "later", why="502"))
        pause = counter.row(row).not_before - counter.wire_now
        pauses.append(pause)
        counter.passes(seconds=pause.total_seconds())
    assert pauses == sorted(pauses)
    assert pauses[-1] > 10 * pauses[0]
    assert counter.row(row).trouble == 5
    assert not counter.row(row).repeated


def test_a_reply_is_given_up_after_two_days(counter: Counter) -> None:
    row = counter.queue("lan", "x", reply=True)
    started = counter.now
    while counter.row(row).state == "queued":
        for parcel in counter.claim():
            counter.settle(told(parcel, "later", why="502"))
        counter.passes(minutes=30)
    assert counter.row(row).state == "failed"
    assert timedelta(hours=40) < counter.now - started < timedelta(hours=50)


def test_a_message_that_expires_is_not_given_up_before_it_expires(counter: Counter) -> None:
    row = counter.queue("lan", "x", expires_at=counter.now + timedelta(seconds=20))
    for _ in range(3):
        for parcel in counter.claim():
            counter.settle(told(parcel, "later", why="502"))
        counter.passes(seconds=6)
    assert counter.row(row).state == "queued"
    counter.passes(seconds=20)
    counter.claim()
    assert counter.row(row).state == "expired"


def test_what_is_refused_is_not_tried_again(counter: Counter) -> None:
    row = counter.queue("lan", "x")
    (parcel,) = counter.claim()
    counter.settle(told(parcel, "refused", why="message is too long"))
    counter.passes(days=1)
    assert counter.claim() == []
    assert (counter.row(row).state, counter.row(row).why) == ("failed", "message is too long")


def test_what_is_given_back_is_free_at_once_and_spends_nothing(counter: Counter) -> None:
    row = counter.queue("lan", "x")
    (parcel,) = counter.claim()
    counter.settle(told(parcel, "later", retry_after_s=0))
    (again,) = counter.claim()
    assert again.id == row
    assert not again.repeated
    assert counter.row(row).trouble == 0


def test_a_bot_that_is_not_let_in_gives_back_at_once_and_it_is_remembered(counter: Counter) -> None:
    """So that after hours another way is taken (`plan_rows.bots_out`)."""
    row = counter.queue("lan", "x")
    for _ in range(3):
        (parcel,) = counter.claim()
        counter.settle(told(parcel, "later", why="401", retry_after_s=0, whole_bot=True))
    assert (counter.row(row).state, counter.row(row).trouble) == ("queued", 1)


def test_many_are_settled_together(counter: Counter) -> None:
    for number in range(20):
        counter.queue(f"chat{number}", "x")
    parcels = counter.claim()
    assert counter.settle(*(told(parcel, "sent") for parcel in parcels)) == 20
    assert set(counter.states().values()) == {"sent"}
