"""Making words fit a platform: cutting long texts where a reader would, and choices as numbered lines."""

import unicodedata
from collections.abc import Iterator

from models.wire import Say


def units(text: str) -> int:
    """Length in UTF-16 units, which is what platforms count."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def split(text: str, limit: int) -> list[str]:
    """Pieces of at most `limit` UTF-16 units, cut between paragraphs, lines or words; inside a word only when the
    word alone is longer. Blank space at a cut is dropped; a blank text has no pieces."""
    return list(_pieces(text.strip(), limit))


def numbered(say: Say) -> str:
    """The text with its choices as lines: `1. Đã gửi`."""
    return "\n".join([say.text, *(f"{choice.key}. {choice.label}" for choice in say.choices)])


def _pieces(text: str, limit: int) -> Iterator[str]:
    while units(text) > limit:
        cut = _cut(text, _room(text, limit))
        yield text[:cut].rstrip()
        text = text[cut:].lstrip()
    if text:
        yield text


def _room(text: str, limit: int) -> int:
    """How many characters fit into `limit` units."""
    used = 0
    for count, character in enumerate(text):
        used += 2 if ord(character) > 0xFFFF else 1
        if used > limit:
            return count
    return len(text)


def _cut(text: str, room: int) -> int:
    """Where to cut so that at most `room` characters stay: the best blank of the last half, else any, else the
    last place that does not tear a letter from its marks."""
    for mark in ("\n\n", "\n", " "):
        found = text.rfind(mark, room // 2, room + 1)
        if found > 0:
            return found
    found = max((at for at in range(1, room + 1) if text[at].isspace()), default=0)
    return found or _whole_letter(text, room)


def _whole_letter(text: str, room: int) -> int:
    cut = room
    while cut > 1 and (unicodedata.combining(text[cut]) or "\u200d" in text[cut - 1 : cut + 1]):
        cut -= 1
    return cut if cut > 1 else room
