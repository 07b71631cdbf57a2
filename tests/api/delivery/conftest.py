import pytest

from models.database import Database
from tests.fakes.counter import Counter


@pytest.fixture
def counter(database: Database) -> Counter:
    return Counter(database)


@pytest.fixture
def sqlite_counter(sqlite_database: Database) -> Counter:
    return Counter(sqlite_database)
