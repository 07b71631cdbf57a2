"""What a process does by the clock, and how often."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta

from api.house import Gauge, House
from models import clock
from schedules import desk, housekeeping, planner
from schedules.checkup import CheckUp
from schedules.clock import Ticker
from schedules.demo import JumpingClock
from schedules.ping import Ping

FOLLOW = timedelta(seconds=5)
"""How often a process looks whether another one has put the shared clock on."""
PLAN, PLAN_IN_A_DEMO = timedelta(seconds=5), timedelta(seconds=1)
CHECK, SWEEP = timedelta(minutes=1), timedelta(minutes=10)


@asynccontextmanager
async def ticking(home: House, *, plans: bool) -> AsyncIterator[None]:
    """Every process follows the shared clock; those of the role `clock` plan and sweep too."""
    ticker, ping = Ticker(), Ping(home.ping_url)
    if home.demo_clock is None:
        ticker.every(FOLLOW, lambda: _follow(home), name="follow")
    if plans:
        often = PLAN_IN_A_DEMO if home.demo else PLAN
        ticker.every(often, lambda: _plan(home), name="plan")
        ticker.every(often, lambda: _announce(home, ping), name="desk")
        check = CheckUp(home.database, home.clock, ticker, ping, home.backup)
        ticker.every(CHECK, check.tick, name="self-check")
        ticker.every(SWEEP, lambda: _sweep(home), name="housekeeping")
    if isinstance(home.demo_clock, JumpingClock):
        ticker.every(timedelta(seconds=1), home.demo_clock.step, name="demo_clock")
    home.gauges.append(lambda: _ticks(ticker))
    ticker.start()
    try:
        yield
    finally:
        ticker.stop()
        await ping.close()


async def _follow(home: House) -> dict[str, int]:
    home.clock.anchor = await home.database.read(clock.stored)
    return {}


async def _plan(home: House) -> dict[str, int]:
    now, wire_now = home.clock.covenant(), home.clock.wire()
    planned = await home.database.write(lambda s: planner.plan(s, now, wire_now))
    if planned.messages:
        home.bell.ring_all()
    return planned.numbers()


async def _announce(home: House, ping: Ping) -> dict[str, int]:
    now, wire_now = home.clock.covenant(), home.clock.wire()
    announced = await home.database.write(lambda s: desk.announce(s, now, wire_now))
    if announced.sent:
        home.bell.ring_all()
    ping.good()
    return announced.numbers()


async def _sweep(home: House) -> dict[str, int]:
    now, wire_now = home.clock.covenant(), home.clock.wire()
    return await housekeeping.sweep(home.database, home.store, now, wire_now, home.clamd_url)


def _ticks(ticker: Ticker) -> Iterator[Gauge]:
    for name, count in ticker.ticks.items():
        yield Gauge("giaouoc_ticks_total", count, {"tick": name})
    for name, count in ticker.failures.items():
        yield Gauge("giaouoc_tick_failures_total", count, {"tick": name})
    for name, at in ticker.last_good.items():
        yield Gauge("giaouoc_last_good_tick_timestamp_seconds", at.timestamp(), {"tick": name})
