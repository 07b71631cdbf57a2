"""APScheduler as a clock and nothing more: it says *now*; what is due is read from the database at each tick."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from time import perf_counter

import structlog
from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler

Tick = Callable[[], Awaitable[Mapping[str, int]]]
"""Does one round of work and returns its numbers."""

_log = structlog.get_logger("clock")


class Ticker:
    """Runs each tick by itself, never twice at once; a late one runs once, a failing one is counted and runs again.

    `start` wants a running event loop. Nothing is remembered between processes: any number of them may tick.
    """

    def __init__(self) -> None:
        self.ticks: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()
        self.last: dict[str, Mapping[str, int]] = {}
        """By name: what the last tick returned."""
        self.last_good: dict[str, datetime] = {}
        """By name: when a tick last ended well (wire time)."""
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )
        self._scheduler.add_listener(self._failed, EVENT_JOB_ERROR)

    def every(self, interval: timedelta, tick: Tick, *, name: str) -> None:
        """Tick at once, then every `interval` of the real clock."""

        async def run() -> None:
            await self._run(name, tick)

        seconds = interval.total_seconds()
        self._scheduler.add_job(run, "interval", seconds=seconds, id=name, next_run_time=datetime.now(UTC))

    def start(self) -> None:
        self._scheduler.start()

    def stop(self) -> None:
        """No further tick; one under way is cancelled, but what it has handed to the database is finished there."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    async def _run(self, name: str, tick: Tick) -> None:
        began = perf_counter()
        numbers = await tick()
        self.ticks[name] += 1
        self.last_good[name] = datetime.now(UTC)
        self.last[name] = numbers
        if any(numbers.values()):
            _log.info("tick", tick=name, ms=round((perf_counter() - began) * 1000, 1), **numbers)

    def _failed(self, event: JobExecutionEvent) -> None:
        self.failures[event.job_id] += 1
        _log.error("tick failed", tick=event.job_id, failures=self.failures[event.job_id], exc_info=event.exception)
