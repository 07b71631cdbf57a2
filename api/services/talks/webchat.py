"""The browser chat's own rows: who holds which chat, what was said in it, and what a page has shown."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Date, Row, bindparam, delete, insert, or_, select, update
from sqlmodel import Session, col

from api.security import sha256
from models.rules import secrecy
from models.tables import Address, Agency, Binding, Bloc, Inbox, Post, Season, Seat, Timeline, WebSession
from models.wire import FileRef, Heard

CHANNEL = "web"
BOT = "main"
LIFE = timedelta(days=180)
"""Wire time: how long a browser keeps its chat without being seen."""
RENEWED_AFTER = timedelta(days=30)
ERASED = "(Nội dung mang dấu chỉ độ mật đã được xóa.)"
"""What stands in a chat where a secret marking was met."""


# --- who holds which chat -----------------------------------------------------------------------------------------

_HELD = select(col(WebSession.chat), col(WebSession.expires_at)).where(
    col(WebSession.sha256) == bindparam("key"), col(WebSession.expires_at) > bindparam("wire_now")
)


@dataclass(frozen=True, slots=True)
class Hold:
    """A browser's hold on a chat."""

    chat: str
    expires_at: datetime

    def is_worn(self, wire_now: datetime) -> bool:
        """Old enough to be renewed."""
        return self.expires_at - wire_now < LIFE - RENEWED_AFTER


def held(session: Session, cookie: str, wire_now: datetime) -> Hold | None:
    """The chat that this cookie opens."""
    row = session.execute(_HELD, {"key": sha256(cookie), "wire_now": wire_now}).first()
    return Hold(*row) if row else None


def open_chat(session: Session, wire_now: datetime) -> str:
    """A new chat for a visitor; returns the cookie, which is stored as its hash only."""
    cookie = secrets.token_urlsafe(32)
    session.execute(delete(WebSession).where(col(WebSession.expires_at) <= wire_now))
    session.execute(
        insert(WebSession).values(
            sha256=sha256(cookie), chat=secrets.token_hex(12), created_at=wire_now, expires_at=wire_now + LIFE
        )
    )
    return cookie


def renew(session: Session, cookie: str, wire_now: datetime) -> None:
    """Another half year for a browser that is still in use."""
    held_by = col(WebSession.sha256) == sha256(cookie)
    session.execute(update(WebSession).where(held_by).values(expires_at=wire_now + LIFE))


# --- what was said ------------------------------------------------------------------------------------------------

_LINE = (
    col(Timeline.id), col(Timeline.mine), col(Timeline.text), col(Timeline.choices), col(Timeline.files),
    col(Timeline.at), col(Timeline.message), col(Timeline.seen_at),
)  # fmt: skip
_OF_CHAT = col(Timeline.chat) == bindparam("chat")
_AFTER = select(*_LINE).where(_OF_CHAT, col(Timeline.id) > bindparam("line")).order_by(col(Timeline.id)).limit(200)
_BEFORE = select(*_LINE).where(_OF_CHAT, col(Timeline.id) < bindparam("line")).order_by(col(Timeline.id).desc())
LAST = 2**31 - 1
"""The highest number that a line can have."""
PAGE = 50
"""Lines that a page shows at once."""

Line = dict[str, Any]
"""`{id, mine, text, choices, files, at, message, seen}`, ready for JSON."""


def _line(row: Row[*tuple[Any, ...]]) -> Line:
    return {
        "id": row[0], "mine": row[1], "text": row[2], "choices": row[3], "files": row[4],
        "at": row[5].isoformat(timespec="seconds"), "message": row[6], "seen": row[7] is not None,
    }  # fmt: skip


def after(session: Session, chat: str, line: int) -> list[Line]:
    """What was said in this chat after this line, oldest first; at most 200."""
    return [_line(row) for row in session.execute(_AFTER, {"chat": chat, "line": line})]


def before(session: Session, chat: str, line: int = LAST) -> list[Line]:
    """The last lines before this one, oldest first; at most `PAGE`."""
    rows = session.execute(_BEFORE.limit(PAGE), {"chat": chat, "line": line}).all()
    return [_line(row) for row in reversed(rows)]


