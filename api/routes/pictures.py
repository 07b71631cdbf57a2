"""Evidence by an address: `/p/<signed>` for platforms that fetch the pictures they show, and for people whose channel
carries no files; and for the bot the address of a message's own."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response
from fastapi.responses import StreamingResponse

from api.house import House, house
from api.refusals import PROBLEM, PROBLEMS, NotFound
from api.routes.evidence import answer
from api.security import require
from api.services import pictures
from api.services.talks.threads import PICTURES
from models.wire import FileLink

router = APIRouter()
Home = Annotated[House, Depends(house)]


@router.get(
    "/v1/outbox/{row}/link", tags=["bot"], responses=PROBLEMS, dependencies=[Depends(require("bot"))]
)  # fmt: skip
async def link(row: Annotated[int, Path(ge=1, le=2**31 - 1, examples=[1204])], home: Home) -> FileLink:
    """A public address of the file that goes out with a claimed message: of a picture good for a day, as the platform
    asks for it more than once, of anything else for an hour."""
    wire_now = home.clock.wire()
    found = await home.database.write(lambda session: pictures.link(session, row, home.public_url, wire_now))
    if found is None:
        raise NotFound(f"message {row} is not on its way with a file")
    return FileLink(url=found)


@router.api_route(
    "/p/{signed}",
    methods=["GET", "HEAD"],
    response_class=StreamingResponse,
    include_in_schema=False,
    responses={404: {**PROBLEM, "description": "No such file, or its time is over"}},
)
async def show(signed: Annotated[str, Path(max_length=100)], home: Home) -> Response:
    """A piece of evidence, to whoever has its address: a picture is shown, anything else is a download."""
    wire_now = home.clock.wire()
    found = await home.database.read(lambda session: pictures.find(session, signed, wire_now))
    if found is None:
        raise NotFound("no such file, or its time is over")
    given = await answer(home, found)
    if found.media_type in PICTURES:
        given.headers["Content-Disposition"] = "inline"
    given.headers["X-Robots-Tag"] = "noindex"
    return given
