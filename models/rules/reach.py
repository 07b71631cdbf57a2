"""Who is told: which people of an agency get an obligation's messages, and at which of their chats."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

REMINDED = ("focal", "deputy_focal")
"""Roles with a ladder of reminders. Nobody writes to an agency's leader unasked."""


@dataclass(frozen=True, slots=True)
class Chat:
    """One open chat of a person who holds a post."""

    person_id: int
    agency_id: int
    role: str
    binding_id: int
    """Post and chat in one."""
    since: date
    until: date | None
    """The first day on which the post is no longer held."""
    heard_at: datetime | None
    bound_at: datetime


def holds(chat: Chat, day: date) -> bool:
    return chat.since <= day and (chat.until is None or day < chat.until)


def people(chats: Iterable[Chat], day: date) -> dict[int, dict[int, str]]:
    """Agency to its reachable people with the role that has the fuller ladder."""
    reached: dict[int, dict[int, str]] = {}
    for chat in chats:
        if chat.role in REMINDED and holds(chat, day):
            roles = reached.setdefault(chat.agency_id, {})
            if roles.get(chat.person_id) != "focal":
                roles[chat.person_id] = chat.role
    return reached


def best_chats(chats: Iterable[Chat], day: date) -> dict[int, Chat]:
    """Person to the chat most recently heard, or most recently linked when none was."""
    best: dict[int, Chat] = {}
    for chat in chats:
        if holds(chat, day) and (chat.person_id not in best or _freshness(best[chat.person_id]) < _freshness(chat)):
            best[chat.person_id] = chat
    return best


def _freshness(chat: Chat) -> tuple[datetime, int]:
    return chat.heard_at or chat.bound_at, chat.binding_id
