"""The bot's side door: what was heard comes in, what is to be said goes out, and what became of it comes back."""

import asyncio
from datetime import timedelta
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Header, Path, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is SQLite's too
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col
from starlette.background import BackgroundTask

from api.bell import rest
from api.house import House, house
from api.refusals import PROBLEMS, NotFound
from api.routes.evidence import answer as give_evidence
from api.security import require
from api.services import evidence
from api.services.queues import aside, compose, delivery, outgoing, settling
from api.services.queues.delivery import Claimed
from api.services.talks import turns
from models.columns import core
from models.tables import Cursor, Outbox, Timeline
from models.wire import (
    Heard,
    HeardBatch,
    HeardReceipt,
    InboxClaim,
    InboxWork,
    OutboxClaim,
    Parcel,
    Position,
    Settled,
    Settlement,
    TimelineEntry,
)

router = APIRouter(prefix="/v1", tags=["bot"], responses=PROBLEMS, dependencies=[Depends(require("bot"))])
log = structlog.get_logger()

Home = Annotated[House, Depends(house)]
Name = Annotated[str, Path(max_length=100, examples=["telegram:123456"])]
LOOK_EVERY_S = 0.5
"""How often a waiting claim looks again when no bell rings: other processes queue messages too."""
LEAST_REST_S = 0.01


def _json(shape: BaseModel) -> Response:
    """Shapes of our own need no second validation on the way out."""
    return Response(shape.model_dump_json(), media_type="application/json")


# --- in -----------------------------------------------------------------------------------------------------------


@router.post("/inbox", response_model=HeardReceipt)
async def hear(batch: HeardBatch, home: Home) -> Response:
    """Store what was heard and answer it in the same transaction; a replay changes nothing. What has files still to
    be fetched waits for `/v1/inbox/claim` and is posted again when they are stored. One chat's messages are taken in
    order, and one that fails keeps nobody else waiting."""
    chats: dict[tuple[str, str, str], list[Heard]] = {}
    for heard in batch.items:
        chats.setdefault((heard.channel, heard.bot, heard.chat), []).append(heard)
    results = [
        result for lane in await asyncio.gather(*(_hear(home, lane) for lane in chats.values())) for result in lane
    ]
    stored = sum(result.stored for result in results)
    parcels = [parcel for result in results for parcel in result.parcels]
    waits = [(result.again_at - home.clock.wire()).total_seconds() for result in results if result.again_at]
    again = max(0.0, min(waits)) if waits else None
    menus = [result.menu for result in results if result.menu]
    repeated = len(results) - stored
    answer = _json(HeardReceipt(stored=stored, repeated=repeated, parcels=parcels, again_in_s=again, menus=menus))
    filed, erased = any(result.filed for result in results), any(result.erased for result in results)
    answer.background = BackgroundTask(evidence.tidy, home.database, home.store, filed=filed, erased=erased)
    return answer


async def _hear(home: House, lane: list[Heard]) -> list[turns.TurnResult]:
    return [await _hear_one(home, heard) for heard in lane]


async def _hear_one(home: House, heard: Heard) -> turns.TurnResult:
    """A message that cannot be thought through must not be lost, nor stop the others: whatever went wrong with it, it
    is kept, tried again, and in the end set aside for people to look at."""
    now, wire_now = home.clock.covenant(), home.clock.wire()
    try:
        return await home.database.write(lambda s: turns.hear(s, heard, now, wire_now, True, home.public_url))
    except Exception as error:
        failure = error
        set_aside = await home.database.write(lambda s: aside.keep(s, heard, failure, now, wire_now))
        log.exception("a message could not be thought through", bot=f"{heard.channel}:{heard.bot}", aside=set_aside)
        return turns.TurnResult(stored=True)


@router.post("/inbox/claim")
async def claim_inbox(wanted: InboxClaim, home: Home) -> list[InboxWork]:
    """What waits for its files, or was left by a crash: leased, to be posted to `/v1/inbox` again."""
    wire_now = home.clock.wire()
    return await home.database.write(lambda s: delivery.claim_inbox(s, wanted.bot, wanted.n, wire_now))


# --- out ----------------------------------------------------------------------------------------------------------


