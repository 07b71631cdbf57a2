"""Zalo's rows, one by one, against the strict loopback server."""

import time
import unicodedata
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import pytest

from bot.channels.base import Deaf, Gone, Limited, Passing, Refused, Trouble, Uncertain, Unreachable
from bot.channels.fitting import units
from bot.channels.zalo import ZaloChannel
from bot.channels.zalo_request import ZaloLine, trouble_of
from bot.channels.zalo_webhook import Webhook
from models.wire import Choice, Parcel, Say
from tests.fakes import zalo
from tests.fakes.zalo import Fault, ZaloServer
from tests.secrecy import secret

SECRET = secret("a-secret-that-nobody-guesses")
NOW = datetime(2026, 11, 26, 1, tzinfo=UTC)


@pytest.fixture
async def server() -> AsyncIterator[ZaloServer]:
    async with ZaloServer() as server:
        yield server
    assert server.violations == []


Make = Callable[..., ZaloChannel]


@pytest.fixture
async def make(server: ZaloServer) -> AsyncIterator[Make]:
    made: list[ZaloChannel] = []

    def channel(token: str = server.token, **more: object) -> ZaloChannel:
        quick = {"poll_s": 1, "poll_gap_s": 0.05, "read_s": 0.5, "alive_s": 0.05, "watch_s": 0.2} | more
        made.append(ZaloChannel(token, server.api_url, wire=lambda: NOW, **quick))  # type: ignore[arg-type]
        return made[-1]

    yield channel
    for one in made:
        await one.close()


def parcel(chat: str, text: str, *choices: Choice, number: int = 1) -> Parcel:
    return Parcel(
        id=number, attempt=1, bot="zalo:1", chat=chat, kind="reply", say=Say(text=text, choices=choices),
        not_before=NOW, lease_until=NOW + timedelta(minutes=1),
    )  # fmt: skip


# --- who we are ---------------------------------------------------------------------------------------------------


async def test_the_bots_name_is_learnt_from_zalo(server: ZaloServer, make: Make) -> None:
    channel = make(place=2)
    assert channel.name == "zalo:?2"
    await channel.open()
    assert channel.name == f"zalo:{server.number}"


def test_an_empty_token_is_no_bot() -> None:
    with pytest.raises(ValueError, match="empty"):
        ZaloLine(" ", "https://bot-api.example")


# --- errors -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "trouble"),
    [
        (Fault(400, "Bad Request"), Refused),
        (zalo.UNAUTHORIZED, Deaf),
        (Fault(404, "Not Found"), Deaf),
        (zalo.FORBIDDEN, Passing),
        (Fault(408, "Request timeout"), Uncertain),
        (Fault(410, "The chat_id is invaild"), Gone),
        (zalo.NOT_PERMITTED, Unreachable),
        (zalo.QUOTA, Limited),
        (zalo.TOO_MANY, Limited),
        (Fault(429, "Too many requests"), Limited),
        (zalo.SERVER_ERROR, Passing),
        (Fault(503, "busy"), Passing),
        (zalo.BAD_GATEWAY, Passing),
        (Fault(html=401), Deaf),
        (Fault(html=200), Uncertain),
        (zalo.DROPPED_BEFORE, Uncertain),
        (zalo.DROPPED_AFTER, Uncertain),
        (zalo.slow(2), Uncertain),
    ],
)
async def test_every_error_of_a_send_is_named(
    server: ZaloServer, make: Make, fault: Fault, trouble: type[Trouble]
) -> None:
    channel, person = make(), server.person()
    await channel.open()
    server.fails("sendMessage", fault)
    with pytest.raises(trouble) as met:
        await channel.send(parcel(person.chat, "K5?"))
    assert server.token not in str(met.value)
    assert await channel.send(parcel(person.chat, "K5?"))


async def test_a_server_that_is_not_there_is_passing() -> None:
    channel = ZaloChannel("a-token", "http://127.0.0.1:1", connect_s=0.5)
    with pytest.raises(Passing):
        await channel.send(parcel("c", "x"))
    await channel.close()


