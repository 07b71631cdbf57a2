"""The ladder, day by day: pure functions of facts and the day."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules import calendar, reminders
from models.rules import policy as policies
from models.rules.calendar import STANDARD
from models.rules.deadlines import last_day
from models.rules.policy import LEVELS, Policy
from models.rules.progress import Ask, Fact, Standing, stand
from models.rules.reminders import Ladder, Past

DUE = st.dates(date(2020, 2, 1), date(2030, 10, 1))
POLICIES = st.sampled_from([*LEVELS.values(), policies.policy({"policy": {"level": "standard", "every": 0}})])
OPEN = stand(Ask(), ())


def ladder(policy: Policy, due_on: date, today: date, *, is_report: bool = False, strict: bool = False) -> Ladder:
    return reminders.ladder(policy, due_on, today, STANDARD, is_report=is_report, strict=strict)


def days(start: date, count: int) -> Iterator[date]:
    return (start + timedelta(days=n) for n in range(count))


def played(
    policy: Policy, due_on: str, *, role: str = "focal", first: str = "2024-05-20", **kind: Any
) -> list[tuple[str, int]]:
    """(day, rung) of a silent agency's reminders when every working day is looked at."""
    past, got = Past(), []
    for day in days(date.fromisoformat(first), 110):
        steps = ladder(policy, date.fromisoformat(due_on), day, **kind)
        rung = reminders.due(policy, steps, role, past) if STANDARD.is_working(day) else None
        if rung is not None:
            past = Past(rung, past.unanswered + (rung > 0))
            got.append((f"{day.day}/{day.month}", rung))
    return got


# --- the ladder of each level


def test_the_standard_ladder_of_a_report_due_on_a_saturday() -> None:
    assert played(LEVELS["standard"], "2024-06-15", is_report=True) == [
        ("3/6", -10), ("12/6", -3), ("14/6", 0), ("18/6", 1), ("20/6", 3), ("25/6", 6), ("2/7", 11), ("9/7", 16),
        ("16/7", 21),
    ]  # fmt: skip


def test_a_strict_bloc_is_late_from_the_first_working_day() -> None:
    assert played(LEVELS["standard"], "2024-06-15", strict=True)[:3] == [("12/6", -3), ("14/6", 0), ("17/6", 1)]


def test_the_minimal_level_says_little() -> None:
    assert played(LEVELS["minimal"], "2024-06-20")[:4] == [("17/6", -3), ("21/6", 1), ("28/6", 6), ("5/7", 11)]


def test_the_firm_level_comes_back_every_second_day() -> None:
    assert played(LEVELS["firm"], "2024-06-20")[:8] == [
        ("6/6", -10), ("13/6", -5), ("17/6", -3), ("19/6", -1), ("20/6", 0), ("24/6", 2), ("26/6", 4), ("28/6", 6),
    ]  # fmt: skip


def test_the_deputy_focal_point_hears_of_the_due_date_only() -> None:
    assert played(LEVELS["standard"], "2024-06-20", role="deputy_focal", is_report=True) == [("20/6", 0)]
    assert played(LEVELS["minimal"], "2024-06-20", role="deputy_focal") == []


def test_after_six_unanswered_overdue_messages_the_item_is_the_desks() -> None:
    assert sum(rung > 0 for _, rung in played(LEVELS["standard"], "2024-06-20")) == 6


# --- what was missed


def test_a_day_missed_is_made_up_once_with_the_strongest_rung() -> None:
    assert played(LEVELS["standard"], "2024-06-20", first="2024-06-24")[:2] == [("24/6", 1), ("25/6", 3)]


def test_a_milestone_added_late_is_reminded_once_at_once() -> None:
    assert played(LEVELS["standard"], "2024-03-20")[:2] == [("20/5", 36), ("21/5", 41)]


def test_an_answer_given_on_the_day_of_an_overdue_rung_is_left_in_peace_until_the_next() -> None:
    policy, due_on, heard_on = LEVELS["standard"], date(2024, 6, 20), date(2024, 6, 24)
    for today, rung in ((24, None), (25, 3)):
        steps = ladder(policy, due_on, date(2024, 6, today))
        assert reminders.due(policy, steps, "focal", Past(latest=0, heard_on=heard_on)) == rung


def test_an_answer_before_the_due_date_does_not_spare_the_due_date() -> None:
    policy = LEVELS["standard"]
    steps = ladder(policy, date(2024, 6, 20), date(2024, 6, 20))
    assert reminders.due(policy, steps, "focal", Past(latest=-3, heard_on=date(2024, 6, 20))) == 0


def test_a_firmer_policy_in_mid_course_repeats_nothing() -> None:
    steps = ladder(LEVELS["firm"], date(2024, 6, 20), date(2024, 6, 21))
    assert reminders.due(LEVELS["firm"], steps, "focal", Past(latest=1)) is None


