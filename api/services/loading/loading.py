"""A bloc file into the database: created or brought up to date, whole or not at all, and idempotent.

What people have done is never touched: an answer outlives the line of the file that once asked for it. The bloc's own
name, words and settings, its agencies and people follow the file of the newest season; an older season's file changes
that season only.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from pydantic import Field
from sqlmodel import Session, col, select

from api.services.loading import duties, people, warnings
from api.services.loading.blocfile import BlocFile
from api.services.loading.tally import Tally
from api.shapes import Loaded as LoadedShape
from bot.dialogue.reading.fold import fold
from models.database import Database
from models.tables import Agency, Audit, Bloc, Content, Covenant, Invitation, Milestone, Obligation, Post, Season, Seat

CLOSED_AFTER = 120
"""Days after its end that a season is closed: in the status, never reminded (`domain.md` 2.5)."""


class Loaded(LoadedShape):
    """What a bloc file changed; the two counts of what stands now are for people, not part of the JSON."""

    agencies: int = Field(exclude=True)
    obligations: int = Field(exclude=True)


async def load_file(database: Database, file: BlocFile, now: datetime, *, dry_run: bool = False) -> Loaded:
    """Load in one transaction. A dry run does everything and keeps nothing."""
    if not dry_run:
        return await database.write(lambda session: load(session, file, now))
    try:
        await database.write(lambda session: _rehearse(session, file, now))
    except _Rehearsed as rehearsed:
        return rehearsed.loaded
    raise AssertionError("a rehearsal always ends in its exception")


class _Rehearsed(Exception):
    """Carries the result out of the transaction that it rolls back."""

    def __init__(self, loaded: Loaded) -> None:
        self.loaded = loaded


def _rehearse(session: Session, file: BlocFile, now: datetime) -> None:
    raise _Rehearsed(load(session, file, now))


def load(session: Session, file: BlocFile, now: datetime) -> Loaded:
    """Create or update everything the file tells. `now` is covenant time: at a season's first loading it becomes the
    moment before which nothing is followed."""
    tally = Tally(session)
    today = file.calendar.today(now)
    bloc, is_newest = _bloc(tally, file)
    season = _season(tally, file, bloc, now, today)
    agencies = _agencies(tally, file, bloc, is_newest)
    seats = _seats(tally, file, season, agencies)
    _covenant(tally, file, season)
    contents = _contents(tally, file, season)
    relieved = people.sync(tally, file, bloc, agencies, today, now) if is_newest else []
    obligations = duties.sync(tally, file, bloc, season, agencies, seats, contents, now)
    _drop_contents(tally, contents, len(file.contents))
    if is_newest:
        _drop_unused(tally, bloc, agencies)
    if tally.anything:
        bloc.revision += 1
        duties.wake(session, bloc, today)
        _audit(tally, file, season, now)
    session.flush()
    return Loaded(
        bloc=bloc.slug,
        season=season.year,
        created=tally.created,
        changed=tally.changed,
        warnings=[
            *warnings.of(session, file, bloc, season, tally.kept, today, is_newest=is_newest),
            *warnings.relieved(relieved),
        ],
        agencies=len(file.agencies),
        obligations=obligations,
    )


def _bloc(tally: Tally, file: BlocFile) -> tuple[Bloc, bool]:
    """The bloc, held until the end of the transaction, and whether the file's season is its newest."""
    session = tally.session
    bloc = session.exec(select(Bloc).where(col(Bloc.slug) == file.slug).with_for_update()).first()
    if bloc is None:
        new = Bloc(slug=file.slug, name=file.bloc, kind=file.kind, level=file.level, settings=file.settings)
        return tally.add(new), True
    newer = select(Season.id).where(col(Season.bloc_id) == bloc.id, col(Season.year) > file.season).limit(1)
    is_newest = session.exec(newer).first() is None
    if is_newest:
        tally.set(bloc, name=file.bloc, kind=file.kind, level=file.level, settings=_settings(bloc, file))
    return bloc, is_newest


def _settings(bloc: Bloc, file: BlocFile) -> dict[str, Any]:
    """The file's, but for what only the program knows and what people have decided since."""
    decided = bloc.settings.get(duties.DECIDED, ())
    kept = {key: bloc.settings[key] for key in (duties.LAST_CODE, duties.DECIDED, *decided) if key in bloc.settings}
    return {**{key: value for key, value in file.settings.items() if key not in decided}, **kept}


def _season(tally: Tally, file: BlocFile, bloc: Bloc, now: datetime, today: date) -> Season:
    closed = (today - file.ends_on).days > CLOSED_AFTER
    same = select(Season).where(col(Season.bloc_id) == bloc.id, col(Season.year) == file.season)
    season = tally.session.exec(same).first()
    if season is not None:
        tally.set(season, starts_on=file.starts_on, ends_on=file.ends_on, closed=closed)
        return season
    return tally.add(
        Season(
            bloc_id=bloc.id or 0,
            year=file.season,
            starts_on=file.starts_on,
            ends_on=file.ends_on,
            started_at=now,
            closed=closed,
        )
    )


