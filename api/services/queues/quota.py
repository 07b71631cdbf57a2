"""The meter of a bot's month: what left, or may have. Months are those of Hà Nội, in wire time."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is SQLite's too
from sqlmodel import Session

from models.columns import core
from models.queue import OUTBOX, is_essential, is_in
from models.rules import calendar, quota
from models.tables import Meter

METER = core(Meter)

_ADD = insert(METER).values(bot=bindparam("bot"), month=bindparam("month"), used=bindparam("more"), warned=0)
_COUNT = _ADD.on_conflict_do_update(index_elements=["bot", "month"], set_={"used": METER.c.used + _ADD.excluded.used})
_USED = select(METER.c.used).where(METER.c.bot == bindparam("bot"), METER.c.month == bindparam("month"))


def month(wire_now: datetime) -> str:
    """`2026-11`."""
    return f"{calendar.STANDARD.local(wire_now):%Y-%m}"


def count(session: Session, bot: str, texts: Sequence[str], wire_now: datetime) -> None:
    """Texts that are handed to a bot to be sent: counted when they are taken, since what is on the wire may arrive."""
    if texts and quota.limit(bot) is not None:
        more = sum(quota.messages(text) for text in texts)
        session.execute(_COUNT, {"bot": bot, "month": month(wire_now), "more": more})


def used(session: Session, bot: str, wire_now: datetime) -> int:
    return session.execute(_USED, {"bot": bot, "month": month(wire_now)}).scalar() or 0


def is_reserved(session: Session, bot: str, wire_now: datetime) -> bool:
    """Whether only replies and what is overdue may leave by this bot until the month ends."""
    return quota.limit(bot) is not None and quota.is_reserved(bot, used(session, bot, wire_now))


_KEEP_BACK = (
    update(OUTBOX)
    .where(OUTBOX.c.bot == bindparam("of"), is_in(OUTBOX, "queued", "claimed"), is_in(OUTBOX, "queued"))
    .where(OUTBOX.c.why.is_(None), ~is_essential(OUTBOX))
    .values(why="kept back: what is left of the month is for replies and for what is overdue")
)


def keep_back(session: Session, bot: str) -> None:
    """Say why of what waits while the bot is reserved."""
    session.execute(_KEEP_BACK, {"of": bot})


def reserved_bots(session: Session, wire_now: datetime) -> frozenset[str]:
    return frozenset(bot for bot, used in used_of_all(session, wire_now).items() if quota.is_reserved(bot, used))


def used_of_all(session: Session, wire_now: datetime) -> dict[str, int]:
    """By bot, as far as it has sent anything this month."""
    rows = session.execute(select(METER.c.bot, METER.c.used).where(METER.c.month == month(wire_now)))
    return {row.bot: row.used for row in rows}
