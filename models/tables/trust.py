"""Who may call, who did what, and which clock the house goes by."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Column
from sqlmodel import Field, SQLModel

from models.columns import Instant, Json


class Token(SQLModel, table=True):
    """An API token, stored as its SHA-256."""

    __tablename__ = "token"
    __table_args__ = (
        CheckConstraint("role IN ('admin', 'head', 'desk', 'focal', 'auditor', 'bot')", name="token_role"),
    )
    id: int | None = Field(default=None, primary_key=True)
    name: str
    sha256: str = Field(unique=True)
    role: str
    bloc_id: int | None = Field(default=None, foreign_key="bloc.id")
    post_id: int | None = Field(default=None, foreign_key="post.id")
    """A person's token: its rights follow the post, and the seat of the post's agency."""
    created_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    revoked_at: datetime | None = Field(default=None, sa_column=Column(Instant))


class WebSession(SQLModel, table=True):
    """A browser's hold on one chat; the cookie is stored as its SHA-256. Wire time."""

    __tablename__ = "web_session"
    sha256: str = Field(primary_key=True)
    chat: str = Field(index=True)
    created_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    expires_at: datetime = Field(sa_column=Column(Instant, nullable=False))


class Audit(SQLModel, table=True):
    """Who did what to which thing, append-only. Ids and kinds, never contents."""

    __tablename__ = "audit"
    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_column=Column(Instant, nullable=False))
    actor: str
    deed: str
    subject: str
    detail: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))


class ClockAnchor(SQLModel, table=True):
    """The pair (real, covenant) from which every process derives covenant time; one row."""

    __tablename__ = "clock_anchor"
    id: int = Field(default=1, primary_key=True, sa_column_kwargs={"autoincrement": False})
    real: datetime = Field(sa_column=Column(Instant, nullable=False))
    covenant: datetime = Field(sa_column=Column(Instant, nullable=False))
    speed: float = 1.0
    asked: str | None = None
    """The value of GIAOUOC_CLOCK that set it: a changed value anchors anew."""


class Seal(SQLModel, table=True):
    """What signs the addresses of pictures that platforms fetch; one row, made at its first use."""

    __tablename__ = "seal"
    id: int = Field(default=1, primary_key=True, sa_column_kwargs={"autoincrement": False})
    key: str
    """32 bytes in hex."""


class Cursor(SQLModel, table=True):
    """How far a poller has durably read (Telegram's update offset)."""

    __tablename__ = "cursor"
    name: str = Field(primary_key=True)
    position: int = Field(sa_type=BigInteger)
