"""A bloc for those who may see it: status, obligations, messages, the story of one obligation, loading, inviting."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from sqlmodel import Session

from api import moments
from api.house import House, house
from api.refusals import PROBLEMS, Forbidden, Invalid, NotFound, TooLarge
from api.security import Caller, reader, require
from api.services import invitations, ledger, status
from api.services.loading import blocfile, loading, samples
from api.shapes import Blocs, InvitationLine, Loaded, Messages, Obligations, Status, Story

router = APIRouter(prefix="/v1/blocs", tags=["blocs"], responses=PROBLEMS)

Home = Annotated[House, Depends(house)]
Who = Annotated[Caller, Depends(reader)]
Slug = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,80}$", examples=["noi-chinh-bac-kan"])]
Short = Annotated[str | None, Query(pattern=r"^\w{1,20}$", description="An agency's short code.", examples=["STP"])]
Year = Annotated[int | None, Query(ge=2000, le=2100, description="Default: the newest open season.", examples=[2024])]
Limit = Annotated[int, Query(ge=1, le=500)]
Cursor = Annotated[str | None, Query(pattern=r"^\d{1,9}$", description="What `next` gave.", examples=["100"])]
State = Literal["open", "submitted", "returned", "confirmed", "waived", "past"]
FILE_LIMIT = 1024 * 1024
"""Bytes of a bloc file."""


def _bloc(session: Session, who: Caller, slug: str, year: int | None) -> tuple[int, int]:
    """(bloc id, season id) of a bloc that the caller has something to do with. Raises NotFound."""
    bloc_id, season_id, _ = status.season_of(session, slug, year)
    if not who.reaches(bloc_id):
        raise NotFound(f"no bloc {slug}")
    return bloc_id, season_id


def _own(session: Session, who: Caller, bloc_id: int, season_id: int) -> int | None:
    """The agency that the caller is limited to; None: the whole bloc. Raises Forbidden."""
    if who.reads_bloc(session, bloc_id, season_id):
        return None
    if who.agency_id is None:
        raise Forbidden("this token sees no obligation of this bloc")
    return who.agency_id


@router.get("")
async def blocs(home: Home, who: Who, limit: Limit = 100, cursor: Cursor = None) -> Blocs:
    """The blocs that the caller may see."""
    return await home.database.read(
        lambda session: ledger.blocs(session, bloc_id=who.bloc_id, limit=limit, cursor=cursor)
    )


@router.get("/{bloc}/status")
async def bloc_status(
    bloc: Slug,
    home: Home,
    who: Who,
    season: Year = None,
    as_of: Annotated[
        str | None,
        Query(max_length=40, description="A date (its end) or an instant; default now.", examples=["2024-06-17"]),
    ] = None,
) -> Status:
    """Where the bloc stands: the four numbers by agency, milestone and content, and why what is overdue is silent.

    Counted by the time of submission; waived and past milestones are in no bucket. With `as_of` only what was known
    then. A focal point sees the own agency only.
    """
    at = moments.as_of(as_of, home.clock.covenant())

    def read(session: Session) -> Status:
        bloc_id, season_id = _bloc(session, who, bloc, season)
        own = _own(session, who, bloc_id, season_id)
        return status.shape(status.read(session, season_id, at, agency_id=own))

    return await home.database.read(read)


@router.get("/{bloc}/obligations")
async def bloc_obligations(
    bloc: Slug,
    home: Home,
    who: Who,
    season: Year = None,
    state: State | None = None,
    agency: Short = None,
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
async def story(
    bloc: Slug,
    code: Annotated[str, Path(pattern=r"^[Kk]\d{1,4}-\w{1,20}$", examples=["K5-STP"])],
    home: Home,
    who: Who,
    season: Year = None,
) -> Story:
    """Everything that happened to one obligation (`K7-STP`), and why it is silent."""
    now = home.clock.covenant()

    def read(session: Session) -> Story:
        bloc_id, season_id = _bloc(session, who, bloc, season)
        own = _own(session, who, bloc_id, season_id)
        if own is not None and own != ledger.agency_of(session, bloc_id, code.partition("-")[2]):
            raise Forbidden("a focal point sees the own agency only")
        return ledger.story(session, bloc_id, season_id, code, now)

    return await home.database.read(read)


@router.get("/{bloc}/messages")
async def messages(
    bloc: Slug,
    home: Home,
    who: Who,
    since: Annotated[
        str | None,
        Query(max_length=40, description="Planned since a date (its start) or an instant.", examples=["2024-06-10"]),
    ] = None,
    person: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="The person's id.")] = None,
    kind: Annotated[str | None, Query(pattern=r"^[a-z_]{1,20}$", examples=["reminder"])] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Messages:
    """The delivery ledger: every message planned, and the one state it is in. No texts. A focal point sees what went
    to the own agency only."""
    start, now = moments.since(since), home.clock.covenant()

    def read(session: Session) -> Messages:
        bloc_id, season_id = _bloc(session, who, bloc, None)
        own = _own(session, who, bloc_id, season_id)
        wanted = ledger.Wanted(since=start, person_id=person, kind=kind, agency_id=own)
        return ledger.messages(session, bloc_id, wanted, now, limit=limit, cursor=cursor)

    return await home.database.read(read)


_FILE = {"application/yaml": {"schema": {"type": "string"}, "example": samples.text("noi-chinh-bac-kan-2024")}}


@router.post("", openapi_extra={"requestBody": {"required": True, "content": _FILE}})
async def load(
    request: Request,
    home: Home,
    who: Annotated[Caller, Depends(require("admin"))],
    dry_run: Annotated[bool, Query(description="Say what would change, and change nothing.")] = False,
) -> Loaded:
    """Load a bloc file (the YAML is the body, 1 MB at most): created or updated, whole or not at all."""
    file = await _bloc_file(request)
    if who.bloc_id is not None:
        limited = who.bloc_id
        await home.database.read(lambda session: _refuse_another_bloc(session, limited, file.slug))
    return await loading.load_file(home.database, file, home.clock.covenant(), dry_run=dry_run)


async def _bloc_file(request: Request) -> blocfile.BlocFile:
    text = bytearray()
    async for piece in request.stream():
        text += piece
        if len(text) > FILE_LIMIT:
            raise TooLarge("a bloc file has 1 MB at most")
    try:
        return blocfile.read(bytes(text), "body.yaml")
    except blocfile.BlocFileRefused as refused:
        problems = [str(problem) for problem in refused.problems]
        raise Invalid("the bloc file cannot be loaded", problems=problems) from None


def _refuse_another_bloc(session: Session, bloc_id: int, slug: str) -> None:
    if ledger.slug_of(session, bloc_id) != slug:
        raise Forbidden("this token is limited to another bloc")


@router.post("/{bloc}/invitations")
async def invite(
    bloc: Slug, home: Home, who: Annotated[Caller, Depends(require("admin", "desk"))]
) -> list[InvitationLine]:
    """One link code for each place that is still to be filled; living codes are given again."""
    now, wire_now = home.clock.covenant(), home.clock.wire()

    def write(session: Session) -> list[InvitationLine]:
        bloc_id, season_id = _bloc(session, who, bloc, None)
        if not who.reads_bloc(session, bloc_id, season_id):
            raise Forbidden("only the head's desk and the administrator invite")
        return invitations.invite(session, bloc_id, now, wire_now, home.public_url, home.bots())

    return await home.database.write(write)
