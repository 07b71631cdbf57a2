"""API tokens: made once, shown once, kept as a hash."""

import secrets
from datetime import datetime

from sqlmodel import Session

from api.security import sha256
from models.tables import Token


def make(session: Session, name: str, role: str, bloc_id: int | None, wire_now: datetime) -> str:
    """A new token for a role, limited to one bloc or not; only its SHA-256 is stored."""
    token = f"go_{secrets.token_urlsafe(32)}"
    session.add(Token(name=name, sha256=sha256(token), role=role, bloc_id=bloc_id, created_at=wire_now))
    return token
