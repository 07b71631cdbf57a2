"""The door that platforms call at: who is let in, what is stored, and what a call gets when it cannot be."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlmodel import col

from bot import hooks
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_webhook import Webhook
from bot.hooks import Hook
from models.tables import Inbox
from tests.fakes.office import Office, eventually, living
from tests.fakes.telegram import Person, TelegramServer, slow
from tests.secrecy import secret

SECRET = secret("a-secret-that-nobody-guesses")
HEADER = "X-Telegram-Bot-Api-Secret-Token"


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as server:
        yield server
    assert server.violations == []


class Door:
    """A Telegram bot in webhook mode in an office, and calls at its door."""

    def __init__(self, office: Office, server: TelegramServer) -> None:
        self.office, self.server = office, server
        webhook = Webhook("https://giao-uoc.example/hooks/telegram/7000000001", SECRET)
        self.channel = TelegramChannel(server.token, server.api_url, webhook=webhook, watch_s=0.1)
        office.platform = self.channel  # type: ignore[assignment]
        self.mouth = office.mouth()
        self.ears = office.ears(self.mouth)
        app = hooks.app([Hook(self.channel, self.ears, SECRET)])
        self.http = httpx.AsyncClient(base_url="http://door", transport=httpx.ASGITransport(app))

    async def call(self, body: object, secret: str | None = SECRET, path: str = "/telegram/7000000001") -> int:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {HEADER: secret} if secret else {}
        return (await self.http.post(path, content=content, headers=headers)).status_code

    def says(self, person: Person, text: str) -> dict[str, Any]:
        """The update that Telegram would call with."""
        person.says(text)
        return self.server.updates[-1]

    def rows(self) -> list[tuple[str, str]]:
        found = select(col(Inbox.external_id), col(Inbox.state)).order_by(col(Inbox.id))
        return [tuple(row) for row in self.office.database.read_now(lambda s: s.execute(found).all())]


@pytest.fixture
async def door(small_office: Office, server: TelegramServer) -> AsyncIterator[Door]:
    made = Door(small_office, server)
    yield made
    await made.http.aclose()
    await made.channel.close()


@asynccontextmanager
async def open_door(door: Door) -> AsyncIterator[None]:
    async with living(door.mouth, door.ears):
        await eventually(lambda: door.server.webhook)
        yield


# --- who is let in ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET[:-1], SECRET + "x", SECRET.upper()])
async def test_a_call_without_the_secret_is_turned_away_unread(door: Door, secret: str | None) -> None:
    an = door.server.person()
    assert await door.call(door.says(an, "viec"), secret) == 401
    assert await door.call(b"", secret) == 401
    assert door.rows() == []


async def test_another_bots_path_and_another_method_do_not_exist(door: Door) -> None:
    assert await door.call({"update_id": 1}, path="/telegram/7000000002") == 404
    assert await door.call({"update_id": 1}, path="/zalo/7000000001") == 404
    assert (await door.http.get("/telegram/7000000001")).status_code == 405


async def test_no_door_without_a_secret(door: Door) -> None:
    with pytest.raises(ValueError, match="without a secret"):
        hooks.app([Hook(door.channel, door.ears, "")])


# --- what is stored -----------------------------------------------------------------------------------------------


async def test_a_call_is_stored_before_it_is_answered_and_its_reply_is_sent(door: Door) -> None:
    an = door.server.person()
    async with open_door(door):
        assert await door.call(door.says(an, "xin chào")) == 200
        assert [state for _, state in door.rows()] == ["done"]
        await door.server.until(lambda: len(door.server.sent_to(an)) == 1)


async def test_a_call_that_comes_again_changes_nothing(door: Door) -> None:
    an = door.server.person()
    async with open_door(door):
        update = door.says(an, "xin chào")
        answers = await asyncio.gather(*(door.call(update) for _ in range(4)))
        assert answers == [200] * 4
        await door.server.until(lambda: len(door.server.sent_to(an)) == 1)
        await door.server.called("sendMessage")
    assert len(door.rows()) == 1
    assert len(door.server.sent_to(an)) == 1


def nested(deep: int) -> bytes:
    return b'{"update_id": 7, "message": ' + b"[" * deep + b"]" * deep + b"}"


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b"null", b'{"update_id": "x"}', b"\xff\xfe", b'{"message": {}}', b'{"update_id": 7}',
     nested(800), nested(100_000)],
    ids=range(9),
)  # fmt: skip
async def test_what_cannot_be_read_is_kept_and_answered_so_that_it_does_not_come_for_ever(
    door: Door, body: bytes
) -> None:
    assert await door.call(body) == 200
    assert len(door.rows()) == 1


async def test_a_body_larger_than_any_update_is_not_taken(door: Door) -> None:
    assert await door.call(b"x" * (hooks.BODY_LIMIT + 1)) == 413
    assert door.rows() == []


async def test_when_it_cannot_be_stored_the_platform_is_asked_to_call_again(door: Door) -> None:
    update = door.says(door.server.person(), "viec")
    door.office.wire.is_down = True
    assert await door.call(update) == 503
    door.office.wire.is_down = False
    assert await door.call(update) == 200
    assert len(door.rows()) == 1


async def test_a_file_is_fetched_after_the_call_was_answered(door: Door) -> None:
    an = door.server.person()
    door.server.fails("getFile", slow(0.2))
    async with open_door(door):
        an.sends_document(b"%PDF-1.7 what was agreed")
        assert await door.call(door.server.updates[-1]) == 200
        assert [state for _, state in door.rows()] in (["waiting"], ["claimed"])
        await eventually(lambda: [state for _, state in door.rows()] == ["done"])


# --- the webhook itself -------------------------------------------------------------------------------------------


async def test_the_webhook_is_set_once_with_everything_it_needs(door: Door) -> None:
    async with open_door(door):
        await door.server.called("getWebhookInfo", 3)
    (given,) = (values for method, values in door.server.calls if method == "setWebhook")
    assert given == {
        "url": "https://giao-uoc.example/hooks/telegram/7000000001",
        "secret_token": SECRET,
        "max_connections": 100,
        "allowed_updates": ["message", "edited_message", "callback_query", "my_chat_member"],
    }
    methods = [method for method, _ in door.server.calls]
    assert methods.index("getWebhookInfo") < methods.index("setWebhook")
    assert "getUpdates" not in methods
    assert "deleteWebhook" not in methods


async def test_a_webhook_that_somebody_took_away_is_put_up_again(door: Door) -> None:
    async with open_door(door):
        await door.server.on_deleteWebhook({})
        await eventually(lambda: door.server.webhook)
    assert door.server.count("setWebhook") == 2


async def test_a_secret_that_telegram_no_longer_says_is_told_again(door: Door) -> None:
    async with open_door(door):
        assert door.server.delivery
        door.server.delivery.last_error, door.server.delivery.errors = "Wrong response from the webhook: 401", 1
        await door.server.called("setWebhook", 2)


async def test_a_wrong_token_is_noticed_and_the_mended_one_too(door: Door) -> None:
    token = door.server.token
    async with open_door(door):
        door.server.token = "7000000001:another"
        await eventually(lambda: door.ears.deaf)
        door.server.token = token
        await eventually(lambda: not door.ears.deaf)


async def test_a_tap_is_answered_once_even_when_the_call_comes_again(door: Door) -> None:
    an = door.server.person()
    async with open_door(door):
        door.server.tap(an, {"message_id": 1, "date": 0, "chat": an.chat}, "K5 1")
        assert [await door.call(door.server.updates[-1]) for _ in range(3)] == [200] * 3
        await door.server.called("answerCallbackQuery")
        await door.server.until(lambda: bool(door.server.sent_to(an)))
    assert door.server.count("answerCallbackQuery") == 1


async def test_a_tap_is_answered_soon_when_the_house_is_slow(door: Door) -> None:
    an = door.server.person()
    door.office.wire.is_down = True
    door.server.tap(an, {"message_id": 1, "date": 0, "chat": an.chat}, "K5 1")
    assert await door.call(door.server.updates[-1]) == 503
    await door.server.called("answerCallbackQuery")
    assert door.rows() == []
