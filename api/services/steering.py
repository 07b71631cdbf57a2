"""What the head and its desk decide about the reminders in chat: read, and carried out. `now` is covenant time."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlmodel import Session, col

from api.services import policies, status
from api.services.desk import notices
from api.services.talks.book import terms_of_bloc
from bot.dialogue.steering.values import (
    Asked,
    DecideOnLeader,
    Delivered,
    SetFirmness,
    SteeringDeed,
    SteeringFacts,
    SteeringNeeds,
)
from models.rules import policy as rules
from models.rules.calendar import Calendar
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
from models.wire import Say

ANSWER_WITHIN = 5
"""Working days that a letter gives for an answer."""


def look(session: Session, needs: SteeringNeeds, now: datetime) -> SteeringFacts:
    terms = terms_of_bloc(session, needs.bloc_id)
    bloc = session.get_one(Bloc, needs.bloc_id)
    today = terms.calendar.today(now)
    policy = rules.policy(bloc.settings)
    agency_id = needs.agency_id
    return SteeringFacts(
        bloc_id=needs.bloc_id,
        bloc=terms.name,
        kind=terms.kind,
        year=status.season_of(session, terms.slug)[2],
        head_title=terms.head_title,
        policy=policy,
        has_own_parts=rules.as_settings(policy).keys() != {"level"},
        calendar=bloc.settings.get("calendar") or {},
        sending=tuple((f"{start:%H:%M}", f"{end:%H:%M}") for start, end in terms.calendar.sending),
        milestones={f"K{number}": marked for _, number, marked in policies.milestones(session, needs.bloc_id)},
        answer_by=terms.calendar.add_working(today, ANSWER_WITHIN),
        delivered=_delivered(session, agency_id) if agency_id else (),
        asked=_asked(session, agency_id) if agency_id else (),
        leaders=tuple(name for _, name in _leaders(session, agency_id, terms.calendar, now)) if agency_id else (),
    )


def _delivered(session: Session, agency_id: int) -> tuple[Delivered, ...]:
    """Every reminder that a platform accepted, of what this agency owes in open seasons."""
    rows = session.execute(
        select(col(Reminder.obligation_id), col(Outbox.sent_at), col(Address.channel))
        .join(Outbox, col(Outbox.id) == col(Reminder.outbox_id))
        .join(Address, col(Address.id) == col(Outbox.address_id))
        .join(Obligation, col(Obligation.id) == col(Reminder.obligation_id))
        .join(Season, col(Season.id) == col(Obligation.season_id))
        .where(
            col(Obligation.agency_id) == agency_id,
            col(Season.closed).is_(False),
            col(Outbox.state) == "sent",
            col(Reminder.kind).in_(("rung", "deputy")),
        )
        .order_by(col(Outbox.sent_at))
    )
    return tuple(Delivered(*row) for row in rows)


def _asked(session: Session, agency_id: int) -> tuple[Asked, ...]:
    """The newest step towards the leader of each obligation."""
    rows = session.execute(
        select(
            col(Escalation.obligation_id), col(Escalation.outcome), col(Person.name), col(Escalation.decided_at)
        )
        .join(Obligation, col(Obligation.id) == col(Escalation.obligation_id))
        .outerjoin(Person, col(Person.id) == col(Escalation.decided_by))
        .where(col(Obligation.agency_id) == agency_id, col(Escalation.step) == "leader")
        .order_by(col(Escalation.since))
    )  # fmt: skip
    return tuple({row[0]: Asked(*row) for row in rows}.values())


def _leaders(session: Session, agency_id: int, days: Calendar, now: datetime) -> Sequence[tuple[int, str]]:
    """(person, name) of the agency's leaders with an open chat."""
    today = days.today(now)
    rows = session.execute(
        select(col(Person.id), col(Person.name))
        .join(Post, col(Post.person_id) == col(Person.id))
        .join(Binding, col(Binding.post_id) == col(Post.id))
        .join(Address, col(Address.id) == col(Binding.address_id))
        .where(
            col(Post.agency_id) == agency_id,
            col(Post.role) == "leader",
            col(Post.since) <= today,
            or_(col(Post.until).is_(None), col(Post.until) > today),
            col(Binding.unbound_at).is_(None),
            col(Address.state) == "open",
        )
        .distinct()
        .order_by(col(Person.id))
    )
    return [(row[0], row[1]) for row in rows]


# --- what is done -------------------------------------------------------------------------------------------------


def carry_out(session: Session, deed: SteeringDeed, by: int, now: datetime, wire_now: datetime) -> None:
    """`by`: the person who decided."""
    match deed:
        case SetFirmness():
            _set_firmness(session, deed, f"person:{by}", now)
        case DecideOnLeader():
            _decide_on_leader(session, deed, by, now, wire_now)


def _set_firmness(session: Session, deed: SetFirmness, by: str, now: datetime) -> None:
    policies.decide(session, deed.bloc_id, {"policy": dict(deed.policy)}, by, now)
    if deed.sending:
        own = policies.hold(session, deed.bloc_id).settings.get("calendar") or {}
        spans = [list(span) for span in deed.sending]
        policies.decide(session, deed.bloc_id, {"calendar": {**own, "sending": spans}}, by, now)
    if deed.important is not None:
        policies.mark(session, deed.bloc_id, deed.important, by, now)


def _decide_on_leader(session: Session, deed: DecideOnLeader, by: int, now: datetime, wire_now: datetime) -> None:
    """Once a silence: who comes second changes nothing."""
    step = session.execute(
        update(Escalation)
        .where(
            col(Escalation.obligation_id) == deed.obligation_id,
            col(Escalation.step) == "leader",
            col(Escalation.outcome) == "asked",
        )
        .values(outcome="told" if deed.text else "declined", decided_by=by, decided_at=now)
        .returning(col(Escalation.id))
    ).scalar()
    if step is None:
        return
    outcome = "told" if deed.text else "declined"
    subject = f"obligation:{deed.obligation_id}"
    session.add(Audit(at=now, actor=f"person:{by}", deed=f"leader {outcome}", subject=subject))
    if deed.text:
        notices.put(session, _to_leaders(session, step, deed, now), now)
        notices.send(session, now, wire_now)


def _to_leaders(session: Session, step: int, deed: DecideOnLeader, now: datetime) -> list[notices.Draft]:
    agency_id, bloc_id, number = session.execute(
        select(col(Obligation.agency_id), col(Agency.bloc_id), col(Milestone.number))
        .join(Agency, col(Agency.id) == col(Obligation.agency_id))
        .join(Milestone, col(Milestone.id) == col(Obligation.milestone_id))
        .where(col(Obligation.id) == deed.obligation_id)
    ).one()
    days = terms_of_bloc(session, bloc_id).calendar
    opens_at = days.next_sending(now)
    until = days.end_of_office(days.add_working(days.today(opens_at), 1))
    return [
        notices.Draft(
            key=f"leader:{step}:{person_id}",
            bloc_id=bloc_id,
            person_id=person_id,
            kind="notice",
            opens_at=opens_at,
            until=until,
            say=Say(text=deed.text or ""),
            codes=(f"K{number}",),
        )
        for person_id, _ in _leaders(session, agency_id, days, now)
    ]
