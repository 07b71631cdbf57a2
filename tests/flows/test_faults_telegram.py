"""What goes wrong between Telegram and us, fault by fault, while people answer: nothing lost, nothing doubled, and what
had to be repeated is printed."""

import random
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from models.database import Database
from models.tables import Address, Outbox, Pace, Reminder
from schedules import planner
from tests.fakes.telegram import (
    BAD_GATEWAY,
    BLOCKED,
    DROPPED_AFTER,
    DROPPED_BEFORE,
    NOT_FOUND,
    SERVER_ERROR,
    TOKEN,
    UNAUTHORIZED,
    Fault,
    limited,
    slow,
)
from tests.flows.telegram_stage import Mode, Stage, stage

CODES = ("K5", "K7", "K8", "K10")
ON_THE_WAY_OUT = {
    "500": SERVER_ERROR,
    "HTML 502": BAD_GATEWAY,
    "dropped before": DROPPED_BEFORE,
    "dropped after": DROPPED_AFTER,
    "slow": slow(1.2),
    "429 for a second": limited(1),
    "429 for a minute": limited(60),
}
ON_THE_WAY_IN = {
    "500": SERVER_ERROR,
    "HTML 502": BAD_GATEWAY,
    "dropped before": DROPPED_BEFORE,
    "dropped after": DROPPED_AFTER,
    "slow": slow(2.2),
    "401": UNAUTHORIZED,
    "404": NOT_FOUND,
}
MODES: tuple[Mode, ...] = ("poll", "webhook")


async def nothing_is_lost_or_doubled(played: Stage, what: str) -> None:
    await played.settles()
    found = played.count()
    print(f"{what}: {found.updates} answers, lost {found.lost}, doubled {found.doubled}, repeated {found.repeated}")
    assert (found.lost, found.doubled) == (0, 0)
    assert found.updates == sum(len(focal.said) for focal in played.focals)


def everybody_answers(played: Stage, percent: int = 10) -> None:
    for number, code in enumerate(CODES):
        for focal in played.focals:
            focal.answers(code, percent + number)


@pytest.mark.parametrize("fault", ON_THE_WAY_OUT.values(), ids=ON_THE_WAY_OUT)
async def test_sends_that_fail(sqlite_database: Database, tmp_path: Path, fault: Fault) -> None:
    async with stage(sqlite_database, tmp_path, "poll") as played:
        played.server.fails("sendMessage", *([fault] * 3))
        everybody_answers(played)
        await nothing_is_lost_or_doubled(played, "sends that fail")


@pytest.mark.parametrize("fault", ON_THE_WAY_IN.values(), ids=ON_THE_WAY_IN)
async def test_polls_that_fail(sqlite_database: Database, tmp_path: Path, fault: Fault) -> None:
    async with stage(sqlite_database, tmp_path, "poll") as played:
        played.server.fails("getUpdates", *([fault] * 2))
        everybody_answers(played)
        await nothing_is_lost_or_doubled(played, "polls that fail")


async def test_a_429_is_obeyed(sqlite_database: Database, tmp_path: Path) -> None:
    """It was not the chat's own limit: the whole bot rests, and is slower afterwards."""
    async with stage(sqlite_database, tmp_path, "poll") as played:
        played.server.fails("sendMessage", limited(30))
        played.focals[0].answers("K5", 10)
        await played.server.called("sendMessage")
        await played.until(lambda: _pace(played) > 34)
        told_at = played.clock.wire()
        everybody_answers(played, 20)
        await played.until(lambda: not played.server.updates)
        played.clock.ahead += timedelta(seconds=25)
        played.home.bell.ring_all()
        assert played.server.count("sendMessage") == 1
        await played.until(lambda: played.clock.wire() - told_at > timedelta(seconds=26))
        await nothing_is_lost_or_doubled(played, "a 429 of 30 s")


def _pace(played: Stage) -> float:
    found = played.home.database.read_now(lambda s: s.get(Pace, played.channel.name))
    return found.interval_ms if found else 0


@pytest.mark.parametrize("mode", MODES)
async def test_a_wrong_token_for_a_while(sqlite_database: Database, tmp_path: Path, mode: Mode) -> None:
    async with stage(sqlite_database, tmp_path, mode) as played:
        everybody_answers(played)
        played.server.token = "7000000001:AANotOursForAWhile_00000000000000000000"
        await played.until(lambda: played.ears.deaf)
        played.focals[0].answers("K4", 5)
        played.server.token = TOKEN
        await nothing_is_lost_or_doubled(played, f"a wrong token ({mode})")
        assert played.ears.deaf is None


