"""The one place where typing is made comparable: NFC or NFD, case, diacritics, full-width digits, typing slips.

`clean` and `fold` work character by character, so that a span found in the folded text is the same span of the
clean one: a note is cut out of what was really typed.
"""

import re
import unicodedata

_DROPPED = re.compile("[\u0300-\u036f\u200b-\u200f\u2060\ufe0e\ufe0f\ufeff\u00ad]")
_SPACES = re.compile(r"[^\S\n]+")


def _table() -> dict[int, str]:
    table = {code: chr(code).lower() for code in range(ord("A"), ord("Z") + 1)}
    for code in range(0xC0, 0x1EFA):
        first = unicodedata.normalize("NFD", chr(code))[0]
        if first.isascii() and first.isalpha():
            table[code] = first.lower()
    table |= {code: chr(code - 0xFEE0).lower() for code in range(0xFF01, 0xFF5F)}
    table |= {ord(dash): "-" for dash in "‐‑‒–—―−"}
    table |= {ord(quote): '"' for quote in "“”„«»"} | {ord(quote): "'" for quote in "‘’`´"}
    return table | {ord(letter): "d" for letter in "đĐðÐ"} | {0x3000: " ", 0xA0: " "}


_TABLE = _table()


def clean(text: str) -> str:
    """What was typed, in NFC, without marks that stand alone, its spaces single, its lines kept."""
    if not text.isascii():
        text = _DROPPED.sub("", unicodedata.normalize("NFC", text))
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _SPACES.sub(" ", text).strip()


def fold(text: str) -> str:
    """Lower case without diacritics: `Đã gửi K７` and its NFD twin both give `da gui k7`."""
    return fold_clean(clean(text))


def fold_clean(text: str) -> str:
    """`fold` for a text that went through `clean`: the same length, character by character."""
    if text.isascii():
        return text.lower()
    return text.translate(_TABLE)


_WORD = re.compile(r"[a-z][a-z0-9]*")
_DOUBLED = re.compile(r"(dd|aa|ee|oo)")
_HORN = re.compile(r"(?<=[aou])w")
_TONE = re.compile(r"(?<=[aeiouy])([a-z]*?)[sfrxj]")
_DIGITS = re.compile(r"[1-9]+")

_WORDS = (
    "ai ban bao biet bo cao cam chac chi cho chua co con cong cuoi cu da dang dat day den doi don du dung duoc gan gap"
    " ghi gi gia gui giup han hen hien hinh ho hoan hoi hom huy ke khan khi kho khong kien kip ky la lai lam lanh lui"
    " ma mai mat minh moi mot nao nay ngay nghi nham nhan nhu nhung nop ngoai on phan phat qua ro roi sai san sap sau"
    " se sinh so sua thang thanh the theo thieu thoi thong thu thuc tin tinh toi trinh truc truoc tu tuan tuong van"
    " vang vi viec vuong xin xong"
)
_KNOWN = frozenset(_WORDS.split())
"""Words of the grammar: only a word outside of them is looked at for leftovers of a typing method."""
_COUNTED = re.compile(r"(?:k|t|q|thu|quy|ngay|thang|so|van|bn)\d+$")


def mend(folded: str) -> str:
    """Leftovers of Telex and VNI (`roofi`, `chuwa`, `ro62i`) become the words they were meant to be.

    A mended word is padded with spaces: the text keeps its length.
    """
    return _WORD.sub(_mended, folded)


def _mended(found: re.Match[str]) -> str:
    word = found.group()
    if word in _KNOWN or len(word) < 3:
        return word
    plain = _from_telex(word) if word.isalpha() else _from_vni(word)
    return plain.ljust(len(word)) if plain in _KNOWN else word


def _from_telex(word: str) -> str:
    short = _HORN.sub("", _DOUBLED.sub(lambda pair: pair.group()[0], word))
    return short if short in _KNOWN else _TONE.sub(r"\1", short, count=1)


def _from_vni(word: str) -> str:
    return word if _COUNTED.match(word) else _DIGITS.sub("", word)
