"""A bloc's policy and calendar as data: read, changed whole, validated, audited. `now` is covenant time.

What was decided here or in chat outlives the next loading of the bloc file (`settings["decided"]`).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session, col

from api.refusals import Invalid, NotFound
from api.services.loading import duties
from api.services.loading.duties import DECIDED, IMPORTANT
from api.shapes import CalendarBody, CalendarShape, PolicyBody, PolicyShape
from models.rules import calendar, days_off
from models.rules import policy as policies
from models.tables import Audit, Bloc, Milestone, Season

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def decide(session: Session, bloc_id: int, parts: Mapping[str, Any], by: str, now: datetime) -> None:
    """Put these parts of a bloc's settings; None takes a part back to the program's default. Every open obligation is
    looked at anew. Nothing is stored when nothing changes."""
    bloc = hold(session, bloc_id)
    before = {part: bloc.settings.get(part) for part in parts}
    if before == dict(parts):
        return
    decided = sorted({*bloc.settings.get(DECIDED, ()), *parts})
    kept = {name: value for name, value in bloc.settings.items() if name not in parts}
    bloc.settings = {**kept, **{name: value for name, value in parts.items() if value is not None}, DECIDED: decided}
    _has_changed(session, bloc, by, now, {"before": before, "after": dict(parts)}, ", ".join(parts))


def _has_changed(session: Session, bloc: Bloc, by: str, now: datetime, detail: dict[str, Any], what: str) -> None:
    bloc.revision += 1
    duties.wake(session, bloc, calendar.of(bloc.settings).today(now))
    session.add(Audit(at=now, actor=by, deed=f"decided {what}", subject=f"bloc:{bloc.slug}", detail=detail))
    session.flush()


def hold(session: Session, bloc_id: int) -> Bloc:
    """The bloc, held until the end of the transaction. Raises NotFound."""
    bloc: Bloc | None = session.execute(select(Bloc).where(col(Bloc.id) == bloc_id).with_for_update()).scalar()
    if bloc is None:
        raise NotFound("no such bloc")
    return bloc


# --- policy -------------------------------------------------------------------------------------------------------


def policy(session: Session, bloc_id: int) -> PolicyShape:
    bloc = session.get_one(Bloc, bloc_id)
    one = policies.policy(bloc.settings)
    important = sorted(number for _, number, marked in milestones(session, bloc_id) if marked)
    return PolicyShape(
        **{part: getattr(one, part) for part in policies.PARTS},
        level=one.level,
        important=[f"K{number}" for number in important],
        decided="policy" in bloc.settings.get(DECIDED, ()),
    )


def set_policy(session: Session, bloc_id: int, body: PolicyBody, by: str, now: datetime) -> PolicyShape:
    """Level and own parts, replaced whole; `important` only when it is given. Raises Invalid."""
    own = body.model_dump(exclude_unset=True, exclude_none=True, exclude={"important"})
    try:
        one = policies.policy({"policy": own})
    except policies.PolicyError as error:
        raise Invalid(str(error)) from None
    decide(session, bloc_id, {"policy": policies.as_settings(one)}, by, now)
    if body.important is not None:
        mark(session, bloc_id, body.important, by, now)
    return policy(session, bloc_id)


def milestones(session: Session, bloc_id: int) -> Sequence[Any]:
    """(id, number, important) of the open seasons."""
    of_bloc = (
        select(col(Milestone.id), col(Milestone.number), col(Milestone.important))
        .join(Season, col(Season.id) == col(Milestone.season_id))
        .where(col(Season.bloc_id) == bloc_id, col(Season.closed).is_(False))
    )
    return session.execute(of_bloc).all()


def mark(session: Session, bloc_id: int, codes: Sequence[str], by: str, now: datetime) -> None:
    """Which milestones are important, and no others."""
    known = {f"K{number}": (id_, marked) for id_, number, marked in milestones(session, bloc_id)}
    wanted = {code.upper() for code in codes}
    if unknown := sorted(wanted - known.keys()):
        raise Invalid(f"no milestone {', '.join(unknown)} in an open season of this bloc")
    changed = {code: id_ for code, (id_, marked) in known.items() if marked != (code in wanted)}
    if not changed:
        return
    for important in (True, False):
        ids = [id_ for code, id_ in changed.items() if (code in wanted) == important]
        session.execute(update(Milestone).where(col(Milestone.id).in_(ids)).values(important=important))
    bloc = hold(session, bloc_id)
    bloc.settings = {**bloc.settings, DECIDED: sorted({*bloc.settings.get(DECIDED, ()), IMPORTANT})}
    _has_changed(session, bloc, by, now, {IMPORTANT: sorted(wanted)}, "important milestones")


# --- calendar -----------------------------------------------------------------------------------------------------


def working_calendar(session: Session, bloc_id: int, year: int) -> CalendarShape:
    """The bloc's calendar as it is in force, with the days that are known for that year."""
    bloc = session.get_one(Bloc, bloc_id)
    days = calendar.of(bloc.settings)
    own = bloc.settings.get("calendar") or {}
    national = sorted(days_off.days_off(year) | {day for day in days_off.EXTRA_DAYS_OFF if day.year == year})
    make_up = sorted(day for day in days_off.MAKE_UP_DAYS if day.year == year)
    return CalendarShape(
        strict=bool(bloc.settings.get("strict")),
        office=_span(days.office),
        sending=[_span(span) for span in days.sending],
        quiet=[_span(span) for span in days.quiet],
        weekend=[WEEKDAYS[day] for day in sorted(days.weekend)],
        not_before={WEEKDAYS[day]: f"{at:%H:%M}" for day, at in days.not_before},
        not_after={WEEKDAYS[day]: f"{at:%H:%M}" for day, at in days.not_after},
        days_off=[date.fromisoformat(day) for day in own.get("days_off", ())],
        working_days=[date.fromisoformat(day) for day in own.get("working_days", ())],
        year=year,
        known_days_off=national,
        known_working_days=make_up,
        decided="calendar" in bloc.settings.get(DECIDED, ()),
    )


def _span(span: calendar.Span) -> list[str]:
    return [f"{at:%H:%M}" for at in span]


def set_calendar(
    session: Session, bloc_id: int, body: CalendarBody, year: int, by: str, now: datetime
) -> CalendarShape:
    """Replaced whole: what is left out follows the program's default. Raises Invalid."""
    if both := sorted(set(body.days_off) & set(body.working_days)):
        raise Invalid(f"{both[0].isoformat()} cannot be both a day off and a working day")
    part = _as_settings(body)
    try:
        calendar.of({"calendar": part})
    except ValueError as error:
        raise Invalid(f"this calendar cannot be used: {error}") from None
    decide(session, bloc_id, {"calendar": part or None, "strict": body.strict or None}, by, now)
    return working_calendar(session, bloc_id, year)


def _as_settings(body: CalendarBody) -> dict[str, Any]:
    """As `models.rules.calendar.of` reads it."""
    given = body.model_dump(mode="json", exclude_unset=True, exclude_none=True, exclude={"strict"})
    for name in ("not_before", "not_after"):
        if name in given:
            given[name] = {str(WEEKDAYS.index(day)): at for day, at in given[name].items()}
    if "weekend" in given:
        given["weekend"] = sorted(WEEKDAYS.index(day) for day in given["weekend"])
    return {name: value for name, value in given.items() if value or name == "weekend"}
