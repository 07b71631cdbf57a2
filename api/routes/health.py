"""For whoever watches the process; no token, no names."""

import asyncio
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from typing import Annotated

import pysqlite3
from fastapi import APIRouter, Depends, Response
from fastapi.responses import PlainTextResponse
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is SQLite's too
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col

from api.house import Gauge, House, house
from api.refusals import PROBLEM, Unready
from api.services.desk import checkup
from api.services.queues import quota as meter
from api.shapes import Alive, Ready
from models.columns import core
from models.queue import INBOX, OUTBOX, is_in
from models.tables import Address, Cursor, Inbox, Outbox

router = APIRouter(tags=["health"])
Home = Annotated[House, Depends(house)]
PATIENCE_S = 5
CURSOR, PROBE = core(Cursor), "readyz"
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"

HELP = {
    "giaouoc_messages_total": ("counter", "Messages to chats, by the state they are in."),
    "giaouoc_heard_total": ("counter", "What chats said, by the state it is in."),
    "giaouoc_queue_waiting": ("gauge", "Rows that may be worked on now."),
    "giaouoc_queue_oldest_seconds": ("gauge", "How long the oldest of them has waited."),
    "giaouoc_chats": ("gauge", "Chats, by whether messages reach them."),
    "giaouoc_last_good_poll_timestamp_seconds": ("gauge", "When a channel last answered our question for news."),
    "giaouoc_channel_deaf": ("gauge", "1: the platform does not let the bot in, its token is not accepted."),
    "giaouoc_month_used": ("gauge", "Messages that a bot with a monthly quota has used of this month."),
    "giaouoc_month_limit": ("gauge", "Messages that it may send in a month."),
    "giaouoc_ticks_total": ("counter", "Rounds that the clock of this process finished."),
    "giaouoc_tick_failures_total": ("counter", "Rounds that failed."),
    "giaouoc_last_good_tick_timestamp_seconds": ("gauge", "When a round last ended well."),
    "giaouoc_last_self_check_timestamp_seconds": ("gauge", "When the last self-check was made."),
}
"""By name: what Prometheus wants to know before the numbers."""


@router.get("/livez")
async def alive() -> Alive:
    """The process answers."""
    return Alive(status="alive")


@router.get("/readyz", responses={503: {**PROBLEM, "description": "The database or the store does not answer"}})
async def ready(home: Home) -> Ready:
    """The database and the store answer. A platform that does not is told and does not count: people of the other
    channels, and the bloc's head, are served all the same."""
    if home.closing:
        raise Unready("closing")
    try:
        async with asyncio.timeout(PATIENCE_S):
            await home.database.write(_probe)
            await home.store.check()
    except (SQLAlchemyError, pysqlite3.Error, OSError, TimeoutError) as error:
        raise Unready(f"the database or the store does not write: {type(error).__name__}") from error
    return Ready(status="ready", channels=_polls(home))


def _probe(session: Session) -> None:
    """A row that is really written: on a full disk reading still works."""
    row = insert(CURSOR).values(name=PROBE, position=1)
    grown = {"position": CURSOR.c.position + 1}
    session.execute(row.on_conflict_do_update(index_elements=["name"], set_=grown))


def _polls(home: House) -> dict[str, datetime]:
    gauges = (gauge for told in home.gauges for gauge in told())
    return {
        gauge.labels["channel"]: datetime.fromtimestamp(int(gauge.value), tz=home.clock.wire().tzinfo)
        for gauge in gauges
        if gauge.name == "giaouoc_last_good_poll_timestamp_seconds"
    }


@router.get(
    "/metrics",
    response_class=PlainTextResponse,
    responses={
        200: {
            "content": {
                "text/plain": {"example": 'giaouoc_messages_total{channel="web",kind="reply",state="sent"} 7\n'}
            }
        }
    },
)
async def metrics(home: Home) -> Response:
    """Prometheus: what was heard and sent by state, what waits and how long, the channels' polls, the clock's ticks."""
    wire_now = home.clock.wire()
    stored = await home.database.read(
        lambda s: [*_counts(s), *_queues(s, wire_now), *_months(s, wire_now), *_checked(s)]
    )
    told = [gauge for tell in home.gauges for gauge in tell()]
    return PlainTextResponse(exposition([*stored, *told]), media_type=PROMETHEUS)


def _counts(session: Session) -> Iterator[Gauge]:
    sent = (
        select(col(Address.channel), col(Outbox.kind), col(Outbox.state), func.count())
        .join(Address, col(Address.id) == col(Outbox.address_id))
        .group_by(col(Address.channel), col(Outbox.kind), col(Outbox.state))
    )
    for channel, kind, state, count in session.execute(sent):
        yield Gauge("giaouoc_messages_total", count, {"channel": channel, "kind": kind, "state": state})
    heard = select(col(Inbox.channel), col(Inbox.state), func.count()).group_by(col(Inbox.channel), col(Inbox.state))
    for channel, state, count in session.execute(heard):
        yield Gauge("giaouoc_heard_total", count, {"channel": channel, "state": state})
    chats = select(col(Address.channel), col(Address.state), func.count())
    for channel, state, count in session.execute(chats.group_by(col(Address.channel), col(Address.state))):
        yield Gauge("giaouoc_chats", count, {"channel": channel, "state": state})


def _queues(session: Session, wire_now: datetime) -> Iterator[Gauge]:
    """What is due and not done, in wire time: what rests for a platform's sake is not late."""
    for queue, rows, states in (("inbox", INBOX, ("waiting", "claimed")), ("outbox", OUTBOX, ("queued", "claimed"))):
        due = select(func.count(), func.min(rows.c.not_before)).where(
            is_in(rows, *states), rows.c.not_before <= wire_now
        )
        count, oldest = session.execute(due).one()
        yield Gauge("giaouoc_queue_waiting", count, {"queue": queue})
        age = (wire_now - oldest).total_seconds() if oldest else 0
        yield Gauge("giaouoc_queue_oldest_seconds", round(age, 3), {"queue": queue})


def _months(session: Session, wire_now: datetime) -> Iterator[Gauge]:
    for bot, used in meter.used_of_all(session, wire_now).items():
        yield Gauge("giaouoc_month_used", used, {"channel": bot})
        if (most := meter.terms(session, bot).messages) is not None:
            yield Gauge("giaouoc_month_limit", most, {"channel": bot})


def _checked(session: Session) -> Iterator[Gauge]:
    """Covenant time; nothing before the first one."""
    if at := checkup.last(session):
        yield Gauge("giaouoc_last_self_check_timestamp_seconds", at.timestamp())


def exposition(gauges: Iterable[Gauge]) -> str:
    """The numbers as Prometheus reads them."""
    lines: list[str] = []
    for name, group in groupby(sorted(gauges, key=lambda gauge: gauge.name), key=lambda gauge: gauge.name):
        kind, told = HELP.get(name, ("untyped", name))
        lines += [f"# HELP {name} {told}", f"# TYPE {name} {kind}", *map(_line, group)]
    return "\n".join([*lines, ""])


def _line(gauge: Gauge) -> str:
    labels = ",".join(f'{name}="{_escaped(value)}"' for name, value in gauge.labels.items())
    return f"{gauge.name}{{{labels}}} {gauge.value:.15g}" if labels else f"{gauge.name} {gauge.value:.15g}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
