"""What is refused at start, with the name of the setting and what it should be."""

from contextlib import chdir
from pathlib import Path

import pytest
from pydantic import ValidationError

from api.command_line import Failure, settings
from models.rules.quota import FREE, Terms
from models.settings import OwnSettings

TOKEN = "7000000001:AAFakeTokenOfNobody_0123456789012345"
ZALO = "4100000001:ZaFakeTokenOfNobody"


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


@pytest.mark.parametrize(
    "secret", [None, "", " , ", "seven77", "x" * 257, "long-enough,seven77", "one-of-many,two-of-them,three"]
)
def test_a_webhook_of_zalo_wants_a_secret_for_each_bot_or_one_for_all(secret: str | None) -> None:
    told = refusal(zalo_tokens=f"{ZALO},{ZALO}2", zalo_mode="webhook", zalo_secret=secret)
    assert "GIAOUOC_ZALO_SECRET" in told
    assert ZALO.partition(":")[2] not in told


def test_zalo_bots_and_their_secrets() -> None:
    two = {"zalo_tokens": f"{ZALO},{ZALO}2", "zalo_mode": "webhook"}
    assert [secret for _, secret in OwnSettings(**two, zalo_secret="one-for-all-of-them").zalo_bots] == [
        "one-for-all-of-them"
    ] * 2
    assert OwnSettings(**two, zalo_secret="the-first,the-second").zalo_bots == [
        (ZALO, "the-first"), (f"{ZALO}2", "the-second"),
    ]  # fmt: skip
    assert "the-second" not in repr(OwnSettings(**two, zalo_secret="the-first,the-second"))
    assert [secret for _, secret in OwnSettings(zalo_tokens=ZALO).zalo_bots] == [""]


def test_polling_wants_no_secret_and_neither_does_a_channel_that_is_off() -> None:
    assert OwnSettings(telegram_token=TOKEN).telegram_mode == "poll"
    assert OwnSettings(telegram_mode="webhook").telegram_token is None


def test_another_mode_is_refused() -> None:
    assert "telegram_mode" in refusal(telegram_mode="push")


# --- from a .env ---------------------------------------------------------------------------------------------------

EMPTY = "".join(f"GIAOUOC_{name.upper()}=\n" for name in OwnSettings.model_fields)


def from_env(folder: Path, text: str) -> dict[str, object]:
    """What a `.env` sets, where the environment is silent. Raises Failure."""
    (folder / ".env").write_text(text, encoding="utf-8")
    with chdir(folder):
        return settings().model_dump()


def test_a_setting_that_is_set_to_nothing_is_unset(tmp_path: Path) -> None:
    assert from_env(tmp_path, EMPTY) == OwnSettings().model_dump()


def test_the_example_copied_as_it_is_changes_nothing(tmp_path: Path) -> None:
    example = (Path(__file__).parents[2] / ".env.example").read_text(encoding="utf-8")
    assert from_env(tmp_path, example) == OwnSettings().model_dump()


def test_a_file_that_windows_wrote_is_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("\ufeffGIAOUOC_PORT=8123\r\nGIAOUOC_UPLOAD_LIMIT_MB='50'\r\n".encode())
    with chdir(tmp_path):
        found = settings()
    assert (found.port, found.upload_limit) == (8123, 50 * 1024 * 1024)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("PORT=many", "GIAOUOC_PORT: "),
        ("PORT=70000", "GIAOUOC_PORT: "),
        ("CLOCK_SPEED=-1", "GIAOUOC_CLOCK_SPEED: "),
        ("CLOCK=31/6/2024", "GIAOUOC_CLOCK is a moment such as"),
        ("TIMEZONE=Hanoi", "GIAOUOC_TIMEZONE: is a time zone such as"),
        ("TIMEZONE=../../etc/passwd", "GIAOUOC_TIMEZONE: is a time zone such as"),
        ("UPLOAD_LIMIT_MB=0", "GIAOUOC_UPLOAD_LIMIT_MB: "),
        ("PUBLIC_URL=giaouoc.example.vn", "GIAOUOC_PUBLIC_URL: is an address such as"),
        ("API_URL=ftp://a", "GIAOUOC_API_URL: is an address such as"),
        ("PING_URL=https://", "GIAOUOC_PING_URL: is an address such as"),
        ("TELEGRAM_TOKEN=botfather", "GIAOUOC_TELEGRAM_TOKEN: looks like 123456789:AA…"),
        ("LOG=loud", "GIAOUOC_LOG: "),
        ("ZALO_QUOTA=-1", "GIAOUOC_ZALO_QUOTA: "),
        ("ZALO_RESERVE=101", "GIAOUOC_ZALO_RESERVE: "),
        ("ZALO_PEOPLE=many", "GIAOUOC_ZALO_PEOPLE: "),
    ],
)
def test_what_is_refused_is_named_in_one_sentence(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(Failure) as refused:
        from_env(tmp_path, f"GIAOUOC_{line}\n")
    assert str(refused.value).startswith(told)
    assert len(str(refused.value).splitlines()) == 1


def test_two_mistakes_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(Failure) as refused:
        from_env(tmp_path, "GIAOUOC_PORT=x\nGIAOUOC_LOG=y\n")
    assert [line.partition(":")[0] for line in str(refused.value).splitlines()] == ["GIAOUOC_PORT", "GIAOUOC_LOG"]


def test_a_refused_secret_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(Failure) as refused:
        from_env(tmp_path, "GIAOUOC_TELEGRAM_TOKEN=the-secret-of-somebody\n")
    assert "the-secret" not in str(refused.value)


def test_an_unknown_name_is_no_fault(tmp_path: Path) -> None:
    from_env(tmp_path, "GIAOUOC_OF_ANOTHER_VERSION=1\nOTHER=2\n")


@pytest.mark.parametrize(("host", "url"), [("0.0.0.0", "http://127.0.0.1:8000"), ("::", "http://[::1]:8000")])
def test_a_server_that_listens_everywhere_is_reached_here(host: str, url: str) -> None:
    assert OwnSettings(host=host).url == url
    assert OwnSettings(host=host, public_url="https://giaouoc.example.vn/").url == "https://giaouoc.example.vn"


def test_what_zalo_s_plan_allows(tmp_path: Path) -> None:
    assert OwnSettings().terms["zalo"] == FREE["zalo"]
    bought = {"ZALO_QUOTA": 20_000, "ZALO_RESERVE": 5, "ZALO_PEOPLE": 0}
    Path(tmp_path / ".env").write_text("".join(f"GIAOUOC_{name}={value}\n" for name, value in bought.items()))
    with chdir(tmp_path):
        assert settings().terms["zalo"] == Terms(20_000, 5, None)
