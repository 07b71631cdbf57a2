"""API tokens: made once, shown once, kept as a hash."""

import secrets
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col

from api.refusals import NotFound
from api.security import sha256
from models.tables import Audit, Token


def make(session: Session, name: str, role: str, bloc_id: int | None, now: datetime, wire_now: datetime) -> str:
    """A new token for a role, limited to one bloc or not; only its SHA-256 is stored."""
    token = f"go_{secrets.token_urlsafe(32)}"
    row = Token(name=name, sha256=sha256(token), role=role, bloc_id=bloc_id, created_at=wire_now)
    session.add(row)
    session.flush()
    detail = {"role": role} | ({"bloc": bloc_id} if bloc_id else {})
    session.add(Audit(at=now, actor="operator", deed="token", subject=f"token:{row.id}", detail=detail))
    return token


def revoke(session: Session, name: str, now: datetime, wire_now: datetime) -> int:
    """Nobody is let in any more with the tokens of this name; returns how many there were. Raises NotFound."""
    living = update(Token).where(col(Token.name) == name, col(Token.revoked_at).is_(None))
    ids = session.execute(living.values(revoked_at=wire_now).returning(col(Token.id))).scalars().all()
    if not ids:
        raise NotFound(f"no token {name}")
    session.add_all(Audit(at=now, actor="operator", deed="revoke", subject=f"token:{token_id}") for token_id in ids)
    return len(ids)
