"""Who calls, and what they may do. Tokens are random, shown once, and stored as their SHA-256.

A token is either a role's (`admin`, `head`, `desk`, `auditor`, `bot`; limited to one bloc or not) or a person's:
then its rights follow the post, and the seat that the post's agency holds in the season that is asked about.
"""

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import or_, select
from sqlmodel import Session, col

from api.house import House, house
from api.refusals import Forbidden, Unauthorised
from models.rules import calendar
from models.tables import Post, Seat, Token

Right = Literal["admin", "head", "desk", "focal", "leader", "auditor", "bot"]
READERS: tuple[Right, ...] = ("admin", "head", "desk", "focal", "leader", "auditor")
"""Everybody but the bot, whose token opens its own doors only."""
_bearer = HTTPBearer(auto_error=False, description="`giaouoc token NAME --role …` prints one, once.")
_REMEMBERED = timedelta(seconds=5)


def sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose token this is, and the bloc it is limited to. The last three are set for a person's token."""

    name: str
    role: Right
    bloc_id: int | None = None
    post_id: int | None = None
    person_id: int | None = None
    agency_id: int | None = None

    def reads_bloc(self, session: Session, bloc_id: int, season_id: int) -> bool:
        """May read everything of this season of the bloc."""
        if self.role == "bot" or (self.bloc_id is not None and self.bloc_id != bloc_id):
            return False
        if self.post_id is None or self.role in ("admin", "auditor"):
            return True
        return self.role in ("leader", "desk") and _seated(session, season_id, self.agency_id)

    def heads(self, session: Session, season_id: int) -> bool:
        """Its post is the leader or the desk of the agency in the head's seat."""
        return self.role in ("leader", "desk") and _seated(session, season_id, self.agency_id, "head")

    def reaches(self, bloc_id: int) -> bool:
        """Has something to do with this bloc."""
        return self.bloc_id in (None, bloc_id)

    def reads_agency(self, session: Session, bloc_id: int, season_id: int, agency_id: int) -> bool:
        """May read what this agency said and sent."""
        own = self.agency_id is not None and self.agency_id == agency_id
        return own or self.reads_bloc(session, bloc_id, season_id)


def _seated(session: Session, season_id: int, agency_id: int | None, kind: str | None = None) -> bool:
    seat = select(col(Seat.id)).where(col(Seat.season_id) == season_id, col(Seat.agency_id) == agency_id)
    if kind is not None:
        seat = seat.where(col(Seat.kind) == kind)
    return session.execute(seat).first() is not None


class Remembered:
    """The bot's tokens for a few seconds: they carry no right that could change, and come with every message."""

    def __init__(self) -> None:
        self._callers: dict[str, tuple[datetime, Caller]] = {}

    def get(self, key: str, wire_now: datetime) -> Caller | None:
        found = self._callers.get(key)
        return found[1] if found and wire_now - found[0] < _REMEMBERED else None

    def put(self, key: str, caller: Caller, wire_now: datetime) -> None:
        self._callers = {key: (wire_now, caller)}


def _find(session: Session, key: str, today: date) -> Caller | None:
    """A person's token is good from the first to the last day of the post (`until` is the first day without it)."""
    row = session.execute(
        select(
            col(Token.name), col(Token.role), col(Token.bloc_id), col(Token.post_id),
            col(Post.person_id), col(Post.agency_id), col(Post.role), col(Post.bloc_id),
        )
        .outerjoin(Post, col(Post.id) == col(Token.post_id))
        .where(col(Token.sha256) == key, col(Token.revoked_at).is_(None))
        .where(or_(col(Token.post_id).is_(None), col(Post.since) <= today))
        .where(or_(col(Token.post_id).is_(None), col(Post.until).is_(None), col(Post.until) > today))
    ).first()  # fmt: skip
    if row is None:
        return None
    name, role, bloc_id, post_id, person_id, agency_id, post_role, post_bloc = row
    if post_role is not None:
        role, bloc_id = "focal" if post_role == "deputy_focal" else post_role, post_bloc
    return Caller(name, role, bloc_id, post_id, person_id, agency_id)


async def caller(
    request: Request,
    home: Annotated[House, Depends(house)],
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Caller:
    """The caller of this request. Raises Unauthorised."""
    if given is None:
        raise Unauthorised("send `Authorization: Bearer <token>`")
    key = sha256(given.credentials)
    if home.own_token_sha256 and hmac.compare_digest(key, home.own_token_sha256):
        return Caller("own", "bot")
    remembered: Remembered = request.app.state.remembered
    wire_now = home.clock.wire()
    if known := remembered.get(key, wire_now):
        return known
    today = calendar.STANDARD.today(home.clock.covenant())
    found = await home.database.read(lambda session: _find(session, key, today))
    if found is None:
        raise Unauthorised("this token is not known, or was revoked")
    if found.role == "bot":
        remembered.put(key, found, wire_now)
    return found


def require(*roles: Right) -> Callable[[Caller], Awaitable[Caller]]:
    """A dependency that lets only these roles pass. Raises Forbidden."""

    async def allowed(who: Annotated[Caller, Depends(caller)]) -> Caller:
        if who.role not in roles:
            raise Forbidden(f"this needs the role {' or '.join(roles)}")
        return who

    return allowed


reader = require(*READERS)
"""Whoever may read something; what, is decided where it is known whose it is."""
