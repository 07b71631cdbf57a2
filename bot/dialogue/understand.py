"""From a message to its meaning: words, the open question and the vocabulary, never the data."""

import re
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from bot.dialogue import talk as talks
from bot.dialogue.intents import (
    Answer,
    Answers,
    Code,
    Courtesy,
    Files,
    InGroup,
    Intent,
    Note,
    Nothing,
    Notice,
    Page,
    Part,
    Pick,
    Secret,
    ShowFile,
    Stranger,
    TakeBack,
    Understood,
    Unread,
    YesNo,
)
from bot.dialogue.orders import words as order_words
from bot.dialogue.orders.values import Seen
from bot.dialogue.posts import words as post_words
from bot.dialogue.posts.needs import CONFIRMED
from bot.dialogue.posts.values import MyData, Option
from bot.dialogue.reading import answers, commands, mentions, numerals, words
from bot.dialogue.reading.fold import clean, fold, fold_clean, mend
from bot.dialogue.reading.vocabulary import vocabulary
from bot.dialogue.rulings import words as ruling_words
from bot.dialogue.rulings.values import AT_LENGTH, BULK, AtLength, DecideExtension, Return, Waive
from bot.dialogue.steering import words as steering_words
from bot.dialogue.values import Book, Place, Question, Talk
from models.rules import secrecy
from models.wire import Heard

NOTICE_LENGTH = 120
TOO_LONG = 2000
LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
YES_OR_NO = CONFIRMED | {
    "confirm_link", "confirm_value", "not_secret", "notice", "confirm_order", "confirm_policy", BULK, AT_LENGTH,
}  # fmt: skip
"""Kinds of question that `1` or `đúng` affirms and `2` denies."""


@dataclass(frozen=True, slots=True)
class _Message:
    heard: Heard
    said: str
    folded: str
    """Mended; the same length as `said`."""
    talk: Talk
    question: Question | None
    places: tuple[Place, ...]
    book: Book
    today: date


def understand(heard: Heard, talk: Talk, places: tuple[Place, ...], book: Book, today: date) -> Understood:
    question = _alive(talk.question, today)
    speaker = post_words.speaker(fold(heard.text), places, question)
    if question and speaker is not None:
        heard, question = _what_waited(heard, question)
    said = clean(heard.text)
    message = _Message(heard, said, mend(fold_clean(said)), talk, question, places, book, today)
    waiting = tuple(draft.key for draft in talk.draft)
    return Understood(_intent(message), heard, question, book, places, talk.last, waiting, speaker)


def _what_waited(heard: Heard, question: Question) -> tuple[Heard, Question | None]:
    """Whoever speaks has said so: what was said before that is read now, with the question that was open then."""
    before = question.pending.get("before")
    said = heard.model_copy(update={"text": question.pending["text"], "kind": "text"})
    return said, talks.question_from_json(before) if before else None


def _alive(question: Question | None, today: date) -> Question | None:
    if question and question.until and question.until.astimezone(LOCAL).date() < today:
        return None
    return question


def _intent(message: _Message) -> Intent:
    for step in _STEPS:
        if intent := step(message):
            return intent
    return Unread("words")


# --- before the words ---------------------------------------------------------------------------------------------


def _event(message: _Message) -> Intent | None:
    return Nothing() if message.heard.kind in ("blocked", "unblocked") else None


def _in_group(message: _Message) -> Intent | None:
    """Nothing is said there but where to write: others read along."""
    if message.heard.private:
        return None
    return Nothing() if message.heard.kind == "tap" else InGroup(code=bool(_DIGITS.search(message.folded)))


def _secret(message: _Message) -> Intent | None:
    names = [file.name for file in message.heard.files if file.name]
    for marking in map(secrecy.marking_of_name, names):
        if marking:
            return Secret(marking)
    if "mat" not in message.folded and not re.search(r"m ?a ?t\b", message.folded):
        return None
    if marking := secrecy.marking(message.heard.text):
        return Secret(marking)
    cleared = message.question is not None and message.question.kind == "cleared"
    doubtful = not cleared and secrecy.doubtful(message.heard.text)
    return Secret("doubtful", sure=False) if doubtful else None


