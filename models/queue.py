"""How a queue is claimed: one statement for both queues, on both engines.

A claim takes rows that are due, gives each a lease and a new `attempt`. The attempt is the fence: only the worker that
holds the newest one may settle the row. On PostgreSQL rows that another claim is just taking are skipped; on SQLite
the one writer makes claims follow each other.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Table,
    and_,
    bindparam,
    exists,
    literal_column,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from models.columns import Instant, core
from models.prepared import Prepared
from models.tables import Inbox, Outbox, Reminder

LEASE = timedelta(seconds=60)
"""How long a claimed message may be on its way."""
FETCH_LEASE = timedelta(minutes=5)
"""How long the files of a message may take to be fetched."""

WIRE_NOW = bindparam("wire_now", type_=Instant)
Due = Callable[[FromClause], ColumnElement[bool]]


def is_in(row: FromClause, *states: str) -> ColumnElement[bool]:
    """The state as literals: only so do the databases see that their partial indexes fit. SQLite wants the index's
    own condition word for word."""
    return row.c.state.in_([literal_column(f"'{state}'") for state in states])


INBOX, OUTBOX, REMINDER = core(Inbox), core(Outbox), core(Reminder)


def claim(
    of: Table, *, open_states: tuple[str, str], due: Due, order: tuple[str, ...], lane: Due = lambda _row: true()
) -> ReturningUpdate[Any]:
    """The statement that claims the first `n` rows which are `due` and whose `lane` is free.

    `open_states` are the waiting state and `claimed`, as the queue's partial index names them.
    Binds: `wire_now`, `lease` (until when), `n`, and what `due` and `lane` bind. Returns whole rows, in no order.
    """
    row = of.alias("candidate")
    picked = (
        select(row.c.id)
        .where(due(row), is_in(row, *open_states), is_in(row, open_states[0]), row.c.not_before <= WIRE_NOW, lane(row))
        .order_by(*(row.c[name] for name in order))
        .limit(bindparam("n"))
        .with_for_update(of=row, skip_locked=True)
        .cte("picked")
    )
    return (
        update(of)
        .where(of.c.id.in_(select(picked.c.id)))
        .values(state="claimed", attempt=of.c.attempt + 1, lease_until=bindparam("lease", type_=Instant))
        .returning(*of.c)
    )


def _lane(row: FromClause, counts: Due = lambda _other: true()) -> ColumnElement[bool]:
    """Nothing of this address is on its way, no equal that `counts` stands before it, and nothing of a better rank is
    due. What is due but stands behind an equal that rests after a failed try cannot leave now, and holds up nothing."""
    other, resting = OUTBOX.alias("other"), OUTBOX.alias("resting")
    rests = exists().where(
        resting.c.address_id == other.c.address_id, is_in(resting, "queued", "claimed"), resting.c.id < other.c.id,
        resting.c.lane_rank == other.c.lane_rank, resting.c.not_before > WIRE_NOW,
    )  # fmt: skip
    better = and_(other.c.lane_rank < row.c.lane_rank, other.c.not_before <= WIRE_NOW, ~rests)
    earlier = and_(other.c.lane_rank == row.c.lane_rank, other.c.id < row.c.id, counts(other))
    is_open = is_in(other, "queued", "claimed")
    blocks = or_(is_in(other, "claimed"), better, earlier)
    return ~exists().where(other.c.address_id == row.c.address_id, is_open, blocks)


def _of_bot(row: FromClause) -> ColumnElement[bool]:
    """`top` is the worst rank to take: 0 for replies only, while the pace has no room for bulk."""
    return and_(row.c.bot == bindparam("of"), row.c.lane_rank <= bindparam("top"))


def is_essential(row: FromClause) -> ColumnElement[bool]:
    """Replies, and reminders of what is overdue."""
    overdue = exists().where(REMINDER.c.outbox_id == row.c.id, REMINDER.c.rung > 0)
    return or_(row.c.lane_rank == 0, overdue)


def _essential_of_bot(row: FromClause) -> ColumnElement[bool]:
    return and_(_of_bot(row), is_essential(row))


def _essential_lane(row: FromClause) -> ColumnElement[bool]:
    """What waits for another month holds up nothing that may leave."""
    return _lane(row, counts=is_essential)


def _of_ears(row: FromClause) -> ColumnElement[bool]:
    return and_(row.c.channel == bindparam("of_channel"), row.c.bot == bindparam("of"))


CLAIM_OUTBOX = Prepared(
    claim(OUTBOX, open_states=("queued", "claimed"), due=_of_bot, order=("lane_rank", "id"), lane=_lane)
)
CLAIM_ESSENTIAL = Prepared(
    claim(
        OUTBOX, open_states=("queued", "claimed"), due=_essential_of_bot, order=("lane_rank", "id"),
        lane=_essential_lane,
    )
)  # fmt: skip
CLAIM_INBOX = Prepared(claim(INBOX, open_states=("waiting", "claimed"), due=_of_ears, order=("id",)))
