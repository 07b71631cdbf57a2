"""What the head's desk sends beside the reminders: broadcasts, and every other message that nobody asked for."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from models.columns import Instant, Json


class Broadcast(SQLModel, table=True):
    """A text for the whole bloc or a part of it. Its id is its number: *thông báo 3*."""

    __tablename__ = "broadcast"
    __table_args__ = (
        UniqueConstraint("repeat_of", "starts_at"),
        Index(
            "broadcast_to_begin",
            "starts_at",
            sqlite_where=text("begun_at IS NULL AND stopped_at IS NULL"),
            postgresql_where=text("begun_at IS NULL AND stopped_at IS NULL"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    bloc_id: int = Field(foreign_key="bloc.id", index=True)
    text: str
    agencies: list[int] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    """To whom, by id; none: the whole bloc, as it is when it begins."""
    made_by: str
    """`person:7` or `token:NAME`."""
    made_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    starts_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    """Covenant time; of a repeating one: its next occasion."""
    repeats: str | None = None
    """`weekly:0`, `monthly:5`, or null. The occasions are broadcasts of their own."""
    repeat_of: int | None = Field(default=None, foreign_key="broadcast.id")
    """The repeating broadcast that this is one occasion of; with `starts_at` the lock against a second one."""
    begun_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    """When its receivers were written down."""
    stopped_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    """Nothing of it leaves from then on, until it is resumed."""
    again_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    """When those who had not acknowledged were called a second time; there is no third."""


class Notice(SQLModel, table=True):
    """One message that nobody asked for, to one person, outside of the day's merged reminder: a task given, a date
    moved, a broadcast, a nudge, a summary. Its key is the lock. It waits here for office hours, and comes back when
    its outbox row ended unsent."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("key"),
        CheckConstraint("kind IN ('notice', 'broadcast', 'nudge', 'digest', 'check', 'desk')", name="notice_kind"),
        Index(
            "notice_to_send",
            "opens_at",
            sqlite_where=text("outbox_id IS NULL AND ended IS NULL"),
            postgresql_where=text("outbox_id IS NULL AND ended IS NULL"),
        ),
        Index("notice_of_person", "person_id", "kind", "planned_at"),
        Index("notice_of_use", "until"),
    )
    id: int | None = Field(default=None, primary_key=True)
    key: str
    """`broadcast:3:17:1`, `digest:1:17:2024-W24`: what makes a second one impossible."""
    bloc_id: int = Field(foreign_key="bloc.id")
    person_id: int = Field(foreign_key="person.id")
    kind: str
    text: str | None = None
    """Null: its words are found when it leaves, from `obligations`."""
    choices: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    codes: list[str] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    obligations: list[int] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    """What a nudge is about: what was answered meanwhile is left out. With `asks`: what its question is about."""
    asks: str | None = None
    """The kind of question that it leaves behind in the chat, while that question is still to be answered."""
    broadcast_id: int | None = Field(default=None, foreign_key="broadcast.id", index=True)
    planned_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    """Covenant time."""
    opens_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    """Covenant time before which it does not leave."""
    until: datetime = Field(sa_column=Column(Instant, nullable=False))
    """Covenant time after which it is of no use."""
    outbox_id: int | None = Field(default=None, foreign_key="outbox.id", index=True)
    """The row that carries it, or carried it last."""
    seen_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    """*Đã nhận thông tin*."""
    ended: str | None = None
    """Why it will not leave: `too late`, `answered`, `taken back`."""
