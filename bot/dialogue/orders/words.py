"""Reads what the head and its desk order: `/giaoviec`, `/doihan`, `/thongbao`, `/nhac`, `tạm dừng`, `/baocao`."""

import re
from dataclasses import dataclass, replace
from datetime import date

from bot.dialogue.intents import Target
from bot.dialogue.orders import hours
from bot.dialogue.orders.values import (
    AboutBroadcast,
    Announce,
    Assign,
    Completion,
    Due,
    Named,
    Nudge,
    Order,
    Pause,
    Redate,
    Report,
    Resume,
    Seen,
    Whom,
    Withdraw,
)
from bot.dialogue.orders.whom import whom_of
from bot.dialogue.reading import mentions
from bot.dialogue.reading.fold import fold
from bot.dialogue.values import Book, Question
from models.rules.rhythm import Rhythm

PART = "order_part"
"""The kind of question that asks for a missing part of an order."""
ANNOUNCED = "announced"
"""The kind of question that a broadcast leaves behind."""


@dataclass(frozen=True, slots=True)
class _Text:
    """What was typed; both of the same length."""

    said: str
    folded: str
    book: Book
    today: date

    def after(self, start: int) -> "_Text":
        return replace(self, said=self.said[start:], folded=self.folded[start:])

    def between(self, start: int, end: int) -> "_Text":
        return replace(self, said=self.said[start:end], folded=self.folded[start:end])


def order(said: str, folded: str, book: Book, today: date, question: Question | None) -> Order | None:
    """The order that a text is; None: it is none."""
    text = _Text(said, folded, book, today)
    if question and question.kind == ANNOUNCED and (seen := _seen_here(folded, question)):
        return seen
    for pattern, read in _VERBS:
        if found := pattern.match(folded):
            return read(text.after(found.end()), found)
    return _completion(text, question) if question and question.kind == PART else None


# --- giao việc ----------------------------------------------------------------------------------------------------

_HAS_DUE = re.compile(
    r"(?:^|[\s,.(]+)(?:thoi han|han(?: gui| nop| chot| cuoi)?|truoc|cham nhat|xong truoc)\b[\s:]*(?=\d|ngay|thu|cuoi|"
    r"chieu|sang|mai|hom|luc)"
)


def _assign(text: _Text, found: re.Match[str]) -> Assign:
    """Agencies and nothing else before the first colon are whom it is for, as in a broadcast."""
    colon = next(_HEAD_ENDS.finditer(text.folded[:_HEAD_LIMIT]), None)
    whom = whom_of(text.folded[: colon.start()], text.book) if colon and colon.start() else None
    order = _assign_to_all(text.after(colon.end())) if colon and whom else _assign_to_all(text)
    return replace(order, whom=whom) if whom and order.whom is None else order


def _assign_to_all(text: _Text) -> Assign:
    pieces = list(_pieces(text))
    if len(pieces) == 1:
        return _assign_in_one(pieces[0])
    order = Assign()
    words: list[str] = []
    for piece in pieces:
        if order.due is None and words and (due := hours.only(piece.folded, piece.today)):
            order = replace(order, due=due)
        elif order.whom is None and words and (whom := whom_of(piece.folded, piece.book)):
            order = replace(order, whom=whom)
        elif piece.said.strip():
            words.append(piece.said.strip())
    if order.whom is None and order.due and len(words) > 1:
        order = replace(order, whom=Whom(unknown=words.pop()))
    return replace(order, text="; ".join(words))


def _pieces(text: _Text) -> "list[_Text]":
    pieces, start = [], 0
    for cut in (*re.finditer(r"[;\n]", text.folded), None):
        end = cut.start() if cut else len(text.folded)
        pieces.append(text.between(start, end))
        start = cut.end() if cut else end
    return pieces


def _assign_in_one(text: _Text) -> Assign:
    """Without semicolons: what stands before `hạn …` is the task, what follows the date names the agencies."""
    marks = list(_HAS_DUE.finditer(text.folded))
    if not marks:
        return _assign_by_its_end(text) or Assign(text.said.strip(" :,."))
    mark = marks[-1]
    tail = text.after(mark.end())
    found = hours.find(tail.folded, text.today)
    if found is None:
        return Assign(text.said.strip(" :,."))
    rest = tail.folded[found.end :].strip(" ,.;:")
    whom = whom_of(rest, text.book) if rest else None
    if rest and whom is None:
        whom = Whom(unknown=tail.said[found.end :].strip(" ,.;:"))
    return Assign(text.said[: mark.start()].strip(" :,."), found.due, whom)


