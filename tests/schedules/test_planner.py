"""Ticks on a real covenant, on both databases."""

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import event, select, update
from sqlmodel import Session, col

from models.database import Database
from models.tables import Agency, Bloc, Milestone, Obligation, Outbox, Reminder, Season
from schedules import planner
from schedules.planner import Planned
from tests.schedules.covenant import WIRE, Covenant, at


@pytest.fixture
def covenant(database: Database) -> Covenant:
    return Covenant(database)


# --- one message


def test_what_is_due_becomes_one_message(covenant: Covenant) -> None:
    agency = covenant.agency("STP")
    focal = covenant.focal(agency)
    first, second = covenant.owes(agency, "2024-06-20"), covenant.owes(agency, "2024-06-17")

    assert covenant.tick("2024-06-17", "09:30") == Planned(looked=2, reminders=2, messages=1)
    assert covenant.messages() == [("2024-06-17", focal, [(first, -3), (second, 0)])]


def test_a_planned_message_waits_without_words_until_the_office_closes(covenant: Covenant) -> None:
    agency = covenant.agency("STP")
    focal = covenant.person(agency)
    address = covenant.link(focal, "chat")
    covenant.owes(agency, "2024-06-20")
    covenant.tick("2024-06-20")

    row = covenant.database.read_now(lambda session: session.scalars(select(Outbox)).one())
    assert (row.bot, row.address_id, row.person_id, row.bloc_id) == ("web:main", address, focal, covenant.bloc)
    assert (row.kind, row.lane_rank, row.state, row.text, row.codes, row.choices) == (
        "reminder",
        1,
        "queued",
        None,
        [],
        [],
    )
    assert (row.merge_key, row.attempt, row.trouble, row.repeated) == (f"{focal}:2024-06-20", 0, 0, False)
    assert (row.planned_at, row.expires_at) == (at("2024-06-20"), at("2024-06-20", "17:00"))
    assert row.not_before == WIRE


def test_the_same_tick_again_plans_nothing(covenant: Covenant) -> None:
    agency = covenant.agency("STP")
    covenant.focal(agency)
    covenant.owes(agency, "2024-06-20")

    covenant.tick("2024-06-20")
    assert covenant.tick("2024-06-20", "08:31") == Planned()
    covenant.mouth_sends()
    assert covenant.tick("2024-06-20", "14:00") == Planned()


@pytest.mark.parametrize(
    ("day", "hour"),
    [
        ("2024-06-20", "08:29"),
        ("2024-06-20", "12:00"),
        ("2024-06-20", "17:00"),
        ("2024-06-22", "09:00"),
        ("2024-06-24", "09:00"),
        ("2024-06-21", "15:30"),
        ("2024-09-02", "09:00"),
    ],
)
def test_nothing_is_planned_outside_of_the_windows(covenant: Covenant, day: str, hour: str) -> None:
    agency = covenant.agency("STP")
    covenant.focal(agency)
    covenant.owes(agency, "2024-06-20")
    assert covenant.tick(day, hour) == Planned()


@pytest.mark.parametrize("hour", ["11:29", "14:00", "16:59"])
def test_a_tick_that_comes_late_still_plans_today(covenant: Covenant, hour: str) -> None:
    agency = covenant.agency("STP")
    covenant.focal(agency)
    covenant.owes(agency, "2024-06-20")
    assert covenant.tick("2024-06-20", hour).messages == 1


# --- a year of silence, an answer, a promise


def play(covenant: Covenant, first: str, last: str, **happens: Any) -> None:
    """Tick every day at two hours; `happens` maps `d2024_06_12` to what happens after the morning's message."""
    day, end = date.fromisoformat(first), date.fromisoformat(last)
    while day <= end:
        covenant.tick(str(day), "09:30")
        covenant.mouth_sends()
        happens.get(f"d{day:%Y_%m_%d}", lambda: None)()
        covenant.tick(str(day), "14:00")
        covenant.mouth_sends()
        day += timedelta(days=1)


