"""What crosses between the dialogue and whoever serves it: facts in, deeds and words out. Plain values only.

    heard ──understand──▶ Understood ──look──▶ Needs ──(the service reads)──▶ Facts ──respond──▶ Reply

The service gives `Place`s and a `Book` to `understand`, reads what `look` names, and carries out the `Deed`s of
the `Reply` in the transaction that stores the message itself.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Literal

from bot.dialogue.orders.values import DeskFacts, DeskNeeds, OrderDeed
from bot.dialogue.posts.values import PostDeed, PostFacts, PostNeeds
from bot.dialogue.rulings.values import RulingDeed, RulingFacts
from bot.dialogue.steering.values import SteeringDeed, SteeringFacts, SteeringNeeds
from models.rules.extension import Extension
from models.rules.progress import Ask, Bucket, Fact, Silence, Standing
from models.wire import Attachment, Say, StoredFile

Seat = Literal["head", "deputy"]
Role = Literal["focal", "deputy_focal", "leader", "desk", "admin", "auditor"]


@dataclass(frozen=True, slots=True)
class Place:
    """One binding of this chat: a person in a post, in one bloc."""

    post_id: int
    person_id: int
    person: str
    role: Role
    bloc_id: int
    slug: str
    bloc: str
    agency_id: int | None
    agency: str | None
    short: str | None
    seats: tuple[tuple[int, Seat], ...] = ()
    """(year, seat) of the open seasons in which the agency holds one, the newest first; a rotation changes it and
    nothing else."""
    head_title: str = "Trưởng khối"
    deputy_title: str = "Phó Trưởng khối"
    kind: str = "khối"

    @property
    def seat(self) -> Seat | None:
        """In the newest of these seasons."""
        return self.seats[0][1] if self.seats else None

    @property
    def years(self) -> tuple[int, ...]:
        return tuple(year for year, _ in self.seats)

    def seat_in(self, year: int) -> Seat | None:
        return next((seat for one, seat in self.seats if one == year), None)

    @property
    def leads(self) -> bool:
        """May see and ask about the whole bloc: the leader or desk of an agency in a seat, the administrator."""
        return self.role == "admin" or (self.role in ("leader", "desk") and self.seat is not None)

    @property
    def answers(self) -> bool:
        """May answer for the agency."""
        return self.role in ("focal", "deputy_focal") and self.agency_id is not None


@dataclass(frozen=True, slots=True)
class Entry:
    """A milestone, as people name it."""

    milestone_id: int
    bloc_id: int
    year: int
    code: str
    title: str
    aliases: tuple[str, ...] = ()
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """An agency of a bloc, as people name it."""

    agency_id: int
    bloc_id: int
    name: str
    short: str
    off_channel: bool = False


@dataclass(frozen=True, slots=True)
class Book:
    """The vocabulary of the blocs this chat may speak of: open seasons only."""

    entries: tuple[Entry, ...] = ()
    members: tuple[Member, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A file that waits for the answer to "which task?": kept in `incoming/`, nothing stored yet."""

    key: str
    sha256: str
    size: int
    media_type: str
    name: str | None = None
    caption: str | None = None
    recompressed: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What the bot asked last in this chat. A newer one replaces it."""

    kind: str
    """The dialogue's own name for it: `item`, `which`, `confirm_link`, `confirm_value` …"""
    obligations: tuple[int, ...] = ()
    """Whom it is about: one, or those to choose from."""
    until: datetime | None = None
    """The end of the next working day."""
    pending: dict[str, Any] = field(default_factory=dict)
    """The half-understood answer, or the invitation, that the answer will complete."""


@dataclass(frozen=True, slots=True)
class Talk:
    """The state of one chat, stored between any two of its messages (`to_json`, `from_json` in `talk.py`)."""

    question: Question | None = None
    draft: tuple[Draft, ...] = ()
    last: tuple[int, ...] = ()
    """The updates that the last storing answer made: what `hủy` takes back."""
    stranger_told_on: date | None = None
    """Strangers are answered once a day."""
    wrong_codes: tuple[datetime, ...] = ()
    """Wire times of wrong link codes: five an hour, no more."""
    album: tuple[str, int] | None = None
    """The album that was last filed, and its obligation: later pictures of it follow the first."""
    speaking: tuple[int, date] | None = None
    """Who of an office account's people said last that it is they who speak, and on which day: asked once a day."""
    links: tuple[tuple[int, datetime], ...] = ()
    """Upload links of the last hour: for which obligation, and when (wire time)."""


