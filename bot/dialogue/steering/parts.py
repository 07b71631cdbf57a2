"""Reads what is to be different in how a bloc is reminded: `bậc -5, 0, 2; ân hạn 1; tin 2/3; quan trọng K5`."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from bot.dialogue.steering.values import Changes

_NONE = "khong"
_RUNGS = r"(?P<rungs>khong|[+-]?\d{1,3}(?:[\s,]+[+-]?\d{1,3})*)(?: ngay(?: lam viec)?)?"
_NUMBER = r"(?:sau |moi )?(?P<number>khong|\d{1,3})(?: (?:ngay(?: lam viec)?|tin|lan))?"
_SPAN = r"\d{1,2}(?:[:h]\d{0,2})?\s*-\s*\d{1,2}(?:[:h]\d{0,2})?"
_LISTS = {
    "rungs": r"(?:cac )?bac(?: nhac)?",
    "report_rungs": r"bac bao cao",
    "important_rungs": r"bac (?:moc )?quan trong",
    "deputy_rungs": r"bac du phong",
}
_NUMBERS = {
    "every": r"(?:cach|lap lai)",
    "budget_important": r"tin (?:moc )?quan trong",
    "stop_after": r"dung",
    "notice_days": r"hien thi(?: truoc)?",
    "grace_days": r"an han",
    "deputy_after": r"(?:chuyen )?du phong",
    "desk_after": r"(?:bao )?giup viec",
    "leader_after": r"(?:gui )?lanh dao",
}
_BUDGETS = re.compile(r"tin (?P<before>\d{1,2})\s*/\s*(?P<after>\d{1,2})")
_HOURS = re.compile(rf"gio(?: gui| nhac)? (?P<spans>{_SPAN}(?:[\s,va]+{_SPAN})*)")
_IMPORTANT = re.compile(r"(?:moc )?quan trong (?P<codes>khong|k\d{1,4}(?:[\s,va]+k\d{1,4})*)")
Found = tuple[str, Any]
_Reader = tuple[re.Pattern[str], Callable[[re.Match[str]], Iterator[Found]]]


@dataclass(frozen=True, slots=True)
class Unclear:
    """A clause that cannot be taken, folded; `twice`: the part that it asks for once more, and differently."""

    clause: str
    twice: str | None = None


def changes(folded: str) -> Changes | Unclear:
    """What the clauses ask for, or the first one that cannot be taken."""
    found: dict[str, Any] = {}
    for clause in filter(None, (part.strip(" .!,") for part in folded.split(";"))):
        read = next((dict(take(match)) for how, take in _READERS if (match := how.fullmatch(clause))), None)
        if read is None:
            return Unclear(clause)
        if twice := next((part for part, value in read.items() if found.get(part, value) != value), None):
            return Unclear(clause, twice)
        found |= read
    sending, important = found.pop("sending", ()), found.pop("important", None)
    return Changes(tuple(found.items()), sending, important)


def _rungs(part: str) -> Callable[[re.Match[str]], Iterator[Found]]:
    def take(match: re.Match[str]) -> Iterator[Found]:
        yield part, [] if match["rungs"] == _NONE else [int(one) for one in re.findall(r"[+-]?\d+", match["rungs"])]

    return take


def _number(part: str) -> Callable[[re.Match[str]], Iterator[Found]]:
    def take(match: re.Match[str]) -> Iterator[Found]:
        yield part, 0 if match["number"] == _NONE else int(match["number"])

    return take


def _budgets(match: re.Match[str]) -> Iterator[Found]:
    yield "budget_before", int(match["before"])
    yield "budget_after", int(match["after"])


def _hours(match: re.Match[str]) -> Iterator[Found]:
    spans = (tuple(map(_hour, span.split("-"))) for span in re.findall(_SPAN, match["spans"]))
    yield "sending", tuple(spans)


def _hour(written: str) -> str:
    """`8h30` and `08:30` are both `08:30`."""
    hour, _, minute = written.strip().replace("h", ":").partition(":")
    return f"{int(hour):02d}:{int(minute or 0):02d}"


def _codes(match: re.Match[str]) -> Iterator[Found]:
    yield "important", tuple(f"K{int(number)}" for number in re.findall(r"\d+", match["codes"]))


_READERS: tuple[_Reader, ...] = (
    *((re.compile(rf"{words} {_RUNGS}"), _rungs(part)) for part, words in _LISTS.items()),
    *((re.compile(rf"{words} {_NUMBER}"), _number(part)) for part, words in _NUMBERS.items()),
    (_BUDGETS, _budgets),
    (_HOURS, _hours),
    (_IMPORTANT, _codes),
)