async def test_the_quota_rests_longer_than_a_rate(server: ZaloServer, make: Make) -> None:
    channel, person = make(), server.person()
    rests = []
    for fault in (Fault(429, "Too many requests"), zalo.QUOTA):
        server.fails("sendMessage", fault)
        with pytest.raises(Limited) as met:
            await channel.send(parcel(person.chat, "x"))
        assert met.value.whole_bot
        rests.append(met.value.retry_after_s)
    assert rests[0] < 60 < rests[1]


def test_a_403_is_passing_once_and_meant_the_second_time() -> None:
    assert isinstance(trouble_of(403, "Forbidden"), Passing)


async def test_a_403_twice_of_one_message_is_meant(server: ZaloServer, make: Make) -> None:
    channel, person = make(), server.person()
    server.fails("sendMessage", zalo.FORBIDDEN, zalo.FORBIDDEN, zalo.FORBIDDEN)
    with pytest.raises(Passing):
        await channel.send(parcel(person.chat, "x", number=1))
    with pytest.raises(Unreachable):
        await channel.send(parcel(person.chat, "x", number=1))
    with pytest.raises(Passing):
        await channel.send(parcel(person.chat, "x", number=2))


# --- poll ---------------------------------------------------------------------------------------------------------


async def test_nobody_writing_is_no_trouble(server: ZaloServer, make: Make) -> None:
    channel = make()
    assert await channel.hear(None) == ([], None)
    assert channel.last_good_poll == NOW


async def test_a_poll_brings_one_event_after_the_other(server: ZaloServer, make: Make) -> None:
    channel, person = make(), server.person()
    person.says("một")
    person.says("hai")
    heard = [one.text for _ in range(2) for one in (await channel.hear(None))[0]]
    assert heard == ["một", "hai"]


async def test_at_least_a_second_lies_between_two_polls(server: ZaloServer, make: Make) -> None:
    channel, person = make(poll_gap_s=1.05), server.person()
    person.says("một")
    person.says("hai")
    await channel.hear(None)
    began = time.monotonic()
    await channel.hear(None)
    assert time.monotonic() - began >= 1


async def test_a_webhook_in_the_way_is_taken_away(server: ZaloServer, make: Make) -> None:
    server.webhook = ("https://elsewhere.example", "12345678")
    server.person().says("một")
    assert [one.text for one in (await make().hear(None))[0]] == ["một"]
    assert server.webhook == ("", "")


async def test_a_webhook_that_cannot_be_asked_for_does_not_stop_the_polls(server: ZaloServer, make: Make) -> None:
    server.always["getWebhookInfo"] = zalo.SERVER_ERROR
    server.person().says("một")
    assert [one.text for one in (await make().hear(None))[0]] == ["một"]


@pytest.mark.parametrize("fault", [zalo.SERVER_ERROR, zalo.BAD_GATEWAY, zalo.TOO_MANY, zalo.DROPPED_BEFORE,
                                   zalo.FORBIDDEN])  # fmt: skip
async def test_a_poll_that_fails_is_told_and_the_next_one_hears(server: ZaloServer, make: Make, fault: Fault) -> None:
    channel, person = make(), server.person()
    server.fails("getUpdates", fault)
    with pytest.raises(Trouble):
        await channel.hear(None)
    person.says("K5 70%")
    channel._asks_at = 0
    assert [one.text for one in (await channel.hear(None))[0]] == ["K5 70%"]


@pytest.mark.parametrize("form", ["enveloped", "bare", "a list", "enveloped list"])
async def test_news_comes_in_any_form(server: ZaloServer, make: Make, form: zalo.Form) -> None:
    server.polls = form
    channel, person = make(), server.person()
    assert await channel.hear(None) == ([], None)
    person.says("một")
    assert [one.text for one in (await channel.hear(None))[0]] == ["một"]


# --- token --------------------------------------------------------------------------------------------------------


async def test_a_mended_token_is_used_at_once(server: ZaloServer, make: Make) -> None:
    now = [server.token]
    channel, person = make(renewed=lambda: now[0]), server.person()
    await channel.open()
    server.token = "4100000001:ZaTheTokenAfterTheFirst"
    with pytest.raises(Deaf):
        await channel.send(parcel(person.chat, "x"))
    now[0] = server.token
    assert await channel.send(parcel(person.chat, "x"))
    person.says("một")
    assert (await channel.hear(None))[0]


