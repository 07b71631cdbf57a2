"""How firmly the bloc is reminded, decided in chat by its head and desk: meanings, needs, facts and deeds.

Plain values, like those of `values.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, TypeGuard, get_args

from bot.dialogue.orders.values import Named
from models.rules.policy import Policy

CONFIRM = "confirm_policy"
"""The kind of question that `1` carries out."""

# --- meanings -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Changes:
    """Parts of how a bloc is reminded that are to be different from its level."""

    policy: tuple[tuple[str, Any], ...] = ()
    """Parts of `models.rules.policy`, with their values."""
    sending: tuple[tuple[str, str], ...] = ()
    """The windows in which reminders leave, `HH:MM` each; empty: as they are."""
    important: tuple[str, ...] | None = None
    """The milestones that are, and no others; None: as they are."""

    def __bool__(self) -> bool:
        return bool(self.policy or self.sending) or self.important is not None


@dataclass(frozen=True, slots=True)
class Firmness:
    """`/mucnhac`, `/mucnhac tăng cường`, `/mucnhac bậc -5, 0, 2; ân hạn 1`."""

    level: str | None = None
    """`minimal`, `standard`, `firm`; None: show the one that is set."""
    unknown: str | None = None
    """What was written in its place and is neither a level nor a part."""
    twice: str | None = None
    """The part that was asked for twice, differently."""
    slug: str | None = None
    changes: Changes = Changes()


@dataclass(frozen=True, slots=True)
class Letter:
    """`công văn STP`: the draft of an official letter."""

    agency_id: int | None = None
    bloc_id: int | None = None


@dataclass(frozen=True, slots=True)
class ToLeader:
    """`gửi lãnh đạo K5-STP`, `không gửi lãnh đạo K5-STP`."""

    yes: bool
    named: Named | None = None


Steering = Firmness | Letter | ToLeader


def is_steering(intent: object) -> TypeGuard[Steering]:
    return isinstance(intent, get_args(Steering))


# --- what must be known -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SteeringNeeds:
    """What the service reads of one bloc, and of one of its agencies."""

    bloc_id: int
    agency_id: int | None = None


@dataclass(frozen=True, slots=True)
class Delivered:
    """A reminder that reached somebody of the agency."""

    obligation_id: int
    at: datetime
    channel: str


@dataclass(frozen=True, slots=True)
class Asked:
    """The step towards an agency's leader, as it stands."""

    obligation_id: int
    outcome: Literal["asked", "told", "declined", "skipped"]
    by: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SteeringFacts:
    bloc_id: int
    bloc: str
    kind: str
    year: int
    head_title: str
    policy: Policy
    has_own_parts: bool
    """It differs from its level in something."""
    calendar: Mapping[str, Any]
    """The bloc's own parts of the working calendar, as its settings keep them."""
    sending: tuple[tuple[str, str], ...]
    """The windows in force."""
    milestones: Mapping[str, bool]
    """By code, whether it is important."""
    answer_by: date
    """Five working days from today: what a letter asks for."""
    delivered: tuple[Delivered, ...] = ()
    asked: tuple[Asked, ...] = ()
    leaders: tuple[str, ...] = ()
    """Names of the agency's leaders who can be written to."""


# --- what is done -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SetFirmness:
    bloc_id: int
    policy: Mapping[str, Any]
    """As the settings keep it, whole."""
    sending: tuple[tuple[str, str], ...] = ()
    """Empty: as they are."""
    important: tuple[str, ...] | None = None
    """None: as they are."""


@dataclass(frozen=True, slots=True)
class DecideOnLeader:
    """The head's tap: the leader of the agency is written to (`text`), or not (None)."""

    obligation_id: int
    text: str | None


SteeringDeed = SetFirmness | DecideOnLeader


def is_steering_deed(deed: object) -> TypeGuard[SteeringDeed]:
    return isinstance(deed, get_args(SteeringDeed))
