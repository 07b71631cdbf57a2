"""What a message hangs on: the message that it answers, corrects, or was tapped under."""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select
from sqlmodel import Session

from bot.dialogue.values import Filed, Replied
from models.columns import core
from models.queue import INBOX, OUTBOX
from models.rules.progress import Fact
from models.tables import Agency, Evidence, Milestone, Obligation, Promise, Reminder, Season, Update
from models.wire import Attachment, Heard

REMINDER, UPDATE, PROMISE = core(Reminder), core(Update), core(Promise)
EVIDENCE, OBLIGATION, MILESTONE, AGENCY = core(Evidence), core(Obligation), core(Milestone), core(Agency)
SEASON = core(Season)
PICTURES = ("image/jpeg", "image/png", "image/webp")
"""What every platform shows as a picture."""
_CODE = re.compile(r"\bK\d+(?:-[^\W_]+)?")

_SAID = select(OUTBOX.c.id, OUTBOX.c.inbox_id, OUTBOX.c.codes, OUTBOX.c.text).where(
    OUTBOX.c.address_id == bindparam("address"), OUTBOX.c.external_id == bindparam("message")
)
_HEARD = select(INBOX.c.id).where(
    INBOX.c.chat == bindparam("chat"),
    INBOX.c.message == bindparam("message"),
    INBOX.c.channel == bindparam("channel"),
    INBOX.c.bot == bindparam("bot"),
)
_REMINDED = select(REMINDER.c.obligation_id).where(REMINDER.c.outbox_id == bindparam("row"))
_STORED = (
    select(
        UPDATE.c.obligation_id, UPDATE.c.id, UPDATE.c.kind, UPDATE.c.at, UPDATE.c.percent, UPDATE.c.value,
        UPDATE.c.note, UPDATE.c.letter, UPDATE.c.letter_on, PROMISE.c.on, UPDATE.c.undoes_id, UPDATE.c.person_id,
        UPDATE.c.channel, UPDATE.c.proxy,
    )
    .outerjoin(PROMISE, PROMISE.c.update_id == UPDATE.c.id)
    .where(UPDATE.c.inbox_id.in_(bindparam("rows", expanding=True)))
    .order_by(UPDATE.c.id)
)  # fmt: skip
_ASKED_SINCE = (
    select(OUTBOX.c.id)
    .where(
        OUTBOX.c.address_id == bindparam("address"),
        OUTBOX.c.external_id.is_not(None),
        OUTBOX.c.id > bindparam("row"),
        OUTBOX.c.choices != bindparam("none", [], type_=OUTBOX.c.choices.type),
    )
    .limit(1)
)


_FILED = (
    select(
        EVIDENCE.c.name,
        EVIDENCE.c.size,
        EVIDENCE.c.media_type,
        MILESTONE.c.number,
        AGENCY.c.short,
        AGENCY.c.id,
        AGENCY.c.bloc_id,
        SEASON.c.year,
    )
    .join(OBLIGATION, OBLIGATION.c.id == EVIDENCE.c.obligation_id)
    .join(MILESTONE, MILESTONE.c.id == OBLIGATION.c.milestone_id)
    .join(AGENCY, AGENCY.c.id == OBLIGATION.c.agency_id)
    .join(SEASON, SEASON.c.id == OBLIGATION.c.season_id)
    .where(EVIDENCE.c.update_id == bindparam("receipt"))
)


def filed(session: Session, receipt: int) -> Filed | None:
    """The file that a receipt stands for."""
    row = session.execute(_FILED, {"receipt": receipt}).first()
    if row is None:
        return None
    name = row.name or f"minh-chung-BN-{receipt:04d}"
    file = Attachment(receipt=receipt, name=name, size=row.size, picture=row.media_type in PICTURES)
    return Filed(file, f"K{row.number}", row.short, row.id, row.bloc_id, row.year)


def replied(session: Session, heard: Heard, address_id: int) -> Replied | None:
    """What the message that is answered was about; None: nothing is answered, or nothing that we know."""
    if heard.reply_to is None:
        return None
    said = session.execute(_SAID, {"address": address_id, "message": heard.reply_to}).first()
    if said is None:
        stored = _stored(session, _rows_of(session, heard, heard.reply_to))
        return Replied(tuple(dict.fromkeys(obligation for obligation, _ in stored))) if stored else None
    reminded = session.execute(_REMINDED, {"row": said.id}).scalars().all()
    stored = _stored(session, [said.inbox_id]) if said.inbox_id else []
    about = tuple(dict.fromkeys([*reminded, *(obligation for obligation, _ in stored)]))
    return Replied(about, () if about else tuple(dict.fromkeys(said.codes or _CODE.findall(said.text or ""))))


def corrected(session: Session, heard: Heard) -> tuple[tuple[int, Fact], ...]:
    """What the message that was edited has stored: (obligation id, fact), what was taken back since left out."""
    if not heard.edited or heard.message is None:
        return ()
    stored = _stored(session, _rows_of(session, heard, heard.message))
    gone = {fact.undoes_id for _, fact in stored}
    return tuple((obligation, fact) for obligation, fact in stored if fact.kind != "undo" and fact.id not in gone)


def is_stale(session: Session, heard: Heard, address_id: int) -> bool:
    """Whether a button was tapped under a message after which something else was asked."""
    if heard.kind != "tap" or heard.reply_to is None:
        return False
    said = session.execute(_SAID, {"address": address_id, "message": heard.reply_to}).first()
    return (
        said is not None and session.execute(_ASKED_SINCE, {"address": address_id, "row": said.id}).first() is not None
    )


def _rows_of(session: Session, heard: Heard, message: str) -> Sequence[int]:
    key = {"channel": heard.channel, "bot": heard.bot, "chat": heard.chat, "message": message}
    return session.execute(_HEARD, key).scalars().all()


def _stored(session: Session, rows: Sequence[int]) -> list[tuple[int, Fact]]:
    found: Sequence[Any] = session.execute(_STORED, {"rows": list(rows)}).all() if rows else ()
    return [(row[0], Fact(*row[1:])) for row in found]