def test_a_silent_agency_gets_the_ladder_and_then_peace(covenant: Covenant) -> None:
    agency = covenant.agency("STP")
    covenant.focal(agency)
    owed = covenant.owes(agency, "2024-06-15", is_report=True)
    play(covenant, "2024-05-27", "2024-08-31")
    assert covenant.rungs(owed) == [
        ("2024-06-03", -10), ("2024-06-12", -3), ("2024-06-14", 0), ("2024-06-18", 1), ("2024-06-20", 3),
        ("2024-06-25", 6), ("2024-07-02", 11), ("2024-07-09", 16), ("2024-07-16", 21),
    ]  # fmt: skip


def test_nobody_is_reminded_of_what_is_done(covenant: Covenant) -> None:
    agency = covenant.agency("STP")
    covenant.focal(agency)
    owed = covenant.owes(agency, "2024-06-20", evidence="none")
    play(covenant, "2024-06-10", "2024-07-20", d2024_06_18=lambda: covenant.answer(owed, at("2024-06-18", "10:00")))
    assert covenant.rungs(owed) == [("2024-06-17", -3)]
    assert covenant.look_on(owed) is None


def test_a_promise_is_waited_for_and_then_the_latest_rung_comes(covenant: Covenant) -> None:
    agency = covenant.agency("STP")
    covenant.focal(agency)
    owed = covenant.owes(agency, "2024-06-20")

    def promise() -> None:
        covenant.answer(owed, at("2024-06-18", "10:00"), "promise", promise="2024-06-25")

    play(covenant, "2024-06-10", "2024-06-28", d2024_06_18=promise)
    assert covenant.rungs(owed) == [("2024-06-17", -3), ("2024-06-26", 3), ("2024-06-28", 6)]


def test_an_undone_answer_opens_a_new_round(covenant: Covenant) -> None:
    agency = covenant.agency("STP")
    covenant.focal(agency)
    owed = covenant.owes(agency, "2024-06-20", evidence="none")
    covenant.tick("2024-06-20")
    covenant.mouth_sends()
    done = covenant.answer(owed, at("2024-06-20", "10:00"))
    covenant.tick("2024-06-20", "14:00")
    covenant.answer(owed, at("2024-06-20", "15:00"), "undo", undoes_id=done)
    play(covenant, "2024-06-20", "2024-06-21")
    assert covenant.rungs(owed) == [("2024-06-20", 0), ("2024-06-21", 1)]


def test_an_answer_begins_the_count_of_unanswered_messages_anew(covenant: Covenant) -> None:
    agency = covenant.agency("STP")
    covenant.focal(agency)
    owed = covenant.owes(agency, "2024-05-20")

    def answer() -> None:
        covenant.answer(owed, at("2024-07-01", "10:00"), "acknowledged")

    play(covenant, "2024-05-10", "2024-09-30", d2024_07_01=answer)
    after = [day for day, rung in covenant.rungs(owed) if rung > 0 and day > "2024-07-01"]
    assert after[0] == "2024-07-02"  # the rung of the day before was answered, the next one is asked
    assert len(after) == 6


# --- what was missed


def test_days_of_outage_end_in_one_message_with_the_strongest_rung_of_each(covenant: Covenant) -> None:
    agency = covenant.agency("STP")
    focal = covenant.focal(agency)
    first, second = covenant.owes(agency, "2024-06-20"), covenant.owes(agency, "2024-06-27")
    covenant.tick("2024-06-17", "09:30")
    covenant.mouth_sends()
    play(covenant, "2024-06-25", "2024-06-25")
    assert covenant.messages() == [
        ("2024-06-17", focal, [(first, -3)]),
        ("2024-06-25", focal, [(first, 3), (second, -3)]),
    ]


def test_a_milestone_added_late_is_reminded_once(covenant: Covenant) -> None:
    agency = covenant.agency("STP")
    covenant.focal(agency)
    play(covenant, "2024-06-24", "2024-06-24")
    owed = covenant.owes(agency, "2024-06-20", look_on="2024-06-25")
    play(covenant, "2024-06-25", "2024-06-27")
    assert covenant.rungs(owed) == [("2024-06-25", 3)]


