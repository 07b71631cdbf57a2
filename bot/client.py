"""The API as the bot sees it: typed calls over httpx, through the network or inside one process.

Every call may simply be made again: the API knows repetitions by their keys. What goes wrong is raised as a Trouble:
Passing (down, slow, overloaded), Deaf (our token is not accepted), TooLarge, Refused.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any
from urllib.parse import quote

import httpx
from pydantic import BaseModel, TypeAdapter

from bot.channels.base import Deaf, Passing, Refused, TooLarge
from models.wire import (
    FileLink,
    Heard,
    HeardBatch,
    HeardReceipt,
    InboxClaim,
    InboxWork,
    OutboxClaim,
    Outcome,
    Parcel,
    Position,
    Settled,
    Settlement,
    StoredFile,
    TimelineEntry,
)

ANSWER_S = 30.0
PIECE = 1024 * 1024
UPLOAD_S = 300.0
_parcels = TypeAdapter(list[Parcel])
_work = TypeAdapter(list[InboxWork])


class Client:
    """`transport` is an `httpx.ASGITransport(app, raise_app_exceptions=False)` when the API lives in this process."""

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        answer_s: float = ANSWER_S,
    ) -> None:
        self._answer_s = answer_s
        self._http = httpx.AsyncClient(
            base_url=base_url,
            headers={"Authorization": f"Bearer {token}"},
            transport=transport,
            timeout=httpx.Timeout(None, connect=10),
            trust_env=False,
        )

    async def hear(self, heard: Sequence[Heard]) -> HeardReceipt:
        """Store what was heard (at most 100); the replies come back claimed."""
        answer = await self._post("/v1/inbox", HeardBatch(items=list(heard)))
        return HeardReceipt.model_validate_json(answer)

    async def claim_inbox(self, bot: str, n: int = 10) -> list[InboxWork]:
        """What waits for its files, or was left by a crash."""
        return _work.validate_json(await self._post("/v1/inbox/claim", InboxClaim(bot=bot, n=n)))

    async def take_in(self, stream: AsyncIterator[bytes], name: str | None, kind: str) -> StoredFile:
        """Stream a file into the house."""
        headers = {"X-File-Name": quote(name or ""), "X-File-Kind": kind}
        return StoredFile.model_validate_json(
            await self._call("PUT", "/v1/incoming", content=stream, headers=headers, within_s=UPLOAD_S)
        )

    async def claim(self, bot: str, n: int, wait_s: float) -> list[Parcel]:
        """What is to be sent now; waits up to `wait_s` for something."""
        wanted = OutboxClaim(bot=bot, n=n, wait_s=wait_s)
        return _parcels.validate_json(await self._post("/v1/outbox/claim", wanted, within_s=wait_s + self._answer_s))

    async def pieces(self, parcel: Parcel) -> AsyncIterator[bytes]:
        """The file that a claimed message carries, by the megabyte: inside one process an answer comes whole."""
        size = parcel.say.file.size if parcel.say.file else 0
        for start in range(0, size, PIECE):
            part = {"Range": f"bytes={start}-{min(start + PIECE, size) - 1}"}
            yield await self._call("GET", f"/v1/outbox/{parcel.id}/file", headers=part)

    async def link(self, parcel: Parcel) -> str:
        """Where the file that a claimed message carries can be fetched for a while."""
        return FileLink.model_validate_json(await self._call("GET", f"/v1/outbox/{parcel.id}/link")).url

    async def settle(self, outcomes: Sequence[Outcome]) -> int:
        answer = await self._post("/v1/outbox/settle", Settlement(outcomes=list(outcomes)))
        return Settled.model_validate_json(answer).settled

    async def timeline(self, entry: TimelineEntry) -> bool:
        """Write into a browser chat; False: it stood there already."""
        return Settled.model_validate_json(await self._post("/v1/timeline", entry)).settled == 1

    async def position(self, name: str) -> int | None:
        """How far this poller has durably read; None: it has not begun."""
        answer = await self._call("GET", f"/v1/cursors/{quote(name)}", absent=True)
        return Position.model_validate_json(answer).position if answer else None

    async def move(self, name: str, position: int) -> None:
        """Everything before this position is stored."""
        body = Position(position=position).model_dump_json()
        await self._call("PUT", f"/v1/cursors/{quote(name)}", content=body, headers=JSON)

    async def close(self) -> None:
        await self._http.aclose()

    async def _post(self, path: str, body: BaseModel, within_s: float | None = None) -> bytes:
        return await self._call("POST", path, content=body.model_dump_json(), headers=JSON, within_s=within_s)

    async def _call(
        self, method: str, path: str, *, within_s: float | None = None, absent: bool = False, **request: Any
    ) -> bytes:
        """The time limit is ours: inside one process the transport knows none."""
        try:
            async with asyncio.timeout(within_s or self._answer_s):
                response = await self._http.request(method, path, **request)
        except (httpx.TransportError, TimeoutError) as error:
            raise Passing(f"the API does not answer ({type(error).__name__})") from None
        if absent and response.status_code == 404:
            return b""
        _raise_for(response)
        return response.content


JSON = {"Content-Type": "application/json"}


def _raise_for(response: httpx.Response) -> None:
    status = response.status_code
    if status < 400:
        return
    why = f"the API answers {status} to {response.request.method} {response.request.url.path}"
    if status in (401, 403):
        raise Deaf(why)
    if status == 413:
        raise TooLarge(why)
    raise Passing(why) if status >= 500 or status in (408, 429) else Refused(why)
