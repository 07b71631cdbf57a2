"""The ticker: it ticks, it counts, it goes on after a failure."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from schedules.clock import Ticker

SOON = timedelta(milliseconds=20)


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not done():  # noqa: ASYNC110 (a ticker has nothing to wait for but its counters)
            await asyncio.sleep(0.005)


async def test_a_tick_comes_at_once_and_again_and_its_numbers_are_kept() -> None:
    ticker = Ticker()

    async def plan() -> dict[str, int]:
        return {"messages": 3}

    ticker.every(SOON, plan, name="plan")
    ticker.start()
    await until(lambda: ticker.ticks["plan"] >= 3)
    ticker.stop()
    assert ticker.last["plan"] == {"messages": 3}
    assert ticker.failures["plan"] == 0


async def test_a_failing_tick_is_counted_and_the_next_one_comes() -> None:
    ticker = Ticker()
    calls = 0

    async def plan() -> dict[str, int]:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise RuntimeError("the disk is full")
        return {}

    ticker.every(SOON, plan, name="plan")
    ticker.start()
    await until(lambda: ticker.ticks["plan"] >= 1)
    ticker.stop()
    assert ticker.failures["plan"] == 1


async def test_a_slow_tick_never_runs_twice_at_once_and_holds_up_no_other() -> None:
    ticker = Ticker()
    running, most = 0, 0

    async def slow() -> dict[str, int]:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.1)
        running -= 1
        return {}

    async def quick() -> dict[str, int]:
        return {}

    ticker.every(SOON, slow, name="slow")
    ticker.every(SOON, quick, name="quick")
    ticker.start()
    await until(lambda: ticker.ticks["slow"] >= 2)
    ticker.stop()
    assert most == 1
    assert ticker.ticks["quick"] > ticker.ticks["slow"]
    assert ticker.failures.total() == 0


async def test_nothing_ticks_after_the_stop() -> None:
    ticker = Ticker()

    async def plan() -> dict[str, int]:
        return {}

    ticker.every(SOON, plan, name="plan")
    ticker.start()
    await until(lambda: ticker.ticks["plan"] >= 1)
    ticker.stop()
    seen = ticker.ticks["plan"]
    await asyncio.sleep(0.1)
    assert ticker.ticks["plan"] == seen
    ticker.stop()
