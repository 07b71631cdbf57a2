"""Telegram: whole turns by webhook beside PTB's bare echo; a durable broadcast beside PTB's loop; a thousand chats
under an enforced limit, from one process and two, and with the limit falling midway; answers during a broadcast."""

import asyncio
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import insert
from sqlmodel import Session
from telegram import Bot

from models.database import Database
from models.tables import Outbox
from tests.bench.bot_api import Server
from tests.bench.table import heading, line, quantile
from tests.bench.telegram_serving import CHATS, SECRET

LANES, TURNS = 64, 40
HEADERS = {"X-Telegram-Bot-Api-Secret-Token": SECRET}


def run() -> None:
    heading("Telegram, whole turns by webhook")
    for latency_s in (0.0, 0.05):
        theirs, _ = asyncio.run(_turns("tests.bench.ptb_echo", latency_s, LANES * (2 if latency_s else TURNS)))
        ours, p99 = asyncio.run(_turns("tests.bench.telegram_serving", latency_s, LANES * TURNS))
        bar = "1.0 x" if not latency_s else "40 x"
        beside = f"PTB's echo {theirs:,.0f}/s"
        line(f"turns/s at {latency_s * 1000:.0f} ms", f"{ours:,.0f}/s", beside, f"{ours / theirs:.2f} x", bar)
        line("  p99 of a call", f"{p99 * 1000:.0f} ms")
    heading("Telegram, 5,000 messages, no limit")
    theirs = asyncio.run(_loop(5_000))
    with _stack(0.0, paced=False) as (stack, folder, api, told):
        ours = asyncio.run(_broadcast(stack, folder, api, told, 5_000, processes=1, paced=False))["rate"]
    line("durable broadcast", f"{ours:,.0f}/s", f"PTB's loop {theirs:,.0f}/s", f"{ours / theirs:.2f} x", "2.5 x")
    heading("Telegram, 1,000 chats, 30/s enforced, 50 ms")
    for processes in (1, 2):
        with _stack(0.05, "30") as (stack, folder, api, told):
            found = asyncio.run(_broadcast(stack, folder, api, told, 1_000, processes))
        _limited(f"{processes} process{'es' * (processes > 1)}", found, "34.0 s, 0 x 429")
    with _stack(0.05, "30", "500", "20") as (stack, folder, api, told):
        found = asyncio.run(_broadcast(stack, folder, api, told, 1_000, 1))
    _limited("falling to 20/s after 500", found, "5 x 429")
    with _stack(0.05, "30") as (stack, folder, api, told):
        found = asyncio.run(_broadcast(stack, folder, api, told, 600, 1, answers=60))
    line("p99 of answers during a broadcast", f"{found['p99'] * 1000:.0f} ms", f"{found['answered']:.0f} answers", "",
         "50 + 250 ms")  # fmt: skip


def _limited(what: str, found: dict[str, float], bar: str) -> None:
    told = f"429: {found['limited']:.0f}, doubled {found['doubled']:.0f}, lost {found['lost']:.0f}"
    line(what, f"{found['seconds']:.1f} s", told, "", bar)


# --- processes ----------------------------------------------------------------------------------------------------


def _port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _start(stack: ExitStack, module: str, *given: str) -> None:
    process = subprocess.Popen([sys.executable, "-m", module, *given], stderr=subprocess.DEVNULL)
    stack.callback(process.wait)
    stack.callback(process.kill)


@contextmanager
def _stack(latency_s: float, *limits: str, paced: bool = True) -> Iterator[tuple[ExitStack, Path, str, str]]:
    """(what to close, the database's folder, the API's URL, the Bot API's)."""
    with ExitStack() as stack, tempfile.TemporaryDirectory() as folder:
        theirs, ours = f"http://127.0.0.1:{(bot_api := _port())}", f"http://127.0.0.1:{(api := _port())}"
        _start(stack, "tests.bench.bot_api", str(bot_api), str(latency_s), *limits)
        _start(stack, "tests.bench.telegram_serving", folder, str(api), theirs, str(int(paced)), "0")
        asyncio.run(_until_ready(ours, theirs))
        yield stack, Path(folder), ours, theirs


async def _until_ready(*urls: str) -> None:
    async with aiohttp.ClientSession() as session:
        for url in urls:
            for _ in range(400):
                try:
                    async with session.get(f"{url}/livez"):
                        break
                except aiohttp.ClientError:
                    await asyncio.sleep(0.1)


async def _told(url: str) -> dict[str, Any]:
    async with aiohttp.ClientSession() as session, session.get(f"{url}/told") as answer:
        found: dict[str, Any] = await answer.json()
        return found


# --- by webhook ---------------------------------------------------------------------------------------------------


