"""The queue of what is to be said: put in, claimed, settled. `now` is covenant time, `wire_now` wire time.

    queued ──claim──▶ claimed ──settle──▶ sent | failed | uncertain
      ▲                  │
      └── later, or uncertain for the first time
    queued ──▶ withdrawn (nothing is left of it) | expired

Lane = address: one message in flight (a unique index), a reply before bulk, equals in order. Texts are composed at the
first claim and frozen from then on.
"""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import and_, bindparam, case, exists, null, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is SQLite's too
from sqlmodel import Session

from api.services.queues import quota
from api.services.queues.failover import release_reminders, take_another_way
from api.services.queues.inbox import PAUSE, TRIES, claim_inbox, erase_heard, store, think_done
from api.services.queues.pacing import AHEAD, REPLY_AHEAD, Pacing, rhythm
from api.services.queues.settling import settle
from api.services.talks.book import revisions_of, terms_of
from api.services.talks.people import Speaker
from models.columns import core
from models.logs import reason
from models.prepared import Prepared
from models.queue import CLAIM_ESSENTIAL, CLAIM_OUTBOX, LEASE, OUTBOX, WIRE_NOW, is_in
from models.tables import Address, Outbox
from models.wire import Attachment, Choice, Heard, Parcel, Say

__all__ = [
    "Claimed", "claim", "claim_inbox", "erase_heard", "look", "queue", "reply", "settle", "store", "think_done",
]  # fmt: skip

log = structlog.get_logger()
Compose = Callable[[Session, Outbox, datetime], Say | None]
ADDRESS = core(Address)


# --- put in -------------------------------------------------------------------------------------------------------

_QUEUE = Prepared(insert(OUTBOX).on_conflict_do_nothing(index_elements=["merge_key"]).returning(OUTBOX.c.id))


def queue(
    session: Session,
    *,
    bot: str,
    address_id: int,
    kind: str,
    now: datetime,
    wire_now: datetime,
    say: Say | None = None,
    lane_rank: int = 1,
    bloc_id: int | None = None,
    person_id: int | None = None,
    codes: Sequence[str] = (),
    merge_key: str | None = None,
    expires_at: datetime | None = None,
    not_before: datetime | None = None,
    inbox_id: int | None = None,
) -> int | None:
    """Queue one message; without `say` its words are composed when it is claimed. None: its merge key is taken."""
    row_id: int | None = _QUEUE.scalar(
        session,
        {
            "bot": bot, "address_id": address_id, "kind": kind, "lane_rank": lane_rank, "bloc_id": bloc_id,
            "person_id": person_id, "merge_key": merge_key, "text": say.text if say else None,
            "choices": choices_json(say), "file": file_json(say), "codes": list(codes), "planned_at": now,
            "expires_at": expires_at,
            "not_before": not_before or wire_now, "state": "queued", "attempt": 0, "trouble": 0, "repeated": False,
            "inbox_id": inbox_id,
        },
    )  # fmt: skip
    return row_id


def file_json(say: Say | None) -> dict[str, Any] | None:
    return say.file.model_dump() if say and say.file else None


def choices_json(say: Say | None) -> list[dict[str, Any]]:
    return [choice.model_dump() for choice in say.choices] if say else []


_other = OUTBOX.alias("other")
_lane_is_free = ~exists().where(
    _other.c.address_id == bindparam("new_address_id"),
    is_in(_other, "queued", "claimed"),
    (_other.c.lane_rank == 0) | is_in(_other, "claimed"),
)
_REPLY = Prepared(
    insert(OUTBOX)
    .values(
        bot=bindparam("new_bot"), address_id=bindparam("new_address_id"), kind="reply", lane_rank=0,
        bloc_id=bindparam("new_bloc_id"), person_id=bindparam("new_person_id"), text=bindparam("new_text"),
        choices=bindparam("new_choices", type_=OUTBOX.c.choices.type), codes=[],
        file=bindparam("new_file", type_=OUTBOX.c.file.type), planned_at=bindparam("new_planned_at"),
        not_before=bindparam("new_not_before"), inbox_id=bindparam("new_inbox_id"), trouble=0, repeated=False,
        state=case((_lane_is_free, "claimed"), else_="queued"),
        attempt=case((_lane_is_free, 1), else_=0),
        lease_until=case(
            (_lane_is_free, bindparam("new_lease_until", type_=OUTBOX.c.lease_until.type)), else_=null()
        ),
    )
    .returning(OUTBOX.c.id, OUTBOX.c.state)
)  # fmt: skip
_AGAIN = Prepared(
    update(OUTBOX)
    .where(
        OUTBOX.c.address_id == bindparam("of_address"), is_in(OUTBOX, "queued", "claimed"), is_in(OUTBOX, "queued"),
        OUTBOX.c.lane_rank == 0, OUTBOX.c.trouble > 0, OUTBOX.c.not_before > WIRE_NOW,
    )
    .values(not_before=WIRE_NOW)
)  # fmt: skip


