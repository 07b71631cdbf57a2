"""Random months: whatever happens, what phones showed keeps every promise.

`GIAOUOC_MONTHS=500` plays so many; the default is short. A month that broke a promise once is kept below as a test.
"""

import asyncio
import os
import shutil
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import String, cast, delete, select, update
from sqlmodel import Session, col

from api.services.talks.facts import facts_of, items_of_season
from models.database import Database
from models.rules import calendar
from models.rules.progress import Ask, stand
from models.tables import Cursor, Inbox, Milestone, Obligation, Outbox, Reminder, Update
from models.tables.delivery import Escalation
from tests.flows.people import Person
from tests.flows.phones import Phones
from tests.flows.world import HANOI, World

MONTHS = int(os.environ.get("GIAOUOC_MONTHS", "8"))
DAYS = calendar.STANDARD
START = datetime(2024, 5, 27, 8, tzinfo=HANOI)
HOURS = ("07:00", "08:30", "09:30", "11:20", "12:00", "14:00", "15:40", "16:55", "18:00")
WHO = (("STP", "focal"), ("STP", "deputy_focal"), ("TTT", "focal"), ("CA", "focal"), ("CA", "desk"))
CODES = ("K4", "K5", "K6")

# --- what may happen ----------------------------------------------------------------------------------------------

ANSWERS = (
    "{code} xong", "{code} 70%", "{code} nhận", "{code} 3 chưa đủ số liệu", "{code} hẹn {soon}", "hủy",
    "{code} đã gửi công văn 145/BC ngày {today}", "{code} không phát sinh", "{code} gia hạn {soon} chờ số liệu", "viec",
)  # fmt: skip
Deed = tuple[str, int, int]
"""(what, which person or task, which way of it)."""
DEEDS = st.one_of(
    st.tuples(st.just("answer"), st.integers(0, 3), st.integers(0, 3 * len(ANSWERS) - 1)),
    st.tuples(st.sampled_from(["block", "return", "confirm", "move", "extend"]), st.integers(0, 3), st.integers(0, 8)),
    st.tuples(st.sampled_from(["down", "up", "restart", "hold", "release"]), st.just(0), st.just(0)),
)


@dataclass(frozen=True)
class Day:
    """A day of a random month: at which hours the clock ticks, what happens before noon, how many days are skipped."""

    ticks: tuple[str, ...] = ("08:30", "14:00")
    deeds: tuple[Deed, ...] = ()
    skipped: int = 0


A_DAY = st.builds(
    Day,
    st.one_of(
        st.just(("08:30", "09:30", "14:00", "17:30")),
        st.lists(st.sampled_from(HOURS), max_size=4, unique=True).map(sorted).map(tuple),
    ),
    st.lists(DEEDS, max_size=2).map(tuple),
    st.sampled_from([0, 0, 0, 0, 0, 1, 4]),
)