@router.post("/outbox/claim", response_model=list[Parcel])
async def claim_outbox(wanted: OutboxClaim, home: Home) -> Response:
    """A long poll for what is to be sent now: checked, paced, leased, one message an address. Nothing is held open in
    the database while it waits."""
    until = home.clock.wire() + timedelta(seconds=wanted.wait_s)
    with home.bell.listening(wanted.bot) as rung:
        claimed = await _look(home, wanted)
        while not claimed.parcels and not home.closing:
            left = (until - home.clock.wire()).total_seconds()
            if left <= 0:
                break
            await rest(rung, min(left, LOOK_EVERY_S, max(claimed.again_in or LOOK_EVERY_S, LEAST_REST_S)))
            claimed = await _look(home, wanted)
    return Response(
        f"[{','.join(parcel.model_dump_json() for parcel in claimed.parcels)}]", media_type="application/json"
    )


async def _look(home: House, wanted: OutboxClaim) -> Claimed:
    now, wire_now = home.clock.covenant(), home.clock.wire()
    try:
        return await home.database.write(
            lambda s: delivery.look(s, wanted.bot, wanted.n, now, wire_now, compose.reminder)
        )
    except IntegrityError:  # another claim took the same lane in the same instant
        return Claimed([])


@router.get("/outbox/{row}/file", response_class=StreamingResponse)
async def outgoing_file(
    row: Annotated[int, Path(ge=1, le=2**31 - 1, examples=[1204])],
    home: Home,
    range: Annotated[str | None, Header(max_length=200)] = None,
) -> Response:
    """The evidence that goes out with a claimed message, or the range of it that is asked for."""
    found = await home.database.read(lambda session: outgoing.file_of(session, row))
    if found is None:
        raise NotFound(f"message {row} is not on its way with a file")
    return await give_evidence(home, found, range)


@router.post("/outbox/settle")
async def settle(settlement: Settlement, home: Home) -> Settled:
    """What became of claimed messages. Whoever no longer holds one is not heard."""
    now, wire_now = home.clock.covenant(), home.clock.wire()

    def work(session: Session) -> tuple[int, bool]:
        settled = delivery.settle(session, settlement.outcomes, now, wire_now)
        return settled, settling.has_followers(session, settlement.outcomes)

    settled, more = await home.database.write(work)
    if more:
        home.bell.ring()
    return Settled(settled=settled)


@router.post("/timeline")
async def timeline(entry: TimelineEntry, home: Home) -> Settled:
    """Write a message of the bot into a browser chat's timeline, once for each `outbox_id`."""
    now = home.clock.covenant()
    row = {
        "chat": entry.chat, "mine": False, "text": entry.text, "at": now, "outbox_id": entry.outbox_id, "files": [],
        "choices": [choice.model_dump() for choice in entry.choices],
    }  # fmt: skip
    statement = insert(core(Timeline)).values(row).on_conflict_do_nothing(index_elements=["outbox_id"])

    def write(session: Session) -> int | None:
        if session.get(Outbox, entry.outbox_id) is None:
            raise NotFound(f"no message {entry.outbox_id}")
        written: int | None = session.execute(statement.returning(col(Timeline.id))).scalar()
        return written

    written = await home.database.write(write)
    home.bell.ring()
    return Settled(settled=int(written is not None))


# --- how far a poller has read ------------------------------------------------------------------------------------


@router.get("/cursors/{name}")
async def read_cursor(name: Name, home: Home) -> Position:
    """How far this poller has durably read. 404: it has not begun."""
    found = await home.database.read(
        lambda s: s.execute(select(col(Cursor.position)).where(col(Cursor.name) == name)).scalar()
    )
    if found is None:
        raise NotFound(f"no cursor {name}")
    return Position(position=found)


@router.put("/cursors/{name}", status_code=204)
async def move_cursor(name: Name, position: Position, home: Home) -> None:
    """Everything before this position is stored."""
    row = {"name": name, "position": position.position}
    statement = insert(core(Cursor)).values(row)
    moved = statement.on_conflict_do_update(index_elements=["name"], set_={"position": position.position})
    await home.database.write(lambda s: s.execute(moved))
