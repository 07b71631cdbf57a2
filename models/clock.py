"""Two times. *Wire time* is the real clock. *Covenant time* follows an anchor when `GIAOUOC_CLOCK` is set, so that
a season can be played in minutes; it is otherwise the same. The anchor is stored: every process goes by one pair.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlmodel import Session

from models.tables import ClockAnchor, Conversation, Outbox, Reminder, Update


@dataclass(frozen=True, slots=True)
class Anchor:
    """Covenant time was `covenant` when the real clock said `real`, and runs `speed` seconds a second."""

    real: datetime
    covenant: datetime
    speed: float = 1.0

    def covenant_at(self, wire_now: datetime) -> datetime:
        return self.covenant + (wire_now - self.real) * self.speed


class Clock:
    """Read only at the three doors: a request, a tick, a command line."""

    def __init__(self, anchor: Anchor | None = None) -> None:
        self.anchor = anchor

    def wire(self) -> datetime:
        return datetime.now(UTC)

    def covenant(self) -> datetime:
        wire_now = self.wire()
        return self.anchor.covenant_at(wire_now) if self.anchor else wire_now


def asked_moment(asked: str, timezone: str) -> datetime:
    """Read `GIAOUOC_CLOCK` (ISO 8601; without an offset it is local). Raises ValueError."""
    moment = datetime.fromisoformat(asked.strip())
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))


def stored(session: Session) -> Anchor | None:
    """The anchor that every process goes by; None: the real clock."""
    row = session.get(ClockAnchor, 1)
    return Anchor(row.real, row.covenant, row.speed) if row else None


def agree(session: Session, asked: str, speed: float, timezone: str, wire_now: datetime) -> Anchor:
    """The anchor that every process shares, for an `asked` one: stored at the first start and kept over restarts.

    A changed value anchors anew, and then never behind the newest instant that is stored; a changed speed alone goes
    on from where covenant time is.
    """
    row = session.get(ClockAnchor, 1)
    known = Anchor(row.real, row.covenant, row.speed) if row else None
    if known is None or row is None or row.asked != asked:
        start, newest = asked_moment(asked, timezone), newest_instant(session)
        anchor = Anchor(wire_now, max(start, newest) if newest else start, speed)
    elif known.speed != speed:
        anchor = Anchor(wire_now, known.covenant_at(wire_now), speed)
    else:
        return known
    keep(session, anchor, asked)
    return anchor


def keep(session: Session, anchor: Anchor, asked: str | None = None) -> None:
    """Store the anchor that all processes go by."""
    row = session.get(ClockAnchor, 1) or ClockAnchor(real=anchor.real, covenant=anchor.covenant)
    row.real, row.covenant, row.speed = anchor.real, anchor.covenant, anchor.speed
    row.asked = asked or row.asked
    session.add(row)
    session.flush()


def forget(session: Session) -> None:
    """From now on covenant time is the real time."""
    if row := session.get(ClockAnchor, 1):
        session.delete(row)


def newest_instant(session: Session) -> datetime | None:
    """The newest covenant time that anything said or sent holds."""
    columns = (Update.at, Outbox.planned_at, Outbox.sent_at, Reminder.planned_at, Conversation.heard_at)
    found = [session.execute(select(func.max(column))).scalar() for column in columns]
    return max((moment for moment in found if moment), default=None)
