"""What the bot promises about everything that it says unasked, checked on what the platforms received.

The ledger is read only to tell what a message was about and why it was sent. Days and hours are those of
`calendars.py`, which the program does not know.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby

from sqlalchemy import select
from sqlmodel import Session, col

from api.services.talks.facts import facts_of
from bot.dialogue.values import Item
from models.rules.progress import Ask, Fact, stand
from models.tables import Address, Agency, Binding, Milestone, Obligation, Outbox, Post, Reminder
from models.tables.delivery import Escalation
from tests.flows.calendars import is_worked, working_days
from tests.flows.people import Message, Person
from tests.flows.world import HANOI

BUDGET_BEFORE, BUDGET_AFTER, BUDGET_IMPORTANT = 2, 3, 5
"""Of the standard level (`domain.md` 2.6)."""
ESCALATED = ("deputy", "desk", "leader")


@dataclass(frozen=True, slots=True)
class About:
    """One task that a message carried, as its receipt has it."""

    receipt: Reminder
    code: str
    short: str
    important: bool
    ask: Ask
    followed: bool


@dataclass(frozen=True, slots=True)
class Received:
    """A merged message on somebody's phone."""

    message: Message
    row: Outbox
    about: Sequence[About]

    @property
    def person(self) -> int:
        assert self.row.person_id is not None
        return self.row.person_id

    @property
    def named(self) -> list[About]:
        """What it spoke of in the end; what was answered before it left, it did not."""
        names = set(self.row.codes)
        return [one for one in self.about if one.code in names or f"{one.code}-{one.short}" in names]


def are_kept(session: Session, people: Iterable[Person]) -> None:
    heard = [message for person in people for message in person.heard if message.kind != "reply"]
    for message in heard:
        leaves_in_office_hours(message)
    received = _received(session, [message for message in heard if message.kind == "reminder"])
    each_once(session, received)
    facts = facts_of(session, sorted({about.receipt.obligation_id for one in received for about in one.about}))
    for one in received:
        starts_in_a_window(one.message)
        never_after_closing(one, facts)
    for _, theirs in groupby(received, key=lambda one: one.person):
        messages = list(theirs)
        one_a_day(messages)
        within_the_budget(messages)
        never_weaker(messages)


def _received(session: Session, messages: Sequence[Message]) -> list[Received]:
    """By person, in the order in which they came."""
    rows = {row.id: row for row in session.execute(select(Outbox).where(col(Outbox.kind) == "reminder")).scalars()}
    about: dict[int | None, list[About]] = {}
    found = session.execute(
        select(Reminder, Milestone, col(Agency.short), col(Obligation.followed))
        .join(Obligation, col(Obligation.id) == col(Reminder.obligation_id))
        .join(Milestone, col(Milestone.id) == col(Obligation.milestone_id))
        .join(Agency, col(Agency.id) == col(Obligation.agency_id))
    )
    for receipt, milestone, short, followed in found:
        ask = Ask(milestone.evidence, milestone.target)
        one = About(receipt, milestone.code, short, milestone.important, ask, followed)
        about.setdefault(receipt.outbox_id, []).append(one)
    received = [Received(message, rows[message.row], about.get(message.row, [])) for message in messages]
    return sorted(received, key=lambda one: (one.person, one.message.at))


# --- never twice --------------------------------------------------------------------------------------------------


def each_once(session: Session, received: Sequence[Received]) -> None:
    """Never planned twice, never sent twice, and nothing is called sent that no phone has shown."""
    shown = Counter(one.row.id for one in received)
    sent = session.execute(select(col(Outbox.id)).where(col(Outbox.kind) == "reminder", col(Outbox.state) == "sent"))
    assert shown == Counter(sent.scalars()), "lost, or sent twice"
    for one in received:
        assert one.message.text == one.row.text
    keys = Counter(
        (of.obligation_id, of.due_on, of.rung, of.round, of.kind, one.person)
        for one in received
        for of in (about.receipt for about in one.about)
    )
    assert not keys or max(keys.values()) == 1, f"planned twice: {keys.most_common(1)}"


def never_weaker(messages: Sequence[Received]) -> None:
    """After a rung no earlier one of the same task, date and round: what was missed is over."""
    told: dict[tuple[int, date, int], int] = {}
    for one in messages:
        for about in one.about:
            if about.receipt.kind == "rung":
                key = (about.receipt.obligation_id, about.receipt.due_on, about.receipt.round)
                assert told.get(key, about.receipt.rung) <= about.receipt.rung, f"stale: {about} at {one.message.at}"
                told[key] = about.receipt.rung


# --- when ---------------------------------------------------------------------------------------------------------


def leaves_in_office_hours(message: Message) -> None:
    """Nothing unasked on a day off, in the morning's and the week's meetings, at lunch or in the evening."""
    assert is_worked(message.at.date()), f"on a day off: {message.at}"
    assert _between(message.at, time(7, 30)), f"outside of the office's hours: {message.kind} at {message.at}"


def starts_in_a_window(message: Message) -> None:
    assert _between(message.at, time(8, 30)), f"outside of the windows: {message.at}"


def _between(at: datetime, morning: time) -> bool:
    hour, weekday = at.time(), at.weekday()
    first = max(morning, time(9, 30)) if weekday == 0 else morning
    last = time(15, 30) if weekday == 4 else time(17)
    return first <= hour < time(11, 30) or time(13, 30) <= hour < last


