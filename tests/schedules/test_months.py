"""Random months: whatever happens, nobody is told twice, too often, at a wrong hour, or of what is done."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlmodel import Session, col

from api.services.talks.facts import facts_of
from models.database import Database
from models.rules.progress import Ask, stand
from models.tables import Outbox, Reminder, Season
from tests.schedules.covenant import DAYS, Covenant

START = date(2024, 5, 20)
HOURS = ["07:00", "08:30", "09:30", "12:00", "14:00", "15:40", "16:55", "18:00"]
_blocs = count(1)


@dataclass(frozen=True)
class Day:
    """What happens on one day: the hours at which the clock ticks, whether the mouth works, who answers what."""

    ticks: tuple[str, ...]
    sends: bool
    answers: tuple[tuple[int, str], ...]


ANSWERS = st.tuples(st.integers(0, 3), st.sampled_from(["done", "acknowledged", "promise", "undo", "progress"]))
A_DAY = st.builds(
    Day,
    st.lists(st.sampled_from(HOURS), max_size=3, unique=True).map(sorted).map(tuple),
    st.booleans(),
    st.lists(ANSWERS, max_size=1).map(tuple),
)
DUE = st.lists(st.integers(0, 40), min_size=4, max_size=4)


def answer(covenant: Covenant, owed: int, kind: str, when: datetime) -> None:
    if kind == "undo":
        facts = covenant.database.read_now(lambda session: facts_of(session, [owed])).get(owed, [])
        standing = stand(Ask("none"), facts)
        if standing.last:
            covenant.answer(owed, when, "undo", undoes_id=standing.last.id)
    elif kind == "promise":
        covenant.answer(owed, when, kind, promise=str(DAYS.today(when) + timedelta(days=4)))
    else:
        covenant.answer(owed, when, kind, percent=40 if kind == "progress" else None)


def send(covenant: Covenant, now: datetime) -> None:
    """The mouth: sends what is allowed now and still has its day."""

    def work(session: Session) -> None:
        mine = (col(Outbox.bloc_id) == covenant.bloc) & (col(Outbox.state) == "queued") & (col(Outbox.expires_at) > now)
        session.execute(update(Outbox).where(mine).values(state="sent", text="…", sent_at=now))

    if DAYS.may_send(now):
        covenant.database.write_now(work)


def live(covenant: Covenant, owed: list[int], days: list[Day]) -> None:
    for number, happens in enumerate(days):
        day = START + timedelta(days=number)
        for hour in happens.ticks:
            covenant.tick(str(day), hour)
            if happens.sends:
                send(covenant, DAYS.moment(day, time.fromisoformat(hour)) + timedelta(minutes=1))
        for task, kind in happens.answers:
            answer(covenant, owed[task], kind, DAYS.moment(day, time(16, 58)))


@pytest.fixture(scope="module")
def month_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('months')}/months.db")
    database.migrate()
    yield database
    database.close()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(due=DUE, days=st.lists(A_DAY, min_size=10, max_size=45))
def test_a_random_month_breaks_no_promise(month_database: Database, due: list[int], days: list[Day]) -> None:
    covenant = Covenant(month_database, slug=f"khoi-{next(_blocs)}")
    agency = covenant.agency("STP")
    covenant.focal(agency)
    owed = [
        covenant.owes(agency, str(START + timedelta(days=offset)), look_on=str(START), evidence="none", is_report=not n)
        for n, offset in enumerate(due)
    ]
    live(covenant, owed, days)
    check(covenant, owed)
    covenant.change(Season, covenant.season, closed=True)


def check(covenant: Covenant, owed: list[int]) -> None:
    def read(session: Session) -> None:
        messages = session.scalars(select(Outbox).where(col(Outbox.bloc_id) == covenant.bloc)).all()
        receipts = session.scalars(select(Reminder).where(col(Reminder.obligation_id).in_(owed))).all()
        check_messages(messages)
        for row in owed:
            check_receipts(session, row, [receipt for receipt in receipts if receipt.obligation_id == row])

    covenant.database.read_now(read)


def check_messages(messages: Sequence[Outbox]) -> None:
    weeks: dict[tuple[int, int], int] = {}
    for message in messages:
        day = DAYS.today(message.planned_at)
        assert DAYS.opening(message.planned_at), "planned outside of a window"
        if message.state == "sent":
            assert DAYS.may_send(message.sent_at)
            assert DAYS.today(message.sent_at) == day, "sent on another day than planned"
            weeks[day.isocalendar()[:2]] = weeks.get(day.isocalendar()[:2], 0) + 1
    assert all(sent <= 3 for sent in weeks.values()), "more than the week's budget"
    days = [DAYS.today(message.planned_at) for message in messages]
    assert len(days) == len(set(days)), "two messages on one day"


def check_receipts(session: Session, owed: int, receipts: list[Reminder]) -> None:
    keys = [(receipt.due_on, receipt.rung, receipt.round) for receipt in receipts]
    assert len(keys) == len(set(keys)), "a rung twice"
    facts = facts_of(session, [owed]).get(owed, [])
    for receipt in receipts:
        then = stand(Ask("none"), [fact for fact in facts if fact.at < receipt.planned_at])
        assert then.state == "open", "reminded of what was done"
        assert then.round == receipt.round
        promised = then.promise_on is not None and then.promise_on >= DAYS.today(receipt.planned_at)
        assert not promised, "reminded in spite of a promise"
    for round_ in {receipt.round for receipt in receipts}:
        order = [r.rung for r in sorted(receipts, key=lambda r: r.planned_at) if r.round == round_]
        assert order == sorted(order), "a weaker rung after a stronger one"