@dataclass
class Month:
    """One example under way."""

    folder: Path
    database: Database
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    world: World = field(init=False)

    async def begin(self, at: datetime, phones: Phones | None = None) -> None:
        """The program starts; whoever had a phone before still has it."""
        self.world = World(self.database, self.folder, at, phones)
        for short, role in WHO if phones is None else ():
            self.world.person(short, role)
        for person in self.people:
            person.world = self.world
        self.world.slug, self.world.year = "noi-chinh-bac-kan", 2024
        await self.stack.enter_async_context(self.world)

    async def restart(self) -> None:
        at, phones = self.world.now, self.world.phones
        await self.stack.aclose()
        await self.begin(at, phones)

    @property
    def people(self) -> list[Person]:
        return list(self.world.people.values())

    async def live(self, days: Sequence[Day]) -> None:
        day = START.date()
        for happens in days:
            for number, hour in enumerate(happens.ticks):
                self.world.on(max(self.world.now, datetime.combine(day, time.fromisoformat(hour), HANOI)))
                await self.world.tick()
                for deed in happens.deeds if number == 0 else ():
                    await self.happens(*deed)
            day += timedelta(days=1 + happens.skipped)
        await self.a_calm_fortnight()

    async def a_calm_fortnight(self) -> None:
        """Everything works again, and nobody does anything: what is owed must be told now."""
        self.world.phones.is_down = False
        await self.world.release()
        await self.world.play_until(self.world.now + timedelta(days=14))

    async def happens(self, what: str, which: int, way: int) -> None:
        person = self.people[which % len(WHO)]
        match what:
            case "answer":
                text = ANSWERS[way // 3].format(
                    code=CODES[way % 3],
                    today=f"{self.world.now.day}/{self.world.now.month}",
                    soon=f"{(self.world.now + timedelta(days=4)):%d/%m}",
                )
                person.has_blocked = False
                await person.says(text)
            case "block":
                person.has_blocked = True
            case "down" | "up":
                self.world.phones.is_down = what == "down"
            case "restart":
                await self.restart()
            case "hold":
                await self.world.hold()
            case "release":
                await self.world.release()
            case "return" | "confirm":
                await self.world.database.write(lambda session: self.rules(session, f"{what}ed", which, way))
            case _:
                await self.world.database.write(lambda session: self.redates(session, what, which, way))

    def rules(self, session: Session, kind: str, which: int, way: int) -> None:
        """The head confirms or returns a submission; what is open is not ruled on."""
        owed = self.obligation(session, which, way)
        standing = stand(Ask(), facts_of(session, [owed.id or 0]).get(owed.id or 0, []))
        if standing.state == "submitted":
            session.add(Update(obligation_id=owed.id or 0, kind=kind, at=self.world.now, channel="web"))
            owed.look_on = self.world.now.date()

    def redates(self, session: Session, what: str, which: int, way: int) -> None:
        """The milestone's date moves for all, or the one agency's by an extension."""
        owed = self.obligation(session, which, way)
        moved = self.world.now.date() + timedelta(days=way + 2)
        if what == "extend":
            owed.due_on = moved
        else:
            of_milestone = col(Milestone.id) == owed.milestone_id
            session.execute(update(Milestone).where(of_milestone).values(due_on=moved))
        session.execute(update(Obligation).values(look_on=self.world.now.date()))

    def obligation(self, session: Session, which: int, way: int) -> Obligation:
        number = int(CODES[way % 3][1:])
        rows = (
            select(Obligation)
            .join(Milestone, col(Milestone.id) == col(Obligation.milestone_id))
            .where(col(Milestone.number) == number)
            .order_by(col(Obligation.agency_id))
        )
        found = session.execute(rows).scalars().all()
        return found[which % len(found)]


# --- what must hold -----------------------------------------------------------------------------------------------


async def keeps_every_promise(month: Month) -> None:
    world = month.world
    for person in month.people:
        comes_at_the_right_time(person)
    await world.database.read(lambda session: check_ledger(session, month))
    status = await world.status()
    for agency in status.agencies:
        assert sum(agency.silence.model_dump().values()) == agency.open_overdue
    await world.database.read(lambda session: nobody_is_forgotten(session, world.now))


def comes_at_the_right_time(person: Person) -> None:
    days = Counter(message.at.date() for message in person.hears())
    assert not days or max(days.values()) == 1, f"{person.name}: two reminders on one day: {days.most_common(1)}"
    for message in person.hears():
        assert DAYS.may_send(message.at), f"{person.name}: {message.at}"


def check_ledger(session: Session, month: Month) -> None:
    rows = session.execute(select(Outbox).where(col(Outbox.kind) == "reminder")).scalars().all()
    receipts = session.execute(select(Reminder)).scalars().all()
    shown = sum(len(person.hears()) for person in month.people)
    assert shown == sum(row.state == "sent" for row in rows), "lost, or sent twice"
    keys = Counter((one.obligation_id, one.due_on, one.rung, one.person_id, one.round) for one in receipts)
    assert not keys or max(keys.values()) == 1, "planned twice"
    by_row: dict[int | None, list[Reminder]] = {}
    for receipt in receipts:
        by_row.setdefault(receipt.outbox_id, []).append(receipt)
    within_the_budget([row for row in rows if row.state == "sent"], by_row)
    for row in rows:
        if row.state == "sent":
            never_after_closing(session, row, by_row.get(row.id, []))


def within_the_budget(sent: Sequence[Outbox], by_row: dict[int | None, list[Reminder]]) -> None:
    weeks: Counter[Any] = Counter()
    for row in sent:
        if all(receipt.kind in ("rung", "phone") for receipt in by_row.get(row.id, [])):
            assert row.sent_at is not None
            weeks[row.person_id, *DAYS.today(row.sent_at).isocalendar()[:2]] += 1
    assert not weeks or max(weeks.values()) <= 3, f"more than the week's budget: {weeks.most_common(1)}"


