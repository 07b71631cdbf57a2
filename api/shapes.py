"""The JSON that callers see: the contract's shapes, with an example each for OpenAPI."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from models.rules.rhythm import Rhythm

Code = Annotated[str, Field(examples=["K5"])]
Short = Annotated[str, Field(examples=["STP"])]


class Numbers(BaseModel):
    """Hoàn thành đúng hạn, hoàn thành quá hạn, chưa hoàn thành trong hạn, chưa hoàn thành quá hạn; by submission."""

    done_on_time: int = 0
    done_late: int = 0
    open_in_time: int = 0
    open_overdue: int = 0


class Silences(BaseModel):
    """Why open overdue obligations are silent; each is counted once, the sum is `open_overdue`."""

    waiting_for_head: int = 0
    returned: int = 0
    blocked: int = 0
    promised: int = 0
    acknowledged: int = 0
    not_linked: int = 0
    off_channel: int = 0
    not_delivered: int = 0
    no_answer: int = 0


class _Agency(BaseModel):
    agency: str
    short: Short


class AgencyNumbers(Numbers, _Agency):
    silence: Silences
    last_heard_at: datetime | None = None


class _Milestone(BaseModel):
    code: Code
    milestone: str
    due_on: date


class MilestoneNumbers(Numbers, _Milestone):
    pass


class _Content(BaseModel):
    content: str


class ContentNumbers(Numbers, _Content):
    pass


_NUMBERS: Any = {"done_on_time": 68, "done_late": 4, "open_in_time": 27, "open_overdue": 4}
_SILENCE: Any = {**Silences().model_dump(), "no_answer": 1}


class Status(BaseModel):
    """Where a bloc stands."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "bloc": "noi-chinh-bac-kan",
                    "season": 2024,
                    "as_of": "2024-06-17T14:05:00+07:00",
                    "totals": _NUMBERS,
                    "agencies": [
                        {"agency": "Sở Tư pháp", "short": "STP", "done_on_time": 7, "done_late": 0, "open_in_time": 2,
                         "open_overdue": 1, "silence": _SILENCE, "last_heard_at": "2024-06-11T09:42:00+07:00"}
                    ],
                    "milestones": [
                        {"code": "K5", "milestone": "Báo cáo sơ kết 6 tháng", "due_on": "2024-06-15",
                         "done_on_time": 5, "done_late": 1, "open_in_time": 0, "open_overdue": 3}
                    ],
                    "contents": [],
                }
            ]
        }
    )  # fmt: skip
    bloc: str
    season: int
    as_of: datetime
    totals: Numbers
    agencies: list[AgencyNumbers]
    milestones: list[MilestoneNumbers]
    contents: list[ContentNumbers]


class LastUpdate(BaseModel):
    percent: int | None = None
    value: float | None = None
    note: str | None = None
    letter: str | None = None
    at: datetime
    by: str | None = None
    channel: str
    proxy: Literal["telephone", "letter", "in_person"] | None = None


class EvidenceLine(BaseModel):
    receipt: Annotated[str, Field(examples=["BN-0147"])]
    name: str | None
    size: int
    sha256: str
    at: datetime
    channel: str


class ObligationLine(BaseModel):
    """What one agency owes for one milestone, and where it stands."""

    code: Code
    id: Annotated[str, Field(examples=["K5-STP"])]
    agency: str
    milestone: str
    due_on: date
    state: Literal["open", "submitted", "returned", "confirmed", "waived", "past"]
    updates: int
    last_update: LastUpdate | None = None
    promise_on: date | None = None
    extensions: int = 0
    evidence: list[EvidenceLine]


class ReviewBody(BaseModel):
    """A verdict on a submission."""

    model_config = ConfigDict(extra="forbid")
    verdict: Literal["confirm", "return"]
    reason: Annotated[str | None, Field(max_length=500)] = None
    """What is missing; a return needs it."""


class ExtensionBody(BaseModel):
    """The decision on the extension that an agency asked for."""

    model_config = ConfigDict(extra="forbid")
    decision: Literal["grant", "refuse"]
    reason: Annotated[str | None, Field(max_length=500)] = None


class WaiverBody(BaseModel):
    """Why an agency need not do it."""

    model_config = ConfigDict(extra="forbid")
    reason: Annotated[str, Field(min_length=3, max_length=500)]


