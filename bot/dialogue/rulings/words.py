"""Reads what the head and its desk say of what was sent: `/duyet`, `xác nhận K5-STP`, `bổ sung K5-STP …`,
`K7-STP miễn …`, `đồng ý gia hạn K5-STP`; and an agency's `đã gửi rồi sao còn nhắc`."""

import re

from bot.dialogue.orders.values import Named
from bot.dialogue.orders.whom import whom_of
from bot.dialogue.phrases.rulings import FIRST_FILE, PRESETS
from bot.dialogue.reading import mentions, words
from bot.dialogue.rulings.values import (
    EXTENSION,
    REASON,
    REVIEW,
    Confirm,
    DecideExtension,
    Inspect,
    Return,
    Ruling,
    Waive,
    WhyStill,
    WriteTo,
)
from bot.dialogue.values import Book, Question

_INSPECT = re.compile(
    r"\s*/?(?:duyet|duyet bao cao|cho xac nhan|can xac nhan|viec cho xac nhan)(?P<next> tiep)?[\s.!?]*"
)
_EVERYTHING = re.compile(r"\s*/?(?:xac nhan|duyet)\s+(?:het|tat ca|toan bo)[\s.!]*")
_ONE = r"k ?\d{1,4}(?:\s?-\s?\w{1,20})?"
_CONFIRM = re.compile(
    rf"\s*/?(?:xac nhan|duyet)\s+(?P<code>{_ONE})(?P<more>(?:(?:\s*[,;]\s*|\s+va\s+|\s+){_ONE})*)[\s.!]*"
)
_CONFIRM_AGENCY = re.compile(r"\s*/?(?:xac nhan|duyet)\s+(?P<rest>.{1,200})", re.DOTALL)
_RETURN = re.compile(
    r"\s*/?(?:de nghi\s+)?(?:bo sung|tra lai)\s+(?P<code>k ?\d{1,4}(?:\s?-\s?\w{1,20}|\b))(?P<rest>.*)", re.DOTALL
)
_WAIVE = re.compile(
    r"\s*(?:(?P<code>k ?\d{1,4}(?:\s?-\s?\w{1,20})?)\s+mien|/?mien\s+(?P<after>k ?\d{1,4}(?:\s?-\s?\w{1,20})?))\b"
    r"(?P<rest>.*)",
    re.DOTALL,
)
_EXTENSION = re.compile(
    r"\s*/?(?P<no>khong\s+)?(?:dong y|cho|chap thuan)\s+gia han\s+"
    r"(?P<code>k ?\d{1,4}(?:\s?-\s?\w{1,20}|\b))(?P<rest>.*)",
    re.DOTALL,
)
_BARE = re.compile(
    r"\s*/?(?:(?P<confirm>xac nhan)|(?P<add>(?:de nghi )?bo sung)|(?P<no>khong )?(?:dong y|chap thuan) gia han)[\s.!]*"
)
_WRITE_TO = re.compile(r"\s*/?tra loi\s+(?P<code>k ?\d{1,4}(?:\s?-\s?\w{1,20}|\b))(?P<rest>.*)", re.DOTALL)
_WHY_STILL = re.compile(
    r".*\b(?:(?:da|co) (?:gui|nop|bao cao|lam|xong|hoan thanh)|(?:gui|nop|bao cao|lam|xong) roi)\b.*\b(?:sao|ma)\b.*"
    r"\b(?:nhac|giuc|doi)\b.*"
    r"|.*\bsao\b.*\b(?:con|van|lai|cu)\b.*\bnhac\b.*",
    re.DOTALL,
)
_EDGES = " \t\n.,;:-–"


def ruling(said: str, folded: str, book: Book, question: Question | None) -> Ruling | None:
    """What a text rules; `said` and `folded` have the same length. None: nothing of the kind."""
    if question and question.kind == REVIEW and (found := _to_the_review(folded)):
        return found
    for pattern, read in _READERS:
        if (match := pattern.fullmatch(folded)) and (found := read(match, said, book)):
            return found
    if question and question.kind == EXTENSION:
        return _to_the_extension(said, folded)
    if question and question.kind == REASON:
        return _reason(said, folded)
    return None


def opened(folded: str, question: Question | None) -> int | None:
    """The receipt of the file that a number opens while a submission is looked at."""
    said = folded.strip(_EDGES)
    if question is None or question.kind != REVIEW or not re.fullmatch(r"\d", said):
        return None
    receipts = question.pending.get("files", ())
    place = int(said) - FIRST_FILE
    return int(receipts[place].removeprefix("BN-")) if 0 <= place < len(receipts) else None


