"""What was heard and what is to be said: the two queues, the receipts of planning, and their pace."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from models.columns import Instant, Json

REMINDER_KINDS = ("rung", "deputy", "desk", "phone", "leader")


class Inbox(SQLModel, table=True):
    """One thing a platform told us, stored before anything is thought about it. A replay meets the unique key."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("channel", "bot", "external_id"),
        CheckConstraint("state IN ('waiting', 'claimed', 'done', 'aside')", name="inbox_state"),
        Index(
            "inbox_to_do",
            "not_before",
            sqlite_where=text("state IN ('waiting', 'claimed')"),
            postgresql_where=text("state IN ('waiting', 'claimed')"),
        ),
        Index(
            "inbox_of_message",
            "chat",
            "message",
            sqlite_where=text("message IS NOT NULL"),
            postgresql_where=text("message IS NOT NULL"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    channel: str
    bot: str
    external_id: str
    chat: str
    message: str | None = None
    """The platform's id of the message: an edited one comes under the same, and a reply names it."""
    received_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    heard: dict[str, Any] | None = Field(default=None, sa_column=Column(Json))
    """The Heard, as JSON; erased when it bore a secret marking."""
    state: str = "waiting"
    not_before: datetime = Field(sa_column=Column(Instant, nullable=False))
    lease_until: datetime | None = Field(default=None, sa_column=Column(Instant))
    attempt: int = 0
    why: str | None = None


class Outbox(SQLModel, table=True):
    """One message to one chat, in one visible state. Text is composed at the first claim and frozen."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("merge_key"),
        CheckConstraint(
            "state IN ('queued', 'claimed', 'sent', 'uncertain', 'failed', 'withdrawn', 'expired')",
            name="outbox_state",
        ),
        Index(
            "outbox_to_send",
            "bot",
            "lane_rank",
            "id",
            sqlite_where=text("state IN ('queued', 'claimed')"),
            postgresql_where=text("state IN ('queued', 'claimed')"),
        ),
        Index(
            "outbox_open_of_address",
            "address_id",
            sqlite_where=text("state IN ('queued', 'claimed')"),
            postgresql_where=text("state IN ('queued', 'claimed')"),
        ),
        Index(
            "outbox_in_flight",
            "address_id",
            unique=True,
            sqlite_where=text("state = 'claimed'"),
            postgresql_where=text("state = 'claimed'"),
        ),
        Index("outbox_of_bloc", "bloc_id", "id"),
        Index(
            "outbox_of_message",
            "address_id",
            "external_id",
            sqlite_where=text("external_id IS NOT NULL"),
            postgresql_where=text("external_id IS NOT NULL"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    bot: str
    """`channel:bot id`, what a mouth asks for."""
    address_id: int = Field(foreign_key="address.id")
    bloc_id: int | None = Field(default=None, foreign_key="bloc.id")
    person_id: int | None = Field(default=None, foreign_key="person.id")
    kind: str
    """reply, reminder, nudge, notice …"""
    lane_rank: int = 1
    """0 for replies, which overtake bulk not yet claimed; equals keep their order."""
    merge_key: str | None = None
    """`<person>:<local day>` of a merged reminder: one a person and day."""
    text: str | None = None
    choices: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    codes: list[str] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    file: dict[str, Any] | None = Field(default=None, sa_column=Column(Json))
    """An Attachment, as JSON: the evidence that goes out with it."""
    planned_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    """Covenant time."""
    expires_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    """Covenant time."""
    not_before: datetime = Field(sa_column=Column(Instant, nullable=False))
    """Wire time."""
    state: str = "queued"
    attempt: int = 0
    """The fence: only the worker whose attempt this is may settle it."""
    trouble: int = 0
    """Failed tries so far; a 429 is not one."""
    repeated: bool = False
    """Sent a second time after an uncertain first."""
    lease_until: datetime | None = Field(default=None, sa_column=Column(Instant))
    sent_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    """Covenant time."""
    external_id: str | None = None
    inbox_id: int | None = Field(default=None, foreign_key="inbox.id", index=True)
    why: str | None = None


class Reminder(SQLModel, table=True):
    """The receipt that a rung of an obligation was planned for a person. The key is the lock: losing is normal."""

    __tablename__ = "reminder"
    __table_args__ = (
        UniqueConstraint("obligation_id", "due_on", "rung", "person_id", "round", "kind"),
        CheckConstraint(f"kind IN {REMINDER_KINDS}", name="reminder_kind"),
        Index(
            "reminder_to_carry",
            "person_id",
            sqlite_where=text("outbox_id IS NULL"),
            postgresql_where=text("outbox_id IS NULL"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    obligation_id: int = Field(foreign_key="obligation.id")
    due_on: date
    rung: int
    """Signed offset in working days: −3 is three before the due date."""
    person_id: int = Field(foreign_key="person.id")
    round: int
    planned_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    kind: str = "rung"
    """`rung`: a step of the ladder; `deputy`, `desk`: the item was escalated to this person; `phone`: nobody of the
    agency can be reached, so the desk is told whom to call; `leader`: the head is asked about the agency's leader."""
    outbox_id: int | None = Field(default=None, foreign_key="outbox.id", index=True)
    """The message that carries it; null: its message expired unsent and the next working day's takes it up."""


class Escalation(SQLModel, table=True):
    """A step that an overdue item's silence led to, taken or skipped. `since` is the day from which the silence
    counts, so that a step is taken once a silence; the messages themselves are Reminder rows of the step's kind."""

    __tablename__ = "escalation"
    __table_args__ = (
        UniqueConstraint("obligation_id", "step", "since"),
        CheckConstraint("step IN ('deputy', 'desk', 'leader', 'handed')", name="escalation_step"),
        CheckConstraint("outcome IN ('told', 'asked', 'declined', 'skipped')", name="escalation_outcome"),
    )
    id: int | None = Field(default=None, primary_key=True)
    obligation_id: int = Field(foreign_key="obligation.id")
    step: str
    """`handed`: after the last unanswered reminder the item is the desk's alone."""
    since: date
    at: datetime = Field(sa_column=Column(Instant, nullable=False))
    """Covenant time."""
    outcome: str
    """`asked`: it waits for the head's tap; then `told` or `declined`."""
    why: str | None = None
    """Of what was skipped: `no_deputy`, `not_linked`, `off_channel`, `no_desk`, `no_head`, `no_leader`, `by_phone`,
    `told_already`."""
    people: list[int] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    """Who was told or asked."""
    decided_by: int | None = Field(default=None, foreign_key="person.id")
    """Whose tap it was."""
    decided_at: datetime | None = Field(default=None, sa_column=Column(Instant))


class Pace(SQLModel, table=True):
    """One even pace per key (a bot, a chat), shared by all processes: the next instant that may be used."""

    __tablename__ = "pace"
    key: str = Field(primary_key=True)
    next_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    """Wire time."""
    interval_ms: float
    limited_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    """Wire time of the last 429."""
    limited_by: str | None = None
    """The chat that met it: another chat's 429 soon after means the whole bot."""
    eased_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    """Wire time of the last change of a lowered pace, which rises slowly again."""
    goal_ms: float | None = None
    """The lowered pace, while a bot that was told to rest still feels its way back to it."""


class Meter(SQLModel, table=True):
    """What a bot of a platform with a monthly quota has sent in a month."""

    __tablename__ = "meter"
    bot: str = Field(primary_key=True)
    """`channel:bot id`."""
    month: str = Field(primary_key=True)
    """`2026-11`, by wire time in Hà Nội."""
    used: int = 0
    warned: int = 0
    """Per cent at which the administrator was last told."""


class PlatformTerms(SQLModel, table=True):
    """What a platform lets each bot do, as the settings of the process that started last say."""

    __tablename__ = "platform_terms"
    channel: str = Field(primary_key=True)
    messages: int | None = None
    """A bot and calendar month; null: as many as it likes."""
    reserve: int
    """Per cent of them that are kept for replies and for what is overdue."""
    people: int | None = None
    """Who may write to one bot; null: anybody."""


class Timeline(SQLModel, table=True):
    """The browser chat's own history: `sent` means it stands here, `seen_at` that a page showed it."""

    __tablename__ = "timeline"
    __table_args__ = (Index("timeline_of_chat", "chat", "id"), UniqueConstraint("chat", "message"))
    id: int | None = Field(default=None, primary_key=True)
    chat: str
    message: str | None = None
    """The id that the page gave to what the person wrote: a second sending meets it."""
    mine: bool
    """True for what the person wrote."""
    text: str
    choices: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    files: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    at: datetime = Field(sa_column=Column(Instant, nullable=False))
    outbox_id: int | None = Field(default=None, foreign_key="outbox.id", unique=True)
    seen_at: datetime | None = Field(default=None, sa_column=Column(Instant))