@dataclass(frozen=True, slots=True)
class Item:
    """One obligation, as the chat needs it."""

    obligation_id: int
    milestone_id: int
    bloc_id: int
    code: str
    short: str
    agency_id: int
    agency: str
    title: str
    due_on: date
    due_time: time | None
    deadline: datetime
    """The last instant that is still on time."""
    ask: Ask
    unit: str | None
    outside: bool
    """*nộp ngoài hệ thống*: no file is taken."""
    standing: Standing
    bucket: Bucket | None
    working_days_left: int
    """From today to the due date; negative when it has passed."""
    is_near: bool = True
    """Within the notice days of the bloc before its due date, or after it."""
    is_default: bool = False
    remark: str | None = None
    """What the plan says beside the task."""
    is_promise_past: bool = False
    """The agency's expected date has gone by."""
    year: int = 0
    """Of its season."""


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to call in an agency."""

    name: str
    title: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Escalated:
    """What a merged message carries beside the person's own tasks; each by urgency."""

    office: str = ""
    """Whom it is written to when there is no task of the person's own."""
    passed_on: frozenset[int] = frozenset()
    """Obligations among the person's own that were passed on because the focal point is silent."""
    silent: tuple[Item, ...] = ()
    """For the desk: overdue and without an answer."""
    to_call: tuple[tuple[tuple[Contact, ...], tuple[Item, ...]], ...] = ()
    """For the desk: agencies that no message reaches, whom to call there, and about what."""
    to_leaders: tuple[Item, ...] = ()
    """For the head: may the agency's leader be written to?"""

    @property
    def has_own_only(self) -> bool:
        """Nothing in it is another agency's."""
        return not (self.silent or self.to_call or self.to_leaders)


@dataclass(frozen=True, slots=True)
class Silent:
    """An open overdue obligation, and why."""

    item: Item
    why: Silence


@dataclass(frozen=True, slots=True)
class Invited:
    """A link code that somebody typed, as the ledger knows it."""

    invitation_id: int | None
    state: Literal["good", "unknown", "used", "expired", "revoked"]
    role: str | None = None
    bloc: str | None = None
    bloc_id: int | None = None
    agency: str | None = None
    agency_id: int | None = None
    person: str | None = None
    hands_over: str | None = None
    """Who hands the post over by this code."""
    holders: tuple[tuple[int, str], ...] = ()
    """(person, name) of those who hold the place already and have a chat: they may come from a second channel."""


@dataclass(frozen=True, slots=True)
class AgencyLine:
    """An agency's four numbers, for the head's eyes."""

    agency_id: int
    agency: str
    short: str
    numbers: dict[Bucket, int]
    last_heard_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BlocView:
    """What `/status` and `ai chưa gửi` speak of."""

    bloc_id: int
    bloc: str
    year: int
    as_of: datetime
    totals: dict[Bucket, int]
    agencies: tuple[AgencyLine, ...] = ()
    silent: tuple[Silent, ...] = ()
    """Every open overdue obligation of the bloc, each once."""
    open_in_time: tuple[Item, ...] = ()
    """Open and in time: what the desk's list adds to the silent ones when it is near, or named."""
    head_title: str = "Trưởng khối"
    held: bool = False
    """Nothing unasked leaves the bloc just now."""
    held_until: datetime | None = None
    """The last instant of the pause; None: until somebody ends it."""


@dataclass(frozen=True, slots=True)
class Filed:
    """A stored piece of evidence, and whose it is."""

    file: Attachment
    code: str
    short: str
    agency_id: int
    bloc_id: int
    year: int
    """Of the season."""