_DIGITS = re.compile(r"(?<![\d/.,])\d(?:[ \-.]?\d){7}(?![\d/]|[.,]\d)")
_BESIDE = r"(?:ma|code|lien ket|ket noi|toi|em|minh|la|start|[\s:/.,!]|\ba\b|nhe|day|cua)*"
_CALLED = re.compile(_BESIDE)
_NEARLY = re.compile(rf"{_BESIDE}\d(?:[ \-.]?\d){{3,11}}{_BESIDE}")
_A_DATE = re.compile(r"(?:0?[1-9]|[12]\d|3[01])-(?:0?[1-9]|1[0-2])-(?:19|20)\d\d")


def _code(message: _Message) -> Intent | None:
    if len(message.folded) > NOTICE_LENGTH:
        return None
    found = _DIGITS.findall(message.folded)
    if not found and not message.places and _meant_as_code(message):
        return Code("")
    if len(found) != 1:
        return None
    alone = _CALLED.fullmatch(_DIGITS.sub("", message.folded))
    if message.places and (not alone or _A_DATE.fullmatch(found[0])):
        return None
    return Code(re.sub(r"\D", "", found[0]))


def _meant_as_code(message: _Message) -> bool:
    """From a stranger: a number a digit too short or too long, or what a link brought along."""
    return bool(_NEARLY.fullmatch(message.folded.strip()) or (message.heard.kind == "start" and message.folded.strip()))


def _started(message: _Message) -> Intent | None:
    if message.heard.kind != "start":
        return None
    return Page("start") if message.places else Stranger(started=True)


def _about_posts(message: _Message) -> Intent | None:
    """Links, posts and one's own data; a stranger has nothing but the latter."""
    heard = message.heard
    if heard.files or heard.forwarded or heard.edited:
        return None
    idle = message.question is None and not message.talk.last
    found = post_words.read(message.folded, message.book, message.today, message.question, idle=idle)
    return found if message.places or isinstance(found, MyData | Option) else None


def _yes_or_no(message: _Message) -> Intent | None:
    if message.question is None or message.question.kind not in YES_OR_NO or message.heard.files:
        return None
    yes = words.yes_or_no(message.folded)
    return None if yes is None else YesNo(yes)


def _old_button(message: _Message) -> Intent | None:
    """A bare yes or no under a message whose question is over."""
    answers_nothing = message.heard.kind == "tap" and message.folded in ("dung", "khong dung")
    return Unread("old_button") if answers_nothing and message.places else None


def _stranger(message: _Message) -> Intent | None:
    return None if message.places else Stranger()


def _unsupported(message: _Message) -> Intent | None:
    heard = message.heard
    if heard.files and all(file.kind == "voice" for file in heard.files):
        return Unread("voice")
    if heard.kind != "unsupported":
        return None
    name = fold(heard.text)
    return Unread("sticker" if "sticker" in name else "voice" if "voice" in name else "unsupported")


def _steering(message: _Message) -> Intent | None:
    """What the head and its desk decide about the reminders; others are told when they ask for it with a slash."""
    heard = message.heard
    if heard.files or heard.forwarded or heard.edited or len(message.folded) > NOTICE_LENGTH:
        return None
    said, folded = _chosen(message) or (message.said, message.folded)
    found = steering_words.steering(said, folded, message.book, message.places)
    leads = any(place.leads for place in message.places)
    return found if leads or message.folded.startswith("/") else None


def _chosen(message: _Message) -> tuple[str, str] | None:
    """What the number of an open menu stands for, as it would be typed."""
    if message.question is None or message.question.kind != "menu":
        return None
    said = message.question.pending.get(message.folded.strip(" .!"))
    return (said, mend(fold(said))) if said else None


def _ruling(message: _Message) -> Intent | None:
    """What the head and its desk say of what was sent; an agency wonders why it is still reminded."""
    heard = message.heard
    if heard.files or heard.forwarded or heard.edited or len(message.folded) > TOO_LONG:
        return None
    if any(place.leads for place in message.places) or message.folded.startswith("/"):
        found = ruling_words.ruling(message.said, message.folded, message.book, message.question)
        if isinstance(found, Return) and found.named is None and found.reason and _says_otherwise(message):
            return None
        if isinstance(found, Return | Waive | DecideExtension) and _is_notice(message):
            return AtLength(found)
        if found:
            return found
    if len(message.folded) > NOTICE_LENGTH:
        return None
    answering = any(place.answers for place in message.places)
    return ruling_words.why_still(message.folded, message.book) if answering else None


