"""What updates say: payloads as Telegram sends them, and the Heard that each becomes."""

import unicodedata
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.channels.telegram_hearing import Me, heard
from models.wire import FileRef, Heard
from tests.fakes.bot_api import check

BOT = Me(7000000001, "GiaoUocThuBot", frozenset({"start", "viec"}))
AT = datetime(2024, 6, 11, 2, 42, tzinfo=UTC)
DATE = 1718073720
AN = {"id": 512345678, "is_bot": False, "first_name": "An", "last_name": "Nguyễn Văn", "language_code": "vi"}
OURSELVES = {"id": BOT.id, "is_bot": True, "first_name": "Giao Ước", "username": BOT.username}
CHAT = {"id": 512345678, "type": "private", "first_name": "An", "last_name": "Nguyễn Văn"}
GROUP = {"id": -1001234567890, "type": "supergroup", "title": "Khối thi đua Nội chính"}
ASKED = {"message_id": 41, "date": DATE - 60, "chat": CHAT, "from": OURSELVES, "text": "K5?"}

PHOTO = [
    {"file_id": "s", "file_unique_id": "us", "width": 90, "height": 67, "file_size": 1253},
    {"file_id": "l", "file_unique_id": "ul", "width": 1280, "height": 960, "file_size": 148_113},
    {"file_id": "m", "file_unique_id": "um", "width": 320, "height": 240, "file_size": 18_222},
]
DOCUMENT = {
    "file_id": "d",
    "file_unique_id": "ud",
    "file_name": "Báo cáo.docx",
    "mime_type": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "file_size": 23841,
}
CLIP = {"file_id": "v", "file_unique_id": "uv", "width": 640, "height": 480, "duration": 5, "mime_type": "video/mp4"}
LARGEST = FileRef(ref="l", kind="photo", size=148_113, media_type="image/jpeg")
PAPER = FileRef(ref="d", name="Báo cáo.docx", size=23841, media_type=DOCUMENT["mime_type"])


def message(chat: dict[str, Any] = CHAT, **content: Any) -> dict[str, Any]:
    return {"message": {"message_id": 42, "date": DATE, "chat": chat, "from": AN, **content}}


def read(content: dict[str, Any], strict: bool = True) -> Heard | None:
    update = {"update_id": 870000123, **content}
    if strict:
        check(update, "Update")
    return heard(update, BOT, AT)


PRIVATE = [
    ("a text", message(text="K7 70%"), {"text": "K7 70%"}),
    ("blank space and lines", message(text="k7 xong \nk9 xong"), {"text": "k7 xong \nk9 xong"}),
    ("a photo, largest size", message(photo=PHOTO, caption="K5"), {"kind": "files", "text": "K5", "files": (LARGEST,)}),
    ("a photo alone", message(photo=PHOTO), {"kind": "files", "files": (LARGEST,)}),
    ("a document", message(document=DOCUMENT), {"kind": "files", "files": (PAPER,)}),
    (
        "one of an album",
        message(photo=PHOTO, media_group_id="13579", caption="K5"),
        {"kind": "files", "text": "K5", "files": (LARGEST,), "group": "13579"},
    ),
    (
        "a video",
        message(video={**CLIP, "file_name": "hội nghị.mp4", "file_size": 5_000_000}),
        {
            "kind": "files",
            "files": (FileRef(ref="v", kind="video", name="hội nghị.mp4", size=5_000_000, media_type="video/mp4"),),
        },
    ),
    (
        "a round video",
        message(video_note={"file_id": "n", "file_unique_id": "un", "length": 240, "duration": 3}),
        {"kind": "files", "files": (FileRef(ref="n", kind="video"),)},
    ),
    (
        "an animation, which comes with its document",
        message(animation=CLIP, document={**DOCUMENT, "mime_type": "video/mp4"}),
        {"kind": "files", "files": (PAPER.model_copy(update={"media_type": "video/mp4"}),)},
    ),
    (
        "a piece of music",
        message(audio={"file_id": "a", "file_unique_id": "ua", "duration": 9, "mime_type": "audio/mpeg"}),
        {"kind": "files", "files": (FileRef(ref="a", kind="audio", media_type="audio/mpeg"),)},
    ),
    (
        "a voice note",
        message(voice={"file_id": "o", "file_unique_id": "uo", "duration": 4, "mime_type": "audio/ogg"}),
        {"kind": "unsupported", "text": "voice"},
    ),
    ("a start", message(text="/start"), {"kind": "start"}),
    ("a deep link", message(text="/start 12345678"), {"kind": "start", "text": "12345678"}),
    ("a start by full name", message(text="/start@giaouocthubot 12345678"), {"kind": "start", "text": "12345678"}),
    ("a word like start", message(text="/started"), {"text": "/started"}),
    ("a command by full name", message(text="/viec@GiaoUocThuBot"), {"text": "/viec"}),
    ("a command", message(text="/viec K7"), {"text": "/viec K7"}),
    ("a reply", message(text="xong", reply_to_message=ASKED), {"text": "xong", "reply_to": "41"}),
    (
        "a forwarded notice",
        message(text="Kính gửi", forward_origin={"type": "hidden_user", "date": DATE, "sender_user_name": "Lan"}),
        {"text": "Kính gửi", "forwarded": True},
    ),
    (
        "a contact",
        message(contact={"phone_number": "0900000000", "first_name": "An"}),
        {"kind": "unsupported", "text": "contact"},
    ),
    (
        "a place",
        message(location={"latitude": 22.1, "longitude": 105.8}),
        {"kind": "unsupported", "text": "location"},
    ),
    (
        "a dice",
        message(dice={"emoji": "🎲", "value": 3}),
        {"kind": "unsupported", "text": "dice"},
    ),
    ("nothing that is known", message(), {"kind": "unsupported", "text": "unknown"}),
]


