"""What the clock does for the desk: pauses end, broadcasts begin, summaries fall due, and what may leave does."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlmodel import Session

from api.services import holding
from api.services.desk import broadcasts, mornings, notices, quotas, weeks


@dataclass(slots=True)
class Announced:
    """What one tick did."""

    released: int = 0
    """Pauses that were over."""
    begun: int = 0
    """Broadcasts whose hour had come."""
    summaries: int = 0
    mornings: int = 0
    """People to be told what waits for them, if something does."""
    sent: int = 0
    """Notices that went to the outbox."""

    def numbers(self) -> dict[str, int]:
        return asdict(self)


def announce(session: Session, now: datetime, wire_now: datetime) -> Announced:
    """One tick, in one transaction. Unique keys and row locks let any number of processes tick at once. `now` is
    covenant time."""
    done = Announced(released=holding.release_what_is_over(session, now))
    notices.take_up(session, now)
    done.begun = broadcasts.begin(session, now)
    done.summaries = weeks.plan(session, now)
    done.mornings = mornings.plan(session, now)
    quotas.warn(session, now, wire_now)
    done.sent = notices.send(session, now, wire_now)
    return done
