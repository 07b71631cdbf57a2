"""Reads words about links, posts and one's own data: `hủy liên kết`, `ưu tiên Zalo`, `/xoa`, `/bangiao`, `/vang`."""

import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from bot.dialogue.phrases import channels
from bot.dialogue.posts.values import (
    Away,
    CallOff,
    HandOver,
    Links,
    MyData,
    Option,
    PostIntent,
    Prefer,
    SecondChannel,
    Unlink,
    WhoIsAway,
)
from bot.dialogue.reading import dates
from bot.dialogue.reading.fold import fold
from bot.dialogue.reading.vocabulary import vocabulary
from bot.dialogue.values import Book, Place, Question

NUMBERED = frozenset({"add_link", "who_links", "my_data", "whose_data", "which_link", "which_post", "which_cover"})
"""Kinds of question that a number answers."""
_POLITE = r"(?:(?:de nghi|xin|cho|toi|em|minh|muon|duoc|lam on|dong chi) )*"
_END = r"(?: (?:a|nhe|nha|voi|giup|di|cua toi|cua em|cua minh|cho toi|cho em))*[\s.!?]*"

_OF_DATA = r"(?: (?:thong tin|du lieu|ho so|thong tin ca nhan|du lieu ca nhan)(?: ca nhan)?)"
_WORDS: tuple[tuple[re.Pattern[str], PostIntent], ...] = (
    (re.compile(rf"/xoa{_END}|{_POLITE}(?:xoa|xoa bo|quan ly){_OF_DATA}{_END}"), MyData()),
    (re.compile(rf"{_POLITE}(?:xuat|tai|gui lai|xem|cho xem){_OF_DATA}{_END}"), MyData("export")),
    (re.compile(rf"/?{_POLITE}(?:ban giao|bangiao)(?: lai)?(?: nhiem vu| cong viec| vi tri| chuc trach| dau moi)?"
                rf"{_END}"), HandOver()),
    (re.compile(rf"{_POLITE}(?:huy|thoi|dung|rut|khong)(?: lenh| ma)? (?:ban giao|bangiao)(?: nua)?{_END}"),
     CallOff("handover")),
    (re.compile(rf"{_POLITE}(?:huy|thoi|dung|het)(?: bao| dang ky)? vang(?: mat)?{_END}|{_POLITE}da (?:ve|tro lai) "
                rf"(?:lam viec|co quan|don vi){_END}"), CallOff("absence")),
    (re.compile(rf"(?:ai|nhung ai|don vi nao) (?:dang |se )?(?:vang|vang mat){_END}|danh sach vang(?: mat)?{_END}"),
     WhoIsAway()),
    (re.compile(rf"/?(?:ket noi|danh sach (?:ket noi|lien ket)|ai da (?:ket noi|lien ket)){_END}"), Links()),
    (re.compile(rf"/?{_POLITE}(?:them kenh|ket noi them kenh|them kenh (?:khac|thu hai)){_END}"), SecondChannel()),
)  # fmt: skip
_UNLINK = re.compile(
    r"/?(?:(?:de nghi|xin|cho) )*(?:huy|bo|ngat|go|cham dut) (?:lien ket|ket noi)\b(?P<rest>.*)", re.DOTALL
)
_NUMBER = re.compile(r"\s*(?:so\s*|#\s*)?(?P<n>\d{1,9})[\s.!]*")
_OF = re.compile(r"[\s,:]*(?:(?:cua|voi|cho|don vi)\b\s*)*")
_ROLES = (
    ("du phong", "deputy_focal"), ("thu hai", "deputy_focal"), ("dau moi", "focal"), ("giup viec", "desk"),
    ("lanh dao", "leader"), ("thu truong", "leader"),
)  # fmt: skip
_PREFER = re.compile(
    rf"/?{_POLITE}(?:uu tien|(?:chi )?nhac (?:qua|tren|bang)|nhan (?:tin |tin nhac )?(?:qua|tren)|"
    r"gui (?:tin )?qua kenh)(?: kenh)?\s+(?P<channel>[a-z ]+?)" + _END
)
_OTHERS = frozenset({"viber", "email", "mail", "sms", "tin nhan", "facebook", "messenger", "whatsapp", "dien thoai"})
_AWAY = re.compile(
    r"/?(?:(?:bao|xin|em|toi|minh|dong chi|xin phep|se)\s+)*(?:vang(?: mat)?|nghi phep|di cong tac|di hoc)\b"
    r"(?P<rest>.*)",
    re.DOTALL,
)
_STANDS_IN = re.compile(
    r"[\s,;.:()\-–]+|\b(?:tu|den|toi|het|ngay|hom|trong|va|nguoi|thay|thay the|thay toi|thay em|nhan thay|do|co|"
    r"dong chi|d/c|anh|chi|phu trach|giao|cho|la|nhac|nham|truc thay|lam thay)\b"
)


