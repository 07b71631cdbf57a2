"""The door of the inspection: what the house asks, and what it believes."""

import asyncio
import json
import logging
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from api.inspection.findings import Finding
from models.rules import secrecy

SECONDS: Final = 60
"""How long a worker may take before it is ended."""
_ROOT: Final = Path(__file__).parents[2]
_WORKERS: Final = ThreadPoolExecutor(2, thread_name_prefix="inspection")
"""How many files are opened at once."""
_PIECE: Final = 256 * 1024
_log = logging.getLogger(__name__)


async def inspect(path: Path, name: str | None, clamd: str | None = None) -> Finding:
    """Whether the file at `path`, which somebody called `name`, may be evidence.

    `clamd` is `tcp://host:3310` or `unix:///socket`: a good file is scanned too.
    """
    if marking := secrecy.marking_of_name(name):
        return Finding(verdict="secret", marking=marking)
    finding = await asyncio.get_running_loop().run_in_executor(_WORKERS, _ask, path, name)
    if finding.verdict is None and clamd and await scan(path, clamd) == "virus":
        return Finding(verdict="virus")
    return finding


def _ask(path: Path, name: str | None) -> Finding:
    """Have a process look. It sees no setting of ours, and starts without what a site adds to Python."""
    ending = re.search(r"\.(\w{1,8})$", name or "")
    command = [sys.executable, "-S", "-m", "api.inspection.worker", str(path), ending[1].lower() if ending else ""]
    around = {"PYTHONPATH": os.pathsep.join([str(_ROOT), *filter(None, sys.path)]), "PYTHONDONTWRITEBYTECODE": "1"}
    if libraries := os.environ.get("LD_LIBRARY_PATH"):
        around["LD_LIBRARY_PATH"] = libraries
    try:
        done = subprocess.run(command, env=around, cwd=_ROOT, capture_output=True, timeout=SECONDS, check=True)
        return Finding(**json.loads(done.stdout))
    except subprocess.SubprocessError as error:
        _log.warning("a file could not be opened: the worker %s", _end_of(error))
        return Finding(verdict="corrupt")


def _end_of(error: subprocess.SubprocessError) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        last = error.stderr.decode(errors="replace").strip().rsplit("\n", 1)[-1]
        return f"ended with {error.returncode} ({last.split(':', 1)[0]})"
    return "took too long"


async def scan(path: Path, clamd: str) -> Literal["clean", "virus", "not_scanned"]:
    """Have a ClamAV daemon read the file. A scan that cannot be made, for whatever reason, is none."""
    try:
        async with asyncio.timeout(SECONDS):
            answer = await _instream(path, clamd)
    except (OSError, TimeoutError, ValueError) as error:
        answer = type(error).__name__
    if answer.endswith("FOUND"):
        return "virus"
    if answer.endswith("OK"):
        return "clean"
    _log.warning("a file was not scanned: %s", answer)
    return "not_scanned"


async def _instream(path: Path, clamd: str) -> str:
    parts = urlsplit(clamd)
    if parts.scheme == "unix":
        reader, writer = await asyncio.open_unix_connection(parts.path)
    else:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 3310)
    try:
        await _put(writer, b"zINSTREAM\0")
        with path.open("rb") as file:
            while piece := await asyncio.to_thread(file.read, _PIECE):
                await _put(writer, len(piece).to_bytes(4, "big") + piece)
        await _put(writer, bytes(4))
        return (await reader.read(4096)).rstrip(b"\0\n").decode(errors="replace")
    finally:
        writer.close()


async def _put(writer: asyncio.StreamWriter, piece: bytes) -> None:
    """Raises ConnectionResetError once the daemon has hung up, on every kind of loop."""
    if writer.is_closing():
        raise ConnectionResetError
    writer.write(piece)
    await writer.drain()
