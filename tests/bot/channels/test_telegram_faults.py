"""What goes wrong on the wire, row by row, and what each is called in our tree."""

import asyncio
import logging
import socket

import pytest

from bot.channels.base import Deaf, Gone, Limited, Passing, Refused, Trouble, Uncertain, Unreachable
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_request import AiohttpRequest
from tests.bot.channels.conftest import parcel, wire_clock
from tests.fakes.telegram import (
    BAD_GATEWAY,
    BLOCKED,
    DEACTIVATED,
    DROPPED_AFTER,
    DROPPED_BEFORE,
    NOT_FOUND,
    OTHER_POLLER,
    SERVER_ERROR,
    TOKEN,
    UNAUTHORIZED,
    Fault,
    TelegramServer,
    limited,
    slow,
)

BLOCK_PAGE = Fault(403, html="<html>Truy cập bị chặn</html>")
NOT_STARTED = Fault(403, "Forbidden: bot can't initiate conversation with a user")
KICKED = Fault(403, "Forbidden: bot was kicked from the supergroup chat")
NO_CHAT = Fault(400, "Bad Request: chat not found")
OUR_BUG = Fault(400, "Bad Request: message is too long")
CAPTIVE_PORTAL = Fault(200, html="<html>Đăng nhập Wi-Fi</html>")
HTML_LIMIT = Fault(429, html="<html>Too Many Requests</html>")

SENDING = [
    (SERVER_ERROR, Passing),
    (BAD_GATEWAY, Passing),
    (BLOCK_PAGE, Passing),
    (DROPPED_BEFORE, Uncertain),
    (DROPPED_AFTER, Uncertain),
    (CAPTIVE_PORTAL, Uncertain),
    (slow(1.5), Uncertain),
    (limited(7), Limited),
    (HTML_LIMIT, Limited),
    (BLOCKED, Unreachable),
    (DEACTIVATED, Gone),
    (NOT_STARTED, Unreachable),
    (KICKED, Unreachable),
    (NO_CHAT, Gone),
    (OUR_BUG, Refused),
    (UNAUTHORIZED, Deaf),
    (NOT_FOUND, Deaf),
]
HEARING = [
    (SERVER_ERROR, Passing),
    (BAD_GATEWAY, Passing),
    (BLOCK_PAGE, Passing),
    (DROPPED_BEFORE, Passing),
    (DROPPED_AFTER, Passing),
    (CAPTIVE_PORTAL, Passing),
    (slow(2), Passing),
    (limited(3), Limited),
    (OTHER_POLLER, Passing),
    (UNAUTHORIZED, Deaf),
    (NOT_FOUND, Deaf),
]


@pytest.mark.parametrize(("fault", "trouble"), SENDING, ids=lambda value: getattr(value, "__name__", None))
async def test_a_send_that_fails_has_its_name_and_the_next_one_succeeds(
    telegram: TelegramChannel, server: TelegramServer, fault: Fault, trouble: type[Trouble]
) -> None:
    an = server.person()
    server.fails("sendMessage", fault)
    with pytest.raises(Trouble) as met:
        await telegram.send(parcel(str(an.id), "K5"))
    assert type(met.value) is trouble
    assert await telegram.send(parcel(str(an.id), "K9", id=2))
    assert server.sent_to(an)[-1]["text"] == "K9"
    assert len(server.sent_to(an)) == 1 + fault.carried_out


@pytest.mark.parametrize(("fault", "trouble"), HEARING, ids=lambda value: getattr(value, "__name__", None))
async def test_a_poll_that_fails_has_its_name_and_the_next_one_loses_nothing(
    telegram: TelegramChannel, server: TelegramServer, fault: Fault, trouble: type[Trouble]
) -> None:
    an = server.person()
    an.says("viec")
    _, position = await telegram.hear(None)
    an.says("K7 70%")
    server.fails("getUpdates", fault)
    with pytest.raises(Trouble) as met:
        await telegram.hear(position)
    assert type(met.value) is trouble
    heard, _ = await telegram.hear(position)
    assert [one.text for one in heard] == ["K7 70%"]


