"""The self-check: each working morning the administrator is told what left, what did not, and what needs a hand.

Its absence is an alarm: `/metrics` tells when the last one was, and the ping address hears of each good one.
"""

from collections import Counter
from datetime import UTC, date, datetime, time

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is SQLite's too
from sqlmodel import Session, col

from api.services.desk import notices
from api.services.desk.notices import Draft
from bot.dialogue.phrases.checkup import Health, Surroundings, health
from models.columns import core
from models.rules import calendar
from models.tables import Address, Binding, Cursor, Inbox, Outbox, Post
from models.wire import Say

CURSOR = core(Cursor)
NAME = "self-check"
"""The cursor that says how far it has come: the moment of the last one, in seconds since 1970 (covenant time)."""
HOUR = time(9)
"""After the morning's reminders have left."""
DAYS = calendar.STANDARD
_NOTHING = Surroundings()


def due(now: datetime) -> bool:
    """Whether this moment is one for the self-check: from nine on a working day, in sending hours."""
    return DAYS.may_send(now) and DAYS.local(now).time() >= HOUR


def run(session: Session, now: datetime, around: Surroundings = _NOTHING) -> Health | None:
    """Look and tell the administrators, once a working day whoever asks; None: today's was made."""
    if not due(now):
        return None
    before = last(session)
    if (before is not None and DAYS.today(before) >= DAYS.today(now)) or not _mine(session, now):
        return None
    since = before or DAYS.moment(DAYS.add_working(DAYS.today(now), -1), HOUR)
    found = look(session, since, now, around)
    _tell(session, found, now)
    return found


def last(session: Session) -> datetime | None:
    """When the last one was made (covenant time)."""
    seconds = session.execute(select(CURSOR.c.position).where(CURSOR.c.name == NAME)).scalar()
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _mine(session: Session, now: datetime) -> bool:
    """Whether this process is the one that makes today's."""
    start, here = int(DAYS.moment(DAYS.today(now), time()).timestamp()), int(now.timestamp())
    moved = update(CURSOR).where(CURSOR.c.name == NAME, CURSOR.c.position < start).values(position=here)
    if session.execute(moved.returning(CURSOR.c.name)).first():
        return True
    first = insert(CURSOR).values(name=NAME, position=here).on_conflict_do_nothing()
    return session.execute(first.returning(CURSOR.c.name)).first() is not None


# --- figures ------------------------------------------------------------------------------------------------------


def look(session: Session, since: datetime, now: datetime, around: Surroundings = _NOTHING) -> Health:
    """From the ledger: what was planned after `since`."""
    rows = session.execute(
        select(col(Outbox.kind), col(Outbox.state), func.count())
        .where(col(Outbox.planned_at) > since, col(Outbox.planned_at) <= now)
        .group_by(col(Outbox.kind), col(Outbox.state))
    )
    reminders: Counter[str] = Counter()
    others: Counter[str] = Counter()
    for kind, state, count in rows:
        (reminders if kind == "reminder" else others)[state] += count
    return Health(
        since=since,
        planned=sum(reminders.values()) - reminders["withdrawn"],
        sent=reminders["sent"],
        failed=reminders["failed"] + others["failed"],
        uncertain=reminders["uncertain"] + others["uncertain"],
        waiting=reminders["queued"] + reminders["claimed"] + reminders["expired"],
        other=others["sent"],
        blocked=_blocked(session, DAYS.today(now)),
        aside=session.execute(select(func.count()).where(col(Inbox.state) == "aside")).scalar_one(),
        around=around,
    )


def _blocked(session: Session, today: date) -> int:
    """People with posts who have chats, and none that is open."""
    rows = session.execute(
        select(col(Post.person_id), col(Address.state))
        .join(Binding, col(Binding.post_id) == col(Post.id))
        .join(Address, col(Address.id) == col(Binding.address_id))
        .where(
            col(Binding.unbound_at).is_(None),
            col(Post.since) <= today,
            or_(col(Post.until).is_(None), col(Post.until) > today),
        )
    ).all()
    return len({person for person, _ in rows} - {person for person, state in rows if state == "open"})


def _tell(session: Session, found: Health, now: datetime) -> None:
    tell_administrators(session, f"check:{DAYS.today(now).isoformat()}", health(found), now)


def tell_administrators(session: Session, key: str, text: str, now: datetime) -> None:
    """Each of them once, of whichever bloc, for this key."""
    today = DAYS.today(now)
    rows = session.execute(
        select(col(Post.person_id), func.min(col(Post.bloc_id)))
        .where(
            col(Post.role) == "admin",
            col(Post.since) <= today,
            or_(col(Post.until).is_(None), col(Post.until) > today),
        )
        .group_by(col(Post.person_id))
    ).all()
    say, until = Say(text=text), DAYS.end_of_office(DAYS.add_working(today, 1))
    drafts = [Draft(f"{key}:{person}", bloc_id, person, "check", now, until, say) for person, bloc_id in rows]
    notices.put(session, drafts, now)