def _says_otherwise(message: _Message) -> bool:
    """What is typed where a reason was asked for may be a command all the same."""
    coded = _BEGINS_WITH_CODE.match(message.folded)
    return bool(coded or _order(message) or _command(message) or _shown(message) or _agency(message))


def _order(message: _Message) -> Intent | None:
    """What the head's desk orders; others are told when they ask for it with a slash."""
    heard = message.heard
    if heard.files or heard.forwarded or heard.edited:
        return None
    found = order_words.order(message.said, message.folded, message.book, message.today, message.question)
    leads = any(place.leads for place in message.places)
    return found if leads or isinstance(found, Seen) or message.folded.startswith("/") else None


def _files(message: _Message) -> Intent | None:
    if not message.heard.files:
        return None
    long = _is_notice(message) and not re.match(r"k\d", message.folded)
    parts = () if long else _parts(message)
    if not parts and message.folded and not long:
        answer = answers.read(message.said, message.folded, message.today, coded=False)
        parts = (Part(None, answer),) if answer.kind not in ("unclear", "card", "acknowledged", "undo") else ()
    return Files(parts)


def _empty(message: _Message) -> Intent | None:
    if not message.folded.strip(" .,!-"):
        return Courtesy() if _THUMB.search(message.heard.text) else Unread("empty")
    return Unread("long") if len(message.folded) > TOO_LONG else None


_THUMB = re.compile("[👍👌🙏✅🫡]")


# --- words --------------------------------------------------------------------------------------------------------

_NOTICE_BEGINS = re.compile(
    r"[\s\"'(*\-]*(?:kinh gui|de nghi (?:cac|quy) (?:don vi|co quan|dong chi)|thong bao\b|kinh moi)"
)


def _is_notice(message: _Message) -> bool:
    long = len(message.folded) > NOTICE_LENGTH
    return long or message.heard.forwarded or bool(_NOTICE_BEGINS.match(message.folded))


def _notice(message: _Message) -> Intent | None:
    if not _is_notice(message):
        return None
    forwarded = message.heard.forwarded or _NOTICE_BEGINS.match(message.folded)
    if forwarded:
        return Notice()
    if message.question and message.question.kind == "difficulty" and not re.match(r"/?k\d", message.folded):
        return Note(message.said)
    parts = _parts(message) if re.match(r"\s*/?k[ .\-]?\d", message.folded) else ()
    return Answers(parts, confirm="long") if parts and all(_may_be_long(part.answer) for part in parts) else Notice()


def _may_be_long(answer: Answer) -> bool:
    return _storable(answer) or answer.kind == "extension"


def _storable(answer: Answer) -> bool:
    return answer.kind not in ("unclear", "card", "extension", "undo")


_ASKING = re.compile(r"\s*/?(?:tinh hinh|tien do|status|xem)\s+(?:cua |cho |ve )?(?=k ?\d)")
"""Before a code, words that only ask."""


def _parts(message: _Message) -> tuple[Part, ...]:
    asking = _ASKING.match(message.folded)
    start = asking.end() if asking else 1 if message.folded.startswith("/") else 0
    return mentions.parts_of(message.said[start:], message.folded[start:], message.book, message.today)


def _edited(message: _Message) -> Intent | None:
    if not message.heard.edited:
        return None
    parts = _parts(message) or _uncoded(message)
    return Answers(parts, confirm="edited") if parts and all(_storable(p.answer) for p in parts) else Unread("edited")


def _uncoded(message: _Message) -> tuple[Part, ...]:
    answer = answers.read(message.said, message.folded, message.today, coded=False)
    return () if answer.kind in ("unclear", "card", "undo", "acknowledged") else (Part(None, answer),)


def _upload(message: _Message) -> Intent | None:
    return commands.upload_wanted(commands.bare(message.folded), message.book, message.today)


