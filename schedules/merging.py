"""What is due for a person becomes one message a day: within the week's budget, joined to what stands already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from models.rules import reminders
from models.rules.reach import Chat
from schedules import plan_rows
from schedules.deciding import Decisions, StepKey, Wish
from schedules.plan_rows import Message, NewReceipt

ESCALATED = ("deputy", "desk", "leader")
"""Kinds of receipts that the week's budget does not hold back."""


@dataclass(slots=True)
class Merged:
    """What became of the wishes."""

    messages: int = 0
    reminders: int = 0
    carried: int = 0
    steps: int = 0


@dataclass(slots=True)
class _Receipts:
    """What is to be written for the wishes that are in a message."""

    new: list[NewReceipt] = field(default_factory=list)
    carried: dict[int, int] = field(default_factory=dict)
    told: dict[StepKey, list[int]] = field(default_factory=dict)


class Day:
    """The merged messages of one local day, written in one transaction."""

    def __init__(self, session: Session, now: datetime, wire_now: datetime, today: date) -> None:
        self._session, self._now, self._wire_now, self._today = session, now, wire_now, today

    def merge(self, decisions: Decisions, best: Mapping[int, Chat]) -> Merged:
        """Put what was wished into today's messages; what does not fit is postponed in `decisions`."""
        wishes = self._fitting(decisions)
        messages: dict[int, int] = {}
        for expires_at, people in _by_expiry(wishes).items():
            chosen = [best[person_id].binding_id for person_id in people]
            messages |= plan_rows.insert_messages(
                self._session, chosen, self._today, self._now, self._wire_now, expires_at
            )
        merged = Merged(messages=len(messages))
        self._join(decisions, wishes, messages)
        self._write(decisions, wishes, messages, merged)
        return merged

    def _fitting(self, decisions: Decisions) -> dict[int, list[Wish]]:
        """By person, the wishes that today's message can hold; the others wait for the next working day."""
        by_person: dict[int, list[Wish]] = {}
        for wish in decisions.wishes:
            by_person.setdefault(wish.person_id, []).append(wish)
        week = plan_rows.messages_of_week(self._session, by_person, self._today)
        for person_id, wishes in list(by_person.items()):
            if not _fits(wishes, week.get(person_id, ())):
                decisions.postpone(by_person.pop(person_id))
        return by_person

    def _join(self, decisions: Decisions, wishes: dict[int, list[Wish]], messages: dict[int, int]) -> None:
        """Find the messages that stood already; what was composed meanwhile takes nothing up."""
        standing = plan_rows.hold_messages(self._session, sorted(wishes.keys() - messages.keys()), self._today)
        for person_id, message in standing.items():
            if message.joinable:
                messages[person_id] = message.id
            else:
                decisions.postpone(wishes.pop(person_id))

    def _write(
        self,
        decisions: Decisions,
        wishes: Mapping[int, Sequence[Wish]],
        messages: Mapping[int, int],
        merged: Merged,
    ) -> None:
        """A receipt for each wish that is in a message, new or carried over; the steps that were taken or skipped."""
        found = _receipts(wishes, messages)
        merged.reminders = plan_rows.insert_reminders(self._session, found.new, self._now)
        merged.carried = plan_rows.carry(self._session, found.carried)
        steps = [_step(key, "asked" if key.step == "leader" else "told", people=who) for key, who in found.told.items()]
        steps += [_step(key, "skipped", why=why) for key, why in decisions.skipped.items()]
        merged.steps = plan_rows.insert_steps(self._session, steps, self._now)


def _fits(wishes: Sequence[Wish], week: Sequence[Message]) -> bool:
    """Whether today's message can hold them. What is escalated is outside of the week's budget; a telephone list is
    not: it can wait a day."""
    for message in week:
        if message.is_todays:
            return message.joinable
    sent = sum(message.counts for message in week)
    return any(wish.kind in ESCALATED or _within_budget(wish, sent) for wish in wishes)


def _within_budget(wish: Wish, sent: int) -> bool:
    return reminders.within_budget(wish.rules.policy, wish.rung, sent, important=wish.candidate.important)


def _by_expiry(wishes: Mapping[int, Sequence[Wish]]) -> dict[datetime, list[int]]:
    """People by the moment their message is of no use any more; nearly always one moment for all."""
    groups: dict[datetime, list[int]] = {}
    for person_id, wanted in wishes.items():
        groups.setdefault(wanted[0].rules.expires_at, []).append(person_id)
    return groups


def _receipts(wishes: Mapping[int, Sequence[Wish]], messages: Mapping[int, int]) -> _Receipts:
    found = _Receipts()
    for person_id in sorted(wishes):
        for wish in wishes[person_id]:
            if wish.carries is not None:
                found.carried[wish.carries] = messages[person_id]
            else:
                due_on = wish.candidate.due_on.isoformat()
                found.new.append(
                    (wish.candidate.id, due_on, wish.rung, person_id, wish.round, messages[person_id], wish.kind)
                )
            if wish.step:
                found.told.setdefault(wish.step, []).append(person_id)
    return found


def _step(key: StepKey, outcome: str, **more: Any) -> dict[str, Any]:
    return {**key._asdict(), "outcome": outcome, **more}
