"""The words that ask for a list, and those of the head's desk."""

import re
from collections.abc import Sequence
from datetime import date

from bot.dialogue.intents import HowIs, Intent, NewCode, OnBehalf, Page, Part, Proxy, UploadWanted, WhoIsSilent
from bot.dialogue.reading import mentions
from bot.dialogue.reading.fold import fold
from bot.dialogue.reading.vocabulary import vocabulary
from bot.dialogue.values import Book, Role

_POLITE = re.compile(
    r"^(?:(?:da|vang|thua|chao|xin|cho|dong chi|d/c|anh|chi|em|toi|minh|hoi|bot|oi|xin phep|ad)[\s,.:]+)+(?=\S)"
    r"|(?:[\s,.!?]+(?:a|ah|nhe|nha|nhi|voi|giup|di|em|anh|chi|dong chi|d/c|ad|bot|oi|vay|the|cam on|thanks))+[\s.!?]*$"
)
_NAMES: tuple[tuple[Page, tuple[str, ...]], ...] = (
    (Page("help"), (
        "giup", "help", "huong dan", "tro giup", "menu", "giup do", "cach dung", "huong dan su dung", "giup toi",
        "giup minh", "?",
    )),
    (Page("work"), (
        "viec", "nhiem vu", "danh sach", "viec cua toi", "xem viec", "con viec gi", "viec gi", "cac viec",
        "danh sach nhiem vu", "viec can lam", "con nhiem vu gi", "con gi", "viec con lai", "xem nhiem vu", "cong viec",
        "viec cua don vi",
    )),
    (Page("status"), (
        "status", "tinh hinh", "tien do", "tinh hinh chung", "trang thai", "tien do chung", "tinh hinh the nao",
        "tinh hinh khoi", "tinh hinh cum", "tien do the nao", "tinh hinh sao roi",
    )),
    (Page("start"), ("start", "bat dau")),
)  # fmt: skip
_PAGES = {name: page for page, names in _NAMES for name in names}
_MINE = re.compile(
    r"(?:don vi|co quan|ben|so|cuc)(?: \w+){0,3} (?:con|chua)(?: lam| gui| nop| xong)? "
    r"(?:gi|viec gi|nhiem vu gi|nhiem vu nao|nhung gi|viec nao)(?: chua (?:gui|xong|nop|lam))?(?: khong)?"
)
_WHO = re.compile(
    r"(?:(?:nhung )?(?:ai|don vi nao|nhung ai|co quan nao)(?: con| van)? chua "
    r"(?:gui|nop|xong|bao cao|lam|hoan thanh|tra loi|phan hoi)"
    r"|chua (?:gui|nop|bao cao)(?= k\d|$)|danh sach chua (?:gui|nop))(?P<rest>.*)",
    re.DOTALL,
)
_HOW = re.compile(
    r"(?:tinh hinh|status|tien do|xem)?\s*(?:cua )?(?P<agency>.+?)"
    r"(?: (?:the nao|sao roi|ra sao|den dau|nhu the nao|lam den dau|the nao roi|con gi|con viec gi|thi sao))?[\s?]*"
)
_ON_BEHALF = re.compile(r"(?:ghi ho|ghi giup|nhap ho|ghi thay|ghiho)\b[\s:,]*(?P<rest>.*)", re.DOTALL)
_NEW_CODE = re.compile(
    r"(?:(?:xin |cap |tao )?ma moi|mamoi|cap ma|cap lai ma)\b[\s:,]*(?:cho |cua )?(?P<rest>.*)", re.DOTALL
)
_UPLOAD = re.compile(
    r"(?:(?:xin|lay|cap|can|tao|gui) (?:lai )?)?(?:link|lien ket|duong dan)(?: (?:tai|gui|up))?(?: (?:tep|file))?"
    r"(?: len)?(?: minh chung)?(?: (?:cho|cua))?(?P<rest>(?: .*)?)"
    r"|(?:gui|tai|up|upload|nop)(?: len)? (?:tep|file)(?: len)?(?: minh chung)?(?: (?:cho|cua))?(?P<rest2>(?: .*)?)"
    r"|tai len(?: (?:tep|file))?(?: minh chung)?(?: (?:cho|cua))?(?P<rest3>(?: .*)?)"
    r"|(?P<rest4>/?k ?\d+(?:-\w+)?)[ ,:]+(?:xin )?(?:gui|tai)(?: len)? (?:tep|file)(?: len)?(?: minh chung)?"
)
_ROLES: tuple[tuple[str, Role], ...] = (
    ("lanh dao", "leader"),
    ("thu truong", "leader"),
    ("du phong", "deputy_focal"),
    ("thu hai", "deputy_focal"),
    ("giup viec", "desk"),
)
_SOURCES: tuple[tuple[re.Pattern[str], Proxy], ...] = (
    (re.compile(r"[\s,;(]*\b(?:theo|bang|nguon) (?:cong van|van ban)(?! (?:so )?\d)\b[\s)]*"), "letter"),
    (re.compile(r"[\s,;(]*\b(?:gap |bao cao |bao |noi )?truc tiep\b[\s)]*"), "in_person"),
    (re.compile(r"[\s,;(]*\b(?:qua |bang |goi |theo |bao qua )?dien thoai\b[\s)]*"), "telephone"),
)


