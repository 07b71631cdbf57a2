"""`/nhac`: at most one in two hours a person, whoever asks for it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, or_, select
from sqlmodel import Session

from api.services.desk import notices
from api.services.desk.notices import Draft
from api.services.talks.book import terms_of_bloc
from bot.dialogue.orders.values import Nudged, SendNudge
from models.columns import core
from models.tables import Notice, Outbox, Person

NOTICE, OUTBOX, PERSON = core(Notice), core(Outbox), core(Person)
APART = timedelta(hours=2)

_LATELY = (
    select(NOTICE.c.person_id, func.max(func.coalesce(OUTBOX.c.planned_at, NOTICE.c.planned_at)))
    .outerjoin(OUTBOX, OUTBOX.c.id == NOTICE.c.outbox_id)
    .where(
        NOTICE.c.kind == "nudge",
        NOTICE.c.person_id.in_(bindparam("ids", expanding=True)),
        NOTICE.c.ended.is_(None),
        or_(NOTICE.c.outbox_id.is_(None), OUTBOX.c.planned_at > bindparam("since", type_=OUTBOX.c.planned_at.type)),
    )
    .group_by(NOTICE.c.person_id)
)


def lately(session: Session, person_ids: Sequence[int], now: datetime) -> tuple[Nudged, ...]:
    """Who was nudged less than two hours ago, or is about to be."""
    if not person_ids:
        return ()
    rows = session.connection().execute(_LATELY, {"ids": list(person_ids), "since": now - APART})
    return tuple(Nudged(person_id, at) for person_id, at in rows)


def send(session: Session, deed: SendNudge, now: datetime) -> int:
    """One message a person about what is still open of its obligations; returns how many were put."""
    people = sorted(person for person, _ in deed.to)
    session.execute(select(PERSON.c.id).where(PERSON.c.id.in_(people)).order_by(PERSON.c.id).with_for_update())
    just_now = {one.person_id for one in lately(session, people, now)}
    days = terms_of_bloc(session, deed.bloc_id).calendar
    until = days.end_of_office(days.today(days.next_sending(now)))
    drafts = [
        Draft(f"nudge:{person}:{now.isoformat()}", deed.bloc_id, person, "nudge", now, until, obligations=obligations)
        for person, obligations in deed.to
        if person not in just_now
    ]
    return notices.put(session, drafts, now)
