"""The tables' history, one set in step on both engines.

`python -m models.migrations "what changes"` writes the next revision from the difference between the newest one and
the tables; `python -m models.migrations --initial` writes the first one anew, as long as nothing was released.
"""

from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, inspect, text

from models import sqlite

HERE = Path(__file__).parent
ONE_AT_A_TIME = 4_201_960
"""The advisory lock that makes a second migrating process wait on PostgreSQL."""


class NewerDatabase(Exception):
    """The database was brought to a revision that this program does not know."""


def upgrade(url: URL) -> None:
    """Bring the database to the newest revision; a second process that tries at once waits and finds it done.

    Raises NewerDatabase and leaves it as it is when a newer program has been at it.
    """
    engine = engine_for(url)
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_AT_A_TIME})
            found, ours = current(connection), newest()
            if found is not None and ours is not None and found > ours:
                raise NewerDatabase(
                    f"the database is at revision {found}, this program knows {ours}: install the newer one"
                )
            if found != ours:
                _upgrade(connection)
    finally:
        engine.dispose()


def engine_for(url: URL) -> Engine:
    return sqlite.migrating_engine(url) if url.get_backend_name() == "sqlite" else create_engine(url)


def newest() -> str | None:
    """The newest revision, read from the names of the files: most starts need no more than this."""
    return max((path.name[:4] for path in (HERE / "versions").glob("[0-9]*.py")), default=None)


def current(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalars().first()


def _upgrade(connection: Connection) -> None:
    from models.migrations.alembic_setup import upgrade_to_head  # megabytes that only a change of tables needs

    upgrade_to_head(connection)