@dataclass(frozen=True, slots=True)
class Replied:
    """What the message was about that this one answers."""

    obligations: tuple[int, ...]
    codes: tuple[str, ...] = ()
    """What it named, where nothing better is known: `K7`, `K7-STP`."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What a reply must know. The service reads exactly this; what is not asked is not read."""

    items_of: tuple[int, ...] = ()
    """Agencies whose obligations of all open seasons are needed (each with its standing)."""
    milestones: tuple[int, ...] = ()
    """Only their obligations for these milestones; empty: all of them."""
    blocs: tuple[int, ...] = ()
    """Blocs whose view is needed."""
    link_code: str | None = None
    """Eight digits to be looked up."""
    undo: tuple[int, ...] = ()
    """Updates that may be taken back: their obligation and kind."""
    files: tuple[str, ...] = ()
    """Keys in `incoming/` whose size, type and verdict are needed."""
    filed: int | None = None
    """The receipt whose file is needed."""
    thread: bool = False
    """What the message answers, corrects or was tapped under is needed."""
    steering: SteeringNeeds | None = None
    desk: DeskNeeds | None = None
    """What an order of the head's desk must know."""
    rulings: bool = False
    """Who said what of the tasks of `items_of`, and with which files."""
    posts: PostNeeds | None = None
    """What an answer about links and posts must know."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the service found."""

    now: datetime
    """Covenant time."""
    wire_now: datetime
    today: date
    """Local."""
    question_until: datetime
    """The end of the next working day: how long a question asked now lives."""
    items: tuple[Item, ...] = ()
    blocs: tuple[BlocView, ...] = ()
    invited: Invited | None = None
    undoable: tuple[tuple[int, Fact], ...] = ()
    """(obligation id, fact)."""
    contact: str | None = None
    """Whom a stranger may call."""
    files: tuple[StoredFile, ...] = ()
    """What the keys of `Needs.files` hold, each known by its key."""
    filed: Filed | None = None
    replied: Replied | None = None
    corrected: tuple[tuple[int, Fact], ...] = ()
    """What the message had stored before it was edited: (obligation id, fact)."""
    stale: bool = False
    """The button was tapped under an older question than the open one."""
    steering: SteeringFacts | None = None
    desk: DeskFacts | None = None
    rulings: RulingFacts | None = None
    extension: Extension = field(default_factory=Extension)
    """The bloc's rule for extensions."""
    posts: PostFacts = field(default_factory=PostFacts)


# --- deeds: what a reply wants done, in the transaction that stores the message ---------------------------------


@dataclass(frozen=True, slots=True)
class Record:
    """Store one update. The n-th Record's receipt replaces `{BN0}`, `{BN1}` … in the reply's text."""

    obligation_id: int
    kind: str
    percent: int | None = None
    value: float | None = None
    note: str | None = None
    letter: str | None = None
    letter_on: date | None = None
    promise_on: date | None = None
    due_on: date | None = None
    """With kind `extension` the date asked for, with `extended` the date granted."""
    file: Draft | None = None
    proxy: Literal["telephone", "letter", "in_person"] | None = None
    undoes_id: int | None = None
    """With kind `undo`: the update that is taken back."""
    person_id: int | None = None


@dataclass(frozen=True, slots=True)
class Bind:
    """This chat speaks for the invitation's place from now on; the code is used up."""

    invitation_id: int
    person_id: int | None = None
    """Who it is, when somebody known said so."""
    anew: bool = False
    """Somebody who is not known yet, whoever else speaks from this chat."""
    replaces: bool = False
    """What the chat spoke for until now ends."""


@dataclass(frozen=True, slots=True)
class MakeCode:
    """A new link code for an agency's place; the old one dies. It replaces `{CODE}` in the reply's text."""

    bloc_id: int
    agency_id: int
    role: Role = "focal"


@dataclass(frozen=True, slots=True)
class MakeUploadLink:
    """A link by which this person sends files for this obligation. It replaces `{LINK}` in the reply's text."""

    obligation_id: int


@dataclass(frozen=True, slots=True)
class EraseSecret:
    """A secret marking was met: the bytes, the inbox payload and any draft go, in this transaction; the audit
    keeps ids, time and the kind of marking."""

    marking: str


Deed = Record | Bind | MakeCode | EraseSecret | MakeUploadLink | SteeringDeed | OrderDeed | RulingDeed | PostDeed


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said, what is done, and what the chat remembers."""

    says: tuple[Say, ...] = ()
    deeds: tuple[Deed, ...] = ()
    talk: Talk = field(default_factory=Talk)
    """Without `last`: the service puts the new updates' ids there when there are any."""