def reply(
    session: Session,
    heard: Heard,
    who: Speaker,
    say: Say,
    inbox_id: int,
    now: datetime,
    wire_now: datetime,
    claim_replies: bool,
) -> Parcel | None:
    """Answer what was heard. With `claim_replies` the answer is born claimed and returned, if its lane is free and the
    pace allows it soon; otherwise it is queued, and earlier answers that failed are tried again: the chat speaks."""
    bot = f"{heard.channel}:{heard.bot}"
    place = who.places[0] if who.places else None
    bloc_id, person_id = (place.bloc_id, place.person_id) if place else (None, None)
    slot = _reply_slot(session, bot, heard.chat, wire_now) if claim_replies else None
    if slot is None:
        queue(
            session, bot=bot, address_id=who.address_id, kind="reply", now=now, wire_now=wire_now, say=say,
            lane_rank=0, bloc_id=bloc_id, person_id=person_id, inbox_id=inbox_id,
        )  # fmt: skip
        _AGAIN.run(session, {"of_address": who.address_id, "wire_now": wire_now})
        return None
    row_id, state = _REPLY.first(
        session,
        {
            "new_bot": bot, "new_address_id": who.address_id, "new_bloc_id": bloc_id, "new_person_id": person_id,
            "new_text": say.text, "new_choices": choices_json(say), "new_file": file_json(say),
            "new_planned_at": now, "new_not_before": wire_now,
            "new_inbox_id": inbox_id, "new_lease_until": slot + LEASE,
        },
    )  # fmt: skip
    if state != "claimed":
        _AGAIN.run(session, {"of_address": who.address_id, "wire_now": wire_now})
        return None
    quota.count(session, bot, [say.text], wire_now)
    return Parcel(
        id=row_id, attempt=1, bot=bot, chat=heard.chat, kind="reply", say=say, not_before=slot,
        lease_until=slot + LEASE,
    )  # fmt: skip


def _reply_slot(session: Session, bot: str, chat: str, wire_now: datetime) -> datetime | None:
    if not rhythm(bot).bot_ms:
        return wire_now
    pacing = Pacing(session, bot, wire_now)
    if not pacing.room(1, REPLY_AHEAD):
        return None
    pacing.look_at([chat])
    slot, taken = pacing.slot(chat)
    pacing.keep()
    return slot if taken else None


# --- claim --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Claimed:
    parcels: list[Parcel]
    again_in: float | None = None
    """Seconds until the pace has room; None: look again when something may have come."""


def claim(
    session: Session, bot: str, n: int, now: datetime, wire_now: datetime, compose: Compose
) -> list[Parcel]:  # fmt: skip
    """At most `n` messages of this bot that are to be sent now, one an address, each leased and with its slot."""
    return look(session, bot, n, now, wire_now, compose).parcels


def look(session: Session, bot: str, n: int, now: datetime, wire_now: datetime, compose: Compose) -> Claimed:
    """`claim`, and when to look again."""
    pacing = Pacing(session, bot, wire_now)
    _drop(session, bot, now, wire_now)
    reserved = quota.is_reserved(session, bot, wire_now)
    if reserved:
        quota.keep_back(session, bot)
    parcels: list[Parcel] = []
    for top, ahead in ((0, REPLY_AHEAD), (1, AHEAD)):
        while room := pacing.room(n - len(parcels), ahead):
            rows = _take(session, CLAIM_ESSENTIAL if reserved else CLAIM_OUTBOX, bot, room, top, wire_now)
            parcels += _parcels(session, bot, rows, now, wire_now, pacing, compose)
            if len(rows) < room:
                break
    pacing.keep()
    quota.count(session, bot, [parcel.say.text for parcel in parcels], wire_now)
    full = not pacing.room(1, AHEAD)
    return Claimed(parcels, pacing.opens_in(AHEAD) if full else None)


def _take(session: Session, claiming: Prepared, bot: str, n: int, top: int, wire_now: datetime) -> list[Any]:
    binds = {"of": bot, "n": n, "top": top, "wire_now": wire_now, "lease": wire_now + REPLY_AHEAD + LEASE}
    return sorted(claiming.all(session, binds), key=lambda row: (row.lane_rank, row.id))


def _parcels(
    session: Session,
    bot: str,
    rows: list[Any],
    now: datetime,
    wire_now: datetime,
    pacing: Pacing,
    compose: Compose,
) -> list[Parcel]:
    chats = _chats(session, [row.address_id for row in rows])
    pacing.look_at(chats.values())
    parcels = []
    closed = _closed(session, rows, now)
    for row in rows:
        if row.kind != "reply" and row.bloc_id in closed:
            _put(session, row, state="queued", not_before=wire_now + LOOK_AGAIN, attempt=row.attempt - 1)
            continue
        try:
            with session.begin_nested() if row.kind == "reminder" else nullcontext():
                say = _words(session, row, now, compose)
        except Exception as error:  # a message that finds no words must not silence all the others
            _put(session, row, **_wordless(row, error, wire_now))
            continue
        if say is None:
            state = "uncertain" if row.repeated else "withdrawn"
            _put(session, row, state=state, why="nothing is left to say", attempt=row.attempt - 1)
            continue
        chat = chats[row.address_id]
        slot, taken = pacing.slot(chat)
        if not taken:
            _put(session, row, state="queued", not_before=slot, attempt=row.attempt - 1)
            continue
        parcels.append(
            Parcel(
                id=row.id, attempt=row.attempt, bot=bot, chat=chat, kind=row.kind, say=say, not_before=slot,
                lease_until=row.lease_until, repeated=row.repeated,
            )
        )  # fmt: skip
    return parcels


