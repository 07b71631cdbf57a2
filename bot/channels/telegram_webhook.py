"""Telegram calls us, or we ask: that a webhook stands where it should, or that none stands in the way of polling.

Telegram asks not to set a webhook more than once a second and keeps what was set: it is asked first, and told only
what differs. https://core.telegram.org/bots/api#setwebhook
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.channels.telegram_hearing import ALLOWED
from bot.channels.telegram_request import RawBot

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
MOST_CALLS = 100
"""Calls that Telegram may have open at once: what it sends is stored side by side."""
TURNED_AWAY = re.compile(r"\b40[13]\b")


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Telegram is to call, and what it says to be known."""

    url: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Report:
    """What Telegram tells of our webhook. `error_at` is in seconds since 1970."""

    url: str
    pending: int = 0
    error_at: int | None = None
    error: str | None = None


async def report(bot: RawBot) -> Report:
    """Raises TelegramError."""
    return _read(await bot.raw("getWebhookInfo"))


async def take_away(bot: RawBot) -> None:
    """What waits for delivery stays with Telegram, to be polled. Raises TelegramError."""
    if (await report(bot)).url:
        await bot.raw("deleteWebhook")


async def put_up(bot: RawBot, wanted: Webhook, known: Report | None) -> Report:
    """Set the webhook when it differs from what is wanted. The secret cannot be read back: when our own door turned
    Telegram away since `known`, it is said again. Raises TelegramError."""
    info = await bot.raw("getWebhookInfo")
    found = _read(info)
    if _differs(info, wanted) or _was_turned_away(found, known):
        await bot.raw(
            "setWebhook",
            url=wanted.url,
            secret_token=wanted.secret,
            allowed_updates=list(ALLOWED),
            max_connections=MOST_CALLS,
        )
    return found


def _read(info: Mapping[str, Any]) -> Report:
    return Report(
        url=info.get("url") or "",
        pending=info.get("pending_update_count") or 0,
        error_at=info.get("last_error_date"),
        error=info.get("last_error_message"),
    )


def _differs(info: Mapping[str, Any], wanted: Webhook) -> bool:
    """What Telegram leaves out is as it is by default, and the default leaves out nothing that we want to hear."""
    kinds = info.get("allowed_updates")
    calls = info.get("max_connections", MOST_CALLS)
    return info.get("url") != wanted.url or (kinds is not None and set(kinds) != set(ALLOWED)) or calls != MOST_CALLS


def _was_turned_away(found: Report, known: Report | None) -> bool:
    news = found.error_at is not None and (known is None or known.error_at != found.error_at)
    return news and TURNED_AWAY.search(found.error or "") is not None
