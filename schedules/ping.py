"""The ping address hears that the house is well; its silence is somebody else's alarm (`GIAOUOC_PING_URL`)."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import structlog

EVERY = timedelta(minutes=1)
"""Good ticks are told at most so often; a good self-check always."""
PATIENCE_S = 5.0
_log = structlog.get_logger("ping")


class Ping:
    """`good` never waits: the request runs beside, one at a time. The address may hold a secret: it is not logged."""

    def __init__(
        self,
        url: str | None,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        wire: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.told = 0
        self.unheard = 0
        self._url, self._transport, self._wire = url, transport, wire
        self._last: datetime | None = None
        self._going: asyncio.Task[None] | None = None
        self._once_more = False

    def good(self, *, always: bool = False) -> None:
        """All is well just now. Wants a running event loop."""
        now = self._wire()
        recent = self._last is not None and now - self._last < EVERY
        if self._url is None or (recent and not always):
            return
        if self._going and not self._going.done():
            self._once_more |= always
            return
        self._last = now
        self._going = asyncio.create_task(self._tell_all(self._url))

    async def _tell_all(self, url: str) -> None:
        """One, and a further one when a self-check came while it was on its way."""
        await self._tell(url)
        while self._once_more:
            self._once_more = False
            await self._tell(url)

    async def _tell(self, url: str) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S), httpx.AsyncClient(transport=self._transport, timeout=None) as http:
                answer = await http.get(url)
            answer.raise_for_status()
            self.told += 1
        except (httpx.HTTPError, TimeoutError) as error:
            self.unheard += 1
            _log.warning("the ping address did not answer", why=type(error).__name__)

    async def close(self) -> None:
        """Wait for the one that is on its way, no longer than it may take."""
        if self._going:
            await asyncio.wait([self._going], timeout=PATIENCE_S)
