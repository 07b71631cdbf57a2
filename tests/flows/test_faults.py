"""What goes wrong between a platform and us, fault by fault, on every platform, polled and called, while people answer:
nothing lost, nothing doubled, and what had to be repeated is printed."""

from collections.abc import Callable
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from api.services.queues.pacing import rhythm
from models.database import Database
from models.tables import Address, Outbox, Pace, Reminder
from schedules import planner
from tests.flows.fault_stage import Stage, stage
from tests.flows.platforms import IN, MODES, OUT, PLATFORMS, Mode

CODES = ("K5", "K7", "K8", "K10")
everywhere = pytest.mark.parametrize(
    ("name", "mode"), [pytest.param(*both, id=" ".join(both)) for both in product(PLATFORMS, MODES)]
)
called = pytest.mark.parametrize("name", PLATFORMS)


async def nothing_is_lost_or_doubled(played: Stage, what: str) -> None:
    await played.settles()
    found = played.count()
    told = f"{played.channel.name}, {what}: {found.updates} answers"
    print(f"{told}, lost {found.lost}, doubled {found.doubled}, repeated {found.repeated}")
    assert (found.lost, found.doubled) == (0, 0)
    assert found.updates == sum(len(focal.said) for focal in played.focals)


def everybody_answers(played: Stage, percent: int = 10) -> None:
    for number, code in enumerate(CODES):
        for focal in played.focals:
            focal.answers(code, percent + number)


@everywhere
@pytest.mark.parametrize("fault", OUT)
async def test_sends_that_fail(sqlite_database: Database, tmp_path: Path, name: str, mode: Mode, fault: str) -> None:
    async with stage(PLATFORMS[name](), mode, sqlite_database, tmp_path) as played:
        played.platform.sends_meet(fault, times=3)
        everybody_answers(played)
        await nothing_is_lost_or_doubled(played, f"sends that meet {fault} ({mode})")


@everywhere
@pytest.mark.parametrize("fault", IN)
async def test_asking_for_news_fails(
    sqlite_database: Database, tmp_path: Path, name: str, mode: Mode, fault: str
) -> None:
    async with stage(PLATFORMS[name](), mode, sqlite_database, tmp_path) as played:
        asked = played.calls(played.platform.asks[mode])
        played.platform.asks_meet(mode, fault, times=2)
        everybody_answers(played)
        await played.until(lambda: played.calls(played.platform.asks[mode]) > asked + 1)
        await nothing_is_lost_or_doubled(played, f"asking meets {fault} ({mode})")


@everywhere
async def test_a_429_is_obeyed(sqlite_database: Database, tmp_path: Path, name: str, mode: Mode) -> None:
    """It was not the chat's own limit: the whole bot rests, and is slower afterwards."""
    async with stage(PLATFORMS[name](), mode, sqlite_database, tmp_path) as played:
        played.platform.sends_meet("429 for half a minute")
        played.focals[0].answers("K5", 10)
        await played.until(lambda: _pace(played) > 1.03 * (rhythm(played.channel.name).bot_ms or 0))
        told_at = played.clock.wire()
        everybody_answers(played, 20)
        await played.until(played.platform.is_quiet)
        played.clock.ahead += timedelta(seconds=25)
        played.home.bell.ring_all()
        assert played.calls("sendMessage") == 1
        await played.until(lambda: played.clock.wire() - told_at > timedelta(seconds=26))
        await nothing_is_lost_or_doubled(played, f"a 429 of 30 s ({mode})")


def _pace(played: Stage) -> float:
    found = played.home.database.read_now(lambda s: s.get(Pace, played.channel.name))
    return found.interval_ms if found else 0


@everywhere
async def test_a_wrong_token_for_a_while(sqlite_database: Database, tmp_path: Path, name: str, mode: Mode) -> None:
    async with stage(PLATFORMS[name](), mode, sqlite_database, tmp_path) as played:
        everybody_answers(played)
        played.platform.forgets_the_token()
        await played.until(lambda: played.ears.deaf)
        played.focals[0].answers("K4", 5)
        played.platform.knows_the_token()
        await nothing_is_lost_or_doubled(played, f"a wrong token ({mode})")
        assert played.ears.deaf is None


