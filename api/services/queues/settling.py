"""What became of a parcel: the outcome is put into its row, behind the fence of its attempt."""

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, select, update
from sqlmodel import Session

from api.services.queues import addresses
from api.services.queues.failover import take_another_way
from api.services.queues.pacing import Pacing
from models.columns import core
from models.prepared import Prepared
from models.queue import OUTBOX, is_in
from models.rules import retry
from models.tables import Address
from models.wire import Outcome

ADDRESS = core(Address)
UNTIL_IT_EXPIRES = timedelta(days=2)
"""No further try fits before the message expires: it waits for that, and its rungs are carried on."""

# An unclaimed row still bears its last attempt: a late "sent" is true news until somebody else has claimed it.
_SENT = Prepared(
    update(OUTBOX)
    .where(OUTBOX.c.id == bindparam("row"), OUTBOX.c.attempt == bindparam("fence"), is_in(OUTBOX, "queued", "claimed"))
    .values(
        state="sent", sent_at=bindparam("at", type_=OUTBOX.c.sent_at.type), external_id=bindparam("platform_id"),
        lease_until=None, why=None,
    )
)  # fmt: skip
_FIND = (
    select(OUTBOX, ADDRESS.c.chat)
    .join(ADDRESS, ADDRESS.c.id == OUTBOX.c.address_id)
    .where(
        OUTBOX.c.id == bindparam("row"),
        OUTBOX.c.attempt == bindparam("fence"),
        is_in(OUTBOX, "queued", "claimed"),
        is_in(OUTBOX, "claimed"),
    )
    .with_for_update(of=OUTBOX)
)


_other = OUTBOX.alias("other")
_FOLLOWERS = Prepared(
    select(_other.c.id)
    .join(OUTBOX, OUTBOX.c.address_id == _other.c.address_id)
    .where(
        OUTBOX.c.id.in_(bindparam("ids", expanding=True)), is_in(_other, "queued", "claimed"), is_in(_other, "queued")
    )
    .limit(1)
)


def settle(
    session: Session,
    outcomes: Sequence[Outcome],
    now: datetime,
    wire_now: datetime,
    jitter: Callable[[], float] = random.random,
) -> int:
    """Settle what the caller still holds; whoever comes too late is not heard. Returns how many were."""
    sent = [
        {"row": outcome.id, "fence": outcome.attempt, "at": now, "platform_id": outcome.external_id}
        for outcome in outcomes
        if outcome.result == "sent"
    ]
    settled = _SENT.run_each(session, sent)
    for outcome in outcomes:
        if outcome.result != "sent":
            row = session.execute(_FIND, {"row": outcome.id, "fence": outcome.attempt}).first()
            if row is not None:
                _settle_trouble(session, row, outcome, now, wire_now, jitter)
                settled += 1
    return settled


def has_followers(session: Session, outcomes: Sequence[Outcome]) -> bool:
    """Whether something waited in the lanes that these outcomes have freed."""
    ids = [outcome.id for outcome in outcomes]
    return _FOLLOWERS.first(session, {"ids": ids}) is not None


def _settle_trouble(
    session: Session, row: Row[Any], outcome: Outcome, now: datetime, wire_now: datetime, jitter: Callable[[], float]
) -> None:
    match outcome.result:
        case "later" if outcome.retry_after_s is not None:
            values = _limited(session, row, outcome, wire_now)
        case "later":
            values = _later(row, now, wire_now, jitter())
        case "uncertain":
            values = _uncertain(row, wire_now)
        case "unreachable":
            addresses.shut(session, row.address_id, "gone" if outcome.gone else "blocked", now)
            values = {"state": "failed"}
        case _:
            values = {"state": "failed"}
    session.execute(update(OUTBOX).where(OUTBOX.c.id == row.id).values(lease_until=None, why=outcome.why, **values))
    if outcome.result == "unreachable":
        take_another_way(session, [row.id], now, wire_now, shut=True)
    if outcome.moved_to:
        addresses.move(session, row.address_id, outcome.moved_to, now)


def _limited(session: Session, row: Row[Any], outcome: Outcome, wire_now: datetime) -> dict[str, Any]:
    """A 429 spends no try. A pause of zero means: given back unsent; said of the whole bot, that it is not let in,
    which is remembered as trouble."""
    pause = timedelta(seconds=outcome.retry_after_s or 0)
    if pause:
        Pacing(session, row.bot, wire_now).limited(row.chat, pause, outcome.whole_bot)
    trouble = max(row.trouble, 1) if outcome.whole_bot and not pause else row.trouble
    return {"state": "queued", "not_before": wire_now + pause, "trouble": trouble}


def _later(row: Row[Any], now: datetime, wire_now: datetime, jitter: float) -> dict[str, Any]:
    left = row.expires_at - now if row.expires_at else None
    pause = retry.after(row.trouble + 1, row.kind, now - row.planned_at, left, jitter)
    if pause is None and left is None:
        return {"state": "failed", "trouble": row.trouble + 1}
    return {"state": "queued", "trouble": row.trouble + 1, "not_before": wire_now + (pause or UNTIL_IT_EXPIRES)}


def _uncertain(row: Row[Any], wire_now: datetime) -> dict[str, Any]:
    """It may have arrived: repeated at most once."""
    if row.repeated:
        return {"state": "uncertain"}
    return {"state": "queued", "repeated": True, "trouble": row.trouble + 1, "not_before": wire_now + retry.FIRST}
