"""Files as evidence: taken in, attached to an answer, promoted to their last place, erased, swept.

The bytes' way, safe at every crash: spooled and looked at → `incoming/<random>` → an Incoming row → an Evidence row
that still names `incoming/…` (in the turn's transaction) → a second name `evidence/<sha256>` → the row names it → the
first name goes. No row ever names bytes that are not there.
"""

import re
import unicodedata
from collections.abc import AsyncIterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import ColumnElement, Text, bindparam, cast, delete, exists, insert, or_, select, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from api.inspection.guard import inspect
from api.refusals import Unready
from api.store import EVIDENCE, INCOMING, Store, evidence_key, incoming_key
from bot.dialogue.values import Draft
from models.database import Database
from models.tables import Conversation, Evidence, Inbox, Incoming, Obligation, Season, Update, Upload, UploadPiece
from models.wire import StoredFile

KEPT = timedelta(hours=48)
"""How long bytes wait in `incoming/` for the answer to "which task?"."""
ORPHAN = timedelta(hours=1)
"""How old bytes without a row must be before they are rubbish."""


def file_name(name: str | None) -> str | None:
    """A name as it may be stored: NFC, without folders and signs that cannot be shown, at most 200 characters."""
    if not name:
        return None
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(sign for sign in last if sign.isprintable()).strip()[-200:] or None


# --- take in ------------------------------------------------------------------------------------------------------


async def take_in(
    store: Store,
    database: Database,
    stream: AsyncIterable[bytes],
    name: str | None,
    limit: int,
    wire_now: datetime,
    clamd: str | None = None,
) -> StoredFile:
    """Receive a file, look at it, and keep its bytes under `incoming/` when it is good.

    A refused file's bytes are gone when this returns; its row keeps why. Of a secret one nothing is kept but the key,
    the time and the marking. Raises TooLarge.
    """
    key = incoming_key()
    async with store.spool(stream, limit) as spooled:
        finding = await inspect(spooled.path, name, clamd)
        if finding.verdict is None:
            await store.keep(spooled, key)
    secret = finding.verdict == "secret"
    stored = StoredFile(
        key=key,
        sha256="" if secret else spooled.sha256,
        size=0 if secret else spooled.size,
        media_type=None if finding.verdict else finding.media_type,
        verdict=finding.verdict,
        marking=finding.marking,
    )
    row = stored.model_dump() | {"name": None if finding.verdict else file_name(name), "created_at": wire_now}
    await database.write(lambda session: _arrived(session, row))
    return stored


def _arrived(session: Session, row: dict[str, object]) -> None:
    session.execute(insert(Incoming), row)


# --- attach -------------------------------------------------------------------------------------------------------

_WAITING = select(col(Incoming.verdict)).where(col(Incoming.key) == bindparam("key")).with_for_update()
_PROMOTED = select(col(Evidence.key)).where(
    col(Evidence.sha256) == bindparam("sha256"), col(Evidence.key).startswith(EVIDENCE)
)


def attach(session: Session, draft: Draft, obligation_id: int, update_id: int) -> None:
    """Make a file that was taken in the evidence of an update. `promote` moves its bytes after the commit.

    Raises LookupError when its bytes are gone or were refused: the conversation then offers what it cannot have.
    """
    session.execute(
        insert(Evidence),
        {
            "update_id": update_id, "obligation_id": obligation_id, "sha256": draft.sha256, "size": draft.size,
            "media_type": draft.media_type, "name": file_name(draft.name), "caption": draft.caption,
            "recompressed": draft.recompressed, "key": _key_of(session, draft),
        },
    )  # fmt: skip


def _key_of(session: Session, draft: Draft) -> str:
    """Where the bytes of a draft lie. The row is locked, so that a promotion running now sees the new evidence."""
    waiting = session.execute(_WAITING, {"key": draft.key}).first()
    if waiting is None:
        promoted: str | None = session.execute(_PROMOTED, {"sha256": draft.sha256}).scalar()
        if promoted:
            return promoted
    if waiting is None or waiting[0] is not None:
        raise LookupError(f"the bytes of {draft.key} are gone")
    return draft.key


