"""Broadcasts of a bloc: made, looked at, stopped, resumed, called a second time."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from sqlmodel import Session

from api.moments import local
from api.refusals import PROBLEMS, Invalid, NotFound
from api.routes.blocs import Cursor, Home, Limit, Slug, Who
from api.routes.planning import Steers, steered
from api.security import Caller
from api.services import ledger
from api.services.desk import broadcasts, notices
from api.shapes import BroadcastBody, BroadcastLine, Broadcasts, BroadcastShape, Receipt
from bot.dialogue.orders.values import BroadcastView
from models.rules import secrecy

router = APIRouter(prefix="/v1/blocs/{bloc}/broadcasts", tags=["broadcasts"], responses=PROBLEMS)
Number = Annotated[int, Path(ge=1, le=2**31 - 1, examples=[3])]


@router.post("")
async def make(bloc: Slug, body: BroadcastBody, home: Home, who: Steers) -> BroadcastShape:
    """Send a text to the bloc or a part of it: in office hours, now or at an hour, once or again and again. Everybody
    who answers for an agency gets it once; who has acknowledged is told by the single broadcast."""
    now, wire_now = home.clock.covenant(), home.clock.wire()
    if secrecy.marking(body.text):
        raise Invalid("a text with a secret marking is neither kept nor sent")
    if body.at is not None and body.at.tzinfo is None:
        raise Invalid("`at` needs an offset, such as 2024-06-20T14:00:00+07:00")
    if body.at is not None and body.at <= now:
        raise Invalid("`at` lies in the past")

    def write(session: Session) -> BroadcastShape:
        bloc_id = steered(session, who, bloc)
        agencies = [ledger.agency_of(session, bloc_id, short) for short in body.to]
        number = broadcasts.make(
            session, bloc_id, body.text, f"token:{who.name}", now,
            agencies=agencies, starts_at=body.at, rhythm=body.rhythm,
        )  # fmt: skip
        broadcasts.begin(session, now)
        notices.send(session, now, wire_now)
        return _shape(session, number, now)

    made = await home.database.write(write)
    home.bell.ring_all()
    return made


@router.get("")
async def list_broadcasts(bloc: Slug, home: Home, who: Who, limit: Limit = 100, cursor: Cursor = None) -> Broadcasts:
    """The bloc's broadcasts, newest first. Each with how many it reached and how many have acknowledged it."""
    now = home.clock.covenant()

    def read(session: Session) -> Broadcasts:
        numbers = broadcasts.numbers(session, steered(session, who, bloc), limit + 1, int(cursor or 0))
        views = [view for number in numbers[:limit] if (view := broadcasts.view(session, number, now))]
        more = str(views[-1].number) if len(numbers) > limit else None
        return Broadcasts(items=[_line(view) for view in views], next=more)

    return await home.database.read(read)


@router.get("/{number}")
async def single(bloc: Slug, number: Number, home: Home, who: Who) -> BroadcastShape:
    """One broadcast, and what became of it person by person: waiting, sent, failed, seen, or uncertain (it may
    have arrived)."""
    now = home.clock.covenant()

    def read(session: Session) -> BroadcastShape:
        _own(session, who, bloc, number)
        return _shape(session, number, now)

    return await home.database.read(read)


@router.post("/{number}/stop")
async def stop(bloc: Slug, number: Number, home: Home, who: Steers) -> BroadcastShape:
    """Nothing more of it leaves from now on; of a series, no further occasion."""
    now = home.clock.covenant()

    def write(session: Session) -> BroadcastShape:
        _own(session, who, bloc, number)
        broadcasts.stop(session, number, now)
        return _shape(session, number, now)

    return await home.database.write(write)


@router.post("/{number}/resume")
async def resume(bloc: Slug, number: Number, home: Home, who: Steers) -> BroadcastShape:
    """What had not left before the stop goes on, in office hours."""
    now, wire_now = home.clock.covenant(), home.clock.wire()

    def write(session: Session) -> BroadcastShape:
        _own(session, who, bloc, number)
        broadcasts.resume(session, number, now)
        notices.send(session, now, wire_now)
        return _shape(session, number, now)

    return await home.database.write(write)


@router.post("/{number}/again")
async def call_again(bloc: Slug, number: Number, home: Home, who: Steers) -> BroadcastShape:
    """The one second call, to those who got it and have not acknowledged."""
    now, wire_now = home.clock.covenant(), home.clock.wire()

    def write(session: Session) -> BroadcastShape:
        _own(session, who, bloc, number)
        broadcasts.call_again(session, number, now)
        notices.send(session, now, wire_now)
        return _shape(session, number, now)

    return await home.database.write(write)


def _own(session: Session, who: Caller, slug: str, number: int) -> None:
    """Raises NotFound when it is no broadcast of this bloc."""
    bloc_id = steered(session, who, slug)
    if not broadcasts.is_of(session, number, bloc_id):
        raise NotFound(f"no broadcast {number} in this bloc")


def _line(view: BroadcastView) -> BroadcastLine:
    states = [got.state for got in view.got]
    return BroadcastLine(
        number=view.number,
        text=view.text,
        starts_at=local(view.starts_at),
        begun=view.begun,
        stopped=view.stopped,
        repeats=view.repeats,
        again_at=local(view.again_at) if view.again_at else None,
        people=len(states),
        sent=sum(state in ("sent", "uncertain", "seen") for state in states),
        seen=states.count("seen"),
        failed=states.count("failed"),
    )


def _shape(session: Session, number: int, now: datetime) -> BroadcastShape:
    view = broadcasts.view(session, number, now)
    if view is None:
        raise NotFound(f"no broadcast {number}")
    return BroadcastShape(
        **_line(view).model_dump(),
        receipts=[Receipt(agency=got.agency, person=got.person, state=got.state) for got in view.got],
        unreached=[one.short for one in view.unreached],
    )
