"""A bloc's own policy: read, kept small, refused when it contradicts itself; and whom a silence is passed on to."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules import escalation
from models.rules.calendar import STANDARD
from models.rules.deadlines import last_day
from models.rules.policy import LEVELS, ContradictionError, Policy, PolicyError, as_settings, policy
from models.rules.progress import Ask, stand

OWN = st.fixed_dictionaries(
    {"level": st.sampled_from(list(LEVELS))},
    optional={
        "rungs": st.lists(st.integers(-21, 30), max_size=6), "every": st.integers(0, 10),
        "budget_after": st.integers(1, 7), "grace_days": st.integers(0, 9), "deputy_after": st.integers(0, 9),
        "desk_after": st.integers(0, 9), "leader_after": st.integers(0, 9), "notice_days": st.integers(1, 60),
    },
)  # fmt: skip


@given(OWN)
def test_a_policy_is_read_or_refused_by_name_and_what_is_kept_reads_the_same(asked: dict[str, Any]) -> None:
    try:
        found = policy({"policy": asked})
    except PolicyError:
        return
    assert policy({"policy": as_settings(found)}) == found
    assert set(found.deputy_rungs) <= {*found.rungs, *found.report_rungs, *found.important_rungs}


@pytest.mark.parametrize(
    ("parts", "kind"),
    [
        ({"rungs": [], "every": 0}, "nothing_is_sent"),
        ({"deputy_rungs": [2]}, "deputy_rung_unknown"),
        ({"rungs": [-30]}, "rung_before_notice"),
        ({"desk_after": 1}, "desk_before_deputy"),
        ({"leader_after": 2}, "leader_before_desk"),
    ],
)
def test_contradictions_have_names(parts: dict[str, Any], kind: str) -> None:
    with pytest.raises(ContradictionError) as met:
        policy({"policy": parts})
    assert met.value.kind == kind


@given(st.dates(date(2020, 1, 2), date(2030, 11, 1)), st.integers(0, 40), st.integers(0, 5), st.booleans())
def test_each_step_comes_on_its_working_day_and_the_next_look_is_never_late(
    due_on: date, later: int, grace: int, strict: bool
) -> None:
    one = Policy(grace_days=grace, leader_after=6)
    last = last_day(due_on, STANDARD, strict)
    today = STANDARD.working_from(last + timedelta(days=later))
    silent = escalation.silence(
        stand(Ask(), ()), last, STANDARD, lambda day: STANDARD.working_days_between(day, today)
    )  # fmt: skip
    taken = escalation.due(one, silent, frozenset())
    assert taken == tuple(step for step, wait in escalation.waits(one).items() if silent.days >= wait)
    assert escalation.due(one, silent, frozenset(taken)) == ()
    coming = escalation.next_day(one, silent, STANDARD)
    assert (coming is None) == (len(taken) == len(escalation.waits(one)))
    assert coming is None or (coming > today and STANDARD.is_working(coming))
