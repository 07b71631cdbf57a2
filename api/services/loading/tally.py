"""Counts what a loading creates and changes, so that loading the same file again can say: nothing, nothing."""

from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlmodel import Session, SQLModel

Row = TypeVar("Row", bound=SQLModel)


@dataclass
class Tally:
    session: Session
    created: int = 0
    changed: int = 0
    """Rows that differ now, and rows that are gone."""
    moved: list[dict[str, Any]] = field(default_factory=list)
    """Milestones whose due date changed, for the audit: {milestone, from, to}."""
    kept: list[str] = field(default_factory=list)
    """What the file no longer holds and people have answered already: kept, and warned about."""

    def add(self, row: Row) -> Row:
        """A new row, with its id."""
        self.session.add(row)
        self.session.flush()
        self.created += 1
        return row

    def set(self, row: SQLModel, **values: Any) -> bool:
        """Bring a row to these values; whether it differed."""
        differing = {name: value for name, value in values.items() if getattr(row, name) != value}
        for name, value in differing.items():
            setattr(row, name, value)
        self.changed += bool(differing)
        return bool(differing)

    def drop(self, row: SQLModel) -> None:
        self.session.delete(row)
        self.session.flush()
        self.changed += 1

    @property
    def anything(self) -> bool:
        return bool(self.created or self.changed)
