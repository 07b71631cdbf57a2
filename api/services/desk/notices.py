"""Messages that nobody asked for and that are no reminder: put once, sent in office hours, never lost, never doubled.

    waiting ──send──▶ in the outbox ──▶ sent | failed | uncertain
       ▲                   │
       └── expired (its hours were over), withdrawn (held or stopped), or blocked while another chat is open
    waiting ──▶ ended: too late, answered, taken back

`now` is covenant time, `wire_now` wire time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, case, exists, or_, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is SQLite's too
from sqlmodel import Session

from api.services import shared_chats
from api.services.desk import receivers, waiting
from api.services.desk.receivers import BestChat
from api.services.queues import delivery
from api.services.talks.book import Terms, terms_of
from api.services.talks.facts import items_by_id
from bot.dialogue import opened_by
from bot.dialogue import talk as talks
from bot.dialogue.orders.words import ANNOUNCED
from bot.dialogue.phrases import nudges
from bot.dialogue.rulings.values import EXTENSION
from bot.dialogue.values import Item, Question, Talk
from models.columns import core
from models.queue import OUTBOX, is_in
from models.tables import Address, Binding, Bloc, Broadcast, Conversation, Notice, Person, Post
from models.wire import Choice, Say

NOTICE, BROADCAST, BLOC, ADDRESS = core(Notice), core(Broadcast), core(Bloc), core(Address)
BINDING, POST = core(Binding), core(Post)
KINDS = ("notice", "broadcast", "nudge", "digest", "check", "desk")
AT_ONCE = 500
"""So many leave in one transaction; the next tick goes on."""
STOPPED = "stopped by the desk"
REMEMBERED = timedelta(days=30)
"""So long after its use a notice is still looked at: longer than an outage lasts."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A notice before it is put."""

    key: str
    bloc_id: int
    person_id: int
    kind: str
    opens_at: datetime
    until: datetime
    say: Say | None = None
    """None: its words are found when it leaves, from `obligations`."""
    asks: str | None = None
    """The kind of question that it leaves behind about `obligations`, while that is still to be answered."""
    codes: tuple[str, ...] = ()
    obligations: tuple[int, ...] = ()
    broadcast_id: int | None = None


_PUT = insert(NOTICE).on_conflict_do_nothing(index_elements=["key"]).returning(NOTICE.c.id)


def put(session: Session, drafts: Sequence[Draft], now: datetime) -> int:
    """Store what is to be said; returns how many were new: a key that is taken is taken for good."""
    return sum(session.execute(_PUT, _row(draft, now)).scalar() is not None for draft in drafts)


def _row(draft: Draft, now: datetime) -> dict[str, Any]:
    say = draft.say
    return {
        "key": draft.key, "bloc_id": draft.bloc_id, "person_id": draft.person_id, "kind": draft.kind,
        "text": say.text if say else None, "choices": delivery.choices_json(say), "codes": list(draft.codes),
        "obligations": list(draft.obligations), "asks": draft.asks, "broadcast_id": draft.broadcast_id,
        "planned_at": now, "opens_at": draft.opens_at, "until": draft.until,
    }  # fmt: skip


# --- what comes back ----------------------------------------------------------------------------------------------

