"""The browser chat as a channel."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.channels.base import Refused, Unreachable
from bot.channels.web import WebChannel
from models.wire import Choice, FileRef, Parcel, Say, TimelineEntry

NOW = datetime(2024, 6, 11, 2, 42, tzinfo=UTC)
CHOICES = (Choice(key="1", label="Đã gửi", says="K5 1"), Choice(key="2", label="Đang thực hiện", says="K5 2"))


class Notebook:
    """Takes entries as the API does: the same outbox row is written once."""

    def __init__(self) -> None:
        self.entries: dict[int, TimelineEntry] = {}

    async def timeline(self, entry: TimelineEntry) -> None:
        if entry.chat == "gone":
            raise Unreachable("the chat is gone")
        self.entries.setdefault(entry.outbox_id, entry)


def parcel(chat: str = "c1", text: str = "Kính gửi") -> Parcel:
    say = Say(text=text, choices=CHOICES)
    lease = NOW + timedelta(seconds=30)
    return Parcel(id=7, attempt=1, bot="web:main", chat=chat, kind="reply", say=say, not_before=NOW, lease_until=lease)


async def test_a_parcel_becomes_one_entry_of_the_timeline_however_often_it_is_sent() -> None:
    notebook = Notebook()
    channel = WebChannel(notebook)
    assert await channel.send(parcel()) == await channel.send(parcel())
    assert list(notebook.entries.values()) == [TimelineEntry(outbox_id=7, chat="c1", text="Kính gửi", choices=CHOICES)]


async def test_the_clients_trouble_is_the_channels() -> None:
    with pytest.raises(Unreachable):
        await WebChannel(Notebook()).send(parcel(chat="gone"))


def test_buttons_stay_buttons() -> None:
    say = Say(text="Đề nghị xác nhận:", choices=CHOICES)
    assert WebChannel(Notebook()).fit(say) == [say]


def test_the_choices_of_an_endless_text_stand_under_its_last_piece() -> None:
    pieces = WebChannel(Notebook()).fit(Say(text="từ " * 15_000, choices=CHOICES))
    assert len(pieces) > 1
    assert [bool(piece.choices) for piece in pieces] == [False] * (len(pieces) - 1) + [True]


async def test_files_are_in_the_house_before_they_are_heard() -> None:
    with pytest.raises(Refused):
        [piece async for piece in WebChannel(Notebook()).fetch(FileRef(ref="x"))]
