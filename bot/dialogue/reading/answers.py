"""One answer: what stands beside a code, or alone when a question is open. Pure reading, on folded text.

Nothing closes an obligation unless every word of it is known to close: an unknown word beside `xong` makes a
question, a hedge or a negation makes a report of work that goes on.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from bot.dialogue.intents import Answer, Doubt, Meaning
from bot.dialogue.reading import dates, fold, numerals, words

_FIGURE_ALONE = re.compile(r"[\s:=\-,.(]*(?P<n>\d{1,4}(?:[.,]\d{1,2})?)\s*(?P<p>%)?[\s.!)]*")
_MENU = re.compile(r"[\s:=\-,.(]*(?P<n>[0-3])(?![\w/%]|[.,]\d|\s*%)[\s.:,)\-]*(?P<rest>.*)", re.DOTALL)
_EDGES = " \t\n:;,.-=!()"
_MENU_KINDS: dict[str, Meaning] = {"1": "done", "2": "progress", "3": "difficulty", "0": "undo"}


@dataclass(frozen=True, slots=True)
class Words:
    """An answer's text in the forms the rules need."""

    said: str
    """As typed."""
    folded: str
    """Same length as `said`."""
    plain: str
    """Spelled out, without letter numbers, dates, times."""
    days: tuple[date | None, ...]
    date_first: bool
    """The date stands before the word that would close."""
    letter: str | None
    letter_named: bool
    today: date
    coded: bool
    """It stands beside a code or title: what it is about is sure."""


def read(said: str, folded: str, today: date, *, coded: bool = True) -> Answer:
    """The meaning of `said`; `folded` is its folded twin of the same length."""
    menu = None if _FIGURE_ALONE.fullmatch(folded) else _MENU.match(folded)
    return _from_menu(menu, said, folded, today, coded) if menu else _plainly(said, folded, today, coded)


def _plainly(said: str, folded: str, today: date, coded: bool) -> Answer:
    """Without a menu: of what stands behind a number or a correction, so that no chain of them is read to its end."""
    if alone := _FIGURE_ALONE.fullmatch(folded):
        return _alone(alone["n"], bool(alone["p"]), said)
    if not folded.strip(_EDGES):
        return Answer("card")
    return _by_rules(_words(said, folded, today, coded))


def _alone(number: str, percent: bool, said: str) -> Answer:
    if number in _MENU_KINDS and not percent:
        return Answer(_MENU_KINDS[number], said=said.strip(_EDGES))
    return Answer("figure", number=number_of(number), percent=percent, said=said.strip(_EDGES))


def number_of(text: str) -> float:
    """`1.200` is twelve hundred, `70,5` and `70.5` are seventy and a half."""
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?", text):
        text = text.replace(".", "")
    return float(text.replace(",", "."))


def _from_menu(menu: re.Match[str], said: str, folded: str, today: date, coded: bool) -> Answer:
    """`3 chờ số liệu`, `1 đã gửi công văn 88/BC`: the number chooses, the words may say more, never the opposite."""
    note, rest = said[menu.start("rest") :].strip(_EDGES), folded[menu.start("rest") :].strip(_EDGES)
    number, counts = menu["n"], _UNIT.match(rest)
    if number == "3" and (not counts or words.left_over(rest[counts.end() :], words.FIGURE_FILLER)):
        return Answer("difficulty", note=note, said=said.strip(_EDGES))
    whole = _by_rules(_words(said, folded, today, coded))
    if counts or whole.kind in ("nothing", "undo"):
        return whole
    meant = _plainly(note, rest, today, coded=True)
    if meant.kind == "card" and "?" not in rest:
        return Answer(_MENU_KINDS[number], said=said.strip(_EDGES))
    fits = meant.kind in _SAME_SENSE[number]
    return replace(meant, said=said.strip(_EDGES)) if fits else _unclear(said, "contradiction")


_UNIT = re.compile(r"(?:ho so|vu|nguoi|don vi|ngay|tuan|thang|viec|nhiem vu|bao cao|cai|ban|phan|can bo)\b")
_SAME_SENSE = {
    "0": ("undo",),
    "1": ("done", "letter", "nothing", "outside"),
    "2": ("progress", "figure", "fraction", "signing", "promise", "difficulty"),
    "3": (),
}