async def test_another_bots_token_is_not_taken_up_under_way(server: ZaloServer, make: Make) -> None:
    channel = make()
    await channel.open()
    server.number = "4100000002"
    with pytest.raises(Deaf, match="another bot"):
        await channel.open()


# --- webhook ------------------------------------------------------------------------------------------------------


def door(secret: str = SECRET) -> Callable[[str], Webhook]:
    return lambda bot: Webhook(f"https://giao-uoc.example/hooks/zalo/{bot}", secret)


async def test_a_webhook_is_set_once_and_looked_after(server: ZaloServer, make: Make) -> None:
    channel = make(webhook=door())
    _, told = await channel.hear(None)
    assert server.webhook == (f"https://giao-uoc.example/hooks/zalo/{server.number}", SECRET)
    for _ in range(4):
        _, told = await channel.hear(told)
    assert server.count("setWebhook") == 1
    server.webhook = ("", "")
    for _ in range(8):
        _, told = await channel.hear(told)
    assert server.webhook[1] == SECRET
    assert server.count("setWebhook") == 2


async def test_a_new_start_asks_before_it_sets(server: ZaloServer, make: Make) -> None:
    _, told = await make(webhook=door()).hear(None)
    await make(webhook=door()).hear(told)
    assert server.count("setWebhook") == 1
    assert server.count("getWebhookInfo") == 2


async def test_a_changed_secret_is_told_to_zalo(server: ZaloServer, make: Make) -> None:
    _, told = await make(webhook=door()).hear(None)
    await make(webhook=door("another-secret")).hear(told)
    assert server.webhook[1] == "another-secret"


async def test_when_the_days_calls_are_used_up_it_waits_long(server: ZaloServer, make: Make) -> None:
    channel = make(webhook=door())
    server.fails("setWebhook", Fault(426, "limit"))
    with pytest.raises(Limited):
        await channel.hear(None)
    assert channel._asks_at > time.monotonic() + 600


@pytest.mark.parametrize("body", [b"", b"  ", b"{}", b"[]", b'{"ok":true,"result":null}'])
async def test_a_probe_says_nothing(make: Make, body: bytes) -> None:
    channel = make(webhook=door())
    await channel.open()
    assert channel.called(body) == []


@pytest.mark.parametrize("body", [b"<html>", b"\xff\xfe", b"7"])
async def test_a_body_that_is_no_event_is_kept_as_it_came(make: Make, body: bytes) -> None:
    channel = make(webhook=door())
    await channel.open()
    (kept,) = channel.called(body)
    assert kept.unread


# --- text ---------------------------------------------------------------------------------------------------------


async def test_a_long_text_is_several_messages_in_order_none_of_which_breaks_a_word(
    server: ZaloServer, make: Make
) -> None:
    channel, person = make(), server.person()
    words = [f"nghĩa-vụ-{number}" for number in range(600)]
    await channel.send(parcel(person.chat, unicodedata.normalize("NFD", " ".join(words))))
    assert " ".join(server.sent_to(person)).split(" ") == words
    assert all(units(text) <= 1900 for text in server.sent_to(person))


async def test_what_was_sent_of_a_long_text_is_not_sent_again(server: ZaloServer, make: Make) -> None:
    channel, person = make(), server.person()
    long = parcel(person.chat, " ".join(f"từ{number}" for number in range(1000)))
    parts = [part.text for part in channel.fit(long.say)]
    await channel.open()
    server.fails("sendMessage", *[Fault(500, "x")])
    with pytest.raises(Passing):
        await channel.send(long)
    server.faults["sendMessage"] = []
    await channel.send(long)
    assert server.sent_to(person) == parts


async def test_choices_are_numbered_lines(server: ZaloServer, make: Make) -> None:
    channel, person = make(), server.person()
    choices = (Choice(key="1", label="Đã gửi", says="K5 1"), Choice(key="2", label="Đang thực hiện", says="K5 2"))
    await channel.send(parcel(person.chat, "K5?", *choices))
    assert server.sent_to(person) == ["K5?\n1. Đã gửi\n2. Đang thực hiện"]


async def test_nothing_to_say_is_refused(make: Make) -> None:
    with pytest.raises(Refused):
        await make().send(parcel("c", "  "))