_BEGINS_WITH_CODE = re.compile(r"\s*/?k\d")


def _command(message: _Message) -> Intent | None:
    if _BEGINS_WITH_CODE.match(message.folded):
        return None
    if chosen := _chosen(message):
        return commands.page(chosen[1]) or commands.who_is_silent(chosen[1], message.book)
    if desk := commands.for_the_desk(message.said, message.folded, message.book, message.today):
        return desk
    text = commands.bare(message.folded)
    return commands.page(text) or commands.who_is_silent(text, message.book)


def _asked_about(message: _Message) -> Intent | None:
    """A task that is named by whoever follows the bloc and answers for no agency: where it stands."""
    follows = any(place.leads for place in message.places) and not any(place.answers for place in message.places)
    which = message.question is not None and message.question.kind == "which"
    return commands.where_it_stands(_parts(message), message.book) if follows and not which else None


def _answered(message: _Message) -> Intent | None:
    """Answers that name their task, by code or title."""
    parts = _parts(message)
    if not parts:
        return None
    which = message.question is not None and message.question.kind == "which"
    if which and len(parts) == 1 and parts[0].answer.kind == "card" and "?" not in message.folded:
        return Pick(target=parts[0].target)
    return Answers(parts)


def _picked(message: _Message) -> Intent | None:
    if message.question is None or message.question.kind != "which":
        return None
    text = commands.bare(message.folded)
    if text.isdigit() and len(text) <= 3:
        return Pick(index=int(text))
    members, end = vocabulary(message.book).agency_at(text)
    return Pick(short=fold(members[0].short)) if members and end == len(text) else None


_SHOW_FILE = re.compile(
    r"/?(?:cho )?(?:xem|mo|tai|gui)(?: lai)?(?: tep| file| anh| minh chung| ban)*(?: cua| so| ma)?[\s:]*"
    r"bn[\s\-–]?0*(?P<id>\d{1,9})[\s.!a]*"
)


def _shown(message: _Message) -> Intent | None:
    if receipt := ruling_words.opened(message.folded, message.question):
        return ShowFile(receipt)
    found = _SHOW_FILE.fullmatch(message.folded)
    return ShowFile(int(found["id"])) if found else None


_TAKE_BACK = re.compile(r"\b(?:huy|sua|nham|sai|rut|xoa|thu hoi)\b")


def _taken_back(message: _Message) -> Intent | None:
    receipts = numerals.receipts_in(message.folded)
    if receipts and _TAKE_BACK.search(message.folded):
        return TakeBack(receipts)
    return None


def _to_the_question(message: _Message) -> Intent | None:
    """Answers without a code."""
    answer = answers.read(message.said, message.folded, message.today, coded=False)
    match answer.kind:
        case "acknowledged":
            return Courtesy()
        case "undo":
            return Answers((Part(None, answer),)) if answer.said == "0" and message.question else TakeBack()
        case "unclear" if answer.doubt and message.question:
            return Answers((Part(None, answer),))
        case "unclear" | "card":
            return None
        case _:
            return Answers((Part(None, answer),))


_GREETS = re.compile(r"(?:xin |da |em )*(?:cam on|tks|thanks|thank|chao|hello|hi|alo)\b(?: \w+){0,4}[\s.!]*")


def _courtesy(message: _Message) -> Intent | None:
    return Courtesy(thanks=True) if _GREETS.fullmatch(message.folded) else None


def _noted(message: _Message) -> Intent | None:
    asked = message.question is not None and message.question.kind == "difficulty"
    return Note(message.said) if asked and "?" not in message.folded else None


def _agency(message: _Message) -> Intent | None:
    if not any(place.leads for place in message.places):
        return None
    return commands.how_is(commands.bare(message.folded), message.book)


_STEPS = (
    _event,
    _secret,
    _in_group,
    _code,
    _started,
    _about_posts,
    _yes_or_no,
    _old_button,
    _stranger,
    _unsupported,
    _steering,
    _ruling,
    _order,
    _files,
    _empty,
    _notice,
    _edited,
    _upload,
    _command,
    _shown,
    _taken_back,
    _asked_about,
    _answered,
    _picked,
    _courtesy,
    _to_the_question,
    _noted,
    _agency,
)
