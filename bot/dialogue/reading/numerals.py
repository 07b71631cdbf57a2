"""Numbers that are not figures: letter numbers, receipts, telephone numbers, times of day. Found first and taken out
of the text, so that nobody reads them as a value or a date."""

import re
from dataclasses import dataclass

_SIGN = r"(?:/\d{4})?/[a-z][a-z0-9.&]*(?:[-/][a-z0-9&]+)*"
_NUMBER_AND_SIGN = re.compile(rf"(?<![\w/])(?:so\s*:?\s*)?(?P<letter>\d{{1,6}}\s?{_SIGN})")
_NAMED_NUMBER = re.compile(
    r"\b(?:cong van|cv|to trinh|ttr|van ban|vb|bao cao so|bc so|ke hoach so|so hieu|so)\s*(?:so)?\s*:?\s*"
    r"(?P<letter>(?!0+\b)\d{1,6})(?![\d/\-.,]*\d|\s*%|\s*(?:thang|nam|ngay(?!\s*\d)|quy|don vi|ho so|nguoi|vu)\b)"
)
_PART = re.compile(
    r"\b(?:quy|phu luc|muc|dieu|khoan|khoi|cum|phan|bieu|mau|to|doi|lan|dot)\s(?:so\s)?"
    r"(?P<letter>\d{1,3}(?:\.\d{1,3})*)\b(?![.,\d]*\s?[%/])"
)
_RECEIPT = re.compile(r"\bbn\s?-?\s?(?P<id>\d{1,9})\b")
_ELSE = re.compile(
    r"(?<![\w/])(?:\+?84|0)(?:[\s.\-]?\d){8,10}(?!\d)"  # a telephone number
    r"|\b\d{1,2}\s?(?:h|g|gio)\s?(?:\d{2}\b|ruoi\b|)(?!\w)|\b\d{1,2}:\d{2}\b"  # a time of day
    r"|\bnam\s20\d\d\b"
)


@dataclass(frozen=True, slots=True)
class Letter:
    start: int
    end: int
    """Where its number stands in the text."""
    named: bool
    """Called a letter by a word before it, not by its sign."""


def letter_in(folded: str) -> Letter | None:
    """The first letter number: `145/BC-CTHADS`, `công văn số 145`."""
    found = _NUMBER_AND_SIGN.search(folded)
    named = None if found else _NAMED_NUMBER.search(folded)
    if named and named.group().startswith("so") and len(named["letter"]) == 1:
        named = None  # `số 1` is a choice rather than a letter
    match = found or named
    return Letter(match.start("letter"), match.end("letter"), named is not None) if match else None


def receipts_in(folded: str) -> tuple[int, ...]:
    return tuple(int(match["id"]) for match in _RECEIPT.finditer(folded))


def without(folded: str) -> str:
    """The text with every number that is not a figure blanked out; the length stays."""
    if not any(map(str.isdigit, folded)):
        return folded
    for pattern in (_NUMBER_AND_SIGN, _RECEIPT, _ELSE):
        folded = pattern.sub(_blank, folded)
    return _PART.sub(_blank_number, _NAMED_NUMBER.sub(_blank_number, folded))


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group())


def _blank_number(match: re.Match[str]) -> str:
    """The word stays (`cong van`, `phan`), its number goes."""
    said = match.group()
    return said[: match.start("letter") - match.start()].ljust(len(said))


def without_letters(folded: str) -> str:
    """The text without letter numbers and receipts; the length stays."""
    return _RECEIPT.sub(_blank, _NUMBER_AND_SIGN.sub(_blank, folded))
