"""Which Zalo bot a bloc's people write to."""

from collections.abc import Iterable, Mapping

from api.services import bots

BOTS = ("1", "2")
PEOPLE = 50


def shared_out(
    blocs: Iterable[int],
    linked: Mapping[tuple[int, str], int],
    invited: Mapping[int, int],
    names: tuple[str, ...],
    room: int | None = PEOPLE,
) -> dict[int, str]:
    return bots.shared_out(blocs, linked, invited, names, room)[0]


def test_a_bloc_stays_where_its_people_are() -> None:
    assert shared_out([7], {(7, "2"): 20, (7, "1"): 1}, {7: 60}, BOTS) == {7: "2"}


def test_a_new_bloc_goes_where_there_is_room_for_all_of_it() -> None:
    assert shared_out([7, 8], {(7, "1"): 30}, {8: PEOPLE - 30}, BOTS) == {7: "1", 8: "1"}
    assert shared_out([7, 8], {(7, "1"): 30}, {8: PEOPLE - 29}, BOTS) == {7: "1", 8: "2"}


def test_codes_that_wait_take_room_too() -> None:
    assert shared_out([7, 8], {}, {7: 30, 8: 30}, BOTS) == {7: "1", 8: "2"}


def test_where_no_bot_has_room_the_emptiest_takes_it() -> None:
    assert shared_out([7, 8, 9], {}, {7: 50, 8: 40, 9: 20}, BOTS) == {7: "1", 8: "2", 9: "2"}


def test_what_is_told_once_stays_when_further_blocs_come() -> None:
    invited = {7: 30, 8: 30, 9: 15}
    assert shared_out([7, 8], {}, invited, BOTS).items() <= shared_out([7, 8, 9], {}, invited, BOTS).items()


def test_a_plan_without_a_limit_has_room_for_all() -> None:
    assert shared_out([7, 8], {}, {7: 500, 8: 500}, BOTS, room=None) == {7: "1", 8: "1"}


def test_it_is_known_how_many_a_bot_would_get() -> None:
    assert bots.shared_out([7, 8], {(7, "1"): 30}, {7: 25, 8: 10}, BOTS, PEOPLE)[1] == {"1": 55, "2": 10}
