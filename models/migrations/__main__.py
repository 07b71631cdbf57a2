"""Write a revision: `python -m models.migrations "what changes"`, or `--initial` for the first one anew."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from sqlalchemy import make_url

from models.migrations import HERE, engine_for, newest
from models.migrations.alembic_setup import config, upgrade_to_head


def main(message: str) -> None:
    if message == "--initial":
        for old in (HERE / "versions").glob("[0-9]*.py"):
            old.unlink()
        message = "initial"
    revision = f"{int(newest() or 0) + 1:04}"
    with TemporaryDirectory() as folder:
        engine = engine_for(make_url(f"sqlite:///{Path(folder) / 'scratch.db'}"))
        with engine.begin() as connection:
            upgrade_to_head(connection)
        with engine.begin() as connection:
            command.revision(config(connection), message, autogenerate=True, rev_id=revision)
        engine.dispose()


if __name__ == "__main__":
    main(sys.argv[1])