_LAST_WORDS = 40


def _assign_by_its_end(text: _Text) -> Assign | None:
    """Without `hạn` too: `<task> 16:00 20/6 STP, TTT` ends in agencies and nothing else, before them a day."""
    starts = [word.start() for word in re.finditer(r"\S+", text.folded)][-_LAST_WORDS:]
    for place, cut in enumerate(starts):
        whom = whom_of(text.folded[cut:], text.book)
        for start in starts[:place] if whom else ():
            due = hours.only(text.folded[start:cut], text.today)
            if due and (due.on or due.impossible):
                return Assign(text.said[:start].strip(" :,."), due, whom)
    return None


# --- milestones ---------------------------------------------------------------------------------------------------


def _named(target: Target | None) -> Named | None:
    if target is None:
        return None
    return Named(target.code, tuple((e.bloc_id, e.milestone_id) for e in target.entries), target.short)


_CODE = re.compile(
    r"\s*(?:cho |cua |moc |nhiem vu )?k[ .\-]?0{0,2}(?P<n>\d{1,3})(?:-(?P<short>[a-z][a-z0-9]{1,11}))?\b"
)


def _redate(text: _Text, found: re.Match[str]) -> Redate:
    named = _named(mentions.first_target(text.folded, text.book))
    code = _CODE.search(text.folded)
    rest = text.after(code.end()) if code else text
    due = hours.find(rest.folded, text.today)
    if due is None:
        return Redate(named, None, rest.said.strip(" :,.;-"))
    before, after = rest.said[: due.start], rest.said[due.end :]
    return Redate(named, due.due, _reason(before, after))


_LEADS_TO_A_DATE = re.compile(r"(?:sang|den|toi|thanh|lui|ngay|han|thoi|moi|[\s,:])*")


def _reason(before: str, after: str) -> str:
    """What is left of the text around the date, without the words that lead to it."""
    kept = "" if _LEADS_TO_A_DATE.fullmatch(fold(before)) else before
    return " ".join(f"{kept} {after}".split()).strip(" :,.;-")


def _withdraw(text: _Text, found: re.Match[str]) -> Withdraw:
    named = _named(mentions.first_target(f"k{found['n']}", text.book))
    return Withdraw(named or Named(f"K{found['n']}"))


def _nudge(text: _Text, found: re.Match[str]) -> Nudge:
    target = mentions.first_target(text.folded, text.book) if re.search(r"\bk[ .\-]?\d", text.folded) else None
    without = _CODE.sub(" ", text.folded).strip(" ,.;:-") if target else text.folded.strip(" ,.;:")
    without = re.sub(r"^(?:nho|don vi|viec|cho|den|toi|lai|nhiem vu)\b\s*", "", without)
    if not without:
        return Nudge(_named(target))
    whom = whom_of(without, text.book)
    if whom is None and target is None and (named := mentions.first_target(text.folded, text.book)):
        return Nudge(_named(named))
    return Nudge(_named(target), whom or Whom(unknown=text.said.strip()))


# --- thông báo ----------------------------------------------------------------------------------------------------

_HEAD_ENDS = re.compile(r":(?!\d\d\b)|\n")
_WEEKLY = re.compile(r"\b(?:hang|moi) tuan\b[\s,]*(?:vao )?(?P<day>thu (?:hai|ba|tu|nam|sau|bay|[2-7])|chu nhat)\b")
_MONTHLY = re.compile(r"\b(?:hang|moi) thang\b[\s,]*(?:vao )?(?:ngay |mung )?(?P<day>\d{1,2})\b(?![:/h])")
_DAYS = {
    "hai": 0, "2": 0, "ba": 1, "3": 1, "tu": 2, "4": 2, "nam": 3, "5": 3, "sau": 4, "6": 4, "bay": 5, "7": 5, "nhat": 6,
}  # fmt: skip
_HEAD_LIMIT = 200


def _announce(text: _Text, found: re.Match[str]) -> Announce:
    """What stands before the first colon is read as whom and when, if it is nothing else; otherwise it is text."""
    for end in _HEAD_ENDS.finditer(text.folded[:_HEAD_LIMIT]):
        head = _head(text.between(0, end.start()))
        if head:
            return replace(head, text=text.said[end.end() :].strip())
        break
    return Announce(text.said.strip(" :"))


