"""What can be wrong with a bot, asked of its platform and of nobody else: (good, what to tell the operator)."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from bot.channels.base import Channel, Trouble
from bot.lines import telegram_of, zalo_of
from models.settings import PREFIX, Settings

if TYPE_CHECKING:
    from bot.channels.zalo import ZaloChannel

T = TypeVar("T")
FRESH = timedelta(hours=1)
"""A failed call of the webhook that is older than this is over."""
OFFICIAL = "api.telegram.org"
LOOPBACK = ("127.0.0.1", "localhost", "::1")


async def everything(found: Settings) -> list[tuple[str, bool, str]]:
    """Every bot that is set, or that a channel is off: (its name, good, what to tell)."""
    return [("telegram", *await telegram(found)), *await zalo(found)]


async def names_in_links(found: Settings, told: Callable[[str], None]) -> dict[str, list[str]]:
    """Channel → what stands in links for each of its bots; `told` hears of those that do not answer."""
    names: dict[str, list[str]] = {}
    if bot := telegram_of(found):
        names["telegram"] = [me.username or "" for me in await _answers(bot, bot.look, told)]
    for one, _ in zalo_of(found):
        names.setdefault("zalo", []).extend(me.id for me in await _answers(one, one.open, told))
    return names


async def _answers(bot: Channel, ask: Callable[[], Awaitable[T]], told: Callable[[str], None]) -> list[T]:
    """What it says of itself; nothing when it does not answer."""
    try:
        return [await ask()]
    except Trouble as trouble:
        told(f"{bot.name}: {trouble}; no link")
        return []
    finally:
        await bot.close()


async def telegram(found: Settings) -> tuple[bool, str]:
    bot = telegram_of(found)
    if bot is None:
        return True, f"off ({PREFIX}TELEGRAM_TOKEN is not set)"
    try:
        me, hook = await bot.look(), await bot.webhook_report()
    except Trouble as trouble:
        return False, str(trouble)
    finally:
        await bot.close()
    name, host = f"@{me.username}", urlsplit(hook.url).hostname
    if found.telegram_mode == "poll":
        return (not hook.url, f"{name}: a webhook sends its updates to {host}") if hook.url else (
            True, f"{name} answers, no webhook in the way"
        )  # fmt: skip
    if not found.url.startswith("https://") and urlsplit(found.telegram_api_url).hostname == OFFICIAL:
        return False, f"{name}: Telegram calls https addresses only, and {PREFIX}PUBLIC_URL is {found.url}"
    if hook.error and hook.error_at and datetime.now(UTC) - datetime.fromtimestamp(hook.error_at, UTC) < FRESH:
        return False, f"{name}: Telegram could not call {host}: {hook.error[:200]}; {hook.pending} updates wait"
    if not hook.url:
        return True, f"{name} answers; the webhook is set when the program starts"
    return True, f"{name} answers, its webhook is at {host}, {hook.pending} updates wait"


async def zalo(found: Settings) -> list[tuple[str, bool, str]]:
    """Every bot that is set: (its name, good, what to tell)."""
    bots = zalo_of(found)
    if not bots:
        return [("zalo", True, f"off ({PREFIX}ZALO_TOKENS is not set)")]
    told = []
    for bot, secret in bots:
        try:
            told.append((bot.name, *await _zalo_bot(bot, found, called=bool(secret))))
        except Trouble as trouble:
            told.append((bot.name, False, str(trouble)))
        finally:
            await bot.close()
    return [(bot.name, good, said) for (_, good, said), (bot, _) in zip(told, bots, strict=True)]


async def _zalo_bot(bot: "ZaloChannel", found: Settings, *, called: bool) -> tuple[bool, str]:
    me, url = await bot.open(), await bot.webhook_url()
    name, host = me.names[0] if me.names else me.id, urlsplit(url).hostname
    if not called:
        return not url, f"{name}: a webhook sends its messages to {host}" if url else f"{name} answers, it is polled"
    if not found.url.startswith("https://") and urlsplit(found.zalo_api_url).hostname not in LOOPBACK:
        return False, f"{name}: Zalo calls https addresses only, and {PREFIX}PUBLIC_URL is {found.url}"
    if not url:
        return True, f"{name} answers; the webhook is set when the program starts"
    return True, f"{name} answers, its webhook is at {host}"