@pytest.mark.parametrize(("update", "said"), [row[1:] for row in PRIVATE], ids=[row[0] for row in PRIVATE])
def test_in_a_private_chat(update: dict[str, Any], said: dict[str, Any]) -> None:
    assert read(update) == Heard(
        channel="telegram",
        bot="7000000001",
        external_id="870000123",
        chat="512345678",
        message="42",
        sender="An Nguyễn Văn",
        sent_at=datetime(2024, 6, 11, 2, 42, tzinfo=UTC),
        **said,
    )


def test_decomposed_letters_are_kept_as_they_came() -> None:
    decomposed = unicodedata.normalize("NFD", "đã gửi công văn")
    found = read(message(text=decomposed))
    assert found is not None
    assert found.text == decomposed


def test_what_no_database_takes_is_left_out() -> None:
    found = read(message(text="K7 \ud83d70\0%"))
    assert found is not None
    assert found.text == "K7 ?70%"


def test_a_sticker_has_its_name() -> None:
    sticker = {
        "file_id": "k", "file_unique_id": "uk", "type": "regular", "width": 512, "height": 512,
        "is_animated": False, "is_video": False,
    }  # fmt: skip
    found = read(message(sticker=sticker))
    assert found is not None
    assert (found.kind, found.text) == ("unsupported", "sticker")


def test_a_corrected_message_is_marked_and_dated_by_its_correction() -> None:
    content = {**message(text="K7 80%")["message"], "edit_date": DATE + 60}
    found = read({"edited_message": content})
    assert found is not None
    assert (found.text, found.edited, found.sent_at.minute) == ("K7 80%", True, 43)


def test_notices_that_telegram_writes_itself_say_nothing() -> None:
    assert read(message(pinned_message=ASKED)) is None
    assert read(message(chat=GROUP, new_chat_members=[AN])) is None


def test_a_group_that_became_a_large_one_tells_its_new_id() -> None:
    old = {"id": -100500, "type": "group", "title": "Khối thi đua"}
    found = read(message(chat=old, migrate_to_chat_id=GROUP["id"]))
    assert found is not None
    assert (found.kind, found.chat, found.text) == ("moved", "-100500", str(GROUP["id"]))


# --- taps ---------------------------------------------------------------------------------------------------------


def tap(**content: Any) -> dict[str, Any]:
    return {"callback_query": {"id": "4300", "from": AN, "chat_instance": "-1", **content}}


@pytest.mark.parametrize(
    "on",
    [ASKED, {"message_id": 41, "date": 0, "chat": CHAT}],
    ids=["a message at hand", "a message too old to be read"],
)
def test_a_tap_says_its_data_and_what_it_stood_under(on: dict[str, Any]) -> None:
    found = read(tap(message=on, data="K5 1"))
    assert found is not None
    assert (found.kind, found.text, found.reply_to, found.chat) == ("tap", "K5 1", "41", "512345678")
    assert (found.sender, found.sent_at) == ("An Nguyễn Văn", AT)


def test_a_tap_under_nothing_belongs_to_its_sender() -> None:
    found = read(tap(inline_message_id="x", data="K5 1"))
    assert found is not None
    assert (found.kind, found.chat, found.private) == ("tap", "512345678", True)


def test_a_tap_in_a_group_is_for_us_and_not_private() -> None:
    found = read(tap(message={**ASKED, "chat": GROUP}, data="K5 1"))
    assert found is not None
    assert (found.chat, found.private) == (str(GROUP["id"]), False)


def test_nobody_taps_in_anothers_chat() -> None:
    found = read(tap(message={**ASKED, "chat": {"id": 777, "type": "private"}}, data="K5 1"))
    assert found
    assert (found.chat, found.private) == ("512345678", True)


def test_a_tap_without_data_is_unsupported() -> None:
    found = read(tap(message=ASKED, game_short_name="g"))
    assert found is not None
    assert found.kind == "unsupported"


# --- blocked ------------------------------------------------------------------------------------------------------


