from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.channels.telegram import TelegramChannel
from models.wire import Choice, Parcel, Say
from tests.fakes.telegram import TelegramServer

MENU = (("viec", "Nhiệm vụ cần thực hiện"), ("giup", "Hướng dẫn"))


def wire_clock() -> datetime:
    return datetime.now(UTC)


def parcel(chat: str, text: str, *choices: Choice, id: int = 1, attempt: int = 1) -> Parcel:
    now = wire_clock()
    return Parcel(
        id=id,
        attempt=attempt,
        bot="",
        chat=chat,
        kind="reply",
        say=Say(text=text, choices=choices),
        not_before=now,
        lease_until=now + timedelta(minutes=1),
    )


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as server:
        yield server
    assert server.violations == []


@pytest.fixture
async def telegram(server: TelegramServer) -> AsyncIterator[TelegramChannel]:
    channel = TelegramChannel(
        server.token, server.api_url, wire=wire_clock, commands=MENU, poll_s=1, connect_s=1, read_s=0.8
    )
    yield channel
    await channel.close()