def test_what_becomes_due_after_todays_message_left_waits_for_the_next_working_day(covenant: Covenant) -> None:
    agency = covenant.agency("STP")
    focal = covenant.focal(agency)
    first = covenant.owes(agency, "2024-06-21")
    covenant.tick("2024-06-21")
    covenant.mouth_sends()
    second = covenant.owes(agency, "2024-06-24")
    assert covenant.tick("2024-06-21", "14:00") == Planned(looked=1, postponed=1)
    assert covenant.look_on(second) == "2024-06-24"
    play(covenant, "2024-06-22", "2024-06-24")
    assert covenant.messages() == [
        ("2024-06-21", focal, [(first, 0)]),
        ("2024-06-24", focal, [(first, 1), (second, 0)]),
    ]


def test_what_becomes_due_before_todays_message_left_joins_it(covenant: Covenant) -> None:
    agency = covenant.agency("STP")
    focal = covenant.focal(agency)
    first = covenant.owes(agency, "2024-06-21")
    covenant.tick("2024-06-21")
    second = covenant.owes(agency, "2024-06-24")
    assert covenant.tick("2024-06-21", "14:00") == Planned(looked=1, reminders=1)
    assert covenant.messages() == [("2024-06-21", focal, [(first, 0), (second, -3)])]


def test_a_message_already_composed_takes_nothing_up(covenant: Covenant) -> None:
    agency = covenant.agency("STP")
    covenant.focal(agency)
    covenant.owes(agency, "2024-06-21")
    covenant.tick("2024-06-21")
    covenant.database.write_now(lambda session: session.execute(update(Outbox).values(text="đã soạn")))
    covenant.owes(agency, "2024-06-24")
    assert covenant.tick("2024-06-21", "14:00").postponed == 1


def test_a_moved_due_date_is_followed(covenant: Covenant) -> None:
    agency = covenant.agency("STP")
    covenant.focal(agency)
    owed = covenant.owes(agency, "2024-06-20")
    play(covenant, "2024-06-20", "2024-06-20")
    covenant.change(Milestone, 1, due_on=date(2024, 6, 28))
    covenant.change(Obligation, owed, look_on=date(2024, 6, 21))
    play(covenant, "2024-06-21", "2024-06-28")
    assert covenant.rungs(owed) == [("2024-06-20", 0), ("2024-06-25", -3), ("2024-06-28", 0)]


# --- messages that expired


def test_an_unsent_message_is_carried_into_the_next_working_days(covenant: Covenant) -> None:
    agency = covenant.agency("STP")
    focal = covenant.focal(agency)
    first, second = covenant.owes(agency, "2024-06-26"), covenant.owes(agency, "2024-06-24")
    covenant.tick("2024-06-21")
    assert covenant.tick("2024-06-21", "17:01") == Planned(expired=1)
    assert covenant.tick("2024-06-24", "09:30") == Planned(looked=2, reminders=1, messages=1, carried=1)
    assert covenant.states() == ["expired", "queued"]
    assert covenant.messages() == [
        ("2024-06-21", focal, [(second, -3)]),
        ("2024-06-24", focal, [(first, -3), (second, 0)]),
    ]


def test_a_rung_that_is_still_the_latest_is_carried_by_its_own_receipt(covenant: Covenant) -> None:
    agency = covenant.agency("STP")
    focal = covenant.focal(agency)
    owed = covenant.owes(agency, "2024-06-26")
    covenant.tick("2024-06-21")
    assert covenant.tick("2024-06-24", "09:30") == Planned(looked=1, messages=1, carried=1, expired=1)
    assert covenant.messages() == [("2024-06-21", focal, []), ("2024-06-24", focal, [(owed, -3)])]
    assert covenant.rungs(owed) == [("2024-06-21", -3)]


def test_a_receipt_that_makes_no_sense_any_more_stays_with_its_expired_message(covenant: Covenant) -> None:
    agency = covenant.agency("STP")
    focal = covenant.focal(agency)
    owed = covenant.owes(agency, "2024-06-26", evidence="none")
    covenant.tick("2024-06-21")
    covenant.answer(owed, at("2024-06-21", "18:00"))
    assert covenant.tick("2024-06-24", "09:30") == Planned(looked=1, expired=1)
    assert covenant.messages() == [("2024-06-21", focal, [(owed, -3)])]
    assert covenant.states() == ["expired"]


