"""The covenant as it was signed: bloc, agencies, season, contents, milestones and who owes what."""

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import CheckConstraint, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from models.columns import Instant, Json


class Bloc(SQLModel, table=True):
    """An emulation bloc: khối or cụm thi đua (the word is data)."""

    __tablename__ = "bloc"
    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(unique=True)
    name: str
    kind: str = "khối"
    level: str | None = None
    settings: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    """`titles` {head, deputy}, `strict` day-off rule, `policy` firmness, `comrade` form of address."""
    held_since: datetime | None = Field(default=None, sa_column=Column(Instant))
    held_until: datetime | None = Field(default=None, sa_column=Column(Instant))
    """When the pause ends by itself; null: when somebody ends it."""
    revision: int = 0
    """Grows with every change of names, codes or dates, so that what is derived from them can be kept."""


class Agency(SQLModel, table=True):
    """A member agency. It outlives seasons: validity and successor tell mergers and renamings."""

    __tablename__ = "agency"
    __table_args__ = (UniqueConstraint("bloc_id", "short"),)
    id: int | None = Field(default=None, primary_key=True)
    bloc_id: int = Field(foreign_key="bloc.id", index=True)
    name: str
    short: str
    valid_from: date | None = None
    valid_to: date | None = None
    successor_id: int | None = Field(default=None, foreign_key="agency.id")
    off_channel: bool = False
    """*không dùng ứng dụng*: reached by telephone and letter only."""


class Season(SQLModel, table=True):
    """One covenant year of a bloc. Two can be open at once, from January to April."""

    __tablename__ = "season"
    __table_args__ = (UniqueConstraint("bloc_id", "year"),)
    id: int | None = Field(default=None, primary_key=True)
    bloc_id: int = Field(foreign_key="bloc.id", index=True)
    year: int
    starts_on: date
    ends_on: date
    started_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    """When the season was first loaded: what lay before it is not followed."""
    closed: bool = False


class Seat(SQLModel, table=True):
    """Which agency heads or deputises the bloc in a season."""

    __tablename__ = "seat"
    __table_args__ = (
        UniqueConstraint("season_id", "agency_id", "kind"),
        CheckConstraint("kind IN ('head', 'deputy')", name="seat_kind"),
    )
    id: int | None = Field(default=None, primary_key=True)
    season_id: int = Field(foreign_key="season.id", index=True)
    agency_id: int = Field(foreign_key="agency.id")
    kind: str


class Covenant(SQLModel, table=True):
    """What was signed, and the facts the bloc file tells of it."""

    __tablename__ = "covenant"
    season_id: int = Field(foreign_key="season.id", primary_key=True)
    theme: str | None = None
    signed_on: date | None = None
    legal_basis: list[str] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    documents: list[str] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    movements: list[str] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    facts: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    """Whatever else the bloc file states: duties, principles, scoring, regulation, nominations."""


class Content(SQLModel, table=True):
    """A group of the covenant's contents (nhóm nội dung)."""

    __tablename__ = "content"
    __table_args__ = (UniqueConstraint("season_id", "position"),)
    id: int | None = Field(default=None, primary_key=True)
    season_id: int = Field(foreign_key="season.id", index=True)
    position: int
    name: str


class Milestone(SQLModel, table=True):
    """A dated duty of the covenant, named `K<number>` within its bloc."""

    __tablename__ = "milestone"
    __table_args__ = (
        UniqueConstraint("season_id", "key"),
        UniqueConstraint("season_id", "number"),
        CheckConstraint("evidence IN ('none', 'any', 'file')", name="milestone_evidence"),
        CheckConstraint("owed_by IN ('all', 'head', 'deputy', 'some')", name="milestone_owed_by"),
        CheckConstraint("recurs IN ('month', 'quarter', 'half-year')", name="milestone_recurs"),
    )
    id: int | None = Field(default=None, primary_key=True)
    season_id: int = Field(foreign_key="season.id", index=True)
    key: str
    """The bloc file's own name for it (`M05`, `bc-quy-1`): what makes loading idempotent."""
    number: int
    title: str
    due_on: date
    due_time: time | None = None
    due_text: str | None = None
    """The rule as the bloc file writes it (`trước ngày 15/6`), kept beside the date it was read as."""
    owed_by: str = "all"
    evidence: str = "any"
    """`none`: a word is enough; `any`: a file or a letter's number; `file`: the file itself."""
    target: float | None = None
    unit: str | None = None
    recurs: str | None = None
    """`month`, `quarter` or `half-year`: the rule this milestone is one occasion of."""
    period: str | None = None
    """Which occasion: `2024-05`, `2024-Q2`, `2024-H1`."""
    content_id: int | None = Field(default=None, foreign_key="content.id")
    aliases: list[str] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    is_default: bool = False
    """It comes from the default template and waits for the head's own date."""
    is_report: bool = False
    """A report or dossier: reminded ten working days before as well."""
    important: bool = False
    """It may have more rungs, and more messages a week, than others (`models.rules.policy`)."""
    outside: bool = False
    """*nộp ngoài hệ thống*: only a tick and the letter's number are ever taken."""
    ad_hoc: bool = False
    """Given by the head's desk in chat or by a plan's workbook: no bloc file names it, and none takes it away."""
    note: str | None = None
    """What the plan's workbook says beside it; shown with the task."""
    moved_from: date | None = None
    """The bloc file's date when the desk moved it: as long as the file still says so, the desk's date stands."""

    @property
    def code(self) -> str:
        return f"K{self.number}"


class Obligation(SQLModel, table=True):
    """What one agency owes for one milestone. Its state is a fold over its updates (`rules.progress`); only
    *when somebody must look again* is stored, with a partial index on exactly that question."""

    __tablename__ = "obligation"
    __table_args__ = (
        UniqueConstraint("milestone_id", "agency_id"),
        Index("obligation_of_season", "season_id", "agency_id"),
        Index(
            "obligation_to_look_at",
            "look_on",
            sqlite_where=text("look_on IS NOT NULL"),
            postgresql_where=text("look_on IS NOT NULL"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    season_id: int = Field(foreign_key="season.id")
    milestone_id: int = Field(foreign_key="milestone.id")
    agency_id: int = Field(foreign_key="agency.id", index=True)
    due_on: date | None = None
    """The date in force for this agency when the head granted an extension; null: the milestone's."""
    followed: bool = True
    """False: *đã qua – không theo dõi*, in no bucket and never reminded, until somebody records it."""
    look_on: date | None = None
    """The next local day on which the planner must look at it; null: not until something changes. Too early
    costs a look and nothing else, so whoever changes a fact may simply set it to today."""
