"""Reads obligations and their updates as the rules and the dialogue want them: plain values, in few statements."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, bindparam, select
from sqlmodel import Session, col

from api.services.book import Terms, terms_of
from bot.dialogue.values import Item
from models.rules import deadlines
from models.rules.progress import Ask, Fact, bucket, stand
from models.tables import Agency, Bloc, Milestone, Obligation, Promise, Season, Update

CHUNK = 500
"""Ids in one IN list: within every engine's limit of bound values."""

_FACTS = (
    select(
        col(Update.obligation_id), col(Update.id), col(Update.kind), col(Update.at), col(Update.percent),
        col(Update.value), col(Update.note), col(Update.letter), col(Update.letter_on), col(Promise.on),
        col(Update.undoes_id), col(Update.person_id), col(Update.channel), col(Update.proxy),
    )
    .outerjoin(Promise, col(Promise.update_id) == col(Update.id))
    .order_by(col(Update.id))
)  # fmt: skip
_FACTS_OF_MANY = _FACTS.where(col(Update.obligation_id).in_(bindparam("ids", expanding=True)))
_FACTS_OF_SEASON = _FACTS.join(Obligation, col(Obligation.id) == col(Update.obligation_id)).where(
    col(Obligation.season_id) == bindparam("season_id")
)


def _grouped(rows: Iterable[Row[Any]], into: dict[int, list[Fact]]) -> dict[int, list[Fact]]:
    for row in rows:
        into.setdefault(row[0], []).append(Fact(*row[1:]))
    return into


def facts_of(session: Session, obligation_ids: Sequence[int]) -> dict[int, list[Fact]]:
    """Every update of these obligations, in the order they were stored."""
    found: dict[int, list[Fact]] = {}
    for start in range(0, len(obligation_ids), CHUNK):
        chunk = list(obligation_ids[start : start + CHUNK])
        _grouped(session.execute(_FACTS_OF_MANY, {"ids": chunk}), found)
    return found


def facts_of_season(session: Session, season_id: int) -> dict[int, list[Fact]]:
    """Every update of a season, by obligation."""
    return _grouped(session.execute(_FACTS_OF_SEASON, {"season_id": season_id}), {})


_ITEMS = (
    select(
        col(Obligation.id), col(Obligation.followed), col(Milestone.id), col(Season.bloc_id), col(Milestone.number),
        col(Agency.short), col(Agency.id), col(Agency.name), col(Milestone.title), col(Milestone.due_on),
        col(Milestone.due_time), col(Milestone.evidence), col(Milestone.target), col(Milestone.unit),
        col(Milestone.outside), col(Milestone.is_default), col(Bloc.revision),
    )
    .join(Milestone, col(Milestone.id) == col(Obligation.milestone_id))
    .join(Season, col(Season.id) == col(Obligation.season_id))
    .join(Agency, col(Agency.id) == col(Obligation.agency_id))
    .join(Bloc, col(Bloc.id) == col(Season.bloc_id))
    .order_by(col(Milestone.due_on), col(Milestone.number), col(Agency.id))
)  # fmt: skip
_ITEMS_OF_AGENCIES = _ITEMS.where(
    col(Obligation.agency_id).in_(bindparam("ids", expanding=True)), col(Season.closed).is_(False)
)
_ITEMS_BY_ID = _ITEMS.where(col(Obligation.id).in_(bindparam("ids", expanding=True)))
_ITEMS_OF_SEASON = _ITEMS.where(col(Obligation.season_id) == bindparam("season_id"))


def items_of(session: Session, agency_ids: Sequence[int], now: datetime) -> list[Item]:
    """What these agencies owe in all open seasons, by due date."""
    if not agency_ids:
        return []
    return _items(session, session.execute(_ITEMS_OF_AGENCIES, {"ids": list(agency_ids)}).all(), now)


def items_by_id(session: Session, obligation_ids: Sequence[int], now: datetime) -> list[Item]:
    """These obligations, by due date."""
    if not obligation_ids:
        return []
    return _items(session, session.execute(_ITEMS_BY_ID, {"ids": list(obligation_ids)}).all(), now)


def items_of_season(session: Session, season_id: int, now: datetime) -> list[Item]:
    """All that is owed in a season, by due date; updates after `now` do not count."""
    rows = session.execute(_ITEMS_OF_SEASON, {"season_id": season_id}).all()
    return _with_facts(session, rows, facts_of_season(session, season_id), now)


def _items(session: Session, rows: Sequence[Row[Any]], now: datetime) -> list[Item]:
    return _with_facts(session, rows, facts_of(session, [row[0] for row in rows]), now)


def _with_facts(
    session: Session, rows: Sequence[Row[Any]], facts: Mapping[int, list[Fact]], now: datetime
) -> list[Item]:
    terms = {revision: terms_of(session, revision) for revision in {(row[3], row[-1]) for row in rows}}
    return [
        _item(row, terms[row[3], row[-1]], [fact for fact in facts.get(row[0], ()) if fact.at <= now], now)
        for row in rows
    ]


def _item(row: Row[Any], terms: Terms, facts: Sequence[Fact], now: datetime) -> Item:
    (
        obligation_id, followed, milestone_id, bloc_id, number, short, agency_id, agency, title, due_on,
        due_time, evidence, target, unit, outside, is_default, _,
    ) = row  # fmt: skip
    deadline = deadlines.deadline(due_on, due_time, terms.calendar, terms.strict)
    ask = Ask(evidence, target)
    standing = stand(ask, facts, followed=followed)
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
        working_days_left=terms.calendar.working_days_between(terms.calendar.today(now), due_on),
        is_default=is_default,
    )
