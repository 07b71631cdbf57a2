"""What the rules say about each obligation that is looked at: who gets which rung, and whom its silence is told to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from sqlmodel import Session

from api.services.talks.facts import facts_of
from models.rules import deadlines, escalation, reminders
from models.rules.calendar import Calendar
from models.rules.policy import Policy
from models.rules.progress import Ask, Fact, Standing, stand
from models.rules.reach import FULL_LADDER
from models.rules.reminders import Ladder, Past
from schedules import plan_rows
from schedules.plan_rows import Candidate, Receipt


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
    _since: dict[date, int] = field(default_factory=dict)

    def days_since(self, day: date) -> int:
        """Working days; counted once for each day."""
        if day not in self._since:
            self._since[day] = self.calendar.working_days_between(day, self.today)
        return self._since[day]


class Course(NamedTuple):
    """Where a due date stands today: its ladder, and the last day that is still on time."""

    ladder: Ladder
    last_day: date
    first_late: date
    """The first working day after it."""


class StepKey(NamedTuple):
    """A step of escalation, once a silence."""

    obligation_id: int
    step: str
    since: date


@dataclass(slots=True)
class Wish:
    """Something that is due to be told to a person today, before anybody looked at what else the person gets."""

    candidate: Candidate
    rules: Rules
    person_id: int
    rung: int
    round: int
    carries: int | None = None
    """The receipt of an expired message that already stands for this rung."""
    kind: str = "rung"
    """As `Reminder.kind`."""
    step: StepKey | None = None
    """The step of escalation that it takes."""


@dataclass(slots=True)
class Decisions:
    """What the rules said about all candidates."""

    wishes: list[Wish] = field(default_factory=list)
    look_on: dict[int, date | None] = field(default_factory=dict)
    """By obligation, where it changes."""
    dropped: list[Receipt] = field(default_factory=list)
    """Receipts of expired messages that no longer make sense: they stay with their message."""
    skipped: dict[StepKey, str] = field(default_factory=dict)
    """Steps of escalation that nobody can take, with the reason."""
    postponed: int = 0

    def postpone(self, wishes: Sequence[Wish]) -> None:
        """Look again on the next working day."""
        self.postponed += len(wishes)
        self.look_on.update((wish.candidate.id, wish.rules.tomorrow) for wish in wishes)


@dataclass(frozen=True, slots=True)
class People:
    """Who can be told, by agency and by season."""

    reached: Mapping[int, Mapping[int, str]]
    """By agency: its reachable people with their role."""
    desks: Mapping[int, Sequence[int]]
    """By season: the reachable people of the head's desk."""
    heads: Mapping[int, Sequence[int]]
    """By season: the reachable head of the bloc."""
    headed_by: Mapping[int, frozenset[int]]
    """By season: the agency whose leader that is."""
    posted: frozenset[tuple[int, str]]
    """(agency, role) of every post that is held today, linked or not."""
    cut_off: frozenset[int] = frozenset()
    """Agencies that can be told nothing just now, because the bots of all their chats are down."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is stored about the candidates."""

    facts: Mapping[int, Sequence[Fact]]
    receipts: Mapping[int, Sequence[Receipt]]
    taken: Mapping[int, frozenset[tuple[str, date]]]
    """(step, since) of every step of escalation that was taken or skipped."""


def courses(candidates: Iterable[Candidate], rules_of: Mapping[int, Rules]) -> dict[int, Course]:
    """By obligation; equal due dates under equal rules share one."""
    shared: dict[tuple[Rules, date, bool, bool], Course] = {}
    found: dict[int, Course] = {}
    for candidate in candidates:
        rules, due_on = rules_of[candidate.bloc_id], candidate.due_on
        key = (rules, due_on, candidate.is_report, candidate.important)
        if key not in shared:
            shared[key] = _course(*key)
        found[candidate.id] = shared[key]
    return found


def _course(rules: Rules, due_on: date, is_report: bool, important: bool) -> Course:
    ladder = reminders.ladder(
        rules.policy, due_on, rules.today, rules.calendar,
        is_report=is_report, strict=rules.strict, important=important,
    )  # fmt: skip
    last_day = deadlines.last_day(due_on, rules.calendar, rules.strict)
    return Course(ladder, last_day, rules.calendar.add_working(last_day, 1))


