"""What every channel keeps to, whatever its platform: the same sentences, played on each stage."""

import unicodedata
from collections.abc import AsyncIterator

import pytest

from bot.channels.base import Deaf, Limited, Passing, Refused, Trouble, Uncertain, Unreachable
from bot.channels.fitting import units
from models.wire import Choice, Say
from tests.bot.channels.conftest import parcel, wire_clock
from tests.bot.channels.stages import HEARING, SPEAKING, Stage

CHOICES = (Choice(key="1", label="Đã gửi", says="K5 1"), Choice(key="2", label="Đang thực hiện", says="K5 2"))
LONG = "\n".join(f"K{number} Báo cáo kết quả thực hiện nội dung thi đua quý {number} 📄" for number in range(900))


@pytest.fixture(params=list(SPEAKING))
async def speaking(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    async with SPEAKING[request.param]() as stage:
        yield stage


@pytest.fixture(params=list(HEARING))
async def hearing(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    async with HEARING[request.param]() as stage:
        yield stage


# --- speaking -----------------------------------------------------------------------------------------------------


async def test_a_parcel_arrives_and_has_the_platforms_id(speaking: Stage) -> None:
    assert await speaking.channel.send(parcel(speaking.chat, "Đã ghi nhận K5: 70%. Mã tiếp nhận BN-0147."))
    assert speaking.received() == ["Đã ghi nhận K5: 70%. Mã tiếp nhận BN-0147."]


async def test_a_parcel_longer_than_a_message_arrives_whole_and_in_order(speaking: Stage) -> None:
    await speaking.channel.send(parcel(speaking.chat, LONG))
    assert " ".join(speaking.received()).split() == LONG.split()


async def test_what_fits_is_within_the_limit_and_breaks_no_word(speaking: Stage) -> None:
    parts = speaking.channel.fit(Say(text=LONG, choices=CHOICES))
    assert all(0 < units(part.text) <= speaking.channel.abilities.text_limit for part in parts)
    assert " ".join(part.text for part in parts).split()[: len(LONG.split())] == LONG.split()


async def test_what_fits_already_is_left_alone(speaking: Stage) -> None:
    (part,) = speaking.channel.fit(Say(text="Kinh phí < 5 tỷ & > 1 tỷ"))
    assert part == Say(text="Kinh phí < 5 tỷ & > 1 tỷ")


async def test_every_choice_can_be_seen_after_the_text(speaking: Stage) -> None:
    parts = speaking.channel.fit(Say(text=LONG, choices=CHOICES))
    if speaking.channel.abilities.buttons:
        assert [part.choices for part in parts] == [()] * (len(parts) - 1) + [CHOICES]
    else:
        assert parts[-1].text.endswith("1. Đã gửi\n2. Đang thực hiện")


@pytest.mark.parametrize("trouble", [Passing, Limited, Uncertain, Refused, Unreachable, Deaf])
async def test_a_failed_send_is_called_by_its_name_and_holds_no_secret(speaking: Stage, trouble: type[Trouble]) -> None:
    if not speaking.next_send_meets(trouble):
        return
    with pytest.raises(Trouble) as met:
        await speaking.channel.send(parcel(speaking.chat, "K5"))
    assert type(met.value) is trouble
    assert str(met.value)
    assert speaking.secret not in repr(met.value)
    assert await speaking.channel.send(parcel(speaking.chat, "K9", id=2))
    assert speaking.received()[-1] == "K9"


async def test_a_channel_closes_twice_without_harm(speaking: Stage) -> None:
    await speaking.channel.close()
    await speaking.channel.close()


async def test_its_name_is_its_channel_and_its_bot(speaking: Stage) -> None:
    channel, _, bot = speaking.channel.name.partition(":")
    assert channel
    assert bot


# --- hearing ------------------------------------------------------------------------------------------------------


async def test_what_is_said_is_heard_with_its_chat_and_time(hearing: Stage) -> None:
    hearing.says("K7 70%")
    (heard,), _ = await hearing.channel.hear(None)
    assert (heard.kind, heard.text, heard.chat, heard.private) == ("text", "K7 70%", hearing.chat, True)
    assert f"{heard.channel}:{heard.bot}" == hearing.channel.name
    assert abs((wire_clock() - heard.sent_at).total_seconds()) < 5


async def test_what_was_not_stored_is_heard_again_with_the_same_id(hearing: Stage) -> None:
    if not hearing.hears_again:
        return
    hearing.says("K7 70%")
    first, position = await hearing.channel.hear(None)
    again, _ = await hearing.channel.hear(None)
    assert again == first
    hearing.says("K9 xong")
    after, _ = await hearing.channel.hear(position)
    assert [heard.text for heard in after] == ["K9 xong"]


async def test_letters_come_as_they_were_written(hearing: Stage) -> None:
    written = unicodedata.normalize("NFD", "đã gửi công văn 145/BC-CTHADS ngày 12/6")
    hearing.says(written)
    (heard,), _ = await hearing.channel.hear(None)
    assert heard.text == written


async def test_a_tap_comes_back_as_what_its_choice_says(hearing: Stage) -> None:
    if not hearing.channel.abilities.buttons:
        return
    await hearing.channel.send(parcel(hearing.chat, "K5?", *CHOICES))
    hearing.taps("Đang thực hiện")
    (heard,), _ = await hearing.channel.hear(None)
    assert (heard.kind, heard.text) == ("tap", "K5 2")


async def test_a_file_is_fetched_byte_for_byte_under_its_name(hearing: Stage) -> None:
    if not hearing.channel.abilities.files_in:
        return
    content = bytes(range(256)) * 3000
    hearing.sends_file(content, "Báo cáo sơ kết.pdf")
    (heard,), _ = await hearing.channel.hear(None)
    (file,) = heard.files
    assert heard.kind == "files"
    if hearing.describes_files:
        assert (file.name, file.size) == ("Báo cáo sơ kết.pdf", len(content))
    assert b"".join([chunk async for chunk in hearing.channel.fetch(file)]) == content
