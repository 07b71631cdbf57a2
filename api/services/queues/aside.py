"""What nobody could deal with, set aside so that it stops nobody else: visible with its reason, and played once more
when somebody says so.

`in-17` is a row of the inbox: an update that could not be read, one whose thinking failed again and again, a file that
could not be fetched. `out-23` is a message that failed for good.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from sqlalchemy import Select, select, update
from sqlmodel import Session

from api.moments import local
from api.refusals import Conflict, Invalid, NotFound
from api.services.queues import addresses, inbox
from api.services.queues.failover import release_reminders
from api.shapes import AsideLine, AsideLines
from bot.dialogue.phrases import trouble
from models.columns import core
from models.logs import reason
from models.queue import INBOX, OUTBOX
from models.tables import Address, Audit, Inbox, Outbox
from models.wire import FileRef, Heard

Queue = Literal["in", "out"]
ADDRESS = core(Address)
_ID = re.compile(r"(in|out)-(\d{1,9})")


class Ident(NamedTuple):
    """`in-17`, `out-23`."""

    queue: Queue
    row: int

    def __str__(self) -> str:
        return f"{self.queue}-{self.row}"


def ident(written: str) -> Ident:
    """Raises Invalid."""
    read = _ID.fullmatch(written.strip().lower())
    if read is None:
        raise Invalid("an id is written in-17 (something heard) or out-23 (something to be said)")
    return Ident("in" if read[1] == "in" else "out", int(read[2]))


# --- set aside ----------------------------------------------------------------------------------------------------


def keep(session: Session, heard: Heard, error: Exception, now: datetime, wire_now: datetime) -> bool:
    """Keep a message whose thinking failed, to be tried again later. True: it was the last try, the message is set
    aside, and its sender is told so."""
    aside = inbox.set_back(session, heard, reason(error), wire_now)
    if aside:
        _tell(session, heard, now, wire_now)
    return aside


def _tell(session: Session, heard: Heard, now: datetime, wire_now: datetime) -> None:
    """In a private chat that is known; whoever was never heard has no address."""
    if not heard.private:
        return
    address_id = session.execute(
        select(ADDRESS.c.id).where(
            ADDRESS.c.channel == heard.channel, ADDRESS.c.bot == heard.bot, ADDRESS.c.chat == heard.chat
        )
    ).scalar()
    if address_id is not None:
        row = {
            "bot": f"{heard.channel}:{heard.bot}", "address_id": address_id, "kind": "reply", "lane_rank": 0,
            "text": trouble.set_aside(heard.sent_at).text, "choices": [], "codes": [], "planned_at": now,
            "not_before": wire_now, "state": "queued", "attempt": 0, "trouble": 0, "repeated": False,
        }  # fmt: skip
        session.execute(OUTBOX.insert(), row)


def put_unread(session: Session, heard: Heard, inbox_id: int) -> None:
    """An update that our code could not read."""
    if heard.unread:
        _put(session, [inbox_id], f"could not be read: {heard.unread.why}")


def put_unfetched(session: Session, inbox_ids: Sequence[int]) -> None:
    """Those of these messages whose files could not be had; their sender was told."""
    rows = session.execute(select(INBOX.c.id, INBOX.c.heard).where(INBOX.c.id.in_(inbox_ids)))
    for inbox_id, heard in rows.all():
        lost = [file for file in (heard or {}).get("files", ()) if file.get("trouble") == "unfetchable"]
        if lost:
            _put(session, [inbox_id], f"a file could not be fetched: {lost[0].get('why') or 'it is gone'}")


def _put(session: Session, inbox_ids: Sequence[int], why: str) -> None:
    values = {"state": "aside", "why": why, "lease_until": None}
    session.execute(update(INBOX).where(INBOX.c.id.in_(inbox_ids)).values(**values))


# --- look ---------------------------------------------------------------------------------------------------------


def listed(session: Session, queue: Queue | None, limit: int, cursor: str | None) -> AsideLines:
    """A page: what was heard first, each oldest first; the cursor is the last id that was given. Raises Invalid."""
    after = ident(cursor) if cursor else None
    lines: list[AsideLine] = []
    if queue != "out" and (after is None or after.queue == "in"):
        lines += _heard(session, after.row if after else 0, limit + 1)
    if queue != "in" and len(lines) <= limit:
        start = after.row if after and after.queue == "out" else 0
        lines += _unsaid(session, start, limit + 1 - len(lines))
    page = lines[:limit]
    return AsideLines(items=page, next=page[-1].id if len(lines) > limit else None)


def _heard(session: Session, after: int, limit: int) -> Iterator[AsideLine]:
    rows = session.execute(
        select(INBOX).where(INBOX.c.state == "aside", INBOX.c.id > after).order_by(INBOX.c.id).limit(limit)
    )
    for row in rows.all():
        yield AsideLine(
            id=f"in-{row.id}", channel=row.channel, bot=row.bot, kind=(row.heard or {}).get("kind", "erased"),
            at=local(row.received_at), tries=row.attempt, why=row.why,
        )  # fmt: skip


def _unsaid(session: Session, after: int, limit: int) -> Iterator[AsideLine]:
    rows = session.execute(
        select(OUTBOX, ADDRESS.c.channel, ADDRESS.c.bot.label("number"))
        .join(ADDRESS, ADDRESS.c.id == OUTBOX.c.address_id)
        .where(OUTBOX.c.state == "failed", OUTBOX.c.id > after)
        .order_by(OUTBOX.c.id)
        .limit(limit)
    )
    for row in rows.all():
        yield AsideLine(
            id=f"out-{row.id}", channel=row.channel, bot=row.number, kind=row.kind, at=local(row.planned_at),
            tries=row.attempt, why=row.why,
        )  # fmt: skip


class Count(NamedTuple):
    """How much of a queue is set aside, and how much of that since some moment is for people to look at."""

    queue: Queue
    rows: int
    fresh: int
    newest: Ident | None
    why: str | None


def counts(session: Session, since: datetime, wire_since: datetime) -> list[Count]:
    """By queue. A message to a chat that is blocked or gone is known for what it is, and not counted as fresh."""
    return [
        _count(session, "in", select(INBOX.c.id, INBOX.c.why, INBOX.c.received_at >= wire_since).where(
            INBOX.c.state == "aside")),
        _count(session, "out", select(
            OUTBOX.c.id, OUTBOX.c.why, (OUTBOX.c.planned_at >= since) & (ADDRESS.c.state == "open")
        ).join(ADDRESS, ADDRESS.c.id == OUTBOX.c.address_id).where(OUTBOX.c.state == "failed")),
    ]  # fmt: skip


def _count(session: Session, queue: Queue, rows_of: Select[tuple[int, str | None, bool]]) -> Count:
    rows = session.execute(rows_of).all()
    fresh = [(row_id, why) for row_id, why, is_fresh in rows if is_fresh]
    newest, why = max(fresh, default=(None, None), key=lambda row: row[0])
    return Count(queue, len(rows), len(fresh), Ident(queue, newest) if newest else None, why)


# --- once more ----------------------------------------------------------------------------------------------------


State = Literal["waiting", "queued", "expired"]


def retry(session: Session, which: Ident, actor: str, now: datetime, wire_now: datetime) -> State:
    """Play it once more, as if nothing had been tried; the state it is in now. Raises NotFound, Conflict."""
    again = _hear_again if which.queue == "in" else _say_again
    state = again(session, which, now, wire_now)
    session.add(Audit(at=now, actor=actor, deed="retry", subject=f"{which.queue}box:{which.row}"))
    return state


def _hear_again(session: Session, which: Ident, _: datetime, wire_now: datetime) -> State:
    """The ears claim it like a message that a crash left behind."""
    row = session.get(Inbox, which.row, with_for_update=True)
    if row is None:
        raise NotFound(f"no {which}")
    _must_be(row.state == "aside", which, row.state)
    if row.heard is None:
        raise Conflict(f"{which}: its content was erased, it bore a secret marking")
    row.heard = _untried(row.heard)
    row.state, row.attempt, row.why, row.not_before = "waiting", 0, "to be tried again", wire_now
    return "waiting"


def _untried(heard: dict[str, object]) -> dict[str, object]:
    """Files that could not be fetched are asked for anew; what came with them was filed then."""
    read = Heard.model_validate(heard)
    lost = tuple(_asked_anew(file) for file in read.files if file.trouble == "unfetchable")
    files = lost or read.files
    return read.model_copy(update={"files": files}).model_dump(mode="json")


def _asked_anew(file: FileRef) -> FileRef:
    return file.model_copy(update={"trouble": None, "why": None, "told": True})


def _say_again(session: Session, which: Ident, now: datetime, wire_now: datetime) -> State:
    """A message whose hours are over is not sent any more: its rungs go into the next working day's."""
    row = session.get(Outbox, which.row, with_for_update=True)
    if row is None:
        raise NotFound(f"no {which}")
    _must_be(row.state == "failed", which, row.state)
    row.trouble, row.lease_until, row.not_before, row.why = 0, None, wire_now, "to be tried again"
    addresses.reopen(session, row.address_id)
    if row.expires_at and row.expires_at <= now:
        row.state = "expired"
        release_reminders(session, [which.row])
        return "expired"
    row.state = "queued"
    return "queued"


def _must_be(aside: bool, which: Ident, state: str) -> None:
    if not aside:
        raise Conflict(f"{which} is not set aside: it is {state}")