_CLOSE = (
    update(OUTBOX)
    .where(
        is_in(OUTBOX, "queued", "claimed"),
        is_in(OUTBOX, "queued"),
        OUTBOX.c.kind.in_(KINDS),
        OUTBOX.c.repeated.is_(False),
        OUTBOX.c.expires_at <= bindparam("now", type_=OUTBOX.c.expires_at.type),
    )
    .values(state="expired", why="its hours were over before it was sent")
)
_of_stopped = select(NOTICE.c.outbox_id).join(BROADCAST, BROADCAST.c.id == NOTICE.c.broadcast_id)
_WITHDRAW = (
    update(OUTBOX)
    .where(
        is_in(OUTBOX, "queued", "claimed"),
        is_in(OUTBOX, "queued"),
        OUTBOX.c.kind == "broadcast",
        OUTBOX.c.id.in_(_of_stopped.where(BROADCAST.c.stopped_at.is_not(None))),
    )
    .values(state=case((OUTBOX.c.repeated.is_(True), "uncertain"), else_="withdrawn"), why=STOPPED)
)
_elsewhere = exists().where(
    POST.c.person_id == NOTICE.c.person_id,
    BINDING.c.post_id == POST.c.id,
    BINDING.c.unbound_at.is_(None),
    ADDRESS.c.id == BINDING.c.address_id,
    ADDRESS.c.state == "open",
    ADDRESS.c.id != OUTBOX.c.address_id,
)
_own = ADDRESS.alias("own")
_shut = exists().where(_own.c.id == OUTBOX.c.address_id, _own.c.state != "open")
_BACK = (
    select(NOTICE.c.id)
    .join(OUTBOX, OUTBOX.c.id == NOTICE.c.outbox_id)
    .where(
        NOTICE.c.until > bindparam("long_ago", type_=NOTICE.c.until.type),
        NOTICE.c.ended.is_(None),
        or_(
            OUTBOX.c.state.in_(("expired", "withdrawn")),
            (OUTBOX.c.state == "failed") & OUTBOX.c.repeated.is_(False) & _shut & _elsewhere,
        ),
    )
    .with_for_update(of=NOTICE, skip_locked=True)
)
_LATE = (
    update(NOTICE)
    .where(
        NOTICE.c.outbox_id.is_(None),
        NOTICE.c.ended.is_(None),
        NOTICE.c.until <= bindparam("now", type_=NOTICE.c.until.type),
    )
    .values(ended="too late")
)


def take_up(session: Session, now: datetime) -> None:
    """What ended unsent waits again; what is of no use any more ends."""
    run = session.connection().execute
    run(_CLOSE, {"now": now})
    run(_WITHDRAW)
    back = run(_BACK, {"long_ago": now - REMEMBERED}).scalars().all()
    if back:
        run(update(NOTICE).where(NOTICE.c.id.in_(back)).values(outbox_id=None))
    run(_LATE, {"now": now})


# --- what leaves --------------------------------------------------------------------------------------------------

_WAITING = (
    select(
        NOTICE.c.id, NOTICE.c.bloc_id, NOTICE.c.person_id, NOTICE.c.kind, NOTICE.c.text, NOTICE.c.choices,
        NOTICE.c.codes, NOTICE.c.obligations, NOTICE.c.asks, NOTICE.c.broadcast_id, NOTICE.c.until, BLOC.c.revision,
    )
    .join(BLOC, BLOC.c.id == NOTICE.c.bloc_id)
    .outerjoin(BROADCAST, BROADCAST.c.id == NOTICE.c.broadcast_id)
    .where(
        NOTICE.c.outbox_id.is_(None),
        NOTICE.c.ended.is_(None),
        NOTICE.c.opens_at <= bindparam("now", type_=NOTICE.c.opens_at.type),
        BLOC.c.held_since.is_(None),
        BROADCAST.c.stopped_at.is_(None),
    )
    .order_by(NOTICE.c.id)
    .limit(AT_ONCE)
    .with_for_update(of=NOTICE, skip_locked=True)
)  # fmt: skip
_ANY = select(NOTICE.c.id).where(NOTICE.c.outbox_id.is_(None), NOTICE.c.ended.is_(None)).limit(1)


