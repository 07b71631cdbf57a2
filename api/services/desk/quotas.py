"""What is left of a platform's month, and who is told before it is used up."""

from collections import Counter
from datetime import datetime

from sqlalchemy import select, update
from sqlmodel import Session, col

from api.services.desk.checkup import tell_administrators
from api.services.queues.quota import month
from bot.dialogue.phrases.checkup import Quota, running_out
from models.rules import quota
from models.tables import Audit, Meter


def left(session: Session, wire_now: datetime) -> tuple[Quota, ...]:
    """What is left of this month, all bots of a channel together; channels without a quota are not told."""
    found: Counter[str] = Counter()
    for row in _meters(session, wire_now):
        found[row.bot.partition(":")[0]] += (quota.limit(row.bot) or 0) - row.used
    return tuple(Quota(channel, count) for channel, count in sorted(found.items()))


def warn(session: Session, now: datetime, wire_now: datetime) -> int:
    """Tell the administrators of every bot that has passed a further warning; returns how many have."""
    passed = [row for row in _meters(session, wire_now) if quota.stage(row.bot, row.used) > row.warned]
    for row in passed:
        stage, channel = quota.stage(row.bot, row.used), row.bot.partition(":")[0]
        mine = update(Meter).where(col(Meter.bot) == row.bot, col(Meter.month) == row.month, col(Meter.warned) < stage)
        if session.execute(mine.values(warned=stage).returning(col(Meter.bot))).first():
            detail = {"month": row.month, "percent": stage}
            session.add(Audit(at=now, actor="clock", deed="quota", subject=f"bot:{row.bot}", detail=detail))
            text = running_out(channel, stage, (quota.limit(row.bot) or 0) - row.used)
            tell_administrators(session, f"quota:{row.bot}:{row.month}:{stage}", text, now)
    return len(passed)


def _meters(session: Session, wire_now: datetime) -> list[Meter]:
    return list(session.execute(select(Meter).where(col(Meter.month) == month(wire_now))).scalars())
