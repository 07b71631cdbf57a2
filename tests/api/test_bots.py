"""Which Zalo bot a bloc's people write to."""

from api.services.bots import PEOPLE, shared_out

BOTS = ("1", "2")


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
