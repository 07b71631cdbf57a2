"""A workbook's plan into a season that is there: its rows are milestones beside those of the bloc file, which never
touches them. Whole or not at all, and idempotent; what was answered outlives the row that asked for it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert
from sqlmodel import Session, col, select

from api.services.desk import receivers
from api.services.desk.tasks import hold, next_number
from api.services.loading import duties
from api.services.loading.loading import Loaded
from api.services.loading.tally import Tally
from api.services.loading.workbook import PREFIX, PlanLine
from api.services.talks.book import Terms, terms_of_bloc
from models.rules import deadlines
from models.tables import Audit, Bloc, Milestone, Obligation, Reminder, Season, Update


class Rehearsed(Exception):
    """Carries the result of a dry run out of the transaction that it rolls back."""

    def __init__(self, loaded: Loaded) -> None:
        self.loaded = loaded


def load(
    session: Session, bloc_id: int, season_id: int, lines: Sequence[PlanLine], now: datetime, *, dry_run: bool = False
) -> Loaded:
    """Bring the season's plan to these rows. `now` is covenant time: what is over by then is not followed. A dry run
    does everything and raises Rehearsed."""
    loaded = _load(session, bloc_id, season_id, lines, now)
    if dry_run:
        raise Rehearsed(loaded)
    return loaded


def _load(session: Session, bloc_id: int, season_id: int, lines: Sequence[PlanLine], now: datetime) -> Loaded:
    bloc, season = hold(session, bloc_id), session.get_one(Season, season_id)
    terms = terms_of_bloc(session, bloc_id)
    tally = Tally(session)
    there = {row.key: row for row in session.exec(select(Milestone).where(col(Milestone.season_id) == season_id))}
    everybody = [one.agency_id for one in receivers.of_bloc(session, bloc_id, terms.calendar.today(now))]
    for line in lines:
        milestone = _milestone(tally, bloc, season, there, line)
        _obligations(tally, milestone, set(everybody if line.everybody else line.agencies), terms, now)
    named = {line.key for line in lines}
    _remove(tally, [row for key, row in there.items() if key.startswith(PREFIX) and key not in named])
    if tally.anything:
        bloc.revision += 1
        duties.wake(session, bloc, terms.calendar.today(now))
        _audit(tally, season, now)
    session.flush()
    owed = session.exec(select(Obligation.id).where(col(Obligation.season_id) == season_id)).all()
    return Loaded(
        bloc=bloc.slug, season=season.year, created=tally.created, changed=tally.changed,
        warnings=_warnings(lines, there, tally.kept, terms, now), agencies=len(everybody), obligations=len(owed),
    )  # fmt: skip


def _milestone(tally: Tally, bloc: Bloc, season: Season, there: Mapping[str, Milestone], line: PlanLine) -> Milestone:
    values: dict[str, Any] = {
        "title": line.title, "due_on": line.due_on, "due_time": line.due_time, "due_text": line.due_text,
        "owed_by": "all" if line.everybody else "some", "evidence": line.evidence, "note": line.note,
    }  # fmt: skip
    known = there.get(line.key)
    if known is None:
        number = next_number(tally.session, bloc, season.id or 0)
        bloc.settings = {**bloc.settings, duties.LAST_CODE: number}
        return tally.add(Milestone(season_id=season.id or 0, key=line.key, number=number, ad_hoc=True, **values))
    if known.moved_from == line.due_on:
        values = {name: value for name, value in values.items() if not name.startswith("due_")}
    tally.set(known, **values)
    return known


def _obligations(tally: Tally, milestone: Milestone, owing: set[int], terms: Terms, now: datetime) -> None:
    of_this = select(Obligation).where(col(Obligation.milestone_id) == milestone.id)
    there = {row.agency_id: row for row in tally.session.exec(of_this)}
    followed = deadlines.deadline(milestone.due_on, milestone.due_time, terms.calendar, terms.strict) > now
    new = {"season_id": milestone.season_id, "milestone_id": milestone.id, "followed": followed, "look_on": None}
    if missing := sorted(owing - there.keys()):
        tally.session.execute(insert(Obligation), [{**new, "agency_id": agency_id} for agency_id in missing])
        tally.created += len(missing)
    for row in there.values():
        if followed and not row.followed:
            tally.set(row, followed=True)
    _drop(tally, [row.id or 0 for agency_id, row in there.items() if agency_id not in owing])


def _drop(tally: Tally, ids: Sequence[int]) -> int:
    """Take away what nobody owes any more, unless somebody has answered it; returns how many stay."""
    if not ids:
        return 0
    held = select(Obligation.id).where(col(Obligation.id).in_(ids)).with_for_update()
    tally.session.exec(held).all()
    answered = set(
        tally.session.exec(select(Update.obligation_id).where(col(Update.obligation_id).in_(ids)).distinct())
    )
    gone = [each for each in ids if each not in answered]
    tally.session.execute(delete(Reminder).where(col(Reminder.obligation_id).in_(gone)))
    tally.session.execute(delete(Obligation).where(col(Obligation.id).in_(gone)))
    tally.changed += len(gone)
    return len(answered)


def _remove(tally: Tally, milestones: Sequence[Milestone]) -> None:
    """Rows that the workbook no longer has; one that somebody has answered stays, and is told."""
    for milestone in milestones:
        of_this = select(Obligation.id).where(col(Obligation.milestone_id) == milestone.id)
        ids = [each or 0 for each in tally.session.exec(of_this)]
        if _drop(tally, ids):
            tally.kept.append(milestone.code)
        else:
            tally.drop(milestone)


def _warnings(
    lines: Sequence[PlanLine], there: Mapping[str, Milestone], kept: Sequence[str], terms: Terms, now: datetime
) -> list[str]:
    days = terms.calendar
    over = [f"{line.title} ({line.due_on:%d/%m/%Y})" for line in lines if line.due_on < days.today(now)]
    off = [f"{line.title} ({line.due_on:%d/%m/%Y})" for line in lines if not days.is_working(line.due_on)]
    others = {row.title: row.code for key, row in there.items() if not key.startswith(PREFIX)}
    twice = [f"“{line.title}” ({others[line.title]})" for line in lines if line.title in others]
    said = (
        f"Không còn trong tệp nhưng đã có trả lời, nên được giữ lại: {', '.join(kept)}." if kept else None,
        f"Đã qua – không theo dõi: {', '.join(over)}." if over else None,
        f"Thời hạn rơi vào ngày nghỉ: {', '.join(off)}." if off else None,
        f"Trùng tên với nhiệm vụ của tệp khối: {', '.join(twice)}." if twice else None,
    )
    return [text for text in said if text]


def _audit(tally: Tally, season: Season, now: datetime) -> None:
    numbers = {"created": tally.created, "changed": tally.changed}
    tally.session.add(Audit(at=now, actor="operator", deed="load_plan", subject=f"season:{season.id}", detail=numbers))
