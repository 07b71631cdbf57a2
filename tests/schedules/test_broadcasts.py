"""Broadcasts and nudges: nothing is lost, nothing is doubled, whatever is killed in between."""

import asyncio
from collections import Counter
from itertools import count, pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.services.desk import broadcasts
from bot.dialogue.phrases import broadcasts as phrases
from models.database import Database
from tests.schedules.covenant import DAYS, Covenant, at
from tests.schedules.office import Killed, Office

_blocs = count(1)


@pytest.fixture
def three(database: Database) -> Office:
    covenant = Covenant(database)
    agencies = [covenant.agency(short) for short in ("STP", "TTT", "CA")]
    for agency in agencies:
        covenant.owes(agency, "2024-12-01", look_on=None)
        covenant.focal(agency)
    return Office(covenant)


def test_a_broadcast_reaches_everybody_once(three: Office) -> None:
    number = three.broadcasts()
    assert three.tick().begun == 1
    assert len(three.mouth()) == 3
    assert three.tick().sent == 0
    assert three.mouth() == []
    assert all(f"Thông báo {number} của Trưởng khối:\nKính mời dự họp" == text for text in three.texts("broadcast"))


def test_it_goes_to_those_who_were_named(three: Office) -> None:
    agency = three.covenant.agency("QLTT")
    three.covenant.owes(agency, "2024-12-01", look_on=None)
    person = three.covenant.focal(agency)
    three.broadcasts(agencies=[agency])
    three.tick()
    three.mouth()
    assert [row.person_id for row in three.rows("broadcast")] == [person]


def test_what_was_stopped_midway_goes_on_where_it_stopped(three: Office) -> None:
    number = three.broadcasts()
    three.tick()
    (first,) = three.claims(1)
    three.sends(first)
    three.stops(number)
    three.tick()
    assert three.mouth() == []
    assert [row.state for row in three.rows("broadcast")] == ["sent", "withdrawn", "withdrawn"]
    three.passes(days=7).resumes(number)
    three.tick()
    assert len(three.mouth()) == 2
    assert len(three.arrived) == 3


def test_what_fails_after_a_stop_does_not_go_on(three: Office) -> None:
    number = three.broadcasts()
    three.tick()
    (first,) = three.claims(1)
    three.stops(number)
    three.sends(first, "later")
    three.tick()
    three.passes(minutes=1).tick()
    assert three.mouth() == []


def test_it_keeps_office_hours_and_retries_too(three: Office) -> None:
    three.on("2024-06-11", "16:50").broadcasts()
    three.tick()
    for parcel in three.claims():
        three.sends(parcel, "later")
    three.on("2024-06-11", "17:30").tick()
    assert three.mouth() == []
    three.on("2024-06-12", "07:00").tick()
    assert three.mouth() == []
    three.on("2024-06-12", "07:31").tick()
    assert len(three.mouth()) == 3


def test_it_is_given_up_after_two_working_days(three: Office) -> None:
    number = three.broadcasts()
    three.tick()
    three.on("2024-06-17", "09:40").tick()
    assert three.mouth() == []
    assert {notice.ended for notice in three.notices("broadcast")} == {"too late"}
    view = three.covenant.database.read_now(lambda session: broadcasts.view(session, number, three.now))
    assert view is not None
    assert {got.state for got in view.got} == {"failed"}
    assert phrases.unseen(view).text.count("không gửi được") == 3, "person by person"


def test_a_scheduled_one_waits_for_its_hour(three: Office) -> None:
    three.broadcasts(starts_at=at("2024-06-12", "14:00"))
    assert three.on("2024-06-12", "13:59").tick().begun == 0
    assert three.on("2024-06-12", "14:00").tick().begun == 1
    assert len(three.mouth()) == 3


def test_a_repeating_one_comes_every_week_and_after_a_day_off_on_the_next_working_day(three: Office) -> None:
    number = three.broadcasts(starts_at=at("2024-08-26", "09:30"), rhythm=("weekly", 0))
    days = []
    for day in ("2024-08-26", "2024-08-27", "2024-09-02", "2024-09-03", "2024-09-04", "2024-09-09", "2024-09-10"):
        three.on(day, "09:45").tick()
        days += [day] * bool(three.mouth())
    assert days == ["2024-08-26", "2024-09-04", "2024-09-09"], "2 and 3 September are days off"
    three.stops(number)
    three.on("2024-09-16", "09:45").tick()
    assert three.mouth() == []
    three.resumes(number)
    three.on("2024-09-23", "09:45").tick()
    assert len(three.mouth()) == 3


def test_an_occasion_that_was_missed_by_days_is_not_made_up_for(three: Office) -> None:
    three.broadcasts(starts_at=at("2024-06-05", "08:30"), rhythm=("monthly", 5))
    three.on("2024-06-11", "09:00").tick()
    assert three.mouth() == []
    three.on("2024-07-05", "08:45").tick()
    assert len(three.mouth()) == 3


def test_a_paused_bloc_sends_nothing_and_floods_nobody_afterwards(three: Office) -> None:
    number = three.broadcasts()
    three.tick()
    three.holds(until=at("2024-06-12", "23:59"))
    assert three.mouth() == []
    three.on("2024-06-12", "10:00").tick()
    assert three.mouth() == []
    assert three.on("2024-06-13", "08:00").tick().released == 1
    assert len(three.mouth()) == 3
    assert number == 1


