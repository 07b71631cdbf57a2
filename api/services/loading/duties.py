"""The milestones of a season and who owes them, brought to what the bloc file says."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, func, insert, or_, update
from sqlmodel import Session, col, select

from api.services.loading.blocfile import AgencyLine, BlocFile, MilestoneLine
from api.services.loading.tally import Tally
from models.rules.calendar import Calendar
from models.rules.deadlines import deadline
from models.tables import Agency, Bloc, Content, Milestone, Obligation, Reminder, Season, Update

LAST_CODE = "last_code"
"""In `bloc.settings`: the highest K-number given so far, so that a removed milestone's code is not given again."""
CHUNK = 2000
"""Ids in one statement."""


@dataclass(frozen=True, slots=True)
class _Term:
    """What decides whether an obligation is followed."""

    calendar: Calendar
    strict: bool
    started_at: datetime
    now: datetime

    def is_followed(self, milestone: Milestone, *, joins_late: bool = False) -> bool:
        """Whether it was still to be done when the season started here; for an agency that joins an existing
        milestone, when it joins: nobody's first message is an accusation."""
        over = deadline(milestone.due_on, milestone.due_time, self.calendar, self.strict)
        return over >= (max(self.now, self.started_at) if joins_late else self.started_at)


def sync(
    tally: Tally,
    file: BlocFile,
    bloc: Bloc,
    season: Season,
    agencies: Mapping[str, Agency],
    seats: Mapping[str, set[int]],
    contents: Mapping[int, Content],
    now: datetime,
) -> int:
    """Milestones and obligations as the file has them; returns how many obligations the season has now."""
    term = _Term(file.calendar, bool(file.settings.get("strict")), season.started_at, now)
    rows = tally.session.exec(select(Milestone).where(col(Milestone.season_id) == season.id))
    there = {row.key: row for row in rows}
    before = set(there)
    redated = _milestones(tally, file, bloc, season, there, contents)
    owing = {
        (there[line.key].id or 0, agency_id): there[line.key]
        for line in file.milestones
        for agency_id in _who_owes(line, file.agencies, agencies, seats)
    }
    obligations = _existing(tally.session, season)
    _follow_again(tally, [o for o in obligations.values() if o.milestone_id in redated], there, term)
    _create(tally, season, {pair: m for pair, m in owing.items() if pair not in obligations}, before, term, file)
    given = {milestone.id for milestone in there.values() if milestone.ad_hoc}
    surplus = [o for pair, o in obligations.items() if pair not in owing and o.milestone_id not in given]
    _remove(tally, surplus, there, {agency.id: line for line in file.agencies for agency in [agencies[line.short]]})
    gone = [there[key] for key in before - {line.key for line in file.milestones}]
    _remove_milestones(tally, [milestone for milestone in gone if not milestone.ad_hoc])
    return tally.session.exec(
        select(func.count()).select_from(Obligation).where(col(Obligation.season_id) == season.id)
    ).one()


def wake(session: Session, bloc: Bloc, today: date) -> None:
    """Have every followed obligation of the open seasons looked at today: dates, calendar or people are different.
    Those of closed seasons sleep for good."""
    seasons = select(Season.id).where(col(Season.bloc_id) == bloc.id)
    open_, closed = seasons.where(col(Season.closed).is_(False)), seasons.where(col(Season.closed).is_(True))
    late = or_(col(Obligation.look_on).is_(None), col(Obligation.look_on) > today)
    session.flush()
    session.execute(
        update(Obligation)
        .where(col(Obligation.season_id).in_(open_), col(Obligation.followed), late)
        .values(look_on=today)
    )
    session.execute(
        update(Obligation)
        .where(col(Obligation.season_id).in_(closed), col(Obligation.look_on).is_not(None))
        .values(look_on=None)
    )


# --- milestones ---------------------------------------------------------------------------------------------------


def _milestones(
    tally: Tally,
    file: BlocFile,
    bloc: Bloc,
    season: Season,
    there: dict[str, Milestone],
    contents: Mapping[int, Content],
) -> set[int]:
    """Create or change them; returns the ids of those whose due date moved."""
    redated: set[int] = set()
    number = last_code = _last_code(tally.session, bloc, season, bool(there))
    for line in file.milestones:
        values = _values(line, contents)
        milestone = there.get(line.key)
        if milestone and IMPORTANT in bloc.settings.get(DECIDED, ()):
            del values["important"]
        if milestone is None:
            number += 1
            there[line.key] = tally.add(Milestone(season_id=season.id or 0, number=number, **values))
            continue
        old = milestone.due_on, milestone.due_time
        if milestone.moved_from == line.due_on:
            values = {name: value for name, value in values.items() if name not in _DATED}
        tally.set(milestone, **{"moved_from": None, **values} if "due_on" in values else values)
        if old != (milestone.due_on, milestone.due_time):
            redated.add(milestone.id or 0)
            moved = {"milestone": milestone.id, "from": old[0].isoformat(), "to": line.due_on.isoformat()}
            tally.moved.append(moved)
    if number > last_code and not season.closed:
        bloc.settings = {**bloc.settings, LAST_CODE: number}
    return redated


DECIDED = "decided"
"""In `bloc.settings`: the parts that people decided in the program, which a file does not take back."""
IMPORTANT = "important"
"""Among them: which milestones are important."""
_DATED = ("due_on", "due_time", "due_text", "is_default")
"""What stays as the desk has moved it, as long as the file still says what it said then."""


