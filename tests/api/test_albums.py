"""Which pictures in a row are one submission, where the platform does not tell."""

from datetime import UTC, datetime, timedelta

from api.services.talks.albums import firsts
from models.wire import IN_A_ROW, Heard

BEGINS = datetime(2026, 11, 26, 1, tzinfo=UTC)


def picture(number: int, after_s: float, caption: str = "") -> Heard:
    return Heard(
        channel="zalo", bot="1", external_id=f"m{number}", chat="c", kind="files", text=caption, group=IN_A_ROW,
        sent_at=BEGINS + timedelta(seconds=after_s),
    )  # fmt: skip


def told(*pictures: Heard) -> list[str]:
    return list(firsts(pictures).values())


def test_pictures_soon_after_each_other_are_one() -> None:
    assert told(picture(1, 0), picture(2, 9), picture(3, 18)) == ["m1", "m1", "m1"]


def test_a_pause_begins_another() -> None:
    assert told(picture(1, 0), picture(2, 11)) == ["m1", "m2"]


def test_a_caption_names_those_before_and_after_it() -> None:
    assert told(picture(1, 0), picture(2, 1, "K5"), picture(3, 2)) == ["m1", "m1", "m1"]


def test_the_same_caption_at_each_picture_is_one() -> None:
    assert told(picture(1, 0, "K5"), picture(2, 1, "K5")) == ["m1", "m1"]


def test_another_caption_begins_another() -> None:
    assert told(picture(1, 0, "K5"), picture(2, 1), picture(3, 2, "K7"), picture(4, 3)) == ["m1", "m1", "m3", "m3"]


def test_the_order_in_which_they_came_does_not_matter() -> None:
    assert firsts([picture(2, 1), picture(1, 0, "K5")]) == {"m1": "m1", "m2": "m1"}
