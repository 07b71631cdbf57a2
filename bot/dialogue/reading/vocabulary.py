"""How the milestones and agencies of a book are named, prepared once for each book."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from bot.dialogue.reading.fold import fold
from bot.dialogue.values import Book, Entry, Member

_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4"}
_LEADING = ("bao cao nhanh", "bao cao", "ho so", "hoi nghi", "ban hanh", "van ban", "bien ban")
"""Words that many titles begin with: what follows them is what people say."""
_TOO_COMMON = frozenset({
    "bao cao", "ho so", "hoi nghi", "ban hanh", "ke hoach", "thi dua", "don vi", "ket qua", "noi dung", "cong van",
    "van ban", "phong trao", "bao cao ket qua", "de nghi", "khen thuong", "kiem tra", "ke hoach thi dua", "gui co quan",
})  # fmt: skip
_SHORTHAND = (("bao cao", "bc"), ("hoi nghi", "hn"), ("ke hoach", "kh"), ("ho so", "hs"), ("thi dua", "td"))


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A book as the reader needs it: by code, by title, by agency."""

    by_code: dict[int, tuple[Entry, ...]]
    by_title: dict[str, tuple[Entry, ...]]
    titles: re.Pattern[str] | None
    by_agency: dict[str, tuple[Member, ...]]

    def nearest(self, number: int) -> Entry | None:
        """The entry whose code is closest to a code that does not exist."""
        if not self.by_code:
            return None
        return self.by_code[min(self.by_code, key=lambda known: (abs(known - number), known))][0]

    def agency_at(self, folded: str) -> tuple[tuple[Member, ...], int]:
        """The agency that a text begins with, by its longest name, and where the name ends."""
        words = [match.end() for match in re.finditer(r"\S+", folded)]
        for end in reversed(words[:8]):
            name = folded[:end].strip(" :,.-")
            if members := self.by_agency.get(name):
                return members, end
        return (), 0


def vocabulary(book: Book) -> Vocabulary:
    """The book's vocabulary. Kept by identity first: hashing a book costs more than reading a message."""
    kept = _last_read.get(id(book))
    if kept is None or kept[0] is not book:
        if len(_last_read) > _KEPT:
            _last_read.clear()
        kept = _last_read[id(book)] = (book, _made(book))
    return kept[1]


_KEPT = 512
_last_read: "dict[int, tuple[Book, Vocabulary]]" = {}


@lru_cache(maxsize=_KEPT)
def _made(book: Book) -> Vocabulary:
    titles = _by_title(book.entries)
    longest_first = sorted(titles, key=len, reverse=True)
    alternatives = "|".join(map(re.escape, longest_first))
    return Vocabulary(
        by_code=_by_code(book.entries),
        by_title=titles,
        titles=re.compile(rf"(?<![\w/])(?:{alternatives})(?![\w/])") if alternatives else None,
        by_agency=_by_agency(book.members),
    )


def _by_code(entries: tuple[Entry, ...]) -> dict[int, tuple[Entry, ...]]:
    found: dict[int, list[Entry]] = defaultdict(list)
    for entry in entries:
        digits = entry.code.lstrip("Kk")
        if digits.isdigit():
            found[int(digits)].append(entry)
    return {number: tuple(same) for number, same in found.items()}


# --- titles -------------------------------------------------------------------------------------------------------


def _by_title(entries: tuple[Entry, ...]) -> dict[str, tuple[Entry, ...]]:
    found: dict[str, dict[int, Entry]] = defaultdict(dict)
    for entry in entries:
        for name in _names(entry):
            found[name][entry.milestone_id] = entry
    return {name: tuple(same.values()) for name, same in found.items()}


def _names(entry: Entry) -> Iterator[str]:
    said = {fold(alias) for alias in entry.aliases}
    title = fold(entry.title)
    first, *rest = (segment.strip() for segment in re.split(r"[,;(]", title))
    said |= {title, *_beginnings(first), *(segment for segment in rest if len(segment.split()) >= 3)}
    for name in said:
        arabic = _arabic(name)
        for plain in {name, arabic}:
            yield from (short for short in _shortened(plain) if short and short not in _TOO_COMMON)


def _beginnings(segment: str) -> Iterator[str]:
    """`bao cao so ket 6 thang`: itself, `so ket 6 thang`, `so ket`, `bao cao 6 thang`."""
    yield segment
    leading = next((lead for lead in _LEADING if segment.startswith(lead + " ")), "")
    words = segment.removeprefix(leading).split()
    yield from (" ".join(words[:n]) for n in range(2, len(words) + 1))
    if leading:
        yield from (f"{leading} {' '.join(words[:n])}" for n in range(2, len(words) + 1))
        yield f"bao cao {' '.join(words[-2:])}"


def _arabic(name: str) -> str:
    return re.sub(r"\bquy (iv|i{1,3})\b", lambda quarter: f"quy {_ROMAN[quarter[1]]}", name)


def _shortened(name: str) -> Iterator[str]:
    yield name
    short = name
    for long, abbreviation in _SHORTHAND:
        short = short.replace(long, abbreviation)
    if short != name and len(short.split()) > 1:
        yield short


# --- agencies -----------------------------------------------------------------------------------------------------

_OFFICE_SHORTHAND = (
    ("chi huy quan su", "chqs"),
    ("thi hanh an dan su", "thads"),
    ("thi hanh an dan su", "tha"),
    ("quan ly thi truong", "qltt"),
    ("kiem sat nhan dan", "ksnd"),
    ("vien kiem sat nhan dan", "vksnd"),
    ("vien kiem sat nhan dan", "vks"),
    ("toa an nhan dan", "tand"),
    ("cong an", "ca"),
)
_WEAK = ("tinh", "thanh pho", "cua tinh")


def _by_agency(members: tuple[Member, ...]) -> dict[str, tuple[Member, ...]]:
    """Shorts and names belong to whoever bears them; a part of a name only to the one agency that has it."""
    found: dict[str, dict[int, Member]] = defaultdict(dict)
    parts: dict[str, dict[int, Member]] = defaultdict(dict)
    for member in members:
        for name in _full_names(member):
            found[name][member.agency_id] = member
        for part in _parts_of_name(member):
            parts[part][member.agency_id] = member
    for part, same in parts.items():
        if part not in found and len({member.name for member in same.values()}) == 1:
            found[part] = same
    return {name: tuple(same.values()) for name, same in found.items()}


def _full_names(member: Member) -> Iterator[str]:
    name = fold(member.name)
    yield name
    yield fold(member.short)
    yield "".join(word[0] for word in name.split())
    for weak in _WEAK:
        yield name.removesuffix(" " + weak)


def _parts_of_name(member: Member) -> Iterator[str]:
    name = " ".join(word for word in fold(member.name).split() if word != "va")
    yield from _runs(name)
    for long, short in _OFFICE_SHORTHAND:
        if long in name:
            yield short
            yield from _runs(name.replace(long, short))


def _runs(name: str) -> Iterator[str]:
    """Every two or more words that follow each other."""
    words = name.split()
    for start in range(len(words)):
        yield from (" ".join(words[start:end]) for end in range(start + 2, len(words) + 1))
