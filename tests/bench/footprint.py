"""Ready time, and resident memory a minute after one turn, one upload and one status; beside the bare import of the
four packages."""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import aiohttp
import psutil

from tests.bench.table import heading, line

IMPORT = "import telegram.ext, fastapi, sqlmodel, apscheduler.schedulers.asyncio"


def run() -> None:
    heading("Start and memory")
    bare_time, bare_memory = _bare()
    ready, memory = _ours()
    beside = f"bare import {bare_time:.2f} s"
    line("ready (livez answers)", f"{ready:.2f} s", beside, f"{ready / bare_time:.2f} x", "2 x")
    beside = f"bare import {bare_memory:.0f} MB"
    line("resident after 60 s", f"{memory:.0f} MB", beside, f"{memory / bare_memory:.2f} x", "1.25 x")


def _bare() -> tuple[float, float]:
    """(seconds, MB): the best of three."""
    times, sizes = [], []
    for _ in range(3):
        start = time.perf_counter()
        program = f"{IMPORT}\nprint(1, flush=True)\nimport time; time.sleep(9)"
        with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
            assert process.stdout
            process.stdout.readline()
            times.append(time.perf_counter() - start)
            sizes.append(psutil.Process(process.pid).memory_info().rss / 1e6)
            process.kill()
    return min(times), min(sizes)


def _ours() -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        environment = os.environ | {"GIAOUOC_DATA": folder, "GIAOUOC_PORT": str(port), "GIAOUOC_LOG": "json"}
        giaouoc = str(Path(sys.executable).parent / "giaouoc")
        for command in (["load", "noi-chinh-bac-kan-2024"], ["migrate"]):
            subprocess.run([giaouoc, *command], env=environment, check=True, stdout=subprocess.DEVNULL)
        token, bot = (_token(giaouoc, environment, role) for role in ("admin", "bot"))
        start = time.perf_counter()
        with subprocess.Popen([giaouoc, "up"], env=environment, stderr=subprocess.DEVNULL) as process:
            try:
                ready = asyncio.run(_use(f"http://127.0.0.1:{port}", token, bot, start))
                time.sleep(float(os.environ.get("REST", "60")))
                return ready, psutil.Process(process.pid).memory_info().rss / 1e6
            finally:
                process.terminate()


def _token(giaouoc: str, environment: dict[str, str], role: str) -> str:
    command = [giaouoc, "token", f"bench-{role}", "--role", role]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.strip()


async def _use(url: str, token: str, bot: str, start: float) -> float:
    """One turn, one upload, one status; the seconds until the first answer."""
    async with aiohttp.ClientSession(url) as session:
        while True:
            try:
                async with session.get("/livez"):
                    ready = time.perf_counter() - start
                    break
            except aiohttp.ClientError:
                await asyncio.sleep(0.01)
        as_bot = {"Authorization": f"Bearer {bot}"}
        heard = {"channel": "web", "bot": "main", "external_id": "1", "chat": "1", "text": "viec"}
        heard["sent_at"] = "2024-06-17T02:00:00Z"
        async with session.post("/v1/inbox", json={"items": [heard]}, headers=as_bot) as answer:
            assert answer.status == 200, await answer.text()
        text = "Báo cáo sơ kết\n".encode() * 1000
        async with session.put("/v1/incoming", data=text, headers=as_bot | {"X-File-Name": "bc.txt"}) as answer:
            assert answer.status in (200, 201), await answer.text()
        headers = {"Authorization": f"Bearer {token}"}
        async with session.get("/v1/blocs/noi-chinh-bac-kan/status", headers=headers) as answer:
            assert answer.status == 200, await answer.text()
    return ready
