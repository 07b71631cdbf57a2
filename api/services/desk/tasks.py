"""Tasks that the desk gives beside the bloc file, and milestones whose date it moves.

Whoever calls has the bloc's row held until the end of the transaction (`hold`), so that two desks follow each other.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlmodel import Session, col

from api.services import seasons
from api.services.desk import notices, receivers
from api.services.desk.notices import Draft
from api.services.loading.duties import LAST_CODE
from api.services.talks.book import Terms, terms_of_bloc
from api.services.talks.facts import items_by_id
from bot.dialogue.orders.values import GiveTask, MilestoneView, Moved, MoveDate
from bot.dialogue.phrases import orders as phrases
from models.rules import deadlines
from models.tables import Audit, Bloc, Milestone, Notice, Obligation, Person, Reminder, Season, Update
from models.wire import Say

LIFE = 2
"""Working days during which a notice is still tried."""


def hold(session: Session, bloc_id: int) -> Bloc:
    """The bloc's row, held until the end of the transaction."""
    bloc: Bloc = session.execute(select(Bloc).where(col(Bloc.id) == bloc_id).with_for_update()).scalar_one()
    return bloc


def view(session: Session, milestone_id: int, now: datetime) -> MilestoneView | None:
    """A milestone as whoever changes it must know it; None: it is gone."""
    row = session.get(Milestone, milestone_id, populate_existing=True)
    if row is None:
        return None
    of_this = select(col(Obligation.id)).where(col(Obligation.milestone_id) == milestone_id)
    items = items_by_id(session, list(session.execute(of_this).scalars()), now)
    return MilestoneView(
        milestone_id=milestone_id,
        code=row.code,
        title=row.title,
        due_on=row.due_on,
        due_time=row.due_time,
        ad_hoc=row.ad_hoc,
        agencies=tuple(item.agency_id for item in items),
        still_open=tuple(item.agency_id for item in items if item.standing.is_open),
        answered=any(item.standing.log for item in items),
        moved=_moved(session, milestone_id),
    )


def _moved(session: Session, milestone_id: int) -> Moved | None:
    """Who moved its date last, and when."""
    last = (
        select(col(Audit.at), col(Audit.detail))
        .where(col(Audit.subject) == f"milestone:{milestone_id}", col(Audit.deed) == "move_date")
        .order_by(col(Audit.id).desc())
        .limit(1)
    )
    row = session.execute(last).first()
    if row is None:
        return None
    person = session.get(Person, row.detail.get("person") or 0)
    return Moved(person.name if person else "Bộ phận giúp việc", row.at, date.fromisoformat(row.detail["from"]))


# --- give ---------------------------------------------------------------------------------------------------------


def give(session: Session, deed: GiveTask, person_id: int, now: datetime) -> str:
    """A new milestone with its obligations and a notice to everybody who answers for them; returns its code."""
    bloc = hold(session, deed.bloc_id)
    season = session.get_one(Season, seasons.current(session, deed.bloc_id))
    number = next_number(session, bloc, season.id or 0)
    milestone = Milestone(
        season_id=season.id or 0,
        key=f"giao-viec-{number}",
        number=number,
        title=deed.title,
        due_on=deed.due_on,
        due_time=deed.due_time,
        owed_by="some" if deed.agencies else "all",
        ad_hoc=True,
    )
    session.add(milestone)
    session.flush()
    terms = _grown(session, bloc, number)
    today = terms.calendar.today(now)
    meant = [one for one in receivers.of_bloc(session, deed.bloc_id, today) if _is_meant(one.agency_id, deed.agencies)]
    owing = {"season_id": season.id, "milestone_id": milestone.id, "look_on": terms.calendar.add_working(today, 1)}
    session.execute(insert(Obligation), [{**owing, "agency_id": one.agency_id, "followed": True} for one in meant])
    _audit(session, "give_task", milestone.id, person_id, now, agencies=[one.agency_id for one in meant])
    words = phrases.task_given(terms.head_title, milestone.code, deed.title, deed.due_on, deed.due_time)
    _tell(session, terms, receivers.people(meant), f"task:{milestone.id}", words, milestone.code, now)
    return milestone.code


def _is_meant(agency_id: int, agencies: Sequence[int]) -> bool:
    return not agencies or agency_id in agencies


def next_number(session: Session, bloc: Bloc, season_id: int) -> int:
    """Codes count on within the bloc, and one that was given does not come back."""
    highest = session.execute(
        select(func.max(col(Milestone.number)))
        .join(Season, col(Season.id) == col(Milestone.season_id))
        .where(col(Season.bloc_id) == bloc.id, col(Season.closed).is_(False) | (col(Season.id) == season_id))
    ).scalar()
    return max(highest or 0, int(bloc.settings.get(LAST_CODE, 0))) + 1


def _grown(session: Session, bloc: Bloc, number: int | None = None) -> Terms:
    """The bloc's words and dates are different now."""
    bloc.revision += 1
    if number is not None:
        bloc.settings = {**bloc.settings, LAST_CODE: number}
    session.add(bloc)
    session.flush()
    return terms_of_bloc(session, bloc.id or 0)


