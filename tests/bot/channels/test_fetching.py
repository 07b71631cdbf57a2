"""What is fetched from an address that somebody else gave: public hosts only, whatever the address looks like."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address

import pytest
from aiohttp import web

from bot.channels.base import Passing, Refused, TooLarge
from bot.channels.fetching import Fetcher, is_public

PICTURE = bytes(range(256)) * 1000
LIMIT = 1024 * 1024


@asynccontextmanager
async def a_server(sends_on_to: str = "") -> AsyncIterator[str]:
    """A picture, and a door that sends elsewhere, on loopback."""

    async def picture(request: web.Request) -> web.Response:
        return web.Response(body=PICTURE, content_type="image/jpeg")

    async def elsewhere(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": sends_on_to})

    async def trouble(request: web.Request) -> web.Response:
        return web.Response(status=int(request.match_info["status"]))

    app = web.Application()
    app.router.add_get("/picture.jpg", picture)
    app.router.add_get("/elsewhere", elsewhere)
    app.router.add_get("/status/{status}", trouble)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def fetched(url: str, trusted: str = "", limit: int = LIMIT) -> bytes:
    fetcher = Fetcher(trusted, connect_s=1, read_s=1)
    try:
        async with asyncio.timeout(10):
            return b"".join([piece async for piece in fetcher.stream(url, limit)])
    finally:
        await fetcher.close()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.9.10", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "255.255.255.255", "224.0.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1",
        "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "ff02::1", "not an address",
    ],
)  # fmt: skip
def test_an_address_of_a_private_network_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "203.113.131.1", "2606:4700::1111", "2002:0101:0101::"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert ip_address(address)
    assert is_public(address)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1", "127.0.0.1.", "127。0。0。1", "①②⑦.0.0.1",
     "[::1]", "[::ffff:127.0.0.1]"],
)  # fmt: skip
async def test_this_machine_is_never_asked_however_it_is_written(host: str) -> None:
    async with a_server() as server:
        with pytest.raises(Refused):
            await fetched(f"http://{host}:{server.rpartition(':')[2]}/picture.jpg")


@pytest.mark.parametrize("url", ["", "file:///etc/passwd", "ftp://1.1.1.1/a", "http://", "//1.1.1.1/a", "http://a:b:c/",
                                 "javascript:alert(1)", "p1.jpg"])  # fmt: skip
async def test_what_is_no_address_of_the_web_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        await fetched(url)


async def test_the_platforms_own_host_may_be_private() -> None:
    async with a_server() as server:
        assert await fetched(f"{server}/picture.jpg", trusted=server) == PICTURE


@pytest.mark.parametrize("target", ["http://localhost/", "http://10.0.0.1/", "http://169.254.169.254/latest/meta-data",
                                    "http://[::1]/", "file:///etc/passwd", "http://192。168。0。1/"])  # fmt: skip
async def test_being_sent_on_to_a_private_host_is_refused(target: str) -> None:
    async with a_server(sends_on_to=target) as server:
        with pytest.raises(Refused):
            await fetched(f"{server}/elsewhere", trusted=server)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_the_platforms_neighbours_are_not_asked(host: str) -> None:
    async with a_server() as neighbour:
        target = f"http://{host}:{neighbour.rpartition(':')[2]}/picture.jpg"
        async with a_server(sends_on_to=target) as server:
            theirs = server.replace("127.0.0.1", host)
            for address in (f"{theirs}/elsewhere", target):
                with pytest.raises(Refused):
                    await fetched(address, trusted=theirs)


async def test_being_sent_on_is_followed_a_few_times() -> None:
    async with a_server(sends_on_to="/picture.jpg") as server:
        assert await fetched(f"{server}/elsewhere", trusted=server) == PICTURE
    async with a_server(sends_on_to="/elsewhere") as server:
        with pytest.raises(Refused, match="too often"):
            await fetched(f"{server}/elsewhere", trusted=server)


async def test_what_is_too_large_is_not_read_to_its_end() -> None:
    async with a_server() as server:
        with pytest.raises(TooLarge):
            await fetched(f"{server}/picture.jpg", trusted=server, limit=1000)


@pytest.mark.parametrize(("status", "trouble"), [(404, Refused), (403, Refused), (410, Refused), (500, Passing),
                                                 (502, Passing), (429, Passing)])  # fmt: skip
async def test_what_another_try_may_mend_is_passing(status: int, trouble: type[Exception]) -> None:
    async with a_server() as server:
        with pytest.raises(trouble):
            await fetched(f"{server}/status/{status}", trusted=server)
