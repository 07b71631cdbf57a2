"""State-secret markings in what people write, in a file's text and in its name (domain 6.3).

Luật Bảo vệ bí mật nhà nước 117/2025/QH15 knows three degrees. A marking is one of them in capitals with its
diacritics, standing alone (a line, a table cell, a bracket, a stamp), or the value of `Độ mật:`. Everyday words
that contain the syllable (*bảo mật, mật khẩu, mật độ*) are none, nor is anything typed without diacritics.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

DEGREES: Final = ("TUYỆT MẬT", "TỐI MẬT", "MẬT")
"""Strictest first: what carries two bears the stricter."""

_CAPITALS = r"(?P<degree>(?:TUYỆT\s+|TỐI\s+)?MẬT)(?!\w)"
_SPACED = r"(?P<degree>(?:T ?U ?Y ?Ệ ?T +|T ?Ố ?I +)?M ?Ậ ?T)"
_ANY_CASE = r"(?P<degree>(?i:(?:tuyệt\s+|tối\s+)?mật))"
_QUOTE = "[\"'“”‘’«»]?"
_FRAME = "[\\s*_=~.\\-–—•·:!#\"'“”‘’«»()\\[\\]{}<>【】]*"

_CELLS = re.compile(r"[\n\r\t\f\v|\u2028\u2029]+| {3,}")
_ALONE = re.compile(f"^{_FRAME}{_SPACED}{_FRAME}$")
_BRACKET = re.compile(rf"[(\[{{<【]\s*{_QUOTE}{_CAPITALS}{_QUOTE}\s*[)\]}}>】]")
_FIELD = re.compile(rf"\b(?i:độ\s+mật)\s*[:=–-]\s*{_QUOTE}{_ANY_CASE}{_QUOTE}\s*(?=$|[.,;)\]])")
_FIELD_CAPITALS = re.compile(rf"\b(?i:độ\s+mật)\s*[:=–-]?\s*{_QUOTE}{_CAPITALS}(?!\s*/)")
_STAMP = re.compile(rf"\b(?i:dấu(?:\s+chỉ)?(?:\s+độ\s+mật)?)\s*:?\s*{_QUOTE}{_CAPITALS}(?!\s*/)")
_NEGATED = re.compile(r"\b(?:không|chưa|chẳng)\b[^.;,]{0,40}$", re.IGNORECASE)


def marking(text: str | None) -> str | None:
    """The degree that a text bears (`MẬT`, `TỐI MẬT`, `TUYỆT MẬT`), the strictest of several; None: none."""
    if not text:
        return None
    composed = unicodedata.normalize("NFKC", text)
    if "Ậ" not in composed and "ậ" not in composed:
        return None
    found = {degree for cell in _CELLS.split(_plain(composed)) for degree in _degrees(cell)}
    return _strictest(found)


def _degrees(cell: str) -> Iterator[str]:
    if alone := _ALONE.match(cell):
        yield _degree(alone["degree"])
    for pattern in (_BRACKET, _FIELD, _FIELD_CAPITALS):
        for match in pattern.finditer(cell):
            yield _degree(match["degree"])
    for match in _STAMP.finditer(cell):
        if not _NEGATED.search(cell[: match.start()]):
            yield _degree(match["degree"])


_NAME_PLAIN = re.compile(r"(?<![^\W_])(?P<kind>TUYET|TOI)[_-]MAT(?![^\W_])")
_NAME_ACCENTED = re.compile(r"(?<![^\W_])(?P<kind>TUYỆT|TỐI)[\s_-]+MẬT(?![^\W_])")
_NAME_LEADING = re.compile(r"^[\s(\[]*MAT_(?!(?:TRAN|KHAU)(?![^\W_]))")
_NAME_ALONE = re.compile(r"(?<![^\W_])(?<!BẢO[\s_-])(?<!BÍ[\s_-])(?<!CƠ[\s_-])MẬT(?=[_)\]]|[\s-]+\d|\s*$)")


def marking_of_name(name: str | None) -> str | None:
    """The degree that a file's name tells: `TOI_MAT`, `TUYET_MAT`, a leading `MAT_`, or a marking with diacritics:
    `MẬT` in capitals as its last word, or before a number, a bracket or a `_`.

    `MAT_TRAN…` (Mặt trận) and `MAT_KHAU…` (mật khẩu) are words, no marking.
    """
    if not name:
        return None
    stem = re.sub(r"\.\w{1,5}$", "", re.split(r"[/\\]", _plain(name))[-1])
    kinds = {match["kind"] for pattern in (_NAME_PLAIN, _NAME_ACCENTED) for match in pattern.finditer(stem)}
    found = {"TUYỆT MẬT" if kind.startswith("TUY") else "TỐI MẬT" for kind in kinds}
    if _NAME_LEADING.match(stem) or (not found and _NAME_ALONE.search(stem)):
        found.add("MẬT")
    if in_words := marking(stem):
        found.add(in_words)
    return _strictest(found)


_PAPER = r"(?:tài\s+liệu|văn\s+bản|công\s+văn|báo\s+cáo|hồ\s+sơ|số\s+liệu|nội\s+dung|bản)"
_LINK = r"(?:\s+(?:này|đó|thuộc|có|loại|đóng|mang|dấu|chỉ|độ|là|ở|mức))*"
_NOT_A_WORD = r"(?!\s+(?:khẩu|mã|độ|thiết|vụ|danh|nghị|báo|thư|ong)\b)"
_LOUD = re.compile(rf"(?<!BẢO )(?<!BÍ )(?<!CƠ )(?<!THÂN )\b(?:(?:TUYỆT|TỐI)\s+)?MẬT\b(?i:{_NOT_A_WORD})")
_TOLD = re.compile(rf"\b{_PAPER}{_LINK}\s+(?:tuyệt\s+|tối\s+)?mật\b{_NOT_A_WORD}", re.IGNORECASE)
_STATE_SECRET = re.compile(
    rf"\b{_PAPER}\s+(?:này\s+)?(?:có|chứa|thuộc|mang)\s+[^.;,]{{0,20}}bí\s+mật\s+nhà\s+nước", re.I
)
_SYLLABLE = re.compile("ậ|mat", re.IGNORECASE)
"""Without it there is nothing to doubt, as in nearly every message."""
_QUIET = re.compile(f"^{_FRAME}(?:tuyệt +|tối +)?mật{_FRAME}$", re.IGNORECASE)
_BARE = re.compile(f"^{_FRAME}(?:TUYET |TOI )?MAT{_FRAME}$")
_BARE_INSIDE = re.compile(
    r"[(\[]\s*(?:TUYET |TOI )?MAT\s*[)\]]|\b(?i:do mat\s*:\s*(?:tuyet |toi )?mat)\b|(?i:\btuyet[ _]mat\b)"
)


def doubtful(text: str | None) -> bool:
    """Whether a text without a marking still speaks of being secret, so that one asks before anything is kept.

    Narrow on purpose: a degree in capitals inside a sentence, a paper that is called secret and not denied to be
    so, a degree alone in small letters, a marking whose diacritics are missing.
    """
    composed = unicodedata.normalize("NFKC", text or "")
    if not _SYLLABLE.search(composed) or marking(composed):
        return False
    return any(_doubts(cell) for cell in _CELLS.split(_plain(composed)))


def _doubts(cell: str) -> bool:
    if _QUIET.match(cell) or _BARE.match(cell) or _LOUD.search(cell) or _BARE_INSIDE.search(cell):
        return True
    told = (match for pattern in (_TOLD, _STATE_SECRET) for match in pattern.finditer(cell))
    return any(not _NEGATED.search(cell[: match.start()]) for match in told)


def _plain(text: str) -> str:
    """NFC and NFD, full-width letters, odd spaces and invisible characters made one."""
    composed = unicodedata.normalize("NFKC", text)
    return "".join(" " if unicodedata.category(c) == "Zs" else c for c in composed if unicodedata.category(c) != "Cf")


def _degree(found: str) -> str:
    letters = "".join(found.upper().split())
    return next(degree for degree in DEGREES if degree.replace(" ", "") == letters)


def _strictest(found: set[str]) -> str | None:
    return next((degree for degree in DEGREES if degree in found), None)
