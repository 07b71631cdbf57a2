"""The words of a message, found when it is first claimed: whatever happened since it was planned is in them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Row, func, insert, or_, select, update
from sqlmodel import Session, col

from api.services import shared_chats
from api.services.talks.book import terms_of_bloc
from api.services.talks.facts import items_by_id
from bot.dialogue import opened_by, phrases
from bot.dialogue import talk as talks
from bot.dialogue.phrases.channels import instead_of
from bot.dialogue.phrases.reminders import LONGEST
from bot.dialogue.values import Contact, Escalated, Item, Question, Talk
from models.rules import calendar, quota
from models.rules.reminders import rests
from models.tables import (
    Address,
    Agency,
    Binding,
    Conversation,
    Milestone,
    Obligation,
    Outbox,
    Person,
    Post,
    Reminder,
)
from models.wire import Say

_OWN = ("rung", "deputy")


@dataclass(frozen=True, slots=True)
class _Contents:
    """What a message is still about, by the kind of its receipts."""

    by_kind: Mapping[str, list[Item]]

    @property
    def own(self) -> list[Item]:
        """The person's tasks, those that were passed on among them."""
        return self._each(_OWN)

    @property
    def others(self) -> list[Item]:
        """Other agencies' tasks, told to the desk or the head."""
        return self._each(kind for kind in self.by_kind if kind not in _OWN)

    def _each(self, kinds: Iterable[str]) -> list[Item]:
        found = {item.obligation_id: item for kind in kinds for item in self.by_kind.get(kind, ())}
        return list(found.values())

    @property
    def codes(self) -> list[str]:
        """`K5` of the person's own, `K5-STP` of others'."""
        return [item.code for item in self.own] + [f"{item.code}-{item.short}" for item in self.others]


def reminder(session: Session, row: Outbox, now: datetime) -> Say | None:
    """One merged message about what is still open of its rungs; None when nothing is left to say.

    A message about a single task ends in a question, which the chat then remembers. Words that are frozen already
    stay as they are while they are about the same tasks, and always when they may have arrived.
    """
    contents = _still_open(session, row, now)
    items = contents.own or contents.others
    if not items:
        return None
    if row.text is not None and (row.repeated or row.codes == contents.codes):
        return Say(text=row.text)
    row.text = None
    days = terms_of_bloc(session, items[0].bloc_id).calendar
    row.codes = contents.codes
    person = session.get(Person, row.person_id) if row.person_id else None
    address = session.get_one(Address, row.address_id)
    say = phrases.reminder(
        contents.own,
        days.today(now),
        person.name if person else None,
        first=bool(contents.own) and not _was_told(session, row, contents.own),
        names_agency=bool(person and shared_chats.among(session, [person.id or 0], items[0].agency_id)),
        escalated=_escalated(session, row, contents, days.today(now)),
        instead=_instead(session, row, person, address),
        limit=quota.MERGED if quota.is_metered(address.channel) else LONGEST,
    )
    until = days.end_of_next_working_day(now)
    question = _menu(say, until) if contents.others else opened_by(contents.own, until)
    if question:
        _ask(session, row.address_id, Talk(question=question))
    return say


def _menu(say: Say, until: datetime) -> Question | None:
    """The head's one tap, where taps are numbers that are typed."""
    return Question("menu", (), until, {one.key: one.says for one in say.choices}) if say.choices else None


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


def _still_open(session: Session, row: Outbox, now: datetime) -> _Contents:
    due = session.execute(
        select(
            col(Reminder.obligation_id), col(Reminder.due_on), col(Reminder.round), col(Reminder.kind),
            func.coalesce(col(Obligation.due_on), col(Milestone.due_on)),
        )
        .join(Obligation, col(Obligation.id) == col(Reminder.obligation_id))
        .join(Milestone, col(Milestone.id) == col(Obligation.milestone_id))
        .where(col(Reminder.outbox_id) == row.id)
    ).all()  # fmt: skip
    planned = {told.obligation_id: told.round for told in due if told[1] == told[4]}
    today = calendar.STANDARD.today(now)
    items = {
        item.obligation_id: item
        for item in items_by_id(session, list(planned), now)
        if item.standing.round == planned[item.obligation_id] and not rests(item.standing, today)
    }
    return _Contents(_by_kind(due, items))


