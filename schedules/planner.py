"""One tick of planning: what is due today becomes one merged message a person, in one transaction.

Everything is derived from facts, so a tick may come late, come twice or come from several processes at once. What
decides is `models.rules`; the unique keys of Reminder and Outbox are the locks; texts are composed later, at the
first claim (DESIGN, "A due reminder becomes a delivered message").
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime

from sqlmodel import Session

from api.services.talks.facts import facts_of
from models.rules import calendar, reach, reminders
from models.rules.calendar import Calendar
from models.rules.progress import Ask, Fact, Standing, stand
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


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """How blocs with the same settings remind, on the day of the tick. Compared by identity: it keys the ladders."""

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
    rules: Rules
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
        self.look_on.update((wish.candidate.id, wish.rules.tomorrow) for wish in wishes)


def plan(session: Session, now: datetime, wire_now: datetime) -> Planned:
    """Plan everything that is due in the sending window that `now` lies in. Returns its numbers.

    While another process plans there is nothing to do.
    """
    if not plan_rows.has_the_turn(session):
        return Planned()
    planned = Planned(expired=plan_rows.expire(session, now))
    today = calendar.STANDARD.today(now)
    plan_rows.wake_expired(session, today, calendar.STANDARD.add_working(today, 1))
    rules_of = _open_rules(plan_rows.settings_of_blocs_to_look_at(session, today), now)
    if not rules_of:
        return planned
    candidates = plan_rows.candidates(session, today, rules_of)
    planned.looked = len(candidates)
    chats = plan_rows.chats(session, sorted({candidate.agency_id for candidate in candidates}))
    decisions = _decide(session, candidates, rules_of, reach.people(chats, today))
    wishes = _fitting(session, decisions, today)
    best = reach.best_chats(chats, today)
    messages: dict[int, int] = {}
    for expires_at, people in _by_expiry(wishes).items():
        chosen = [best[person_id].binding_id for person_id in people]
        messages |= plan_rows.insert_messages(session, chosen, today, now, wire_now, expires_at)
    planned.messages = len(messages)
    _join(session, decisions, wishes, messages, today)
    _give_receipts(session, wishes, messages, now, planned)
    plan_rows.leave_with_their_message(session, decisions.dropped)
    plan_rows.look_on(session, decisions.look_on)
    planned.postponed = decisions.postponed
    return planned


_RULES = ("calendar", "policy", "strict")


def _open_rules(settings_of: Mapping[int, dict[str, object]], now: datetime) -> dict[int, Rules]:
    """By bloc, the rules of those whose sending window is open."""
    shared: dict[str, Rules | None] = {}
    found: dict[int, Rules] = {}
    for bloc_id, settings in settings_of.items():
        asked = json.dumps([settings.get(part) for part in _RULES], sort_keys=True)
        if asked not in shared:
            shared[asked] = _rules(settings, now)
        if rules := shared[asked]:
            found[bloc_id] = rules
    return found


def _rules(settings: dict[str, object], now: datetime) -> Rules | None:
    days = calendar.of(settings)
    if days.opening(now) is None:
        return None
    today = days.today(now)
    return Rules(
        policy=reminders.policy(settings),
        calendar=days,
        strict=bool(settings.get("strict")),
        today=today,
        tomorrow=days.add_working(today, 1),
        expires_at=days.end_of_office(today),
    )


# ------------------------------------------------------------------------------------------------ decide


def _decide(
    session: Session,
    candidates: Sequence[Candidate],
    rules_of: Mapping[int, Rules],
    reached: Mapping[int, Mapping[int, str]],
) -> Decisions:
    ladder_of = _ladders(candidates, rules_of)
    on_a_rung = [candidate.id for candidate in candidates if ladder_of[candidate.id].passed]
    facts = facts_of(session, plan_rows.touched(session, on_a_rung))
    receipts = plan_rows.receipts(session, on_a_rung)
    decisions = Decisions()
    for candidate in candidates:
        standing = _standing(candidate, facts.get(candidate.id, ()))
        people = {} if candidate.off_channel else reached.get(candidate.agency_id, {})
        rules, ladder = rules_of[candidate.bloc_id], ladder_of[candidate.id]
        _look(decisions, candidate, rules, ladder, standing, people, receipts.get(candidate.id, ()))
    return decisions


def _ladders(candidates: Iterable[Candidate], rules_of: Mapping[int, Rules]) -> dict[int, Ladder]:
    """By obligation; equal due dates under equal rules share one."""
    shared: dict[tuple[Rules, date, bool], Ladder] = {}
    found: dict[int, Ladder] = {}
    for candidate in candidates:
        rules, due_on, is_report = rules_of[candidate.bloc_id], candidate.due_on, candidate.is_report
        ladder = shared.get((rules, due_on, is_report))
        if ladder is None:
            ladder = reminders.ladder(
                rules.policy, due_on, rules.today, rules.calendar, is_report=is_report, strict=rules.strict
            )
            shared[rules, due_on, is_report] = ladder
        found[candidate.id] = ladder
    return found


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
    rules: Rules,
    ladder: Ladder,
    standing: Standing,
    people: Mapping[int, str],
    receipts: Sequence[Receipt],
) -> None:
    """One obligation: who gets which rung today, which expired receipts are settled, when to look again."""
    unsent = {receipt.id: receipt for receipt in receipts if receipt.outbox_id is None}
    rests = reminders.rests(standing, rules.today, closed=candidate.closed)
    for person_id, role in {} if rests else people.items():
        mine = [r for r in receipts if _is_of(r, person_id, candidate.due_on, standing.round)]
        rung = reminders.due(rules.policy, ladder, role, _past(mine, standing, rules.calendar))
        if rung is not None:
            carries = next((r.id for r in mine if r.outbox_id is None and r.rung == rung), None)
            if carries is not None:
                del unsent[carries]
            decisions.wishes.append(Wish(candidate, rules, person_id, rung, standing.round, carries))
    decisions.dropped += unsent.values()
    decisions.look_on[candidate.id] = reminders.next_look(standing, ladder, rules.today, closed=candidate.closed)


def _is_of(receipt: Receipt, person_id: int, due_on: date, round_: int) -> bool:
    return receipt.person_id == person_id and receipt.due_on == due_on and receipt.round == round_


def _past(mine: Sequence[Receipt], standing: Standing, days: Calendar) -> Past:
    """What was planned for a person, without what expired unsent, and when the agency was last heard."""
    last = standing.last
    if not mine and last is None:
        return _NOTHING_YET
    carried = [receipt for receipt in mine if receipt.outbox_id is not None]
    latest = max((receipt.rung for receipt in carried), default=None)
    unanswered = sum(r.rung > 0 and (last is None or r.planned_at > last.at) for r in carried)
    return Past(latest, unanswered, days.today(last.at) if last else None)


# ------------------------------------------------------------------------------------------------ merge


def _fitting(session: Session, decisions: Decisions, today: date) -> dict[int, list[Wish]]:
    """By person, the wishes that today's message can hold; the others wait for the next working day."""
    by_person: dict[int, list[Wish]] = {}
    for wish in decisions.wishes:
        by_person.setdefault(wish.person_id, []).append(wish)
    week = plan_rows.messages_of_week(session, by_person, today)
    for person_id, wishes in list(by_person.items()):
        if not _fits(wishes, week.get(person_id, ())):
            decisions.postpone(by_person.pop(person_id))
    return by_person


