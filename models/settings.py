"""What an operator can set, from the environment or `.env`. Read by `main.py` only, which hands on the parts."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Every field is `GIAOUOC_<NAME>`; each one is explained in `.env.example`."""

    model_config = SettingsConfigDict(env_prefix="GIAOUOC_", env_file=".env", extra="ignore")

    data: Path = Path("data")
    database_url: str = ""
    store_url: str = ""
    s3_endpoint: str | None = None
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    public_url: str | None = None
    api_url: str | None = None
    api_token: SecretStr | None = None
    telegram_token: SecretStr | None = None
    telegram_api_url: str = "https://api.telegram.org"
    clock: str | None = None
    clock_speed: float = Field(1.0, ge=0, le=100_000)
    timezone: str = "Asia/Ho_Chi_Minh"
    upload_limit_mb: int = Field(200, ge=1, le=2000)
    clamd_url: str | None = None
    log: Literal["text", "json"] | None = None

    @model_validator(mode="after")
    def _under_the_data_folder(self) -> "Settings":
        self.database_url = self.database_url or f"sqlite:///{self.data / 'giaouoc.db'}"
        self.store_url = self.store_url or str(self.data / "store")
        return self

    @property
    def upload_limit(self) -> int:
        """Bytes."""
        return self.upload_limit_mb * 1024 * 1024

    @property
    def url(self) -> str:
        """What stands in links."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")
