"""Each working morning everybody in a bloc's seats gets a place for what waits for them. Its words are found when it
leaves; where nothing waits, nothing is sent."""

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from api.services.desk import notices, waiting
from api.services.talks.book import revisions_of, terms_of
from models.rules import calendar
from models.tables import Bloc, Notice


def plan(session: Session, now: datetime) -> int:
    """Put today's, once a bloc and day, from its first hour on; returns how many. A tick that comes late still does."""
    today = calendar.STANDARD.today(now)
    blocs = set(session.execute(select(col(Bloc.id)).where(col(Bloc.held_since).is_(None))).scalars())
    prefix = f"{waiting.KIND}:{today.isoformat()}:"
    keys = session.execute(select(col(Notice.key)).where(col(Notice.key).between(prefix, prefix + "~"))).scalars()
    missing = blocs - {int(key.split(":")[2]) for key in keys}
    if not missing:
        return 0
    terms = {bloc_id: terms_of(session, (bloc_id, revision)) for bloc_id, revision in revisions_of(session, [*missing])}
    opened = {bloc_id for bloc_id, one in terms.items() if one.calendar.end_of_sending(now)}
    if not opened:
        return 0
    until = {bloc_id: terms[bloc_id].calendar.last_sending(today) or now for bloc_id in opened}
    sitting = dict.fromkeys((chair.bloc_id, chair.person_id) for chair in waiting.chairs(session, today))
    drafts = [
        notices.Draft(f"{prefix}{bloc_id}:{person}", bloc_id, person, waiting.KIND, now, until[bloc_id])
        for bloc_id, person in sitting
        if bloc_id in opened
    ]
    return notices.put(session, drafts, now)
