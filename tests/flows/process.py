"""The real program as the operating system sees it: started, killed without warning, started again."""

import asyncio
import os
import signal
import socket
import sqlite3
import sys
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from models.database import Database

ROOT = Path(__file__).parents[2]


@dataclass
class Program:
    """`giaouoc up`, or one of its roles, on a data folder. `settings` are GIAOUOC_… variables."""

    folder: Path
    settings: dict[str, str]
    role: str = "up"
    starts: int = 0
    _process: asyncio.subprocess.Process | None = None
    _port: int = field(default_factory=lambda: _free_port())

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def database_url(self) -> str:
        return self.settings.get("GIAOUOC_DATABASE_URL") or f"sqlite:///{self.folder / 'giaouoc.db'}"

    async def start(self) -> None:
        own = {"GIAOUOC_DATA": str(self.folder), "GIAOUOC_PORT": str(self._port), "GIAOUOC_LOG": "json"}
        clean = {name: value for name, value in os.environ.items() if not name.startswith("GIAOUOC_")}
        self.starts += 1
        with (self.folder / f"{self.role}.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", "from main import cli; cli()", self.role,
                cwd=ROOT, env=clean | own | self.settings, stdout=log, stderr=log,
            )  # fmt: skip

    async def kill(self) -> None:
        """SIGKILL: nothing in it hears of it."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        return await self._end(signal.SIGTERM)

    async def _end(self, sign: signal.Signals) -> int:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(sign)
        return await self._process.wait()

    def must_live(self) -> None:
        """Fails with the end of its log when it has ended by itself."""
        if self._process is not None and self._process.returncode is not None:
            raise AssertionError(f"it ended with {self._process.returncode}: {self.log()[-1500:]}")

    def log(self) -> str:
        return (self.folder / f"{self.role}.log").read_text(encoding="utf-8", errors="replace")

    def open(self) -> Database:
        return Database(self.database_url)

    def is_idle(self) -> bool:
        """Nothing waits in either queue."""
        with closing(sqlite3.connect(f"file:{self.folder / 'giaouoc.db'}?mode=ro", uri=True)) as connection:
            waits = (
                "SELECT (SELECT count(*) FROM inbox WHERE state IN ('waiting', 'claimed'))"
                " + (SELECT count(*) FROM outbox WHERE state IN ('queued', 'claimed'))"
            )
            waiting: int = connection.execute(waits).fetchone()[0]
            return waiting == 0

    def lies_still_for(self, pause: timedelta) -> None:
        """As if it had lain dead so long: every lease and pause in its queues is that much nearer to its end."""
        seconds = f"-{pause.total_seconds():.0f} seconds"
        with closing(sqlite3.connect(self.folder / "giaouoc.db")) as connection, connection:
            for table in ("inbox", "outbox"):
                connection.execute(
                    f"UPDATE {table} SET not_before = strftime('%Y-%m-%d %H:%M:%f000', not_before, ?),"
                    " lease_until = strftime('%Y-%m-%d %H:%M:%f000', lease_until, ?)"
                    " WHERE state IN ('waiting', 'queued', 'claimed')",
                    (seconds, seconds),
                )


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
