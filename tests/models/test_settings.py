"""What is refused at start, with the name of the setting and what it should be."""

import pytest
from pydantic import ValidationError

from models.settings import OwnSettings

TOKEN = "7000000001:AAFakeTokenOfNobody_0123456789012345"


def refusal(**given: object) -> str:
    with pytest.raises(ValidationError) as refused:
        OwnSettings(**given)
    return str(refused.value)


@pytest.mark.parametrize("secret", [None, "", "fifteen-letters", "mười sáu chữ cái!", "with a blank in it", "x" * 257])
def test_a_webhook_wants_a_secret_that_telegram_takes_and_nobody_guesses(secret: str | None) -> None:
    told = refusal(telegram_token=TOKEN, telegram_mode="webhook", telegram_secret=secret)
    assert "GIAOUOC_TELEGRAM_SECRET" in told
    assert "16 to 256" in told
    assert TOKEN.partition(":")[2] not in told


def test_a_good_secret_is_taken_and_shown_nowhere() -> None:
    found = OwnSettings(telegram_token=TOKEN, telegram_mode="webhook", telegram_secret="a-secret_of-16-or")
    assert "a-secret_of-16-or" not in repr(found)


def test_polling_wants_no_secret_and_neither_does_a_channel_that_is_off() -> None:
    assert OwnSettings(telegram_token=TOKEN).telegram_mode == "poll"
    assert OwnSettings(telegram_mode="webhook").telegram_token is None


def test_another_mode_is_refused() -> None:
    assert "telegram_mode" in refusal(telegram_mode="push")
