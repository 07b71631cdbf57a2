"""Zalo calls us, or we ask: that a webhook stands where it should, or that none stands in the way of polling. Zalo
counts the calls of a day, so it is asked first and told only what differs."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

SECRET_HEADER = "X-Bot-Api-Secret-Token"
Call = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Zalo is to call, and what it says to be known."""

    url: str
    secret: str = field(repr=False)

    @property
    def mark(self) -> int:
        """Another one, most likely, for another address or secret: Zalo does not tell which secret it knows. It is too
        short to find the secret by."""
        return int.from_bytes(hashlib.sha256(f"{self.url}\0{self.secret}".encode()).digest()[:2])


async def put_up(call: Call, wanted: Webhook, told: int | None) -> None:
    """`told`: the mark of what Zalo was told last. Raises Trouble."""
    if await _stands(call) != wanted.url or told != wanted.mark:
        await call("setWebhook", url=wanted.url, secret_token=wanted.secret)


async def take_away(call: Call) -> None:
    """Raises Trouble."""
    if await _stands(call):
        await call("deleteWebhook")


async def _stands(call: Call) -> str:
    found = await call("getWebhookInfo")
    return str(found.get("url") or "") if isinstance(found, dict) else ""
