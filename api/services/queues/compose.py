"""The words of a message, found when it is first claimed: whatever happened since it was planned is in them."""

from datetime import datetime

from sqlalchemy import insert, select, update
from sqlmodel import Session, col

from api.services.talks.book import revisions_of, terms_of
from api.services.talks.facts import items_by_id
from bot.dialogue import phrases, respond
from bot.dialogue import talk as talks
from bot.dialogue.values import Item, Talk
from models.rules import calendar
from models.rules.reminders import rests
from models.tables import Conversation, Milestone, Obligation, Outbox, Person, Reminder
from models.wire import Say


def reminder(session: Session, row: Outbox, now: datetime) -> Say | None:
    """One merged message about what is still open of its rungs; None when nothing is left to say.

    A message about a single task ends in a question, which the chat then remembers. Words that are frozen already
    stay as they are while they are about the same tasks, and always when they may have arrived.
    """
    items = _still_open(session, row, now)
    if not items:
        return None
    codes = [item.code for item in items]
    if row.text is not None and (row.repeated or row.codes == codes):
        return Say(text=row.text)
    row.text = None
    revision = revisions_of(session, [items[0].bloc_id])[0]
    days = terms_of(session, revision).calendar
    row.codes = codes
    person = session.get(Person, row.person_id) if row.person_id else None
    question = respond.opens(items, days.end_of_next_working_day(now))
    if question:
        _ask(session, row.address_id, Talk(question=question), now)
    name = person.name if person else None
    return phrases.reminder(items, days.today(now), name, first=not _was_told(session, row, items))


def _was_told(session: Session, row: Outbox, items: list[Item]) -> bool:
    """Whether this person was ever reminded of anything of these agencies."""
    agencies = {item.agency_id for item in items}
    found = session.execute(
        select(col(Reminder.id))
        .join(Obligation, col(Obligation.id) == col(Reminder.obligation_id))
        .join(Outbox, col(Outbox.id) == col(Reminder.outbox_id))
        .where(
            col(Obligation.agency_id).in_(agencies),
            col(Reminder.person_id) == row.person_id,
            col(Outbox.id) != row.id,
            col(Outbox.state).in_(("sent", "uncertain")),
        )
        .limit(1)
    )
    return found.first() is not None


def _still_open(session: Session, row: Outbox, now: datetime) -> list[Item]:
    due = session.execute(
        select(col(Reminder.obligation_id), col(Reminder.due_on), col(Reminder.round), col(Milestone.due_on))
        .join(Obligation, col(Obligation.id) == col(Reminder.obligation_id))
        .join(Milestone, col(Milestone.id) == col(Obligation.milestone_id))
        .where(col(Reminder.outbox_id) == row.id)
    ).all()
    planned = {obligation_id: rounds for obligation_id, meant, rounds, due_on in due if meant == due_on}
    return [
        item
        for item in items_by_id(session, list(planned), now)
        if item.standing.round == planned[item.obligation_id] and not rests(item.standing, calendar.STANDARD.today(now))
    ]


def _ask(session: Session, address_id: int, asked: Talk, now: datetime) -> None:
    known = session.get(Conversation, address_id)
    if known is None:
        row = {"address_id": address_id, "state": talks.to_json(asked), "heard_at": now}
        session.execute(insert(Conversation), row)
        return
    talk = talks.from_json(known.state)
    state = talks.to_json(Talk(asked.question, talk.draft, talk.last, talk.stranger_told_on, talk.wrong_codes))
    session.execute(update(Conversation).where(col(Conversation.address_id) == address_id).values(state=state))