# --- how often ----------------------------------------------------------------------------------------------------


def one_a_day(messages: Sequence[Received]) -> None:
    """To one person, whatever the number of chats."""
    days = Counter(one.message.at.date() for one in messages)
    assert not days or max(days.values()) == 1, f"two on one day: {days.most_common(1)}"


def within_the_budget(messages: Sequence[Received]) -> None:
    """No message but an escalated one when the week has as many already as its most pressing task allows."""
    for _, week in groupby(messages, key=lambda one: one.message.at.date().isocalendar()[:2]):
        for before, one in enumerate(week):
            if all(about.receipt.kind not in ESCALATED for about in one.about):
                allowed = max(_allowance(about) for about in one.about)
                assert before < allowed, f"number {before + 1} of its week: {one.message}"


def _allowance(about: About) -> int:
    ordinary = BUDGET_AFTER if about.receipt.rung > 0 else BUDGET_BEFORE
    return max(ordinary, BUDGET_IMPORTANT) if about.important else ordinary


# --- about what ---------------------------------------------------------------------------------------------------


def never_after_closing(one: Received, facts: Mapping[int, Sequence[Fact]]) -> None:
    """Whatever it names was open, and neither promised for later nor waiting for the head, when it left."""
    assert one.named, f"about nothing: {one.message}"
    day = one.message.at.date()
    for about in one.named:
        said = [fact for fact in facts.get(about.receipt.obligation_id, ()) if fact.at < one.message.at]
        then = stand(about.ask, said, followed=about.followed)
        what = f"{about.code}-{about.short} at {one.message.at}"
        assert then.is_open, f"{what}: it was {then.state}"
        assert then.promise_on is None or then.promise_on < day, f"{what}: in spite of a promise"
        assert not then.extension_asked, f"{what}: it waited for the head"


# --- nobody is forgotten ------------------------------------------------------------------------------------------


def nobody_is_forgotten(session: Session, items: Iterable[Item], now: datetime) -> None:
    """Every open overdue task was told of in the last five working days, or a row says why not. What was promised for
    counts from then. Days on which all its people had used up their week do not count: those messages are the rows."""
    told = _last_told(session)
    today = now.date()
    for item in items:
        if item.bucket != "open_overdue" or _is_explained(session, item, today):
            continue
        last = told.get(item.obligation_id)
        since = max(filter(None, (last and last.date(), item.deadline.date(), item.standing.promise_on)))
        days = (since + timedelta(n) for n in range(1, (today - since).days + 1))
        idle = [day for day in days if is_worked(day) and not _is_full(session, item, day)]
        assert len(idle) <= 5, f"{item.code}-{item.short}: last told {last}, silent since {since}"


def _last_told(session: Session) -> Mapping[int, datetime]:
    rows = session.execute(
        select(col(Reminder.obligation_id), col(Outbox.sent_at))
        .join(Outbox, col(Reminder.outbox_id) == col(Outbox.id))
        .where(col(Outbox.state) == "sent")
        .order_by(col(Outbox.sent_at))
    )
    return {obligation_id: sent_at.astimezone(HANOI) for obligation_id, sent_at in rows}


def _is_full(session: Session, item: Item, day: date) -> bool:
    """Everybody who could be told of it had had a whole week's messages by that day."""
    important = session.get_one(Milestone, item.milestone_id).important
    allowed = BUDGET_IMPORTANT if important else BUDGET_AFTER
    return all(_sent_by(session, person, day) >= allowed for person in _can_be_told(session, item))


def _sent_by(session: Session, person: int, day: date) -> int:
    """Merged messages of that week until that day."""
    sent = select(col(Outbox.sent_at)).where(
        col(Outbox.kind) == "reminder", col(Outbox.state) == "sent", col(Outbox.person_id) == person
    )
    days = (at.astimezone(HANOI).date() for at in session.execute(sent).scalars() if at)
    return sum(one.isocalendar()[:2] == day.isocalendar()[:2] and one <= day for one in days)


def _is_explained(session: Session, item: Item, today: date) -> bool:
    """It was spoken of lately, is promised, waits for the head, was given to the desk for good, or there is nobody
    who could be told."""
    standing = item.standing
    if standing.extension_asked or (standing.promise_on is not None and standing.promise_on >= today):
        return True
    if standing.log and working_days(standing.log[-1].at.astimezone(HANOI).date(), today) <= 5:
        return True
    handed = select(col(Escalation.id)).where(
        col(Escalation.obligation_id) == item.obligation_id, col(Escalation.step) == "handed"
    )
    return session.execute(handed).first() is not None or not _can_be_told(session, item)


def _can_be_told(session: Session, item: Item) -> Sequence[int]:
    """The focal points of the agency with an open chat; where there are none, their deputies, else the head's desk."""
    of_agency = col(Post.agency_id) == item.agency_id
    focal, deputy = of_agency & (col(Post.role) == "focal"), of_agency & (col(Post.role) == "deputy_focal")
    for theirs in (focal, deputy, col(Post.role) == "desk"):
        found = session.execute(
            select(col(Post.person_id))
            .join(Binding, col(Binding.post_id) == col(Post.id))
            .join(Address, col(Address.id) == col(Binding.address_id))
            .where(theirs, col(Address.state) == "open", col(Binding.unbound_at).is_(None))
            .distinct()
        )
        if people := found.scalars().all():
            return people
    return ()
