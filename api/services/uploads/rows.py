"""The rows of files on their way in. Who writes to a file holds it: a lease, and a sign that fences every write."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, func, insert, or_, select, update
from sqlmodel import Session, col

from api.refusals import Conflict, TooMany
from models.columns import core
from models.tables import Audit, Incoming, Upload, UploadPiece
from models.wire import StoredFile

FILES = 30
"""So many files a submission holds at most."""
LEASE = timedelta(seconds=30)
"""How long after its last sign of life a holder is taken for dead."""

UPLOAD, PIECE, INCOMING, AUDIT = core(Upload), core(UploadPiece), core(Incoming), core(Audit)


class Lost(Conflict):
    """Somebody else holds the file by now, or it is gone."""


# --- announced ----------------------------------------------------------------------------------------------------


def announce(
    session: Session, link_id: int, name: str | None, size: int, fingerprint: str | None, wire_now: datetime
) -> str:
    """A new file of this link; its id. Raises TooMany."""
    count = select(func.count()).select_from(UPLOAD).where(UPLOAD.c.link_id == link_id)
    if session.connection().execute(count).scalar_one() >= FILES:
        raise TooMany(f"Mỗi lần gửi nhiều nhất {FILES} tệp. Đề nghị bấm Xong rồi lấy liên kết mới.")
    upload_id = secrets.token_hex(16)
    row = {
        "id": upload_id, "link_id": link_id, "name": name, "size": size, "fingerprint": fingerprint, "offset": 0,
        "created_at": wire_now,
    }  # fmt: skip
    session.connection().execute(insert(UPLOAD), row)
    return upload_id


def of_link(session: Session, link_id: int) -> Sequence[Upload]:
    """The files of a link, in the order in which they were announced."""
    wanted = select(Upload).where(col(Upload.link_id) == link_id).order_by(col(Upload.created_at), col(Upload.id))
    return session.execute(wanted).scalars().all()


def find(session: Session, link_id: int, upload_id: str) -> Upload | None:
    wanted = select(Upload).where(col(Upload.id) == upload_id, col(Upload.link_id) == link_id)
    return session.execute(wanted).scalars().first()


# --- held ---------------------------------------------------------------------------------------------------------

_HOLD = (
    update(UPLOAD)
    .where(UPLOAD.c.id == bindparam("of"), UPLOAD.c.update_id.is_(None))
    .where(or_(UPLOAD.c.held_until.is_(None), UPLOAD.c.held_until < bindparam("now", type_=UPLOAD.c.held_until.type)))
    .values(held_by=bindparam("me"), held_until=bindparam("until", type_=UPLOAD.c.held_until.type))
    .returning(UPLOAD.c.id)
)
_MINE = (UPLOAD.c.id == bindparam("of"), UPLOAD.c.held_by == bindparam("me"))
_RENEW = update(UPLOAD).where(*_MINE).values(held_until=bindparam("until", type_=UPLOAD.c.held_until.type))
_RELEASE = update(UPLOAD).where(*_MINE).values(held_by=None, held_until=None)


def hold(session: Session, upload_id: str, me: str, wire_now: datetime) -> Upload | None:
    """Take a file for oneself; None: somebody else writes to it. What was seen of it before may be out of date."""
    binds = {"of": upload_id, "me": me, "now": wire_now, "until": wire_now + LEASE}
    if session.connection().execute(_HOLD, binds).first() is None:
        return None
    return session.get_one(Upload, upload_id, populate_existing=True)


def renew(session: Session, upload_id: str, me: str, wire_now: datetime) -> None:
    session.connection().execute(_RENEW, {"of": upload_id, "me": me, "until": wire_now + LEASE})


def release(session: Session, upload_id: str, me: str) -> None:
    session.connection().execute(_RELEASE, {"of": upload_id, "me": me})


# --- arriving -----------------------------------------------------------------------------------------------------

_ADVANCE = (
    update(UPLOAD)
    .where(*_MINE, UPLOAD.c.offset == bindparam("start"))
    .values(offset=bindparam("end"), held_until=bindparam("until", type_=UPLOAD.c.held_until.type))
)


def advance(
    session: Session, upload_id: str, me: str, start: int, size: int, key: str, wire_now: datetime
) -> None:  # fmt: skip
    """A piece lies in the store: the offset moves over it. Raises Lost."""
    moved = {"of": upload_id, "me": me, "start": start, "end": start + size, "until": wire_now + LEASE}
    if session.connection().execute(_ADVANCE, moved).rowcount != 1:
        raise Lost("Tệp đang được gửi từ nơi khác.")
    piece = {"upload_id": upload_id, "start": start, "size": size, "key": key}
    session.connection().execute(insert(PIECE), piece)


def pieces(session: Session, upload_id: str) -> list[str]:
    """The keys of a file's pieces, in order."""
    wanted = select(PIECE.c.key).where(PIECE.c.upload_id == upload_id).order_by(PIECE.c.start)
    return list(session.connection().execute(wanted).scalars())


def checked(session: Session, upload_id: str, me: str, stored: StoredFile, now: datetime) -> list[str]:
    """The file was put together and looked at; the keys of its pieces, which nobody needs any more. `now` is covenant
    time. Raises Lost."""
    values: dict[str, str | None] = {"verdict": stored.verdict, "marking": stored.marking}
    values["key"] = stored.key if stored.verdict is None else None
    if stored.verdict == "secret":
        values |= {"name": None, "fingerprint": None}
        secret_met(session, f"upload:{upload_id}", stored.marking, now)
    mine = update(UPLOAD).where(*_MINE).values(**values)
    if session.connection().execute(mine, {"of": upload_id, "me": me}).rowcount != 1:
        raise Lost("Tệp đang được gửi từ nơi khác.")
    return _drop_pieces(session, [upload_id])


def secret_met(session: Session, subject: str, marking: str | None, now: datetime) -> None:
    """The audit keeps that a secret marking was met, never in what. `now` is covenant time."""
    row = {"at": now, "actor": "upload_page", "deed": "erased_secret", "subject": subject}
    session.connection().execute(insert(AUDIT), {**row, "detail": {"marking": marking}})


def start_again(session: Session, upload_id: str, me: str) -> list[str]:
    """Its bytes are gone from the store (a restored backup has none): it is to be sent once more."""
    mine = update(UPLOAD).where(*_MINE).values(offset=0, key=None, verdict=None)
    session.connection().execute(mine, {"of": upload_id, "me": me})
    return _drop_pieces(session, [upload_id])


# --- forgotten ----------------------------------------------------------------------------------------------------


def forget(session: Session, uploads: Iterable[Upload]) -> list[str]:
    """Delete these rows; the keys of their bytes, to be deleted after the commit."""
    gone = list(uploads)
    ids, whole = [upload.id for upload in gone], [upload.key for upload in gone if upload.key]
    keys = _drop_pieces(session, ids)
    session.connection().execute(delete(INCOMING).where(INCOMING.c.key.in_(whole)))
    session.connection().execute(delete(UPLOAD).where(UPLOAD.c.id.in_(ids)))
    return keys + whole


def _drop_pieces(session: Session, upload_ids: Sequence[str]) -> list[str]:
    gone = delete(PIECE).where(PIECE.c.upload_id.in_(upload_ids)).returning(PIECE.c.key)
    return list(session.connection().execute(gone).scalars())
