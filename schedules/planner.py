"""One tick of planning: what is due today becomes one merged message a person, in one transaction.

Everything is derived from facts, so a tick may come late, come twice or come from several processes at once. What
decides is `models.rules`; the unique keys of Reminder and Outbox are the locks; texts are composed later, at the
first claim (DESIGN, "A due reminder becomes a delivered message").
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime

from sqlmodel import Session

from api.services.facts import facts_of
from models.rules import calendar, reach, reminders
from models.rules.calendar import Calendar
from models.rules.progress import Ask, Fact, Standing, stand
from models.rules.reach import Chat
from models.rules.reminders import Ladder, Past, Policy
from schedules import plan_rows
from schedules.plan_rows import Candidate, Message, Receipt


@dataclass(slots=True)
class Planned:
    """What one tick did."""

    looked: int = 0
    """Obligations looked at."""
    reminders: int = 0
    messages: int = 0
    carried: int = 0
    """Rungs of expired messages taken up by today's."""
    postponed: int = 0
    """Rungs that wait for the next working day: today's message has left, or the week's budget is used up."""
    expired: int = 0
    """Messages whose day was over before they were sent."""

    def numbers(self) -> dict[str, int]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class House:
    """A bloc's rules on the day of the tick."""

    policy: Policy
    calendar: Calendar
    strict: bool
    today: date
    tomorrow: date
    """The next working day."""
    expires_at: datetime


@dataclass(slots=True)
class Wish:
    """A rung that is due for a person today, before anybody looked at what else the person gets."""

    candidate: Candidate
    house: House
    person_id: int
    rung: int
    round: int
    carries: int | None
    """The receipt of an expired message that already stands for this rung."""


@dataclass(slots=True)
class Decisions:
    """What the rules said about all candidates."""

    wishes: list[Wish] = field(default_factory=list)
    look_on: dict[int, date | None] = field(default_factory=dict)
    """By obligation, where it changes."""
    dropped: list[Receipt] = field(default_factory=list)
    """Receipts of expired messages that no longer make sense: they stay with their message."""
    postponed: int = 0

    def postpone(self, wishes: Sequence[Wish]) -> None:
        """Look again on the next working day."""
        self.postponed += len(wishes)
        self.look_on.update((wish.candidate.id, wish.house.tomorrow) for wish in wishes)


def plan(session: Session, now: datetime, wire_now: datetime) -> Planned:
    """Plan everything that is due in the sending window that `now` lies in. Returns its numbers."""
    planned = Planned(expired=plan_rows.expire(session, now))
    today = calendar.STANDARD.today(now)
    plan_rows.wake_expired(session, today, calendar.STANDARD.add_working(today, 1))
    houses = _open_houses(plan_rows.settings_of_blocs_to_look_at(session, today), now)
    if not houses:
        return planned
    candidates = plan_rows.candidates(session, today, list(houses))
    planned.looked = len(candidates)
    chats = plan_rows.chats(session, sorted({candidate.agency_id for candidate in candidates}))
    decisions = _decide(session, candidates, houses, reach.people(chats, today))
    wishes = _fitting(session, decisions, today)
    best = reach.best_chats(chats, today)
    rows = [_message(best[person], wishes[person][0], today, now, wire_now) for person in sorted(wishes)]
    planned.messages = plan_rows.insert_messages(session, rows)
    _give_receipts(session, decisions, wishes, today, now, planned)
    plan_rows.leave_with_their_message(session, decisions.dropped)
    plan_rows.look_on(session, decisions.look_on)
    planned.postponed = decisions.postponed
    return planned


def _open_houses(settings: Mapping[int, dict[str, object]], now: datetime) -> dict[int, House]:
    """The blocs whose sending window is open."""
    houses: dict[int, House] = {}
    for bloc_id, asked in settings.items():
        days = calendar.of(asked)
        if days.opening(now):
            today = days.today(now)
            policy, strict = reminders.policy(asked), bool(asked.get("strict"))
            tomorrow, expires_at = days.add_working(today, 1), days.end_of_office(today)
            houses[bloc_id] = House(policy, days, strict, today, tomorrow, expires_at)
    return houses


# ------------------------------------------------------------------------------------------------ decide


def _decide(
    session: Session,
    candidates: Sequence[Candidate],
    houses: Mapping[int, House],
    reached: Mapping[int, Mapping[int, str]],
) -> Decisions:
    ladders = _ladders(candidates, houses)
    on_a_rung = [candidate.id for candidate in candidates if ladders[candidate.milestone_id].passed]
    facts = facts_of(session, on_a_rung)
    receipts = plan_rows.receipts(session, on_a_rung)
    decisions = Decisions()
    for candidate in candidates:
        house, ladder = houses[candidate.bloc_id], ladders[candidate.milestone_id]
        standing = _standing(candidate, facts.get(candidate.id, ()))
        people = {} if candidate.off_channel else reached.get(candidate.agency_id, {})
        _look(decisions, candidate, house, ladder, standing, people, receipts.get(candidate.id, ()))
    return decisions


