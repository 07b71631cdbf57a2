"""Telegram's own ways: the offset, taps, buttons, files, the menu. PTB talks to a real server on loopback."""

import asyncio

import pytest

from bot.channels.base import Moved, Passing, Refused, TooLarge
from bot.channels.telegram import TelegramChannel
from bot.dialogue.phrases import answers
from models.wire import Choice, FileRef
from tests.bot.channels.conftest import parcel, wire_clock
from tests.fakes.telegram import TOKEN, Fault, TelegramServer, slow

THREE = (
    Choice(key="1", label="Đã gửi", says="K5 1"),
    Choice(key="2", label="Đang thực hiện", says="K5 2"),
    Choice(key="3", label="Khó khăn, vướng mắc", says="K5 3"),
)


# --- opening ------------------------------------------------------------------------------------------------------


async def test_opening_learns_the_name_for_deep_links_and_sets_the_menu(
    telegram: TelegramChannel, server: TelegramServer
) -> None:
    assert telegram.link("12345678") is None
    me = await telegram.open()
    assert (telegram.name, me.id) == ("telegram:7000000001", 7000000001)
    assert telegram.link("12345678") == "https://t.me/GiaoUocThuBot?start=12345678"
    assert [command["command"] for command in server.commands] == ["viec", "giup"]


async def test_a_webhook_left_from_before_is_taken_away(telegram: TelegramChannel, server: TelegramServer) -> None:
    server.webhook = "https://old.example/hook"
    server.person().says("viec")
    heard, _ = await telegram.hear(None)
    assert (server.webhook, [one.text for one in heard]) == ("", ["viec"])


async def test_a_menu_that_cannot_be_set_keeps_nobody_from_being_heard(
    telegram: TelegramChannel, server: TelegramServer
) -> None:
    server.fails("setMyCommands", Fault(500, "Internal Server Error"))
    server.person().says("viec")
    heard, _ = await telegram.hear(None)
    assert [one.text for one in heard] == ["viec"]


@pytest.mark.parametrize("token", ["", "no-colon", "7000000001:", "abc:def"])
def test_what_cannot_be_a_token_is_refused_without_repeating_it(token: str) -> None:
    with pytest.raises(ValueError, match="BotFather") as refusal:
        TelegramChannel(token, wire=wire_clock)
    assert not token or token not in str(refusal.value)


# --- the offset ---------------------------------------------------------------------------------------------------


async def test_a_kill_between_hearing_and_storing_repeats_and_never_loses(
    telegram: TelegramChannel, server: TelegramServer
) -> None:
    an = server.person()
    an.says("K7 70%")
    an.says("K9 xong")
    first, _ = await telegram.hear(None)
    again, position = await telegram.hear(None)
    assert [one.external_id for one in first] == [one.external_id for one in again]
    an.says("viec")
    after, _ = await telegram.hear(position)
    assert [one.text for one in after] == ["viec"]


async def test_another_process_goes_on_from_the_stored_position(
    telegram: TelegramChannel, server: TelegramServer
) -> None:
    an = server.person()
    an.says("K7 70%")
    _, position = await telegram.hear(None)
    an.says("K9 xong")
    second = TelegramChannel(server.token, server.api_url, wire=wire_clock, poll_s=1)
    heard, _ = await second.hear(position)
    await second.close()
    assert [one.text for one in heard] == ["K9 xong"]


async def test_silence_keeps_the_position(telegram: TelegramChannel, server: TelegramServer) -> None:
    server.person().says("viec")
    _, position = await telegram.hear(None)
    assert await telegram.hear(position) == ([], position)


async def test_the_poll_waits_for_what_comes(telegram: TelegramChannel, server: TelegramServer) -> None:
    waiting = asyncio.create_task(telegram.hear(None))
    await server.called("getUpdates")
    server.person().says("K7 70%")
    heard, _ = await waiting
    assert [one.text for one in heard] == ["K7 70%"]


async def test_the_kinds_of_updates_are_asked_for_by_name(telegram: TelegramChannel, server: TelegramServer) -> None:
    server.person().says("viec")
    await telegram.hear(None)
    assert server.allowed == ("message", "edited_message", "callback_query", "my_chat_member")


async def test_what_is_not_for_us_moves_the_position_all_the_same(
    telegram: TelegramChannel, server: TelegramServer
) -> None:
    an = server.person()
    an.chat = server.group()
    update_id = an.says("chào cả nhóm")
    assert await telegram.hear(None) == ([], update_id + 1)


async def test_an_update_like_none_described_spoils_neither_its_batch_nor_itself(
    telegram: TelegramChannel, server: TelegramServer
) -> None:
    an = server.person()
    an.says("K7 70%")
    odd = server.update({"message": {"chat": {"id": an.id}, "text": ["?"]}}, strict=False)
    an.says("K9 xong")
    heard, position = await telegram.hear(None)
    assert [(one.kind, one.text) for one in heard] == [
        ("text", "K7 70%"),
        ("unsupported", "unreadable"),
        ("text", "K9 xong"),
    ]
    assert heard[1].external_id == str(odd)
    assert heard[1].chat == str(an.id)
    assert position == odd + 2