def was_erased(session: Session, heard: Heard) -> bool:
    """Whether what was heard bore a secret marking and is gone."""
    kept = select(col(Inbox.heard)).where(
        col(Inbox.channel) == heard.channel,
        col(Inbox.bot) == heard.bot,
        col(Inbox.external_id) == heard.external_id,
    )
    row = session.execute(kept).first()
    return row is not None and row[0] is None


def write_down(session: Session, heard: Heard, message: str, shown: str, now: datetime) -> Line:
    """Put what a person just said into the chat's history, once: a second sending finds the first line. `shown` is
    what the person saw, such as a button's label. Nothing of a secret stays."""
    same = select(*_LINE).where(_OF_CHAT, col(Timeline.message) == message)
    if found := session.execute(same, {"chat": heard.chat}).first():
        return _line(found)
    erased = was_erased(session, heard) or secrecy.marking(shown) is not None
    row = session.execute(
        insert(Timeline)
        .values(
            chat=heard.chat, message=message, mine=True, text=ERASED if erased else shown, choices=[],
            files=[] if erased else _shown_files(heard.files), at=now, seen_at=now,
        )
        .returning(*_LINE)
    ).one()  # fmt: skip
    return _line(row)


def _shown_files(files: Sequence[FileRef]) -> list[dict[str, Any]]:
    return [{"name": file.name, "size": file.size, "kind": file.kind} for file in files]


def seen(session: Session, chat: str, line: int, now: datetime) -> int:
    """A page showed everything up to this line. Returns how many lines were new to it."""
    new = (col(Timeline.chat) == chat, col(Timeline.id) <= line, col(Timeline.seen_at).is_(None))
    return session.execute(update(Timeline).where(*new).values(seen_at=now)).rowcount  # type: ignore[attr-defined, no-any-return]


# --- whom the chat speaks for -------------------------------------------------------------------------------------

_POSTS = (
    select(col(Post.id), col(Post.role), col(Agency.name), col(Bloc.name), col(Bloc.settings), col(Seat.kind))
    .select_from(Address)
    .join(Binding, (col(Binding.address_id) == col(Address.id)) & col(Binding.unbound_at).is_(None))
    .join(Post, col(Post.id) == col(Binding.post_id))
    .join(Bloc, col(Bloc.id) == col(Post.bloc_id))
    .outerjoin(Agency, col(Agency.id) == col(Post.agency_id))
    .outerjoin(Season, (col(Season.bloc_id) == col(Bloc.id)) & col(Season.closed).is_(False))
    .outerjoin(Seat, (col(Seat.season_id) == col(Season.id)) & (col(Seat.agency_id) == col(Agency.id)))
    .where(
        col(Address.channel) == CHANNEL,
        col(Address.bot) == BOT,
        col(Address.chat) == bindparam("chat"),
        or_(col(Post.until).is_(None), col(Post.until) > bindparam("today", type_=Date)),
    )
    .order_by(col(Post.id), col(Season.year).desc(), col(Seat.kind).desc())
)
_ROLES = {
    "focal": "Cán bộ đầu mối",
    "deputy_focal": "Cán bộ đầu mối dự phòng",
    "leader": "Lãnh đạo đơn vị",
    "desk": "Bộ phận giúp việc",
    "admin": "Quản trị",
    "auditor": "Kiểm tra",
}


def places(session: Session, chat: str, now: datetime) -> list[str]:
    """Whom this chat speaks for, as the page's heading says it: `Sở Tư pháp – Cán bộ đầu mối`."""
    said: dict[int, str] = {}
    for post, role, agency, bloc, settings, seat in session.execute(_POSTS, {"chat": chat, "today": now.date()}):
        head = (settings.get("titles") or {}).get("head") or "Trưởng khối"
        name = _ROLES[role]
        if seat == "head" and role in ("leader", "desk"):
            name = head if role == "leader" else f"{name} {head}"
        said.setdefault(post, f"{agency or bloc} – {name}")
    return list(said.values())
