"""Two replicas of a house over one database and one store, and a focal point whose chat asks for links."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import func, select
from sqlmodel import Session, SQLModel, col

from api.app import create_app
from api.house import House
from api.services.talks import turns
from api.services.uploads import sweeping
from api.services.uploads.receiving import Desk
from api.store import INCOMING, Store
from models.clock import Clock
from models.database import Database
from models.tables import Address, Binding, Evidence, Outbox, Person, Post, Update
from models.wire import Heard
from tests.api.evidence.ledger import NOW, small_bloc
from tests.api.uploads.tus import BYTES, VERSION, Tus

CHAT = "4711"


class Hands(Clock):
    """Covenant time stands; wire time is the real one, and a test may put it ahead."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead = timedelta(0)

    def wire(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def covenant(self) -> datetime:
        return NOW


def _people(session: Session) -> None:
    small_bloc(session)
    for row in (
        Person(id=1, name="Nguyễn Thị An"),
        Post(id=1, person_id=1, bloc_id=1, agency_id=1, role="focal", since=date(2024, 1, 1)),
        Address(id=1, channel="telegram", bot="1", chat=CHAT, created_at=NOW),
        Binding(id=1, address_id=1, post_id=1, bound_at=NOW),
    ):
        session.add(row)
        session.flush()


@dataclass
class Office:
    database: Database
    store: Store
    upload_limit: int = 30 * 1024 * 1024
    clock: Hands = field(default_factory=Hands)
    apps: tuple[FastAPI, ...] = ()
    heard: int = 0
    raises: bool = True
    """Errors of ours are handed to the test, not answered with 500."""

    def __post_init__(self) -> None:
        self.database.write_now(_people)
        self.apps = tuple(self.replica() for _ in range(2))

    def replica(self) -> FastAPI:
        home = House(self.database, self.store, self.clock, upload_limit=self.upload_limit, public_url="http://house")
        return create_app(home)

    # --- what people do ---

    def says(self, text: str) -> str:
        """What the chat is answered."""
        self.heard += 1
        heard = Heard(
            channel="telegram", bot="1", external_id=str(self.heard), chat=CHAT, text=text, sent_at=self.clock.wire()
        )
        self.database.write_now(lambda s: turns.hear(s, heard, NOW, self.clock.wire(), public_url="http://house"))
        return self.said()[-1]

    def link(self) -> str:
        """The path of a new link."""
        [address] = [word for word in self.says("gửi tệp K5").split() if word.startswith("http://house/u/")]
        return address.removeprefix("http://house")

    def http(self, replica: int = 0) -> httpx.AsyncClient:
        inside = httpx.ASGITransport(self.apps[replica], raise_app_exceptions=self.raises)
        return httpx.AsyncClient(transport=inside, base_url="http://house", timeout=60)

    def tus(self, link: str, replica: int = 0) -> Tus:
        return Tus(self.http(replica), f"{link}/files")

    async def done(self, link: str, replica: int = 0) -> httpx.Response:
        return await self.http(replica).post(f"{link}/done")

    async def state(self, link: str, replica: int = 0) -> Any:
        return (await self.http(replica).get(f"{link}/state")).json()

    async def sweep(self) -> sweeping.Swept:
        return await sweeping.sweep(Desk(self.database, self.store, self.clock.wire), NOW)

    # --- what is there ---

    def said(self) -> list[str]:
        texts = select(col(Outbox.text)).order_by(col(Outbox.id))
        return [text or "" for text in self.database.read_now(lambda s: s.execute(texts).scalars().all())]

    def evidence(self) -> list[tuple[str | None, str, int]]:
        """(name, SHA-256, obligation), in the order of their receipts."""
        wanted = select(col(Evidence.name), col(Evidence.sha256), col(Evidence.obligation_id)).order_by(
            col(Evidence.update_id)
        )
        return [(row[0], row[1], row[2]) for row in self.database.read_now(lambda s: s.execute(wanted).all())]

    def updates(self) -> list[int]:
        wanted = select(col(Update.id)).order_by(col(Update.id))
        return list(self.database.read_now(lambda s: s.execute(wanted).scalars().all()))

    def count(self, table: type[SQLModel]) -> int:
        number: int = self.database.read_now(lambda s: s.execute(select(func.count()).select_from(table)).scalar_one())
        return number

    async def incoming(self) -> list[str]:
        return [found.key for found in await self.store.listing(INCOMING)]


async def break_off(app: FastAPI, address: str, start: int, announced: int, packets: Iterator[bytes]) -> int | None:
    """A PATCH whose sender vanishes after these packets; the status that nobody reads."""
    status: int | None = None

    async def receive() -> dict[str, Any]:
        packet = next(packets, None)
        if packet is None:
            return {"type": "http.disconnect"}
        await asyncio.sleep(0)
        return {"type": "http.request", "body": packet, "more_body": True}

    async def send(message: Any) -> None:
        nonlocal status
        status = message.get("status", status)

    headers = {
        "tus-resumable": VERSION, "upload-offset": str(start), "content-type": BYTES, "content-length": str(announced),
    }  # fmt: skip
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "PATCH", "path": address,
        "raw_path": address.encode(), "query_string": b"", "root_path": "", "scheme": "http", "server": ("house", 80),
        "client": ("203.0.113.9", 4711),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip
    await app(scope, receive, send)
    return status