def never_after_closing(session: Session, row: Outbox, receipts: Sequence[Reminder]) -> None:
    """Whatever the message names was open and not promised when its words were found."""
    named = {code.split("-")[0] for code in row.codes}
    assert row.sent_at is not None
    for receipt in receipts:
        owed = session.get_one(Obligation, receipt.obligation_id)
        milestone = session.get_one(Milestone, owed.milestone_id)
        if milestone.code not in named:
            continue
        facts = [fact for fact in facts_of(session, [receipt.obligation_id]).get(receipt.obligation_id, [])
                 if fact.at < row.sent_at]  # fmt: skip
        then = stand(Ask(milestone.evidence, milestone.target), facts, followed=owed.followed)
        assert then.is_open, f"{row.codes} at {row.sent_at}: {milestone.code} was {then.state}"
        assert then.promise_on is None or then.promise_on < DAYS.today(row.sent_at), "in spite of a promise"


def nobody_is_forgotten(session: Session, now: datetime) -> None:
    """Every open overdue obligation was told of in the last five working days, or a row says why not."""
    today = DAYS.today(now)
    for item in items_of_season(session, 1, now):
        if item.bucket != "open_overdue" or is_explained(session, item.obligation_id, today, item.standing):
            continue
        told = session.execute(
            select(col(Outbox.sent_at))
            .join(Reminder, col(Reminder.outbox_id) == col(Outbox.id))
            .where(col(Reminder.obligation_id) == item.obligation_id, col(Outbox.state) == "sent")
            .order_by(col(Outbox.sent_at).desc())
        ).scalar()
        ago = DAYS.working_days_between(DAYS.today(told), today) if told else None
        assert ago is not None, f"{item.code}-{item.short} was never told"
        assert ago <= 5, f"{item.code}-{item.short}: last told {told}, {ago} working days ago"


def is_explained(session: Session, obligation_id: int, today: date, standing: Any) -> bool:
    """The agency spoke lately, promised, waits for the head, or the ledger has the step that nobody could take."""
    spoke = bool(standing.log) and DAYS.working_days_between(DAYS.today(standing.log[-1].at), today) <= 5
    promised = standing.promise_on is not None and standing.promise_on >= today
    steps = session.execute(
        select(col(Escalation.step), col(Escalation.outcome)).where(col(Escalation.obligation_id) == obligation_id)
    ).all()
    ended = any(step == "handed" or (step == "desk" and outcome == "skipped") for step, outcome in steps)
    return spoke or promised or ended or standing.extension_asked is not None


# --- played -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def loaded(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the bloc and its people linked."""
    folder = tmp_path_factory.mktemp("loaded")
    file = folder / "giaouoc.db"
    shutil.copy(sqlite_template, file)

    async def furnish() -> None:
        database = Database(f"sqlite:///{file}")
        async with World(database, folder, START) as world:
            await world.load("noi-chinh-bac-kan-2024")
            for short, role in WHO:
                await world.link(short, role)
        database.write_now(forget_the_updates)
        database.close()

    asyncio.run(furnish())
    return file


def forget_the_updates(session: Session) -> None:
    """The months' platform counts from one again."""
    session.execute(delete(Cursor))
    session.execute(update(Inbox).values(external_id="linking-" + cast(col(Inbox.id), String)))


def play(loaded: Path, folder: Path, days: Sequence[Day]) -> None:
    file = folder / "month.db"
    for old in folder.glob("month.db*"):
        old.unlink()
    shutil.copy(loaded, file)

    async def run() -> None:
        month = Month(folder, Database(f"sqlite:///{file}"))
        await month.begin(START)
        try:
            await month.live(days)
            await keeps_every_promise(month)
        finally:
            await month.stack.aclose()
            month.database.close()

    asyncio.run(run())


@pytest.fixture(scope="module")
def month_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("months")


QUIET = tuple(Day() for _ in range(25))


def test_a_quiet_month(loaded: Path, month_folder: Path) -> None:
    play(loaded, month_folder, QUIET)


@settings(
    max_examples=MONTHS,
    derandomize="GIAOUOC_MONTHS" not in os.environ,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(days=st.lists(A_DAY, min_size=12, max_size=30))
def test_any_month_keeps_every_promise(loaded: Path, month_folder: Path, days: list[Day]) -> None:
    play(loaded, month_folder, days)
