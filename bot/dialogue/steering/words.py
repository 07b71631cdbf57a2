"""Reads how the head and its desk steer the reminders: `/mucnhac`, `công văn STP`, `gửi lãnh đạo K5-STP`."""

import re
from collections.abc import Sequence

from bot.dialogue.orders.values import Named
from bot.dialogue.reading import mentions
from bot.dialogue.reading.fold import fold
from bot.dialogue.reading.vocabulary import vocabulary
from bot.dialogue.steering import parts
from bot.dialogue.steering.values import Firmness, Letter, Steering, ToLeader
from bot.dialogue.values import Book, Place
from models.rules.policy import NAMES

_FIRMNESS = re.compile(r"\s*/?(?:mucnhac|muc nhac)(?: viec| nho)?\b[\s:,]*(?P<rest>.*)", re.DOTALL)
_LETTER = re.compile(
    r"\s*(?P<sure>/congvan|/?(?:soan |du thao |lam )*cong van don doc|/?(?:soan |du thao )*cong van)\b"
    r"[\s:,]*(?:(?:gui|cho|toi|den)\s+)*(?P<rest>.*)",
    re.DOTALL,
)
_OF_TASK = re.compile(r"k ?\d{1,4}\s?-\s?(?P<short>\w{1,20})[\s.!]*")
_NOTHING_MORE = re.compile(r"[\s.!]*(?:k ?\d{1,4}[\s.!]*)?")
"""An agency's letter is about all that is overdue, whichever task was named with it."""
_LEADER = re.compile(r"\s*/?(?P<no>khong\s+)?gui (?:tin )?(?:toi |cho |den )?lanh dao\b(?P<rest>.*)", re.DOTALL)
_LEVELS = {fold(name): level for name, level in NAMES.items()}


def steering(said: str, folded: str, book: Book, places: Sequence[Place]) -> Steering | None:
    """What a text decides; None: it decides nothing of the kind. `said` and `folded` have the same length."""
    if found := _FIRMNESS.fullmatch(folded):
        return _firmness(said, folded, found["rest"], places)
    if found := _LEADER.fullmatch(folded):
        return ToLeader(yes=not found["no"], named=_named(found["rest"], book))
    if found := _LETTER.fullmatch(folded):
        return _letter(found, book)
    return None


def _firmness(said: str, folded: str, rest: str, places: Sequence[Place]) -> Firmness:
    slug = next((place.slug for place in places if place.slug in rest), None)
    words = " ".join((rest.replace(slug, " ") if slug else rest).split()).strip(" .!")
    first, _, others = words.partition(";")
    level = _LEVELS.get(first.strip())
    found = parts.changes(others if level else words)
    if isinstance(found, parts.Unclear):
        return Firmness(level, _as_typed(found.clause, said, folded), slug=slug, twice=found.twice)
    return Firmness(level, slug=slug, changes=found)


def _as_typed(clause: str, said: str, folded: str) -> str:
    """With its diacritics."""
    at = folded.find(clause)
    return said[at : at + len(clause)] if at >= 0 else clause


def _letter(found: re.Match[str], book: Book) -> Letter | None:
    """Only with an agency and nothing else: `công văn 145/BC-STP` is an answer."""
    task = _OF_TASK.fullmatch(found["rest"])
    rest = task["short"] if task else found["rest"]
    members, end = vocabulary(book).agency_at(rest)
    if len(members) == 1 and _NOTHING_MORE.fullmatch(rest[end:]):
        return Letter(members[0].agency_id, members[0].bloc_id)
    asked = found["sure"].startswith("/") or found["sure"].endswith("don doc")
    return Letter() if asked else None


def _named(rest: str, book: Book) -> Named | None:
    target = mentions.first_target(rest, book)
    if target is None:
        return None
    return Named(target.code, tuple((entry.bloc_id, entry.milestone_id) for entry in target.entries), target.short)
