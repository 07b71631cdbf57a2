"""An album comes as one message for each picture and has no end mark. Each picture is fetched as it comes; they are
thought through together, a moment after the last of them came, and answered once. Until then they are waiting rows, so
that no kill loses one of them.

Where the platform does not tell which pictures belong together, those of a chat that were sent soon after each other
do, until another caption begins something new.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, select, update
from sqlmodel import Session

from api.services.queues.inbox import is_complete, is_part
from models.queue import INBOX, is_in
from models.wire import IN_A_ROW, Heard

__all__ = ["Album", "gather", "is_part", "wait"]

QUIET = timedelta(seconds=2)
"""After so long without a further picture the album is taken as whole."""
SOON = timedelta(seconds=10)
"""So far apart pictures in a row may have been sent."""
RECENT = 60


@dataclass(frozen=True, slots=True)
class Album:
    """What is thought through as one message: the files of all these rows under their one caption."""

    heard: Heard
    rows: tuple[int, ...]


_SIBLINGS = (
    select(INBOX.c.id, INBOX.c.heard, INBOX.c.received_at)
    .where(
        INBOX.c.channel == bindparam("channel"),
        INBOX.c.bot == bindparam("bot"),
        INBOX.c.chat == bindparam("chat"),
        is_in(INBOX, "waiting", "claimed"),
    )
    .order_by(INBOX.c.id)
    .with_for_update()
)


def gather(session: Session, heard: Heard, wire_now: datetime) -> Album | datetime:
    """The album that this picture belongs to, once all of it is there; else the wire time at which to look again."""
    key = {"channel": heard.channel, "bot": heard.bot, "chat": heard.chat}
    rows = [row for row in session.execute(_SIBLINGS, key) if row.heard and row.heard["group"] == heard.group]
    group = heard.group
    if group == IN_A_ROW:
        first = firsts(Heard.model_validate(one) for one in reversed(session.execute(_RECENT, key).scalars().all()))
        group = first[heard.external_id]
        rows = [row for row in rows if first.get(row.heard["external_id"]) == group]
    quiet_at: datetime = max((row.received_at for row in rows), default=wire_now - QUIET) + QUIET
    parts = [Heard.model_validate(row.heard) for row in rows]
    if quiet_at > wire_now or not all(is_complete(part) for part in parts):
        return max(quiet_at, wire_now + QUIET / 2)
    return _together(rows, parts or [heard], group)


def _together(rows: list[Row[Any]], parts: list[Heard], group: str | None) -> Album:
    spoken = next((part for part in parts if part.text), parts[0])
    files = tuple(file for part in parts for file in part.files)
    return Album(spoken.model_copy(update={"files": files, "group": group}), tuple(row.id for row in rows))


_RECENT = (
    select(INBOX.c.heard)
    .where(
        INBOX.c.chat == bindparam("chat"),
        INBOX.c.message.is_not(None),
        INBOX.c.channel == bindparam("channel"),
        INBOX.c.bot == bindparam("bot"),
        INBOX.c.heard["group"].as_string() == IN_A_ROW,
    )
    .order_by(INBOX.c.id.desc())
    .limit(RECENT)
)


def firsts(pictures: Iterable[Heard]) -> dict[str, str]:
    """By the id of each picture of one chat: the id of the first of its submission."""
    found: dict[str, str] = {}
    first = last = None
    caption = ""
    for one in sorted(pictures, key=lambda picture: picture.sent_at):
        is_new = last is None or one.sent_at - last.sent_at > SOON or (caption and one.text not in ("", caption))
        first, caption = (one, one.text) if first is None or is_new else (first, caption or one.text)
        found[one.external_id], last = first.external_id, one
    return found


def wait(session: Session, inbox_id: int, until: datetime) -> None:
    """Its bytes are in the house: it waits for the others."""
    values = {"state": "waiting", "lease_until": None, "not_before": until}
    session.execute(update(INBOX).where(INBOX.c.id == inbox_id, INBOX.c.state != "done").values(**values))