def _head(text: _Text) -> Announce | None:
    folded = text.folded
    rhythm, folded = _rhythm(folded)
    due = None
    if found := hours.find(folded, text.today):
        due = found.due
        folded = folded[: found.start] + " " + folded[found.end :]
    rest = re.sub(r"^(?:[\s,.]|(?:luc|vao|ngay|hen|gui|cho|den)\b)+|(?:[\s,.]|\b(?:luc|vao|ngay)\b)+$", "", folded)
    whom = whom_of(rest, text.book) if rest else Whom(everybody=True)
    if whom is None or not (rest or due or rhythm):
        return None
    return Announce(whom=whom, due=due, rhythm=rhythm)


def _rhythm(folded: str) -> tuple[Rhythm | None, str]:
    if found := _WEEKLY.search(folded):
        return ("weekly", _DAYS[found["day"].split()[-1]]), folded[: found.start()] + " " + folded[found.end() :]
    if found := _MONTHLY.search(folded):
        return ("monthly", int(found["day"])), folded[: found.start()] + " " + folded[found.end() :]
    return None, folded


_WISHES = {"dung": "stop", "tam dung": "stop", "huy": "stop", "tiep tuc": "resume", "nhac lai": "again"}


def _about_broadcast(text: _Text, found: re.Match[str]) -> AboutBroadcast:
    number = int(found["n"]) if found["n"] else None
    match _WISHES.get(found["wish"].strip()):
        case "stop":
            return AboutBroadcast("stop", number)
        case "resume":
            return AboutBroadcast("resume", number)
        case _:
            return AboutBroadcast("again", number)


def _unseen(text: _Text, found: re.Match[str]) -> AboutBroadcast:
    return AboutBroadcast("unseen", int(found["n"]) if found["n"] else None)


def _seen(text: _Text, found: re.Match[str]) -> Seen:
    return Seen(int(found["n"]))


_SEEN_HERE = re.compile(
    r"(?:da |vang |em |don vi |toi |ben em )*(?:1|da nhan(?: thong tin| duoc| tin)?|nhan|da ro|ro|ok|oke|vang|da biet|"
    r"da nam|nam|da doc)(?: roi| a| nhe| thong tin| duoc| thong bao| dong chi)*[\s.!]*"
)


def _seen_here(folded: str, question: Question) -> Seen | None:
    return Seen(int(question.pending["number"])) if _SEEN_HERE.fullmatch(folded.strip()) else None


# --- the rest -----------------------------------------------------------------------------------------------------


def _pause(text: _Text, found: re.Match[str]) -> Pause:
    due = hours.find(text.folded, text.today)
    return Pause(due.due if due else None)


_TAIL = r"(?:\s*(?:so\s)?(?P<n>\d{1,9}))?[\s.!?]*$"
_VERBS = (
    (re.compile(r"\s*/?(?:ai|don vi nao) (?:con )?chua nhan(?: duoc)?(?: thong bao| thong tin)?" + _TAIL), _unseen),
    (re.compile(r"\s*/?(?P<wish>tam dung|dung|huy|tiep tuc|nhac lai) thong bao" + _TAIL), _about_broadcast),
    (re.compile(r"\s*/?da nhan thong (?:bao|tin) (?:so )?(?P<n>\d{1,9})[\s.!]*$"), _seen),
    (re.compile(r"\s*/?(?:huy|rut|thu hoi) (?:giao viec|giao) k[ .\-]?0*(?P<n>\d{1,3})[\s.!]*$"), _withdraw),
    (re.compile(r"\s*/?(?:giaoviec|giao viec)\b(?:@\w+)?[\s:,\-]*"), _assign),
    (re.compile(r"\s*/?(?:doihan|doi han|doi thoi han)\b(?:@\w+)?[\s:,]*"), _redate),
    (re.compile(r"\s*(?:/?thongbao|/thong bao)\b(?:@\w+)?[\s,\-]*"), _announce),
    (re.compile(r"\s*(?:/?nhac|/?don doc)\b(?! lai)(?:@\w+)?[\s:,]*"), _nudge),
    (re.compile(r"\s*/?(?:tam dung|tamdung)\b(?: nhac| gui tin| tin nhac)*"), _pause),
    (re.compile(r"\s*/?(?:tiep tuc|tieptuc)(?: nhac| gui tin| gui| tin nhac)*[\s.!]*$"), lambda text, found: Resume()),
    (re.compile(r"\s*(?:/?baocao|/bao cao|bao cao(?= tuan| kem ten)(?: tuan)?|tong hop(?: tuan)?)(?:@\w+)?"
                r"(?P<names> kem ten)?[\s.!?]*$"), lambda text, found: Report(names=bool(found["names"]))),
    (re.compile(r"\s*/?(?:kem|neu) ten(?: don vi)?[\s.!]*$"), lambda text, found: Report(names=True)),
)  # fmt: skip