def send(session: Session, now: datetime, wire_now: datetime) -> int:
    """Queue what may leave now; returns how many. A row that another process is just sending is passed over."""
    if session.connection().execute(_ANY).first() is None:
        return 0
    rows = session.connection().execute(_WAITING, {"now": now}).all()
    terms = {row.bloc_id: terms_of(session, (row.bloc_id, row.revision)) for row in rows}
    closing = {bloc_id: known.calendar.end_of_sending(now) for bloc_id, known in terms.items()}
    rows = [row for row in rows if closing[row.bloc_id]]
    today = {bloc_id: known.calendar.today(now) for bloc_id, known in terms.items()}
    chats: dict[int, BestChat] = {}
    for day in set(today.values()):
        mine = [row.person_id for row in rows if today[row.bloc_id] == day]
        chats |= receivers.best_chats(session, mine, day)
    sent = 0
    for row in rows:
        chat, until = chats.get(row.person_id), closing[row.bloc_id]
        if chat and until and _leave(session, row, chat, min(until, row.until), terms[row.bloc_id], now, wire_now):
            sent += 1
    return sent


def _leave(
    session: Session, row: Any, chat: BestChat, expires_at: datetime, terms: Terms, now: datetime, wire_now: datetime
) -> bool:
    said = _words(session, row, terms, now)
    if said is None:
        session.execute(update(NOTICE).where(NOTICE.c.id == row.id).values(ended="answered"))
        return False
    say, codes, question = said
    outbox_id = delivery.queue(
        session, bot=chat.bot, address_id=chat.address_id, kind=row.kind, now=now, wire_now=wire_now, say=say,
        bloc_id=row.bloc_id, person_id=row.person_id, codes=codes, expires_at=expires_at,
    )  # fmt: skip
    session.execute(update(NOTICE).where(NOTICE.c.id == row.id).values(outbox_id=outbox_id))
    if question:
        open_question(session, chat.address_id, question)
    return True


def _words(session: Session, row: Any, terms: Terms, now: datetime) -> tuple[Say, list[str], Question | None] | None:
    """The words, the codes they name, and the question that they leave behind; None: nothing is left to say."""
    until = terms.calendar.end_of_next_working_day(now)
    if row.kind == waiting.KIND:
        told = waiting.told(session, row.bloc_id, row.person_id, _day(terms, now), now)
        return (*told, None) if told else None
    if row.text is None:
        return _nudge(session, row, terms, now, until)
    say = Say(text=row.text, choices=tuple(Choice.model_validate(choice) for choice in row.choices))
    match row.kind:
        case "broadcast":
            return say, row.codes, Question(ANNOUNCED, (), until, {"number": row.broadcast_id})
        case _ if row.asks:
            items = [item for item in items_by_id(session, row.obligations, now) if _still_asked(item, row.asks)]
            return (say, row.codes, Question(row.asks, tuple(row.obligations), until)) if items else None
        case _:
            return say, row.codes, None


def _still_asked(item: Item, asks: str) -> bool:
    """An extension, until it is decided; anything else, while the task is open."""
    return item.standing.extension_asked is not None if asks == EXTENSION else item.standing.is_open


def _nudge(
    session: Session, row: Any, terms: Terms, now: datetime, until: datetime
) -> tuple[Say, list[str], Question | None] | None:
    items = [item for item in items_by_id(session, row.obligations, now) if item.standing.is_open]
    if not items:
        return None
    person = session.get(Person, row.person_id)
    said = nudges.message(
        terms.head_title, items, _day(terms, now), person.name if person else None,
        names_agency=bool(shared_chats.among(session, [row.person_id], items[0].agency_id)),
    )  # fmt: skip
    return said, [item.code for item in items], opened_by(items, until)


def _day(terms: Terms, now: datetime) -> date:
    return terms.calendar.today(now)


def open_question(session: Session, address_id: int, question: Question) -> None:
    """The chat remembers what it was asked last; everything else that it remembers stays."""
    known = session.get(Conversation, address_id, with_for_update=True, populate_existing=True)
    if known is None:
        session.add(Conversation(address_id=address_id, state=talks.to_json(Talk(question=question))))
    else:
        known.state = {**known.state, "question": talks.to_json(Talk(question=question))["question"]}
        session.add(known)
    session.flush()
