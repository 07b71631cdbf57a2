"""How a bloc reminds: its policy, its calendar, and a rehearsal of what would be sent."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from sqlmodel import Session

from api.refusals import PROBLEMS, Forbidden, NotFound
from api.routes.blocs import Home, Slug, Who
from api.security import Caller, require
from api.services import status
from api.shapes import Rehearsal

router = APIRouter(prefix="/v1/blocs/{bloc}", tags=["planning"], responses=PROBLEMS)
Steers = Annotated[Caller, Depends(require("admin", "head", "desk", "leader"))]
"""Whoever may lead a bloc; a person's token leads the bloc in whose head's agency the post is."""


def steered(session: Session, who: Caller, slug: str) -> int:
    """The bloc, if the caller sees all of it. Raises NotFound, Forbidden."""
    bloc_id, season_id, _ = status.season_of(session, slug, None)
    if not who.reaches(bloc_id):
        raise NotFound(f"no bloc {slug}")
    if not who.reads_bloc(session, bloc_id, season_id):
        raise Forbidden("only the bloc's head, its desk and the administrator")
    return bloc_id


@router.get("/rehearsal")
async def rehearsal(
    bloc: Slug,
    home: Home,
    who: Who,
    days: Annotated[int, Query(ge=1, le=366, description="How many days, from now.")] = 30,
) -> Rehearsal:
    """Every message of the next days, as it would be sent if nothing changed meanwhile: when, to whom, on which
    channel, its words. Played by the functions that plan, on a copy; nothing is sent."""
    now = home.clock.covenant()
    return await home.database.read(
        lambda session: home.rehearse(session, steered(session, who, bloc), now, days)
    )  # fmt: skip
