"""Stores that really hold bytes: a folder, and a bucket on an S3 server that the suite starts on loopback."""

import logging
import os
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import boto3
import pytest
from botocore.client import BaseClient
from moto.server import ThreadedMotoServer

from api.store import Store

_numbers = count()


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """The address of an S3 server."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    given = {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing", "AWS_REGION": "us-east-1"}
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()
    for name, value in before.items():
        if value is None:
            del os.environ[name]
        else:
            os.environ[name] = value


@pytest.fixture
def bucket(s3: str) -> tuple[BaseClient, str]:
    """A client that looks behind the store's back, and the name of a fresh bucket."""
    client = boto3.client("s3", endpoint_url=s3, region_name="us-east-1")
    name = f"evidence-{next(_numbers)}"
    client.create_bucket(Bucket=name)
    return client, name


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
