"""What a message means, before anybody has looked at the data."""

from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date
from typing import Any, Literal

from bot.dialogue.orders.values import Order
from bot.dialogue.posts.values import PostIntent
from bot.dialogue.rulings.values import Ruling
from bot.dialogue.steering.values import Steering
from bot.dialogue.values import Book, Entry, Member, Place, Question, Role
from models.wire import Heard

Proxy = Literal["telephone", "letter", "in_person"]

Meaning = Literal[
    "done", "progress", "difficulty", "acknowledged", "promise", "signing", "letter", "nothing", "same", "outside",
    "figure", "fraction", "undo", "card", "extension", "unclear",
]  # fmt: skip
"""Update kinds, and what needs the item (`figure`, `fraction`), a look (`card`), a word (`extension`) or a question
(`unclear`) before it is one."""

Doubt = Literal["no_date", "impossible_date", "past_date", "two_figures", "contradiction", "no_such_number"]


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer about one obligation, whichever it is."""

    kind: Meaning
    number: float | None = None
    of: float | None = None
    percent: bool = False
    """The number came with its `%`."""
    note: str | None = None
    letter: str | None = None
    letter_on: date | None = None
    on: date | None = None
    doubt: Doubt | None = None
    """Why it is `unclear`."""
    said: str = ""
    """As it was typed."""

    def to_json(self) -> dict[str, Any]:
        plain = {name: value for name, value in asdict(self).items() if value not in (None, False, "")}
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in plain.items()}

    @staticmethod
    def from_json(stored: dict[str, Any]) -> "Answer":
        known = {one.name: stored[one.name] for one in fields(Answer) if one.name in stored}
        answer = Answer(**known)
        return replace(answer, letter_on=_day(known.get("letter_on")), on=_day(known.get("on")))


def _day(stored: str | None) -> date | None:
    return date.fromisoformat(stored) if stored else None


@dataclass(frozen=True, slots=True)
class Target:
    """A milestone that was named."""

    code: str
    """As it is written everywhere: `K7`; the title when a title was typed."""
    entries: tuple[Entry, ...] = ()
    """None: there is no such code; several: the code (or title) fits several blocs or milestones."""
    short: str | None = None
    """The agency in `K7-STP`, folded."""
    slug: str | None = None
    nearest: Entry | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A target with its answer; without a target the open question is meant."""

    target: Target | None
    answer: Answer


# --- intents ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Nothing:
    """An event that is not answered."""


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody without a place who did not type a code."""

    started: bool = False


@dataclass(frozen=True, slots=True)
class InGroup:
    """Said to the bot where many read along."""

    code: bool = False
    """A link code was said there."""


@dataclass(frozen=True, slots=True)
class Code:
    digits: str


@dataclass(frozen=True, slots=True)
class YesNo:
    """The answer to a yes-or-no question that is open."""

    yes: bool


@dataclass(frozen=True, slots=True)
class Answers:
    parts: tuple[Part, ...]
    confirm: Literal["edited", "long"] | None = None
    """Read back before anything is stored."""


@dataclass(frozen=True, slots=True)
class Pick:
    """The answer to "which?": some of the question's obligations."""

    target: Target | None = None
    index: int | None = None
    short: str | None = None


@dataclass(frozen=True, slots=True)
class Files:
    """Files, with what their caption says."""

    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class UploadWanted:
    """`gửi tệp K5`: a link to the upload page."""

    target: Target | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """The text that the open question "what is the difficulty?" asked for."""

    text: str


@dataclass(frozen=True, slots=True)
class TakeBack:
    """`hủy` without a code: what the last message stored; or a receipt that was named."""

    receipts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ShowFile:
    """`xem BN-0147`: the file behind a receipt."""

    receipt: int


@dataclass(frozen=True, slots=True)
class Courtesy:
    """`ok`, `vâng ạ`, `đã nhận`: an acknowledgement of the open question, never more."""

    thanks: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """A list or a text that somebody asks for."""

    name: Literal["help", "work", "start", "status", "mine"]


@dataclass(frozen=True, slots=True)
class WhoIsSilent:
    target: Target | None = None


@dataclass(frozen=True, slots=True)
class HowIs:
    """`Sở Tư pháp thế nào`."""

    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class OnBehalf:
    """`ghi hộ <agency> K7 <answer>`."""

    members: tuple[Member, ...]
    parts: tuple[Part, ...]
    proxy: Proxy | None


@dataclass(frozen=True, slots=True)
class NewCode:
    members: tuple[Member, ...]
    role: Role = "focal"


@dataclass(frozen=True, slots=True)
class Notice:
    """A forwarded notice, or a text as long as one: never changes a state."""


@dataclass(frozen=True, slots=True)
class Secret:
    marking: str
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Unread:
    """Something that cannot be read as an answer."""

    why: Literal["empty", "long", "sticker", "voice", "unsupported", "edited", "words", "old_button"]


Intent = (
    Nothing | Stranger | InGroup | Code | YesNo | Answers | Pick | Files | Note | TakeBack | Courtesy | Page
    | WhoIsSilent | HowIs | OnBehalf | NewCode | Notice | Secret | Unread | UploadWanted | ShowFile | Steering
    | Ruling | Order | PostIntent
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Understood:
    """What a message means, with what was at hand when it was read."""

    intent: Intent
    heard: Heard
    question: Question | None = None
    """The open question, if it still lives."""
    book: Book = field(default_factory=Book)
    places: tuple[Place, ...] = ()
    last: tuple[int, ...] = ()
    """The updates that `hủy` would take back."""
    waiting: tuple[str, ...] = ()
    """Keys of the files that wait for their task."""
    speaker: int | None = None
    """Who of an office account's people just said that it is they who speak."""
