"""Addresses of pictures: signed by us, for one piece of evidence, for a day."""

from datetime import UTC, datetime, timedelta

import pytest

from api.services.pictures import opened, signed

KEY = bytes(32)
NOW = datetime(2026, 11, 26, 1, tzinfo=UTC)
SOON = NOW + timedelta(hours=1)


def test_what_we_signed_opens_until_its_time_is_over() -> None:
    asked = signed(KEY, 147, SOON)
    assert opened(KEY, asked, NOW) == 147
    assert opened(KEY, asked, SOON - timedelta(seconds=1)) == 147
    assert opened(KEY, asked, SOON) is None


@pytest.mark.parametrize("at", range(0, 40, 3))
def test_one_letter_changed_opens_nothing(at: int) -> None:
    asked = signed(KEY, 147, SOON)
    other = "A" if asked[at] != "A" else "B"
    assert opened(KEY, asked[:at] + other + asked[at + 1 :], NOW) is None


@pytest.mark.parametrize("asked", ["", "a", "AAAA", "%2e%2e", "ă", "A" * 100, "-_-_"])
def test_anything_else_opens_nothing(asked: str) -> None:
    assert opened(KEY, asked, NOW) is None


def test_another_key_opens_nothing() -> None:
    assert opened(bytes([1]) * 32, signed(KEY, 147, SOON), NOW) is None
