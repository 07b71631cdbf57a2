"""A house under way (`tests.api.building`), built once and copied for each test; once a test on PostgreSQL."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.database import Database
from tests.api.building import ApiHouse, furnish, open_house


@pytest.fixture(scope="session")
def furnished(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a furnished house: `giaouoc.db` and `store/`."""
    folder = tmp_path_factory.mktemp("furnished")
    shutil.copy(sqlite_template, folder / "giaouoc.db")
    database = Database(f"sqlite:///{folder / 'giaouoc.db'}")
    furnish(database, folder)
    database.close()
    return folder


@pytest.fixture
def api_house(furnished: Path, tmp_path: Path) -> Iterator[ApiHouse]:
    shutil.copytree(furnished, tmp_path / "house")
    database = Database(f"sqlite:///{tmp_path / 'house' / 'giaouoc.db'}")
    yield open_house(database, tmp_path / "house")
    database.close()


@pytest.fixture
def postgresql_house(postgresql_database: Database, tmp_path: Path) -> ApiHouse:
    furnish(postgresql_database, tmp_path)
    return open_house(postgresql_database, tmp_path)


@pytest.fixture(params=["sqlite", "postgresql"])
def either_house(request: pytest.FixtureRequest) -> ApiHouse:
    found: ApiHouse = request.getfixturevalue("api_house" if request.param == "sqlite" else "postgresql_house")
    return found