def _ladders(candidates: Iterable[Candidate], houses: Mapping[int, House]) -> dict[int, Ladder]:
    """By milestone: its agencies share one ladder."""
    ladders: dict[int, Ladder] = {}
    for candidate in candidates:
        if candidate.milestone_id not in ladders:
            house = houses[candidate.bloc_id]
            ladders[candidate.milestone_id] = reminders.ladder(
                house.policy,
                candidate.due_on,
                house.today,
                house.calendar,
                is_report=candidate.is_report,
                strict=house.strict,
            )
    return ladders


_NOTHING_YET = Past()
_UNTOUCHED = stand(Ask(), ())
_PAST = stand(Ask(), (), followed=False)


def _standing(candidate: Candidate, facts: Sequence[Fact]) -> Standing:
    if not facts:
        return _UNTOUCHED if candidate.followed else _PAST
    return stand(Ask(candidate.evidence, candidate.target), facts, followed=candidate.followed)


def _look(
    decisions: Decisions,
    candidate: Candidate,
    house: House,
    ladder: Ladder,
    standing: Standing,
    people: Mapping[int, str],
    receipts: Sequence[Receipt],
) -> None:
    """One obligation: who gets which rung today, which expired receipts are settled, when to look again."""
    unsent = {receipt.id: receipt for receipt in receipts if receipt.outbox_id is None}
    rests = reminders.rests(standing, house.today, closed=candidate.closed)
    for person_id, role in {} if rests else people.items():
        mine = [r for r in receipts if _is_of(r, person_id, candidate.due_on, standing.round)]
        rung = reminders.due(house.policy, ladder, role, _past(mine, standing))
        if rung is not None:
            carries = next((r.id for r in mine if r.outbox_id is None and r.rung == rung), None)
            if carries is not None:
                del unsent[carries]
            decisions.wishes.append(Wish(candidate, house, person_id, rung, standing.round, carries))
    decisions.dropped += unsent.values()
    decisions.look_on[candidate.id] = reminders.next_look(standing, ladder, house.today, closed=candidate.closed)


def _is_of(receipt: Receipt, person_id: int, due_on: date, round_: int) -> bool:
    return receipt.person_id == person_id and receipt.due_on == due_on and receipt.round == round_


def _past(mine: Sequence[Receipt], standing: Standing) -> Past:
    """What was planned for a person, without what expired unsent."""
    if not mine:
        return _NOTHING_YET
    carried = [receipt for receipt in mine if receipt.outbox_id is not None]
    heard_at = standing.last.at if standing.last else None
    unanswered = sum(r.rung > 0 and (heard_at is None or r.planned_at > heard_at) for r in carried)
    return Past(max((receipt.rung for receipt in carried), default=None), unanswered)


# ------------------------------------------------------------------------------------------------ merge


def _fitting(session: Session, decisions: Decisions, today: date) -> dict[int, list[Wish]]:
    """By person, the wishes that today's message can hold; the others wait for the next working day."""
    by_person: dict[int, list[Wish]] = {}
    for wish in decisions.wishes:
        by_person.setdefault(wish.person_id, []).append(wish)
    week = plan_rows.messages_of_week(session, by_person, today)
    for person_id, wishes in list(by_person.items()):
        if not _fits(wishes, week.get(person_id, ()), today):
            decisions.postpone(by_person.pop(person_id))
    return by_person


def _fits(wishes: Sequence[Wish], week: Sequence[Message], today: date) -> bool:
    for message in week:
        if message.day == today:
            return message.joinable
    sent = sum(message.counts for message in week)
    return any(reminders.within_budget(wish.house.policy, wish.rung, sent) for wish in wishes)


def _message(chat: Chat, wish: Wish, today: date, now: datetime, wire_now: datetime) -> dict[str, object]:
    """Today's merged message of a person, its words still open."""
    return {
        "bot": chat.bot,
        "address_id": chat.address_id,
        "bloc_id": wish.candidate.bloc_id,
        "person_id": chat.person_id,
        "kind": "reminder",
        "lane_rank": 1,
        "merge_key": plan_rows.merge_key(chat.person_id, today),
        "choices": [],
        "codes": [],
        "planned_at": now,
        "expires_at": wish.house.expires_at,
        "not_before": wire_now,
        "state": "queued",
        "attempt": 0,
        "trouble": 0,
        "repeated": False,
    }


def _give_receipts(
    session: Session,
    decisions: Decisions,
    wishes: Mapping[int, Sequence[Wish]],
    today: date,
    now: datetime,
    planned: Planned,
) -> None:
    """Attach the wishes to their messages; those of a message that was composed meanwhile wait."""
    new: list[dict[str, object]] = []
    carried: dict[int, int] = {}
    messages = plan_rows.hold_messages(session, wishes, today)
    for person_id in sorted(wishes):
        message = messages[person_id]
        if not message.joinable:
            decisions.postpone(wishes[person_id])
            continue
        for wish in wishes[person_id]:
            if wish.carries is None:
                new.append(_receipt(wish, message.id, now))
            else:
                carried[wish.carries] = message.id
    planned.reminders = plan_rows.insert_reminders(session, new)
    planned.carried = plan_rows.carry(session, carried)


def _receipt(wish: Wish, message_id: int, now: datetime) -> dict[str, object]:
    return {
        "obligation_id": wish.candidate.id,
        "due_on": wish.candidate.due_on,
        "rung": wish.rung,
        "person_id": wish.person_id,
        "round": wish.round,
        "planned_at": now,
        "outbox_id": message_id,
    }
