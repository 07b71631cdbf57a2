"""Outgrown: PostgreSQL, an S3 store, two replicas of the API, two clocks, and the bot apart from them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from botocore.client import BaseClient
from sqlalchemy import select
from sqlmodel import Session, col

from api.services import invitations, tokens
from api.services.loading import blocfile, loading
from models.database import Database
from models.tables import Agency, Bloc, Evidence, Outbox, Reminder
from tests.fakes.telegram import TelegramServer
from tests.flows.process import Program
from tests.secrecy import secret

SAMPLE, BLOC = "noi-chinh-bac-kan-2024", "noi-chinh-bac-kan"
LOADED_AT = datetime(2024, 5, 20, 1, tzinfo=UTC)
CLOCK = "2024-06-12T08:29:50"
"""Ten seconds before the morning's window, three working days before K5 is due."""


class Grown:
    """The processes of an installation that has outgrown one."""

    def __init__(self, folder: Path, database_url: str, bucket: str, s3: str, server: TelegramServer) -> None:
        self.database = Database(database_url)
        shared = {
            "GIAOUOC_DATABASE_URL": database_url,
            "GIAOUOC_STORE_URL": f"s3://{bucket}/giaouoc",
            "GIAOUOC_S3_ENDPOINT": s3,
            "GIAOUOC_CLOCK": CLOCK,
        }
        roles = ("api", "api", "clock", "clock")
        self.apis, self.clocks = [], []
        for number, role in enumerate(roles):
            place = folder / f"{role}-{number}"
            place.mkdir()
            (self.apis if role == "api" else self.clocks).append(Program(place, shared, role))
        (folder / "bot").mkdir()
        channel = {"GIAOUOC_TELEGRAM_TOKEN": server.token, "GIAOUOC_TELEGRAM_API_URL": server.api_url}
        self._channel, self._place = channel, folder / "bot"
        self.bot: Program | None = None

    def furnish(self) -> tuple[str, str, str]:
        """(link code of a focal point, the bot's token, an administrator's token)."""
        self.database.migrate()

        def work(session: Session) -> tuple[str, str, str]:
            loading.load(session, blocfile.read(blocfile.sample(SAMPLE), SAMPLE), LOADED_AT)
            bloc_id = session.execute(select(col(Bloc.id))).scalar_one()
            agency_id = session.execute(select(col(Agency.id)).where(col(Agency.short) == "STP")).scalar_one()
            now = datetime.now(UTC)
            code = invitations.new_code(session, bloc_id, agency_id, "focal", now)
            return (
                code,
                secret(tokens.make(session, "bot", "bot", None, LOADED_AT, now)),
                secret(tokens.make(session, "it", "admin", None, LOADED_AT, now)),
            )

        return self.database.write_now(work)

    @asynccontextmanager
    async def running(self, bot_token: str) -> AsyncIterator[None]:
        through = {"GIAOUOC_API_URL": self.apis[0].url, "GIAOUOC_API_TOKEN": bot_token}
        self.bot = Program(self._place, self._channel | through, "bot")
        async with AsyncExitStack() as stack:
            for program in (*self.apis, *self.clocks, self.bot):
                await program.start()
                stack.push_async_callback(program.stop)
            yield

    def must_live(self) -> None:
        assert self.bot
        for program in (*self.apis, *self.clocks, self.bot):
            program.must_live()


@pytest.fixture
def grown_needs(empty_postgres_url: str, bucket: tuple[BaseClient, str], s3: str) -> tuple[str, str, str]:
    return empty_postgres_url, bucket[1], s3


async def test_the_main_job_runs_on_several_processes_as_on_one(
    tmp_path: Path, grown_needs: tuple[str, str, str]
) -> None:
    async with TelegramServer() as server:
        house = Grown(tmp_path, *grown_needs, server)
        code, bot_token, admin_token = house.furnish()

        async def until(what: Callable[[], object]) -> None:
            async with asyncio.timeout(60):
                while not what():  # it looks at other processes
                    house.must_live()
                    await asyncio.sleep(0.1)

        phone = server.person("Đầu mối STP")

        def heard() -> list[str]:
            return [str(message["text"]) for message in server.sent_to(phone)]

        try:
            async with house.running(bot_token):
                phone.starts(code)
                await until(lambda: len(heard()) == 1)
                phone.says("1")
                await until(lambda: len(heard()) == 2)
                await until(lambda: any("K5" in text and "15/6/2024" in text for text in heard()[2:]))
                phone.sends_document("Báo cáo sơ kết\n".encode(), "bao-cao.txt", "K5 xong", media_type="text/plain")
                await until(lambda: "BN-0001" in heard()[-1])
                for replica in house.apis:
                    await _tells_the_same(replica.url, admin_token)
            _nothing_twice(house.database)
        finally:
            house.database.close()
        assert server.violations == []


async def _tells_the_same(url: str, token: str) -> None:
    async with httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {token}"}) as client:
        status = (await client.get(f"/v1/blocs/{BLOC}/status")).json()
        assert [row["done_on_time"] for row in status["milestones"] if row["code"] == "K5"] == [1]
        assert (await client.get("/v1/evidence/BN-0001")).content == "Báo cáo sơ kết\n".encode()


def _nothing_twice(database: Database) -> None:
    def look(session: Session) -> None:
        assert len(session.execute(select(Evidence)).all()) == 1
        sent = session.execute(select(Outbox).where(col(Outbox.kind) == "reminder")).scalars().all()
        assert [row.state for row in sent] == ["sent"]
        rungs = session.execute(select(col(Reminder.obligation_id), col(Reminder.rung))).all()
        assert len(rungs) == len(set(rungs))

    database.read_now(look)
