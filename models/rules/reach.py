"""Who is told: which people of an agency get an obligation's messages, and at which of their chats."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

REMINDED = ("focal", "deputy_focal")
"""Roles with a ladder of reminders. Nobody writes to an agency's leader unasked."""
FULL_LADDER = ("focal", "stand_in")
"""Who gets every rung: the focal points, and the deputies of an agency none of whose focal points can be reached."""


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
    bot: str = ""
    """`channel:bot id`."""
    preferred: bool = False
    """On the channel on which the person wants to be written to."""


def holds(chat: Chat, day: date) -> bool:
    return chat.since <= day and (chat.until is None or day < chat.until)


def people(chats: Iterable[Chat], day: date) -> dict[int, dict[int, str]]:
    """Agency to its reachable people with the role that has the fuller ladder. Deputies stand in (`stand_in`) where no
    focal point can be reached."""
    reached: dict[int, dict[int, str]] = {}
    for chat in chats:
        if chat.role in REMINDED and holds(chat, day):
            roles = reached.setdefault(chat.agency_id, {})
            if roles.get(chat.person_id) != "focal":
                roles[chat.person_id] = chat.role
    for roles in reached.values():
        if "focal" not in roles.values():
            roles.update(dict.fromkeys(roles, "stand_in"))
    return reached


def covered(roles: Mapping[int, str], covers: Mapping[int, int]) -> dict[int, str]:
    """The people of an agency with those who are away (`covers`: person to who covers them) replaced on their role."""
    found = {person_id: role for person_id, role in roles.items() if person_id not in covers}
    for person_id, cover_id in covers.items():
        role = roles.get(person_id)
        if role is not None and found.get(cover_id) not in FULL_LADDER:
            found[cover_id] = role
    return found


def best_chats(chats: Iterable[Chat], day: date, out: Container[str] = ()) -> dict[int, Chat]:
    """Person to the chat on the preferred channel, else the one most recently heard, or most recently linked when
    none was; a chat of a bot that is `out` (down for hours, its quota used up) only when there is no other."""
    best: dict[int, Chat] = {}
    for chat in chats:
        if holds(chat, day):
            other = best.get(chat.person_id)
            if other is None or _preference(other, out) < _preference(chat, out):
                best[chat.person_id] = chat
    return best


def _preference(chat: Chat, out: Container[str]) -> tuple[bool, bool, datetime, int]:
    return chat.bot not in out, chat.preferred, chat.heard_at or chat.bound_at, chat.binding_id
