"""Which tasks a text names, and what it says of each: `K7: 70, K9 xong, K12 …` is three parts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from bot.dialogue.intents import Answer, Part, Target
from bot.dialogue.reading import answers, numerals
from bot.dialogue.reading.vocabulary import Vocabulary, vocabulary
from bot.dialogue.values import Book

_CODE = re.compile(
    r"(?:(?<![a-z0-9/@])(?<!\d[.\-])k[.\-]?|(?:^|(?<=[,;\n] ))k )0{0,2}(?P<n>\d{1,3})"
    r"(?:-(?P<short>[a-z][a-z0-9]{1,11}))?(?:@(?P<slug>[a-z0-9\-]+))?"
    r"(?![\d%]|/\d|[.,]\d)(?=[^a-z]|$|xong|chua|da|roi|nhan|hen)"
)
_JOINT = re.compile(r"[\s,;&+/]*(?:va|voi|cung|hay|,)?[\s,;&+/]*")
_TRAILING = re.compile(r"[\s,;.\-–]+(?:(?:con|rieng|nhung|thi|va|voi|cung|the|con lai|con rieng|con thi)[\s,:]*)*$|"
                       r"\s+(?:(?:con|rieng|nhung|va|voi)[\s,:]*)+$")  # fmt: skip
_BOUNDARY = re.compile(r"[,;.\n](?!\d)|\b(?:con|nhung|rieng)\b")


@dataclass(frozen=True, slots=True)
class _Mention:
    start: int
    end: int
    target: Target


@dataclass(slots=True)
class _Group:
    """Mentions that share one answer, and the stretches of text that give it."""

    mentions: list[_Mention]
    before: tuple[int, int]
    after: tuple[int, int]


def parts_of(said: str, folded: str, book: Book, today: date) -> tuple[Part, ...]:
    """The parts of a text, empty when it names no task. `folded` has the length of `said`."""
    mentions = _mentions(folded, vocabulary(book))
    if not mentions:
        return ()
    reader = _Reader(said, folded, vocabulary(book), today)
    return tuple(part for group in _groups(mentions, folded) for part in reader.parts(group))


def first_target(folded: str, book: Book) -> Target | None:
    mentions = _mentions(folded, vocabulary(book))
    return mentions[0].target if mentions else None


# --- finding ------------------------------------------------------------------------------------------------------


def _mentions(folded: str, known: Vocabulary) -> list[_Mention]:
    text = numerals.without_letters(folded) if "/" in folded else folded
    if found := [_by_code(match, known) for match in _CODE.finditer(text)]:
        return found
    if known.titles is None or not any(map(str.isalpha, folded)):
        return []
    return list(_by_title(text, known))


def _by_code(match: re.Match[str], known: Vocabulary) -> _Mention:
    number = int(match["n"])
    entries = known.by_code.get(number, ())
    target = Target(f"K{number}", entries, match["short"], match["slug"], None if entries else known.nearest(number))
    return _Mention(match.start(), match.end(), target)


def _by_title(text: str, known: Vocabulary) -> Iterator[_Mention]:
    for match in known.titles.finditer(text) if known.titles else ():
        entries = known.by_title[match.group()]
        yield _Mention(match.start(), match.end(), Target(entries[0].title, entries))


# --- grouping -----------------------------------------------------------------------------------------------------


def _groups(mentions: list[_Mention], folded: str) -> list[_Group]:
    groups: list[_Group] = []
    for place, mention in enumerate(mentions):
        previous = groups[-1].mentions[-1] if groups else None
        end = mentions[place + 1].start if place + 1 < len(mentions) else len(folded)
        if previous and _JOINT.fullmatch(folded[previous.end : mention.start]):
            groups[-1].mentions.append(mention)
        elif previous and _inside_a_note(folded, previous, mention):
            groups[-1].after = (groups[-1].after[0], end)
            continue
        else:
            groups.append(_Group([mention], (0, mention.start if not groups else 0), (mention.end, end)))
        groups[-1].after = (mention.end, end)
    _answers_before_codes(groups, folded)
    return groups


_NOTE = re.compile(r"[\s:=\-]*(?:3[\s.:,)\-]|kho khan|vuong|kk\b)")


def _inside_a_note(folded: str, previous: _Mention, mention: _Mention) -> bool:
    """`K7 3 chờ K9 xong mới làm được`: the second code belongs to the note of the first."""
    between = folded[previous.end : mention.start]
    return bool(_NOTE.match(between)) and not re.search(r"[,;.\n]\s*(?:con |rieng )?$", between)


def _answers_before_codes(groups: list[_Group], folded: str) -> None:
    """`K7 xong, chưa xong K9`: when the last code has nothing behind it, the words before it are its own."""
    if len(groups) < 2 or folded[slice(*groups[-1].after)].strip(" .,;:!\n"):
        return
    start, end = groups[-2].after
    boundaries = list(_BOUNDARY.finditer(folded, start, end))
    if boundaries and folded[boundaries[-1].end() : end].strip(" ,;.:"):
        groups[-2].after = (start, boundaries[-1].start())
        groups[-1].before = (boundaries[-1].end(), end)


# --- reading ------------------------------------------------------------------------------------------------------


_ADDRESS = re.compile(
    r"(?:[\s,.:\-]|(?:da|vang|thua|kinh gui|bao cao|dong chi|d/c|anh|chi|em|toi|ben|don vi|minh|ok|chao|xin|nhiem vu|"
    r"muc|viec|ma|cho|truong khoi|khoi|xin phep|ve|voi|co quan|cua|noi dung)(?=[\s,.:\-]|$))*"
)


@dataclass(frozen=True, slots=True)
class _Reader:
    said: str
    folded: str
    known: Vocabulary
    today: date

    def parts(self, group: _Group) -> Iterator[Part]:
        answer = self._answer(group)
        for mention in group.mentions:
            yield Part(mention.target, answer)

    def _answer(self, group: _Group) -> Answer:
        start, end = group.after
        if end < len(self.folded) and (trailing := _TRAILING.search(self.folded, start, end)):
            end = trailing.start()
        tail = answers.read(self.said[start:end], self.folded[start:end], self.today)
        lead = slice(*group.before)
        if self._only_an_address(self.folded[lead].strip()) and tail.kind != "unclear":
            return tail
        both = slice(lead.start, lead.stop), slice(start, end)
        said, folded = (" ".join(text[one].strip() for one in both) for text in (self.said, self.folded))
        return answers.read(said, folded, self.today)

    def _only_an_address(self, lead: str) -> bool:
        rest = lead[_address(lead) :]
        members, end = self.known.agency_at(rest) if rest else ((), 0)
        return _address(rest[end:] if members else rest) == len(rest) - (end if members else 0)


def _address(text: str) -> int:
    found = _ADDRESS.match(text)
    return found.end() if found else 0
