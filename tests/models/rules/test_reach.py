"""Who is told, and where."""

from datetime import UTC, date, datetime
from typing import Any

from models.rules import reach
from models.rules.reach import Chat

TODAY = date(2024, 6, 14)


def chat(person: int, agency: int = 1, role: str = "focal", binding: int = 1, **more: Any) -> Chat:
    held = {"since": date(2024, 1, 1), "until": None, "heard_at": None, "bound_at": datetime(2024, 1, 2, tzinfo=UTC)}
    return Chat(person, agency, role, binding, **{**held, **more})


def test_focal_points_and_their_deputies_are_reached_and_leaders_are_not() -> None:
    assert reach.people(
        [chat(1), chat(2, role="deputy_focal"), chat(3, role="leader"), chat(4, role="desk")], TODAY
    ) == {1: {1: "focal", 2: "deputy_focal"}}


def test_a_post_counts_from_its_first_day_and_no_longer_on_its_last() -> None:
    early, late = chat(1, since=date(2024, 6, 15)), chat(2, until=TODAY)
    assert reach.people([early, late, chat(3, since=TODAY, until=date(2024, 6, 15))], TODAY) == {1: {3: "focal"}}


def test_who_holds_both_posts_is_a_focal_point() -> None:
    both = [chat(1, role="focal"), chat(1, role="deputy_focal")]
    assert reach.people(both, TODAY) == reach.people(both[::-1], TODAY) == {1: {1: "focal"}}


def test_one_person_may_serve_two_agencies() -> None:
    assert reach.people([chat(1, agency=1), chat(1, agency=2)], TODAY) == {1: {1: "focal"}, 2: {1: "focal"}}


def test_the_chat_most_recently_heard_is_taken() -> None:
    old, new = datetime(2024, 5, 1, tzinfo=UTC), datetime(2024, 6, 1, tzinfo=UTC)
    chats = [chat(1, binding=1, heard_at=old), chat(1, binding=2, heard_at=new), chat(1, binding=3)]
    assert reach.best_chats(chats, TODAY)[1].binding_id == 2


def test_the_chat_most_recently_linked_is_taken_when_none_was_heard() -> None:
    chats = [chat(1, binding=1, bound_at=datetime(2024, 3, 1, tzinfo=UTC)), chat(1, binding=2)]
    assert reach.best_chats(chats, TODAY)[1].binding_id == 1
