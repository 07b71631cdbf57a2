"""What the head says of what was sent and asked: read for the dialogue, and told to whom it concerns.

`now` is covenant time. A notice is put in the transaction of the ruling, once: its key names the update.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import Select, or_, select, update
from sqlmodel import Session, col

from api.services import seasons, shared_chats
from api.services.desk import notices, receivers
from api.services.talks.book import Terms, terms_of_bloc
from api.services.talks.facts import facts_of
from bot.dialogue.phrases.rulings import told_apart
from bot.dialogue.rulings.values import EXTENSION, HeadSeat, RulingDeed, RulingFacts, Sent, TellAgency
from bot.dialogue.values import Item
from models.rules.progress import Ask, stand
from models.rules.reach import REMINDED
from models.tables import Agency, Evidence, Milestone, Notice, Obligation, Person, Post, Season, Seat, Update
from models.wire import Choice, Say


def look(session: Session, items: Sequence[Item], today: date) -> RulingFacts:
    """The files and the speakers of these obligations, and who heads their blocs today."""
    if not items:
        return RulingFacts()
    obligation_ids = [item.obligation_id for item in items]
    files = session.execute(
        select(col(Evidence.obligation_id), col(Evidence.update_id), col(Evidence.name))
        .where(col(Evidence.obligation_id).in_(obligation_ids))
        .order_by(col(Evidence.update_id))
    )
    people = session.execute(
        select(col(Person.id), col(Person.name))
        .join(Update, col(Update.person_id) == col(Person.id))
        .where(col(Update.obligation_id).in_(obligation_ids))
        .distinct()
    )
    sent = tuple(Sent(obligation_id, f"BN-{update_id:04d}", name) for obligation_id, update_id, name in files)
    heads = _heads(session, {item.bloc_id for item in items}, today)
    return RulingFacts(sent, tuple((row[0], row[1]) for row in people), heads)


def _heads(session: Session, bloc_ids: Iterable[int], today: date) -> tuple[HeadSeat, ...]:
    """Of every open season."""
    rows = session.execute(
        select(col(Season.id), col(Season.year), col(Seat.agency_id))
        .join(Seat, col(Seat.season_id) == col(Season.id))
        .where(col(Season.bloc_id).in_(bloc_ids), col(Season.closed).is_(False), col(Seat.kind) == "head")
    ).all()
    seconded = seasons.seconded(session, [row[0] for row in rows], today)
    return tuple(HeadSeat(agency_id, year, season_id in seconded) for season_id, year, agency_id in rows)


def put_date_in_force(session: Session, obligation_id: int) -> None:
    """The date of the last extension that stands; none: the milestone's."""
    standing = stand(Ask(), facts_of(session, [obligation_id]).get(obligation_id, ()))
    granted = [ruling for ruling in standing.rulings if ruling.kind == "extended"]
    on = granted[-1].due_on if granted else None
    session.execute(update(Obligation).where(col(Obligation.id) == obligation_id).values(due_on=on))


# --- told ---------------------------------------------------------------------------------------------------------


def tell(
    session: Session, deed: RulingDeed, update_id: int, by: Sequence[int], now: datetime, wire_now: datetime
) -> None:
    """Put the notice, and let it leave when it may. `update_id` is the newest one of the turn, the message's own
    number below zero where nothing was stored; `by` speak here."""
    obligation, bloc_id, short, number = session.execute(
        select(Obligation, col(Agency.bloc_id), col(Agency.short), col(Milestone.number))
        .join(Agency, col(Agency.id) == col(Obligation.agency_id))
        .join(Milestone, col(Milestone.id) == col(Obligation.milestone_id))
        .where(col(Obligation.id) == deed.obligation_id)
    ).one()
    terms = terms_of_bloc(session, bloc_id)
    is_agency = isinstance(deed, TellAgency)
    people = _senders(session, obligation, terms, now) if is_agency else _leading(session, deed, obligation, terms, now)
    if isinstance(deed, TellAgency) and deed.undoes:
        people = _had_heard(session, deed.undoes, deed.obligation_id)
    people = [one for one in people if one not in by]
    drafts = _drafts(deed, update_id, bloc_id, f"K{number}", people, terms, now)
    if is_agency:
        several = shared_chats.among(session, people, obligation.agency_id)
        drafts = [_apart(draft, short) if draft.person_id in several else draft for draft in drafts]
    notices.put(session, drafts, now)
    notices.send(session, now, wire_now)


