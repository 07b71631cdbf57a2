"""The upload page: its links, and the files on their way in (tus). All moments are wire time."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column
from sqlmodel import Field, SQLModel

from models.columns import Instant


class UploadLink(SQLModel, table=True):
    """The right to send files for one obligation, as one person, once: one *submission*."""

    __tablename__ = "upload_link"
    id: int | None = Field(default=None, primary_key=True)
    sha256: str = Field(unique=True)
    """Of the link's secret, which is stored nowhere else but in the message that tells it, until that has left."""
    inbox_id: int | None = Field(default=None, foreign_key="inbox.id", index=True)
    """What it answers; null once the secret is out of the answer."""
    post_id: int = Field(foreign_key="post.id")
    """Whose link it is: it ends with the post."""
    address_id: int = Field(foreign_key="address.id", index=True)
    """The chat that asked for it and gets its receipt."""
    obligation_id: int = Field(foreign_key="obligation.id")
    made_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    expires_at: datetime = Field(sa_column=Column(Instant, nullable=False, index=True))
    done_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    """When its files were filed; from then on it shows the receipt and nothing else."""


class Upload(SQLModel, table=True):
    """One file of a link, from its announcement to its receipt."""

    __tablename__ = "upload"
    __table_args__ = (CheckConstraint('"offset" BETWEEN 0 AND size', name="upload_offset"),)
    id: str = Field(primary_key=True)
    """Random, and part of the file's address below its link."""
    link_id: int = Field(foreign_key="upload_link.id", index=True)
    name: str | None = None
    """As it was sent; none once a secret marking was met in it."""
    size: int
    """Bytes, as announced."""
    fingerprint: str | None = None
    """The page's own sign for the file on the phone: chosen again, it goes on where it stopped."""
    offset: int = 0
    """Bytes that lie durably in the store."""
    held_by: str | None = None
    """Who writes to it now; random, one for each request."""
    held_until: datetime | None = Field(default=None, sa_column=Column(Instant))
    """A holder that has not said so again by then is gone."""
    key: str | None = Field(default=None, index=True)
    """The whole file in `incoming/`, once it was looked at and is good."""
    verdict: str | None = None
    """Why it cannot be taken, as in `Incoming.verdict`."""
    marking: str | None = None
    """With the verdict `secret`: the kind of marking that was met."""
    update_id: int | None = Field(default=None, foreign_key="update.id")
    """The receipt."""
    created_at: datetime = Field(sa_column=Column(Instant, nullable=False))


class UploadPiece(SQLModel, table=True):
    """A stretch of an upload's bytes: one object of the store. The key of upload and start is the lock: nobody writes
    the same stretch twice."""

    __tablename__ = "upload_piece"
    upload_id: str = Field(foreign_key="upload.id", primary_key=True)
    start: int = Field(primary_key=True)
    size: int
    key: str = Field(unique=True)
