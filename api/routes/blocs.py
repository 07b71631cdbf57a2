"""A bloc for those who may see it: status, obligations, messages, the story of one obligation, loading, inviting."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request
from sqlmodel import Session, col, select

from api.house import House, house
from api.refusals import PROBLEMS, Forbidden, Invalid, NotFound, TooLarge
from api.security import Caller, caller, require
from api.services import blocfile, invitations, ledger, loading, status
from api.shapes import BlocLine, Blocs, InvitationLine, Loaded, Messages, Obligations, Status, Story
from models.rules import calendar
from models.tables import Bloc, Season

router = APIRouter(prefix="/v1/blocs", tags=["blocs"], responses=PROBLEMS)

Home = Annotated[House, Depends(house)]
Who = Annotated[Caller, Depends(caller)]
Year = Annotated[int | None, Query(ge=2000, le=2100, description="Default: the newest open season.", examples=[2024])]
Limit = Annotated[int, Query(ge=1, le=500)]
Cursor = Annotated[str | None, Query(description="What `next` gave.")]
FILE_LIMIT = 1024 * 1024
"""Bytes of a bloc file."""


def moment(text: str | None, now: datetime) -> datetime:
    """Read `as_of`: an instant, a local instant without an offset, or a date (its end). Raises Invalid."""
    if text is None:
        return now
    zone = ZoneInfo(calendar.ZONE)
    try:
        if len(text) == 10:
            return datetime.combine(date.fromisoformat(text) + timedelta(days=1), time(), zone) - timedelta(seconds=1)
        found = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise Invalid("as_of is a date (2024-06-17) or an instant (2024-06-17T14:05:00+07:00)") from None
    return found if found.tzinfo else found.replace(tzinfo=zone)


def _bloc(session: Session, who: Caller, slug: str, year: int | None) -> tuple[int, int]:
    """(bloc id, season id) of a bloc that the caller has something to do with. Raises NotFound."""
    bloc_id, season_id, _ = status.season_of(session, slug, year)
    if who.bloc_id not in (None, bloc_id) and who.post_id is None:
        raise NotFound(f"no bloc {slug}")
    return bloc_id, season_id


def _own(session: Session, who: Caller, bloc_id: int, season_id: int) -> int | None:
    """The agency that the caller is limited to; None: the whole bloc. Raises Forbidden."""
    if who.reads_bloc(session, bloc_id, season_id):
        return None
    if who.agency_id is not None and who.role in ("focal", "leader", "desk"):
        return who.agency_id
    raise Forbidden("this token sees no obligation of this bloc")


@router.get("")
async def blocs(home: Home, who: Who) -> Blocs:
    """The blocs that the caller may see."""

    def read(session: Session) -> Blocs:
        rows = session.exec(select(Bloc, Season.year).join(Season).order_by(Bloc.slug, col(Season.year))).all()
        lines: dict[str, BlocLine] = {}
        for bloc, year in rows:
            if who.bloc_id in (None, bloc.id):
                lines.setdefault(bloc.slug, BlocLine(bloc=bloc.slug, name=bloc.name, seasons=[])).seasons.append(year)
        return Blocs(items=list(lines.values()))

    return await home.database.read(read)


@router.get("/{bloc}/status")
async def bloc_status(
    bloc: str,
    home: Home,
    who: Who,
    season: Year = None,
    as_of: Annotated[str | None, Query(examples=["2024-06-17"])] = None,
) -> Status:
    """Where the bloc stands: the four numbers by agency, milestone and content, and why what is overdue is silent.

    Counted by the time of submission; waived and past milestones are in no bucket. A focal point sees the own
    agency only.
    """
    at = moment(as_of, home.clock.covenant())

    def read(session: Session) -> Status:
        bloc_id, season_id = _bloc(session, who, bloc, season)
        own = _own(session, who, bloc_id, season_id)
        reading = status.read(session, season_id, at)
        if own is not None:
            reading = replace(reading, items=[item for item in reading.items if item.agency_id == own])
        return status.shape(reading)

    return await home.database.read(read)


@router.get("/{bloc}/obligations")
async def bloc_obligations(
    bloc: str,
    home: Home,
    who: Who,
    season: Year = None,
    state: Literal["open", "submitted", "returned", "confirmed", "waived", "past"] | None = None,
    agency: Annotated[str | None, Query(description="Short code.", examples=["STP"])] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Obligations:
    """What is owed, by due date. A focal point sees the own agency only."""
    now = home.clock.covenant()

    def read(session: Session) -> Obligations:
        bloc_id, season_id = _bloc(session, who, bloc, season)
        own = _own(session, who, bloc_id, season_id)
        asked = ledger.agency_of(session, bloc_id, agency) if agency else own
        if own is not None and asked != own:
            raise Forbidden("a focal point sees the own agency only")
        return ledger.obligations(session, season_id, now, agency_id=asked, state=state, limit=limit, cursor=cursor)

    return await home.database.read(read)


@router.get("/{bloc}/obligations/{code}/story")
async def story(bloc: str, code: str, home: Home, who: Who, season: Year = None) -> Story:
    """Everything that happened to one obligation (`K7-STP`), and why it is silent."""
    now = home.clock.covenant()

    def read(session: Session) -> Story:
        bloc_id, season_id = _bloc(session, who, bloc, season)
        own = _own(session, who, bloc_id, season_id)
        if own is not None and own != ledger.agency_of(session, bloc_id, code.rpartition("-")[2]):
            raise Forbidden("a focal point sees the own agency only")
        return ledger.story(session, season_id, code, now)

    return await home.database.read(read)


@router.get("/{bloc}/messages")
async def messages(
    bloc: str,
    home: Home,
    who: Who,
    since: Annotated[str | None, Query(description="Planned at or after: a date's end or an instant.")] = None,
    person: int | None = None,
    kind: Annotated[str | None, Query(examples=["reminder"])] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Messages:
    """The delivery ledger: every message planned, and the one state it is in. No texts."""
    start = moment(since, home.clock.covenant()) if since else None

    def read(session: Session) -> Messages:
        bloc_id, season_id = _bloc(session, who, bloc, None)
        own = _own(session, who, bloc_id, season_id)
        return ledger.messages(
            session, bloc_id, since=start, person_id=person, kind=kind, agency_id=own, limit=limit, cursor=cursor
        )

    return await home.database.read(read)


@router.post("", dependencies=[Depends(require("admin"))], responses={413: {"description": "Larger than 1 MB"}})
async def load(request: Request, home: Home, dry_run: bool = False) -> Loaded:
    """Load a bloc file (the YAML is the body, 1 MB at most): created or updated, whole or not at all."""
    text = bytearray()
    async for piece in request.stream():
        text += piece
        if len(text) > FILE_LIMIT:
            raise TooLarge("a bloc file has 1 MB at most")
    try:
        file = blocfile.read(bytes(text), "body.yaml")
    except blocfile.BlocFileRefused as refused:
        raise Invalid(
            "the bloc file cannot be loaded", problems=[str(problem) for problem in refused.problems]
        ) from None
    return await loading.load_file(home.database, file, home.clock.covenant(), dry_run=dry_run)


@router.post("/{bloc}/invitations", dependencies=[Depends(require("admin", "desk"))])
async def invite(bloc: str, home: Home, who: Who) -> list[InvitationLine]:
    """One link code for each place that is still to be filled; living codes are given again."""
    now, wire_now = home.clock.covenant(), home.clock.wire()

    def write(session: Session) -> list[InvitationLine]:
        bloc_id, season_id = _bloc(session, who, bloc, None)
        if not who.reads_bloc(session, bloc_id, season_id):
            raise Forbidden("only the head's desk and the administrator invite")
        return invitations.invite(session, bloc_id, now, wire_now, home.public_url, home.telegram_name())

    return await home.database.write(write)
