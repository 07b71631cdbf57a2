"""What an operator can set, from the environment or `.env`. Read by the command line only, which hands on the parts."""

import re
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from models.clock import asked_moment
from models.rules.quota import FREE, Terms

PREFIX = "GIAOUOC_"
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}


class Settings(BaseSettings):
    """Every field is `GIAOUOC_<NAME>`; each one is explained in `.env.example`. One that is set to nothing is unset."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", env_file_encoding="utf-8-sig", env_ignore_empty=True, extra="ignore"
    )

    data: Path = Path("data")
    database_url: str = ""
    store_url: str = ""
    s3_endpoint: str | None = None
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    bot_port: int = Field(8001, ge=0, le=65535)
    public_url: str | None = None
    api_url: str | None = None
    api_token: SecretStr | None = None
    telegram_token: SecretStr | None = None
    telegram_api_url: str = "https://api.telegram.org"
    telegram_mode: Literal["poll", "webhook"] = "poll"
    telegram_secret: SecretStr | None = None
    zalo_tokens: SecretStr | None = None
    zalo_api_url: str = "https://bot-api.zaloplatforms.com"
    zalo_mode: Literal["poll", "webhook"] = "poll"
    zalo_secret: SecretStr | None = None
    zalo_quota: int = Field(FREE["zalo"].messages or 0, ge=0)
    zalo_reserve: int = Field(FREE["zalo"].reserve, ge=0, le=100)
    zalo_people: int = Field(FREE["zalo"].people or 0, ge=0)
    clock: str | None = None
    clock_speed: float = Field(1.0, ge=0, le=100_000)
    timezone: str = "Asia/Ho_Chi_Minh"
    upload_limit_mb: int = Field(200, ge=1, le=2000)
    clamd_url: str | None = None
    backup: Path | None = None
    ping_url: str | None = None
    log: Literal["text", "json"] | None = None

    @field_validator("public_url", "ping_url", "api_url", "telegram_api_url", "zalo_api_url", "s3_endpoint")
    @classmethod
    def _an_address(cls, url: str | None) -> str | None:
        if url and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc):
            raise ValueError("is an address such as https://giaouoc.example.vn")
        return url.rstrip("/") if url else None

    @field_validator("telegram_token")
    @classmethod
    def _a_bot_token(cls, token: SecretStr | None) -> SecretStr | None:
        if token and not re.fullmatch(r"\d+:\S+", token.get_secret_value().strip()):
            raise ValueError("looks like 123456789:AA…, as BotFather gave it")
        return token

    @field_validator("timezone")
    @classmethod
    def _a_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("is a time zone such as Asia/Ho_Chi_Minh") from None
        return zone

    @model_validator(mode="after")
    def _a_moment(self) -> "Settings":
        if self.clock:
            try:
                asked_moment(self.clock, self.timezone)
            except ValueError:
                raise ValueError(f"{PREFIX}CLOCK is a moment such as 2024-06-11T08:00") from None
        return self

    @model_validator(mode="after")
    def _a_telegram_secret(self) -> "Settings":
        secret = self.telegram_secret.get_secret_value() if self.telegram_secret else ""
        called = self.telegram_token and self.telegram_mode == "webhook"
        if called and not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", secret):
            raise ValueError(
                f"{PREFIX}TELEGRAM_MODE=webhook needs {PREFIX}TELEGRAM_SECRET: 16 to 256 of A-Z, a-z, 0-9, _ and -, "
                "which nobody can guess"
            )
        return self

    @model_validator(mode="after")
    def _zalo_secrets(self) -> "Settings":
        tokens, secrets = _several(self.zalo_tokens), _several(self.zalo_secret)
        if len(set(tokens)) < len(tokens):
            raise ValueError(f"{PREFIX}ZALO_TOKENS names a token twice")
        if not tokens or self.zalo_mode == "poll":
            return self
        if len(secrets) not in (1, len(tokens)) or not all(8 <= len(secret) <= 256 for secret in secrets):
            raise ValueError(
                f"{PREFIX}ZALO_MODE=webhook needs {PREFIX}ZALO_SECRET: 8 to 256 characters which nobody can guess, "
                "one for all bots or as many as there are tokens, with commas between"
            )
        return self

    @model_validator(mode="after")
    def _under_the_data_folder(self) -> "Settings":
        self.database_url = self.database_url or f"sqlite:///{self.data / 'giaouoc.db'}"
        self.store_url = self.store_url or str(self.data / "store")
        return self

    @property
    def zalo_bots(self) -> list[tuple[str, str]]:
        """(token, secret of its webhook) of every Zalo bot; without a secret it is polled."""
        tokens, secrets = _several(self.zalo_tokens), _several(self.zalo_secret)
        if self.zalo_mode == "poll":
            secrets = [""]
        return list(zip(tokens, secrets * (len(tokens) if len(secrets) == 1 else 1), strict=False))

    @property
    def terms(self) -> dict[str, Terms]:
        """Of every channel that is metered, by its name."""
        return {"zalo": Terms(self.zalo_quota or None, self.zalo_reserve, self.zalo_people or None)}

    @property
    def upload_limit(self) -> int:
        """Bytes."""
        return self.upload_limit_mb * 1024 * 1024

    @property
    def url(self) -> str:
        """What stands in links."""
        return self.public_url or f"http://{self.own_host}:{self.port}"

    @property
    def own_host(self) -> str:
        """How this machine reaches its own server."""
        return _EVERYWHERE.get(self.host, self.host)


def _several(value: SecretStr | None) -> list[str]:
    written = value.get_secret_value() if value else ""
    return [part.strip() for part in written.split(",") if part.strip()]


class OwnSettings(Settings):
    """Only what is given, nothing of the environment: a throw-away copy must not act in the real one's name."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)
