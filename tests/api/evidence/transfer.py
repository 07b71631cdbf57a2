"""Carry one large file in and out of the routes, piece by piece, and print by how many MB the process grew.

    python -m tests.api.evidence.transfer DATABASE_URL STORE_URL ENDPOINT MEGABYTES

Run by the memory test in a process of its own, since only a process's peak can be measured.
"""

import asyncio
import hashlib
import json
import os
import re
import resource
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from api import refusals
from api.house import House
from api.routes import evidence as routes
from api.security import Remembered, sha256
from api.services import evidence
from api.store import Store
from bot.dialogue.values import Draft
from models.clock import Clock
from models.database import Database
from models.tables import Token
from tests.api.evidence.files import box
from tests.api.evidence.ledger import NOW, OURS, answer, small_bloc

PACKET = 64 * 1024


def film(megabytes: int) -> Iterator[bytes]:
    """An MP4 of so many megabytes in packets; the same each time."""
    yield box(b"ftyp", b"isom" + bytes(4) + b"mp42") + box(b"moov", bytes(100))
    yield struct.pack(">I4s", 8 + megabytes * 1024 * 1024, b"mdat")
    for number in range(megabytes * 16):
        yield hashlib.sha256(str(number).encode()).digest() * (PACKET // 32)


async def call(app: FastAPI, method: str, path: str, token: str, body: Iterator[bytes]) -> tuple[int, bytes, str]:
    """Speak ASGI with the application: (status, first 4 kB of the answer, SHA-256 of all of it)."""
    status, head, digest, ended = 0, b"", hashlib.sha256(), False

    async def receive() -> dict[str, Any]:
        nonlocal ended
        if ended:
            await asyncio.Event().wait()
        packet = next(body, None)
        ended = packet is None
        return {"type": "http.request", "body": packet or b"", "more_body": packet is not None}

    async def send(message: dict[str, Any]) -> None:
        nonlocal status, head
        if message["type"] == "http.response.start":
            status = message["status"]
        else:
            head = (head + message.get("body", b""))[:4096]
            digest.update(message.get("body", b""))

    headers = [(b"authorization", f"Bearer {token}".encode()), (b"x-file-name", b"phim.mp4")]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "path": path,
        "raw_path": path.encode(), "query_string": b"", "headers": headers, "root_path": "", "scheme": "http",
    }  # fmt: skip
    await app(scope, receive, send)
    return status, head, digest.hexdigest()


async def carry(app: FastAPI, database: Database, store: Store, megabytes: int) -> None:
    """In by the bot's route, attached and promoted, out by the auditor's; the same bytes."""
    status, told, _ = await call(app, "PUT", "/v1/incoming", "bot", film(megabytes))
    assert status == 200, told
    stored = json.loads(told)
    assert stored["verdict"] is None, stored

    def attach(session: Any) -> int:
        update_id = answer(session)
        draft = Draft(stored["key"], stored["sha256"], stored["size"], stored["media_type"])
        evidence.attach(session, draft, OURS, update_id)
        return update_id

    receipt = await database.write(attach)
    await evidence.promote(database, store)
    status, _, digest = await call(app, "GET", f"/v1/evidence/BN-{receipt:04d}", "auditor", iter(()))
    assert (status, digest) == (200, stored["sha256"])


def peak() -> float:
    """MB. Linux keeps a peak of its own for this program; `ru_maxrss` begins with that of whoever started it."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.findall(r"VmHWM:\s+(\d+) kB", status.read_text())[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def main() -> None:
    database_url, store_url, endpoint, megabytes = sys.argv[1:]
    database, store = Database(database_url), Store.of(store_url, endpoint=endpoint or None)
    app = FastAPI()
    app.state.house = House(database, store, Clock(), upload_limit=(int(megabytes) + 1) * 1024 * 1024)
    app.state.remembered = Remembered()
    refusals.install(app)
    app.include_router(routes.router)
    await database.write(small_bloc)
    for role in ("bot", "auditor"):
        row = Token(name=role, sha256=sha256(role), role=role, created_at=NOW)
        await database.write(lambda session, row=row: session.add(row))
    await carry(app, database, store, 1)
    before = peak()
    await carry(app, database, store, int(megabytes))
    print(json.dumps({"grown_mb": round(peak() - before, 1), "before_mb": round(before, 1)}), flush=True)
    database.close()


if __name__ == "__main__":
    os.environ.setdefault("AWS_REGION", "us-east-1")
    asyncio.run(main())
