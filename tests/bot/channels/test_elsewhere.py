"""Where a file lies is said by the platform, and by whoever can speak in its name: no host of our own network is asked,
whether it is named outright, by a name of the DNS or by being sent on."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import pytest
from aiohttp import web

from bot.channels.base import Channel, Refused, Trouble
from bot.channels.telegram import TelegramChannel
from bot.channels.zalo import ZaloChannel
from models.wire import FileRef
from tests.bot.channels.conftest import wire_clock
from tests.fakes.telegram import TelegramServer
from tests.fakes.zalo import ZaloServer


@dataclass
class Inside:
    """A server of our own network that nobody outside may reach through us."""

    port: int
    asked: int = 0

    def at(self, host: str) -> str:
        return f"http://{host}:{self.port}/latest/meta-data"


@pytest.fixture
async def inside() -> AsyncIterator[Inside]:
    async def answer(_: web.Request) -> web.Response:
        found.asked += 1
        return web.Response(body=b"the keys of the house")

    app = web.Application()
    app.router.add_get("/{rest:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found = Inside(runner.addresses[0][1])
    yield found
    await runner.cleanup()
    assert found.asked == 0


async def fetched(channel: Channel, file: FileRef) -> bytes:
    return b"".join([piece async for piece in channel.fetch(file)])


Heard = Callable[[str], Awaitable[FileRef]]
"""A place → a file as the channel heard of it."""


@dataclass
class Lured:
    channel: Channel
    lies_at: Heard
    sends_on_to: Heard
    """Whoever asks for the file is sent there."""


@asynccontextmanager
async def telegram() -> AsyncIterator[Lured]:
    async with TelegramServer() as server:
        channel = TelegramChannel(server.token, server.api_url, wire=wire_clock, read_s=0.5)

        async def lies_at(place: str) -> FileRef:
            file = server.file(b"a report", "documents/report.pdf")
            server.files[file["file_id"]] = (place, b"a report")
            return FileRef(ref=file["file_id"], name=place)

        async def sends_on_to(place: str) -> FileRef:
            server.sends_on_to = place
            return FileRef(ref=server.file(b"a report", "documents/report.pdf")["file_id"])

        yield Lured(channel, lies_at, sends_on_to)
        await channel.close()


@asynccontextmanager
async def zalo() -> AsyncIterator[Lured]:
    async with ZaloServer() as server:
        channel = ZaloChannel(server.token, server.api_url, wire=wire_clock, poll_s=1, poll_gap_s=0.05, read_s=0.5)
        person = server.person()

        async def lies_at(place: str) -> FileRef:
            person.sends("message.image.received", photo_url=place)
            return await heard()

        async def sends_on_to(place: str) -> FileRef:
            server.sends_on_to = place
            person.sends_picture(b"a picture")
            return await heard()

        async def heard() -> FileRef:
            (one,), _ = await channel.hear(None)
            return one.files[0]

        yield Lured(channel, lies_at, sends_on_to)
        await channel.close()


CHANNELS: dict[str, Callable[[], AbstractAsyncContextManager[Lured]]] = {"telegram": telegram, "zalo": zalo}
HOSTS = ("localhost", "2130706433", "[::1]", "[::ffff:127.0.0.1]", "127.0.0.1.")
"""Other names of this machine than that of the platform itself, which stands on it in these tests and may hand out what
lies beside it (`bot.channels.fetching`), but not send on to it."""
on_each = pytest.mark.parametrize("channel", CHANNELS)


@on_each
@pytest.mark.parametrize("host", HOSTS)
async def test_a_file_that_is_said_to_lie_in_our_own_network(channel: str, host: str, inside: Inside) -> None:
    async with CHANNELS[channel]() as lured:
        file = await lured.lies_at(inside.at(host))
        if channel == "zalo":
            with pytest.raises(Refused):
                await fetched(lured.channel, file)
        else:  # a path of Telegram's own file server, whatever is written in it
            assert await fetched(lured.channel, file) == b"a report"


@on_each
@pytest.mark.parametrize("host", ["127.0.0.1", *HOSTS])
async def test_being_sent_on_into_our_own_network(channel: str, host: str, inside: Inside) -> None:
    async with CHANNELS[channel]() as lured:
        file = await lured.sends_on_to(inside.at(host))
        with pytest.raises(Trouble):
            await fetched(lured.channel, file)


@pytest.mark.parametrize("place", ["file:///etc/passwd", "../../etc/passwd", "gopher://127.0.0.1/", "C:\\boot.ini"])
async def test_what_is_no_place_of_the_web(place: str) -> None:
    async with zalo() as lured:
        file = await lured.lies_at(place)
        with pytest.raises(Refused):
            await fetched(lured.channel, file)


async def test_a_path_out_of_telegrams_folder_is_asked_of_nobody_but_telegram() -> None:
    async with telegram() as lured:
        file = await lured.lies_at("../../../etc/passwd")
        with pytest.raises(Trouble):
            await fetched(lured.channel, file)