def already(session: Session, obligation_id: int, sha256: str) -> int | None:
    """The update that brought the same file for this obligation and was not taken back: same file, same evidence."""
    undo = aliased(Update)
    undone = exists().where(
        col(undo.kind) == "undo",
        col(undo.obligation_id) == obligation_id,
        col(undo.undoes_id) == col(Evidence.update_id),
    )
    found: int | None = session.execute(
        select(col(Evidence.update_id))
        .where(col(Evidence.obligation_id) == obligation_id, col(Evidence.sha256) == sha256, ~undone)
        .order_by(col(Evidence.update_id))
    ).scalar()
    return found


# --- erase --------------------------------------------------------------------------------------------------------


def erase(session: Session, keys: Sequence[str], marking: str | None = None) -> None:
    """Forget files of which a secret marking became known: only key, time and marking remain.

    The bytes go with the next `promote`, which runs after the commit and in housekeeping.
    """
    mine = col(Incoming.key).in_(list(keys))
    nameless = {"sha256": "", "media_type": None, "name": None, "marking": marking}
    session.execute(delete(Evidence).where(col(Evidence.key).in_(list(keys))))
    session.execute(update(Incoming).where(mine, col(Incoming.verdict).is_not(None)).values(size=0, name=None))
    session.execute(update(Incoming).where(mine, col(Incoming.verdict).is_(None)).values(verdict="secret", **nameless))


_ERASED: tuple[ColumnElement[bool], ...] = (col(Incoming.verdict) == "secret", col(Incoming.size) > 0)
"""Rows whose bytes are still to be deleted."""


# --- promote ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Promoted:
    moved: int = 0
    erased: int = 0
    missing: int = 0
    """Rows whose bytes are in neither place: never, unless somebody deleted them behind our back."""


async def promote(database: Database, store: Store) -> Promoted:
    """Move the bytes of attached files to `evidence/<sha256>`, and delete those of erased ones.

    Run after every commit that attached or erased, and in housekeeping: it takes up whatever a crash left, and any
    number of processes may do it at once.
    """
    attached, erased = await database.read(_to_promote)
    missing = 0
    for key, sha256 in attached:
        missing += not await _move(database, store, key, sha256)
    for key in erased:
        await store.delete(key)
        await database.write(partial(_forgotten, key=key))
    return Promoted(len(attached) - missing, len(erased), missing)


async def tidy(database: Database, store: Store, *, filed: bool, erased: bool) -> None:
    """What a committed turn leaves to be done beside the database. A store that does not answer now is asked again by
    housekeeping."""
    if filed or erased:
        with suppress(Unready):
            await promote(database, store)
    if erased:
        await database.scrub()


def _to_promote(session: Session) -> tuple[list[tuple[str, str]], list[str]]:
    named = exists().where(col(Evidence.sha256) == col(Incoming.sha256), col(Evidence.key) == col(Incoming.key))
    attached = session.execute(select(col(Incoming.key), col(Incoming.sha256)).where(named)).all()
    erased = session.execute(select(col(Incoming.key)).where(*_ERASED)).scalars().all()
    return [(key, sha256) for key, sha256 in attached], list(erased)


async def _move(database: Database, store: Store, key: str, sha256: str) -> bool:
    target = evidence_key(sha256)
    try:
        await store.promote(key, target)
    except FileNotFoundError:
        return False
    await database.write(lambda session: _moved(session, key, sha256, target))
    await store.delete(key)
    return True


def _moved(session: Session, key: str, sha256: str, target: str) -> None:
    """The row in `incoming` goes first: whoever attaches this very file now waits for its lock, or we for theirs."""
    session.execute(delete(Incoming).where(col(Incoming.key) == key))
    here = (col(Evidence.sha256) == sha256, col(Evidence.key) == key)
    session.execute(update(Evidence).where(*here).values(key=target))


def _forgotten(session: Session, key: str) -> None:
    session.execute(update(Incoming).where(col(Incoming.key) == key).values(size=0))


# --- sweep --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Swept:
    rows: int
    objects: int
    spooled: int