def why_still(folded: str, book: Book) -> WhyStill | None:
    return WhyStill(_named(folded, book)) if _WHY_STILL.fullmatch(folded) else None


def _to_the_review(folded: str) -> Ruling | None:
    match folded.strip(_EDGES):
        case "1" | "xac nhan" | "dong y":
            return Confirm()
        case "2" | "bo sung" | "de nghi bo sung":
            return Return()
        case "3" | "de sau" | "bo qua" | "tiep":
            return Inspect(later=True)
    return None


_DECIDED = re.compile(r"\s*(?:(?P<yes>1|dong y|nhat tri)|2|khong dong y|chua dong y)(?=\W|$)(?P<rest>.*)", re.DOTALL)


def _to_the_extension(said: str, folded: str) -> Ruling | None:
    """`1`, `không đồng ý, khối đã thống nhất thời hạn`."""
    found = _DECIDED.fullmatch(folded)
    return DecideExtension(bool(found["yes"]), None, _rest(found, said)) if found else None


_NOT_NOW = re.compile(r"(?:de sau|bo qua|quay lai|tro lai|thoi|khoan|huy|khong bo sung)(?: da| nua| nhe| a)*")
_POLITE = re.compile(r"(?:xin |da )*(?:cam on|chao|hello|alo)\b.{0,40}")


def _reason(said: str, folded: str) -> Ruling | None:
    """One of the presets by its number, or what was typed."""
    typed = folded.strip(_EDGES)
    if typed.isdigit():
        number = int(typed)
        return Inspect() if number == 0 else Return(reason=PRESETS[number - 1]) if number <= len(PRESETS) else Return()
    if words.yes_or_no(folded) is False or _NOT_NOW.fullmatch(typed):
        return Inspect()
    if words.yes_or_no(folded) or folded.rstrip().endswith("?"):
        return Return()
    if len(typed) < 4 or folded.startswith("/") or _POLITE.fullmatch(typed):
        return None
    return Return(reason=said.strip())


def _named(text: str, book: Book) -> Named | None:
    target = mentions.first_target(text, book)
    if target is None:
        return None
    return Named(target.code, tuple((entry.bloc_id, entry.milestone_id) for entry in target.entries), target.short)


def _rest(match: re.Match[str], said: str) -> str | None:
    return said[match.start("rest") :].strip(_EDGES) or None


def _inspect(match: re.Match[str], said: str, book: Book) -> Ruling:
    return Inspect(later=bool(match["next"]))


def _everything(match: re.Match[str], said: str, book: Book) -> Ruling:
    return Confirm(everything=True)


def _confirm(match: re.Match[str], said: str, book: Book) -> Ruling:
    codes = (match["code"], *re.findall(_ONE, match["more"]))
    return Confirm(tuple(named for code in codes if (named := _named(code, book))))


def _confirm_agency(match: re.Match[str], said: str, book: Book) -> Ruling | None:
    whom = whom_of(match["rest"], book)
    return Confirm(agencies=whom.agencies) if whom and whom.agencies else None


def _return(match: re.Match[str], said: str, book: Book) -> Ruling:
    return Return(_named(match["code"], book), _rest(match, said))


def _waive(match: re.Match[str], said: str, book: Book) -> Ruling:
    return Waive(_named(match["code"] or match["after"], book), _rest(match, said) or "")


def _extension(match: re.Match[str], said: str, book: Book) -> Ruling:
    return DecideExtension(not match["no"], _named(match["code"], book), _rest(match, said))


def _bare(match: re.Match[str], said: str, book: Book) -> Ruling:
    """The verb alone: of what is asked about, else it is asked of what."""
    if match["confirm"]:
        return Confirm()
    return Return() if match["add"] else DecideExtension(not match["no"], None)


def _write_to(match: re.Match[str], said: str, book: Book) -> Ruling:
    return WriteTo(_named(match["code"], book), _rest(match, said) or "")


_READERS = (
    (_WRITE_TO, _write_to),
    (_INSPECT, _inspect),
    (_EVERYTHING, _everything),
    (_CONFIRM, _confirm),
    (_CONFIRM_AGENCY, _confirm_agency),
    (_RETURN, _return),
    (_WAIVE, _waive),
    (_EXTENSION, _extension),
    (_BARE, _bare),
)
