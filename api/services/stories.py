"""What else belongs to the story of an obligation: whom its silence was passed on to, when the bloc stood still, and
why nothing is being sent just now. `now` is covenant time."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlmodel import Session, col

from api.moments import local
from bot.dialogue.values import Item
from models.rules import calendar, deadlines, escalation, reminders
from models.rules import policy as policies
from models.rules.reach import REMINDED
from models.tables import (
    Address,
    Agency,
    Audit,
    Binding,
    Bloc,
    Milestone,
    Obligation,
    Outbox,
    Person,
    Post,
    Reminder,
    Season,
)
from models.tables.delivery import Escalation

HELD = ("hold", "release")


def passed_on(session: Session, obligation_id: int) -> list[dict[str, Any]]:
    """Every step of escalation, taken or skipped, with the names of those who were told."""
    rows = session.execute(select(Escalation).where(col(Escalation.obligation_id) == obligation_id)).scalars().all()
    ids = {person_id for row in rows for person_id in (*row.people, row.decided_by) if person_id}
    rows_of_names = session.execute(select(col(Person.id), col(Person.name)).where(col(Person.id).in_(ids)))
    names: dict[int, str] = dict(rows_of_names.all())
    return [
        {
            "at": local(row.at), "what": "escalation", "step": row.step, "since": row.since, "outcome": row.outcome,
            "why": row.why, "people": [names[person_id] for person_id in row.people if person_id in names],
            "decided_by": names.get(row.decided_by) if row.decided_by else None,
            "decided_at": local(row.decided_at) if row.decided_at else None,
        }
        for row in rows
    ]  # fmt: skip


def held(session: Session, bloc_id: int, since: datetime) -> list[dict[str, Any]]:
    """When all unasked messages of the bloc stopped and went on."""
    slug = session.get_one(Bloc, bloc_id).slug
    rows = session.execute(
        select(col(Audit.at), col(Audit.deed))
        .where(col(Audit.subject) == f"bloc:{slug}", col(Audit.deed).in_(HELD), col(Audit.at) >= since)
        .order_by(col(Audit.id))
    )
    return [{"at": local(at), "what": deed} for at, deed in rows]


def started_at(session: Session, season_id: int) -> datetime:
    return session.get_one(Season, season_id).started_at


def quiet_because(session: Session, item: Item, now: datetime) -> tuple[list[str], date | None]:
    """Why nothing is sent just now, the strongest reason first, and the day on which it is looked at again.

    `closed`, `past`, `submitted`, `confirmed`, `waived`, `held`, `waiting_for_head`, `promised`, `said_sent`,
    `off_channel`, `not_linked`, `not_delivered`, `handed`, `before_the_first_rung`, `between_rungs`, `week_is_full`,
    `next_message`.
    """
    owed, milestone = _owed(session, item)
    reasons = list(_reasons(session, item, milestone, now))
    return reasons, _after_the_pause(session, item.bloc_id) if "held" in reasons else owed.look_on


def _after_the_pause(session: Session, bloc_id: int) -> date | None:
    """None: the pause has no end yet."""
    bloc = session.get_one(Bloc, bloc_id)
    days = calendar.of(bloc.settings)
    return days.today(days.next_opening(bloc.held_until)) if bloc.held_until else None


def _owed(session: Session, item: Item) -> tuple[Obligation, Milestone]:
    return session.get_one(Obligation, item.obligation_id), session.get_one(Milestone, item.milestone_id)


def _reasons(session: Session, item: Item, milestone: Milestone, now: datetime) -> Iterator[str]:
    bloc = session.get_one(Bloc, item.bloc_id)
    days, policy = calendar.of(bloc.settings), policies.policy(bloc.settings)
    today, standing = days.today(now), item.standing
    if session.get_one(Season, milestone.season_id).closed:
        yield "closed"
    if not standing.is_open:
        yield standing.state
        return
    if bloc.held_since is not None and (bloc.held_until is None or bloc.held_until > now):
        yield "held"
    if standing.extension_asked:
        yield "waiting_for_head"
    elif standing.promise_on is not None and today <= standing.promise_on:
        yield "promised"
    elif reminders.rests(standing, today):
        yield "said_sent"
    if unreached := _unreached(session, item.agency_id, today):
        yield unreached
    strict = bool(bloc.settings.get("strict"))
    ladder = reminders.ladder(
        policy, item.due_on, today, days, is_report=milestone.is_report, strict=strict, important=milestone.important
    )
    silent = escalation.silence(
        standing,
        deadlines.last_day(item.due_on, days, strict),
        days,
        lambda day: days.working_days_between(day, today),
    )
    if _was_handed(session, item.obligation_id, silent.since):
        yield "handed"
    elif ladder.passed is None:
        yield "before_the_first_rung"
    elif reminders.due(policy, ladder, "focal", _past(session, item, days)) is None:
        yield "between_rungs"
    elif not unreached:
        sent = _sent_this_week(session, item.agency_id, today)
        fits = (reminders.within_budget(policy, ladder.passed.rung, n, important=milestone.important) for n in sent)
        yield "next_message" if any(fits) else "week_is_full"


def _unreached(session: Session, agency_id: int, today: date) -> str | None:
    """Why nobody of the agency can be told; None: somebody can."""
    if session.get_one(Agency, agency_id).off_channel:
        return "off_channel"
    states = set(
        session.execute(
            select(col(Address.state))
            .join(Binding, col(Binding.address_id) == col(Address.id))
            .join(Post, col(Post.id) == col(Binding.post_id))
            .where(*_reminded(agency_id, today))
        ).scalars()
    )
    if not states:
        return "not_linked"
    return None if "open" in states else "not_delivered"


def _past(session: Session, item: Item, days: calendar.Calendar) -> reminders.Past:
    """What was planned in this round for this date, for whoever of the agency is the furthest."""
    latest = session.execute(
        select(func.max(col(Reminder.rung))).where(
            col(Reminder.obligation_id) == item.obligation_id,
            col(Reminder.due_on) == item.due_on,
            col(Reminder.round) == item.standing.round,
            col(Reminder.kind).in_(("rung", "phone")),
            col(Reminder.outbox_id).is_not(None),
        )
    ).scalar()
    last = item.standing.last
    return reminders.Past(latest, heard_on=days.today(last.at) if last else None)


def _sent_this_week(session: Session, agency_id: int, today: date) -> list[int]:
    """How many merged messages each of those who get every rung has had since Monday, or is about to get."""
    week = [(today - timedelta(days=n)).isoformat() for n in range(today.weekday() + 1)]
    ids = _who_gets_every_rung(session, agency_id, today)
    keys = [f"{person_id}:{day}" for person_id in ids for day in week]
    rows = session.execute(
        select(col(Outbox.person_id), func.count())
        .where(col(Outbox.merge_key).in_(keys), col(Outbox.state).in_(("queued", "claimed", "sent", "uncertain")))
        .group_by(col(Outbox.person_id))
    )
    found: dict[int, int] = dict(rows.all())
    return [found.get(person_id, 0) for person_id in ids]


def _who_gets_every_rung(session: Session, agency_id: int, today: date) -> Sequence[int]:
    """The focal points with an open chat; where there are none, the deputies stand in."""
    rows = session.execute(
        select(col(Post.role), col(Post.person_id))
        .join(Binding, col(Binding.post_id) == col(Post.id))
        .join(Address, col(Address.id) == col(Binding.address_id))
        .where(*_reminded(agency_id, today), col(Address.state) == "open")
    ).all()
    focal = {person_id for role, person_id in rows if role == "focal"}
    return sorted(focal or {person_id for _, person_id in rows})


def _reminded(agency_id: int, today: date) -> tuple[ColumnElement[bool], ...]:
    """Bindings of the posts whose holders are reminded."""
    return (
        col(Post.agency_id) == agency_id,
        col(Post.role).in_(REMINDED),
        col(Post.since) <= today,
        or_(col(Post.until).is_(None), col(Post.until) > today),
        col(Binding.unbound_at).is_(None),
    )


def _was_handed(session: Session, obligation_id: int, since: date) -> bool:
    handed = select(col(Escalation.id)).where(
        col(Escalation.obligation_id) == obligation_id,
        col(Escalation.step) == "handed",
        col(Escalation.since) == since,
    )
    return session.execute(handed).first() is not None
