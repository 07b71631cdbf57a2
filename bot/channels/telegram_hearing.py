"""What a Telegram update says, channel-neutral. Pure: a raw update in, a Heard out, and never an exception.

Updates are read as JSON, not as PTB's objects: one field of a kind that this version does not know would spoil the
whole batch. https://core.telegram.org/bots/api#update
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from bot.channels.unreadable import reading, unreadable
from models.wire import FileRef, Heard

CHANNEL = "telegram"
ALLOWED = ("message", "edited_message", "callback_query", "my_chat_member")

Json = Mapping[str, Any]
FileKind = Literal["photo", "document", "video", "audio", "voice"]

FILES: dict[str, FileKind] = {
    "document": "document",
    "video": "video",
    "audio": "audio",
    "video_note": "video",
}
"""An animation comes with its document, a live photo with its photo. A voice note is no file: it is talk that we do
not hear; a recording that is to prove something is sent as a file."""

UNSUPPORTED = (
    "sticker", "voice", "contact", "venue", "location", "poll", "dice", "game", "story", "checklist", "paid_media",
    "invoice", "giveaway", "gift", "unique_gift", "web_app_data", "users_shared", "chat_shared", "passport_data",
    "successful_payment",
)  # fmt: skip
"""Said by a person, of no use here; a venue also has a location."""

NOTICES = frozenset(
    {
        "new_chat_members", "left_chat_member", "chat_owner_left", "chat_owner_changed", "new_chat_title",
        "new_chat_photo", "delete_chat_photo", "group_chat_created", "supergroup_chat_created",
        "channel_chat_created", "message_auto_delete_timer_changed", "migrate_to_chat_id", "migrate_from_chat_id",
        "pinned_message", "connected_website", "write_access_allowed", "proximity_alert_triggered", "boost_added",
        "chat_background_set", "forum_topic_created", "forum_topic_edited", "forum_topic_closed",
        "forum_topic_reopened", "general_forum_topic_hidden", "general_forum_topic_unhidden",
        "video_chat_scheduled", "video_chat_started", "video_chat_ended", "video_chat_participants_invited",
    }
)  # fmt: skip
"""What Telegram itself writes into a chat: nobody waits for an answer."""

COMMAND = re.compile(r"/([A-Za-z0-9_]+)(?:@(\w+))?(?=\s|$)")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Me:
    """The bot itself: whom a group addresses. `commands` are its own, without the slash. Without a user name nobody
    can address it by name."""

    id: int
    username: str
    commands: frozenset[str] = frozenset({"start"})


def heard(update: Json, bot: Me, at: datetime) -> Heard | None:
    """None: nothing was said to us. What cannot be read comes back with `unread`. `at` (wire time) stands in where
    Telegram gives no time: on taps."""
    return reading(lambda: _translated(update, bot, at), lambda why: _unreadable(update, bot, at, why))


def _translated(update: Json, bot: Me, at: datetime) -> Heard | None:
    if "message" in update:
        return _message(update, update["message"], bot)
    if "edited_message" in update:
        return _message(update, update["edited_message"], bot, edited=True)
    if "callback_query" in update:
        return _tap(update, update["callback_query"], bot, at)
    if "my_chat_member" in update:
        return _membership(update, update["my_chat_member"], bot)
    return _unreadable(update, bot, at, "an update of a kind that was not asked for")


def _message(update: Json, message: Json, bot: Me, edited: bool = False) -> Heard | None:
    if "migrate_to_chat_id" in message:
        return _moved(update, message, bot)
    private = message["chat"]["type"] == "private"
    words = _clean(message.get("text") or message.get("caption") or "")
    if not message.keys().isdisjoint(NOTICES) or not (private or _addressed(message, words, bot)):
        return None
    said = _said(message, words if private else _without_name(words, bot), bot)
    return _heard(
        update,
        message["chat"],
        bot,
        **said,
        group=message.get("media_group_id"),
        message=_id(message),
        reply_to=_id(message.get("reply_to_message")),
        edited=edited,
        forwarded="forward_origin" in message,
        sender=_name(message.get("from") or message.get("sender_chat")),
        sent_at=_moment(message.get("edit_date") if edited else message["date"]),
    )


def _moved(update: Json, message: Json, bot: Me) -> Heard:
    """The group has become a large one, under another id."""
    new = str(message["migrate_to_chat_id"])
    return _heard(update, message["chat"], bot, kind="moved", text=new, sent_at=_moment(message["date"]))


def _said(message: Json, words: str, bot: Me) -> dict[str, Any]:
    if file := _file(message):
        in_group = message["chat"]["type"] != "private"
        return {"text": words} if in_group else {"kind": "files", "text": words, "files": (file,)}
    if "text" not in message:
        return {"kind": "unsupported", "text": _name_of_unsupported(message)}
    command = COMMAND.match(words)
    if not command:
        return {"text": words}
    rest = words[command.end() :]
    if command[1].lower() == "start":
        return {"kind": "start", "text": rest.strip()}
    return {"text": f"/{command[1]}{rest}" if _ours(command[2], bot) else words}


def _file(message: Json) -> FileRef | None:
    if message.get("photo"):
        largest = max(message["photo"], key=lambda size: (size.get("width", 0), size.get("file_size", 0)))
        return FileRef(ref=largest["file_id"], kind="photo", size=largest.get("file_size"), media_type="image/jpeg")
    for field, kind in FILES.items():
        if found := message.get(field):
            return FileRef(
                ref=found["file_id"],
                kind=kind,
                name=_clean(found["file_name"]) if "file_name" in found else None,
                size=found.get("file_size"),
                media_type=found.get("mime_type"),
            )
    return None


def _name_of_unsupported(message: Json) -> str:
    return next((name for name in UNSUPPORTED if name in message), "unknown")


def _tap(update: Json, query: Json, bot: Me, at: datetime) -> Heard:
    """A tap on an old message has no more than that message's chat and id. One on nothing at all still has its sender,
    whose private chat bears the same id: nobody taps in another's."""
    message, own = query.get("message"), {"id": query["from"]["id"], "type": "private"}
    chat = message["chat"] if message and message["chat"]["type"] != "private" else own
    said = (
        {"kind": "tap", "text": _clean(query["data"])} if "data" in query else {"kind": "unsupported", "text": "game"}
    )
    return _heard(
        update, chat, bot, **said, reply_to=_id(message), sender=_name(query["from"]), sent_at=at.astimezone(UTC)
    )


