"""The meter of a bot's month: what left, or may have. Months are those of Hà Nội, in wire time."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is SQLite's too
from sqlmodel import Session

from models.columns import core
from models.queue import OUTBOX, is_essential, is_in
from models.rules import calendar, quota
from models.rules.quota import Terms
from models.tables import Meter, PlatformTerms

METER, TERMS = core(Meter), core(PlatformTerms)

_ADD = insert(METER).values(bot=bindparam("bot"), month=bindparam("month"), used=bindparam("more"), warned=0)
_COUNT = _ADD.on_conflict_do_update(index_elements=["bot", "month"], set_={"used": METER.c.used + _ADD.excluded.used})
_USED = select(METER.c.used).where(METER.c.bot == bindparam("bot"), METER.c.month == bindparam("month"))
_TERMS = select(TERMS.c.messages, TERMS.c.reserve, TERMS.c.people).where(TERMS.c.channel == bindparam("channel"))
_PUT = insert(TERMS).values({name: bindparam(name) for name in ("channel", "messages", "reserve", "people")})
_KEEP = _PUT.on_conflict_do_update(
    index_elements=["channel"],
    set_={"messages": _PUT.excluded.messages, "reserve": _PUT.excluded.reserve, "people": _PUT.excluded.people},
)


def month(wire_now: datetime) -> str:
    """`2026-11`."""
    return f"{calendar.STANDARD.local(wire_now):%Y-%m}"


def keep_terms(session: Session, channel: str, terms: Terms) -> None:
    """What the settings of a process that starts say of a channel: all processes and commands go by it."""
    values = {"messages": terms.messages, "reserve": terms.reserve, "people": terms.people}
    session.execute(_KEEP, {"channel": channel, **values})


def terms(session: Session, bot: str) -> Terms:
    """Of a bot (`channel:bot id`) that is metered; those of the free plan before any process has started."""
    channel = bot.partition(":")[0]
    found = session.execute(_TERMS, {"channel": channel}).first()
    return Terms(found.messages, found.reserve, found.people) if found else quota.FREE[channel]


def count(session: Session, bot: str, texts: Sequence[str], wire_now: datetime) -> None:
    """Texts that are handed to a bot to be sent: counted when they are taken, since what is on the wire may arrive."""
    if texts and quota.is_metered(bot):
        more = sum(quota.messages(text) for text in texts)
        session.execute(_COUNT, {"bot": bot, "month": month(wire_now), "more": more})


def used(session: Session, bot: str, wire_now: datetime) -> int:
    return session.execute(_USED, {"bot": bot, "month": month(wire_now)}).scalar() or 0


def is_reserved(session: Session, bot: str, wire_now: datetime) -> bool:
    """Whether only replies and what is overdue may leave by this bot until the month ends."""
    return quota.is_metered(bot) and terms(session, bot).is_reserved(used(session, bot, wire_now))


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
    found = used_of_all(session, wire_now)
    return frozenset(bot for bot, used in found.items() if terms(session, bot).is_reserved(used))


def used_of_all(session: Session, wire_now: datetime) -> dict[str, int]:
    """By bot, as far as it has sent anything this month."""
    rows = session.execute(select(METER.c.bot, METER.c.used).where(METER.c.month == month(wire_now)))
    return {row.bot: row.used for row in rows}