def read(folded: str, book: Book, today: date, question: Question | None, *, idle: bool) -> PostIntent | None:
    """What a text means here; None: it is about something else. `idle`: nothing is asked and nothing can be undone, so
    that `xóa` alone can only mean one's own data."""
    text = " ".join(folded.split())
    if question and (option := _option(text, question)):
        return option
    for pattern, intent in _WORDS:
        if pattern.fullmatch(text):
            return intent
    if idle and text == "xoa":
        return MyData()
    return next((found for reader in _READERS if (found := reader(text, book, today))), None)


def _option(text: str, question: Question) -> Option | None:
    """`2`, or the words of an option: `thay thế`. What confirms a link has its yes and its no for 1 and 2."""
    bare = text.strip(" .!/")
    if bare.isdigit() and len(bare) < 3:
        counts = question.kind in NUMBERED or (question.kind == "confirm_link" and int(bare) > 2)
        return Option(int(bare)) if counts else None
    words: list[str] = list(question.pending.get("words", ())) if question.kind in NUMBERED else []
    return Option(words.index(bare) + 1) if bare in words else None


def speaker(folded: str, places: Sequence[Place], question: Question | None) -> int | None:
    """Who says that it is they who speak, when that was asked of an office account: by number or by name."""
    if question is None or question.kind != "who_speaks":
        return None
    persons: list[int] = question.pending["persons"]
    bare = " ".join(folded.split()).strip(" .!")
    if bare.isdigit() and 1 <= int(bare) <= len(persons):
        return persons[int(bare) - 1]
    called = {place.person_id for place in places if fold(place.person) == bare}
    return next(iter(called & set(persons)), None)


def _unlink(text: str, book: Book, today: date) -> Unlink | None:
    found = _UNLINK.fullmatch(text)
    if found is None:
        return None
    if number := _NUMBER.fullmatch(found["rest"]):
        return Unlink(number=int(number["n"]))
    of = _OF.match(found["rest"])
    rest = found["rest"][of.end() if of else 0 :]
    members, end = vocabulary(book).agency_at(rest)
    roles = [role for word, role in _ROLES if word in rest[end:]]
    return Unlink(tuple(member.agency_id for member in members), roles[0] if roles else None)


def _prefer(text: str, book: Book, today: date) -> Prefer | None:
    found = _PREFER.fullmatch(text)
    if found is None:
        return None
    name = found["channel"].strip()
    return Prefer(channels.TYPED.get(name)) if name in channels.TYPED or name in _OTHERS else None


def _away(text: str, book: Book, today: date) -> Away | None:
    """A day or two and perhaps a name; a longer text is about something else, but for the command itself."""
    found = _AWAY.fullmatch(text)
    if found is None:
        return None
    rest = found["rest"]
    days = _days(rest, today)
    for one in reversed(days):
        rest = rest[: one.start] + " " + rest[one.end :]
    cover = " ".join(_STANDS_IN.sub(" ", rest).split())
    commanded = text.startswith("/") or text.startswith("vang")
    if not days and (cover or not commanded):
        return None
    impossible = next((one.said for one in days if one.day is None), None)
    first, last = (days[0].day, days[-1].day) if days else (None, None)
    if first and last and last < first and days[-1].said.startswith(("thu", "chu nhat")):
        last += timedelta(days=7)
    return Away(first, last, impossible, cover)


_RANGE = re.compile(r"(?<![\d/])(?P<first>\d{1,2})\s*(?:-|den|toi)\s*(?=\d{1,2}\s?/\s?(?P<month>\d{1,2})\b)")


def _days(rest: str, today: date) -> list[dates.Found]:
    """`từ 10 đến 15/6` says the month once."""
    spelled = _RANGE.sub(lambda match: f"{match['first']}/{match['month']} den ", rest)
    if spelled == rest:
        return dates.find(rest, today)
    shift = len(spelled) - len(rest)
    found = dates.find(spelled, today)
    head = [dates.Found(0, 0, one.day, one.said) for one in found[:1]]
    tail = [dates.Found(max(one.start - shift, 0), one.end - shift, one.day, one.said) for one in found[1:]]
    start = _RANGE.search(rest)
    first = start.start() if start else 0
    return [*(dates.Found(first, first, one.day, one.said) for one in head),
            *(dates.Found(first, one.end, one.day, one.said) for one in tail)]  # fmt: skip


_READERS: tuple[Callable[[str, Book, date], PostIntent | None], ...] = (_unlink, _prefer, _away)
