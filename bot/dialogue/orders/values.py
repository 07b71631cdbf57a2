"""What the head and its desk order in chat: the meanings, what a preview must know, and what is done once it is
confirmed. Plain values, like those of `values.py`."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Literal, TypeGuard, get_args

from models.rules.progress import Bucket
from models.rules.rhythm import Rhythm

# --- meanings -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Due:
    """A day, an hour, or both, as they were typed."""

    on: date | None = None
    at: time | None = None
    impossible: str | None = None
    """What was written like a date and is none: `31/6`."""

    def to_json(self) -> dict[str, Any]:
        return {"on": self.on.isoformat() if self.on else None, "at": self.at.isoformat() if self.at else None}

    @staticmethod
    def from_json(stored: dict[str, Any]) -> "Due":
        on, at = stored.get("on"), stored.get("at")
        return Due(date.fromisoformat(on) if on else None, time.fromisoformat(at) if at else None)


@dataclass(frozen=True, slots=True)
class Whom:
    """The agencies that were named."""

    everybody: bool = False
    agencies: tuple[int, ...] = ()
    blocs: frozenset[int] = frozenset()
    """The blocs that they belong to."""
    unknown: str | None = None
    """What was written in their place and is no agency."""


@dataclass(frozen=True, slots=True)
class Named:
    """A milestone, or one agency's task of it, as it was named."""

    code: str
    milestones: tuple[tuple[int, int], ...] = ()
    """(bloc, milestone); none: there is no such code."""
    short: str | None = None
    """The agency in `K7-STP`, folded."""


@dataclass(frozen=True, slots=True)
class Assign:
    """`/giaoviec <text>; hạn 16:00 20/6; <all or agencies>`."""

    text: str = ""
    due: Due | None = None
    whom: Whom | None = None


@dataclass(frozen=True, slots=True)
class Withdraw:
    """`hủy giao việc K13`."""

    named: Named


@dataclass(frozen=True, slots=True)
class Redate:
    """`/doihan K5 25/6 <reason, letter number>`."""

    named: Named | None = None
    due: Due | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Announce:
    """`/thongbao [STP, CA] [14:00 20/6 | hằng tuần thứ hai 08:30 | hằng tháng ngày 5]: <text>`."""

    text: str = ""
    whom: Whom = Whom(everybody=True)
    due: Due | None = None
    rhythm: Rhythm | None = None


@dataclass(frozen=True, slots=True)
class AboutBroadcast:
    """`dừng thông báo 3`, `tiếp tục thông báo 3`, `nhắc lại thông báo 3`, `ai chưa nhận 3`."""

    wish: Literal["stop", "resume", "again", "unseen"]
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """*Đã nhận thông tin*: of the broadcast with this number."""

    number: int


@dataclass(frozen=True, slots=True)
class Nudge:
    """`/nhac [K7, agency or K7-STP]`."""

    named: Named | None = None
    whom: Whom | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """`tạm dừng đến 20/6`."""

    due: Due | None = None


@dataclass(frozen=True, slots=True)
class Resume:
    """`tiếp tục`."""


@dataclass(frozen=True, slots=True)
class Report:
    """`/baocao`; `kèm tên` asks for names in the text for the bloc's group."""

    names: bool = False


@dataclass(frozen=True, slots=True)
class Completion:
    """The part of an order that was asked for."""

    order: Assign | Redate | Announce | Pause
    cancelled: bool = False


Order = (
    Assign | Withdraw | Redate | Announce | AboutBroadcast | Seen | Nudge | Pause | Resume | Report | Completion
)  # fmt: skip


def is_order(intent: object) -> TypeGuard[Order]:
    return isinstance(intent, get_args(Order))


# --- what must be known -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DeskNeeds:
    """What an order must know of one bloc. The service reads exactly this."""

    bloc_id: int
    receivers: bool = False
    day: date | None = None
    """A day whose place in the calendar is asked."""
    at: time | None = None
    """The hour that was asked; without a day: today's."""
    rhythm: Rhythm | None = None
    """With `at`: its first occasion is asked."""
    milestone: int | None = None
    broadcast: int | None = None
    """A number, or 0 for the last one."""
    mine: bool = False
    """Only a broadcast that was sent to somebody of this chat, of whichever bloc."""
    nudge: bool = False
    """What is open, for whom, and who was nudged lately."""
    week: bool = False
    """The figures of the summary."""
    year: int = 0
    """Of this season; 0: of the newest one."""
    hold: bool = False
    """The row is held until the end of the transaction: somebody is about to change it."""


Unreached = Literal["not_linked", "off_channel", "not_delivered"]


@dataclass(frozen=True, slots=True)
class Receiver:
    """An agency as a receiver: which of its people have an open chat, and why none of them has."""

    agency_id: int
    agency: str
    short: str
    people: tuple[int, ...] = ()
    why: Unreached | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """Who changed a milestone last, and when."""

    by: str
    at: datetime
    was: date | None = None


@dataclass(frozen=True, slots=True)
class MilestoneView:
    """A milestone as whoever changes it must know it."""

    milestone_id: int
    code: str
    title: str
    due_on: date
    due_time: time | None
    ad_hoc: bool
    agencies: tuple[int, ...]
    """Who owes it."""
    still_open: tuple[int, ...]
    """Who has not submitted."""
    answered: bool
    """Somebody has said something about it."""
    moved: Moved | None = None