# --- the missing part ---------------------------------------------------------------------------------------------

_NEVER_MIND = re.compile(r"(?:huy|thoi|bo|khong|2|0|huy bo|bo qua|dung)(?: di| nhe| a| giao viec| thong bao)*[\s.!]*")


def to_json(order: Assign | Redate | Announce | Pause) -> dict[str, object]:
    """What is known of an order that still lacks a part."""
    match order:
        case Assign(text, due, whom):
            return {"kind": "assign", "text": text, "due": _due_json(due), "whom": _whom_json(whom)}
        case Redate(named, due, reason):
            known = [named.code, [list(pair) for pair in named.milestones]] if named else None
            return {"kind": "redate", "named": known, "due": _due_json(due), "reason": reason}
        case Announce(text, whom, due, rhythm):
            return {"kind": "announce", "text": text, "due": _due_json(due), "whom": _whom_json(whom),
                    "rhythm": list(rhythm) if rhythm else None}  # fmt: skip
        case Pause(due):
            return {"kind": "pause", "due": _due_json(due)}


def _due_json(due: Due | None) -> dict[str, object] | None:
    return due.to_json() if due else None


def _whom_json(whom: Whom | None) -> list[int] | bool | None:
    if whom is None or whom.unknown:
        return None
    return True if whom.everybody else list(whom.agencies)


def from_json(stored: dict[str, object], book: Book) -> Assign | Redate | Announce | Pause:
    due = Due.from_json(stored["due"]) if isinstance(stored.get("due"), dict) else None  # type: ignore[arg-type]
    match stored["kind"]:
        case "assign":
            return Assign(str(stored["text"]), due, _whom_from(stored["whom"], book))
        case "redate":
            named = stored["named"]
            known = Named(named[0], tuple((b, m) for b, m in named[1])) if isinstance(named, list) else None
            return Redate(known, due, str(stored["reason"]))
        case "announce":
            rhythm = stored["rhythm"]
            known_rhythm = (rhythm[0], rhythm[1]) if isinstance(rhythm, list) else None
            whom = _whom_from(stored["whom"], book) or Whom(everybody=True)
            return Announce(str(stored["text"]), whom, due, known_rhythm)
        case _:
            return Pause(due)


def _whom_from(stored: object, book: Book) -> Whom | None:
    if stored is True:
        return Whom(everybody=True)
    if not isinstance(stored, list):
        return None
    blocs = frozenset(member.bloc_id for member in book.members if member.agency_id in stored)
    return Whom(agencies=tuple(stored), blocs=blocs)


def _completion(text: _Text, question: Question) -> Completion | None:
    if text.folded.startswith("/"):
        return None
    order = from_json(question.pending["order"], text.book)
    if _NEVER_MIND.fullmatch(text.folded.strip()):
        return Completion(order, cancelled=True)
    filled = _filled(order, question.pending["missing"], text)
    return Completion(filled) if filled != order else None


def _filled(order: Assign | Redate | Announce | Pause, missing: str, text: _Text) -> Assign | Redate | Announce | Pause:
    match order, missing:
        case Assign(), "text":
            return replace(order, text=text.said.strip())
        case Assign() | Redate() | Pause(), "due":
            found = hours.find(text.folded, text.today)
            at = found.due.at if found and found.due.at else (order.due.at if order.due else None)
            return replace(order, due=replace(found.due, at=at)) if found else order
        case Assign() | Announce(), "whom":
            return replace(order, whom=whom_of(text.folded, text.book) or Whom(unknown=text.said.strip()))
        case Redate(), "named":
            return replace(order, named=_named(mentions.first_target(text.folded, text.book)))
        case Redate(), "reason":
            return replace(order, reason=text.said.strip())
        case Announce(), "text":
            return replace(order, text=text.said.strip())
        case Announce(), "due":
            found = hours.find(text.folded, text.today)
            return replace(order, due=found.due) if found else order
        case _:
            return order
