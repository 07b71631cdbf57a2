"""The fake judges: what the real Bot API would refuse, it refuses and remembers."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.fakes.telegram import TelegramServer


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as server:
        yield server


async def call(server: TelegramServer, method: str, **given: Any) -> dict[str, Any]:
    url = f"{server.api_url}/bot{server.token}/{method}"
    async with aiohttp.ClientSession() as session, session.post(url, json=given) as answer:
        said: dict[str, Any] = await answer.json()
        return said


BUTTON = {"text": "Đã gửi", "callback_data": "K5 1"}
WRONG = [
    ("an unknown parameter", {"text": "K5", "colour": "red"}),
    ("nothing said", {}),
    ("an empty text", {"text": ""}),
    ("a text too long", {"text": "x" * 4097}),
    ("signs that count twice", {"text": "📄" * 2049}),
    ("a number for a text", {"text": 5}),
    (
        "data of 65 bytes",
        {"text": "K5", "reply_markup": {"inline_keyboard": [[{**BUTTON, "callback_data": "đ" * 33}]]}},
    ),
    ("a button without a label", {"text": "K5", "reply_markup": {"inline_keyboard": [[{"callback_data": "1"}]]}}),
    ("rows that are none", {"text": "K5", "reply_markup": {"inline_keyboard": [BUTTON]}}),
    ("nine buttons in a row", {"text": "K5", "reply_markup": {"inline_keyboard": [[BUTTON] * 9]}}),
]


@pytest.mark.parametrize("given", [row[1] for row in WRONG], ids=[row[0] for row in WRONG])
async def test_a_call_against_the_description_is_refused_and_kept(
    server: TelegramServer, given: dict[str, Any]
) -> None:
    an = server.person()
    said = await call(server, "sendMessage", chat_id=an.id, **given)
    assert (said["ok"], said["error_code"]) == (False, 400)
    assert len(server.violations) == 1
    assert server.sent_to(an) == []


async def test_a_call_by_the_description_is_carried_out(server: TelegramServer) -> None:
    an = server.person()
    said = await call(server, "sendMessage", chat_id=an.id, text="K5", reply_markup={"inline_keyboard": [[BUTTON]]})
    assert said["result"]["text"] == "K5"
    assert server.violations == []


async def test_too_many_commands_and_a_poll_of_too_many(server: TelegramServer) -> None:
    command = {"command": "viec", "description": "Nhiệm vụ"}
    assert not (await call(server, "setMyCommands", commands=[command] * 101))["ok"]
    assert not (await call(server, "getUpdates", limit=101))["ok"]
    assert len(server.violations) == 2


async def test_strangers_and_unknown_methods(server: TelegramServer) -> None:
    nobody = server.person(started=False)
    assert (await call(server, "sendMessage", chat_id=nobody.id, text="K5"))["error_code"] == 403
    assert (await call(server, "sendMessage", chat_id=1, text="K5"))["description"] == "Bad Request: chat not found"
    assert (await call(server, "sendLetter"))["error_code"] == 404
    wrong = "7000000001:AnotherToken"
    async with aiohttp.ClientSession() as session, session.get(f"{server.api_url}/bot{wrong}/getMe") as answer:
        assert answer.status == 401


async def test_an_offset_forgets_what_lies_before_it(server: TelegramServer) -> None:
    an = server.person()
    ids = [an.says(text) for text in ("một", "hai", "ba")]

    async def seen(**given: int) -> list[int]:
        return [update["update_id"] for update in (await call(server, "getUpdates", **given))["result"]]

    assert await seen() == ids
    assert await seen(limit=2) == ids[:2]
    assert await seen(offset=ids[1]) == ids[1:]
    assert await seen(offset=-1) == ids[2:]
    assert await seen() == ids[2:]
