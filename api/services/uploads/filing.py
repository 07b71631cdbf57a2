"""*Xong*: what was uploaded becomes evidence, through the same turn of conversation as files sent in chat."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlmodel import Session

from api.refusals import Conflict, Gone
from api.services import evidence
from api.services.talks import turns, webchat
from api.services.uploads import links, rows
from api.services.uploads.links import Link
from models.columns import core
from models.rules import calendar
from models.tables import Incoming, Update, Upload, UploadLink
from models.wire import FileRef, Heard

LINK, UPLOAD, INCOMING, UPDATE = core(UploadLink), core(Upload), core(Incoming), core(Update)


@dataclass(frozen=True, slots=True)
class Filed:
    link: Link
    gone: list[str]
    """Keys of what was not taken along; their bytes can go."""


def file(session: Session, link_id: int, now: datetime, wire_now: datetime, *, lapsed: bool = False) -> Filed:
    """File the good files of a link and end it; a second time changes nothing. `lapsed`: nobody pressed *Xong*, and
    the link's time is over.

    Raises Conflict when there is nothing to file, Gone when the link is over.
    """
    session.connection().execute(select(LINK.c.id).where(LINK.c.id == link_id).with_for_update())
    link = links.by_id(session, link_id, calendar.STANDARD.today(now), wire_now)
    if link.state == "done":
        return Filed(link, [])
    if link.state != "open" and not (lapsed and link.state == "lapsed"):
        raise Gone("Liên kết không còn hiệu lực.")
    uploads = rows.of_link(session, link_id)
    good = [upload for upload in uploads if upload.key]
    if not good:
        raise Conflict("Chưa có tệp nào được tiếp nhận. Đề nghị chọn tệp.")
    hashes = _hashes(session, good)
    different = list({hashes.get(upload.key): upload for upload in reversed(good)}.values())
    _hear(session, link, different[::-1], now, wire_now)
    for upload in good:
        _receipt(session, link, upload, hashes.get(upload.key))
    session.connection().execute(update(LINK).where(LINK.c.id == link_id).values(done_at=wire_now))
    return Filed(link, rows.forget(session, [upload for upload in uploads if not upload.key]))


def _hear(session: Session, link: Link, good: Sequence[Upload], now: datetime, wire_now: datetime) -> None:
    """The files as if their chat had sent them, already bound to their task."""
    heard = Heard(
        channel=link.channel,
        bot=link.bot,
        external_id=f"upload:{link.id}",
        chat=link.chat,
        kind="files",
        files=tuple(FileRef(ref=one.id, name=one.name, size=one.size, stored=one.key) for one in good),
        obligation=link.obligation_id,
        sent_at=wire_now,
    )
    turns.hear(session, heard, now, wire_now)
    if link.channel == webchat.CHANNEL:
        webchat.write_down(session, heard, heard.external_id, "", now)


def _hashes(session: Session, good: Sequence[Upload]) -> dict[str | None, str]:
    known = select(INCOMING.c.key, INCOMING.c.sha256).where(INCOMING.c.key.in_([upload.key for upload in good]))
    return {row.key: row.sha256 for row in session.connection().execute(known)}


def _receipt(session: Session, link: Link, upload: Upload, sha256: str | None) -> None:
    """Note a file's receipt. A file without one was not filed: then nothing is, and the link lives on."""
    found = evidence.already(session, link.obligation_id, sha256) if sha256 else None
    if found is None:
        raise Conflict("Nhiệm vụ này hiện không nhận tệp. Đề nghị liên hệ bộ phận giúp việc.")
    session.connection().execute(update(UPLOAD).where(UPLOAD.c.id == upload.id).values(update_id=found))


@dataclass(frozen=True, slots=True)
class Receipt:
    """One filed file."""

    name: str | None
    size: int
    update_id: int
    at: datetime
    """Covenant time."""


def receipts(session: Session, link_id: int) -> list[Receipt]:
    """What a link that is done shows."""
    wanted = (
        select(UPLOAD.c.name, UPLOAD.c.size, UPLOAD.c.update_id, UPDATE.c.at)
        .join(UPDATE, UPDATE.c.id == UPLOAD.c.update_id)
        .where(UPLOAD.c.link_id == link_id)
        .order_by(UPLOAD.c.created_at, UPLOAD.c.id)
    )
    return [Receipt(*row) for row in session.connection().execute(wanted)]