def bare(folded: str) -> str:
    """A command's words: no slash, no bot name, no politeness."""
    text = re.sub(r"^/(\w+)(?:@\w+)?", r"\1", folded.strip())
    return _POLITE.sub("", _POLITE.sub("", text)).strip(" .,!:") or text


def page(text: str) -> Page | None:
    if found := _PAGES.get(text.rstrip(" ?") or text):
        return found
    return Page("mine") if _MINE.fullmatch(text.rstrip(" ?")) else None


def who_is_silent(text: str, book: Book) -> WhoIsSilent | None:
    found = _WHO.fullmatch(text)
    return WhoIsSilent(mentions.first_target(found["rest"], book)) if found else None


def how_is(text: str, book: Book) -> HowIs | None:
    """Asked of an agency by name; a bare name is a question too."""
    found = _HOW.fullmatch(text)
    members, end = vocabulary(book).agency_at(found["agency"]) if found else ((), 0)
    whole = found is not None and not found["agency"][end:].strip(" ,.:?")
    return HowIs(members) if members and whole else None


def where_it_stands(parts: Sequence[Part], book: Book) -> WhoIsSilent | HowIs | None:
    """Asked of one task that is only named: `K7`, `K7-STP`."""
    target = parts[0].target if len(parts) == 1 and parts[0].answer.kind == "card" else None
    if target is None or target.short is None:
        return WhoIsSilent(target) if target else None
    return HowIs(tuple(member for member in book.members if fold(member.short) == target.short))


def upload_wanted(text: str, book: Book, today: date) -> UploadWanted | None:
    """`gửi tệp`, `link K5`, `tải lên K5`: nothing but that, with one task at most."""
    found = _UPLOAD.fullmatch(text)
    if not found:
        return None
    rest = next(filter(None, found.groups()), "").strip()
    if not rest:
        return UploadWanted()
    parts = mentions.parts_of(rest, rest, book, today)
    alone = len(parts) == 1 and parts[0].answer.kind == "card" and "?" not in rest
    return UploadWanted(parts[0].target) if alone else None


def for_the_desk(said: str, folded: str, book: Book, today: date) -> Intent | None:
    """`ghi hộ …`, `mã mới …`: `said` and `folded` of the same length."""
    start = len(folded) - len(folded.lstrip(" /"))
    if found := _ON_BEHALF.fullmatch(folded, start):
        return _on_behalf(said[found.start("rest") :], found["rest"], book, today)
    if found := _NEW_CODE.fullmatch(folded, start):
        return _new_code(found["rest"], book)
    return None


def _on_behalf(said: str, folded: str, book: Book, today: date) -> OnBehalf:
    members, end = vocabulary(book).agency_at(folded)
    said, folded = said[end:], folded[end:]
    proxy: Proxy | None = None
    for pattern, source in _SOURCES:
        if found := pattern.search(folded):
            proxy = proxy or source
            said = said[: found.start()] + " " + said[found.end() :]
            folded = folded[: found.start()] + " " + folded[found.end() :]
    return OnBehalf(members, mentions.parts_of(said, folded, book, today), proxy)


def _new_code(rest: str, book: Book) -> NewCode:
    members, end = vocabulary(book).agency_at(rest)
    roles = [role for word, role in _ROLES if word in rest[end:]]
    return NewCode(members, roles[0] if roles else "focal")
