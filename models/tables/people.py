"""Who speaks, for which agency, from which chat."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from models.columns import Instant, Json

ROLES = ("focal", "deputy_focal", "leader", "desk", "admin", "auditor")
_ROLE_CHECK = "role IN ('focal', 'deputy_focal', 'leader', 'desk', 'admin', 'auditor')"


class Person(SQLModel, table=True):
    """A human being: only what work needs (name, position, work telephone)."""

    __tablename__ = "person"
    id: int | None = Field(default=None, primary_key=True)
    name: str
    title: str | None = None
    phone: str | None = None
    prefers: str | None = None
    """The channel on which this person wants to be written to, where several lead there; null: where last heard."""


class Post(SQLModel, table=True):
    """A role that a person holds in an agency for a time. The bloc's head is the leader of the agency in the
    head's seat and its desk is the desk of that agency: a rotation changes rights and no person."""

    __tablename__ = "post"
    __table_args__ = (CheckConstraint(_ROLE_CHECK, name="post_role"),)
    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    bloc_id: int = Field(foreign_key="bloc.id", index=True)
    agency_id: int | None = Field(default=None, foreign_key="agency.id", index=True)
    role: str
    since: date
    until: date | None = None


class Address(SQLModel, table=True):
    """One chat on one channel and bot. Strangers have one too; bindings say whom it reaches."""

    __tablename__ = "address"
    __table_args__ = (
        UniqueConstraint("channel", "bot", "chat"),
        CheckConstraint("state IN ('open', 'blocked', 'gone')", name="address_state"),
        Index(
            "address_to_forget",
            "erased_at",
            sqlite_where=text("erased_at IS NOT NULL"),
            postgresql_where=text("erased_at IS NOT NULL"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    channel: str
    bot: str
    chat: str
    state: str = "open"
    shut_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    """Since when no message reaches it, in covenant time; null while it is open."""
    display_name: str | None = None
    created_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    erased_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    """Its person asked to be forgotten: the chat's id goes as soon as nothing waits for it. Null again from then on."""


class Binding(SQLModel, table=True):
    """This chat speaks for this post."""

    __tablename__ = "binding"
    __table_args__ = (UniqueConstraint("address_id", "post_id"),)
    id: int | None = Field(default=None, primary_key=True)
    address_id: int = Field(foreign_key="address.id", index=True)
    post_id: int = Field(foreign_key="post.id", index=True)
    bound_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    unbound_at: datetime | None = Field(default=None, sa_column=Column(Instant))


class Invitation(SQLModel, table=True):
    """A link code of eight digits for one place: used once, dead after 45 days or when a newer one is made."""

    __tablename__ = "invitation"
    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)
    bloc_id: int = Field(foreign_key="bloc.id", index=True)
    agency_id: int | None = Field(default=None, foreign_key="agency.id")
    person_id: int | None = Field(default=None, foreign_key="person.id")
    role: str
    created_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    expires_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    used_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    revoked_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    post_id: int | None = Field(default=None, foreign_key="post.id", index=True)
    """The post that its holder hands over by this code: it ends when the code is used."""


class Absence(SQLModel, table=True):
    """Somebody is away, and another one of the agency gets the reminders meanwhile. It ends by itself."""

    __tablename__ = "absence"
    __table_args__ = (CheckConstraint("first_day <= last_day", name="absence_days"),)
    id: int | None = Field(default=None, primary_key=True)
    post_id: int = Field(foreign_key="post.id", index=True)
    cover_post_id: int = Field(foreign_key="post.id", index=True)
    first_day: date
    last_day: date
    """Local days, both included."""
    told_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    ended_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    """When it was called off, or replaced by a later word. Covenant time, as `told_at`."""


class Conversation(SQLModel, table=True):
    """What the bot asked last in this chat, and what the chat may undo (a `bot.dialogue` Talk, as JSON)."""

    __tablename__ = "conversation"
    address_id: int = Field(foreign_key="address.id", primary_key=True)
    state: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    heard_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    """Covenant time of the last message from this chat: the status's `last_heard_at`; null: only we have spoken."""