@given(POLICIES, DUE, st.booleans(), st.booleans(), st.integers(-40, 60))
def test_the_latest_rung_whose_day_has_come_is_the_passed_one(
    policy: Policy, due_on: date, is_report: bool, strict: bool, offset: int
) -> None:
    today = due_on + timedelta(days=offset)
    steps = ladder(policy, due_on, today, is_report=is_report, strict=strict)
    if steps.passed:
        assert steps.passed.day <= today
        assert STANDARD.is_working(steps.passed.day)
        assert (steps.passed.rung > 0) == (steps.passed.day > last_day(due_on, STANDARD, strict))
    if steps.coming:
        assert steps.coming.day > today
        assert STANDARD.is_working(steps.coming.day)
        then = ladder(policy, due_on, steps.coming.day, is_report=is_report, strict=strict)
        eve = ladder(policy, due_on, steps.coming.day - timedelta(days=1), is_report=is_report, strict=strict)
        assert eve.passed == steps.passed
        assert then.passed is not None
        assert then.passed.rung >= steps.coming.rung


@given(POLICIES, DUE, st.booleans(), st.sets(st.integers(-25, 40), min_size=1, max_size=30))
def test_whatever_days_are_looked_at_every_rung_comes_at_most_once_and_none_is_older_than_the_last(
    policy: Policy, due_on: date, is_report: bool, looked_at: set[int]
) -> None:
    past, rungs = Past(), []
    for offset in sorted(looked_at):
        steps = ladder(policy, due_on, due_on + timedelta(days=offset), is_report=is_report)
        rung = reminders.due(policy, steps, "focal", past)
        if rung is not None:
            rungs.append(rung)
            past = Past(rung, past.unanswered + (rung > 0))
            assert reminders.due(policy, steps, "focal", past) is None
    assert rungs == sorted(set(rungs))
    assert sum(rung > 0 for rung in rungs) <= policy.stop_after


# --- when nobody is reminded


def standing(*facts: Fact, followed: bool = True) -> Standing:
    return stand(Ask("none"), facts, followed=followed)


def fact(kind: str, **told: Any) -> Fact:
    return Fact(1, kind, datetime(2024, 6, 12, 3, tzinfo=UTC), **told)


@pytest.mark.parametrize(
    ("where", "closed", "rests"),
    [
        (standing(), False, False),
        (standing(), True, True),
        (standing(followed=False), False, True),
        (standing(fact("progress", percent=70), followed=False), False, False),
        (standing(fact("acknowledged")), False, False),
        (standing(fact("done")), False, True),
        (standing(fact("promise", promise_on=date(2024, 6, 14))), False, True),
        (standing(fact("promise", promise_on=date(2024, 6, 13))), False, False),
    ],
)
def test_reminders_rest_when_it_is_done_closed_not_followed_or_promised(
    where: Standing, closed: bool, rests: bool
) -> None:
    assert reminders.rests(where, date(2024, 6, 14), closed=closed) is rests


def test_the_next_look_is_the_next_rung_or_the_end_of_a_promise_or_never() -> None:
    steps = ladder(LEVELS["standard"], date(2024, 6, 20), date(2024, 6, 13))
    today = date(2024, 6, 13)
    promised = standing(fact("promise", promise_on=date(2024, 6, 28)))
    assert reminders.next_look(OPEN, steps, today) == date(2024, 6, 17)
    assert reminders.next_look(promised, steps, today) == date(2024, 6, 29)
    assert reminders.next_look(standing(fact("done")), steps, today) is None
    assert reminders.next_look(OPEN, steps, today, closed=True) is None


# --- policy and budget


def test_the_budget_is_wider_once_something_is_overdue() -> None:
    standard = LEVELS["standard"]
    assert [reminders.within_budget(standard, -3, sent) for sent in range(4)] == [True, True, False, False]
    assert [reminders.within_budget(standard, 1, sent) for sent in range(4)] == [True, True, True, False]


@pytest.mark.parametrize(
    ("settings", "level"),
    [
        ({}, "standard"),
        ({"policy": None}, "standard"),
        ({"policy": "firm"}, "firm"),
        ({"policy": "Tối thiểu"}, "minimal"),
        ({"policy": {"level": "tăng cường"}}, "firm"),
    ],
)
def test_a_bloc_names_its_level(settings: dict[str, Any], level: str) -> None:
    assert policies.policy(settings) == LEVELS[level]


def test_a_bloc_may_override_any_part() -> None:
    own = policies.policy({"policy": {"level": "minimal", "rungs": [2, -5], "budget_after": 4}})
    assert (own.rungs, own.budget_after, own.every) == ((-5, 2), 4, 5)


@pytest.mark.parametrize(
    "asked",
    ["hard", {"level": "none"}, {"rungs": "-3"}, {"rungs": [1.5]}, {"every": -1}, {"rung": [1]}, {"every": True}],
)
def test_a_policy_that_makes_no_sense_is_refused(asked: Any) -> None:
    with pytest.raises(ValueError):
        policies.policy({"policy": asked})


def test_an_own_calendar_moves_the_rungs() -> None:
    own = calendar.of({"calendar": {"days_off": ["2024-06-17"]}})
    assert reminders.rung_day(-3, date(2024, 6, 20), own, False) == date(2024, 6, 14)
    assert reminders.rung_day(0, date(2024, 6, 17), own, False) == date(2024, 6, 14)
    assert reminders.rung_day(1, date(2024, 6, 17), own, False) == date(2024, 6, 19)