# --- taps and buttons ---------------------------------------------------------------------------------------------


async def test_a_tap_says_what_its_choice_says(telegram: TelegramChannel, server: TelegramServer) -> None:
    an = server.person()
    message_id = await telegram.send(parcel(str(an.id), "K5 Báo cáo sơ kết 6 tháng", *THREE))
    an.taps("Khó khăn, vướng mắc")
    (tap,), _ = await telegram.hear(None)
    assert (tap.kind, tap.text, tap.reply_to, tap.chat) == ("tap", "K5 3", message_id, str(an.id))


async def test_a_tap_is_answered_once_and_only_after_it_is_stored(
    telegram: TelegramChannel, server: TelegramServer
) -> None:
    an = server.person()
    await telegram.send(parcel(str(an.id), "K5", *THREE))
    an.taps("Đã gửi")
    await telegram.hear(None)
    _, position = await telegram.hear(None)
    assert server.answered_taps == []
    an.says("viec")
    await telegram.hear(position)
    await server.called("answerCallbackQuery")
    an.says("viec")
    await telegram.hear(position)
    assert len(server.answered_taps) == server.count("answerCallbackQuery") == 1


async def test_a_tap_too_old_to_be_answered_is_heard_all_the_same(
    telegram: TelegramChannel, server: TelegramServer
) -> None:
    an = server.person()
    await telegram.send(parcel(str(an.id), "K5", *THREE))
    an.taps("Đã gửi")
    server.open_taps.clear()
    (tap,), position = await telegram.hear(None)
    an.says("viec")
    (said,), _ = await telegram.hear(position)
    await server.called("answerCallbackQuery")
    assert (tap.text, said.text) == ("K5 1", "viec")


async def test_short_labels_share_a_row(telegram: TelegramChannel, server: TelegramServer) -> None:
    an = server.person()
    await telegram.send(parcel(str(an.id), "K5", *THREE))
    rows = server.sent_to(an)[0]["reply_markup"]["inline_keyboard"]
    assert [[button["text"] for button in row] for row in rows] == [
        ["Đã gửi", "Đang thực hiện"],
        ["Khó khăn, vướng mắc"],
    ]


async def test_buttons_have_their_colours(telegram: TelegramChannel, server: TelegramServer) -> None:
    an = server.person()
    await telegram.send(parcel(str(an.id), "K5", *answers.menu("K5")))
    rows = server.sent_to(an)[0]["reply_markup"]["inline_keyboard"]
    assert [button["style"] for row in rows for button in row] == ["success", "primary", "danger"]


async def test_choices_that_no_button_can_hold_become_numbered_lines(
    telegram: TelegramChannel, server: TelegramServer
) -> None:
    an = server.person()
    long = Choice(key="1", label="Đúng", says="đúng là " + "Cục Thi hành án dân sự " * 3)
    await telegram.send(parcel(str(an.id), "Xác nhận?", long, Choice(key="2", label="Không", says="không")))
    (message,) = server.sent_to(an)
    assert message["text"] == "Xác nhận?\n1. Đúng\n2. Không"
    assert "reply_markup" not in message


async def test_a_long_text_comes_in_order_with_the_buttons_under_its_end(
    telegram: TelegramChannel, server: TelegramServer
) -> None:
    an = server.person()
    lines = [f"K{number} Báo cáo kết quả thực hiện nội dung thi đua số {number} 📄" for number in range(200)]
    await telegram.send(parcel(str(an.id), "\n".join(lines), *THREE))
    sent = server.sent_to(an)
    assert len(sent) > 1
    assert "\n".join(message["text"] for message in sent) == "\n".join(lines)
    assert ["reply_markup" in message for message in sent] == [False] * (len(sent) - 1) + [True]


async def test_a_try_after_a_failed_one_goes_on_with_the_part_that_failed(
    telegram: TelegramChannel, server: TelegramServer
) -> None:
    an = server.person()
    long = parcel(str(an.id), "từ " * 2000)
    server.fails("sendMessage", slow(0), Fault(500, "Internal Server Error"))
    with pytest.raises(Passing):
        await telegram.send(long)
    await telegram.send(long)
    assert [message["text"].count("từ") for message in server.sent_to(an)] == [1365, 635]


async def test_signs_of_markup_are_just_signs(telegram: TelegramChannel, server: TelegramServer) -> None:
    an = server.person()
    text = "Kinh phí < 5 tỷ & > 1 tỷ; <b>không in đậm</b> *a_b* `c`"
    await telegram.send(parcel(str(an.id), text))
    assert server.sent_to(an)[0]["text"] == text
    assert all("parse_mode" not in given for method, given in server.calls if method == "sendMessage")


async def test_nothing_to_say_is_never_reported_as_sent(telegram: TelegramChannel, server: TelegramServer) -> None:
    with pytest.raises(Refused):
        await telegram.send(parcel(str(server.person().id), " \n"))