def test_a_week_of_unsent_messages_ends_in_one(covenant: Covenant) -> None:
    agency = covenant.agency("STP")
    focal = covenant.focal(agency)
    owed = covenant.owes(agency, "2024-06-26")
    for day in ("2024-06-21", "2024-06-24", "2024-06-25", "2024-06-26", "2024-06-27", "2024-06-28"):
        covenant.tick(day, "09:30")
    covenant.tick("2024-07-01", "09:30")
    assert covenant.states() == ["expired"] * (len(covenant.states()) - 1) + ["queued"]
    assert covenant.messages()[-1] == ("2024-07-01", focal, [(owed, 3)])
    unsettled = select(col(Reminder.id)).where(col(Reminder.outbox_id).is_(None))
    assert covenant.database.read_now(lambda session: session.execute(unsettled).all()) == []


# --- budget


def test_a_week_has_two_messages_while_nothing_is_overdue(covenant: Covenant) -> None:
    agency = covenant.agency("STP")
    covenant.focal(agency)
    first, second, third = (covenant.owes(agency, day) for day in ("2024-06-20", "2024-06-21", "2024-06-24"))
    play(covenant, "2024-06-14", "2024-06-20")
    assert [(day, what) for day, _, what in covenant.messages()] == [
        ("2024-06-17", [(first, -3)]),
        ("2024-06-18", [(second, -3)]),
    ]
    play(covenant, "2024-06-21", "2024-06-21")
    assert covenant.messages()[2][2] == [(first, 1), (second, 0), (third, -3)]


def test_what_a_full_week_left_out_comes_in_the_next_with_its_latest_rung(covenant: Covenant) -> None:
    agency = covenant.agency("STP")
    covenant.focal(agency)
    days = ("2024-06-19", "2024-06-20", "2024-06-24")
    first, second, third = (covenant.owes(agency, day, evidence="none") for day in days)
    done = {
        "d2024_06_14": lambda: covenant.answer(first, at("2024-06-14", "10:00")),
        "d2024_06_17": lambda: covenant.answer(second, at("2024-06-17", "10:00")),
    }
    extra = [covenant.owes(agency, "2024-06-21", evidence="none")]
    done["d2024_06_18"] = lambda: covenant.answer(extra[0], at("2024-06-18", "10:00"))
    play(covenant, "2024-06-14", "2024-06-24", **done)
    assert [(day, what) for day, _, what in covenant.messages()] == [
        ("2024-06-14", [(first, -3)]),
        ("2024-06-17", [(second, -3)]),
        ("2024-06-18", [(extra[0], -3)]),
        ("2024-06-24", [(third, 0)]),
    ]


def test_an_overdue_item_opens_a_third_message_that_the_others_join(covenant: Covenant) -> None:
    agency = covenant.agency("STP")
    covenant.focal(agency)
    late, soon = covenant.owes(agency, "2024-06-17"), covenant.owes(agency, "2024-06-25")
    play(covenant, "2024-06-12", "2024-06-21")
    week = [(day, what) for day, _, what in covenant.messages() if day >= "2024-06-17"]
    assert week == [
        ("2024-06-17", [(late, 0)]),
        ("2024-06-18", [(late, 1)]),
        ("2024-06-20", [(late, 3), (soon, -3)]),
    ]


# --- people


def test_the_deputy_focal_point_hears_on_the_due_date_and_after_two_days_of_silence(covenant: Covenant) -> None:
    agency = covenant.agency("STP")
    focal, deputy = covenant.focal(agency), covenant.person(agency, "Bình", "deputy_focal")
    covenant.link(deputy, "deputy")
    owed = covenant.owes(agency, "2024-06-20")
    play(covenant, "2024-06-14", "2024-06-24")
    assert [(day, person) for day, person, _ in covenant.messages()] == [
        ("2024-06-17", focal),
        ("2024-06-20", focal),
        ("2024-06-20", deputy),
        ("2024-06-21", focal),
        ("2024-06-24", deputy),
    ]
    assert covenant.rungs(owed).count(("2024-06-20", 0)) == 2


