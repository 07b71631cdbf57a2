"""How a bloc reminds: its policy, its calendar, and a rehearsal of what would be sent."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from sqlmodel import Session

from api.refusals import PROBLEMS, Forbidden, NotFound
from api.routes.blocs import Home, Slug, Who
from api.security import Caller, require
from api.services import policies, status
from api.shapes import CalendarBody, CalendarShape, PolicyBody, PolicyShape, Rehearsal
from models.rules import calendar

router = APIRouter(prefix="/v1/blocs/{bloc}", tags=["planning"], responses=PROBLEMS)
Steers = Annotated[Caller, Depends(require("admin", "head", "desk", "leader"))]
"""Whoever may lead a bloc; a person's token leads the bloc in whose head's agency the post is."""


def steered(session: Session, who: Caller, slug: str) -> int:
    """The bloc, if the caller sees all of it. Raises NotFound, Forbidden."""
    bloc_id, season_id, _ = status.season_of(session, slug, None)
    if not who.reaches(bloc_id):
        raise NotFound(f"no bloc {slug}")
    if not who.reads_bloc(session, bloc_id, season_id):
        raise Forbidden("only the bloc's head, its desk and the administrator")
    return bloc_id


@router.get("/rehearsal")
async def rehearsal(
    bloc: Slug,
    home: Home,
    who: Who,
    days: Annotated[int, Query(ge=1, le=366, description="How many days, from now.")] = 30,
) -> Rehearsal:
    """Every message of the next days, as it would be sent if nothing changed meanwhile: when, to whom, on which
    channel, its words. Played by the functions that plan, on a copy; nothing is sent."""
    now, wire_now = home.clock.covenant(), home.clock.wire()
    return await home.database.read(
        lambda session: home.rehearse(session, steered(session, who, bloc), now, days, wire_now=wire_now)
    )


# --- policy and calendar ------------------------------------------------------------------------------------------

Calendars = Annotated[int | None, Query(ge=1990, le=2199, description="Whose national days are listed; default now.")]


@router.get("/policy")
async def policy(bloc: Slug, home: Home, who: Who) -> PolicyShape:
    """How firmly the bloc is reminded: the level, and every part as it is in force."""
    return await home.database.read(lambda session: policies.policy(session, steered(session, who, bloc)))


@router.put("/policy")
async def set_policy(bloc: Slug, body: PolicyBody, home: Home, who: Steers) -> PolicyShape:
    """Choose a level and whatever differs from it. Replaced whole, from the next reminder on; audited."""
    now = home.clock.covenant()
    return await home.database.write(
        lambda session: policies.set_policy(session, _changed_by(session, who, bloc), body, _actor(who), now)
    )


@router.get("/calendar")
async def working_calendar(bloc: Slug, home: Home, who: Who, year: Calendars = None) -> CalendarShape:
    """The bloc's working calendar: hours, weekends, days off, make-up days, the rule for due dates on a day off."""
    chosen = year or _year(home.clock.covenant())
    return await home.database.read(
        lambda session: policies.working_calendar(session, steered(session, who, bloc), chosen)
    )


@router.put("/calendar")
async def set_calendar(bloc: Slug, body: CalendarBody, home: Home, who: Steers) -> CalendarShape:
    """Override the program's calendar. Replaced whole; due dates and reminders follow at the next tick; audited."""
    now = home.clock.covenant()
    return await home.database.write(
        lambda session: policies.set_calendar(
            session, _changed_by(session, who, bloc), body, _year(now), _actor(who), now
        )
    )


def _changed_by(session: Session, who: Caller, slug: str) -> int:
    """The bloc, if the caller may change how it reminds: its head, the head's desk, the administrator."""
    bloc_id, season_id, _ = status.season_of(session, slug, None)
    if not who.reaches(bloc_id):
        raise NotFound(f"no bloc {slug}")
    if who.post_id is not None and who.role != "admin" and not who.heads(session, season_id):
        raise Forbidden("only the bloc's head, the head's desk and the administrator")
    return bloc_id


def _actor(who: Caller) -> str:
    return f"person:{who.person_id}" if who.person_id else f"token:{who.name}"


def _year(now: datetime) -> int:
    return calendar.STANDARD.today(now).year