def _values(line: MilestoneLine, contents: Mapping[int, Content]) -> dict[str, Any]:
    return {
        "key": line.key,
        "title": line.title,
        "due_on": line.due_on,
        "due_time": line.due_time,
        "due_text": line.due_text,
        "owed_by": line.owed_by,
        "evidence": line.evidence,
        "target": line.target,
        "unit": line.unit,
        "recurs": line.recurs,
        "period": line.period,
        "content_id": contents[line.content].id if line.content else None,
        "aliases": list(line.aliases),
        "is_default": line.is_default,
        "is_report": line.is_report,
        "important": line.important,
        "outside": line.outside,
    }


def _last_code(session: Session, bloc: Bloc, season: Season, has_any: bool) -> int:
    """The K-number after which new ones count on: within the bloc while any other season is open, from K1 when there
    is none; a closed season counts for itself."""
    numbers = select(func.max(Milestone.number)).join(Season, col(Season.id) == col(Milestone.season_id))
    if season.closed:
        return session.exec(numbers.where(col(Season.id) == season.id)).one() or 0
    still_open = numbers.where(col(Season.bloc_id) == bloc.id, col(Season.closed).is_(False))
    highest = session.exec(still_open).one() or 0
    others = select(Season.id).where(
        col(Season.bloc_id) == bloc.id, col(Season.closed).is_(False), col(Season.id) != season.id
    )
    if not has_any and session.exec(others.limit(1)).first() is None:
        return highest
    return max(highest, int(bloc.settings.get(LAST_CODE, 0)))


# --- obligations --------------------------------------------------------------------------------------------------


def _who_owes(
    line: MilestoneLine,
    lines: Sequence[AgencyLine],
    agencies: Mapping[str, Agency],
    seats: Mapping[str, set[int]],
) -> Iterator[int]:
    """Agencies that exist on the due date and owe it by their seat, by name, or as every one does."""
    for agency in lines:
        agency_id = agencies[agency.short].id or 0
        owes = (
            line.owed_by == "all"
            or (line.owed_by == "some" and agency.short in line.owing)
            or agency_id in seats.get(line.owed_by, ())
        )
        if owes and agency.is_valid(line.due_on):
            yield agency_id


def _existing(session: Session, season: Season) -> dict[tuple[int, int], Obligation]:
    rows = session.exec(select(Obligation).where(col(Obligation.season_id) == season.id))
    return {(row.milestone_id, row.agency_id): row for row in rows}


def _create(
    tally: Tally,
    season: Season,
    missing: Mapping[tuple[int, int], Milestone],
    before: set[str],
    term: _Term,
    file: BlocFile,
) -> None:
    today = file.calendar.today(term.now)
    rows = []
    for (milestone_id, agency_id), milestone in missing.items():
        followed = term.is_followed(milestone, joins_late=milestone.key in before)
        look_on = today if followed and not season.closed else None
        row = {"season_id": season.id, "milestone_id": milestone_id, "agency_id": agency_id}
        rows.append({**row, "followed": followed, "look_on": look_on})
    if rows:
        tally.session.execute(insert(Obligation), rows)
        tally.created += len(rows)


def _follow_again(
    tally: Tally, obligations: Sequence[Obligation], milestones: Mapping[str, Milestone], term: _Term
) -> None:
    """A moved date may bring an obligation back, or put it before the season's start."""
    by_id = {milestone.id: milestone for milestone in milestones.values()}
    for obligation in obligations:
        tally.set(obligation, followed=term.is_followed(by_id[obligation.milestone_id]))


def _remove(
    tally: Tally,
    surplus: Sequence[Obligation],
    milestones: Mapping[str, Milestone],
    listed: Mapping[int | None, AgencyLine],
) -> None:
    """Take away what nobody owes any more, unless somebody has answered it."""
    if not surplus:
        return
    by_id = {milestone.id: milestone for milestone in milestones.values()}
    answered = _answered(tally.session, [obligation.id or 0 for obligation in surplus])
    for obligation in surplus:
        if obligation.id not in answered:
            continue
        agency = tally.session.get_one(Agency, obligation.agency_id)
        tally.kept.append(f"{by_id[obligation.milestone_id].code}-{agency.short}")
    gone = [obligation.id or 0 for obligation in surplus if obligation.id not in answered]
    for ids in _chunks(gone):
        tally.session.execute(delete(Reminder).where(col(Reminder.obligation_id).in_(ids)))
        tally.session.execute(delete(Obligation).where(col(Obligation.id).in_(ids)))
    tally.changed += len(gone)


def _answered(session: Session, ids: Sequence[int]) -> set[int]:
    """Which of them have answers; the rows are held first, so that no answer slips in between."""
    found: set[int] = set()
    for some in _chunks(ids):
        session.execute(select(Obligation.id).where(col(Obligation.id).in_(some)).with_for_update()).all()
        found |= set(session.exec(select(Update.obligation_id).where(col(Update.obligation_id).in_(some)).distinct()))
    return found


def _remove_milestones(tally: Tally, gone: Sequence[Milestone]) -> None:
    """Milestones that the file no longer has; one with an answered obligation stays with it."""
    for milestone in gone:
        left = select(Obligation.id).where(col(Obligation.milestone_id) == milestone.id).limit(1)
        if tally.session.exec(left).first() is None:
            tally.drop(milestone)


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]
