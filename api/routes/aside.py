"""What was set aside, and how it is played once more. For the administrator of the whole installation."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query

from api.house import House, house
from api.refusals import PROBLEM, PROBLEMS, Forbidden
from api.security import Caller, require
from api.services.queues import aside
from api.shapes import AsideLines, Retried

router = APIRouter(prefix="/v1/aside", tags=["upkeep"], responses=PROBLEMS)

Home = Annotated[House, Depends(house)]
Admin = Annotated[Caller, Depends(require("admin"))]
Id = Annotated[str, Path(pattern=r"^(in|out)-\d{1,9}$", examples=["in-17"])]


def _of_all_blocs(who: Caller) -> None:
    """What was heard belongs to no bloc before it is understood."""
    if who.bloc_id is not None:
        raise Forbidden("this needs a token that is not limited to a bloc")


@router.get("")
async def listed(
    home: Home,
    who: Admin,
    queue: Annotated[
        Literal["in", "out"] | None, Query(description="What was heard, or what was to be said; default both.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: Annotated[
        str | None, Query(pattern=r"^(in|out)-\d{1,9}$", description="What `next` gave.", examples=["in-17"])
    ] = None,
) -> AsideLines:
    """What nobody could deal with, and why: updates that could not be read or thought through, files that could not be
    fetched, messages that failed for good. No contents."""
    _of_all_blocs(who)
    return await home.database.read(lambda session: aside.listed(session, queue, limit, cursor))


@router.post("/{id}/retry", responses={409: {**PROBLEM, "description": "It is not set aside, or was erased"}})
async def retry(id: Id, home: Home, who: Admin) -> Retried:
    """Play it once more, as if nothing had been tried. A message whose hours are over goes into the next working
    day's instead."""
    _of_all_blocs(who)
    now, wire_now = home.clock.covenant(), home.clock.wire()
    which = aside.ident(id)
    actor = f"token:{who.name}"
    state = await home.database.write(lambda session: aside.retry(session, which, actor, now, wire_now))
    home.bell.ring()
    return Retried(id=str(which), state=state)
