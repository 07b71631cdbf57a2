"""The demo's clock jumps from event to event: it stands still while a message is on its way and for a while after
anything was said, so that a newcomer sees a whole season without waiting for it."""

from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlmodel import Session, col

from api.services.desk import weeks
from models import clock
from models.clock import Anchor, Clock
from models.database import Database
from models.rules.calendar import Calendar
from models.tables import Inbox, Obligation, Outbox, Season

REST = timedelta(seconds=15)
"""Wire time that the clock stands still after a reminder or an answer."""


def next_event(calendar: Calendar, look_on: date | None, now: datetime) -> datetime | None:
    """The next opening of a sending window after `now` at which the planner has something to look at, or the hour of
    the week's summary when that comes first."""
    if look_on is None:
        return None
    opening = calendar.next_opening(now + timedelta(minutes=1))
    while calendar.today(opening) < look_on or calendar.today(opening) == calendar.today(now):
        opening = calendar.next_opening(calendar.end_of_day(calendar.today(opening)) + timedelta(minutes=1))
    return min(opening, _next_summary(calendar, now))


def _next_summary(calendar: Calendar, now: datetime) -> datetime:
    this_week = weeks.moment_of(weeks.Hour(), calendar.today(now), calendar)
    return this_week if this_week > now else weeks.moment_of(weeks.Hour(), calendar.today(now + weeks.WEEK), calendar)


class JumpingClock:
    """Owns the process's clock in the demo; `step` is one tick of the real clock."""

    def __init__(self, hands: Clock, database: Database, calendar: Calendar) -> None:
        self.hands = hands
        self._database = database
        self._calendar = calendar
        self._paused = False
        self._seen: tuple[int, int] | None = None
        self._moved_at = hands.wire() - REST
        """The first event needs no rest before it."""

    def pause(self) -> None:
        self._paused = True

    def resume(self) -> None:
        self._paused = False

    def state(self) -> dict[str, object]:
        now = self._calendar.local(self.hands.covenant())
        return {"now": now.isoformat(timespec="seconds"), "paused": self._paused}

    async def step(self) -> dict[str, int]:
        """Jump to the next event when nothing is on its way and nothing was said for a while."""
        wire_now = self.hands.wire()
        seen, on_its_way, look_on = await self._database.read(_look)
        self._seen = self._seen or seen
        if seen != self._seen or on_its_way:
            self._seen, self._moved_at = seen, wire_now
        if self._paused or wire_now - self._moved_at < REST:
            return {"jumped": 0}
        moment = next_event(self._calendar, look_on, self.hands.covenant())
        if moment is None:
            return {"jumped": 0}
        anchor = Anchor(wire_now, moment, 0)
        await self._database.write(lambda session: clock.keep(session, anchor))
        self.hands.anchor, self._moved_at = anchor, wire_now
        return {"jumped": 1}


def _look(session: Session) -> tuple[tuple[int, int], bool, date | None]:
    newest = (
        session.execute(select(func.max(col(Outbox.id)))).scalar() or 0,
        session.execute(select(func.max(col(Inbox.id)))).scalar() or 0,
    )
    waiting = select(col(Outbox.id)).where(col(Outbox.state).in_(("queued", "claimed"))).limit(1)
    look_on = session.execute(
        select(func.min(col(Obligation.look_on)))
        .join(Season, col(Season.id) == col(Obligation.season_id))
        .where(col(Obligation.look_on).is_not(None), col(Season.closed).is_(False))
    ).scalar()
    return newest, session.execute(waiting).first() is not None, look_on
