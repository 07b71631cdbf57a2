"""What must be true of a world whatever was played in it: checked on what phones showed and on the ledger's rows."""

from sqlalchemy import select
from sqlmodel import Session, col

from models.tables import Outbox, Reminder
from tests.flows import promises
from tests.flows.people import Message
from tests.flows.world import World

FINAL = {"sent", "uncertain", "failed", "withdrawn", "expired"}
ACCUSES = ("quá hạn", "qua thời hạn", "chậm", "trễ")


async def is_sound(world: World) -> None:
    """Nothing lost, nothing doubled, nothing too often, at a wrong time or after it was done."""
    await world.database.read(lambda session: _every_reminder_ends(session))
    await world.database.read(lambda session: promises.are_kept(session, world.people.values()))


def _every_reminder_ends(session: Session) -> None:
    """Each planned rung belongs to one message, and that has ended."""
    rows = session.execute(
        select(col(Reminder.id), col(Outbox.state)).outerjoin(Outbox, col(Outbox.id) == col(Reminder.outbox_id))
    ).all()
    unfinished = [row for row in rows if row[1] not in FINAL]
    assert not unfinished, f"{len(unfinished)} of {len(rows)} reminders have no end: {unfinished[:5]}"


def accuses(message: Message) -> bool:
    """Whether it tells somebody to be late."""
    return any(word in message.text.lower() for word in ACCUSES)