def _fits(wishes: Sequence[Wish], week: Sequence[Message]) -> bool:
    for message in week:
        if message.is_todays:
            return message.joinable
    sent = sum(message.counts for message in week)
    return any(reminders.within_budget(wish.rules.policy, wish.rung, sent) for wish in wishes)


def _by_expiry(wishes: Mapping[int, Sequence[Wish]]) -> dict[datetime, list[int]]:
    """People by the moment their message is of no use any more; nearly always one moment for all."""
    groups: dict[datetime, list[int]] = {}
    for person_id, wanted in wishes.items():
        groups.setdefault(wanted[0].rules.expires_at, []).append(person_id)
    return groups


def _join(
    session: Session, decisions: Decisions, wishes: dict[int, list[Wish]], messages: dict[int, int], today: date
) -> None:
    """Find the messages that stood already; what was composed meanwhile takes nothing up."""
    standing = plan_rows.hold_messages(session, sorted(wishes.keys() - messages.keys()), today)
    for person_id, message in standing.items():
        if message.joinable:
            messages[person_id] = message.id
        else:
            decisions.postpone(wishes.pop(person_id))


def _give_receipts(
    session: Session,
    wishes: Mapping[int, Sequence[Wish]],
    messages: Mapping[int, int],
    now: datetime,
    planned: Planned,
) -> None:
    """A receipt for each wish that is in a message, new or carried over."""
    new: list[tuple[int, str, int, int, int, int]] = []
    carried: dict[int, int] = {}
    for person_id in sorted(wishes):
        message = messages[person_id]
        for wish in wishes[person_id]:
            if wish.carries is not None:
                carried[wish.carries] = message
            else:
                due_on = wish.candidate.due_on.isoformat()
                new.append((wish.candidate.id, due_on, wish.rung, person_id, wish.round, message))
    planned.reminders = plan_rows.insert_reminders(session, new, now)
    planned.carried = plan_rows.carry(session, carried)
