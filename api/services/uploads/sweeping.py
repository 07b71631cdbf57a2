"""Links whose time is over: what arrived whole is filed all the same, the rest is forgotten with its bytes."""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlmodel import Session

from api.refusals import Conflict, Gone, Locked, Unready
from api.services import evidence
from api.services.uploads import filing, receiving, rows
from api.services.uploads.receiving import Desk
from models.columns import core
from models.tables import Outbox, Upload, UploadLink

REMEMBERED = timedelta(days=180)
"""How long a link that is over still shows its receipt."""
LINK, UPLOAD, OUTBOX = core(UploadLink), core(Upload), core(Outbox)


@dataclass(frozen=True, slots=True)
class Swept:
    lapsed: int = 0
    """Links with files that ended without *Xong*."""
    links: int = 0
    """Forgotten."""


async def sweep(desk: Desk, now: datetime) -> Swept:
    """`now` is covenant time. Any number of processes may sweep at once."""
    wire_now = desk.wire()
    await desk.database.write(_forget_secrets)
    lapsed = await desk.database.read(lambda session: _lapsed(session, wire_now))
    for link_id in lapsed:
        await _end(desk, link_id, now, wire_now)
    return Swept(len(lapsed), await desk.database.write(lambda session: _forget_links(session, wire_now)))


def _lapsed(session: Session, wire_now: datetime) -> list[int]:
    """Links whose time is over and that still have files, nothing of which was filed."""
    wanted = (
        select(LINK.c.id)
        .join(UPLOAD, UPLOAD.c.link_id == LINK.c.id)
        .where(LINK.c.expires_at <= wire_now, LINK.c.done_at.is_(None))
        .distinct()
    )
    return list(session.connection().execute(wanted).scalars())


async def _end(desk: Desk, link_id: int, now: datetime, wire_now: datetime) -> None:
    """While somebody still writes, or the store does not answer, the next round ends it."""
    try:
        with suppress(Conflict):
            await look_at_all(desk, link_id, now)
        gone = await desk.database.write(lambda session: _file_or_forget(session, link_id, now, wire_now))
    except (Locked, Unready):
        return
    await receiving.forget_bytes(desk.store, gone)
    await evidence.tidy(desk.database, desk.store, filed=True, erased=False)


def _file_or_forget(session: Session, link_id: int, now: datetime, wire_now: datetime) -> list[str]:
    """Where nothing is good, or the person no longer answers for the task, there is nothing to file."""
    try:
        with session.begin_nested():
            return filing.file(session, link_id, now, wire_now, lapsed=True).gone
    except (Conflict, Gone):
        return rows.forget(session, [upload for upload in rows.of_link(session, link_id) if not upload.update_id])


async def look_at_all(desk: Desk, link_id: int, now: datetime) -> None:
    """Look at the files of a link that are whole and that nobody has looked at yet. Raises Locked, Conflict."""
    uploads = await desk.database.read(lambda session: rows.of_link(session, link_id))
    for upload in uploads:
        if receiving.is_whole(upload):
            async with receiving.holding(desk, upload.id) as (held, me):
                if receiving.is_whole(held):
                    await receiving.look_at(desk, held, me, now)


_OVER = ("sent", "uncertain", "failed", "withdrawn", "expired")
_SECRET = re.compile(r"(?<=/u/)[A-Za-z0-9_-]{43}")


def _forget_secrets(session: Session) -> None:
    """The secret of a link leaves the answer that told it, once that has left. (The browser chat's own history keeps
    it: there the link is followed.)"""
    telling = select(OUTBOX.c.id, OUTBOX.c.text, OUTBOX.c.inbox_id).join(LINK, LINK.c.inbox_id == OUTBOX.c.inbox_id)
    run = session.connection().execute
    for row in run(telling.where(OUTBOX.c.state.in_(_OVER), OUTBOX.c.text.contains("/u/"))).all():
        run(update(OUTBOX).where(OUTBOX.c.id == row.id).values(text=_SECRET.sub("…", row.text)))
        run(update(LINK).where(LINK.c.inbox_id == row.inbox_id).values(inbox_id=None))


def _forget_links(session: Session, wire_now: datetime) -> int:
    old = select(LINK.c.id).where(LINK.c.expires_at < wire_now - REMEMBERED)
    session.connection().execute(delete(UPLOAD).where(UPLOAD.c.link_id.in_(old)))
    return session.connection().execute(delete(LINK).where(LINK.c.expires_at < wire_now - REMEMBERED)).rowcount