@pytest.mark.parametrize(
    ("fault", "rest_s"), [(limited(60), 60), (limited(1), 1), (HTML_LIMIT, 5)], ids=["60", "1", "unsaid"]
)
async def test_a_429_says_how_long_to_rest(
    telegram: TelegramChannel, server: TelegramServer, fault: Fault, rest_s: float
) -> None:
    server.fails("sendMessage", fault)
    with pytest.raises(Limited) as met:
        await telegram.send(parcel(str(server.person().id), "K5"))
    assert met.value.retry_after_s == rest_s


async def test_a_person_who_blocks_is_unreachable_until_they_come_back(
    telegram: TelegramChannel, server: TelegramServer
) -> None:
    an = server.person()
    an.blocks_bot()
    with pytest.raises(Unreachable, match="blocked"):
        await telegram.send(parcel(str(an.id), "K5"))
    an.unblocks_bot()
    assert await telegram.send(parcel(str(an.id), "K5"))
    heard, _ = await telegram.hear(None)
    assert [(one.kind, one.chat) for one in heard] == [("blocked", str(an.id)), ("unblocked", str(an.id))]


async def test_not_modified_is_success(telegram: TelegramChannel, server: TelegramServer) -> None:
    server.fails("sendMessage", Fault(400, "Bad Request: message is not modified: the same content"))
    await telegram.send(parcel(str(server.person().id), "K5"))


async def test_a_refused_connection_never_left_this_machine() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    telegram = TelegramChannel(TOKEN, f"http://127.0.0.1:{port}", wire=wire_clock)
    with pytest.raises(Passing, match="no connection"):
        await telegram.send(parcel("1", "K5"))
    with pytest.raises(Passing, match="no connection"):
        await telegram.hear(None)
    await telegram.close()


async def test_two_pollers_are_told_apart_from_a_bad_network(telegram: TelegramChannel, server: TelegramServer) -> None:
    first = asyncio.create_task(telegram.hear(None))
    await server.called("getUpdates")
    second = TelegramChannel(server.token, server.api_url, wire=wire_clock, poll_s=1)
    taking_over = asyncio.create_task(second.hear(None))
    with pytest.raises(Passing, match="stop the other program"):
        await first
    await taking_over
    await second.close()


async def test_a_wrong_token_for_a_while_is_noticed_and_mended(
    telegram: TelegramChannel, server: TelegramServer
) -> None:
    an = server.person()
    server.token = "7000000001:AANewTokenThatWeDoNotHaveYet_000000"
    for _ in range(3):
        with pytest.raises(Deaf):
            await telegram.hear(None)
    with pytest.raises(Deaf):
        await telegram.send(parcel(str(an.id), "K5"))
    assert telegram.last_good_poll is None
    an.says("K7 70%")
    server.token = TOKEN
    heard, _ = await telegram.hear(None)
    assert [one.text for one in heard] == ["K7 70%"]


async def test_a_new_token_in_the_settings_is_taken_up_without_a_restart(server: TelegramServer) -> None:
    new = "7000000001:AANewTokenThatTheSettingsHaveByNow_0000"
    settings = {"token": TOKEN}
    telegram = TelegramChannel(TOKEN, server.api_url, wire=wire_clock, renewed=lambda: settings["token"], poll_s=1)
    an = server.person()
    server.token = new
    with pytest.raises(Deaf):
        await telegram.hear(None)
    settings["token"] = "7000000009:AAAnotherBotsToken_00000000000000000000"
    with pytest.raises(Deaf):
        await telegram.hear(None)
    settings["token"] = new
    an.says("K7 70%")
    heard, _ = await telegram.hear(None)
    assert [one.text for one in heard] == ["K7 70%"]
    assert await telegram.send(parcel(str(an.id), "K5"))
    await telegram.close()