@dataclass(frozen=True, slots=True)
class DayView:
    """A day in the bloc's calendar."""

    day: date
    is_off: bool
    last_day: date
    """The last day that is on time, when something is due on `day`."""
    left: int
    """Working days until it."""
    leaves_at: datetime | None
    """When something leaves that was ordered for this day and hour; None: it lies in the past."""
    deadline: datetime
    """The last instant that is on time, with the hour that was asked."""
    ends_at: datetime
    """The last instant of the day."""
    resumes_at: datetime | None
    """When messages leave again after a pause until the end of this day."""


@dataclass(frozen=True, slots=True)
class Got:
    """What became of a broadcast at one person."""

    agency_id: int
    agency: str
    person: str
    state: Literal["waiting", "sent", "uncertain", "failed", "seen"]
    """`uncertain`: it may have arrived, the platform has not said so."""


@dataclass(frozen=True, slots=True)
class BroadcastView:
    number: int
    text: str
    starts_at: datetime
    begun: bool
    stopped: bool
    repeats: bool
    again_at: datetime | None
    got: tuple[Got, ...] = ()
    unreached: tuple[Receiver, ...] = ()
    """Agencies that it was meant for and where nobody has a chat."""


@dataclass(frozen=True, slots=True)
class Nudged:
    """A person who was nudged less than two hours ago."""

    person_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class AgencyWeek:
    agency: str
    overdue: tuple[tuple[str, str], ...]
    """(code, reason of its silence) of each overdue task."""


@dataclass(frozen=True, slots=True)
class WeekView:
    """The figures of a summary."""

    bloc: str
    kind: str
    year: int
    as_of: datetime
    totals: dict[Bucket, int]
    before: dict[Bucket, int]
    """The same a week ago."""
    reported: int
    """Of what has come due: about how much anything was said."""
    done: tuple[str, ...]
    """`K5-STP` of what was submitted within the week."""
    fell_due: int
    """What became overdue within the week and still is."""
    silent: tuple[AgencyWeek, ...]
    waiting: tuple[str, ...]
    """`K5-STP` of what waits for the head."""
    coming: tuple[tuple[str, str, date], ...]
    """(code, title, due date) of what comes due within the next week."""
    head_title: str = "Trưởng khối"
    elsewhere: tuple[str, ...] = ()
    """The head's own tasks that wait."""
    who_else: str = "Phó Trưởng khối"
    """Who decides about those."""


@dataclass(frozen=True, slots=True)
class DeskFacts:
    """What the service found of one bloc."""

    bloc_id: int
    bloc: str
    slug: str
    head_title: str
    sends_at: datetime
    """When an unasked message that is ordered now leaves."""
    held: bool = False
    held_until: datetime | None = None
    receivers: tuple[Receiver, ...] = ()
    day: DayView | None = None
    milestone: MilestoneView | None = None
    broadcast: BroadcastView | None = None
    nudged: tuple[Nudged, ...] = ()
    week: WeekView | None = None


# --- what is done -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GiveTask:
    """A new milestone with its obligations, and a notice to the receivers. Its code replaces `{K}` in the reply."""

    bloc_id: int
    title: str
    due_on: date
    due_time: time | None = None
    agencies: tuple[int, ...] = ()
    """None: every agency of the bloc."""


@dataclass(frozen=True, slots=True)
class TakeTaskBack:
    """Nobody has answered it yet: the milestone goes, and those who were told are told."""

    bloc_id: int
    milestone_id: int


@dataclass(frozen=True, slots=True)
class MoveDate:
    bloc_id: int
    milestone_id: int
    due_on: date
    due_time: time | None
    reason: str


@dataclass(frozen=True, slots=True)
class MakeBroadcast:
    """Its number replaces `{TB}` in the reply."""

    bloc_id: int
    text: str
    agencies: tuple[int, ...] = ()
    """None: the whole bloc."""
    starts_at: datetime | None = None
    """Covenant time; None: now."""
    rhythm: Rhythm | None = None


@dataclass(frozen=True, slots=True)
class StopBroadcast:
    number: int


@dataclass(frozen=True, slots=True)
class ResumeBroadcast:
    number: int


@dataclass(frozen=True, slots=True)
class CallAgain:
    number: int


@dataclass(frozen=True, slots=True)
class MarkSeen:
    number: int


@dataclass(frozen=True, slots=True)
class SendNudge:
    """One merged message to each person about these obligations."""

    bloc_id: int
    to: tuple[tuple[int, tuple[int, ...]], ...]
    """(person, obligations)."""


@dataclass(frozen=True, slots=True)
class HoldBloc:
    bloc_id: int
    until: datetime


@dataclass(frozen=True, slots=True)
class ReleaseBloc:
    bloc_id: int


@dataclass(frozen=True, slots=True)
class AskForNames:
    """The desk wants agencies named in the text for the bloc's group: the head is asked. Whether that reaches somebody
    replaces `{ASKED}` in the reply."""

    bloc_id: int
    year: int


@dataclass(frozen=True, slots=True)
class NameInGroup:
    """The head has said yes: who did is kept, and the desk gets the text."""

    bloc_id: int
    year: int
    text: str


OrderDeed = (
    GiveTask | TakeTaskBack | MoveDate | MakeBroadcast | StopBroadcast | ResumeBroadcast | CallAgain | MarkSeen
    | SendNudge | HoldBloc | ReleaseBloc | AskForNames | NameInGroup
)  # fmt: skip


def is_order_deed(deed: object) -> TypeGuard[OrderDeed]:
    return isinstance(deed, get_args(OrderDeed))
