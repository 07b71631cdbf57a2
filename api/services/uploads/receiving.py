"""Bytes of uploads: received in pieces, put together, looked at. Nothing is ever held whole in memory."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import ClientDisconnect

from api.refusals import Conflict, Locked, TooLarge
from api.services import evidence
from api.services.uploads import rows
from api.store import Store, incoming_key
from models.database import Database
from models.tables import Upload

PIECE = 8 * 1024 * 1024
"""Bytes of one object in `incoming/`."""
STALLED = 20.0
"""Seconds without a byte, after which a sender is taken for gone: what arrived is kept, the file is free again."""
RENEW_EVERY = rows.LEASE.total_seconds() / 3


@dataclass(frozen=True, slots=True)
class Desk:
    """Where files are received."""

    database: Database
    store: Store
    wire: Callable[[], datetime]
    clamd: str | None = None


@asynccontextmanager
async def holding(desk: Desk, upload_id: str) -> AsyncIterator[tuple[Upload, str]]:
    """Hold a file as long as the block lasts: the file as it now stands, and our sign. Raises Locked."""
    me = secrets.token_hex(8)
    upload = await desk.database.write(lambda session: rows.hold(session, upload_id, me, desk.wire()))
    if upload is None:
        raise Locked("Tệp đang được gửi từ nơi khác. Đề nghị chờ ít giây.", retry_after_s=2)
    renewing = asyncio.create_task(_renew(desk, upload_id, me))
    try:
        yield upload, me
    finally:
        renewing.cancel()
        with suppress(asyncio.CancelledError):
            await renewing
        await desk.database.write(lambda session: rows.release(session, upload_id, me))


async def _renew(desk: Desk, upload_id: str, me: str) -> None:
    while True:
        await asyncio.sleep(RENEW_EVERY)
        await desk.database.write(lambda session: rows.renew(session, upload_id, me, desk.wire()))


# --- received -----------------------------------------------------------------------------------------------------


class Body:
    """A request's bytes, cut into stretches. A sender that breaks off or falls silent ends it early."""

    def __init__(self, stream: AsyncIterator[bytes], stalled: float = STALLED) -> None:
        self._stream, self._stalled = stream, stalled
        self._left = b""
        self.broken = False
        """It ended before the sender was done."""

    async def stretch(self, most: int) -> AsyncIterator[bytes]:
        """At most so many bytes more."""
        while most and (self._left or await self._more()):
            part, self._left = self._left[:most], self._left[most:]
            most -= len(part)
            yield part

    async def has_more(self) -> bool:
        return bool(self._left) or await self._more()

    async def _more(self) -> bool:
        try:
            async with asyncio.timeout(self._stalled):
                while not self._left and not self.broken:
                    self._left = await anext(self._stream)
        except StopAsyncIteration:
            return False
        except (ClientDisconnect, TimeoutError):
            self.broken = True
        return bool(self._left)


async def receive(desk: Desk, upload: Upload, me: str, body: Body) -> int:
    """Take what the body holds, up to the file's end; the new offset. What arrived is kept, however the body ends.

    Raises TooLarge when there is more than the file was announced to have, Lost when somebody else took over.
    """
    offset = upload.offset
    while offset < upload.size and not body.broken:
        size = await _piece(desk, upload, me, offset, body)
        if not size:
            break
        offset += size
    if offset == upload.size and not body.broken and await body.has_more():
        raise TooLarge("Nội dung gửi dài hơn tệp đã báo.")
    return offset


async def _piece(desk: Desk, upload: Upload, me: str, offset: int, body: Body) -> int:
    """One object and its row; without the row the object is rubbish, and swept as such."""
    key, most = incoming_key(), min(PIECE, upload.size - offset)
    async with desk.store.spool(body.stretch(most), PIECE) as spooled:
        if not spooled.size:
            return 0
        await desk.store.keep(spooled, key)
    size, wire_now = spooled.size, desk.wire()
    await desk.database.write(lambda session: rows.advance(session, upload.id, me, offset, size, key, wire_now))
    return size


# --- looked at ----------------------------------------------------------------------------------------------------


def is_whole(upload: Upload) -> bool:
    """All of its bytes are here, and nobody has looked at them yet."""
    return upload.offset == upload.size and upload.key is None and upload.verdict is None


async def look_at(desk: Desk, upload: Upload, me: str, now: datetime) -> None:
    """Put a whole file together and look at it, as at every file that comes in. `now` is covenant time.

    Raises Conflict when pieces are missing: it is to be sent again then.
    """
    keys = await desk.database.read(lambda session: rows.pieces(session, upload.id))
    try:
        stored = await evidence.take_in(
            desk.store, desk.database, _joined(desk.store, keys), upload.name, upload.size, desk.wire(), desk.clamd
        )
    except FileNotFoundError:
        await forget_bytes(desk.store, await desk.database.write(lambda s: rows.start_again(s, upload.id, me)))
        raise Conflict("Tệp chưa đến đủ. Đề nghị gửi lại.") from None
    gone = await desk.database.write(lambda session: rows.checked(session, upload.id, me, stored, now))
    await forget_bytes(desk.store, gone)


async def _joined(store: Store, keys: list[str]) -> AsyncIterator[bytes]:
    for key in keys:
        async for part in store.stream(key):
            yield part


async def forget_bytes(store: Store, keys: list[str]) -> None:
    """Their rows are gone: a crash before this is over leaves rubbish, which is swept."""
    for key in keys:
        await store.delete(key)