# --- agencies -----------------------------------------------------------------------------------------------------


def _agencies(tally: Tally, file: BlocFile, bloc: Bloc, is_newest: bool) -> dict[str, Agency]:
    """The file's agencies by short code. A known code is the same agency under whatever name; a new code with a known
    name is that agency under a new code."""
    known = tally.session.exec(select(Agency).where(col(Agency.bloc_id) == bloc.id)).all()
    by_short = {agency.short: agency for agency in known}
    listed = {line.short for line in file.agencies}
    by_name = {fold(agency.name): agency for agency in known if agency.short not in listed}
    found: dict[str, Agency] = {}
    for line in file.agencies:
        values: dict[str, Any] = {
            "name": line.name,
            "short": line.short,
            "off_channel": line.off_channel,
            "valid_from": line.valid_from,
            "valid_to": line.valid_to,
        }
        agency = by_short.get(line.short) or by_name.get(fold(line.name))
        if agency is None:
            agency = tally.add(Agency(bloc_id=bloc.id or 0, **values))
        elif is_newest:
            tally.set(agency, **values)
        found[line.short] = agency
    if is_newest:
        _successors(tally, file, found)
    return found


def _successors(tally: Tally, file: BlocFile, agencies: Mapping[str, Agency]) -> None:
    for line in file.agencies:
        after = agencies[line.successor.upper()].id if line.successor else None
        tally.set(agencies[line.short], successor_id=after)


def _drop_unused(tally: Tally, bloc: Bloc, listed: Mapping[str, Agency]) -> None:
    """Agencies that no file names any more and that nothing hangs on: slips of an earlier file."""
    ids = [agency.id for agency in listed.values()]
    unlisted = select(Agency).where(col(Agency.bloc_id) == bloc.id, col(Agency.id).not_in(ids))
    for agency in tally.session.exec(unlisted).all():
        uses = (
            select(col(column)).where(col(column) == agency.id).limit(1)
            for column in (
                Obligation.agency_id,
                Seat.agency_id,
                Post.agency_id,
                Invitation.agency_id,
                Agency.successor_id,
            )
        )
        if not any(tally.session.exec(use).first() for use in uses):
            tally.drop(agency)


def _seats(tally: Tally, file: BlocFile, season: Season, agencies: Mapping[str, Agency]) -> dict[str, set[int]]:
    """Agency ids by seat in this season: a rotation moves the seats and nothing else."""
    wanted = {(agencies[line.short].id or 0, line.seat) for line in file.agencies if line.seat}
    there = tally.session.exec(select(Seat).where(col(Seat.season_id) == season.id)).all()
    for seat in there:
        if (seat.agency_id, seat.kind) not in wanted:
            tally.drop(seat)
    for agency_id, kind in sorted(wanted - {(seat.agency_id, seat.kind) for seat in there}):
        tally.add(Seat(season_id=season.id or 0, agency_id=agency_id, kind=kind))
    return {kind: {agency_id for agency_id, k in wanted if k == kind} for kind in ("head", "deputy")}


# --- covenant -----------------------------------------------------------------------------------------------------


def _covenant(tally: Tally, file: BlocFile, season: Season) -> None:
    values: dict[str, Any] = {
        "theme": file.theme,
        "signed_on": file.signed_on,
        "legal_basis": list(file.legal_basis),
        "documents": list(file.documents),
        "movements": list(file.movements),
        "facts": file.facts,
    }
    covenant = tally.session.get(Covenant, season.id)
    if covenant is None:
        tally.add(Covenant(season_id=season.id or 0, **values))
    else:
        tally.set(covenant, **values)


def _contents(tally: Tally, file: BlocFile, season: Season) -> dict[int, Content]:
    """By position, those that the file no longer has included: a milestone may still point to them."""
    rows = tally.session.exec(select(Content).where(col(Content.season_id) == season.id))
    there = {row.position: row for row in rows}
    for position, name in enumerate(file.contents, start=1):
        if position in there:
            tally.set(there[position], name=name)
        else:
            there[position] = tally.add(Content(season_id=season.id or 0, position=position, name=name))
    return there


def _drop_contents(tally: Tally, contents: Mapping[int, Content], count: int) -> None:
    for position in sorted(contents):
        if position > count:
            content = contents[position]
            for milestone in tally.session.exec(select(Milestone).where(col(Milestone.content_id) == content.id)):
                milestone.content_id = None
            tally.session.flush()
            tally.drop(content)


def _audit(tally: Tally, file: BlocFile, season: Season, now: datetime) -> None:
    detail: dict[str, Any] = {"created": tally.created, "changed": tally.changed}
    if tally.moved:
        detail["moved"] = tally.moved
    tally.session.add(Audit(at=now, actor="operator", deed="load", subject=f"season:{season.id}", detail=detail))
