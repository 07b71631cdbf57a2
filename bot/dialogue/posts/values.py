"""Who speaks for what: the meanings of words about links, posts and one's own data, what an answer to them must know,
and what is done. Plain values, like those of `values.py`."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

# --- meanings -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Links:
    """`kết nối`: who is linked, for the head's desk."""


@dataclass(frozen=True, slots=True)
class Unlink:
    """`hủy liên kết STP [lãnh đạo]`, `hủy liên kết số 12`."""

    agencies: tuple[int, ...] = ()
    role: str | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Prefer:
    """`ưu tiên Zalo`, `nhắc qua Telegram`; None: a channel that we do not have."""

    channel: str | None


@dataclass(frozen=True, slots=True)
class SecondChannel:
    """`thêm kênh`: a code for oneself, to be typed elsewhere."""


@dataclass(frozen=True, slots=True)
class MyData:
    """`/xoa`."""

    wish: Literal["menu", "export", "erase"] = "menu"


@dataclass(frozen=True, slots=True)
class HandOver:
    """`/bangiao`."""


@dataclass(frozen=True, slots=True)
class Away:
    """`/vang từ 10/6 đến 15/6 [<who stands in>]`."""

    first: date | None = None
    last: date | None = None
    impossible: str | None = None
    """What was written like a date and is none: `31/6`."""
    cover: str = ""
    """Whom was named, folded."""


@dataclass(frozen=True, slots=True)
class WhoIsAway:
    """`ai vắng`."""


@dataclass(frozen=True, slots=True)
class CallOff:
    """`hủy bàn giao`, `hủy vắng`."""

    what: Literal["handover", "absence"]


@dataclass(frozen=True, slots=True)
class Option:
    """The answer to a numbered question of this family."""

    index: int


PostIntent = Links | Unlink | Prefer | SecondChannel | MyData | HandOver | Away | WhoIsAway | CallOff | Option
POST_INTENTS = (Links, Unlink, Prefer, SecondChannel, MyData, HandOver, Away, WhoIsAway, CallOff, Option)


# --- what must be known -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PostNeeds:
    """What an answer must know. The service reads exactly this."""

    links_of: tuple[int, ...] = ()
    """Agencies whose links are needed."""
    link: int | None = None
    """The number of a link."""
    mine: bool = False
    """The chats of those who speak from this one, and what of their posts is being handed over."""
    data_of: tuple[int, ...] = ()
    """Persons whose own data is exported."""
    colleagues_of: tuple[int, ...] = ()
    """Agencies whose people are needed."""
    away_in: tuple[int, ...] = ()
    """Agencies whose absences are needed."""


@dataclass(frozen=True, slots=True)
class Link:
    """A living binding, as the desk sees it. Its number is what `hủy liên kết số …` names."""

    number: int
    post_id: int
    person_id: int
    person: str
    role: str
    bloc_id: int
    agency_id: int | None
    agency: str
    channel: str
    since: datetime
    shared: bool
    """Several people speak from its chat: an office account."""
    state: str = "open"
    """Of its chat: `open`, `blocked` or `gone`."""


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who holds a post of an agency today."""

    post_id: int
    person_id: int
    person: str
    role: str
    agency_id: int
    reached: bool
    """Has a chat that is open."""


@dataclass(frozen=True, slots=True)
class AwayView:
    """An absence that is not over."""

    post_id: int
    person: str
    agency_id: int
    agency: str
    short: str
    first: date
    last: date
    cover: str


@dataclass(frozen=True, slots=True)
class Offered:
    """A post that waits for its successor to type the code."""

    post_id: int
    code: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PostFacts:
    links: tuple[Link, ...] = ()
    my_links: tuple[Link, ...] = ()
    offered: tuple[Offered, ...] = ()
    data: tuple[dict[str, Any], ...] = ()
    """One person's own data each, ready for JSON."""
    colleagues: tuple[Colleague, ...] = ()
    away: tuple[AwayView, ...] = ()


# --- what is done -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Unbind:
    """The desk ends a link: its chat speaks for that post no more, and is told so."""

    number: int


@dataclass(frozen=True, slots=True)
class SetChannel:
    person_ids: tuple[int, ...]
    channel: str


@dataclass(frozen=True, slots=True)
class MakeOwnCode:
    """A code by which the holder of a post links another chat. It replaces `{CODE}`."""

    post_id: int


@dataclass(frozen=True, slots=True)
class OfferPost:
    """A code for whoever takes the post over; an older offer dies. It replaces `{CODE}`."""

    post_id: int


@dataclass(frozen=True, slots=True)
class RetractOffers:
    post_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SetAbsence:
    post_id: int
    cover_post_id: int
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class EndAbsences:
    post_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ErasePerson:
    """Name, telephone and chats go; what was recorded stays under the agency."""

    person_id: int


POST_DEEDS = (Unbind, SetChannel, MakeOwnCode, OfferPost, RetractOffers, SetAbsence, EndAbsences, ErasePerson)
PostDeed = (
    Unbind | SetChannel | MakeOwnCode | OfferPost | RetractOffers | SetAbsence | EndAbsences | ErasePerson
)  # fmt: skip
