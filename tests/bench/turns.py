"""Whole turns a second: `K<n> <p>%` of a linked person, one request a message through the route of every platform,
row and reply in the database before the answer leaves, `synchronous=FULL`; beside a bare insert + COMMIT FULL, and
beside what FastAPI and SQLModel do by their own tutorial."""

import asyncio
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pysqlite3

from tests.bench.table import heading, line, quantile

CHATS, SECONDS = 64, 8.0


def run() -> None:
    heading(f"Whole turns ({CHATS} chats, {SECONDS:.0f} s)")
    with tempfile.TemporaryDirectory() as folder:
        bare = bare_inserts(Path(folder) / "bare.db")
        stock, stock_p99 = drive("tests.bench.stock", Path(folder) / "stock", _insert)
        ours, p99 = drive("tests.bench.serving", Path(folder) / "ours", _message)
    line("turns/s", f"{ours:,.0f}/s", f"insert + COMMIT FULL {bare:,.0f}/s", f"{ours / bare:.2f} x", "1,000/s")
    line("", "", f"stock FastAPI+SQLModel {stock:,.0f}/s", f"{ours / stock:.2f} x")
    line("p99 of a turn", f"{p99 * 1000:.0f} ms", f"stock {stock_p99 * 1000:.0f} ms", f"{p99 / stock_p99:.2f} x")


def bare_inserts(path: Path) -> float:
    """Inserts a second, each with its own durable COMMIT, from one thread without a server."""
    with pysqlite3.connect(str(path), isolation_level=None) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.execute("CREATE TABLE said (id INTEGER PRIMARY KEY, text TEXT)")
        start, done = time.perf_counter(), 0
        while time.perf_counter() - start < SECONDS / 4:
            db.execute("BEGIN IMMEDIATE")
            db.execute("INSERT INTO said (text) VALUES (?)", (f"K5 {done}%",))
            db.execute("COMMIT")
            done += 1
        return done / (time.perf_counter() - start)


def drive(module: str, folder: Path, request: Callable[[int, int], tuple[str, dict[str, Any]]]) -> tuple[float, float]:
    """(answers a second, p99 in seconds) of a server in its own process, one message of each chat in flight."""
    folder.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-m", module, str(folder), str(port)], stderr=subprocess.DEVNULL)
    try:
        return asyncio.run(_load(f"http://127.0.0.1:{port}", request))
    finally:
        server.terminate()
        server.wait()


async def _load(url: str, request: Callable[[int, int], tuple[str, dict[str, Any]]]) -> tuple[float, float]:
    times: list[float] = []
    connector = aiohttp.TCPConnector(limit=CHATS)
    headers = {"Authorization": "Bearer bench"}
    async with aiohttp.ClientSession(url, connector=connector, headers=headers) as session:
        await _until_ready(session)
        end = time.perf_counter() + SECONDS

        async def chat(number: int) -> None:
            said = 0
            while time.perf_counter() < end:
                path, body = request(number, said)
                start = time.perf_counter()
                async with session.post(path, json=body) as answer:
                    await answer.read()
                if answer.status == 200:
                    times.append(time.perf_counter() - start)
                said += 1

        start = time.perf_counter()
        await asyncio.gather(*(chat(number) for number in range(1, CHATS + 1)))
        return len(times) / (time.perf_counter() - start), quantile(times, 0.99)


async def _until_ready(session: aiohttp.ClientSession) -> None:
    for _ in range(300):
        try:
            async with session.get("/livez") as answer:
                if answer.status == 200:
                    return
        except aiohttp.ClientError:
            await asyncio.sleep(0.1)
    raise RuntimeError("the server did not start")


def _message(chat: int, said: int) -> tuple[str, dict[str, Any]]:
    """Twelve milestones in turn, each a little further every time: a value never falls, so nothing is asked."""
    text = f"K{said % 12 + 1} {min(1 + said // 12, 99)}%"
    heard = {
        "channel": "telegram", "bot": "1", "external_id": f"{chat}:{said}", "chat": str(chat), "text": text,
        "sent_at": datetime.now(UTC).isoformat(),
    }  # fmt: skip
    return "/v1/inbox", {"items": [heard]}


def _insert(chat: int, said: int) -> tuple[str, dict[str, Any]]:
    return "/said", {"chat": str(chat), "text": f"K5 {said}%"}
