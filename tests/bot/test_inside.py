"""The API in one's own process, as a transport: what goes in and comes out, and what breaks inside."""

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from bot.inside import Inside


async def echo(request: Request) -> Response:
    body = [piece async for piece in request.stream()]
    told = f"{request.method} {request.url.path}?{request.url.query} {request.headers['x-name']} {len(body)} "
    return Response(told.encode() + b"".join(body), 201, {"X-Back": "yes"})


async def pieces(request: Request) -> Response:
    async def given() -> AsyncIterator[bytes]:
        for number in range(3):
            yield str(number).encode()

    return StreamingResponse(given())


async def breaks(request: Request) -> Response:
    raise RuntimeError("a bug")


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(
        routes=[Route("/đường/{x}", echo, methods=["PUT"]), Route("/pieces", pieces), Route("/breaks", breaks)]
    )
    async with httpx.AsyncClient(base_url="http://inside", transport=Inside(app)) as client:
        yield client


async def test_a_request_goes_in_as_it_is_and_its_answer_comes_out_whole(http: httpx.AsyncClient) -> None:
    async def content() -> AsyncIterator[bytes]:
        yield b"one"
        yield b"two"

    answer = await http.put("/đường/a%20b?n=1", content=content(), headers={"X-Name": "An"})
    assert (answer.status_code, answer.headers["x-back"]) == (201, "yes")
    assert answer.content == "PUT /đường/a b?n=1 An 3 onetwo".encode()


async def test_an_answer_in_pieces_comes_whole(http: httpx.AsyncClient) -> None:
    assert (await http.get("/pieces")).text == "012"


async def test_what_breaks_inside_is_a_500_outside(http: httpx.AsyncClient) -> None:
    assert (await http.get("/breaks")).status_code == 500


async def test_a_body_that_breaks_off_is_the_callers_own_fault(http: httpx.AsyncClient) -> None:
    async def content() -> AsyncIterator[bytes]:
        yield b"one"
        raise LookupError("the rest is gone")

    with pytest.raises(LookupError, match="the rest is gone"):
        await http.put("/đường/a", content=content(), headers={"X-Name": "An"})
