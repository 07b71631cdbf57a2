"""What Zalo tells, read: every form that is described and those that reports speak of."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.channels.zalo_hearing import Me, events, heard
from models.wire import IN_A_ROW, Heard

AT = datetime(2026, 11, 26, 1, tzinfo=UTC)
ME = Me("4100000001", ("bot.giaouoc", "Giao Ước"))
SENT = {
    "message_id": "2d758cb5e222177a4e35",
    "date": 1750316131602,
    "chat": {"id": "6ede9afa66b88fe6d6a9", "chat_type": "PRIVATE"},
    "from": {"id": "6ede9afa66b88fe6d6a9", "display_name": "Nguyễn Văn An", "is_bot": False},
}


def event(name: str, **fields: Any) -> dict[str, Any]:
    return {"event_name": f"message.{name}.received", "message": SENT | fields}


def read(raw: dict[str, Any]) -> Heard:
    found = heard(raw, ME, AT)
    assert found
    return found


def test_a_text_comes_with_its_chat_its_sender_and_its_time_in_milliseconds() -> None:
    assert read(event("text", text="K7 70%")) == Heard(
        channel="zalo", bot="4100000001", external_id="2d758cb5e222177a4e35", message="2d758cb5e222177a4e35",
        chat="6ede9afa66b88fe6d6a9", text="K7 70%", sender="Nguyễn Văn An",
        sent_at=datetime(2025, 6, 19, 6, 55, 31, 602000, UTC),
    )  # fmt: skip


@pytest.mark.parametrize(
    "answer",
    [
        event("text", text="a"),
        {"ok": True, "result": event("text", text="a"), "error_code": 0},
        [event("text", text="a")],
        {"ok": True, "result": [event("text", text="a")]},
    ],
)
def test_an_event_comes_bare_enveloped_or_in_a_list(answer: object) -> None:
    assert [one["message"]["text"] for one in events(answer)] == ["a"]


@pytest.mark.parametrize("answer", [None, {}, [], "", 7, {"ok": True}, {"ok": True, "result": None}, {"message_id": 1}])
def test_what_holds_no_event_says_nothing(answer: object) -> None:
    assert list(events(answer)) == []


@pytest.mark.parametrize("field", ["photo_url", "photo"])
def test_a_picture_comes_under_either_name_and_its_caption_may_be_empty(field: str) -> None:
    picture = read(event("image", **{field: "https://photo.example/1.jpg"}, caption=""))
    (file,) = picture.files
    assert (picture.kind, picture.text, picture.group) == ("files", "", IN_A_ROW)
    assert (file.kind, file.ref) == ("photo", "https://photo.example/1.jpg")
    assert read(event("image", **{field: "https://photo.example/1.jpg"}, caption="K7")).text == "K7"
    assert read(event("image", **{field: "https://photo.example/1.jpg"}, caption=None)).text == ""


@pytest.mark.parametrize("text", [None, "", "K7"])
def test_a_picture_that_comes_with_a_text_too_is_kept(text: str | None) -> None:
    picture = read(event("image", photo_url="https://photo.example/1.jpg", text=text))
    assert (picture.kind, picture.text, len(picture.files)) == ("files", text or "", 1)


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (event("sticker", sticker="5a1", url="https://stickers.example/5a1.png"), "sticker"),
        (event("voice", voice_url="https://voice.example/1.aac"), "voice"),
        (event("unsupported"), "file"),
        (event("image"), "file"),
        (event("something.new"), "file"),
        (event("sticker", text=""), "sticker"),
    ],
)
def test_what_cannot_be_taken_is_named(raw: dict[str, Any], name: str) -> None:
    assert (read(raw).kind, read(raw).text) == ("unsupported", name)


@pytest.mark.parametrize("raw", [{"event_name": "message.unsupported.received"},
                                 {"event_name": "message.unsupported.received", "message": None},
                                 {"event_name": "message.unsupported.received", "message": {}}])  # fmt: skip
def test_an_unsupported_message_without_a_message_says_nothing(raw: dict[str, Any]) -> None:
    assert heard(raw, ME, AT) is None


def test_what_a_bot_says_is_not_heard() -> None:
    assert heard(event("text", text="x", **{"from": {"id": "1", "is_bot": True}}), ME, AT) is None


@pytest.mark.parametrize("date", [1750316131602, "1750316131602", 1750316131.602])
def test_the_time_may_be_written_otherwise(date: object) -> None:
    assert read(event("text", text="x", date=date)).sent_at.replace(microsecond=0) == datetime(
        2025, 6, 19, 6, 55, 31, tzinfo=UTC
    )


def test_without_a_time_it_is_now() -> None:
    assert read(event("text", text="x", date=None)).sent_at == AT


def test_without_the_name_of_the_event_what_is_there_tells() -> None:
    assert read({"message": SENT | {"text": "K7 xong"}}).text == "K7 xong"
    assert read({"message": SENT | {"photo_url": "https://photo.example/1.jpg"}}).kind == "files"


@pytest.mark.parametrize(
    "raw",
    [
        {"event_name": "message.text.received"},
        {"event_name": "message.text.received", "message": "text"},
        {"event_name": "message.text.received", "message": {"text": "x"}},
        event("text", text="x", chat=None),
        event("text", text="x", chat={"chat_type": "PRIVATE"}),
        event("text", text="x", date=1e300),
    ],
)
def test_what_cannot_be_read_is_kept_as_it_came(raw: dict[str, Any]) -> None:
    found = read(raw)
    assert found.unread
    assert "message.text.received" in found.unread.raw


def test_ids_that_are_numbers_are_ids() -> None:
    found = read(event("text", text="x", message_id=17, chat={"id": 18}))
    assert (found.external_id, found.chat, found.private) == ("17", "18", True)


@pytest.mark.parametrize("empty", [None, ""])
def test_messages_with_an_empty_id_are_not_taken_for_one(empty: str | None) -> None:
    first, second = (read(event("text", text=text, message_id=empty)) for text in ("K7 xong", "K8 xong"))
    assert first.unread
    assert second.unread
    assert first.external_id != second.external_id
    assert read(event("text", text="x", chat={"id": empty})).unread


GROUP = {"id": "g1", "chat_type": "GROUP"}


@pytest.mark.parametrize("text", ["@bot.giaouoc viec", "@Giao Ước viec", "@giao ước, viec", "@BOT.GIAOUOC viec"])
def test_in_a_group_a_mention_is_heard_without_the_name(text: str) -> None:
    found = read(event("text", text=text, chat=GROUP))
    assert (found.private, found.text, found.write_at) == (False, "viec", "https://zalo.me/4100000001")


@pytest.mark.parametrize("text", ["viec", "@An viec", "bot.giaouoc", "@bot.giaouoc2 viec", ""])
def test_in_a_group_nothing_else_is(text: str) -> None:
    assert heard(event("text", text=text, chat=GROUP), ME, AT) is None
