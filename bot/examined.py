"""What can be wrong with a bot, asked of its platform and of nobody else: (good, what to tell the operator)."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from bot.channels.base import Trouble
from bot.lines import telegram_of
from models.settings import PREFIX, Settings

FRESH = timedelta(hours=1)
"""A failed call of the webhook that is older than this is over."""
OFFICIAL = "api.telegram.org"


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