def known(session: Session, candidates: Iterable[Candidate], courses: Mapping[int, Course], today: date) -> Known:
    on_a_rung = [candidate.id for candidate in candidates if courses[candidate.id].ladder.passed]
    overdue = [id_ for id_ in on_a_rung if courses[id_].last_day < today]
    return Known(
        facts=facts_of(session, plan_rows.touched(session, on_a_rung)),
        receipts=plan_rows.receipts(session, on_a_rung),
        taken=plan_rows.steps_taken(session, overdue),
    )


def decide(
    candidates: Sequence[Candidate],
    rules_of: Mapping[int, Rules],
    courses: Mapping[int, Course],
    known: Known,
    people: People,
) -> Decisions:
    decisions = Decisions()
    for candidate in candidates:
        rules, course = rules_of[candidate.bloc_id], courses[candidate.id]
        standing = _standing(candidate, known.facts.get(candidate.id, ()))
        look = _Look(decisions, candidate, rules, course, standing, people, known.receipts.get(candidate.id, ()))
        look.at(known.taken.get(candidate.id, frozenset()))
    return decisions


_NOTHING_YET = Past()
_UNTOUCHED = stand(Ask(), ())
_PAST = stand(Ask(), (), followed=False)


def _standing(candidate: Candidate, facts: Sequence[Fact]) -> Standing:
    if not facts:
        return _UNTOUCHED if candidate.followed else _PAST
    return stand(Ask(candidate.evidence, candidate.target), facts, followed=candidate.followed)


