"""Broadcasts: made, begun when their hour has come, stopped, resumed, acknowledged, called a second time.

Who receives one is written down when it begins, a notice a person; the notices' keys make a second one impossible,
whatever is killed in between. `now` is covenant time, `wire_now` wire time.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is SQLite's too
from sqlmodel import Session

from api.refusals import Conflict, NotFound
from api.services.desk import notices, receivers
from api.services.desk.notices import Draft
from api.services.talks.book import Terms, terms_of, terms_of_bloc
from bot.dialogue.orders.values import BroadcastView, Got, Receiver
from bot.dialogue.phrases import broadcasts as phrases
from models.columns import core
from models.rules import rhythm as rhythms
from models.rules.rhythm import Rhythm
from models.tables import Agency, Bloc, Broadcast, Notice, Outbox, Person, Post
from models.wire import Say

BROADCAST, NOTICE, OUTBOX, BLOC = core(Broadcast), core(Notice), core(Outbox), core(Bloc)
PERSON, POST, AGENCY = core(Person), core(Post), core(Agency)
LIFE = 2
"""Working days after its start during which a broadcast is still tried."""
STALE = timedelta(days=2)
"""An occasion that was missed by more than this is not made up for."""


def make(
    session: Session,
    bloc_id: int,
    text: str,
    made_by: str,
    now: datetime,
    *,
    agencies: Sequence[int] = (),
    starts_at: datetime | None = None,
    rhythm: Rhythm | None = None,
) -> int:
    """Store a broadcast; returns its number. `begin` sends it when its hour has come."""
    row = {
        "bloc_id": bloc_id, "text": text, "agencies": list(agencies), "made_by": made_by, "made_at": now,
        "starts_at": starts_at or now, "repeats": rhythms.written(rhythm) if rhythm else None,
    }  # fmt: skip
    number: int = session.execute(insert(BROADCAST).values(row).returning(BROADCAST.c.id)).scalar_one()
    return number


# --- begin --------------------------------------------------------------------------------------------------------

_DUE = (
    select(BROADCAST, BLOC.c.revision)
    .join(BLOC, BLOC.c.id == BROADCAST.c.bloc_id)
    .where(
        BROADCAST.c.begun_at.is_(None),
        BROADCAST.c.stopped_at.is_(None),
        BROADCAST.c.starts_at <= bindparam("now", type_=BROADCAST.c.starts_at.type),
        BLOC.c.held_since.is_(None),
    )
    .order_by(BROADCAST.c.id)
    .with_for_update(of=BROADCAST, skip_locked=True)
)


def begin(session: Session, now: datetime) -> int:
    """Write down the receivers of what is due, in office hours; returns how many broadcasts began."""
    begun = 0
    occasions = False
    for row in session.connection().execute(_DUE, {"now": now}).all():
        terms = terms_of(session, (row.bloc_id, row.revision))
        if row.repeats:
            occasions |= _occasion(session, row, terms, now)
        elif terms.calendar.may_send(now):
            _begin(session, row, terms, now)
            begun += 1
    return begun + (begin(session, now) if occasions else 0)


def _occasion(session: Session, row: Any, terms: Terms, now: datetime) -> bool:
    """One occasion of a repeating broadcast becomes a broadcast of its own, and the next one is waited for."""
    at = terms.calendar.local(row.starts_at).time()
    following = rhythms.following(rhythms.read(row.repeats), at, now, terms.calendar)
    session.execute(update(BROADCAST).where(BROADCAST.c.id == row.id).values(starts_at=following))
    if now - row.starts_at > STALE:
        return False
    values = {
        "bloc_id": row.bloc_id, "text": row.text, "agencies": row.agencies, "made_by": row.made_by, "made_at": now,
        "starts_at": row.starts_at, "repeat_of": row.id,
    }  # fmt: skip
    session.execute(insert(BROADCAST).values(values).on_conflict_do_nothing())
    return True


def _begin(session: Session, row: Any, terms: Terms, now: datetime) -> None:
    today = terms.calendar.today(now)
    found = _meant(receivers.of_bloc(session, row.bloc_id, today), row.agencies)
    say = _say(terms, row.id, row.text)
    notices.put(session, _drafts(row, receivers.people(found), say, 1, terms, now), now)
    session.execute(update(BROADCAST).where(BROADCAST.c.id == row.id).values(begun_at=now))


def _meant(found: Iterable[Receiver], agencies: Sequence[int]) -> list[Receiver]:
    return [one for one in found if not agencies or one.agency_id in agencies]


def _say(terms: Terms, number: int, text: str, *, again: bool = False) -> Say:
    words = phrases.to_receiver(terms.head_title, number, text, again=again)
    return Say(text=words, choices=phrases.choices(number))


def _drafts(row: Any, people: Iterable[int], say: Say, call: int, terms: Terms, now: datetime) -> list[Draft]:
    until = terms.calendar.end_of_office(terms.calendar.add_working(terms.calendar.today(now), LIFE))
    return [
        Draft(
            key=f"broadcast:{row.id}:{person}:{call}", bloc_id=row.bloc_id, person_id=person, kind="broadcast",
            opens_at=now, until=until, say=say, broadcast_id=row.id,
        )
        for person in people
    ]  # fmt: skip


# --- stop, resume, a second call ----------------------------------------------------------------------------------


def stop(session: Session, number: int, now: datetime) -> None:
    """Nothing of it leaves from now on; what has not left waits. Raises NotFound."""
    row = _held(session, number)
    if row.stopped_at is None:
        session.execute(update(BROADCAST).where(BROADCAST.c.id == number).values(stopped_at=now))
        notices.take_up(session, now)


def resume(session: Session, number: int, now: datetime) -> None:
    """What had not left goes on, with as much time as at the beginning. Raises NotFound."""
    row = _held(session, number)
    if row.stopped_at is None:
        return
    terms = terms_of_bloc(session, row.bloc_id)
    values: dict[str, Any] = {"stopped_at": None}
    if row.repeats:
        at = terms.calendar.local(row.starts_at).time()
        values["starts_at"] = rhythms.following(rhythms.read(row.repeats), at, now, terms.calendar)
    session.execute(update(BROADCAST).where(BROADCAST.c.id == number).values(values))
    until = terms.calendar.end_of_office(terms.calendar.add_working(terms.calendar.today(now), LIFE))
    waits = (NOTICE.c.broadcast_id == number) & NOTICE.c.outbox_id.is_(None) & NOTICE.c.seen_at.is_(None)
    session.execute(update(NOTICE).where(waits).values(until=until, ended=None))


def call_again(session: Session, number: int, now: datetime) -> int:
    """The one second call, to those who got it and have not acknowledged; returns how many. Raises NotFound,
    Conflict."""
    row = _held(session, number)
    if row.again_at is not None:
        raise Conflict(f"broadcast {number} was called a second time already")
    if row.begun_at is None or row.stopped_at is not None:
        raise Conflict(f"broadcast {number} has not begun, or is stopped")
    terms = terms_of_bloc(session, row.bloc_id)
    people = [got for got, state in _states(session, number).items() if state in phrases.UNANSWERED]
    say = _say(terms, number, row.text, again=True)
    notices.put(session, _drafts(row, people, say, 2, terms, now), now)
    session.execute(update(BROADCAST).where(BROADCAST.c.id == number).values(again_at=now))
    return len(people)


def mark_seen(session: Session, number: int, person_ids: Sequence[int], now: datetime) -> bool:
    """*Đã nhận thông tin*; False: it was not sent to any of them. The first time counts."""
    mine = (NOTICE.c.broadcast_id == number) & NOTICE.c.person_id.in_(list(person_ids))
    if session.execute(select(NOTICE.c.id).where(mine).limit(1)).first() is None:
        return False
    session.execute(update(NOTICE).where(mine, NOTICE.c.seen_at.is_(None)).values(seen_at=now))
    return True


def _held(session: Session, number: int) -> Any:
    row = session.execute(select(BROADCAST).where(BROADCAST.c.id == number).with_for_update()).first()
    if row is None:
        raise NotFound(f"no broadcast {number}")
    return row


# --- look ---------------------------------------------------------------------------------------------------------

_RESULTS = (
    select(NOTICE.c.person_id, NOTICE.c.seen_at, NOTICE.c.ended, OUTBOX.c.state)
    .outerjoin(OUTBOX, OUTBOX.c.id == NOTICE.c.outbox_id)
    .where(NOTICE.c.broadcast_id == bindparam("number"))
    .order_by(NOTICE.c.id)
)
_BETTER = ("failed", "waiting", "uncertain", "sent", "seen")


def _states(session: Session, number: int) -> dict[int, str]:
    """By person: `waiting`, `sent`, `uncertain`, `failed` or `seen`; the better of the two calls counts."""
    found: dict[int, str] = {}
    for person_id, seen_at, ended, state in session.execute(_RESULTS, {"number": number}):
        told = "seen" if seen_at else state if state in phrases.UNANSWERED else "waiting"
        if told == "waiting" and (ended or state == "failed"):
            told = "failed"
        found[person_id] = max(found.get(person_id, told), told, key=_BETTER.index)
    return found


def newest(session: Session, bloc_id: int) -> int | None:
    """The number of the last broadcast of a bloc that is no series."""
    last = select(func.max(BROADCAST.c.id)).where(BROADCAST.c.bloc_id == bloc_id, BROADCAST.c.repeats.is_(None))
    found: int | None = session.execute(last).scalar()
    return found


def view(session: Session, number: int, now: datetime) -> BroadcastView | None:
    """A broadcast and what became of it, person by person; None: there is none."""
    row = session.execute(select(BROADCAST).where(BROADCAST.c.id == number)).first()
    if row is None:
        return None
    states = _states(session, number)
    today = terms_of_bloc(session, row.bloc_id).calendar.today(now)
    meant = _meant(receivers.of_bloc(session, row.bloc_id, today), row.agencies) if row.begun_at else []
    known = _people(session, row.bloc_id, list(states))
    reached = {agency_id for agency_id, _, _ in known.values()}
    return BroadcastView(
        number=number,
        text=row.text,
        starts_at=row.starts_at,
        begun=row.begun_at is not None,
        stopped=row.stopped_at is not None,
        repeats=row.repeats is not None,
        again_at=row.again_at,
        got=tuple(Got(known[p][0], known[p][1], known[p][2], s) for p, s in states.items() if p in known),  # type: ignore[arg-type]
        unreached=tuple(one for one in meant if not one.people and one.agency_id not in reached),
    )


def _people(session: Session, bloc_id: int, person_ids: Sequence[int]) -> dict[int, tuple[int, str, str]]:
    """By person: the agency (id, name) and the person's name; the newest post counts."""
    rows = session.execute(
        select(POST.c.person_id, AGENCY.c.id, AGENCY.c.name, PERSON.c.name)
        .join(AGENCY, AGENCY.c.id == POST.c.agency_id)
        .join(PERSON, PERSON.c.id == POST.c.person_id)
        .where(POST.c.bloc_id == bloc_id, POST.c.person_id.in_(list(person_ids)))
        .order_by(POST.c.id)
    )
    return {person: (agency_id, agency, name) for person, agency_id, agency, name in rows}


def numbers(session: Session, bloc_id: int, limit: int, before: int = 0) -> list[int]:
    """The bloc's broadcasts, newest first; `before`: only those that are older than this one."""
    mine = select(BROADCAST.c.id).where(BROADCAST.c.bloc_id == bloc_id)
    if before:
        mine = mine.where(BROADCAST.c.id < before)
    return list(session.execute(mine.order_by(BROADCAST.c.id.desc()).limit(limit)).scalars())


def is_of(session: Session, number: int, bloc_id: int) -> bool:
    own = select(BROADCAST.c.id).where(BROADCAST.c.id == number, BROADCAST.c.bloc_id == bloc_id)
    return session.execute(own).first() is not None
