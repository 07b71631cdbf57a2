"""A whole house on loopback for the browser: the API under uvicorn, the browser chat's mouth, a real database. Its
covenant clock stands still, so that what it says can be foreseen."""

import asyncio
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep

import httpx
import uvicorn
from fastapi import FastAPI
from sqlalchemy import func, select
from sqlmodel import Session, col

from api.app import create_app
from api.house import House
from api.security import sha256
from api.services import invitations
from api.services.loading import blocfile, loading
from api.store import Store
from bot.channels.web import WebChannel
from bot.client import Client
from bot.mouth import Mouth
from models.clock import Anchor, Clock
from models.database import Database
from models.tables import Agency, Bloc, Inbox, Invitation, Timeline
from tests.secrecy import secret

NOW = datetime(2024, 6, 11, 2, 42, tzinfo=UTC)
"""Tuesday 11/6/2024, 09:42 in Viet Nam."""
SAMPLE = "noi-chinh-bac-kan-2024"
TOKEN = secret("token-of-the-browser-tests")
UPLOAD_LIMIT = 2 * 1024 * 1024


@dataclass
class World:
    house: House
    url: str
    _server: uvicorn.Server
    _thread: threading.Thread

    # --- life ---

    @classmethod
    def begin(cls, folder: Path) -> "World":
        house = _house(folder)
        app = create_app(house)
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", timeout_graceful_shutdown=3))
        thread = threading.Thread(target=lambda: asyncio.run(_live(app, server)), daemon=True)
        thread.start()
        end = monotonic() + 20
        while not server.started:
            assert monotonic() < end, "the house did not start"
            sleep(0.02)
        return cls(house, f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", server, thread)

    def end(self) -> None:
        self.house.closing = self._server.should_exit = True
        self._thread.join(20)
        self.house.database.close()

    # --- what happens in it ---

    def code(self, short: str = "STP", role: str = "focal") -> str:
        """A new link code for a place of an agency."""

        def make(session: Session) -> str:
            bloc_id = session.execute(select(col(Bloc.id))).scalar_one()
            agency = select(col(Agency.id)).where(col(Agency.bloc_id) == bloc_id, col(Agency.short) == short)
            agency_id = session.execute(agency).scalar_one()
            return invitations.new_code(session, bloc_id, agency_id, role, self.house.clock.wire())

        return self.house.database.write_now(make)

    def code_is_used(self, code: str) -> bool:
        used = select(col(Invitation.used_at)).where(col(Invitation.code) == code)
        return self.house.database.read_now(lambda session: session.execute(used).scalar_one() is not None)

    def heard(self, text: str) -> int:
        """How many messages of this text the house has stored."""
        rows = self.house.database.read_now(lambda session: session.execute(select(col(Inbox.heard))).scalars().all())
        return sum(1 for heard in rows if heard and heard["text"] == text)

    def chat_of(self, text: str) -> str:
        """The chat in which this was said."""
        where = col(Timeline.text) == text
        return self.house.database.read_now(
            lambda session: session.execute(select(col(Timeline.chat)).where(where)).scalars().first() or ""
        )

    def unseen(self, chat: str) -> int:
        """How many lines of this chat no page has shown yet."""
        new = select(func.count()).where(col(Timeline.chat) == chat, col(Timeline.seen_at).is_(None))
        lines: int = self.house.database.read_now(lambda session: session.execute(new).scalar_one())
        return lines


def _house(folder: Path) -> House:
    database = Database(f"sqlite:///{folder / 'giaouoc.db'}")
    database.migrate()
    file = blocfile.read(blocfile.sample(SAMPLE), SAMPLE)
    database.write_now(lambda session: loading.load(session, file, NOW - timedelta(days=70)))
    return House(
        database=database,
        store=Store.of(str(folder / "store")),
        clock=Clock(Anchor(datetime.now(UTC), NOW, 0)),
        upload_limit=UPLOAD_LIMIT,
        own_token_sha256=sha256(TOKEN),
    )


async def _live(app: FastAPI, server: uvicorn.Server) -> None:
    inside = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    client = Client("http://inside", TOKEN, transport=inside)
    speaking = asyncio.create_task(Mouth(WebChannel(client), client).run())
    await server.serve()
    speaking.cancel()
    await asyncio.gather(speaking, return_exceptions=True)
    await client.close()
