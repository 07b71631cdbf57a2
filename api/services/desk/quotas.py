"""What is left of a platform's month, and who is told before it is used up."""

from collections import Counter
from datetime import datetime

from sqlalchemy import select, update
from sqlmodel import Session, col

from api.services.desk.checkup import tell_administrators
from api.services.queues.quota import month, terms
from bot.dialogue.phrases.checkup import Quota, running_out
from models.tables import Audit, Meter


def left(session: Session, wire_now: datetime) -> tuple[Quota, ...]:
    """What is left of this month, all bots of a channel together; channels without a quota are not told."""
    found: Counter[str] = Counter()
    for row in _meters(session, wire_now):
        if (more := terms(session, row.bot).left(row.used)) is not None:
            found[row.bot.partition(":")[0]] += more
    return tuple(Quota(channel, count) for channel, count in sorted(found.items()))


def warn(session: Session, now: datetime, wire_now: datetime) -> int:
    """Tell the administrators of every bot that has passed a further warning; returns how many have."""
    passed = [
        (row, stage, mine)
        for row in _meters(session, wire_now)
        if (stage := (mine := terms(session, row.bot)).stage(row.used)) > row.warned
    ]
    for row, stage, mine in passed:
        channel = row.bot.partition(":")[0]
        once = update(Meter).where(col(Meter.bot) == row.bot, col(Meter.month) == row.month, col(Meter.warned) < stage)
        if session.execute(once.values(warned=stage).returning(col(Meter.bot))).first():
            detail = {"month": row.month, "percent": stage}
            session.add(Audit(at=now, actor="clock", deed="quota", subject=f"bot:{row.bot}", detail=detail))
            text = running_out(channel, stage, mine.left(row.used) or 0)
            tell_administrators(session, f"quota:{row.bot}:{row.month}:{stage}", text, now)
    return len(passed)


def _meters(session: Session, wire_now: datetime) -> list[Meter]:
    return list(session.execute(select(Meter).where(col(Meter.month) == month(wire_now))).scalars())