async def test_a_new_token_is_taken_up_by_whoever_meets_the_old_one_first(server: TelegramServer) -> None:
    now = [TOKEN]
    telegram = TelegramChannel(TOKEN, server.api_url, wire=wire_clock, renewed=lambda: now[0])
    an = server.person()
    server.token = now[0] = "7000000001:AANewTokenThatTheSettingsHaveByNow_0000"
    assert await telegram.send(parcel(str(an.id), "K5"))
    assert len(server.sent_to(an)) == 1
    await telegram.close()


async def test_a_watchdog_sees_when_the_last_poll_was_good(telegram: TelegramChannel, server: TelegramServer) -> None:
    server.person().says("viec")
    before = wire_clock()
    await telegram.hear(None)
    good = telegram.last_good_poll
    assert good is not None
    assert good >= before
    server.fails("getUpdates", UNAUTHORIZED, SERVER_ERROR)
    for trouble in (Deaf, Passing):
        with pytest.raises(trouble):
            await telegram.hear(None)
    assert telegram.last_good_poll == good


@pytest.mark.parametrize("method", ["getMe", "getUpdates", "sendMessage", "getFile", "download"])
async def test_the_token_is_in_no_trouble_and_no_log(
    telegram: TelegramChannel, server: TelegramServer, caplog: pytest.LogCaptureFixture, method: str
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("telegram.Bot").setLevel(logging.DEBUG)
    an = server.person()
    an.sends_document(b"bytes")
    secret = TOKEN.partition(":")[2]
    echo = Fault(404, html=f"<p>Không tìm thấy /bot{TOKEN}/{method}</p>")
    told = Fault(400, f"Bad Request: URL /bot{TOKEN}/{method}")
    told_401 = Fault(401, f"Unauthorized: /bot{TOKEN}/{method}")
    seen = []
    for fault in (
        echo,
        told,
        told_401,
        DROPPED_BEFORE,
        DROPPED_AFTER,
        slow(3),
        BAD_GATEWAY,
        limited(1),
        CAPTIVE_PORTAL,
    ):
        server.fails(method, fault)
        seen += await _everything(telegram, str(an.id))
        telegram.me = None
    assert seen
    assert not [text for text in [*seen, caplog.text] if secret in text]


async def _everything(telegram: TelegramChannel, chat: str) -> list[str]:
    """Hear, send and fetch; the texts of the troubles met, with everything that a traceback would print."""
    seen: list[str] = []
    try:
        heard, _ = await telegram.hear(None)
        await telegram.send(parcel(chat, "K5"))
        async for _ in telegram.fetch(heard[0].files[0]):
            pass
    except Trouble as trouble:
        error: BaseException | None = trouble
        while error is not None:
            seen.append(repr(error))
            error = error.__cause__ or error.__context__
    return seen


async def test_an_unresolvable_host_shows_no_address(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    telegram = TelegramChannel(TOKEN, "http://giao-uoc.invalid", wire=wire_clock, connect_s=2)
    seen = await _everything(telegram, "1")
    await telegram.close()
    assert seen
    assert TOKEN.partition(":")[2] not in "".join([*seen, caplog.text])


async def test_a_connection_that_takes_too_long_shows_no_address() -> None:
    request = AiohttpRequest(TOKEN.partition(":")[2], connect_s=0.05, pool=1, trust_env=False)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/bot{TOKEN}/getMe"
        tasks = [asyncio.create_task(request.do_request(url, "POST", read_timeout=0.3)) for _ in range(2)]
        errors = await asyncio.gather(*tasks, return_exceptions=True)
    await request.shutdown()
    assert sorted(type(error).__name__ for error in errors) == ["TimedOut", "Unsent"]
    assert not [error for error in errors if TOKEN in repr(error)]
