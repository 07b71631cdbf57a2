"""What the agencies said and sent: append-only."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Column, Index
from sqlmodel import Field, SQLModel

from models.columns import Instant

UPDATE_KINDS = (
    "done", "progress", "difficulty", "acknowledged", "promise", "signing",
    "letter", "nothing", "same", "outside", "evidence", "extension", "objected", "undo",
    "confirmed", "returned", "extended", "not_extended", "waived",
)  # fmt: skip
"""The agency's answers, and in the last line the head's (`rules.progress.RULINGS`)."""


class Update(SQLModel, table=True):
    """One answer about one obligation. Its id is the receipt number (`BN-0147`); it is never changed:
    an `undo` is a further update that names the one it takes back."""

    __tablename__ = "update"
    __table_args__ = (
        CheckConstraint(f"kind IN {UPDATE_KINDS}", name="update_kind"),
        Index("update_of_obligation", "obligation_id", "id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    obligation_id: int = Field(foreign_key="obligation.id")
    kind: str
    at: datetime = Field(sa_column=Column(Instant, nullable=False))
    """Covenant time; lateness counts by it."""
    percent: int | None = None
    value: float | None = None
    note: str | None = None
    letter: str | None = None
    letter_on: date | None = None
    due_on: date | None = None
    """The date that an extension asks for, or grants."""
    undoes_id: int | None = Field(default=None, foreign_key="update.id")
    person_id: int | None = Field(default=None, foreign_key="person.id")
    address_id: int | None = Field(default=None, foreign_key="address.id")
    channel: str
    proxy: str | None = None
    """How the desk learnt it when it recorded for the agency: telephone, letter, in_person."""
    inbox_id: int | None = Field(default=None, foreign_key="inbox.id", index=True)


class Promise(SQLModel, table=True):
    """An expected date (ngày dự kiến): reminders rest until its end."""

    __tablename__ = "promise"
    update_id: int = Field(foreign_key="update.id", primary_key=True)
    obligation_id: int = Field(foreign_key="obligation.id", index=True)
    on: date


class Evidence(SQLModel, table=True):
    """A file that proves something, kept as it came; the update it belongs to gives its receipt."""

    __tablename__ = "evidence"
    __table_args__ = (CheckConstraint("size > 0", name="evidence_size"),)
    update_id: int = Field(foreign_key="update.id", primary_key=True)
    obligation_id: int = Field(foreign_key="obligation.id", index=True)
    sha256: str = Field(index=True)
    size: int
    media_type: str
    name: str | None = None
    caption: str | None = None
    recompressed: bool = False
    """The platform re-encoded it (a photo, not a document)."""
    key: str
    """Where the bytes lie in the store now: `incoming/…` until they are promoted to `evidence/<sha256>`, so
    that no crash ever leaves a row without its bytes."""


class Incoming(SQLModel, table=True):
    """Bytes that arrived and were looked at, not yet anybody's evidence. Wire time; swept after two days."""

    __tablename__ = "incoming"
    key: str = Field(primary_key=True)
    sha256: str
    size: int
    media_type: str | None = None
    """From the content, never from the name; null when it was refused."""
    name: str | None = None
    verdict: str | None = None
    """Null: good. Otherwise why it cannot be taken: `empty`, `too_large`, `type`, `macros`, `encrypted`,
    `nested`, `corrupt`, `virus`, `secret`."""
    marking: str | None = None
    """The kind of secret marking found in the text of the file."""
    created_at: datetime = Field(sa_column=Column(Instant, nullable=False))
