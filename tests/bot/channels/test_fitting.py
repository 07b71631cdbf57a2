import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.fitting import numbered, split, units
from models.wire import Choice, Say

WORDS = st.lists(st.sampled_from(["Đơn", "vị", "K5", "quý\nI", "📄📄", "\n\n", "nghi\u0303a"]), max_size=60)


def test_a_short_text_stays_as_it_is() -> None:
    assert split("Đã ghi nhận K5: 70%.", 4096) == ["Đã ghi nhận K5: 70%."]


def test_a_cut_prefers_a_line_to_a_word() -> None:
    assert split("một hai\nba bốn năm", 12) == ["một hai", "ba bốn năm"]


def test_a_word_longer_than_the_limit_is_cut_between_letters() -> None:
    decomposed = unicodedata.normalize("NFD", "ế" * 5)
    pieces = split(decomposed, 4)
    assert all(units(piece) <= 4 for piece in pieces)
    assert not any(unicodedata.combining(piece[0]) for piece in pieces)


def test_characters_outside_the_plane_count_twice() -> None:
    assert units("📄") == 2
    assert split("📄📄📄", 4) == ["📄📄", "📄"]


def test_a_blank_text_has_no_pieces() -> None:
    assert split(" \n ", 10) == []


@given(WORDS, st.integers(min_value=12, max_value=60))
def test_no_word_is_lost_broken_or_out_of_order(words: list[str], limit: int) -> None:
    text = " ".join(words)
    pieces = split(text, limit)
    assert " ".join(pieces).split() == text.split()
    assert all(0 < units(piece) <= limit for piece in pieces)


def test_choices_become_lines_with_their_keys() -> None:
    choices = (Choice(key="1", label="Đã gửi", says="K5 1"), Choice(key="0", label="Điều chỉnh", says="K5 0"))
    assert numbered(Say(text="K5?", choices=choices)) == "K5?\n1. Đã gửi\n0. Điều chỉnh"
