"""Stores that really hold bytes: a folder, and a bucket."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from botocore.client import BaseClient

from api.store import Store


@pytest.fixture
def folder_store(tmp_path: Path) -> Store:
    return Store.of(str(tmp_path / "store"))


@pytest.fixture
def bucket_store(s3: str, bucket: tuple[BaseClient, str], tmp_path: Path) -> Store:
    """Spooling where no other test does."""
    store = Store.of(f"s3://{bucket[1]}/bloc/one", endpoint=s3)
    store.spool_folder = tmp_path / "spool"
    store.spool_folder.mkdir()
    return store


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest) -> Store:
    """A fresh store of each kind."""
    opened: Store = request.getfixturevalue(f"{request.param}_store")
    return opened


async def stream_of(content: bytes, piece: int = 65536) -> AsyncIterator[bytes]:
    for start in range(0, len(content), piece):
        yield content[start : start + piece]