def _membership(update: Json, change: Json, bot: Me) -> Heard | None:
    inside = _inside(change["new_chat_member"])
    if "old_chat_member" in change and _inside(change["old_chat_member"]) == inside:
        return None
    return _heard(
        update,
        change["chat"],
        bot,
        kind="unblocked" if inside else "blocked",
        sender=_name(change.get("from")),
        sent_at=_moment(change["date"]),
    )


def _inside(member: Json) -> bool:
    if member["status"] == "restricted":
        return bool(member.get("is_member"))
    return member["status"] not in ("left", "kicked")


def _unreadable(update: Json, bot: Me, at: datetime, why: str) -> Heard:
    """What can be had of an update that is not as described: at least its id and, where one stands, its chat."""
    content = next((value for key, value in update.items() if key != "update_id"), None)
    chat = _chat_of(content)
    return unreadable(
        update,
        why,
        channel=CHANNEL,
        bot=str(bot.id),
        at=at.astimezone(UTC),
        external_id=str(update["update_id"]),
        chat=str(chat.get("id", "")),
        private=chat.get("type", "private") == "private",
    )


def _chat_of(content: object) -> Json:
    for path in (("chat",), ("message", "chat"), ("from",)):
        found = content
        for step in path:
            found = found.get(step) if isinstance(found, Mapping) else None
        if isinstance(found, Mapping) and isinstance(found.get("id"), int):
            return found
    return {}


def _heard(update: Json, chat: Json, bot: Me, **fields: Any) -> Heard:
    return Heard(
        channel=CHANNEL,
        bot=str(bot.id),
        external_id=str(update["update_id"]),
        chat=str(chat["id"]),
        private=chat["type"] == "private",
        write_at=f"https://t.me/{bot.username}" if chat["type"] != "private" and bot.username else None,
        **fields,
    )


# --- groups -------------------------------------------------------------------------------------------------------


def _addressed(message: Json, words: str, bot: Me) -> bool:
    """By name, by one of our commands, or as the answer to something we said."""
    command = COMMAND.match(words)
    if command and _ours(command[2], bot) and (command[2] or command[1].lower() in bot.commands):
        return True
    replied = message.get("reply_to_message") or {}
    return bool(_mention(bot).search(words)) or (replied.get("from") or {}).get("id") == bot.id


def _ours(name: str | None, bot: Me) -> bool:
    return name is None or name.lower() == bot.username.lower()


NOBODY = re.compile(r"(?!)")


def _mention(bot: Me) -> re.Pattern[str]:
    if not bot.username:
        return NOBODY
    return re.compile(rf"(?<![\w@/])@{re.escape(bot.username)}\b[,:]?\s*", re.IGNORECASE)


def _without_name(words: str, bot: Me) -> str:
    return _mention(bot).sub("", words, count=1)


# --- small readings -----------------------------------------------------------------------------------------------


def _id(message: Json | None) -> str | None:
    return str(message["message_id"]) if message else None


def _name(who: Json | None) -> str | None:
    if not who:
        return None
    parts = (who.get("first_name"), who.get("last_name"), who.get("title"))
    return _clean(" ".join(part for part in parts if part)) or None


def _clean(words: str) -> str:
    """Without what no database takes: halves of letters and zero bytes."""
    return words.encode("utf-8", "replace").decode().replace("\0", "")


def _moment(seconds: Any) -> datetime:
    return EPOCH + timedelta(seconds=seconds)
