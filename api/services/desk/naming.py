"""Agencies named in the text for the bloc's group: the desk asks, the head says yes each time, the desk gets the text.
`now` is covenant time."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlmodel import Session

from api.services import seasons
from api.services.desk import notices, receivers
from api.services.desk.notices import Draft
from api.services.talks.book import terms_of_bloc
from bot.dialogue.orders.values import AskForNames, NameInGroup
from bot.dialogue.phrases import digest as phrases
from models.tables import Audit
from models.wire import Say


def ask(session: Session, deed: AskForNames, now: datetime) -> str:
    """The head is asked; returns the sentence that says whether that reaches somebody."""
    heads = _leading(session, deed.bloc_id, deed.year, ("leader",), now)
    _put(session, deed.bloc_id, "ask", heads, phrases.names_wanted(), now)
    terms = terms_of_bloc(session, deed.bloc_id)
    return phrases.asked(terms.head_title, len(receivers.best_chats(session, heads, terms.calendar.today(now))))


def name(session: Session, deed: NameInGroup, persons: Sequence[int], now: datetime) -> None:
    """Who has said yes is kept; the desk of the head's agency gets what may be pasted."""
    session.add(Audit(at=now, actor=f"person:{persons[0]}", deed="name_in_group", subject=f"bloc:{deed.bloc_id}"))
    desk = _leading(session, deed.bloc_id, deed.year, ("desk",), now)
    _put(session, deed.bloc_id, "named", [one for one in desk if one not in persons], Say(text=deed.text), now)


def _leading(session: Session, bloc_id: int, year: int, roles: Sequence[str], now: datetime) -> list[int]:
    today = terms_of_bloc(session, bloc_id).calendar.today(now)
    return receivers.leading(session, seasons.of_year(session, bloc_id, year), today, roles)


def _put(session: Session, bloc_id: int, what: str, people: Iterable[int], say: Say, now: datetime) -> None:
    days = terms_of_bloc(session, bloc_id).calendar
    opens_at = days.next_sending(now)
    until = days.end_of_office(days.add_working(days.today(opens_at), 1))
    key = f"names:{what}:{bloc_id}:{now.isoformat()}"
    drafts = [Draft(f"{key}:{person}", bloc_id, person, "notice", opens_at, until, say) for person in people]
    notices.put(session, drafts, now)
