"""Reads obligations and their updates as the rules and the dialogue want them: plain values, in few statements."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlmodel import Session

from api.services.talks.book import Terms, terms_of
from bot.dialogue.values import Item
from models.columns import core
from models.prepared import Prepared
from models.rules.progress import Ask, Fact, bucket, stand
from models.tables import Agency, Bloc, Milestone, Obligation, Promise, Season, Update

CHUNK = 500
"""Ids in one IN list: within every engine's limit of bound values."""

UPDATE, PROMISE, OBLIGATION = core(Update), core(Promise), core(Obligation)
MILESTONE, SEASON, AGENCY, BLOC = core(Milestone), core(Season), core(Agency), core(Bloc)
DUE_ON = func.coalesce(OBLIGATION.c.due_on, MILESTONE.c.due_on).label("due_on")
"""The date in force."""

_FACTS = (
    select(
        UPDATE.c.obligation_id, UPDATE.c.id, UPDATE.c.kind, UPDATE.c.at, UPDATE.c.percent,
        UPDATE.c.value, UPDATE.c.note, UPDATE.c.letter, UPDATE.c.letter_on, PROMISE.c.on,
        UPDATE.c.undoes_id, UPDATE.c.person_id, UPDATE.c.channel, UPDATE.c.proxy, UPDATE.c.due_on,
    )
    .outerjoin(PROMISE, PROMISE.c.update_id == UPDATE.c.id)
    .order_by(UPDATE.c.id)
)  # fmt: skip
_FACTS_OF_MANY = Prepared(_FACTS.where(UPDATE.c.obligation_id.in_(bindparam("ids", expanding=True))))
_FACTS_OF_SEASON = Prepared(
    _FACTS.join(OBLIGATION, OBLIGATION.c.id == UPDATE.c.obligation_id).where(
        OBLIGATION.c.season_id == bindparam("season_id")
    )
)


def _grouped(rows: Iterable[Any], into: dict[int, list[Fact]]) -> dict[int, list[Fact]]:
    for row in rows:
        into.setdefault(row[0], []).append(Fact(*row[1:]))
    return into


def facts_of(session: Session, obligation_ids: Sequence[int]) -> dict[int, list[Fact]]:
    """Every update of these obligations, in the order they were stored."""
    found: dict[int, list[Fact]] = {}
    for start in range(0, len(obligation_ids), CHUNK):
        chunk = list(obligation_ids[start : start + CHUNK])
        _grouped(_FACTS_OF_MANY.all(session, {"ids": chunk}), found)
    return found


def facts_of_season(session: Session, season_id: int) -> dict[int, list[Fact]]:
    """Every update of a season, by obligation."""
    return _grouped(_FACTS_OF_SEASON.all(session, {"season_id": season_id}), {})


_ITEMS = (
    select(
        OBLIGATION.c.id, OBLIGATION.c.followed, MILESTONE.c.id, SEASON.c.bloc_id, MILESTONE.c.number,
        AGENCY.c.short, AGENCY.c.id, AGENCY.c.name, MILESTONE.c.title, DUE_ON,
        MILESTONE.c.due_time, MILESTONE.c.evidence, MILESTONE.c.target, MILESTONE.c.unit,
        MILESTONE.c.outside, MILESTONE.c.is_default, MILESTONE.c.note, SEASON.c.year, BLOC.c.revision,
    )
    .join(MILESTONE, MILESTONE.c.id == OBLIGATION.c.milestone_id)
    .join(SEASON, SEASON.c.id == OBLIGATION.c.season_id)
    .join(AGENCY, AGENCY.c.id == OBLIGATION.c.agency_id)
    .join(BLOC, BLOC.c.id == SEASON.c.bloc_id)
    .order_by(DUE_ON, MILESTONE.c.number, AGENCY.c.id)
)  # fmt: skip
_OF_AGENCIES = _ITEMS.where(OBLIGATION.c.agency_id.in_(bindparam("ids", expanding=True)), SEASON.c.closed.is_(False))
_ITEMS_OF_AGENCIES = Prepared(_OF_AGENCIES)
_ITEMS_OF_MILESTONES = Prepared(_OF_AGENCIES.where(MILESTONE.c.id.in_(bindparam("milestones", expanding=True))))
_ITEMS_BY_ID = Prepared(_ITEMS.where(OBLIGATION.c.id.in_(bindparam("ids", expanding=True))))
_ITEMS_OF_SEASON = Prepared(_ITEMS.where(OBLIGATION.c.season_id == bindparam("season_id")))


def items_of(
    session: Session, agency_ids: Sequence[int], now: datetime, milestone_ids: Sequence[int] = ()
) -> list[Item]:
    """What these agencies owe in all open seasons (for these milestones only, when some are named), by due date."""
    if not agency_ids:
        return []
    wanted = _ITEMS_OF_MILESTONES if milestone_ids else _ITEMS_OF_AGENCIES
    named = {"milestones": list(milestone_ids)} if milestone_ids else {}
    return _items(session, wanted.all(session, {"ids": list(agency_ids)} | named), now)


def items_by_id(session: Session, obligation_ids: Sequence[int], now: datetime) -> list[Item]:
    """These obligations, by due date."""
    if not obligation_ids:
        return []
    return _items(session, _ITEMS_BY_ID.all(session, {"ids": list(obligation_ids)}), now)


def items_of_season(session: Session, season_id: int, now: datetime) -> list[Item]:
    """All that is owed in a season, by due date; updates after `now` do not count."""
    rows = _ITEMS_OF_SEASON.all(session, {"season_id": season_id})
    return _with_facts(session, rows, facts_of_season(session, season_id), now)


def _items(session: Session, rows: Sequence[Any], now: datetime) -> list[Item]:
    return _with_facts(session, rows, facts_of(session, [row[0] for row in rows]), now)


def _with_facts(session: Session, rows: Sequence[Any], facts: Mapping[int, list[Fact]], now: datetime) -> list[Item]:
    terms = {revision: terms_of(session, revision) for revision in {(row[3], row[-1]) for row in rows}}
    return [
        _item(row, terms[row[3], row[-1]], [fact for fact in facts.get(row[0], ()) if fact.at <= now], now)
        for row in rows
    ]


def _item(row: Any, terms: Terms, facts: Sequence[Fact], now: datetime) -> Item:
    (
        obligation_id, followed, milestone_id, bloc_id, number, short, agency_id, agency, title, due_on,
        due_time, evidence, target, unit, outside, is_default, remark, year, _,
    ) = row  # fmt: skip
    deadline = terms.deadline(due_on, due_time)
    ask = Ask(evidence, target)
    standing = stand(ask, facts, followed=followed)
    today = terms.calendar.today(now)
    return Item(
        obligation_id=obligation_id,
        milestone_id=milestone_id,
        bloc_id=bloc_id,
        code=f"K{number}",
        short=short,
        agency_id=agency_id,
        agency=agency,
        title=title,
        due_on=due_on,
        due_time=due_time,
        deadline=deadline,
        ask=ask,
        unit=unit,
        outside=outside,
        standing=standing,
        bucket=bucket(standing, deadline, now),
        working_days_left=terms.working_days_left(today, due_on),
        is_near=(due_on - today).days <= terms.notice_days,
        is_default=is_default,
        remark=remark,
        is_promise_past=standing.promise_on is not None and standing.promise_on < today,
        year=year,
    )