def _apart(draft: notices.Draft, short: str) -> notices.Draft:
    text = told_apart(draft.say.text, draft.codes[0], short) if draft.say else ""
    return replace(draft, say=Say(text=text))


def _had_heard(session: Session, ruling_id: int, obligation_id: int) -> list[int]:
    """Whom the notice of this ruling reached; where it still waits, it ends."""
    at = select(col(Update.at)).where(col(Update.id) == ruling_id).scalar_subquery()
    key = col(Notice.key).like(f"ruling:%:{obligation_id}:%")
    of_it = (key, col(Notice.planned_at) == at, col(Notice.ended).is_(None))
    session.execute(update(Notice).where(*of_it, col(Notice.outbox_id).is_(None)).values(ended="taken back"))
    left = select(col(Notice.person_id)).where(*of_it, col(Notice.outbox_id).is_not(None))
    return list(session.execute(left).scalars())


def _senders(session: Session, obligation: Obligation, terms: Terms, now: datetime) -> list[int]:
    """Who last sent something of it; when that was nobody's own hand, all who answer for the agency."""
    own = session.execute(
        select(col(Update.person_id))
        .where(
            col(Update.obligation_id) == obligation.id,
            col(Update.proxy).is_(None),
            col(Update.person_id).in_(_answering(obligation.agency_id, terms, now)),
        )
        .order_by(col(Update.id).desc())
        .limit(1)
    ).scalars()
    everybody = session.execute(_answering(obligation.agency_id, terms, now)).scalars()
    return list(own) or list(dict.fromkeys(everybody))


def _answering(agency_id: int, terms: Terms, now: datetime) -> Select[int]:
    today = terms.calendar.today(now)
    return select(col(Post.person_id)).where(
        col(Post.agency_id) == agency_id,
        col(Post.role).in_(REMINDED),
        col(Post.since) <= today,
        or_(col(Post.until).is_(None), col(Post.until) > today),
    )


def _leading(session: Session, deed: RulingDeed, obligation: Obligation, terms: Terms, now: datetime) -> list[int]:
    """Who leads the season that the task is of; of what the head itself asks for, a deputy decides."""
    today, season_id = terms.calendar.today(now), obligation.season_id
    if isinstance(deed, TellAgency) or not deed.decides:
        return receivers.leading(session, season_id, today, ("desk",))
    if seasons.seats_of(session, season_id).get(obligation.agency_id) != "head":
        return receivers.leading(session, season_id, today)
    return receivers.standing_in(session, season_id, today)


def _drafts(
    deed: RulingDeed, update_id: int, bloc_id: int, code: str, people: Iterable[int], terms: Terms, now: datetime
) -> list[notices.Draft]:
    days = terms.calendar
    opens_at = days.next_sending(now)
    until = days.end_of_office(days.add_working(days.today(opens_at), 1))
    asks = _asks(deed)
    choices = () if isinstance(deed, TellAgency) else deed.choices
    say = Say(text=deed.text, choices=tuple(Choice(key=key, label=label, says=says) for key, label, says in choices))
    return [
        notices.Draft(
            key=f"ruling:{update_id}:{deed.obligation_id}:{person_id}",
            bloc_id=bloc_id,
            person_id=person_id,
            kind="notice",
            asks=asks,
            opens_at=opens_at,
            until=until,
            say=say,
            codes=(code,),
            obligations=(deed.obligation_id,),
        )
        for person_id in people
    ]


def _asks(deed: RulingDeed) -> str | None:
    """The kind of question that the notice leaves behind in the chat."""
    if isinstance(deed, TellAgency):
        return "item" if deed.asks else None
    return EXTENSION if deed.decides else None