def take_back(session: Session, bloc_id: int, milestone_id: int, person_id: int, now: datetime) -> None:
    """Nobody has answered it: it goes, those who were told are told, and the others never hear of it."""
    bloc = hold(session, bloc_id)
    row = session.get_one(Milestone, milestone_id)
    code, title = row.code, row.title
    ids = select(col(Obligation.id)).where(col(Obligation.milestone_id) == milestone_id)
    obligations = list(session.execute(ids.with_for_update()).scalars())
    answered = select(col(Update.id)).where(col(Update.obligation_id).in_(obligations)).limit(1)
    if not row.ad_hoc or session.execute(answered).first():
        return
    told = _end_notices(session, f"task:{milestone_id}:")
    session.execute(delete(Reminder).where(col(Reminder.obligation_id).in_(obligations)))
    session.execute(delete(Obligation).where(col(Obligation.milestone_id) == milestone_id))
    session.delete(row)
    terms = _grown(session, bloc)
    _audit(session, "take_task_back", milestone_id, person_id, now)
    words = phrases.task_taken_back(terms.head_title, code, title)
    _tell(session, terms, told, f"no-task:{milestone_id}", words, code, now)


def _end_notices(session: Session, prefix: str) -> list[int]:
    """Those that wait leave no more; returns the people who were told already."""
    of_this = col(Notice.key).startswith(prefix, autoescape=True)
    session.execute(update(Notice).where(of_this, col(Notice.outbox_id).is_(None)).values(ended="taken back"))
    told = select(col(Notice.person_id)).where(of_this, col(Notice.outbox_id).is_not(None))
    return list(session.execute(told).scalars())


# --- move ---------------------------------------------------------------------------------------------------------


def move(session: Session, deed: MoveDate, person_id: int, now: datetime) -> None:
    """The milestone's date for all agencies; everything that hangs on it is derived anew at the next look."""
    bloc = hold(session, deed.bloc_id)
    row = session.get_one(Milestone, deed.milestone_id, populate_existing=True)
    before = view(session, deed.milestone_id, now)
    was_on, was_at = row.due_on, row.due_time
    row.due_on, row.due_time, row.due_text, row.is_default = deed.due_on, deed.due_time, None, False
    row.moved_from = row.moved_from or was_on
    session.add(row)
    terms = _grown(session, bloc)
    _follow(session, row, terms, now)
    audit_id = _audit(
        session, "move_date", row.id, person_id, now,
        **{"from": was_on.isoformat(), "to": deed.due_on.isoformat(), "reason": deed.reason},
    )  # fmt: skip
    concerned = set(before.still_open) if before else set()
    today = terms.calendar.today(now)
    meant = [one for one in receivers.of_bloc(session, deed.bloc_id, today) if one.agency_id in concerned]
    was, new = phrases.when(was_on, was_at), phrases.when(deed.due_on, deed.due_time)
    kept = _kept(session, row)
    for until in (None, *sorted(set(kept.values()))):
        words = phrases.date_moved(terms.head_title, row.code, row.title, was, new, deed.reason, until)
        theirs = [one for one in meant if kept.get(one.agency_id) == until]
        _tell(session, terms, receivers.people(theirs), f"moved:{audit_id}", words, row.code, now)


def _kept(session: Session, row: Milestone) -> dict[int, date]:
    """By agency, the date of an extension that reaches further than the new one."""
    of_this = (col(Obligation.milestone_id) == row.id, col(Obligation.due_on).is_not(None))
    found = session.execute(select(col(Obligation.agency_id), col(Obligation.due_on)).where(*of_this))
    return {row[0]: row[1] for row in found}


def _follow(session: Session, row: Milestone, terms: Terms, now: datetime) -> None:
    """Look at its obligations today; what was past when the season began is followed when its new date is not. An
    extension that reaches further than the new date stays."""
    of_this = col(Obligation.milestone_id) == row.id
    session.execute(update(Obligation).where(of_this, col(Obligation.due_on) <= row.due_on).values(due_on=None))
    session.execute(update(Obligation).where(of_this).values(look_on=terms.calendar.today(now)))
    if deadlines.deadline(row.due_on, row.due_time, terms.calendar, terms.strict) > now:
        session.execute(update(Obligation).where(of_this).values(followed=True))


# --- what both do -------------------------------------------------------------------------------------------------


def _tell(
    session: Session, terms: Terms, people: Iterable[int], key: str, words: str, code: str, now: datetime
) -> None:
    days = terms.calendar
    until = days.end_of_office(days.add_working(days.today(now), LIFE))
    say = Say(text=words)
    drafts = [
        Draft(f"{key}:{person}", terms.bloc_id, person, "notice", now, until, say, codes=(code,)) for person in people
    ]
    notices.put(session, drafts, now)


def _audit(session: Session, deed: str, milestone_id: int | None, person_id: int, now: datetime, **detail: Any) -> int:
    known = {"person": person_id, **detail}
    row = Audit(at=now, actor=f"person:{person_id}", deed=deed, subject=f"milestone:{milestone_id}", detail=known)
    session.add(row)
    session.flush()
    return row.id or 0
