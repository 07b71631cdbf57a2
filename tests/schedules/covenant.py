"""A covenant for planner tests, set up in the words of the field."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from itertools import count
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session, SQLModel, col

from models.database import Database
from models.rules import calendar
from models.tables import (
    Address,
    Agency,
    Binding,
    Bloc,
    Conversation,
    Milestone,
    Obligation,
    Outbox,
    Person,
    Post,
    Promise,
    Reminder,
    Season,
    Update,
)
from schedules import planner
from schedules.planner import Planned

DAYS = calendar.STANDARD
WIRE = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)


def at(day: str, hour: str = "08:30") -> datetime:
    return DAYS.moment(date.fromisoformat(day), time.fromisoformat(hour))


def add(session: Session, row: SQLModel) -> int:
    session.add(row)
    session.flush()
    return int(row.id)  # type: ignore[attr-defined]


@dataclass
class Covenant:
    """One bloc's year on a fresh database; every method is one thing that happens to it."""

    database: Database
    settings: dict[str, Any] = field(default_factory=dict)
    slug: str = "khoi"
    numbers: Any = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.bloc = self.put(Bloc(slug=self.slug, name="Khối", settings=self.settings))
        year = {"starts_on": date(2024, 1, 1), "ends_on": date(2024, 12, 31), "started_at": at("2024-01-02")}
        self.season = self.put(Season(bloc_id=self.bloc, year=2024, **year))

    def put(self, row: SQLModel) -> int:
        return self.database.write_now(lambda session: add(session, row))

    def agency(self, short: str, **more: Any) -> int:
        return self.put(Agency(bloc_id=self.bloc, name=short, short=short, **more))

    def person(self, agency: int, name: str = "An", role: str = "focal", **post: Any) -> int:
        person = self.put(Person(name=name))
        self.post(person, agency, role, **post)
        return person

    def post(self, person: int, agency: int, role: str = "focal", **post: Any) -> int:
        span = {"since": date(2024, 1, 1), **post}
        return self.put(Post(person_id=person, bloc_id=self.bloc, agency_id=agency, role=role, **span))

    def link(self, person: int, chat: str, heard: datetime | None = None, state: str = "open") -> int:
        """Give a person a chat that speaks for all of the person's posts."""
        bound = at("2024-01-02")
        address = self.put(Address(channel="web", bot="main", chat=chat, state=state, created_at=bound))

        def bind(session: Session) -> None:
            for post in session.scalars(select(col(Post.id)).where(col(Post.person_id) == person)):
                session.add(Binding(address_id=address, post_id=post, bound_at=bound))
            if heard:
                session.add(Conversation(address_id=address, heard_at=heard))

        self.database.write_now(bind)
        return address

    def focal(self, agency: int, name: str = "An") -> int:
        """A focal point with a chat."""
        person = self.person(agency, name)
        self.link(person, f"{self.slug}-{person}")
        return person

    def owes(self, agency: int, due_on: str, look_on: str | None = "2024-01-02", **milestone: Any) -> int:
        number = next(self.numbers)
        terms = {"key": f"M{number}", "number": number, "title": f"Mốc {number}", "due_on": date.fromisoformat(due_on)}
        followed = milestone.pop("followed", True)
        owed = self.put(Milestone(season_id=self.season, **terms, **milestone))
        look = date.fromisoformat(look_on) if look_on else None
        row = Obligation(season_id=self.season, milestone_id=owed, agency_id=agency, followed=followed, look_on=look)
        return self.put(row)

    def answer(
        self, obligation: int, when: datetime, kind: str = "done", promise: str | None = None, **told: Any
    ) -> int:
        def record(session: Session) -> int:
            row = Update(obligation_id=obligation, kind=kind, at=when, channel="web", **told)
            update_id = add(session, row)
            if promise:
                session.add(Promise(update_id=update_id, obligation_id=obligation, on=date.fromisoformat(promise)))
            owed = session.get_one(Obligation, obligation)
            owed.look_on = DAYS.today(when)
            session.add(owed)
            return update_id

        return self.database.write_now(record)

    def change(self, table: type[SQLModel], row: int, **values: Any) -> None:
        where = col(table.id) == row  # type: ignore[attr-defined]
        self.database.write_now(lambda session: session.execute(update(table).where(where).values(values)))

    def tick(self, day: str, hour: str = "08:30") -> Planned:
        return self.database.write_now(lambda session: planner.plan(session, at(day, hour), WIRE))

    def mouth_sends(self) -> None:
        """Whatever is queued is composed and sent."""
        queued = update(Outbox).where(col(Outbox.state) == "queued").values(state="sent", text="…")
        self.database.write_now(lambda session: session.execute(queued))

    def messages(self) -> list[tuple[str, int, list[tuple[int, int]]]]:
        """(day, person, [(obligation, rung)]) of every message in its order, whatever became of it."""

        def read(session: Session) -> list[tuple[str, int, list[tuple[int, int]]]]:
            told: list[tuple[str, int, list[tuple[int, int]]]] = []
            for row in session.scalars(select(Outbox).order_by(col(Outbox.id))):
                of_row = select(col(Reminder.obligation_id), col(Reminder.rung)).where(
                    col(Reminder.outbox_id) == row.id
                )
                rungs = sorted((owed, rung) for owed, rung in session.execute(of_row))
                told.append((str(DAYS.today(row.planned_at)), row.person_id or 0, rungs))
            return told

        return self.database.read_now(read)

    def rungs(self, obligation: int) -> list[tuple[str, int]]:
        """(day, rung) of every receipt of an obligation."""
        rows = select(col(Reminder.planned_at), col(Reminder.rung)).where(col(Reminder.obligation_id) == obligation)
        found = self.database.read_now(lambda session: session.execute(rows.order_by(col(Reminder.id))).all())
        return [(str(DAYS.today(planned_at)), rung) for planned_at, rung in found]

    def look_on(self, obligation: int) -> str | None:
        day = self.database.read_now(lambda session: session.get_one(Obligation, obligation).look_on)
        return str(day) if day else None

    def states(self) -> list[str]:
        query = select(col(Outbox.state)).order_by(col(Outbox.id))
        return list(self.database.read_now(lambda session: session.scalars(query).all()))
