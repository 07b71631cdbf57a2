"""The real `giaouoc demo`, for as long as a test or a picture needs it."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import httpx

ROOT = Path(__file__).parents[2]
PATIENCE = 30
"""Seconds that the command may take on a busy machine, to start and to end."""


@contextmanager
def running_demo(folder: Path) -> Iterator[str]:
    """The address of a demo whose words go into `folder`. It must end cleanly at Ctrl-C."""
    port = _free_port()
    log = folder / "demo.log"
    command = [sys.executable, "-c", "from main import cli; cli()", "demo", "--port", str(port), "--no-browser"]
    with log.open("w") as told:
        process = subprocess.Popen(command, cwd=ROOT, stdout=told, stderr=subprocess.STDOUT)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_until_it_answers(url, process, log)
        yield url
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0, log.read_text()
    finally:
        process.kill()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _wait_until_it_answers(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = monotonic() + PATIENCE
    while True:
        assert process.poll() is None, log.read_text()
        assert monotonic() < end, log.read_text()
        try:
            httpx.get(url + "/demo/clock")
            return
        except httpx.TransportError:
            sleep(0.1)
