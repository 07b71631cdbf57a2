"""What the head says of what the agencies sent and asked: meanings, needs, facts and deeds.

Plain values, like those of `values.py`.
"""

from dataclasses import dataclass
from typing import Literal, TypeGuard, get_args

from bot.dialogue.orders.values import Named

REVIEW = "review"
"""The kind of question that `/duyet` leaves: confirm, ask to add, later."""
REASON = "return_reason"
"""The kind of question that asks what is missing."""
AT_LENGTH = "ruling_at_length"
"""The kind of question that `1` answers with what was written at length."""
EXTENSION = "extension"
"""The kind of question that an agency's wish for more time leaves with the head: `1` grants it, `2` does not."""
BULK = "confirm_bulk"
"""The kind of question that `1` answers with a confirmation of several."""

Told = Literal["confirmed", "returned", "taken_back", "extended", "not_extended", "waived"]


@dataclass(frozen=True, slots=True)
class Inspect:
    """`/duyet`; with `later`, what stands in the open question is put off."""

    later: bool = False


@dataclass(frozen=True, slots=True)
class Confirm:
    """`xác nhận K5-STP`, `xác nhận K5`, `xác nhận hết`; without a name and not of all: what is asked about."""

    named: tuple[Named, ...] = ()
    everything: bool = False
    agencies: tuple[int, ...] = ()
    """`xác nhận STP`: all that these have sent."""


@dataclass(frozen=True, slots=True)
class Return:
    """`bổ sung K5-STP chưa có chữ ký`; without a reason it is asked for."""

    named: Named | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Waive:
    """`K7-STP miễn <lý do>`."""

    named: Named | None
    reason: str


@dataclass(frozen=True, slots=True)
class DecideExtension:
    """`đồng ý gia hạn K5-STP`, `không đồng ý gia hạn K5-STP <lý do>`."""

    yes: bool
    named: Named | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class WhyStill:
    """`đã gửi rồi sao còn nhắc`."""

    named: Named | None = None


@dataclass(frozen=True, slots=True)
class WriteTo:
    """`trả lời K5-STP <nội dung>`: the desk's word about a difficulty."""

    named: Named | None
    text: str


@dataclass(frozen=True, slots=True)
class AtLength:
    """A ruling in a long text, or one that begins like a letter: it is read back before it is taken."""

    ruling: Return | Waive | DecideExtension


Ruling = Inspect | Confirm | Return | Waive | DecideExtension | WhyStill | WriteTo | AtLength


def is_ruling(intent: object) -> TypeGuard[Ruling]:
    return isinstance(intent, get_args(Ruling))


# --- what must be known -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that was sent for an obligation."""

    obligation_id: int
    receipt: str
    name: str | None


@dataclass(frozen=True, slots=True)
class HeadSeat:
    """An agency that heads a bloc in an open season."""

    agency_id: int
    year: int
    has_deputy: bool
    """Somebody sits as one today; else the head's own tasks are the administrator's to rule on."""


@dataclass(frozen=True, slots=True)
class RulingFacts:
    """Of the blocs that this chat leads: what was sent, and by whom."""

    files: tuple[Sent, ...] = ()
    people: tuple[tuple[int, str], ...] = ()
    """(person, name) of whoever said something of it."""
    heads: tuple[HeadSeat, ...] = ()


# --- what is done -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TellAgency:
    """The agency hears of a ruling, in the sentence `text`; with `asks` the answer may follow at once."""

    obligation_id: int
    text: str
    asks: bool = False
    undoes: int | None = None
    """The ruling that no longer stands: only whoever was told of it hears this; what has not left stays here."""


@dataclass(frozen=True, slots=True)
class TellDesk:
    """The head's desk hears at once; with `decides` the head too, who may tap."""

    obligation_id: int
    text: str
    choices: tuple[tuple[str, str, str], ...] = ()
    """(key, label, what it says)."""
    decides: bool = False


RulingDeed = TellAgency | TellDesk


def is_ruling_deed(deed: object) -> TypeGuard[RulingDeed]:
    return isinstance(deed, get_args(RulingDeed))
