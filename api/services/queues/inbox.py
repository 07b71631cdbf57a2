"""The queue of what was heard. A message is stored once, by the platform's own key; a replay meets the first row."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError
from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is SQLite's too
from sqlmodel import Session

from models.prepared import Prepared
from models.queue import CLAIM_INBOX, FETCH_LEASE, INBOX, WIRE_NOW, is_in
from models.wire import Heard, InboxWork

TRIES = 6
"""So often a message may fail to be thought through before it is set aside."""
LEASES = 12
"""So often it may be taken up and not be heard of again; the ears give up a file before."""
PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Stored:
    id: int
    fresh: bool
    """False: a row was there already."""
    done: bool
    """It was answered before, or set aside."""


_STORE = Prepared(insert(INBOX).on_conflict_do_nothing().returning(INBOX.c.id))
_FIND = select(INBOX.c.id, INBOX.c.state).where(
    INBOX.c.channel == bindparam("channel"),
    INBOX.c.bot == bindparam("bot"),
    INBOX.c.external_id == bindparam("external_id"),
)
_AMEND = update(INBOX).where(INBOX.c.id == bindparam("row")).values(heard=bindparam("json", type_=INBOX.c.heard.type))
_DONE = (
    update(INBOX)
    .where(INBOX.c.id == bindparam("row"), INBOX.c.state != "done")
    .values(state="done", lease_until=None, why=None)
)


_ASIDE = (
    update(INBOX).where(INBOX.c.id == bindparam("row")).values(state="aside", lease_until=None, why=bindparam("reason"))
)


def is_complete(heard: Heard) -> bool:
    """Whether it can be thought through now: its bytes lie in the house, or can never be had."""
    return all(file.stored or file.trouble for file in heard.files)


def is_part(heard: Heard) -> bool:
    """Whether it belongs to an album, which is thought through as a whole (`api.services.talks.albums`)."""
    return heard.group is not None and bool(heard.files) and not heard.edited


def store(session: Session, heard: Heard, wire_now: datetime) -> Stored:
    """Insert what was heard, or find its row. What can be thought through is stored as done, since that happens in
    the same transaction; what has files still to be fetched waits for the ears."""
    key = {"channel": heard.channel, "bot": heard.bot, "external_id": heard.external_id}
    complete = is_complete(heard)
    json = heard.model_dump(mode="json")
    row = {
        **key, "chat": heard.chat, "message": heard.message, "received_at": wire_now, "heard": json,
        "not_before": wire_now, "state": "done" if complete and not is_part(heard) else "waiting", "attempt": 0,
    }  # fmt: skip
    if (new := _STORE.scalar(session, row)) is not None:
        return Stored(new, fresh=True, done=False)
    known, state = session.execute(_FIND, key).one()
    settled = state in ("done", "aside")
    if not settled and complete:
        session.execute(_AMEND, {"row": known, "json": json})
    return Stored(known, fresh=False, done=settled)


def think_done(session: Session, inbox_id: int) -> None:
    """It was answered. Needed only for a row that was not fresh."""
    session.execute(_DONE, {"row": inbox_id})


def erase_heard(session: Session, inbox_id: int) -> None:
    """Forget what was said: it bore a secret marking. That it was said stays."""
    session.execute(_AMEND, {"row": inbox_id, "json": None})


def set_back(session: Session, heard: Heard, why: str, wire_now: datetime) -> bool:
    """Keep a message whose thinking failed, to be tried again later. True: it was set aside for good."""
    row = store(session, heard, wire_now)
    tried, state = session.execute(select(INBOX.c.attempt, INBOX.c.state).where(INBOX.c.id == row.id)).one()
    tried += state != "claimed"
    aside: bool = tried >= TRIES
    session.execute(
        update(INBOX)
        .where(INBOX.c.id == row.id)
        .values(
            state="aside" if aside else "waiting", attempt=tried, why=why, lease_until=None,
            not_before=wire_now + _pause(tried),
        )
    )  # fmt: skip
    return aside


def claim_inbox(session: Session, bot: str, n: int, wire_now: datetime) -> list[InboxWork]:
    """What waits for its files, or failed before; `bot` is `channel:bot id`."""
    channel, _, number = bot.partition(":")
    _return_lapsed(session, channel, number, wire_now)
    binds = {
        "of_channel": channel, "of": number, "n": n, "wire_now": wire_now, "lease": wire_now + FETCH_LEASE,
    }  # fmt: skip
    rows = CLAIM_INBOX.all(session, binds)
    found = [_work(session, row) for row in sorted(rows, key=lambda row: row.id)]
    return [work for work in found if work]


def _work(session: Session, row: Any) -> InboxWork | None:
    """None: what another version stored is of no shape that this one knows; it is set aside and stops no other."""
    try:
        heard = Heard.model_validate(row.heard)
    except ValidationError:
        session.execute(_ASIDE, {"row": row.id, "reason": "stored in a shape that this version does not know"})
        return None
    return InboxWork(id=row.id, attempt=row.attempt, heard=heard, lease_until=row.lease_until)


_LAPSED = select(INBOX.c.id, INBOX.c.attempt).where(
    INBOX.c.channel == bindparam("channel"),
    INBOX.c.bot == bindparam("bot"),
    is_in(INBOX, "waiting", "claimed"),
    is_in(INBOX, "claimed"),
    INBOX.c.lease_until < WIRE_NOW,
)


def _return_lapsed(session: Session, channel: str, bot: str, wire_now: datetime) -> None:
    """Whoever held these is gone, or could not fetch: again after a growing pause."""
    lapsed = session.execute(_LAPSED, {"channel": channel, "bot": bot, "wire_now": wire_now}).all()
    for inbox_id, attempt in lapsed:
        if attempt >= LEASES:
            told = f"taken up {attempt} times and never heard of again"
            session.execute(_ASIDE, {"row": inbox_id, "reason": told})
            continue
        back = {"state": "waiting", "lease_until": None, "not_before": wire_now + _pause(attempt) - PAUSE}
        session.execute(update(INBOX).where(INBOX.c.id == inbox_id, INBOX.c.attempt == attempt).values(**back))


def _pause(attempt: int) -> timedelta:
    return min(PAUSE * (1 << min(attempt - 1, 10)), LONGEST_PAUSE)
