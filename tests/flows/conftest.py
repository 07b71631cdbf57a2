from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from models.database import Database
from tests.flows.world import World

OpenWorld = Callable[[str | datetime], World]


@pytest.fixture
def open_world(sqlite_database: Database, tmp_path: Path) -> OpenWorld:
    """A world that begins at a moment; enter it to let its ears and mouth work."""
    return lambda at: World(sqlite_database, tmp_path, at)