def change(old: dict[str, Any], new: dict[str, Any], chat: dict[str, Any] = CHAT) -> dict[str, Any]:
    sides = {"old_chat_member": {"user": OURSELVES, **old}, "new_chat_member": {"user": OURSELVES, **new}}
    return {"my_chat_member": {"chat": chat, "from": AN, "date": DATE, **sides}}


IN, OUT, LEFT = {"status": "member"}, {"status": "kicked", "until_date": 0}, {"status": "left"}


@pytest.mark.parametrize(
    ("old", "new", "chat", "kind"),
    [
        (IN, OUT, CHAT, "blocked"),
        (OUT, IN, CHAT, "unblocked"),
        (LEFT, IN, GROUP, "unblocked"),
        (IN, LEFT, GROUP, "blocked"),
    ],
    ids=["blocked", "unblocked", "brought into a group", "put out of a group"],
)
def test_the_bots_place_in_a_chat(old: dict[str, Any], new: dict[str, Any], chat: dict[str, Any], kind: str) -> None:
    found = read(change(old, new, chat))
    assert found is not None
    assert (found.kind, found.chat, found.private) == (kind, str(chat["id"]), chat is CHAT)


def test_a_change_of_rights_inside_a_group_says_nothing() -> None:
    rights = dict.fromkeys(
        (
            "can_be_edited", "is_anonymous", "can_manage_chat", "can_delete_messages", "can_manage_video_chats",
            "can_restrict_members", "can_promote_members", "can_change_info", "can_invite_users", "can_post_stories",
            "can_edit_stories", "can_delete_stories",
        ),
        False,
    )  # fmt: skip
    assert read(change(IN, {"status": "administrator", **rights}, GROUP)) is None


# --- groups -------------------------------------------------------------------------------------------------------

ADDRESSED = [
    ("by name first", "@GiaoUocThuBot K7 70%", "K7 70%"),
    ("by name, in any case", "@giaouocthubot: viec", "viec"),
    ("by name last", "ai chưa gửi @GiaoUocThuBot", "ai chưa gửi "),
    ("by one of our commands", "/viec", "/viec"),
    ("by a command with our name", "/status@GiaoUocThuBot", "/status"),
]
IGNORED = [
    ("a talk among others", "K7 70%"),
    ("another bot", "@GiaoUocThuBot2 K7"),
    ("another bot's command", "/viec@KhacBot"),
    ("a command that is not ours", "/weather"),
    ("an address of mail", "an@GiaoUocThuBot.vn"),
]


@pytest.mark.parametrize(("typed", "said"), [row[1:] for row in ADDRESSED], ids=[row[0] for row in ADDRESSED])
def test_in_a_group_it_hears_when_addressed(typed: str, said: str) -> None:
    found = read(message(chat=GROUP, text=typed))
    assert found is not None
    assert (found.text, found.private, found.chat) == (said, False, str(GROUP["id"]))
    assert found.write_at == "https://t.me/GiaoUocThuBot"


@pytest.mark.parametrize("typed", [row[1] for row in IGNORED], ids=[row[0] for row in IGNORED])
def test_in_a_group_it_hears_nothing_else(typed: str) -> None:
    assert read(message(chat=GROUP, text=typed)) is None


def test_in_a_group_an_answer_to_us_is_for_us() -> None:
    found = read(message(chat=GROUP, text="xong", reply_to_message={**ASKED, "chat": GROUP}))
    assert found is not None
    assert found.text == "xong"
    assert read(message(chat=GROUP, text="xong", reply_to_message={**ASKED, "chat": GROUP, "from": AN})) is None


def test_in_a_group_a_captioned_file_can_name_us_and_is_not_fetched() -> None:
    found = read(message(chat=GROUP, photo=PHOTO, caption="@GiaoUocThuBot K5"))
    assert found is not None
    assert (found.kind, found.text, found.files) == ("text", "K5", ())


# --- what is not as described --------------------------------------------------------------------------------------

ODD = [
    ("a text that is none", {"message": {**message()["message"], "text": 5}}, "512345678"),
    ("a chat without a type", {"message": {"chat": {"id": 512345678}, "text": "K7"}}, "512345678"),
    ("a date beyond all dates", message(text="K7", date=10**18), "512345678"),
    ("a photo without a file", message(photo=[{"width": 90}]), "512345678"),
    ("a message that is a text", {"message": "K7 70%"}, ""),
    ("an empty update", {}, ""),
    ("a kind not known yet", {"thought": {"from": AN}}, "512345678"),
    ("a tap by nobody", {"callback_query": {"id": "1", "data": "K5 1"}}, ""),
]


@pytest.mark.parametrize(("update", "chat"), [row[1:] for row in ODD], ids=[row[0] for row in ODD])
def test_an_update_that_cannot_be_read_is_kept_as_unsupported(update: dict[str, Any], chat: str) -> None:
    found = read(update, strict=False)
    assert found is not None
    assert (found.kind, found.external_id, found.chat) == ("unsupported", "870000123", chat)