class MessageLine(BaseModel):
    """One row of the delivery ledger."""

    id: int
    kind: Annotated[str, Field(examples=["reminder"])]
    agency: str | None
    channel: str
    codes: list[str]
    planned_at: datetime
    sent_at: datetime | None
    attempts: int
    state: Literal["queued", "sent", "uncertain", "failed", "withdrawn", "expired"]
    why: str | None


class Obligations(BaseModel):
    items: list[ObligationLine]
    next: str | None = None


class Messages(BaseModel):
    items: list[MessageLine]
    next: str | None = None


class BlocLine(BaseModel):
    bloc: Annotated[str, Field(examples=["noi-chinh-bac-kan"])]
    name: str
    seasons: list[int]


class Blocs(BaseModel):
    items: list[BlocLine]
    next: str | None = None


class Loaded(BaseModel):
    """What a bloc file changed."""

    bloc: str
    season: int
    created: int
    changed: int
    warnings: list[str]


class InvitationLine(BaseModel):
    bloc: str
    agency: str | None
    person: str | None
    role: str
    code: Annotated[str | None, Field(examples=["48201736"])]
    """Null: the agency uses no application, so nobody there is given a code."""
    telegram_url: str | None
    zalo_url: str | None
    web_url: str | None
    expires_at: datetime | None


class Story(BaseModel):
    """The whole story of one obligation, oldest first."""

    id: str
    agency: str
    milestone: str
    due_on: date
    deadline: datetime
    state: str
    bucket: str | None
    silence: str | None
    quiet_because: list[str] = []
    """Why nothing is sent just now, the strongest reason first."""
    look_on: date | None = None
    """The day on which it is looked at again; null: not until something changes."""
    events: list[dict[str, Any]]


class AsideLine(BaseModel):
    """Something that was set aside: heard (`in-…`) or to be said (`out-…`)."""

    id: Annotated[str, Field(examples=["in-17"])]
    channel: str
    bot: str
    kind: str
    at: datetime
    """When it was heard (real time), or planned (covenant time)."""
    tries: int
    why: str | None


class AsideLines(BaseModel):
    items: list[AsideLine]
    next: str | None = None


class Retried(BaseModel):
    """`waiting`: the ears take it up; `queued`: the mouth does; `expired`: the next working day's message does."""

    id: Annotated[str, Field(examples=["in-17"])]
    state: Literal["waiting", "queued", "expired"]


class Alive(BaseModel):
    """The process answers."""

    status: Literal["alive"]


Level = Literal["minimal", "standard", "firm"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Rungs = Annotated[list[int], Field(max_length=40, description="Working days from the due date; negative: before it.")]
Hour = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["08:30"])]
Hours = Annotated[list[Hour], Field(min_length=2, max_length=2, description="From, and to.")]
ManyHours = Annotated[list[Hours], Field(max_length=10)]
Days = Annotated[list[date], Field(max_length=1000)]


class PolicyBody(BaseModel):
    """A level, and whatever differs from it (`docs/bloc-file.md`); what is left out is the level's own."""

    model_config = ConfigDict(extra="forbid")
    level: Level = "standard"
    rungs: Rungs | None = None
    report_rungs: Rungs | None = None
    important_rungs: Rungs | None = None
    deputy_rungs: Rungs | None = None
    every: int | None = None
    budget_before: int | None = None
    budget_after: int | None = None
    budget_important: int | None = None
    stop_after: int | None = None
    notice_days: int | None = None
    grace_days: int | None = None
    deputy_after: int | None = None
    desk_after: int | None = None
    leader_after: int | None = None
    important: Annotated[list[Code] | None, Field(max_length=400)] = None
    """Codes of the important milestones; left out: they stay as they are."""


class PolicyShape(BaseModel):
    """The policy in force, every part of it."""

    level: Level
    rungs: list[int]
    report_rungs: list[int]
    important_rungs: list[int]
    deputy_rungs: list[int]
    every: int
    budget_before: int
    budget_after: int
    budget_important: int
    stop_after: int
    notice_days: int
    grace_days: int
    deputy_after: int
    desk_after: int
    leader_after: int
    important: list[Code]
    decided: bool
    """Decided in the program; the next bloc file does not take it back."""


