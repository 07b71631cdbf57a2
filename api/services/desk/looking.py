"""Reads what an order of the desk must know: exactly what the dialogue asked for."""

from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlmodel import Session, col

from api.services import seasons
from api.services.desk import broadcasts, nudges, receivers, tasks, weeks
from api.services.talks.book import Terms, terms_of_bloc
from bot.dialogue.orders.values import BroadcastView, DayView, DeskFacts, DeskNeeds
from models.rules import deadlines, rhythm
from models.tables import Bloc, Broadcast, Notice


def look(session: Session, needs: DeskNeeds, persons: frozenset[int], now: datetime) -> DeskFacts:
    """`persons` are those who speak in the chat that asks."""
    if needs.hold:
        tasks.hold(session, needs.bloc_id)
    bloc = session.get_one(Bloc, needs.bloc_id, populate_existing=True)
    terms = terms_of_bloc(session, needs.bloc_id)
    days = terms.calendar
    today = days.today(now)
    found = receivers.of_bloc(session, needs.bloc_id, today) if needs.receivers else ()
    season_id = seasons.of_year(session, needs.bloc_id, needs.year) if needs.week else None
    return DeskFacts(
        bloc_id=needs.bloc_id,
        bloc=terms.name,
        slug=terms.slug,
        head_title=terms.head_title,
        sends_at=days.next_sending(now),
        held=bloc.held_since is not None,
        held_until=bloc.held_until,
        receivers=found,
        day=_day(terms, needs, now),
        milestone=tasks.view(session, needs.milestone, now) if needs.milestone else None,
        broadcast=_broadcast(session, needs, persons, now),
        nudged=nudges.lately(session, receivers.people(found), now) if needs.nudge else (),
        week=weeks.read(session, season_id, now) if season_id else None,
    )


def _day(terms: Terms, needs: DeskNeeds, now: datetime) -> DayView | None:
    days = terms.calendar
    today = days.today(now)
    day = needs.day or (today if needs.at else None)
    if needs.rhythm and needs.at:
        first = rhythm.following(needs.rhythm, needs.at, now, days)
        day = days.today(first)
    if day is None:
        return None
    leaves = days.moment(day, needs.at or time())
    return DayView(
        day=day,
        is_off=not days.is_working(day),
        last_day=deadlines.last_day(day, days, terms.strict),
        left=days.working_days_between(today, day),
        leaves_at=days.next_sending(max(leaves, now)) if day >= today and (needs.at is None or leaves > now) else None,
        deadline=terms.deadline(day, needs.at),
        ends_at=days.end_of_day(day),
        resumes_at=days.next_opening(days.moment(day + timedelta(days=1), time())),
    )


def _broadcast(session: Session, needs: DeskNeeds, persons: frozenset[int], now: datetime) -> BroadcastView | None:
    if needs.broadcast is None:
        return None
    number = needs.broadcast or broadcasts.newest(session, needs.bloc_id)
    if number is None or not _may_see(session, number, needs, persons):
        return None
    return broadcasts.view(session, number, now)


def _may_see(session: Session, number: int, needs: DeskNeeds, persons: frozenset[int]) -> bool:
    if needs.mine:
        mine = select(col(Notice.id)).where(col(Notice.broadcast_id) == number, col(Notice.person_id).in_(persons))
        return session.execute(mine.limit(1)).first() is not None
    own = select(col(Broadcast.id)).where(col(Broadcast.id) == number, col(Broadcast.bloc_id) == needs.bloc_id)
    return session.execute(own).first() is not None
