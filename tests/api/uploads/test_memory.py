"""A large file costs time, never memory."""

import json
import subprocess
import sys
from pathlib import Path

from botocore.client import BaseClient

from models.database import Database

ROOT = Path(__file__).parents[3]


def grown(database: Database, store_url: str, endpoint: str, megabytes: int) -> float:
    """MB by which a process grew that took in so much, put it together, looked at it and filed it."""
    asked = [database.url.render_as_string(hide_password=False), store_url, endpoint, str(megabytes)]
    command = [sys.executable, "-m", "tests.api.uploads.transfer", *asked]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    measured: float = json.loads(done.stdout)["grown_mb"]
    print(f"\n{megabytes} MB up: {measured} MB more")
    return measured


def test_200_mb_up_grow_the_process_by_less_than_30_mb(sqlite_database: Database, tmp_path: Path) -> None:
    assert grown(sqlite_database, str(tmp_path / "store"), "", 200) < 30


def test_a_large_file_into_a_bucket_grows_the_process_by_less_than_30_mb(
    sqlite_database: Database, s3: str, bucket: tuple[BaseClient, str]
) -> None:
    assert grown(sqlite_database, f"s3://{bucket[1]}", s3, 32) < 30