class _Look:
    """One obligation: who is told what today, which expired receipts are settled, when to look again."""

    __slots__ = ("candidate", "course", "decisions", "people", "receipts", "rules", "standing", "unsent")

    def __init__(
        self,
        decisions: Decisions,
        candidate: Candidate,
        rules: Rules,
        course: Course,
        standing: Standing,
        people: People,
        receipts: Sequence[Receipt],
    ) -> None:
        self.decisions, self.candidate, self.rules, self.course = decisions, candidate, rules, course
        self.standing, self.people, self.receipts = standing, people, receipts
        self.unsent = {receipt.id: receipt for receipt in receipts if receipt.outbox_id is None}

    def at(self, taken: frozenset[tuple[str, date]]) -> None:
        candidate, rules, standing = self.candidate, self.rules, self.standing
        coming = reminders.next_look(standing, self.course.ladder, rules.today, closed=candidate.closed)
        if not reminders.rests(standing, rules.today, closed=candidate.closed):
            reached = {} if candidate.off_channel else self.people.reached.get(candidate.agency_id, {})
            given_up = self._remind(reached) if reached else self._call_for_the_telephone()
            if reached and candidate.agency_id in self.people.cut_off:
                self._call_for_the_telephone()
            if self.course.last_day < rules.today:
                silent = self._escalate(reached, taken, given_up=given_up)
                then = escalation.next_day(rules.policy, silent, rules.calendar)
                coming = min((day for day in (coming, then) if day), default=None)
            elif self.course.ladder.passed:
                coming = min(coming or self.course.first_late, self.course.first_late)
        self.decisions.dropped += self.unsent.values()
        self.decisions.look_on[candidate.id] = coming

    # --- the ladder -----------------------------------------------------------------------------------------------

    def _remind(self, reached: Mapping[int, str]) -> bool:
        """The ladder's rungs for the agency's people. Whether they are not reminded any more."""
        given_up = False
        for person_id, role in reached.items():
            given_up |= self._rung(person_id, role, "rung")
        return given_up

    def _call_for_the_telephone(self) -> bool:
        """Nobody of the agency can be reached: from the due date on its ladder tells the desk whom to call. Whether it
        was told often enough."""
        passed = self.course.ladder.passed
        if passed is None or passed.rung < 0:
            return False
        given_up = False
        for person_id in self.people.desks.get(self.candidate.season_id, ()):
            given_up |= self._rung(person_id, "focal", "phone")
        return given_up

    def _rung(self, person_id: int, role: str, kind: str) -> bool:
        policy = self.rules.policy
        mine = self._receipts_of(person_id, kind)
        past = _past(mine, self.standing, self.rules.calendar)
        rung = reminders.due(policy, self.course.ladder, role, past)
        if rung is not None:
            carries = next((r.id for r in mine if r.outbox_id is None and r.rung == rung), None)
            self._wish(person_id, rung, kind, carries)
        return role in FULL_LADDER and past.unanswered >= policy.stop_after

    def _receipts_of(self, person_id: int, kind: str) -> list[Receipt]:
        due_on, round_ = self.candidate.due_on, self.standing.round
        return [
            receipt
            for receipt in self.receipts
            if receipt.person_id == person_id
            and receipt.kind == kind
            and receipt.due_on == due_on
            and receipt.round == round_
        ]

    def _wish(
        self, person_id: int, rung: int, kind: str, carries: int | None = None, step: StepKey | None = None
    ) -> None:
        if carries is not None:
            del self.unsent[carries]
        wish = Wish(self.candidate, self.rules, person_id, rung, self.standing.round, carries, kind, step)
        self.decisions.wishes.append(wish)

    # --- escalation -----------------------------------------------------------------------------------------------

    def _escalate(
        self, reached: Mapping[int, str], taken: frozenset[tuple[str, date]], *, given_up: bool
    ) -> escalation.Silence:
        rules = self.rules
        silent = escalation.silence(self.standing, self.course.last_day, rules.calendar, rules.days_since)
        done = frozenset(step for step, since in taken if since == silent.since)
        self._carry_steps(reached)
        steps: list[str] = list(escalation.due(rules.policy, silent, done))
        if given_up and "handed" not in done:
            steps.append("handed")
        for step in steps:
            self._take(StepKey(self.candidate.id, step, silent.since), reached)
        return silent

    def _take(self, step: StepKey, reached: Mapping[int, str]) -> None:
        whom, why = self._whom(step.step, reached)
        if not whom:
            self.decisions.skipped[step] = why
        late = self.rules.days_since(self.course.last_day)
        for person_id in whom:
            self._wish(person_id, late, _KIND_OF[step.step], step=step)

    def _whom(self, step: str, reached: Mapping[int, str]) -> tuple[Sequence[int], str]:
        """Who is told at this step; nobody: why."""
        candidate, people = self.candidate, self.people
        if step == "deputy":
            return [person for person, role in reached.items() if role == "deputy_focal"], self._why_no_deputy(reached)
        if step == "leader":
            known = (candidate.agency_id, "leader") in people.posted
            if candidate.agency_id in people.headed_by.get(candidate.season_id, ()):
                return (), "is_head"
            return (people.heads.get(candidate.season_id, ()), "no_head") if known else ((), "no_leader")
        if not reached:
            return (), "by_phone" if people.desks.get(candidate.season_id) else "no_desk"
        return people.desks.get(candidate.season_id, ()), "no_desk"

    def _why_no_deputy(self, reached: Mapping[int, str]) -> str:
        if self.candidate.off_channel:
            return "off_channel"
        if "stand_in" in reached.values():
            return "told_already"
        return "not_linked" if (self.candidate.agency_id, "deputy_focal") in self.people.posted else "no_deputy"

    def _carry_steps(self, reached: Mapping[int, str]) -> None:
        """What was escalated in a message that expired unsent, and was not answered since, is taken up again."""
        said = self.standing.last
        for receipt in [one for one in self.unsent.values() if one.kind in _STEPS_OF]:
            same = receipt.due_on == self.candidate.due_on and receipt.round == self.standing.round
            if same and (said is None or said.at < receipt.planned_at):
                whom = self._whom(_STEPS_OF[receipt.kind], reached)[0]
                if receipt.person_id in whom:
                    self._wish(receipt.person_id, receipt.rung, receipt.kind, receipt.id)


_KIND_OF = {"deputy": "deputy", "desk": "desk", "handed": "desk", "leader": "leader"}
_STEPS_OF = {"deputy": "deputy", "desk": "handed", "leader": "leader"}


def _past(mine: Sequence[Receipt], standing: Standing, days: Calendar) -> Past:
    """What was planned for a person, without what expired unsent, and when the agency was last heard."""
    last = standing.last
    if not mine and last is None:
        return _NOTHING_YET
    carried = [receipt for receipt in mine if receipt.outbox_id is not None]
    latest = max((receipt.rung for receipt in carried), default=None)
    unanswered = sum(r.rung > 0 and (last is None or r.planned_at > last.at) for r in carried)
    return Past(latest, unanswered, days.today(last.at) if last else None)