async def sweep(database: Database, store: Store, wire_now: datetime) -> Swept:
    """Remove files that nobody asked for in 48 hours, and bytes of crashes: without a row, older than an hour."""
    expired = await database.write(lambda session: _expire(session, wire_now - KEPT))
    for key in expired:
        await store.delete(key)
    orphans = await _orphans(database, store, wire_now - ORPHAN)
    for key in orphans:
        await store.delete(key)
    return Swept(len(expired), len(orphans), await store.sweep_spool(wire_now - ORPHAN))


def _expire(session: Session, before: datetime) -> list[str]:
    """Delete the rows that are old and that nothing refers to; their keys."""
    named = exists().where(col(Evidence.sha256) == col(Incoming.sha256), col(Evidence.key) == col(Incoming.key))
    uploaded = exists().where(col(Upload.key) == col(Incoming.key))
    unwanted = (col(Incoming.created_at) < before, ~named, ~uploaded)
    old = session.execute(select(col(Incoming.key)).where(*unwanted)).scalars().all()
    if not old:
        return []
    wanted = _wanted(session)
    expired = [key for key in old if key not in wanted]
    session.execute(delete(Incoming).where(col(Incoming.key).in_(expired)))
    return expired


_NAMED = re.compile(rf"{INCOMING}[0-9A-Za-z_-]+")


def _wanted(session: Session) -> set[str]:
    """The keys that a conversation's draft or a message still to be thought through speaks of."""
    talk, heard = cast(col(Conversation.state), Text), cast(col(Inbox.heard), Text)
    drafts = session.execute(select(talk).where(talk.contains(INCOMING))).scalars()
    messages = session.execute(select(heard).where(col(Inbox.state) != "done", heard.contains(INCOMING))).scalars()
    return {key for text in (*drafts, *messages) for key in _NAMED.findall(text)}


async def _orphans(database: Database, store: Store, before: datetime) -> list[str]:
    incoming = await store.listing(INCOMING)
    evidence = await store.listing(EVIDENCE)
    old = [found.key for found in (*incoming, *evidence) if found.modified < before]
    known: set[str] = set()
    for some in _hundreds(old):
        known |= await database.read(partial(_known, keys=some))
    return [key for key in old if key not in known]


def _hundreds(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    return (keys[start : start + 500] for start in range(0, len(keys), 500))


def _known(session: Session, keys: Sequence[str]) -> set[str]:
    """Those of the keys that a row names. Content that is on its way in is known too: its promotion may be running."""
    hashes = [key.removeprefix(EVIDENCE) for key in keys if key.startswith(EVIDENCE)]
    coming_in = [key for key in keys if key.startswith(INCOMING)]
    good = col(Incoming.verdict).is_(None)
    waiting = session.execute(select(col(Incoming.key)).where(col(Incoming.key).in_(coming_in), or_(good, *_ERASED)))
    coming = session.execute(select(col(Incoming.sha256)).where(col(Incoming.sha256).in_(hashes), good))
    attached = session.execute(select(col(Evidence.key)).where(col(Evidence.key).in_(coming_in)))
    pieces = session.execute(select(col(UploadPiece.key)).where(col(UploadPiece.key).in_(coming_in)))
    promoted = session.execute(select(col(Evidence.sha256)).where(col(Evidence.sha256).in_(hashes)))
    by_hash = {evidence_key(sha256) for rows in (coming, promoted) for sha256 in rows.scalars()}
    return {*waiting.scalars(), *attached.scalars(), *pieces.scalars(), *by_hash}


# --- read ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Found:
    """A piece of evidence, and whose it is."""

    file: Evidence
    bloc_id: int
    season_id: int
    agency_id: int


def find(session: Session, update_id: int) -> Found | None:
    """The evidence of an update."""
    row = session.execute(
        select(Evidence, col(Season.bloc_id), col(Obligation.season_id), col(Obligation.agency_id))
        .join(Obligation, col(Obligation.id) == col(Evidence.obligation_id))
        .join(Season, col(Season.id) == col(Obligation.season_id))
        .where(col(Evidence.update_id) == update_id)
    ).first()
    return Found(*row) if row else None


async def place(store: Store, file: Evidence) -> str:
    """The key under which the bytes lie now: a promotion may have moved them since the row was read."""
    if file.key.startswith(EVIDENCE) or await store.exists(file.key):
        return file.key
    return evidence_key(file.sha256)
