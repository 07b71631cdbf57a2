"""Years of one bloc: rotation, two seasons open at once, what is past, what is closed, K-numbers."""

from datetime import date

import pytest

from api.services.loading.blocfile import BlocFile
from models.database import Database
from models.tables import Agency, Bloc, Milestone, Obligation, Season, Seat
from tests.api.loading.covenants import load, rows, shipped, small


def year(season: int, *edits: tuple[str, str]) -> BlocFile:
    return small(("season: 2024", f"season: {season}"), *edits)


def numbers(database: Database, season: int) -> list[int]:
    [row] = rows(database, Season, year=season)
    return [milestone.number for milestone in rows(database, Milestone, season_id=row.id)]


def seats(database: Database, season: int) -> dict[str, str]:
    [row] = rows(database, Season, year=season)
    shorts = {agency.id: agency.short for agency in rows(database, Agency)}
    return {shorts[seat.agency_id]: seat.kind for seat in rows(database, Seat, season_id=row.id)}


def test_a_rotation_moves_the_seats_and_no_agency(database: Database) -> None:
    load(database, year(2024), "2024-01-15 09:00")
    before = [(agency.id, agency.short) for agency in rows(database, Agency)]

    load(database, year(2025, (", seat: head", ""), ("seat: deputy", "seat: head")), "2025-01-15 09:00")

    assert seats(database, 2024) == {"CA": "head", "STP": "deputy"}
    assert seats(database, 2025) == {"STP": "head"}
    assert [(agency.id, agency.short) for agency in rows(database, Agency)] == before


def test_a_rotation_within_a_year_hands_the_head_s_own_duties_over(database: Database) -> None:
    owed = ("due: 15/8", "due: 15/8, owed_by: head")
    load(database, small(owed))
    load(database, small(owed, (", seat: head", ""), ("seat: deputy", "seat: head")))

    [stp] = rows(database, Agency, short="STP")
    [milestone] = rows(database, Milestone, number=2)
    assert [o.agency_id for o in rows(database, Obligation, milestone_id=milestone.id)] == [stp.id]
    assert seats(database, 2024) == {"STP": "head"}


def test_two_seasons_can_be_open_and_their_codes_count_on(database: Database) -> None:
    load(database, year(2024), "2024-04-02 09:00")
    load(database, year(2025), "2025-01-15 09:00")

    assert [(season.year, season.closed) for season in rows(database, Season)] == [(2024, False), (2025, False)]
    assert numbers(database, 2024) == [1, 2]
    assert numbers(database, 2025) == [3, 4]


def test_codes_begin_again_when_no_older_season_is_open(database: Database) -> None:
    load(database, year(2022), "2024-01-15 09:00")
    load(database, year(2024), "2024-01-15 09:00")

    assert rows(database, Season, year=2022)[0].closed
    assert numbers(database, 2022) == numbers(database, 2024) == [1, 2]


def test_a_late_milestone_counts_on_wherever_it_stands_in_the_file(database: Database) -> None:
    load(database, small())
    load(database, small(("milestones:\n", "milestones:\n  - {key: bc-0, title: Báo cáo không, due: 1/5}\n")))

    assert {m.key: m.code for m in rows(database, Milestone)} == {"bc-1": "K1", "bc-2": "K2", "bc-0": "K3"}


def test_the_code_of_a_removed_milestone_is_not_given_again(database: Database) -> None:
    second = "  - {key: bc-2, title: Báo cáo hai, due: 15/8}\n"
    load(database, small())
    load(database, small((second, "")))
    load(database, small((second, "  - {key: bc-3, title: Báo cáo ba, due: 15/9}\n")))

    assert {m.key: m.code for m in rows(database, Milestone)} == {"bc-1": "K1", "bc-3": "K3"}


@pytest.mark.parametrize(
    ("loaded_at", "followed"),
    [
        ("2024-05-15 23:59", [True, True]),
        ("2024-05-16 00:01", [False, True]),
        ("2024-08-16 09:00", [False, False]),
    ],
)
def test_what_lay_before_the_start_is_not_followed(database: Database, loaded_at: str, followed: list[bool]) -> None:
    load(database, small(), loaded_at)

    by_milestone = {o.milestone_id: o for o in rows(database, Obligation)}
    assert [by_milestone[key].followed for key in sorted(by_milestone)] == followed
    assert [by_milestone[key].look_on is not None for key in sorted(by_milestone)] == followed


def test_a_due_date_on_a_day_off_is_not_past_before_its_last_day_is_over(database: Database) -> None:
    """15/06/2024 is a Saturday: it counts to the end of Monday the 17th."""
    load(database, shipped("noi-chinh-bac-kan-2024"), "2024-06-17 10:00")

    [six_months] = rows(database, Milestone, key="M05")
    assert {o.followed for o in rows(database, Obligation, milestone_id=six_months.id)} == {True}


def test_what_is_past_stays_past_when_the_file_is_loaded_again(database: Database) -> None:
    load(database, small(), "2024-05-20 09:00")
    assert load(database, small(), "2024-09-20 09:00").changed == 0
    assert [o.followed for o in rows(database, Obligation)] == [False] * 3 + [True] * 3


def test_a_date_moved_into_the_season_is_followed_again(database: Database) -> None:
    load(database, small(), "2024-05-20 09:00")
    loaded = load(database, small(("15/5", "14/6")), "2024-05-20 09:00")

    assert loaded.changed == 4
    assert all(o.followed and o.look_on == date(2024, 5, 20) for o in rows(database, Obligation))


@pytest.mark.parametrize(("loaded_at", "closed"), [("2025-04-30 09:00", False), ("2025-05-01 09:00", True)])
def test_a_season_is_closed_when_it_ended_more_than_120_days_ago(
    database: Database, loaded_at: str, closed: bool
) -> None:
    loaded = load(database, small(), loaded_at)

    assert rows(database, Season)[0].closed is closed
    told = "Năm thi đua 2024 đã kết thúc quá 120 ngày: chỉ để tra cứu, không nhắc."
    assert (told in loaded.warnings) is closed


def test_a_season_that_closes_is_never_looked_at_again(database: Database) -> None:
    load(database, small(), "2024-04-02 09:00")
    load(database, small(), "2025-06-02 09:00")

    assert rows(database, Season)[0].closed
    assert {o.look_on for o in rows(database, Obligation)} == {None}


def test_an_older_season_s_file_changes_that_season_only(database: Database) -> None:
    load(database, year(2025, ("Khối Ví dụ", "Khối Mới"), ("Sở Tư pháp", "Sở Tư pháp mới")), "2025-01-15 09:00")
    loaded = load(database, year(2024), "2025-01-15 09:00")

    assert rows(database, Bloc)[0].name == "Khối Mới"
    assert rows(database, Agency, short="STP")[0].name == "Sở Tư pháp mới"
    assert any("Đã có năm thi đua mới hơn 2024" in warning for warning in loaded.warnings)
    assert load(database, year(2024), "2025-01-15 09:00").changed == 0


def test_a_year_need_not_be_the_calendar_s(database: Database) -> None:
    """A date without a year falls into the season, whichever calendar year that is."""
    load(database, small(("season: 2024", "season: 2024\nstarts_on: 1/9/2024\nends_on: 31/8/2025")), "2024-09-02 09:00")

    assert [m.due_on for m in rows(database, Milestone)] == [date(2025, 5, 15), date(2025, 8, 15)]
