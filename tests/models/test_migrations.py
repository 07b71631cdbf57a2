"""The revisions lead to exactly the tables, on both engines, also when rows are there."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, Inspector, inspect, make_url, text
from sqlmodel import SQLModel

from models import migrations
from models.database import Database
from models.migrations.alembic_setup import differences


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    url: str = request.getfixturevalue("empty_postgres_url")
    return url


def _engine(url: str) -> Engine:
    return migrations.engine_for(make_url(url))


def _shape(engine: Engine) -> dict[str, Any]:
    """All that the database itself tells of its tables."""
    found = inspect(engine)
    return {name: _table_shape(found, name) for name in found.get_table_names() if name != "alembic_version"}


def _table_shape(found: Inspector, name: str) -> dict[str, Any]:
    columns = [{**column, "type": str(column["type"])} for column in found.get_columns(name)]
    parts = {
        "columns": columns,
        "key": found.get_pk_constraint(name),
        "foreign": found.get_foreign_keys(name),
        "unique": found.get_unique_constraints(name),
        "checks": found.get_check_constraints(name),
        "indexes": [{**index, "dialect_options": _texts(index)} for index in found.get_indexes(name)],
    }
    return {part: sorted(map(repr, items)) if isinstance(items, list) else repr(items) for part, items in parts.items()}


def _texts(index: Any) -> dict[str, str]:
    return {key: str(value) for key, value in index.get("dialect_options", {}).items()}


def test_empty_to_head_equals_the_tables(empty_url: str) -> None:
    engine = _engine(empty_url)
    SQLModel.metadata.create_all(engine)
    wanted = _shape(engine)
    SQLModel.metadata.drop_all(engine)
    migrations.upgrade(make_url(empty_url))
    assert _shape(engine) == wanted
    with engine.connect() as connection:
        assert differences(connection) == []
        assert migrations.current(connection) == migrations.newest()
    engine.dispose()


def test_partial_indexes_and_checks_are_seen_by_the_comparison(empty_url: str) -> None:
    engine = _engine(empty_url)
    migrations.upgrade(make_url(empty_url))
    shape = _shape(engine)
    assert any("outbox_state" in check for check in shape["outbox"]["checks"])
    assert any("queued" in index for index in shape["outbox"]["indexes"])
    engine.dispose()


def test_migrating_again_changes_nothing_and_keeps_rows(empty_url: str) -> None:
    migrations.upgrade(make_url(empty_url))
    engine = _engine(empty_url)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO cursor (name, position) VALUES ('telegram:1', 7)"))
    migrations.upgrade(make_url(empty_url))
    with engine.connect() as connection:
        assert connection.execute(text("SELECT position FROM cursor")).scalars().all() == [7]
    engine.dispose()


def test_several_processes_may_migrate_at_once(empty_url: str) -> None:
    code = f"from models.database import Database; Database({empty_url!r}).migrate()"
    started = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) for _ in range(3)]
    assert [process.communicate()[1].decode() for process in started] == ["", "", ""]
    assert [process.returncode for process in started] == [0, 0, 0]


def test_a_first_start_creates_folder_and_database(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'a' / 'b' / 'giaouoc.db'}")
    database.migrate()
    assert database.read_now(lambda session: session.execute(text("SELECT count(*) FROM bloc")).scalar_one()) == 0
    database.close()


def test_an_in_memory_database_is_refused() -> None:
    with pytest.raises(ValueError, match="file"):
        Database("sqlite://")