class CalendarBody(BaseModel):
    """A bloc's working calendar; what is left out follows the program's default."""

    model_config = ConfigDict(extra="forbid")
    strict: bool = False
    """A due date on a day off ends that day; otherwise at the end of the next working day."""
    office: Hours | None = None
    sending: ManyHours | None = None
    quiet: ManyHours | None = None
    weekend: list[Weekday] | None = None
    not_before: dict[Weekday, Hour] | None = None
    not_after: dict[Weekday, Hour] | None = None
    days_off: Days = []
    """Beside the national ones."""
    working_days: Days = []
    """Make-up working days, and national days off that are worked after all: they win over everything."""


class CalendarShape(BaseModel):
    """The calendar in force, with the national days of one year."""

    strict: bool
    office: Hours
    sending: ManyHours
    quiet: ManyHours
    weekend: list[Weekday]
    not_before: dict[Weekday, Hour]
    not_after: dict[Weekday, Hour]
    days_off: list[date]
    working_days: list[date]
    year: int
    known_days_off: list[date]
    known_working_days: list[date]
    decided: bool


class RehearsedMessage(BaseModel):
    """One message as it would be sent."""

    at: datetime
    kind: Annotated[str, Field(examples=["reminder"])]
    person: str | None
    agency: str | None
    channel: str
    codes: list[str]
    text: str
    choices: list[str]
    """The labels of what can be answered by one tap."""


class Quota(BaseModel):
    """Unasked messages of one month on one channel: what is rehearsed, and what was sent already. On a platform with a
    monthly quota there is one for each bot, beside its meter."""

    channel: str
    bot: str | None = None
    """The bot's id, where a quota is counted."""
    month: Annotated[str, Field(examples=["2024-06"])]
    rehearsed: int
    sent: int
    used: int = 0
    """What the meter of the bot has of this month: every message of every bloc, replies too."""
    limit: int | None = None
    """Messages that the bot may send in the month; null: as many as it likes."""
    open_until: int | None = None
    """From so many used on, only replies and what is overdue leave."""


class Rehearsal(BaseModel):
    """Every message of the next days, when nothing changes meanwhile. Nothing was sent."""

    bloc: str
    since: datetime
    days: int
    held: bool
    """The bloc is held now; messages come again only when it is released."""
    messages: list[RehearsedMessage]
    quota: list[Quota]


class Repeats(BaseModel):
    """Every week on a weekday (0 is Monday), or every month on a day."""

    every: Literal["week", "month"]
    on: Annotated[int, Field(ge=0, le=28)]

    @model_validator(mode="after")
    def _a_day(self) -> "Repeats":
        if self.on > 6 if self.every == "week" else self.on < 1:
            raise ValueError("a week has the days 0 to 6, a month 1 to 28")
        return self


class BroadcastBody(BaseModel):
    """What is to be sent, to whom, and when."""

    model_config = ConfigDict(extra="forbid")
    text: Annotated[str, Field(min_length=1, max_length=1800)]
    to: Annotated[list[Short], Field(max_length=300)] = []
    """Short codes of agencies; none: the whole bloc."""
    at: datetime | None = None
    """Not before this moment; of a series: its first occasion, whose hour the others keep."""
    repeats: Repeats | None = None

    @property
    def rhythm(self) -> Rhythm | None:
        if self.repeats is None:
            return None
        return ("weekly" if self.repeats.every == "week" else "monthly", self.repeats.on)


class BroadcastLine(BaseModel):
    number: int
    text: str
    starts_at: datetime
    begun: bool
    stopped: bool
    repeats: bool
    again_at: datetime | None
    """When those who had not acknowledged were called a second time."""
    people: int
    sent: int
    seen: int
    failed: int


class Receipt(BaseModel):
    """What became of a broadcast at one person."""

    agency: str
    person: str
    state: Literal["waiting", "sent", "uncertain", "failed", "seen"]


class BroadcastShape(BroadcastLine):
    receipts: list[Receipt]
    unreached: list[str]
    """Short codes of agencies where nobody has a chat."""


class Broadcasts(BaseModel):
    items: list[BroadcastLine]
    next: str | None = None


class Ready(BaseModel):
    """Whether requests can be served; by channel, when it last answered our question for news (wire time)."""

    status: Literal["ready"]
    channels: dict[str, datetime] = Field(default_factory=dict)
