"""An optional daemon reads good files too; a scan that cannot be made holds nobody up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from api.inspection.findings import Finding
from api.inspection.guard import inspect, scan
from tests.api.evidence.files import EICAR


class Daemon:
    """Speaks ClamAV's INSTREAM, knows one virus, and takes at most `limit` bytes."""

    def __init__(self, limit: int = 1_000_000) -> None:
        self.limit = limit
        self.read = b""

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(10) == b"zINSTREAM\0"
        content = b""
        while length := int.from_bytes(await reader.readexactly(4), "big"):
            content += await reader.readexactly(length)
            if len(content) > self.limit:
                writer.write(b"INSTREAM size limit exceeded. ERROR\0")
                writer.close()
                return
        self.read = content
        writer.write(b"stream: Eicar-Test-Signature FOUND\0" if EICAR in content else b"stream: OK\0")
        writer.close()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        async with await asyncio.start_server(self, "127.0.0.1", 0) as server:
            yield f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"


HARMLESS = b"a harmless line\n" * 50_000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "file"
    made.write_bytes(HARMLESS)
    return made


@pytest.fixture
def virus(tmp_path: Path) -> Path:
    made = tmp_path / "virus"
    made.write_bytes(EICAR)
    return made


async def test_a_clean_file_is_read_whole_and_stays_good(file: Path) -> None:
    daemon = Daemon()
    async with daemon.listening() as url:
        assert await inspect(file, "a.txt", url) == Finding("text/plain")
    assert daemon.read == HARMLESS


async def test_a_virus_is_a_verdict(virus: Path) -> None:
    async with Daemon().listening() as url:
        assert await inspect(virus, "a.txt", url) == Finding(verdict="virus")


async def test_a_file_that_is_refused_anyway_is_not_scanned(file: Path) -> None:
    daemon = Daemon()
    async with daemon.listening() as url:
        assert (await inspect(file, "a.exe", url)).verdict == "type"
    assert daemon.read == b""


async def test_what_is_too_large_for_the_daemon_counts_as_not_scanned(file: Path) -> None:
    async with Daemon(limit=100).listening() as url:
        assert await scan(file, url) == "not_scanned"
        assert await inspect(file, "a.txt", url) == Finding("text/plain")


async def test_a_daemon_that_is_away_counts_as_not_scanned(file: Path) -> None:
    assert await scan(file, "tcp://127.0.0.1:9") == "not_scanned"
    assert await scan(file, "unix:///nowhere/clamd.sock") == "not_scanned"
    assert await scan(file, "tcp://") == "not_scanned"


async def test_a_daemon_behind_a_socket_file_is_found(file: Path, tmp_path: Path) -> None:
    async with await asyncio.start_unix_server(Daemon(), str(tmp_path / "clamd.sock")):
        assert await scan(file, f"unix://{tmp_path}/clamd.sock") == "clean"
