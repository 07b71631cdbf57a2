"""One tick of planning: what is due today becomes one merged message a person, in one transaction.

Everything is derived from facts, so a tick may come late, come twice or come from several processes at once. What
decides is `models.rules`; the unique keys of Reminder and Outbox are the locks; texts are composed later, at the
first claim (DESIGN, "A due reminder becomes a delivered message").
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlmodel import Session

from api.services import absences
from api.services.queues import quota
from models.rules import calendar, reach
from models.rules import policy as policies
from models.rules.reach import Chat
from schedules import deciding, merging, plan_rows
from schedules.deciding import Course, People, Rules
from schedules.plan_rows import Candidate


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
    escalated: int = 0
    """Steps of escalation taken, or skipped because there is nobody to tell."""

    def numbers(self) -> dict[str, int]:
        return asdict(self)


def plan(session: Session, now: datetime, wire_now: datetime) -> Planned:
    """Plan everything that is due in the sending window that `now` lies in. Returns its numbers.

    While another process plans there is nothing to do.
    """
    if not plan_rows.has_the_turn(session):
        return Planned()
    today = calendar.STANDARD.today(now)
    planned = Planned(expired=plan_rows.expire(session, now, wire_now, today))
    plan_rows.wake_expired(session, today, calendar.STANDARD.add_working(today, 1))
    rules_of = _open_rules(plan_rows.settings_of_blocs_to_look_at(session, today, now), now)
    if not rules_of:
        return planned
    candidates = plan_rows.candidates(session, today, rules_of)
    planned.looked = len(candidates)
    courses = deciding.courses(candidates, rules_of)
    reached = _Reached(session, candidates, courses, now, wire_now)
    known = deciding.known(session, candidates, courses, reached.today)
    decisions = deciding.decide(candidates, rules_of, courses, known, reached.people)
    messages = merging.Day(session, now, wire_now, today)
    merged = messages.merge(decisions, reached.best)
    planned.messages, planned.reminders, planned.carried = merged.messages, merged.reminders, merged.carried
    planned.escalated = merged.steps
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
        policy=policies.policy(settings),
        calendar=days,
        strict=bool(settings.get("strict")),
        today=today,
        tomorrow=days.add_working(today, 1),
        expires_at=days.end_of_office(today),
    )


# ------------------------------------------------------------------------------------------------ who can be told


class _Reached:
    """Everybody who may be told something about these obligations, and in which chat."""

    def __init__(
        self,
        session: Session,
        candidates: Sequence[Candidate],
        courses: Mapping[int, Course],
        now: datetime,
        wire_now: datetime,
    ) -> None:
        self.today = calendar.STANDARD.today(now)
        agency_ids = sorted({candidate.agency_id for candidate in candidates})
        chats = plan_rows.chats(session, agency_ids)
        reached = reach.people(chats, self.today)
        covers = absences.covered(session, agency_ids, self.today) if plan_rows.somebody_is_away(session) else {}
        chats += plan_rows.chats_of_posts(session, [c.post_id for of in covers.values() for c in of.values()])
        for agency_id, away in covers.items():
            replaced = {person_id: cover.person_id for person_id, cover in away.items()}
            reached[agency_id] = reach.covered(reached.get(agency_id, {}), replaced)
        down = plan_rows.bots_out(session, now, wire_now)
        out = down | quota.reserved_bots(session, wire_now)
        cut_off = _cut_off(reached, reach.best_chats(chats, self.today, out), down)
        told = {agency_id: people for agency_id, people in reached.items() if agency_id not in cut_off}
        pressing = [one for one in candidates if _may_concern_the_desk(one, courses[one.id], told, self.today)]
        theirs = self._heads(session, pressing)
        self.people = People(
            reached=reached,
            desks=self._of_role(theirs, "desk"),
            heads=self._of_role(theirs, "leader"),
            headed_by=_agencies(theirs),
            posted=plan_rows.posted(session, sorted({one.agency_id for one in pressing}), self.today)
            if pressing
            else frozenset(),
            cut_off=cut_off,
        )
        self.best = reach.best_chats([*chats, *(chat for _, chat in theirs)], self.today, out)

    @staticmethod
    def _heads(session: Session, pressing: Iterable[Candidate]) -> list[tuple[int, Chat]]:
        season_ids = sorted({one.season_id for one in pressing})
        return plan_rows.chats_of_heads(session, season_ids) if season_ids else []

    def _of_role(self, theirs: Iterable[tuple[int, Chat]], role: str) -> dict[int, list[int]]:
        found: dict[int, dict[int, None]] = {}
        for season_id, chat in theirs:
            if chat.role == role and reach.holds(chat, self.today):
                found.setdefault(season_id, {})[chat.person_id] = None
        return {season_id: sorted(people) for season_id, people in found.items()}


def _agencies(theirs: Iterable[tuple[int, Chat]]) -> dict[int, frozenset[int]]:
    found: dict[int, set[int]] = {}
    for season_id, chat in theirs:
        found.setdefault(season_id, set()).add(chat.agency_id)
    return {season_id: frozenset(agencies) for season_id, agencies in found.items()}


def _cut_off(
    reached: Mapping[int, Mapping[int, str]], best: Mapping[int, Chat], down: frozenset[str]
) -> frozenset[int]:
    """Agencies all of whose people have no chat but one whose bot is down."""
    if not down:
        return frozenset()
    heard = {person_id for person_id, chat in best.items() if chat.bot not in down}
    return frozenset(agency_id for agency_id, people in reached.items() if people and not heard & people.keys())


def _may_concern_the_desk(
    candidate: Candidate, course: Course, reached: Mapping[int, Mapping[int, str]], today: date
) -> bool:
    """It is late, or it has come due and nobody of its agency can be told."""
    passed = course.ladder.passed
    has_come = passed is not None and passed.rung >= 0
    return course.last_day < today or (has_come and (candidate.off_channel or not reached.get(candidate.agency_id)))