@everywhere
async def test_somebody_blocks_and_comes_back(sqlite_database: Database, tmp_path: Path, name: str, mode: Mode) -> None:
    async with stage(PLATFORMS[name](), mode, sqlite_database, tmp_path) as played:
        away = played.focals[0]
        played.platform.sends_meet("blocked")
        away.answers("K5", 10)
        await played.settles()
        assert _states(played)[played.platform.chat(away.phone)] == "blocked"
        for focal in played.focals[1:]:
            focal.answers("K5", 20)
        away.phone.unblocks_bot()
        away.answers("K7", 10)
        await nothing_is_lost_or_doubled(played, f"blocked and back ({mode})")
        assert set(_states(played).values()) == {"open"}
        assert len(played.shown(away)) == 1


def _states(played: Stage) -> dict[str, str]:
    rows = played.home.database.read_now(lambda s: s.execute(select(col(Address.chat), col(Address.state))).all())
    return dict(rows)


@called
async def test_calls_that_come_twice(sqlite_database: Database, tmp_path: Path, name: str) -> None:
    async with stage(PLATFORMS[name](), "webhook", sqlite_database, tmp_path) as played:
        played.platform.delivery.repeats = len(CODES) * len(played.focals)
        everybody_answers(played)
        await nothing_is_lost_or_doubled(played, "calls that come twice")


@called
async def test_calls_that_break_off_come_again(sqlite_database: Database, tmp_path: Path, name: str) -> None:
    async with stage(PLATFORMS[name](), "webhook", sqlite_database, tmp_path) as played:
        played.platform.delivery.cuts = len(CODES) * len(played.focals)
        everybody_answers(played)
        await nothing_is_lost_or_doubled(played, "calls that break off")


@called
async def test_calls_that_cannot_be_stored_come_again(sqlite_database: Database, tmp_path: Path, name: str) -> None:
    async with stage(PLATFORMS[name](), "webhook", sqlite_database, tmp_path) as played:
        played.home.own_token_sha256, right = "nobody's", played.home.own_token_sha256
        everybody_answers(played)
        delivery = played.platform.delivery
        await played.until(lambda: len(delivery.refusals) > 2)
        played.home.own_token_sha256 = right
        await nothing_is_lost_or_doubled(played, "calls that cannot be stored")
        assert set(delivery.refusals) == {503}


async def test_what_is_polled_comes_twice(sqlite_database: Database, tmp_path: Path) -> None:
    """Of Telegram's polls only what was not confirmed comes again, as when an answer is dropped."""
    async with stage(zalo := PLATFORMS["zalo"](), "poll", sqlite_database, tmp_path) as played:
        everybody_answers(played)
        await played.settles()
        zalo.server.news(*zalo.server.events)
        await nothing_is_lost_or_doubled(played, "what is polled comes twice")


@everywhere
async def test_updates_out_of_order(sqlite_database: Database, tmp_path: Path, name: str, mode: Mode) -> None:
    async with stage(PLATFORMS[name](), mode, sqlite_database, tmp_path) as played:
        with played.platform.out_of_order():
            everybody_answers(played)
        await nothing_is_lost_or_doubled(played, f"out of order ({mode})")


@everywhere
async def test_an_outage_of_a_day_ends_in_one_message_a_person(
    sqlite_database: Database, tmp_path: Path, name: str, mode: Mode
) -> None:
    """Three working days before K5 is due its reminder is planned; the platform is away until the next morning."""
    async with stage(PLATFORMS[name](), mode, sqlite_database, tmp_path) as played:
        await played.settles()
        played.platform.goes_down()
        for _ in range(18):
            await _tick(played)
            played.clock.ahead += timedelta(minutes=30)
        assert not any(played.shown(focal) for focal in played.focals)
        played.platform.comes_back()
        while played.clock.covenant().astimezone().day == 11:
            played.clock.ahead += timedelta(hours=1)
        for _ in range(30):
            await _tick(played)
            played.clock.ahead += timedelta(minutes=30)
            if all(played.shown(focal) for focal in played.focals):
                break
        await played.settles()
        told = [len(played.shown(focal)) for focal in played.focals]
        print(f"{played.channel.name}, a day's outage ({mode}): {told} messages a person, repeated 0")
        assert told == [1] * len(played.focals)
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


def test_every_platform_knows_every_fault() -> None:
    for platform in PLATFORMS.values():
        assert set(OUT) | set(IN) | {"blocked"} <= set(platform.faults), platform.name
