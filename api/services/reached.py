"""Who of an agency can be told, as the ledger knows it: codes that were given, chats that were linked, unlinked or
shut, messages that a chat did not take. What an obligation's story shows where nobody has answered."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from api.moments import local
from models.rules.reach import REMINDED
from models.tables import Address, Agency, Binding, Invitation, Post

ROWS = ("off_channel", "no_code", "code", "linked", "unlinked", "shut")


def rows(session: Session, agency_id: int, started_at: datetime, now: datetime) -> list[dict[str, Any]]:
    """Events of a story. `started_at` is when the season was, `now` covenant time."""
    agency = session.get_one(Agency, agency_id)
    off = [{"at": local(started_at), "what": "off_channel"}] if agency.off_channel else []
    links = list(_links(session, agency_id, now))
    codes = list(_codes(session, agency_id))
    none = [{"at": local(started_at), "what": "no_code"}] if not (agency.off_channel or links or codes) else []
    return [*off, *none, *codes, *links]


def _codes(session: Session, agency_id: int) -> Iterator[dict[str, Any]]:
    given = select(Invitation).where(col(Invitation.agency_id) == agency_id, col(Invitation.role).in_(REMINDED))
    for code in session.execute(given.order_by(col(Invitation.id))).scalars():
        ended = "used" if code.used_at else "revoked" if code.revoked_at else "waiting"
        yield {"at": local(code.created_at), "what": "code", "role": code.role, "outcome": ended}


def _links(session: Session, agency_id: int, now: datetime) -> Iterator[dict[str, Any]]:
    found = (
        select(Binding, Address)
        .join(Address, col(Address.id) == col(Binding.address_id))
        .join(Post, col(Post.id) == col(Binding.post_id))
        .where(col(Post.agency_id) == agency_id, col(Post.role).in_(REMINDED), col(Binding.bound_at) <= now)
        .order_by(col(Binding.id))
    )
    for binding, address in session.execute(found).all():
        yield {"at": local(binding.bound_at), "what": "linked", "channel": address.channel}
        if binding.unbound_at:
            yield {"at": local(binding.unbound_at), "what": "unlinked", "channel": address.channel}
        elif address.state != "open":
            at = local(address.shut_at or binding.bound_at)
            yield {"at": at, "what": "shut", "channel": address.channel, "state": address.state}