def _by_kind(due: Sequence[Row[tuple[int, date, int, str, date]]], items: Mapping[int, Item]) -> dict[str, list[Item]]:
    """In the order of the due dates."""
    kinds: dict[str, list[Item]] = {}
    for kind in dict.fromkeys(told.kind for told in due):
        wanted = {told.obligation_id for told in due if told.kind == kind}
        if found := [item for obligation_id, item in items.items() if obligation_id in wanted]:
            kinds[kind] = found
    return kinds


def _ask(session: Session, address_id: int, asked: Talk) -> None:
    known = session.get(Conversation, address_id)
    if known is None:
        session.execute(insert(Conversation), {"address_id": address_id, "state": talks.to_json(asked)})
        return
    talk = talks.from_json(known.state)
    state = talks.to_json(Talk(asked.question, talk.draft, talk.last, talk.stranger_told_on, talk.wrong_codes))
    session.execute(update(Conversation).where(col(Conversation.address_id) == address_id).values(state=state))


# --- what was escalated -------------------------------------------------------------------------------------------


def _escalated(session: Session, row: Outbox, contents: _Contents, today: date) -> Escalated:
    kinds = contents.by_kind
    if kinds.keys() <= {"rung"}:
        return Escalated()
    return Escalated(
        office=_office(session, row) if not contents.own else "",
        passed_on=frozenset(item.obligation_id for item in kinds.get("deputy", ())),
        silent=tuple(kinds.get("desk", ())),
        to_call=_to_call(session, kinds.get("phone", ()), today),
        to_leaders=tuple(kinds.get("leader", ())),
    )


def _office(session: Session, row: Outbox) -> str:
    """The agency in which this chat's person holds a post: to whom the message is written."""
    name: str | None = session.execute(
        select(col(Agency.name))
        .join(Post, col(Post.agency_id) == col(Agency.id))
        .join(Binding, col(Binding.post_id) == col(Post.id))
        .where(
            col(Binding.address_id) == row.address_id,
            col(Post.person_id) == row.person_id,
            col(Binding.unbound_at).is_(None),
        )
        .order_by(col(Post.id))
        .limit(1)
    ).scalar()
    return name or ""


_WHOM_TO_CALL = ("focal", "deputy_focal", "leader")


def _to_call(
    session: Session, items: Sequence[Item], today: date
) -> tuple[tuple[tuple[Contact, ...], tuple[Item, ...]], ...]:
    """By agency: the people who hold its posts today, and what they are to be asked."""
    if not items:
        return ()
    rows = session.execute(
        select(col(Post.agency_id), col(Post.role), col(Person.name), col(Person.title), col(Person.phone))
        .join(Person, col(Person.id) == col(Post.person_id))
        .where(
            col(Post.agency_id).in_({item.agency_id for item in items}),
            col(Post.role).in_(_WHOM_TO_CALL),
            col(Post.since) <= today,
            or_(col(Post.until).is_(None), col(Post.until) > today),
        )
    ).all()
    found = []
    for agency_id in dict.fromkeys(item.agency_id for item in items):
        theirs = sorted((row for row in rows if row[0] == agency_id), key=lambda row: _WHOM_TO_CALL.index(row[1]))
        contacts = tuple(dict.fromkeys(Contact(*row[2:]) for row in theirs))
        found.append((contacts, tuple(item for item in items if item.agency_id == agency_id)))
    return tuple(found)


# --- another way than usual ---------------------------------------------------------------------------------------


def _instead(session: Session, row: Outbox, person: Person | None, address: Address) -> str | None:
    """What to say when this is not the chat that the person wants, or uses: it is blocked, down, or out of quota."""
    if person is None:
        return None
    chats = session.execute(
        select(col(Address.id), col(Address.channel), col(Conversation.heard_at), col(Binding.bound_at))
        .join(Binding, col(Binding.address_id) == col(Address.id))
        .join(Post, col(Post.id) == col(Binding.post_id))
        .outerjoin(Conversation, col(Conversation.address_id) == col(Address.id))
        .where(col(Post.person_id) == person.id, col(Binding.unbound_at).is_(None))
    ).all()
    usual = max(
        chats, key=lambda chat: (chat.channel == person.prefers, chat.heard_at or chat.bound_at, chat.id), default=None
    )
    if usual is None or usual.channel == address.channel:
        return None
    return instead_of(usual.channel, address.channel)
