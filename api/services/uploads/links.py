"""Upload links: made, found again by their secret, and what they stand for. Moments are wire time."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import bindparam, insert, select
from sqlmodel import Session

from api.security import sha256
from models.columns import core
from models.tables import Address, Binding, Obligation, Post, UploadLink

LIFE = timedelta(hours=48)
LINK, POST, ADDRESS, BINDING, OBLIGATION = core(UploadLink), core(Post), core(Address), core(Binding), core(Obligation)

State = Literal["open", "done", "lapsed", "ended"]
"""`ended`: the chat no longer speaks for the post, or the post is over."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link, and the chat that its receipt goes to."""

    id: int
    obligation_id: int
    address_id: int
    channel: str
    bot: str
    chat: str
    expires_at: datetime
    state: State


def make(
    session: Session, post_id: int, address_id: int, obligation_id: int, inbox_id: int, wire_now: datetime
) -> str:  # fmt: skip
    """A new link, in answer to this message; its secret is told once and stored as its SHA-256 only."""
    secret = secrets.token_urlsafe(32)
    session.connection().execute(
        insert(LINK),
        {
            "sha256": sha256(secret), "post_id": post_id, "address_id": address_id, "obligation_id": obligation_id,
            "inbox_id": inbox_id, "made_at": wire_now, "expires_at": wire_now + LIFE,
        },
    )  # fmt: skip
    return secret


_LINKS = (
    select(
        LINK.c.id, LINK.c.obligation_id, LINK.c.address_id, ADDRESS.c.channel, ADDRESS.c.bot, ADDRESS.c.chat,
        LINK.c.expires_at, LINK.c.done_at, POST.c.until, BINDING.c.unbound_at, BINDING.c.id.label("binding"),
    )
    .join(ADDRESS, ADDRESS.c.id == LINK.c.address_id)
    .join(POST, POST.c.id == LINK.c.post_id)
    .outerjoin(BINDING, (BINDING.c.address_id == LINK.c.address_id) & (BINDING.c.post_id == LINK.c.post_id))
)  # fmt: skip
_BY_SECRET = _LINKS.where(LINK.c.sha256 == bindparam("sha256"))
_BY_ID = _LINKS.where(LINK.c.id == bindparam("id"))


def find(session: Session, secret: str, today: date, wire_now: datetime) -> Link | None:
    """The link of this secret; `today` is covenant time. None: there never was one, or it is long forgotten."""
    row = session.connection().execute(_BY_SECRET, {"sha256": sha256(secret)}).first()
    return _link(row, today, wire_now) if row else None


def by_id(session: Session, link_id: int, today: date, wire_now: datetime) -> Link:
    return _link(session.connection().execute(_BY_ID, {"id": link_id}).one(), today, wire_now)


def _link(row: Any, today: date, wire_now: datetime) -> Link:
    return Link(
        id=row.id,
        obligation_id=row.obligation_id,
        address_id=row.address_id,
        channel=row.channel,
        bot=row.bot,
        chat=row.chat,
        expires_at=row.expires_at,
        state=_state(row, today, wire_now),
    )


def _state(row: Any, today: date, wire_now: datetime) -> State:
    if row.done_at is not None:
        return "done"
    if row.binding is None or row.unbound_at is not None or (row.until is not None and row.until <= today):
        return "ended"
    return "lapsed" if row.expires_at <= wire_now else "open"