def test_who_blocked_one_chat_is_reached_at_the_other(three: Office) -> None:
    person = three.covenant.person(three.covenant.agency("VKS"))
    three.covenant.owes(4, "2024-12-01", look_on=None)
    first = three.covenant.link(person, "first", heard=at("2024-06-10"))
    three.covenant.link(person, "second", heard=at("2024-06-01"))
    three.broadcasts(agencies=[4])
    three.tick()
    (parcel,) = three.claims()
    assert parcel.chat == "first"
    three.sends(parcel, "unreachable")
    three.tick()
    assert [again.chat for again in three.mouth()] == ["second"]
    assert first


# --- whatever is killed -------------------------------------------------------------------------------------------

STEPS = st.sampled_from(
    ["tick", "dies", "claim", "sent", "later", "lost", "killed", "forget", "stop", "resume", "minutes", "night"]
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, max_size=25))
def test_a_broadcast_is_never_lost_and_never_doubled(sqlite_database: Database, steps: list[str]) -> None:
    covenant = Covenant(sqlite_database, slug=f"b{next(_blocs)}")
    people = []
    for number in range(4):
        agency = covenant.agency(f"A{number}")
        covenant.owes(agency, "2024-12-01", look_on=None)
        people.append(covenant.focal(agency))
    house = Office(covenant).alone()
    broadcast = house.broadcasts()
    for step in steps:
        _take(house, broadcast, step)
    house.resumes(broadcast)
    for _ in range(6):
        house.forgets()
        house.now = DAYS.next_sending(house.now)
        house.tick()
        house.mouth()
    firsts = Counter(_person(house, parcel.id) for parcel in house.arrived if not parcel.repeated)
    assert all(many <= 1 for many in firsts.values()), "sent a second time after it had left"
    assert all(many <= 1 for many in house.confirmed.values())
    repeated = Counter(_person(house, parcel.id) for parcel in house.arrived if parcel.repeated)
    assert all(many <= 1 for many in repeated.values()), "an uncertain one is repeated at most once"
    told = {_person(house, parcel.id) for parcel in house.arrived}
    uncertain = {row.person_id for row in house.rows("broadcast") if row.state == "uncertain"}
    late = {notice.person_id for notice in house.notices("broadcast") if notice.ended}
    assert told | uncertain | late == set(people), "somebody was forgotten"


def _take(house: Office, broadcast: int, step: str) -> None:
    match step:
        case "tick":
            house.tick()
        case "dies":
            with pytest.raises(Killed):
                house.tick(dies=True)
        case "claim":
            house.claims(2)
        case "sent" | "later" | "lost" | "killed" if house.in_hand:
            house.sends(house.in_hand[0], step)
        case "forget":
            house.forgets()
        case "stop":
            house.stops(broadcast)
        case "resume":
            house.resumes(broadcast)
        case "minutes":
            house.passes(minutes=20)
        case "night":
            house.passes(hours=16)


def _person(house: Office, row: int) -> int | None:
    return next(one.person_id for one in house.rows("broadcast") if one.id == row)


# --- nudges -------------------------------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 200), st.booleans()), min_size=2, max_size=12))
def test_nobody_is_nudged_twice_in_two_hours(sqlite_database: Database, waits: list[tuple[int, bool]]) -> None:
    covenant = Covenant(sqlite_database, slug=f"b{next(_blocs)}")
    agency = covenant.agency("STP")
    owed, person = covenant.owes(agency, "2024-06-01", look_on=None), covenant.focal(agency)
    house = Office(covenant).alone()
    for minutes, ticks in waits:
        house.passes(minutes=minutes).nudges((person, owed))
        if ticks:
            house.tick()
            house.mouth()
    moments = sorted(row.planned_at for row in house.rows("nudge"))
    assert all((later - earlier).total_seconds() >= 7200 for earlier, later in pairwise(moments))
    assert sum(notice.outbox_id is None and not notice.ended for notice in house.notices("nudge")) <= 1


def test_a_nudge_that_waited_says_nothing_of_what_was_done_meanwhile(three: Office) -> None:
    owed, other = 1, 2
    people = [1, 2]
    three.on("2024-06-11", "18:00").nudges((people[0], owed), (people[1], other))
    three.covenant.answer(owed, at("2024-06-11", "19:00"), "nothing")
    three.on("2024-06-12", "07:31").tick()
    three.mouth()
    assert [row.person_id for row in three.rows("nudge")] == [people[1]]
    assert {notice.ended for notice in three.notices("nudge")} == {"answered", None}


# --- several processes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("processes", [2, 8])
async def test_any_number_of_clocks_send_everything_once(postgresql_database: Database, processes: int) -> None:
    covenant = Covenant(postgresql_database)
    for number in range(20):
        agency = covenant.agency(f"A{number}")
        covenant.owes(agency, "2024-12-01", look_on=None)
        covenant.focal(agency)
    office = Office(covenant)
    office.broadcasts()
    office.broadcasts(starts_at=office.now, rhythm=("weekly", 1))
    for _ in range(3):
        await asyncio.gather(*(asyncio.to_thread(office.tick) for _ in range(processes)))
    assert sorted(Counter(row.person_id for row in office.rows("broadcast")).values()) == [2] * 20
    assert len(office.mouth()) == 40