def _words(said: str, folded: str, today: date, coded: bool) -> Words:
    letter = numerals.letter_in(folded)
    rest = numerals.without(folded)
    side: dates.Side = "behind" if letter or "da gui" in rest or "hom qua" in rest else "ahead"
    found = dates.find(rest, today, side)
    dateless = rest
    for one in found:
        dateless = dateless[: one.start] + " " * (one.end - one.start) + dateless[one.end :]
    closing = words.CLOSING.search(rest)
    return Words(
        said=said.strip(_EDGES),
        folded=folded,
        plain=words.spelled(dateless),
        days=tuple(one.day for one in found),
        date_first=bool(found and closing and found[0].start < closing.start()),
        letter=_letter(said, letter) if letter else None,
        letter_named=bool(letter and letter.named),
        today=today,
        coded=coded,
    )


def _letter(said: str, letter: numerals.Letter) -> str:
    return said[letter.start : letter.end].replace(" ", "").strip(_EDGES)


def _by_rules(text: Words) -> Answer:
    for rule in _RULES:
        if answer := rule(text):
            return answer if answer.said else replace(answer, said=text.said)
    return _unclear(text.said)


def _unclear(said: str, doubt: Doubt | None = None) -> Answer:
    return Answer("unclear", doubt=doubt, said=said.strip(_EDGES))


# --- the rules, in the order in which they are asked --------------------------------------------------------------


def _a_question(text: Words) -> Answer | None:
    asked = "?" in text.folded or words.QUESTION.search(text.plain) or words.ASKS_WHETHER_DONE.search(text.plain)
    return Answer("card") if asked else None


def _taking_back(text: Words) -> Answer | None:
    if words.UNDO.fullmatch(text.plain):
        return Answer("undo")
    left = text.plain
    while found := words.CORRECTION.match(left):
        left = left[found.end() :]
    if left == text.plain:
        return None
    corrected = _plainly(left, left, text.today, text.coded)
    return corrected if corrected.kind in ("figure", "fraction", "promise") else None


def _extension(text: Words) -> Answer | None:
    if not words.EXTENSION.search(text.plain) or words.CLOSING.search(text.plain):
        return None
    impossible: Doubt | None = "impossible_date" if None in text.days[:1] else None
    return Answer("extension", on=text.days[0] if text.days else None, note=_reason(text), doubt=impossible)


_BEFORE_REASON = re.compile(
    r".*(?<![\d/])\d{1,2}\s?[/.\-]\s?\d{1,2}(?:\s?[/.\-]\s?\d{2,4})?(?:[\s,;:.\-]|\b(?:vi|do|ly do|boi)\b)*"
    r"|.*?\b(?:vi|do|ly do)\b[\s:]*",
    re.DOTALL,
)


def _reason(text: Words) -> str | None:
    """Why more time is needed: what follows the date, or `vì`."""
    found = _BEFORE_REASON.match(text.folded)
    rest = len(text.folded) - found.end() if found else 0
    return text.said[len(text.said) - rest :].strip(_EDGES) or None


def _promise(text: Words) -> Answer | None:
    if not text.days:
        hopes = re.search(r"\bhen\b", text.plain) and text.coded and "khong" not in text.plain
        return _unclear(text.said, "no_date") if hopes else None
    if words.DIFFICULT.search(text.plain) or text.letter:
        return None
    return _on_a_day(text) if _promises(text) else _promise_in_last_clause(text)


def _on_a_day(text: Words) -> Answer:
    on = text.days[0]
    if on is None:
        return _unclear(text.said, "impossible_date")
    if len(set(text.days)) > 1 or words.UNSURE.search(text.plain):
        return _unclear(text.said, "contradiction")
    if on < text.today:
        return _unclear(text.said, "past_date")
    bare = _DAY_AND_MONTH.search(text.folded) if not _SURELY_A_DATE.search(text.folded) else None
    return Answer("promise", on=on, number=float(bare[1]) if bare else None, of=float(bare[2]) if bare else None)


_DAY_AND_MONTH = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})(?![\d/])")
_SURELY_A_DATE = re.compile(r"\b(?:hen|du kien|ngay|mung|se|truoc)\b")


def _promise_in_last_clause(text: Words) -> Answer | None:
    """`chưa gửi được, mai gửi`."""
    *before, last = re.split(r"[,;.](?!\d)", text.said.rstrip(_EDGES))
    if not before:
        return None
    meant = read(last, fold.fold_clean(last), text.today, coded=False)
    return meant if meant.kind == "promise" else None