async def test_somebody_blocks_and_comes_back(sqlite_database: Database, tmp_path: Path) -> None:
    async with stage(sqlite_database, tmp_path, "poll") as played:
        away = played.focals[0]
        played.server.fails("sendMessage", BLOCKED)
        away.answers("K5", 10)
        await played.settles()
        assert _states(played)[str(away.phone.id)] == "blocked"
        for focal in played.focals[1:]:
            focal.answers("K5", 20)
        away.phone.unblocks_bot()
        away.answers("K7", 10)
        await nothing_is_lost_or_doubled(played, "blocked and back")
        assert set(_states(played).values()) == {"open"}
        assert len(played.server.sent_to(away.phone)) == 1


def _states(played: Stage) -> dict[str, str]:
    rows = played.home.database.read_now(lambda s: s.execute(select(col(Address.chat), col(Address.state))).all())
    return dict(rows)


async def test_calls_that_come_twice(sqlite_database: Database, tmp_path: Path) -> None:
    async with stage(sqlite_database, tmp_path, "webhook") as played:
        assert played.server.delivery
        played.server.delivery.repeats = len(CODES) * len(played.focals)
        everybody_answers(played)
        await nothing_is_lost_or_doubled(played, "calls that come twice")


@pytest.mark.parametrize("mode", MODES)
async def test_updates_out_of_order(sqlite_database: Database, tmp_path: Path, mode: Mode) -> None:
    async with stage(sqlite_database, tmp_path, mode) as played:
        held = played.server
        taken, held.updates, delivery = held.updates, [], held.delivery
        held.delivery = None
        everybody_answers(played)
        shuffled, held.updates = held.updates, taken
        random.shuffle(shuffled)
        held.delivery = delivery
        if delivery:
            held.updates = list(shuffled)
            for update in shuffled:
                delivery.take(update)
        else:
            numbers = count(shuffled[0]["update_id"] + 100)
            held.updates += [{**update, "update_id": next(numbers)} for update in shuffled]
            held._arrived.set()
        await nothing_is_lost_or_doubled(played, f"out of order ({mode})")


async def test_calls_that_cannot_be_stored_come_again(sqlite_database: Database, tmp_path: Path) -> None:
    async with stage(sqlite_database, tmp_path, "webhook") as played:
        played.home.own_token_sha256, right = "nobody's", played.home.own_token_sha256
        everybody_answers(played)
        delivery = played.server.delivery
        assert delivery
        await played.until(lambda: len(delivery.refusals) > 2)
        played.home.own_token_sha256 = right
        await nothing_is_lost_or_doubled(played, "calls that cannot be stored")
        assert set(delivery.refusals) == {503}


async def test_an_outage_of_a_day_ends_in_one_message_a_person(sqlite_database: Database, tmp_path: Path) -> None:
    """Three working days before K5 is due its reminder is planned; Telegram is away until the next morning."""
    async with stage(sqlite_database, tmp_path, "poll") as played:
        await played.settles()
        played.server.always["sendMessage"] = SERVER_ERROR
        for _ in range(18):
            await _tick(played)
            played.clock.ahead += timedelta(minutes=30)
        assert not any(played.server.sent_to(focal.phone) for focal in played.focals)
        del played.server.always["sendMessage"]
        while played.clock.covenant().astimezone().day == 11:
            played.clock.ahead += timedelta(hours=1)
        for _ in range(30):
            await _tick(played)
            played.clock.ahead += timedelta(minutes=30)
            if all(played.server.sent_to(focal.phone) for focal in played.focals):
                break
        await played.settles()
        for focal in played.focals:
            assert len(played.server.sent_to(focal.phone)) == 1
        assert played.home.database.read_now(_ends) <= {"sent", "expired"}


def _ends(session: Session) -> set[str | None]:
    """How the reminders ended: by the message of the next day, or overtaken by the next rung in it."""
    rows = session.execute(
        select(col(Outbox.state)).select_from(Reminder).outerjoin(Outbox, col(Outbox.id) == col(Reminder.outbox_id))
    )
    return set(rows.scalars())


async def _tick(played: Stage) -> None:
    now, wire_now = played.clock.covenant(), played.clock.wire()
    await played.home.database.write(lambda session: planner.plan(session, now, wire_now))
    played.home.bell.ring_all()
    await played.until(lambda: not played.home.database.read_now(_due(played)))


def _due(played: Stage) -> Callable[[Session], bool]:
    wire_now = played.clock.wire()
    rows = select(col(Outbox.id)).where(
        (col(Outbox.state) == "claimed") | ((col(Outbox.state) == "queued") & (col(Outbox.not_before) <= wire_now))
    )
    return lambda session: session.execute(rows).first() is not None
