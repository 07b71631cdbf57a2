"""Reads the agencies that an order is for: `STP, TTT`, `tất cả trừ STP`."""

import re

from bot.dialogue.orders.values import Whom
from bot.dialogue.reading.vocabulary import vocabulary
from bot.dialogue.values import Book

_EVERYBODY = re.compile(
    r"(?:cho |gui |giao |den )*(?:tat ca|toan bo|toan|ca|cac|all|moi)\b(?: cac| tat ca)*(?: don vi| khoi| cum)?"
    r"(?: co quan)?(?: thanh vien)?(?: trong khoi| trong cum| cua khoi)?"
    r"(?:[\s,]*(?:tru|ngoai tru|khong ke)\b(?P<but>.*))?[\s.,]*"
)
_ALL = frozenset({"tat ca", "all", "toan khoi", "toan cum", "ca khoi", "ca cum", "cac don vi", "moi don vi"})
_TO = re.compile(r"(?:\s|\b(?:cho|gui|giao|den|toi|cac don vi|don vi|gom)\b|[:\-])*")
_BETWEEN = re.compile(r"\s*(?:[,;&+/]|\bva\b)?\s*")


def whom_of(folded: str, book: Book) -> Whom | None:
    """The agencies that a text names and nothing else; None: it names none. `CA` is the police where a bloc has them,
    and else `cả`."""
    return _by_name(folded, book) or _everybody(folded, book)


def _everybody(folded: str, book: Book) -> Whom | None:
    found = _EVERYBODY.fullmatch(folded.strip())
    if found and (folded.split()[0] in ("tat", "all", "toan", "ca") or found["but"] or _is_all(folded)):
        return _all_but(found["but"] or "", book)
    return None


def _by_name(folded: str, book: Book) -> Whom | None:
    named: dict[int, int] = {}
    rest = folded[_end(_TO, folded) :].strip(" .")
    while rest:
        members, end = vocabulary(book).agency_at(rest)
        if not members:
            return None
        named |= {member.agency_id: member.bloc_id for member in members}
        rest = rest[end:][_end(_BETWEEN, rest[end:]) :].strip(" .,;")
    return Whom(agencies=tuple(named), blocs=frozenset(named.values())) if named else None


def _end(pattern: re.Pattern[str], text: str) -> int:
    found = pattern.match(text)
    return found.end() if found else 0


def _is_all(folded: str) -> bool:
    return " ".join(folded.split()).strip(" .,") in _ALL


def _all_but(folded: str, book: Book) -> Whom:
    if not folded.strip():
        return Whom(everybody=True)
    left_out = whom_of(folded, book)
    if left_out is None:
        return Whom(unknown=folded.strip())
    kept = [m for m in book.members if m.bloc_id in left_out.blocs and m.agency_id not in left_out.agencies]
    return Whom(agencies=tuple(member.agency_id for member in kept), blocs=left_out.blocs)
