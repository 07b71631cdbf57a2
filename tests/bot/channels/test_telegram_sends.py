"""The last belt: never more than thirty in any 1.010 s, whoever asks and however late."""

import asyncio
import time

from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_sends import Sends
from tests.bot.channels.conftest import parcel
from tests.fakes.telegram import TelegramServer


async def test_what_comes_at_once_leaves_thirty_in_a_second() -> None:
    sends, left = Sends(), []

    async def send(number: int) -> None:
        await sends.turn(f"chat{number}")
        left.append(time.monotonic())

    await asyncio.gather(*(send(number) for number in range(45)))
    assert left[29] - left[0] < 0.5
    assert all(later - earlier >= 1.0 for earlier, later in zip(left, left[30:], strict=False))


async def test_a_chat_beyond_one_a_second_is_told_apart() -> None:
    now = [0.0]
    sends = Sends(clock=lambda: now[0])
    assert await sends.turn("lan")
    assert not await sends.turn("lan")
    assert await sends.turn("minh")
    now[0] = 2.5
    assert await sends.turn("lan")


async def test_the_parts_of_a_long_message_keep_the_chats_pace(
    telegram: TelegramChannel, server: TelegramServer
) -> None:
    an = server.person()
    start = time.monotonic()
    await telegram.send(parcel(str(an.id), "\n".join("từ " * 1300 for _ in range(4))))
    assert len(server.sent_to(an)) == 4
    assert time.monotonic() - start > 0.9
