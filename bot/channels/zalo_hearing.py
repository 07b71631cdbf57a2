"""What Zalo tells us, channel-neutral. Pure: a raw event in, a Heard out, and never an exception.

An event is `{event_name, message}`, bare or as the `result` of an envelope; polling, it comes alone or in a list.
Ids are known to one bot only, so everything is keyed by (bot, chat). https://bot.zapps.me/docs
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.channels.unreadable import reading, unreadable
from models.wire import IN_A_ROW, FileRef, Heard

CHANNEL = "zalo"
Json = Mapping[str, Any]
MILLISECONDS = 100_000_000_000
"""A time beyond it is in milliseconds, as described; below it in seconds."""


@dataclass(frozen=True, slots=True)
class Me:
    """The bot itself, as getMe tells."""

    id: str
    names: tuple[str, ...] = ()
    """What its mentions in a group may read, after the `@`."""


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


def heard(event: Json, me: Me, at: datetime) -> Heard | None:
    """None: nothing was said to us. What cannot be read comes back with `unread`. `at` (wire time) stands in where Zalo
    gives no time."""
    return reading(lambda: _translated(event, me, at), lambda why: _unreadable(event, me, at, why))


def _translated(event: Json, me: Me, at: datetime) -> Heard | None:
    message = event.get("message")
    name = str(event.get("event_name") or "")
    if not message:
        return None if "unsupported" in name else _unreadable(event, me, at, "no message")
    if (message.get("from") or {}).get("is_bot"):
        return None
    chat, message_id = message["chat"], _id(message, "message_id")
    private = str(chat.get("chat_type") or chat.get("type") or "PRIVATE").upper() != "GROUP"
    said = _said(name, message) if private else _said_to_us(message, me)
    if said is None:
        return None
    return Heard(
        channel=CHANNEL,
        bot=me.id,
        external_id=message_id,
        message=message_id,
        chat=_id(chat, "id"),
        private=private,
        write_at=f"https://zalo.me/{me.id}" if not private else None,
        sender=(message.get("from") or {}).get("display_name"),
        sent_at=_moment(message.get("date"), at),
        **said,
    )


def _id(owner: Json, field: str) -> str:
    """An id that is empty names nothing: what comes under it would be taken for one and the same. Raises KeyError and
    ValueError."""
    if owner[field] in (None, ""):
        raise ValueError(f"no {field}")
    return str(owner[field])


def _said(event: str, message: Json) -> dict[str, Any]:
    photo = message.get("photo_url") or message.get("photo")
    if event == "message.text.received" or (message.get("text") and not photo):
        return {"text": str(message.get("text") or "")}
    if photo:
        file = FileRef(ref=str(photo), kind="photo", media_type="image/jpeg")
        caption = str(message.get("caption") or message.get("text") or "")
        return {"kind": "files", "text": caption, "files": (file,), "group": IN_A_ROW}
    for name in ("sticker", "voice"):
        if f".{name}." in event or f"{name}_url" in message or name in message:
            return {"kind": "unsupported", "text": name}
    return {"kind": "unsupported", "text": "file"}


def _moment(date: object, at: datetime) -> datetime:
    if isinstance(date, str) and date.isdecimal():
        date = int(date)
    if not isinstance(date, int | float) or isinstance(date, bool):
        return at.astimezone(UTC)
    return datetime.fromtimestamp(date / 1000 if date > MILLISECONDS else date, UTC)


def _said_to_us(message: Json, me: Me) -> dict[str, Any] | None:
    """What is said in a group, without our name; None: it is not for us."""
    words = unicodedata.normalize("NFC", str(message.get("text") or message.get("caption") or ""))
    names = "|".join(re.escape(unicodedata.normalize("NFC", name)) for name in me.names if name)
    text, named = re.subn(rf"@(?:{names})(?!\w)[,:]?\s*", "", words, flags=re.IGNORECASE) if names else (words, 0)
    return {"text": text.strip()} if named or me.id in str(message.get("mentions") or "") else None


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