async def _turns(module: str, latency_s: float, count: int) -> tuple[float, float]:
    """(turns a second, p99 of a call in seconds): from the first call to the last answer that the Bot API took."""
    server = Server(latency_s)
    with ExitStack() as stack, tempfile.TemporaryDirectory() as folder:
        async with server.serving() as bot_api:
            port = _port()
            ours = (folder, str(port), bot_api, "0", "1") if module.endswith("serving") else (str(port), bot_api)
            _start(stack, module, *ours)
            url = f"http://127.0.0.1:{port}"
            await _until_ready(url)
            await _say(url, LANES, 0)
            warm = server.count
            start = time.perf_counter()
            times = await _say(url, count, LANES)
            while server.count < warm + count:  # noqa: ASYNC110
                await asyncio.sleep(0.002)
            return count / (server.last - start), quantile(times, 0.99)


async def _say(url: str, count: int, first: int) -> list[float]:
    """So many calls, `LANES` at once, spread evenly over the chats."""
    times: list[float] = []

    async def lane(number: int) -> None:
        for place in range(first + number, first + count, LANES):
            start = time.perf_counter()
            async with session.post("/hooks/telegram/1", json=_update(place % CHATS + 1, place // CHATS)) as answer:
                await answer.read()
            times.append(time.perf_counter() - start)

    async with aiohttp.ClientSession(url, headers=HEADERS, connector=aiohttp.TCPConnector(limit=LANES)) as session:
        await asyncio.gather(*(lane(number) for number in range(LANES)))
    return times


def _update(chat: int, said: int) -> dict[str, Any]:
    who = {"id": chat, "is_bot": False, "first_name": "An"}
    text = f"K{said % 12 + 1} {min(1 + said // 12, 99)}%"
    message = {"message_id": said + 1, "date": 1_704_700_000, "chat": {"id": chat, "type": "private"}, "from": who}
    return {"update_id": chat * 1_000_000 + said, "message": {**message, "text": text}}


# --- out ----------------------------------------------------------------------------------------------------------


async def _loop(count: int) -> float:
    """PTB's plain loop, messages a second."""
    with ExitStack() as stack:
        port = _port()
        _start(stack, "tests.bench.bot_api", str(port), "0")
        url = f"http://127.0.0.1:{port}"
        await _until_ready(url)
        async with Bot("1:bench", base_url=f"{url}/bot") as bot:
            start = time.perf_counter()
            for number in range(count):
                await bot.send_message(number + 1, f"Thông báo {number}")
            return count / (time.perf_counter() - start)


async def _broadcast(
    stack: ExitStack, folder: Path, api: str, bot_api: str, count: int, processes: int, *, paced: bool = True,
    answers: int = 0,
) -> dict[str, float]:  # fmt: skip
    for _ in range(processes):
        _start(stack, "tests.bench.telegram_mouth", api, bot_api, str(int(paced)))
    while (await _told(bot_api))["greeted"] < processes:  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    database = Database(f"sqlite:///{folder}/ours.db")
    database.write_now(lambda session: _queue(session, count))
    database.close()
    start = time.perf_counter()
    answered = asyncio.create_task(_answers(api, bot_api, answers)) if answers else None
    while (found := await _told(bot_api))["count"] < count + answers and time.perf_counter() - start < 180:  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    times = await answered if answered else []
    await asyncio.sleep(1)
    found = await _told(bot_api)
    return {
        "rate": found["count"] / max(found["seconds"], 0.001), "seconds": found["seconds"],
        "limited": found["limited"], "doubled": found["doubled"], "lost": count + answers - found["different"],
        "p99": quantile(times, 0.99) if times else 0.0, "answered": float(len(times)),
    }  # fmt: skip


def _queue(session: Session, count: int) -> None:
    now = datetime.now(UTC)
    common = {
        "bot": "telegram:1", "kind": "broadcast", "lane_rank": 1, "choices": [], "codes": [], "planned_at": now,
        "not_before": now - timedelta(seconds=1), "state": "queued", "attempt": 0, "trouble": 0, "repeated": False,
    }  # fmt: skip
    session.execute(
        insert(Outbox),
        [{**common, "address_id": number % CHATS + 1, "text": f"Thông báo {number}"} for number in range(count)],
    )


async def _answers(api: str, bot_api: str, count: int) -> list[float]:
    """Seconds from a call of the webhook until its answer has arrived, from chats without a broadcast."""
    times: list[float] = []
    async with aiohttp.ClientSession(api, headers=HEADERS) as session:
        for number in range(count):
            await asyncio.sleep(0.2)
            start, before = time.perf_counter(), (await _told(bot_api))["answers"]
            async with session.post("/hooks/telegram/1", json=_update(CHATS - number, number)) as answer:
                await answer.read()
            while (await _told(bot_api))["answers"] <= before and time.perf_counter() - start < 10:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
            times.append(time.perf_counter() - start)
    return times
