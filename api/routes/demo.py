"""The demo's clock, for its landing page. Answers 404 outside the demo."""

from typing import Annotated

from fastapi import APIRouter, Depends

from api.house import DemoClock, House, house
from api.refusals import NotFound

router = APIRouter(prefix="/demo", tags=["demo"], include_in_schema=False)


def _clock(home: Annotated[House, Depends(house)]) -> DemoClock:
    if home.demo_clock is None:
        raise NotFound("this is not the demo")
    return home.demo_clock


Hands = Annotated[DemoClock, Depends(_clock)]


@router.get("/clock")
async def state(clock: Hands) -> dict[str, object]:
    """Covenant time, and whether it stands."""
    return clock.state()


@router.post("/pause")
async def pause(clock: Hands) -> dict[str, object]:
    clock.pause()
    return clock.state()


@router.post("/resume")
async def resume(clock: Hands) -> dict[str, object]:
    clock.resume()
    return clock.state()
