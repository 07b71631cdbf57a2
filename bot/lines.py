"""What a process speaks through: every bot of every platform that is set, with its own line to the API, its ears and
its mouth."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from pydantic import ValidationError

from bot import hooks
from bot.channels.base import Channel, Trouble
from bot.channels.web import WebChannel
from bot.client import Client
from bot.dialogue.phrases import menu
from bot.ears import Ears
from bot.hooks import Hook
from bot.mouth import Mouth, utc_now
from models.settings import Settings
from models.wire import Parcel

if TYPE_CHECKING:
    from bot.channels.telegram import TelegramChannel
    from bot.channels.zalo import ZaloChannel

Wire = Callable[[], datetime]
Picture = Callable[[Parcel], Awaitable[str]]
Pieces = Callable[[Parcel], AsyncIterator[bytes]]


@dataclass(frozen=True, slots=True)
class Line:
    """One bot at work."""

    channel: Channel
    client: Client
    ears: Ears
    mouth: Mouth
    hook: Hook | None = None
    """Where the platform calls, when it is not polled."""
    polled: Callable[[], datetime | None] = lambda: None
    """Wire time of the last good answer to our question for news; None where nothing is asked, or nothing answered."""
    in_links: Callable[[], str | None] = lambda: None
    """What stands for the bot in links, once it is known."""
    opens: Callable[[], Awaitable[object]] | None = None
    """Learns the bot's name, where only the platform knows it. Raises Trouble."""

    @property
    def deaf(self) -> str | None:
        """Why the platform does not let the bot in."""
        return self.ears.deaf or self.mouth.deaf

    async def live(self) -> None:
        """Until cancelled, and then until both have let go; what breaks one of them ends the other."""
        if self.opens:
            await self.ears.insist_on(self.opens)
        async with asyncio.TaskGroup() as both:
            both.create_task(self.ears.run())
            both.create_task(self.mouth.run())

    async def close(self) -> None:
        await self.channel.close()
        await self.client.close()


def open_lines(found: Settings, wire: Wire, connect: Callable[[], Client], hooks_url: str) -> list[Line]:
    """All that the settings name. `connect` opens a line to the API, `hooks_url` is what stands before
    `/<channel>/<bot id>` in the addresses that platforms call."""
    own = connect()
    made = [_line(WebChannel(own), own, wire)]
    theirs = connect() if found.telegram_token else None
    if theirs and (telegram := telegram_of(found, wire, hooks_url, theirs.pieces)):
        line = _line(telegram, theirs, wire)
        secret = found.telegram_secret if found.telegram_mode == "webhook" else None
        hook = Hook(telegram, line.ears, secret.get_secret_value()) if secret else None
        polled, name = lambda: telegram.last_good_poll, lambda: telegram.username
        made.append(replace(line, hook=hook, polled=polled, in_links=name, opens=partial(_greet, telegram)))
    clients = [connect() for _ in found.zalo_bots]
    bots = zalo_of(found, wire, hooks_url, [client.link for client in clients])
    made += (_zalo_line(zalo, secret, client, wire) for (zalo, secret), client in zip(bots, clients, strict=True))
    return made


async def _greet(telegram: "TelegramChannel") -> None:
    """Once, before anything is claimed: a first message that waits for a connection comes too near to the next ones.
    A platform out of reach is no reason to wait."""
    with suppress(Trouble):
        await telegram.open()


def _zalo_line(zalo: "ZaloChannel", secret: str, client: Client, wire: Wire) -> Line:
    line = _line(zalo, client, wire)
    hook = Hook(zalo, line.ears, secret) if secret else None
    return replace(line, hook=hook, polled=lambda: zalo.last_good_poll, in_links=lambda: zalo.bot, opens=zalo.open)


def zalo_of(
    found: Settings, wire: Wire = utc_now, hooks_url: str = "", pictures: Sequence[Picture] = ()
) -> "list[tuple[ZaloChannel, str]]":
    """Every Zalo bot that is set, with the secret of its webhook; an empty one when it is polled. `pictures` has for
    each what tells where a parcel's picture can be fetched."""
    if not found.zalo_bots:
        return []
    from bot.channels.zalo import ZaloChannel
    from bot.channels.zalo_webhook import Webhook

    def door(bot: str, secret: str) -> Webhook:
        return Webhook(hooks_url + hooks.path(f"zalo:{bot}"), secret)

    return [
        (
            ZaloChannel(
                token,
                found.zalo_api_url,
                wire=wire,
                webhook=partial(door, secret=secret) if secret and hooks_url else None,
                renewed=partial(_zalo_now, found, place),
                place=place,
                picture=pictures[place - 1] if pictures else None,
            ),
            secret,
        )
        for place, (token, secret) in enumerate(found.zalo_bots, start=1)
    ]


def names_in_links(lines: Iterable[Line]) -> dict[str, list[str]]:
    """Channel → what stands in links for each of its bots that is known by now."""
    found: dict[str, list[str]] = {}
    for line in lines:
        if name := line.in_links():
            found.setdefault(line.channel.name.partition(":")[0], []).append(name)
    return found


def _zalo_now(found: Settings, place: int) -> str | None:
    """The token of the bot at this place (from 1), as the settings have it now."""
    try:
        bots = type(found)().zalo_bots
    except ValidationError:
        return None
    return bots[place - 1][0] if place <= len(bots) else None


def _line(channel: Channel, client: Client, wire: Wire) -> Line:
    mouth = Mouth(channel, client, wire=wire)
    return Line(channel, client, Ears(channel, client, mouth), mouth)


def telegram_of(
    found: Settings, wire: Wire = utc_now, hooks_url: str = "", pieces: Pieces | None = None
) -> "TelegramChannel | None":
    """None: the channel is off."""
    if not found.telegram_token:
        return None
    from bot.channels.telegram import TelegramChannel  # 20 MB that only its users pay for
    from bot.channels.telegram_webhook import Webhook

    token, webhook = found.telegram_token.get_secret_value().strip(), None
    if found.telegram_mode == "webhook" and found.telegram_secret and hooks_url:
        address = hooks_url + hooks.path(f"telegram:{token.partition(':')[0]}")
        webhook = Webhook(address, found.telegram_secret.get_secret_value())
    return TelegramChannel(
        token,
        found.telegram_api_url,
        wire=wire,
        commands=menu.EVERYBODY,
        known=menu.KNOWN,
        webhook=webhook,
        renewed=lambda: _now(found),
        pieces=pieces,
    )


def _now(found: Settings) -> str | None:
    """Telegram's token as the settings have it now: it may be mended while the program runs."""
    try:
        token = type(found)().telegram_token
    except ValidationError:
        return None
    return token.get_secret_value() if token else None
