"""What must be true of a world whatever was played in it: checked on what phones showed and on the ledger's rows."""

from collections import Counter
from datetime import datetime, time

from sqlalchemy import select
from sqlmodel import Session, col

from models.tables import Agency, Milestone, Obligation, Outbox, Reminder, Update
from tests.flows.calendars import is_worked
from tests.flows.people import Message, Person
from tests.flows.world import HANOI, World

FINAL = {"sent", "uncertain", "failed", "withdrawn", "expired"}
DONE = ("letter", "nothing", "outside")
"""Answers that are always enough; `done` is, where a word is enough."""
ACCUSES = ("quá hạn", "qua thời hạn", "chậm", "trễ")


async def is_sound(world: World) -> None:
    """Nothing lost, nothing doubled, nothing at a wrong time or after it was done."""
    await world.database.read(lambda session: _every_reminder_ends(session))
    await world.database.read(lambda session: _phones_and_ledger_agree(session, world))
    submitted = await world.database.read(_submitted_at)
    for person in world.people.values():
        comes_at_the_right_time(person)
        _never_after_submission(person, submitted)


def _every_reminder_ends(session: Session) -> None:
    """Each planned rung belongs to one message, and that has ended."""
    rows = session.execute(
        select(col(Reminder.id), col(Outbox.state)).outerjoin(Outbox, col(Outbox.id) == col(Reminder.outbox_id))
    ).all()
    unfinished = [row for row in rows if row[1] not in FINAL]
    assert not unfinished, f"{len(unfinished)} of {len(rows)} reminders have no end: {unfinished[:5]}"


def _phones_and_ledger_agree(session: Session, world: World) -> None:
    """Lost: sent without the phone having shown it. Doubled: shown more often than it was sent."""
    shown = Counter((person.chat, message.text) for person in world.people.values() for message in person.hears())
    rows = session.execute(select(Outbox).where(col(Outbox.kind) == "reminder")).scalars().all()
    sent = [row for row in rows if row.state == "sent"]
    assert sum(shown.values()) == len(sent), f"{sum(shown.values())} shown, {len(sent)} sent"
    assert len({row.merge_key for row in rows}) == len(rows), "two messages of one person and day"


def _submitted_at(session: Session) -> dict[tuple[str, str], datetime]:
    """(agency, code) → when it was submitted."""
    rows = session.execute(
        select(col(Agency.short), col(Milestone.number), col(Update.at), col(Update.kind), col(Milestone.evidence))
        .join(Obligation, col(Obligation.id) == col(Update.obligation_id))
        .join(Milestone, col(Milestone.id) == col(Obligation.milestone_id))
        .join(Agency, col(Agency.id) == col(Obligation.agency_id))
        .order_by(col(Update.id).desc())
    )
    return {
        (short, f"K{number}"): at.astimezone(HANOI)
        for short, number, at, kind, evidence in rows
        if kind in DONE or (kind == "done" and evidence == "none")
    }


def _never_after_submission(person: Person, submitted: dict[tuple[str, str], datetime]) -> None:
    """Of the person's own tasks; the desk hears of other agencies'."""
    if person.role not in ("focal", "deputy_focal"):
        return
    for message in person.hears():
        for code in message.codes:
            done = submitted.get((person.short, code))
            assert done is None or message.at < done, f"{person.name} is told of {code} at {message.at}, done {done}"


def comes_at_the_right_time(person: Person) -> None:
    """On working days, inside the windows, one a day, three a week beside what was escalated."""
    days = Counter(message.at.date() for message in person.hears())
    weeks = Counter(message.at.date().isocalendar()[:2] for message in person.hears() if not is_escalated(message))
    assert not days or max(days.values()) == 1, f"{person.name}: {days.most_common(2)}"
    assert not weeks or max(weeks.values()) <= 3, f"{person.name}: {weeks.most_common(2)}"
    for message in person.hears():
        assert is_worked(message.at.date()), f"{person.name}: {message.at} is a day off"
        assert _is_in_a_window(message.at), f"{person.name}: {message.at}"


def _is_in_a_window(at: datetime) -> bool:
    hour, weekday = at.time(), at.weekday()
    morning = time(9, 30) if weekday == 0 else time(8, 30)
    evening = time(15, 30) if weekday == 4 else time(17)
    return morning <= hour < time(11, 30) or time(13, 30) <= hour < evening


ESCALATED = ("chuyển đồng chí", "chưa có phản hồi của đơn vị", "gửi tin tới lãnh đạo đơn vị")


def is_escalated(message: Message) -> bool:
    """Whether it carries what another one did not answer."""
    return any(words in message.text.lower() for words in ESCALATED)


def accuses(message: Message) -> bool:
    """Whether it tells somebody to be late."""
    return any(word in message.text.lower() for word in ACCUSES)