def test_one_person_of_two_agencies_gets_one_message(covenant: Covenant) -> None:
    one, other = covenant.agency("STP"), covenant.agency("TTT")
    person = covenant.person(one)
    covenant.post(person, other)
    covenant.link(person, "chat")
    first, second = covenant.owes(one, "2024-06-20"), covenant.owes(other, "2024-06-20")
    covenant.tick("2024-06-20")
    assert covenant.messages() == [("2024-06-20", person, [(first, 0), (second, 0)])]


def test_the_message_goes_to_the_chat_most_recently_heard(covenant: Covenant) -> None:
    agency = covenant.agency("STP")
    person = covenant.person(agency)
    covenant.link(person, "old", heard=at("2024-03-01"))
    fresh = covenant.link(person, "fresh", heard=at("2024-06-01"))
    covenant.link(person, "blocked", heard=at("2024-06-02"), state="blocked")
    covenant.link(person, "silent")
    covenant.owes(agency, "2024-06-20")
    covenant.tick("2024-06-20")
    assert covenant.database.read_now(lambda session: session.scalars(select(col(Outbox.address_id))).all()) == [fresh]


def test_who_has_left_is_not_told_and_the_successor_is(covenant: Covenant) -> None:
    agency = covenant.agency("STP")
    covenant.link(covenant.person(agency, until=date(2024, 6, 20)), "before")
    after = covenant.person(agency, since=date(2024, 6, 20))
    covenant.link(after, "after")
    owed = covenant.owes(agency, "2024-06-20")
    covenant.tick("2024-06-20")
    assert covenant.messages() == [("2024-06-20", after, [(owed, 0)])]


def test_an_agency_that_nobody_can_reach_waits_for_its_next_rung(covenant: Covenant) -> None:
    agency = covenant.agency("STP")
    owed = covenant.owes(agency, "2024-06-20")
    assert covenant.tick("2024-06-17", "09:30") == Planned(looked=1)
    assert covenant.look_on(owed) == "2024-06-20"
    covenant.focal(agency)
    play(covenant, "2024-06-18", "2024-06-20")
    assert covenant.rungs(owed) == [("2024-06-20", 0)]


@pytest.mark.parametrize(
    ("table", "values"),
    [(Agency, {"off_channel": True}), (Season, {"closed": True}), (Bloc, {"held_since": at("2024-06-01")})],
)
def test_nothing_is_said_off_channel_after_closing_or_while_held(
    covenant: Covenant, table: type[Any], values: dict[str, Any]
) -> None:
    agency = covenant.agency("STP")
    covenant.focal(agency)
    covenant.owes(agency, "2024-06-20")
    covenant.change(table, 1, **values)
    play(covenant, "2024-06-17", "2024-06-24")
    assert covenant.messages() == []


def test_what_lies_in_the_past_is_not_followed_until_somebody_records_it(covenant: Covenant) -> None:
    agency = covenant.agency("STP")
    covenant.focal(agency)
    owed = covenant.owes(agency, "2024-02-28", followed=False)
    play(covenant, "2024-06-17", "2024-06-17")
    assert covenant.messages() == []
    covenant.answer(owed, at("2024-06-17", "16:00"), "progress", percent=70)
    play(covenant, "2024-06-18", "2024-06-21")
    assert len(covenant.rungs(owed)) == 1


def test_a_release_floods_nobody(covenant: Covenant) -> None:
    agency = covenant.agency("STP")
    focal = covenant.focal(agency)
    owed = [covenant.owes(agency, f"2024-06-{day}") for day in (12, 14, 18)]
    covenant.change(Bloc, covenant.bloc, held_since=at("2024-06-01"))
    play(covenant, "2024-06-10", "2024-06-20")
    covenant.change(Bloc, covenant.bloc, held_since=None)
    play(covenant, "2024-06-21", "2024-06-21")
    assert covenant.messages() == [("2024-06-21", focal, [(owed[0], 6), (owed[1], 3), (owed[2], 3)])]


def test_a_bloc_with_its_own_hours_is_planned_in_them(database: Database) -> None:
    early = Covenant(database, {"calendar": {"sending": [["07:45", "09:00"]]}, "policy": "firm", "strict": True})
    agency = early.agency("STP")
    early.focal(agency)
    owed = early.owes(agency, "2024-06-15")
    assert early.tick("2024-06-18", "09:30") == Planned()
    early.tick("2024-06-18", "07:45")
    assert early.rungs(owed) == [("2024-06-18", 2)]


