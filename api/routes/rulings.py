"""What the head decides about one obligation, over HTTP: a submission, an extension, a waiver."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from sqlmodel import Session

from api.refusals import PROBLEM, PROBLEMS, Forbidden, Invalid, NotFound
from api.routes.blocs import Home, Slug, Year
from api.security import Caller, require
from api.services import judging, status
from api.services.judging import Judge
from api.shapes import ExtensionBody, ObligationLine, ReviewBody, WaiverBody
from bot.dialogue.tasks.undoing import VERDICTS
from models.rules import secrecy
from models.rules.progress import DECISIONS

router = APIRouter(
    prefix="/v1/blocs/{bloc}/obligations/{code}",
    tags=["rulings"],
    responses={**PROBLEMS, 409: {**PROBLEM, "description": "It does not stand so that this can be said of it"}},
)
Code = Annotated[str, Path(pattern=r"^[Kk]\d{1,4}-\w{1,20}$", examples=["K5-STP"])]
Decides = Annotated[Caller, Depends(require("head", "desk", "leader", "admin"))]


@router.post("/review")
async def review(
    bloc: Slug, code: Code, body: ReviewBody, home: Home, who: Decides, season: Year = None
) -> ObligationLine:
    """Confirm a submission, or return it with a reason. The sender reads the reason at once and answers in the same
    chat; lateness counts by the submission. The same verdict once more changes nothing; nobody decides about the own
    agency."""
    if body.verdict == "return" and not body.reason:
        raise Invalid("a return needs its reason")
    return await _ruled(
        home, who, bloc, season, body.reason, lambda judge: judging.review(judge, code, body.verdict, body.reason)
    )


@router.post("/extension")
async def extension(
    bloc: Slug, code: Code, body: ExtensionBody, home: Home, who: Decides, season: Year = None
) -> ObligationLine:
    """Decide on the extension that the agency asked for. Granted, the due date moves for this agency and everything
    that hangs on it follows."""
    grant = body.decision == "grant"
    return await _ruled(
        home, who, bloc, season, body.reason,
        lambda judge: judging.decide_extension(judge, code, grant=grant, reason=body.reason),
    )  # fmt: skip


@router.post("/waiver")
async def waiver(
    bloc: Slug, code: Code, body: WaiverBody, home: Home, who: Decides, season: Year = None
) -> ObligationLine:
    """Waive the obligation: it is in no bucket and nobody is reminded. The head alone, not the desk."""
    return await _ruled(home, who, bloc, season, body.reason, lambda judge: judging.waive(judge, code, body.reason))


@router.delete("/review")
async def take_back_review(bloc: Slug, code: Code, home: Home, who: Decides, season: Year = None) -> ObligationLine:
    """Take the verdict back within a minute of it; after that it stands, because the agency works on with it. Whoever
    had been told of it is told. Where no verdict stands nothing changes."""
    return await _ruled(home, who, bloc, season, None, lambda judge: judging.take_back(judge, code, VERDICTS))


@router.delete("/extension")
async def take_back_extension(bloc: Slug, code: Code, home: Home, who: Decides, season: Year = None) -> ObligationLine:
    """Take the decision on an extension back: the date from before is in force again, and the agency's wish waits."""
    return await _ruled(home, who, bloc, season, None, lambda judge: judging.take_back(judge, code, DECISIONS))


@router.delete("/waiver")
async def take_back_waiver(bloc: Slug, code: Code, home: Home, who: Decides, season: Year = None) -> ObligationLine:
    """The obligation is owed again. The head alone, not the desk."""
    return await _ruled(home, who, bloc, season, None, lambda judge: judging.take_back(judge, code, ("waived",)))


async def _ruled(
    home: Home, who: Caller, slug: str, year: int | None, reason: str | None, rule: Callable[[Judge], ObligationLine]
) -> ObligationLine:
    if reason and secrecy.marking(reason):
        raise Invalid("a text with a secret marking is neither kept nor sent")
    now, wire_now = home.clock.covenant(), home.clock.wire()

    def write(session: Session) -> ObligationLine:
        bloc_id, season_id, _ = status.season_of(session, slug, year)
        if not who.reaches(bloc_id):
            raise NotFound(f"no bloc {slug}")
        if not who.reads_bloc(session, bloc_id, season_id):
            raise Forbidden("only whoever sits in a seat of the bloc, and their desk")
        return rule(Judge(session, who, bloc_id, season_id, now, wire_now))

    ruled = await home.database.write(write)
    home.bell.ring_all()
    return ruled
