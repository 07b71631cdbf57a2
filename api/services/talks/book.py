"""A bloc's terms and vocabulary, kept between messages and read again only when its revision has grown."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, select
from sqlmodel import Session, col

from bot.dialogue.values import Book, Entry, Member
from models.rules import calendar, deadlines
from models.rules import extension as extensions
from models.rules import policy as policies
from models.rules.calendar import Calendar
from models.rules.extension import Extension
from models.tables import Agency, Bloc, Milestone, Season

_DAYS_KEPT = 2000


@dataclass(slots=True)
class Terms:
    """What every reading of a bloc's dates and words needs. Days once counted are kept: they do not change."""

    bloc_id: int
    slug: str
    name: str
    kind: str
    head_title: str
    deputy_title: str
    calendar: Calendar
    strict: bool
    extension: Extension
    notice_days: int = 30
    """Calendar days before its due date since when a task is in its time."""
    _deadlines: dict[tuple[date, time | None], datetime] = field(default_factory=dict)
    _left: dict[tuple[date, date], int] = field(default_factory=dict)

    def deadline(self, due_on: date, due_time: time | None) -> datetime:
        """The last instant that is still on time."""
        key = (due_on, due_time)
        if key not in self._deadlines:
            self._deadlines[key] = deadlines.deadline(due_on, due_time, self.calendar, self.strict)
        return self._deadlines[key]

    def working_days_left(self, today: date, due_on: date) -> int:
        """Until the due date; negative when it has passed, and then counted as lateness is: from the last day that is
        still on time."""
        key = (today, due_on)
        if key not in self._left:
            if len(self._left) > _DAYS_KEPT:
                self._left.clear()
            last = deadlines.last_day(due_on, self.calendar, self.strict)
            self._left[key] = self.calendar.working_days_between(today, last if today > last else due_on)
        return self._left[key]


_kept: WeakKeyDictionary[Engine, dict[tuple[int, int], tuple[Terms, Book]]] = WeakKeyDictionary()
_merged: WeakKeyDictionary[Engine, dict[tuple[tuple[int, int], ...], Book]] = WeakKeyDictionary()

Revision = tuple[int, int]
"""(bloc id, revision)."""


def revisions_of(session: Session, bloc_ids: Sequence[int]) -> tuple[Revision, ...]:
    rows = session.execute(select(col(Bloc.id), col(Bloc.revision)).where(col(Bloc.id).in_(bloc_ids)))
    return tuple((bloc_id, revision) for bloc_id, revision in rows)


def terms_of(session: Session, revision: Revision) -> Terms:
    return _both(session, revision)[0]


def terms_of_bloc(session: Session, bloc_id: int) -> Terms:
    """As they stand now."""
    return terms_of(session, revisions_of(session, [bloc_id])[0])


def book_of(session: Session, revisions: Sequence[Revision]) -> Book:
    """The words of these blocs together: their open seasons' milestones, and their agencies."""
    merged = _merged.setdefault(session.get_bind().engine, {})
    key = tuple(sorted(set(revisions)))
    if key not in merged:
        for old in [other for other in merged if _blocs(other) == _blocs(key)]:
            del merged[old]
        books = [_both(session, revision)[1] for revision in key]
        merged[key] = Book(
            entries=tuple(entry for book in books for entry in book.entries),
            members=tuple(member for book in books for member in book.members),
        )
    return merged[key]


def _blocs(revisions: Sequence[Revision]) -> list[int]:
    return [bloc_id for bloc_id, _ in revisions]


def _both(session: Session, revision: Revision) -> tuple[Terms, Book]:
    kept = _kept.setdefault(session.get_bind().engine, {})
    if revision not in kept:
        for old in [key for key in kept if key[0] == revision[0]]:
            del kept[old]
        kept[revision] = (_terms(session, revision[0]), _book(session, revision[0]))
    return kept[revision]


def _terms(session: Session, bloc_id: int) -> Terms:
    bloc = session.get_one(Bloc, bloc_id)
    settings: dict[str, Any] = bloc.settings
    titles = settings.get("titles") or {}
    return Terms(
        bloc_id=bloc_id,
        slug=bloc.slug,
        name=bloc.name,
        kind=bloc.kind,
        head_title=titles.get("head") or "Trưởng khối",
        deputy_title=titles.get("deputy") or "Phó Trưởng khối",
        calendar=calendar.of(settings),
        strict=bool(settings.get("strict")),
        extension=extensions.extension(settings),
        notice_days=policies.policy(settings).notice_days,
    )


def _book(session: Session, bloc_id: int) -> Book:
    milestones = session.execute(
        select(Milestone, col(Season.year))
        .join(Season, col(Season.id) == col(Milestone.season_id))
        .where(col(Season.bloc_id) == bloc_id, col(Season.closed).is_(False))
        .order_by(col(Season.year), col(Milestone.number))
    )
    agencies = session.execute(select(Agency).where(col(Agency.bloc_id) == bloc_id).order_by(col(Agency.id))).scalars()
    return Book(
        entries=tuple(
            Entry(row.id or 0, bloc_id, year, row.code, row.title, tuple(row.aliases), row.due_on)
            for row, year in milestones
        ),
        members=tuple(Member(row.id or 0, bloc_id, row.name, row.short, row.off_channel) for row in agencies),
    )
