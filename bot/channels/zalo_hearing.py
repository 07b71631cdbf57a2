"""What Zalo tells us, channel-neutral. Pure: a raw event in, a Heard out, and never an exception.

An event is `{event_name, message}`, bare or as the `result` of an envelope; polling, it comes alone or in a list.
Ids are known to one bot only, so everything is keyed by (bot, chat). https://bot.zapps.me/docs
"""

import re
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.channels.unreadable import reading, unreadable
from models.wire import FileRef, Heard

CHANNEL = "zalo"
Json = Mapping[str, Any]
SAME_ALBUM = timedelta(seconds=10)
"""Pictures of an album come one by one, each a message of its own: so near to each other they are one submission."""
REMEMBERED = 2_000
MILLISECONDS = 100_000_000_000
"""A time beyond it is in milliseconds, as described; below it in seconds."""


@dataclass(frozen=True, slots=True)
class Me:
    """The bot itself, as getMe tells."""

    id: str
    name: str = ""


@dataclass
class Albums:
    """By chat: the submission that its latest picture belongs to. What a restart forgets is confirmed apart."""

    latest: OrderedDict[str, tuple[str, datetime]] = field(default_factory=OrderedDict)

    def of(self, chat: str, message: str, caption: str, at: datetime) -> str:
        """A picture with words of its own begins a new one."""
        group, last = self.latest.pop(chat, ("", at - 2 * SAME_ALBUM))
        if caption or abs(at - last) > SAME_ALBUM:
            group = message
        self.latest[chat] = (group, at)
        if len(self.latest) > REMEMBERED:
            self.latest.popitem(last=False)
        return group


def events(answer: object) -> Iterator[Json]:
    """The events in what Zalo said: bare, in an envelope, alone or several."""
    if isinstance(answer, Mapping):
        if "event_name" in answer or "message" in answer:
            yield answer
        elif "result" in answer:
            yield from events(answer["result"])
    elif isinstance(answer, list):
        for one in answer:
            yield from events(one)


def heard(event: Json, me: Me, albums: Albums, at: datetime) -> Heard | None:
    """None: nothing was said to us. What cannot be read comes back with `unread`. `at` (wire time) stands in where Zalo
    gives no time."""
    return reading(lambda: _translated(event, me, albums, at), lambda why: _unreadable(event, me, at, why))


def _translated(event: Json, me: Me, albums: Albums, at: datetime) -> Heard | None:
    message = event.get("message")
    if not message:
        return None if event["event_name"] == "message.unsupported.received" else _unreadable(event, me, at, "empty")
    if (message.get("from") or {}).get("is_bot"):
        return None
    chat, message_id = message["chat"], str(message["message_id"])
    private = str(chat.get("chat_type") or chat.get("type") or "PRIVATE").upper() != "GROUP"
    sent_at = _moment(message.get("date"), at)
    said = _said(str(event["event_name"]), message)
    if not private:
        said = {"text": _without_name(str(message.get("text") or ""), me)}
    elif said.get("files"):
        said["group"] = albums.of(str(chat["id"]), message_id, said["text"], sent_at)
    return Heard(
        channel=CHANNEL,
        bot=me.id,
        external_id=message_id,
        message=message_id,
        chat=str(chat["id"]),
        private=private,
        write_at=f"https://zalo.me/{me.id}" if not private else None,
        sender=(message.get("from") or {}).get("display_name"),
        sent_at=sent_at,
        **said,
    )


def _said(event: str, message: Json) -> dict[str, Any]:
    if event == "message.text.received" or "text" in message:
        return {"text": str(message.get("text") or "")}
    if photo := message.get("photo_url") or message.get("photo"):
        file = FileRef(ref=str(photo), kind="photo", media_type="image/jpeg")
        return {"kind": "files", "text": str(message.get("caption") or ""), "files": (file,)}
    for name in ("sticker", "voice"):
        if f".{name}." in event or f"{name}_url" in message or name in message:
            return {"kind": "unsupported", "text": name}
    return {"kind": "unsupported", "text": "file"}


def _moment(date: object, at: datetime) -> datetime:
    if not isinstance(date, int | float) or isinstance(date, bool):
        return at.astimezone(UTC)
    return datetime.fromtimestamp(date / 1000 if date > MILLISECONDS else date, UTC)


def _without_name(words: str, me: Me) -> str:
    return re.sub(rf"@{re.escape(me.name)}\b[,:]?\s*", "", words, count=1) if me.name else words


def _unreadable(event: Json, me: Me, at: datetime, why: str) -> Heard:
    """At least its id and its chat, where they stand."""
    message = event.get("message")
    message = message if isinstance(message, Mapping) else {}
    chat = message.get("chat")
    chat = chat if isinstance(chat, Mapping) else {}
    number = message.get("message_id")
    return unreadable(
        dict(event),
        why,
        channel=CHANNEL,
        bot=me.id,
        at=at.astimezone(UTC),
        external_id=str(number) if number else None,
        chat=str(chat.get("id") or ""),
        private=str(chat.get("chat_type") or "PRIVATE").upper() != "GROUP",
    )
