"""Statements that are prepared once and then given to the driver as they are.

From a Core statement to its rows SQLAlchemy goes a way that costs ten times what a short statement does. Where every
message passes, the way is gone once: the text, the order of its values and what turns them into the database's types
and back are kept for each dialect. Elsewhere, `session.execute` is the plainer thing.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import BindParameter, ClauseElement, ColumnElement, Connection, Dialect, Executable
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import iterate
from sqlalchemy.types import TypeEngine
from sqlmodel import Session

Given = Mapping[str, Any]
Turn = Callable[[Any], Any]
NOTHING: Given = {}


@dataclass(frozen=True, slots=True)
class _Slot:
    """Where a value of the caller goes: by its name and, in an IN list, by its place."""

    name: str
    place: int | None = None

    def value(self, given: Given) -> Any:
        return given[self.name] if self.place is None else given[self.name][self.place]


class Prepared:
    """A Core statement. Its binds are the named ones it was built with; an `expanding` one takes a list. An INSERT
    without values takes what it is given as its columns; defaults that live in Python are not filled in."""

    def __init__(self, statement: Executable) -> None:
        self.statement = statement
        binds = (each for each in iterate(cast(ClauseElement, statement)) if isinstance(each, BindParameter))
        self._lists = [bind.key for bind in binds if bind.expanding]
        self._ready: dict[tuple[Any, ...], _Ready] = {}

    def all(self, session: Session, given: Given = NOTHING) -> list[Any]:
        """Its rows, as named tuples; what bears the name of an earlier column is read by its place."""
        connection = session.connection()
        ready = self._for(connection.dialect, given)
        return ready.rows(_execute(connection, ready.text, ready.bound(given)))

    def first(self, session: Session, given: Given = NOTHING) -> Any:
        """Its first row; None: there is none."""
        return next(iter(self.all(session, given)), None)

    def scalar(self, session: Session, given: Given = NOTHING) -> Any:
        """The first value of its first row; None: there is no row."""
        row = self.first(session, given)
        return row[0] if row is not None else None

    def run(self, session: Session, given: Given = NOTHING) -> int:
        """How many rows it changed."""
        connection = session.connection()
        ready = self._for(connection.dialect, given)
        changed: int = _execute(connection, ready.text, ready.bound(given)).rowcount
        return changed

    def run_each(self, session: Session, given: Sequence[Given]) -> int:
        """Once for each of these, which have the same names; how many rows it changed in all."""
        if not given:
            return 0
        connection = session.connection()
        ready = self._for(connection.dialect, given[0])
        changed: int = _execute(connection, ready.text, [ready.bound(one) for one in given], many=True).rowcount
        return changed

    def _for(self, dialect: Dialect, given: Given) -> "_Ready":
        sizes = [len(given[name]) for name in self._lists]
        shape = (dialect.name, *given, *sizes)
        ready = self._ready.get(shape)
        if ready is None:
            ready = self._ready[shape] = _prepare(self.statement, dialect, self._slots(given))
        return ready

    def _slots(self, given: Given) -> Given:
        return {
            name: [_Slot(name, place) for place in range(len(one))] if name in self._lists else _Slot(name)
            for name, one in given.items()
        }


class _Ready:
    """The statement for one dialect and one shape of its values."""

    def __init__(self, text: str, values: Sequence[tuple[str | None, Any, Turn | None]], reader: "_Reader") -> None:
        self.text, self._values, self._reader = text, values, reader
        self._named = any(name for name, _, _ in values)

    def bound(self, given: Given) -> Any:
        """The values as the driver wants them: by name, or in their order."""
        values = [_bound(value, turn, given) for _, value, turn in self._values]
        if self._named:
            return dict(zip((name for name, _, _ in self._values), values, strict=True))
        return values

    def rows(self, cursor: Any) -> list[Any]:
        return self._reader.rows(cursor)


def _bound(value: Any, turn: Turn | None, given: Given) -> Any:
    found = value.value(given) if isinstance(value, _Slot) else value
    return turn(found) if turn else found


class _Reader:
    """Turns the driver's rows into ours."""

    def __init__(self, columns: Sequence[ColumnElement[Any]], dialect: Dialect) -> None:
        self._make: Turn = namedtuple("Row", [_name(column) for column in columns], rename=True)._make  # type: ignore[attr-defined]
        self._types = [column.type.dialect_impl(dialect) for column in columns]
        self._dialect = dialect
        self._turns: list[tuple[int, Turn]] | None = None
        """By place; known when the driver has first told what kinds of values it gives."""

    def rows(self, cursor: Any) -> list[Any]:
        if self._turns is None:
            self._turns = self._turns_for(cursor.description)
        return [self._row(row, self._turns) for row in cursor.fetchall()]

    def _turns_for(self, description: Sequence[Sequence[Any]]) -> list[tuple[int, Turn]]:
        pairs = zip(self._types, description, strict=True)
        turns = [kind.result_processor(self._dialect, told[1]) for kind, told in pairs]
        return [(place, turn) for place, turn in enumerate(turns) if turn]

    def _row(self, raw: Sequence[Any], turns: list[tuple[int, Turn]]) -> Any:
        row = list(raw)
        for place, turn in turns:
            if row[place] is not None:
                row[place] = turn(row[place])
        return self._make(row)


def _name(column: ColumnElement[Any]) -> str:
    return getattr(column, "name", "")


def _prepare(statement: Executable, dialect: Dialect, slots: Given) -> _Ready:
    compiled = cast(ClauseElement, statement).compile(dialect=dialect, column_keys=list(slots))
    assert isinstance(compiled, SQLCompiler)
    assert not compiled.insert_prefetch, "a default that lives in Python would be left out"
    state = compiled.construct_expanded_state(dict(slots))
    parents = {child: name for name, children in state.parameter_expansion.items() for child in children}

    def turn_of(name: str) -> Turn | None:
        kind: TypeEngine[Any] = compiled.binds[parents.get(name, name)].type
        return kind.dialect_impl(dialect).bind_processor(dialect)

    names = (state.positiontup if compiled.positional else list(state.parameters)) or ()
    values = [(None if compiled.positional else name, state.parameters[name], turn_of(name)) for name in names]
    return _Ready(state.statement, values, _Reader(list(getattr(statement, "exported_columns", ())), dialect))


def _execute(connection: Connection, text: str, values: Any, *, many: bool = False) -> Any:
    """Raises what SQLAlchemy raises for the same mishap."""
    raw: Any = connection.connection.driver_connection
    dialect = connection.dialect
    try:
        if many:
            cursor = raw.cursor()
            cursor.executemany(text, values)
            return cursor
        return raw.execute(text, values)
    except dialect.loaded_dbapi.Error as error:
        raise DBAPIError.instance(
            text, None, error, dialect.loaded_dbapi.Error, hide_parameters=True, dialect=dialect
        ) from error
