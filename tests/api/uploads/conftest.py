"""Offices with every store and every database."""

import pytest

from api.store import Store
from models.database import Database
from tests.api.evidence.conftest import bucket_store, folder_store, store
from tests.api.uploads.office import Office

__all__ = ["bucket_store", "folder_store", "store"]


@pytest.fixture
def office(database: Database, store: Store) -> Office:
    return Office(database, store)


@pytest.fixture
def small_office(sqlite_database: Database, folder_store: Store) -> Office:
    """Where neither the database nor the store is the question."""
    return Office(sqlite_database, folder_store)