def _promises(text: Words) -> bool:
    """The date is one that lies ahead of the sending, not one of a meeting or of something already done."""
    plain, on = text.plain, text.days[0]
    if re.search(r"\b(?:hen|du kien)\b", plain):
        return True
    behind = on is not None and on < text.today
    if behind or (words.ALREADY.search(plain) and words.CLOSING.search(plain)):
        return False
    if on == text.today and words.CLOSING.search(plain) and not text.date_first:
        return False
    loose = words.left_over(plain, words.PROMISE_FILLER, words.FILLER)
    alone = not plain and not re.fullmatch(r"[\s\d/.\-]+", text.folded)
    return alone or bool(
        words.PROMISING.search(plain) and (not loose or (text.coded and not words.HEDGE.search(loose)))
    )


def _nothing_same_outside(text: Words) -> Answer | None:
    for kind, pattern in _WHOLE_ANSWERS:
        if pattern.search(text.plain) and not _more(text, pattern):
            return Answer(kind)
    return None


_WHOLE_ANSWERS: tuple[tuple[Meaning, re.Pattern[str]], ...] = (
    ("nothing", words.NOTHING),
    ("same", words.SAME),
    ("outside", words.OUTSIDE),
)


def _more(text: Words, *patterns: re.Pattern[str]) -> bool:
    """Is anything said beyond these words and the small change of politeness?"""
    return bool(words.left_over(text.plain, *patterns, words.FILLER))


def _letter_sent(text: Words) -> Answer | None:
    by_axis = words.BY_AXIS.search(text.plain)
    unnumbered = words.LETTER_WORD.search(text.plain) and words.CLOSING.search(text.plain)
    if not (text.letter or by_axis or unnumbered) or None in text.days:
        return None
    plain = re.sub(r"\b(?:ve viec|v ?v)\b.*", "", text.plain)
    loose = words.left_over(plain, words.BY_AXIS, words.CLOSING, words.FILLER, words.THANKS)
    if loose and (words.HEDGE.search(plain) or not text.coded or not words.CLOSING.search(plain)):
        return None
    if words.HEDGE.search(words.left_over(plain, words.BY_AXIS, words.CLOSING, _CHO)):
        return None
    ahead = text.days and text.days[0] and text.days[0] > text.today
    if ahead and not words.ALREADY.search(text.plain):
        return _unclear(text.said, "contradiction")
    note = text.said if by_axis else None
    return Answer("letter", letter=text.letter, letter_on=text.days[0] if text.days else None, note=note)


_CHO = re.compile(r"\bcho\b")
"""`cho` (to), which folds like `chờ` (wait)."""


def _signing(text: Words) -> Answer | None:
    if not words.SIGNING.search(text.plain) or re.search(r"\bchua (?:\w+ )?trinh\b", text.plain):
        return None
    sent = re.search(r"\b(?:da|vua) (?:gui|nop)\b", text.plain)
    return _unclear(text.said, "contradiction") if sent else Answer("signing", note=text.said)


_PERCENT = re.compile(r"(\d+(?:[.,]\d+)?) ?(?:%|phan tram)")
_FRACTION = re.compile(
    r"(?<![\d/])(\d+(?:[.,]\d+)?) ?(?:/|tren(?: tong so)?|trong(?: tong)? so) ?(\d+(?:[.,]\d+)?)(?![\d/])"
)
_NUMBER = re.compile(r"(?<![\w/.,])(?:\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+(?:[.,]\d+)?)(?![\w/])(?![.,]\d)")
"""`3.1.2` is a place in a paper, and no number."""
_FROM_TO = re.compile(r"\btu \d+(?:[.,]\d+)? ?%? ?(?:len|den|toi|thanh) ")
_NOT_A_LEVEL = re.compile(
    r"\b(?:con|thieu|tang|them|giam|duoi|chua|khong) (?:lai |duoc |den |toi |dat |khoang |them |qua )*\d"
)
_RANGE = re.compile(r"\d ?%? ?- ?\d+ ?%")


