from pathlib import Path

import pytest

from models.database import Database
from tests.fakes.office import Office


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Office:
    return Office(database, tmp_path)


@pytest.fixture
def small_office(sqlite_database: Database, tmp_path: Path) -> Office:
    return Office(sqlite_database, tmp_path)
