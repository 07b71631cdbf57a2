"""Evidence by an address that is signed and good for a while.

Zalo takes pictures by their address only, and asks for it more than once; where a channel carries no files, whoever
asked for one downloads it.
"""

import base64
import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is SQLite's too
from sqlmodel import Session

from api.services import evidence
from api.services.queues import outgoing
from api.services.talks.threads import PICTURES
from models.columns import core
from models.tables import Evidence, Seal

LIFE = timedelta(days=1)
OF_A_DOWNLOAD = timedelta(hours=1, minutes=5)
SIGN = 16
"""Bytes of the signature."""
SEAL = core(Seal)


def link(session: Session, row: int, public_url: str, wire_now: datetime) -> str | None:
    """The address of the file that a claimed message carries; None when it carries none. `wire_now` is wire time."""
    file = outgoing.file_of(session, row)
    if file is None:
        return None
    life = LIFE if file.media_type in PICTURES else OF_A_DOWNLOAD
    return f"{public_url.rstrip('/')}/p/{signed(_make_key(session), file.update_id, wire_now + life)}"


def find(session: Session, asked: str, wire_now: datetime) -> Evidence | None:
    """What lies at an address; None when it is not ours, or over."""
    key = _key(session)
    receipt = opened(key, asked, wire_now) if key else None
    found = evidence.find(session, receipt) if receipt is not None else None
    return found.file if found else None


def signed(key: bytes, receipt: int, until: datetime) -> str:
    """Which evidence, until when, and that we have said so; fit for a path."""
    body = receipt.to_bytes(8) + int(until.timestamp()).to_bytes(6)
    return base64.urlsafe_b64encode(body + _sign(key, body)).decode().rstrip("=")


def opened(key: bytes, asked: str, wire_now: datetime) -> int | None:
    """The receipt; None when it was not signed by us, or is over."""
    try:
        whole = base64.urlsafe_b64decode(asked + "=" * (-len(asked) % 4))
    except ValueError:
        return None
    body, sign = whole[:-SIGN], whole[-SIGN:]
    if len(body) != 14 or not hmac.compare_digest(sign, _sign(key, body)):
        return None
    until = datetime.fromtimestamp(int.from_bytes(body[8:]), UTC)
    return int.from_bytes(body[:8]) if wire_now < until else None


def _sign(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, body, hashlib.sha256)[:SIGN]


def _key(session: Session) -> bytes | None:
    found = session.execute(select(SEAL.c.key)).scalar()
    return bytes.fromhex(found) if found else None


def _make_key(session: Session) -> bytes:
    if (found := _key(session)) is not None:
        return found
    session.execute(insert(SEAL).values(id=1, key=secrets.token_hex(32)).on_conflict_do_nothing())
    return bytes.fromhex(session.execute(select(SEAL.c.key)).scalar_one())
