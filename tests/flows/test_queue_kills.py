"""A worker dies between any two of its steps. Lost = no visible end, or `sent` without the platform having it: 0.
Doubled = sent again after a confirmed send: 0. Repeated: at most once each, with identical text."""

from collections import Counter as Tally
from dataclasses import dataclass, field
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import Session

from models.database import Database
from models.queue import LEASE
from models.wire import Outcome, Parcel
from tests.fakes.counter import Counter, told

STEPS = ("claim", "claimed", "sent", "settle", "settled")
"""In the claim's transaction, after it, after the send, in the settling's transaction, after it."""
FINAL = {"sent", "uncertain", "failed", "withdrawn", "expired"}
MESSAGES = 6


class Killed(BaseException):
    """SIGKILL, as far as one worker can feel it."""


@dataclass
class Platform:
    """Takes what it is given and forgets nothing."""

    got: list[tuple[int, str, bool]] = field(default_factory=list)

    def take(self, parcel: Parcel) -> None:
        self.got.append((parcel.id, parcel.say.text, parcel.repeated))


@dataclass
class Worker:
    """A mouth, step by step. `dies` names the step and the parcel at which it is killed."""

    counter: Counter
    platform: Platform
    dies: tuple[str, int] | None = None

    def works(self) -> bool:
        """Until there is nothing to do; False: it was killed."""
        try:
            while parcels := self.counter.database.write_now(self._claim):
                self._at("claimed", 0)
                for number, parcel in enumerate(parcels):
                    self._sends(number, parcel)
        except Killed:
            return False
        return True

    def _claim(self, session: Session) -> list[Parcel]:
        parcels = self.counter.claim_in(session, n=MESSAGES)
        self._at("claim", 0)
        return parcels

    def _sends(self, number: int, parcel: Parcel) -> None:
        self.platform.take(parcel)
        self._at("sent", number)
        self.counter.database.write_now(lambda session: self._settle(session, number, told(parcel, "sent")))
        self._at("settled", number)

    def _settle(self, session: Session, number: int, outcome: Outcome) -> None:
        self.counter.settle_in(session, outcome)
        self._at("settle", number)

    def _at(self, step: str, number: int) -> None:
        if self.dies == (step, number):
            self.dies = None
            raise Killed


def queue_messages(counter: Counter) -> list[int]:
    """Two to each of three chats; half of them composed at the claim."""
    rows = []
    for number in range(MESSAGES):
        row = counter.queue(f"chat{number % 3}", f"text {number}" if number % 2 else None)
        counter.words[row] = f"composed {number}"
        rows.append(row)
    return rows


def until_the_end(counter: Counter, platform: Platform) -> None:
    """Other workers come, and time passes, until every message has its end."""
    for _ in range(5):
        assert Worker(counter, platform).works()
        counter.passes(seconds=LEASE.total_seconds() + 10)
    Worker(counter, platform).works()


def judge(counter: Counter, platform: Platform, rows: list[int]) -> int:
    """Returns how many were repeated."""
    states = counter.states()
    assert set(states) == set(rows)
    assert set(states.values()) <= FINAL, "lost: a message without an end"
    sends = Tally(row for row, _, _ in platform.got)
    assert all(sends[row] >= 1 for row in rows if states[row] == "sent"), "lost: sent, and the platform knows nothing"
    again = [row for row in rows if sends[row] > 1]
    assert all(sends[row] <= 2 for row in rows), "repeated more than once"
    for row in again:
        texts = {text for sent, text, _ in platform.got if sent == row}
        assert len(texts) == 1, "repeated with another text"
        assert [repeated for sent, _, repeated in platform.got if sent == row] == [False, True]
    return len(again)


@pytest.mark.parametrize(("step", "number"), [(step, number) for step, number in product(STEPS, (0, 1, 2))])
def test_a_worker_dies_between_two_steps(database: Database, step: str, number: int) -> None:
    counter, platform = Counter(database), Platform()
    rows = queue_messages(counter)
    Worker(counter, platform, dies=(step, number)).works()
    counter.passes(seconds=LEASE.total_seconds() + 10)
    until_the_end(counter, platform)
    repeated = judge(counter, platform, rows)
    assert repeated == (1 if step in ("sent", "settle") else 0)
    assert set(counter.states().values()) == {"sent"}


@pytest.mark.parametrize("step", STEPS)
def test_a_second_mouth_goes_on_at_once(database: Database, step: str) -> None:
    """Before the lease is over it sends what nobody holds, and nothing that somebody may be sending."""
    counter, platform = Counter(database), Platform()
    rows = queue_messages(counter)
    Worker(counter, platform, dies=(step, 0)).works()
    held = {row for row, state in counter.states().items() if state == "claimed"}
    sent_before = {row for row, _, _ in platform.got}
    Worker(counter, platform).works()
    assert not held & {row for row, _, _ in platform.got[len(sent_before) :]}
    counter.passes(seconds=LEASE.total_seconds() + 10)
    until_the_end(counter, platform)
    assert judge(counter, platform, rows) <= 1


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 3)), max_size=6))
def test_workers_die_again_and_again(sqlite_database: Database, deaths: list[tuple[str, int]]) -> None:
    """Here a message may end as uncertain: twice on its way, twice without an answer."""
    _empty(sqlite_database)
    counter, platform = Counter(sqlite_database), Platform()
    rows = queue_messages(counter)
    for death in deaths:
        Worker(counter, platform, dies=death).works()
        counter.passes(seconds=LEASE.total_seconds() + 10)
    until_the_end(counter, platform)
    judge(counter, platform, rows)
    for chat in range(3):
        mine = [row for row in rows if (row - rows[0]) % 3 == chat]
        first_sends = [row for row, _, repeated in platform.got if row in mine and not repeated]
        assert first_sends == sorted(first_sends), "a later message of a chat overtook an earlier one"


def _empty(database: Database) -> None:
    for name in ("outbox", "address", "pace"):
        database.write_now(lambda session, name=name: session.execute(text(f"DELETE FROM {name}")))