def _wordless(row: Any, error: Exception, wire_now: datetime) -> dict[str, Any]:
    """It is tried again, and failed for good in the end."""
    log.error("a message finds no words", outbox=row.id, tries=row.trouble + 1, exc_info=error)
    state = "failed" if row.trouble + 1 >= TRIES else "queued"
    return {
        "state": state, "trouble": row.trouble + 1, "attempt": row.attempt - 1,
        "not_before": wire_now + PAUSE * (1 << row.trouble), "why": f"it finds no words: {reason(error)}",
    }  # fmt: skip


LOOK_AGAIN = timedelta(minutes=1)
"""How long a message that was stopped by the end of its hours, a retry for one, rests before it is looked at again."""


def _closed(session: Session, rows: list[Any], now: datetime) -> frozenset[int]:
    """Blocs to whose people nothing unasked is sent just now."""
    asked = sorted({row.bloc_id for row in rows if row.kind != "reply" and row.bloc_id is not None})
    if not asked:
        return frozenset()
    terms = (terms_of(session, revision) for revision in revisions_of(session, asked))
    return frozenset(one.bloc_id for one in terms if not one.calendar.may_send(now))


_CHATS = Prepared(select(ADDRESS.c.id, ADDRESS.c.chat).where(ADDRESS.c.id.in_(bindparam("ids", expanding=True))))


def _chats(session: Session, address_ids: list[int]) -> dict[int, str]:
    if not address_ids:
        return {}
    return {row.id: row.chat for row in _CHATS.all(session, {"ids": address_ids})}


def _words(session: Session, row: Any, now: datetime, compose: Compose) -> Say | None:
    """The frozen text, or a new one that is frozen now. A reminder whose tasks were all answered meanwhile has nothing
    left to say, frozen or not; where some were, composing melts the text (sets it to None)."""
    frozen = None
    if row.text is not None:
        file = Attachment.model_validate(row.file) if row.file else None
        frozen = Say(text=row.text, choices=tuple(map(Choice.model_validate, row.choices)), file=file)
        if row.kind != "reminder":
            return frozen
    message = session.get(Outbox, row.id, populate_existing=True)
    assert message is not None
    say = compose(session, message, now)
    if say is None or message.text is not None:
        return frozen if say else None
    message.text, message.choices = say.text, choices_json(say)
    session.flush()
    return say


def _put(session: Session, row: Any, **values: Any) -> None:
    session.execute(update(OUTBOX).where(OUTBOX.c.id == row.id).values(lease_until=None, **values))


# --- drop what no longer makes sense ------------------------------------------------------------------------------

_open = and_(OUTBOX.c.bot == bindparam("of"), is_in(OUTBOX, "queued", "claimed"))
_idle = and_(_open, is_in(OUTBOX, "queued"))
_lapsed = and_(_open, is_in(OUTBOX, "claimed"), OUTBOX.c.lease_until < WIRE_NOW)
_over = and_(_idle, OUTBOX.c.expires_at <= bindparam("now", type_=OUTBOX.c.expires_at.type))

_GIVE_UP = Prepared(
    update(OUTBOX)
    .where(_lapsed, OUTBOX.c.repeated.is_(True))
    .values(state="uncertain", lease_until=None, why="the lease ended twice without an answer")
)
_REPEAT = Prepared(
    update(OUTBOX)
    .where(_lapsed, OUTBOX.c.repeated.is_(False))
    .values(state="queued", repeated=True, lease_until=None, not_before=WIRE_NOW, why="the lease ended unanswered")
)
_EXPIRE = Prepared(
    update(OUTBOX)
    .where(_over)
    .values(state=case((OUTBOX.c.repeated.is_(True), "uncertain"), else_="expired"))
    .returning(OUTBOX.c.id, OUTBOX.c.state)
)
_shut = exists().where(ADDRESS.c.id == OUTBOX.c.address_id, ADDRESS.c.state != "open")
_SHUT = Prepared(
    update(OUTBOX).where(_idle, _shut).values(state="failed", why="the chat is blocked or gone").returning(OUTBOX.c.id)
)


def _drop(session: Session, bot: str, now: datetime, wire_now: datetime) -> None:
    """What was left by a dead worker is repeated once; what is expired, or has nowhere to go, leaves the queue."""
    binds = {"of": bot, "wire_now": wire_now}
    _GIVE_UP.run(session, binds)
    _REPEAT.run(session, binds)
    expired = _EXPIRE.all(session, {"of": bot, "now": now})
    release_reminders(session, [row.id for row in expired if row.state == "expired"])
    shut = [row.id for row in _SHUT.all(session, {"of": bot})]
    take_another_way(session, shut, now, wire_now, shut=True)
