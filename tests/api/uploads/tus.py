"""A strict tus 1.0.0 client: it knows the protocol and nothing of the house, and trusts no answer."""

import base64
from typing import Any

import httpx

VERSION = "1.0.0"
BYTES = "application/offset+octet-stream"


class Broken(Exception):
    """The server does not speak the protocol."""


def coded(**told: str) -> str:
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in told.items())


def decoded(header: str) -> dict[str, str]:
    pairs = (pair.partition(" ") for pair in header.split(","))
    return {name: base64.b64decode(value).decode() for name, _, value in pairs}


class Tus:
    def __init__(self, http: httpx.AsyncClient, base: str) -> None:
        self.http, self.base = http, base

    async def ask(
        self, method: str, address: str, headers: dict[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        """One request; what every answer must have is looked at."""
        answer = await self.http.request(method, address, headers={"Tus-Resumable": VERSION, **(headers or {})}, **more)
        if method != "OPTIONS" and answer.headers.get("tus-resumable") != VERSION:
            raise Broken(f"{method}: {answer.status_code} without Tus-Resumable")
        return answer

    async def offers(self) -> tuple[set[str], int]:
        """The extensions, and the largest size."""
        answer = await self.ask("OPTIONS", self.base)
        if answer.status_code not in (200, 204) or VERSION not in answer.headers["tus-version"].split(","):
            raise Broken("OPTIONS")
        return set(answer.headers["tus-extension"].split(",")), int(answer.headers["tus-max-size"])

    async def announce(self, size: int, **told: str) -> str:
        """The address of a new upload."""
        headers = {"Upload-Length": str(size), **({"Upload-Metadata": coded(**told)} if told else {})}
        answer = await self.ask("POST", self.base, headers)
        if answer.status_code != 201 or "location" not in answer.headers:
            raise Broken(f"creation: {answer.status_code} {answer.text}")
        return str(answer.request.url.join(answer.headers["location"]).raw_path.decode())

    async def offset(self, address: str) -> int:
        answer = await self.ask("HEAD", address)
        if answer.status_code not in (200, 204) or answer.headers.get("cache-control") != "no-store":
            raise Broken(f"HEAD: {answer.status_code}")
        return int(answer.headers["upload-offset"])

    async def patch(self, address: str, start: int, content: Any) -> httpx.Response:
        return await self.ask("PATCH", address, {"Upload-Offset": str(start), "Content-Type": BYTES}, content=content)

    async def write(self, address: str, start: int, content: bytes) -> int:
        """The new offset."""
        answer = await self.patch(address, start, content)
        if answer.status_code != 204 or answer.content:
            raise Broken(f"PATCH: {answer.status_code} {answer.text}")
        after = int(answer.headers["upload-offset"])
        if after != start + len(content):
            raise Broken(f"PATCH: {start} + {len(content)} is not {after}")
        return after

    async def send(self, content: bytes, piece: int = 1 << 30, **told: str) -> str:
        """A whole file, in pieces."""
        address = await self.announce(len(content), **told)
        start = 0
        while start < len(content):
            start = await self.write(address, start, content[start : start + piece])
        return address

    async def forget(self, address: str) -> None:
        answer = await self.ask("DELETE", address)
        if answer.status_code != 204:
            raise Broken(f"DELETE: {answer.status_code}")
