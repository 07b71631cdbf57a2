"""A copy of what planning reads, in memory: on it the future can be played, and nothing and nobody is touched."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import pysqlite3
from sqlalchemy import ColumnElement, CompoundSelect, Select, Table, create_engine, insert, select, true, union
from sqlalchemy.pool import StaticPool
from sqlmodel import Session, SQLModel

from models.tables import Bloc

_tables = SQLModel.metadata.tables
_NOT_NEEDED = frozenset(
    {"audit", "clock_anchor", "cursor", "incoming", "inbox", "invitation", "pace", "timeline", "token", "web_session"}
)
"""What planning never reads; most of it grows without end."""
_WHOLE = frozenset({"meter", "platform_terms"})
"""What belongs to no bloc and steers the planning of all: a bot that has used up its month is avoided."""
_PIECE = 2000
Wanted = Select[tuple[int]] | CompoundSelect[tuple[int]]


@contextmanager
def snapshot(session: Session, bloc_id: int) -> Iterator[Session]:
    """The bloc, and every bloc that shares people with it: a person's day and week are weighed as a whole.

    Read in the caller's transaction; the session that is given writes into memory only.
    """
    engine = create_engine("sqlite://", module=pysqlite3, poolclass=StaticPool)
    SQLModel.metadata.create_all(engine)
    try:
        with Session(engine, expire_on_commit=False) as copy:
            for table, rows in _wanted(_together(session, bloc_id)).items():
                _fill(session, copy, table, rows)
            yield copy
    finally:
        engine.dispose()


def _together(session: Session, bloc_id: int) -> list[int]:
    """The bloc with those that share people with it, and so on."""
    post = _tables["post"]
    known: set[int] = set()
    found = {bloc_id}
    while found - known:
        known |= found
        people = select(post.c.person_id).where(post.c.bloc_id.in_(known))
        found |= set(session.execute(select(post.c.bloc_id).where(post.c.person_id.in_(people)).distinct()).scalars())
    return sorted(known)


def _wanted(bloc_ids: Sequence[int]) -> Mapping[Table, Select[tuple[object, ...]]]:
    """By table, in the order in which they refer to each other, the rows that belong to these blocs."""
    season, obligation, post = _tables["season"], _tables["obligation"], _tables["post"]
    seasons = select(season.c.id).where(season.c.bloc_id.in_(bloc_ids))
    posts = select(post.c.id).where(post.c.bloc_id.in_(bloc_ids))
    binding, outbox = _tables["binding"], _tables["outbox"]
    spoken_to = select(outbox.c.address_id).where(outbox.c.bloc_id.in_(bloc_ids))
    belongs: dict[str, Wanted] = {
        "obligation_id": select(obligation.c.id).where(obligation.c.season_id.in_(seasons)),
        "season_id": seasons,
        "bloc_id": select(_tables["bloc"].c.id).where(_tables["bloc"].c.id.in_(bloc_ids)),
        "post_id": posts,
        "address_id": union(select(binding.c.address_id).where(binding.c.post_id.in_(posts)), spoken_to),
        "person_id": select(post.c.person_id).where(post.c.bloc_id.in_(bloc_ids)),
    }
    found = {}
    for table in SQLModel.metadata.sorted_tables:
        condition = None if table.name in _NOT_NEEDED else _condition(table, belongs)
        if condition is not None:
            found[table] = select(table).where(condition)
    return found


def _condition(table: Table, belongs: Mapping[str, Wanted]) -> ColumnElement[bool] | None:
    own = f"{table.name}_id"
    if table.name in _WHOLE:
        return true()
    if own in belongs and table.name in ("bloc", "season", "obligation", "post", "address", "person"):
        condition = table.c.id.in_(belongs[own])
    else:
        column = next((name for name in belongs if name in table.c), None)
        if column is None:
            return None
        condition = table.c[column].in_(belongs[column])
    return condition & (table.c.kind != "reply") if table.name == "outbox" else condition


def _fill(session: Session, copy: Session, table: Table, rows: Select[tuple[object, ...]]) -> None:
    for piece in session.execute(rows).mappings().partitions(_PIECE):
        copy.execute(insert(table), [dict(row) for row in piece])


def settings_of(copy: Session) -> list[dict[str, object]]:
    """The settings of every bloc of a snapshot."""
    return list(copy.execute(select(Bloc.__table__.c.settings)).scalars())  # type: ignore[attr-defined]