async def test_a_group_that_moved_tells_its_new_id(telegram: TelegramChannel, server: TelegramServer) -> None:
    old = server.group()
    new = server.upgrade(old)
    with pytest.raises(Moved) as moved:
        await telegram.send(parcel(str(old["id"]), "Đề nghị trao đổi tại tin nhắn riêng."))
    assert moved.value.chat == str(new["id"])
    assert await telegram.send(parcel(moved.value.chat, "Đề nghị trao đổi tại tin nhắn riêng."))


# --- files --------------------------------------------------------------------------------------------------------


async def test_the_largest_photo_is_fetched_whole(telegram: TelegramChannel, server: TelegramServer) -> None:
    photo = bytes(range(256)) * 5000
    server.person().sends_photo(photo, "K5 ảnh hội nghị")
    (heard,), _ = await telegram.hear(None)
    assert (heard.kind, heard.text, heard.files[0].kind) == ("files", "K5 ảnh hội nghị", "photo")
    assert b"".join([chunk async for chunk in telegram.fetch(heard.files[0])]) == photo


async def test_a_document_keeps_its_name_and_bytes(telegram: TelegramChannel, server: TelegramServer) -> None:
    server.person().sends_document(b"%PDF-1.7 ...", "Báo cáo sơ kết (bản ký).pdf")
    (heard,), _ = await telegram.hear(None)
    (file,) = heard.files
    assert (file.name, file.size, file.media_type) == ("Báo cáo sơ kết (bản ký).pdf", 12, "application/pdf")
    assert b"".join([chunk async for chunk in telegram.fetch(file)]) == b"%PDF-1.7 ..."


async def test_a_file_announced_too_large_is_not_asked_for(telegram: TelegramChannel, server: TelegramServer) -> None:
    with pytest.raises(TooLarge):
        await anext(telegram.fetch(FileRef(ref="any", size=25 << 20)))
    assert server.count("getFile") == 0


async def test_a_file_that_the_platform_calls_too_large(telegram: TelegramChannel, server: TelegramServer) -> None:
    server.big = 10
    file = server.file(b"more than ten bytes", "videos/v.mp4")
    with pytest.raises(TooLarge):
        await anext(telegram.fetch(FileRef(ref=file["file_id"])))


async def test_a_file_that_grows_beyond_the_limit_is_cut_off(server: TelegramServer) -> None:
    telegram = TelegramChannel(server.token, server.api_url, wire=wire_clock, fetch_limit=1000)
    file = server.file(b"x" * 5000, "documents/lying.bin")
    with pytest.raises(TooLarge):
        async for _ in telegram.fetch(FileRef(ref=file["file_id"], size=10)):
            pass
    await telegram.close()


async def test_a_file_that_is_gone_is_tried_again_later(telegram: TelegramChannel) -> None:
    with pytest.raises(Passing):
        await anext(telegram.fetch(FileRef(ref="unknown")))


async def test_a_download_that_breaks_halfway_is_a_passing_trouble(
    telegram: TelegramChannel, server: TelegramServer
) -> None:
    file = server.file(b"y" * 500_000, "documents/half.bin")
    server.fails("download", Fault(carried_out=True))
    with pytest.raises(Passing):
        async for _ in telegram.fetch(FileRef(ref=file["file_id"])):
            pass
    whole = [chunk async for chunk in telegram.fetch(FileRef(ref=file["file_id"]))]
    assert sum(map(len, whole)) == 500_000


async def test_files_can_be_uploaded_through_our_transport(telegram: TelegramChannel, server: TelegramServer) -> None:
    an = server.person()
    await telegram._line.bot.send_document(an.id, b"%PDF-", filename='báo cáo "1".pdf')
    assert "document" in server.sent_to(an)[0]
    assert server.upload_names == ['báo cáo "1".pdf']


async def test_the_token_does_not_stand_in_the_objects_that_tracebacks_print(telegram: TelegramChannel) -> None:
    assert TOKEN.partition(":")[2] not in f"{telegram!r} {telegram._line!r} {telegram._line.bot!r}"


async def test_a_file_without_a_place_yet_is_tried_again_later(
    telegram: TelegramChannel, server: TelegramServer
) -> None:
    file = server.file(b"soon", "")
    with pytest.raises(Passing):
        await anext(telegram.fetch(FileRef(ref=file["file_id"])))


# --- a person's ways ----------------------------------------------------------------------------------------------


async def test_a_person_comes_by_a_deep_link_and_corrects_an_answer(
    telegram: TelegramChannel, server: TelegramServer
) -> None:
    an = server.person(started=False)
    an.starts("12345678")
    an.says("K7 70%")
    an.edits(3, "K7 80%")
    (start, said, corrected), _ = await telegram.hear(None)
    assert (start.kind, start.text) == ("start", "12345678")
    assert (said.edited, corrected.edited, corrected.text) == (False, True, "K7 80%")
    assert telegram.username == "GiaoUocThuBot"
