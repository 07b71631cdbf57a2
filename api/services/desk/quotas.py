"""What is left of a platform's month, and who is told before it is used up."""

from collections import Counter
from datetime import datetime

from sqlalchemy import select, update
from sqlmodel import Session, col

from api.services.desk.checkup import tell_administrators
from api.services.queues.pacing import at_rest
from api.services.queues.quota import month, terms
from bot.dialogue.phrases.checkup import Quota, running_out, used_up
from models.rules.quota import USED_UP, Terms
from models.tables import Address, Audit, Meter


def left(session: Session, wire_now: datetime) -> tuple[Quota, ...]:
    """What is left of this month, bot by bot; channels without a quota are not told."""
    meters, bots = _meters(session, wire_now), _bots(session)
    return tuple(
        Quota(channel, more, _named(channel, bot, bots))
        for row in meters
        for channel, _, bot in (row.bot.partition(":"),)
        if (more := terms(session, row.bot).left(row.used)) is not None
    )


def warn(session: Session, now: datetime, wire_now: datetime) -> int:
    """Tell the administrators of every bot that has passed a further warning, or whose platform says that it takes no
    more; returns how many have."""
    rests = at_rest(session, wire_now)
    passed = [
        (row, stage, mine)
        for row in _meters(session, wire_now)
        for mine in (terms(session, row.bot),)
        if (stage := USED_UP if row.bot in rests else mine.stage(row.used)) > row.warned
    ]
    for row, stage, mine in passed:
        once = update(Meter).where(col(Meter.bot) == row.bot, col(Meter.month) == row.month, col(Meter.warned) < stage)
        if session.execute(once.values(warned=stage).returning(col(Meter.bot))).first():
            detail = {"month": row.month, "percent": stage}
            session.add(Audit(at=now, actor="clock", deed="quota", subject=f"bot:{row.bot}", detail=detail))
            text = _warning(session, row, stage, mine)
            tell_administrators(session, f"quota:{row.bot}:{row.month}:{stage}", text, now)
    return len(passed)


def _warning(session: Session, row: Meter, stage: int, mine: Terms) -> str:
    channel, _, bot = row.bot.partition(":")
    name = _named(channel, bot, _bots(session))
    if stage == USED_UP:
        return used_up(channel, name)
    return running_out(channel, name, stage, mine.left(row.used) or 0, mine.reserve)


def _bots(session: Session) -> Counter[str]:
    """How many bots of each channel people have written to."""
    found = session.execute(select(col(Address.channel), col(Address.bot)).distinct())
    return Counter(channel for channel, _ in found)


def _named(channel: str, bot: str, bots: Counter[str]) -> str | None:
    """A bot's id, where its channel has several."""
    return bot if bots[channel] > 1 else None


def _meters(session: Session, wire_now: datetime) -> list[Meter]:
    wanted = select(Meter).where(col(Meter.month) == month(wire_now)).order_by(col(Meter.bot))
    return list(session.execute(wanted).scalars())