def _figure(text: Words) -> Answer | None:
    plain = _FROM_TO.sub("", text.plain)
    if not re.search(r"\d", plain):
        return _fraction_like_a_date(text) if text.days else None
    if _NOT_A_LEVEL.search(plain) or _RANGE.search(text.folded):
        negated = re.search(r"\b(?:chua|khong)\b", plain)
        return Answer("progress", note=text.said) if negated else _unclear(text.said, "contradiction")
    figures = {number_of(found) for found in _PERCENT.findall(plain)}
    fractions = _FRACTION.findall(_PERCENT.sub(" ", plain))
    if len(figures) > 1 or len(fractions) > 1:
        return _unclear(text.said, "two_figures")
    if fractions:
        return _fraction(text, plain, fractions[0])
    if figures:
        return _level(text, _PERCENT.sub(" ", plain), figures.pop(), percent=True)
    numbers = _NUMBER.findall(plain)
    return _level(text, _NUMBER.sub(" ", plain), number_of(numbers[0]), percent=False) if len(numbers) == 1 else None


def _fraction_like_a_date(text: Words) -> Answer | None:
    """`10/12` may be ten of twelve or the tenth of December: only the item knows."""
    bare = _DAY_AND_MONTH.search(text.folded)
    if not bare or _SURELY_A_DATE.search(text.folded) or words.left_over(text.plain, words.FIGURE_FILLER):
        return None
    return Answer("fraction", number=float(bare[1]), of=float(bare[2]), on=text.days[0])


def _fraction(text: Words, plain: str, parts: tuple[str, str]) -> Answer | None:
    loose = words.left_over(_FRACTION.sub(" ", _PERCENT.sub(" ", plain)), words.FIGURE_FILLER)
    if loose and (not text.coded or words.CLOSING.search(loose) or len(loose.split()) > 4):
        return None
    number, of = map(number_of, parts)
    return Answer("fraction", number=number, of=of, on=text.days[0] if text.days else None)


def _level(text: Words, rest: str, number: float, *, percent: bool) -> Answer | None:
    loose = words.left_over(rest, words.FIGURE_FILLER, words.FILLER if percent else words.FIGURE_FILLER)
    vague = not percent and (len(loose.split()) > 3 or words.HEDGE.search(loose))
    if loose and (not text.coded or vague):
        return None
    if number > 100_000:
        return _unclear(text.said, "no_such_number")
    return Answer("figure", number=number, percent=percent, note=text.said if loose else None)


def _hard(text: Words) -> Answer | None:
    if not words.DIFFICULT.search(text.plain) or words.NOT_DIFFICULT.search(text.plain):
        return None
    return Answer("difficulty", note=text.said)


def _closed(text: Words) -> Answer | None:
    sent = words.SENDING.search(text.plain) and re.search(r"\broi\b", text.plain)
    if not (sent or words.CLOSING.search(text.plain)) or _more(text, words.CLOSING) or None in text.days:
        return None
    if text.days and text.days[0] and text.days[0] > text.today:
        return _unclear(text.said, "contradiction")
    return Answer("done")


def _hedged(text: Words) -> Answer | None:
    """`sắp xong`, `chưa gửi`, `cơ bản xong`: work that goes on, in the sender's words."""
    if not words.HEDGE.search(text.plain):
        return None
    of_work = words.CLOSING.search(text.plain) or words.SENDING.search(text.plain)
    not_yet = text.plain in _BARE_HEDGES or (text.coded and re.search(r"\bchua\b", text.plain))
    return Answer("progress", note=text.said) if of_work or not_yet else None


_BARE_HEDGES = frozenset({"chua", "chua a", "sap roi", "gan roi", "chua co", "chua dau", "sap", "co ban roi", "co ban"})


def _acknowledged(text: Words) -> Answer | None:
    if text.days or not words.ACKNOWLEDGED.search(text.plain):
        return None
    return (
        None if words.left_over(text.plain, words.ACKNOWLEDGED, words.THANKS, words.FILLER) else Answer("acknowledged")
    )


def _working(text: Words) -> Answer | None:
    return Answer("progress", note=text.said) if words.WORKING.search(text.plain) and text.coded else _at_work(text)


def _at_work(text: Words) -> Answer | None:
    return Answer("progress", note=text.said) if words.AT_WORK.match(text.plain) else None


def _only_polite(text: Words) -> Answer | None:
    return Answer("card") if not words.left_over(text.plain, words.FILLER) and text.coded and _greets(text) else None


def _greets(text: Words) -> bool:
    return not words.SENDING.search(text.plain) and not words.ALREADY.search(text.plain) and not text.days


_RULES: tuple[Callable[[Words], Answer | None], ...] = (
    _a_question,
    _taking_back,
    _extension,
    _nothing_same_outside,
    _letter_sent,
    _signing,
    _promise,
    _figure,
    _hard,
    _closed,
    _hedged,
    _acknowledged,
    _working,
    _only_polite,
)