# --- several planners at once


def three_tasks_each(covenant: Covenant, *agencies: str) -> None:
    for short in agencies:
        agency = covenant.agency(short)
        covenant.focal(agency)
        for due_on in ("2024-06-18", "2024-06-19", "2024-06-20"):
            covenant.owes(agency, due_on)


TWELVE = tuple("ABCDEFGHIJKL")


@pytest.mark.parametrize("planners", [2, 8])
def test_planners_at_once_plan_everything_once(covenant: Covenant, planners: int) -> None:
    three_tasks_each(covenant, *TWELVE)
    together = Barrier(planners)

    def tick(day: str) -> Planned:
        together.wait()
        return covenant.tick(day, "09:30")

    with ThreadPoolExecutor(planners) as threads:
        for day, rungs in (("2024-06-17", 36), ("2024-06-18", 12), ("2024-06-20", 36), ("2024-06-24", 36)):
            done = list(threads.map(tick, [day] * planners))
            assert sum(planned.messages for planned in done) == 12
            assert sum(planned.reminders for planned in done) == rungs
            assert covenant.tick(day, "09:31") == Planned()
            covenant.mouth_sends()
    told = Counter((day, person) for day, person, _ in covenant.messages())
    assert set(told.values()) == {1}


def test_while_one_planner_plans_another_has_nothing_to_do(postgresql_database: Database) -> None:
    """Were a person's tasks shared between two, the one without the overdue task would find the week full."""
    covenant = Covenant(postgresql_database)
    three_tasks_each(covenant, "A")
    for day in ("2024-06-17", "2024-06-18"):
        covenant.tick(day, "09:30")
        covenant.mouth_sends()

    def meanwhile(session: Session) -> tuple[Planned, Planned]:
        return planner.plan(session, at("2024-06-20"), WIRE), covenant.tick("2024-06-20")

    first, second = covenant.database.write_now(meanwhile)
    assert (first.messages, first.reminders, first.postponed) == (1, 3, 0)
    assert second == Planned()


def test_planners_and_answers_at_once_lose_nothing(covenant: Covenant) -> None:
    three_tasks_each(covenant, *TWELVE[:8])
    owed = covenant.database.read_now(lambda session: list(session.scalars(select(col(Obligation.id)))))

    async def together() -> None:
        ticks = [covenant.database.write(lambda s: planner.plan(s, at("2024-06-18"), WIRE)) for _ in range(3)]
        answers = [asyncio.to_thread(covenant.answer, row, at("2024-06-18"), "acknowledged") for row in owed[::2]]
        await asyncio.gather(*ticks, *answers)

    asyncio.run(together())
    covenant.tick("2024-06-18", "08:32")
    keys = covenant.database.read_now(
        lambda session: session.execute(select(col(Reminder.obligation_id), col(Reminder.person_id))).all()
    )
    assert sorted(row for row, _ in keys) == sorted(owed)


# --- its cost


def test_planning_takes_the_same_few_statements_for_one_and_for_many(covenant: Covenant) -> None:
    three_tasks_each(covenant, "A")
    covenant.tick("2024-06-17", "09:30")
    covenant.mouth_sends()
    few = statements(covenant, "2024-06-20")
    covenant.mouth_sends()
    three_tasks_each(covenant, *TWELVE[1:])
    assert statements(covenant, "2024-06-24") <= few + 2 <= 24, "one more for each further day to look at"


def test_a_tick_with_nothing_due_asks_a_few_questions(covenant: Covenant) -> None:
    three_tasks_each(covenant, "A")
    covenant.tick("2024-06-17", "09:30")
    assert statements(covenant, "2024-06-17") <= 4


def statements(covenant: Covenant, day: str) -> int:
    """How many statements a tick takes."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    def counted(session: Session) -> None:
        engine = session.connection().engine
        event.listen(engine, "before_cursor_execute", note)
        planner.plan(session, at(day, "09:30"), WIRE)
        event.remove(engine, "before_cursor_execute", note)

    covenant.database.write_now(counted)
    return len(seen)
