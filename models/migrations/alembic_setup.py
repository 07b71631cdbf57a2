"""Alembic without an ini file: from a checkout and from an installed package alike."""

from typing import Any, Literal

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.autogenerate.api import AutogenContext
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlmodel import SQLModel

import models.tables  # noqa: F401  (fills the metadata)
from models.columns import Instant, Json
from models.migrations import HERE

OPTIONS: dict[str, Any] = {
    "target_metadata": SQLModel.metadata,
    "compare_type": True,
    "autogenerate_plugins": ["alembic.autogenerate.*", "alembic.ext.checkconstraint_byname"],
}


def config(connection: Connection) -> Config:
    made = Config()
    made.set_main_option("script_location", str(HERE).replace("%", "%%"))
    made.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    made.attributes["connection"] = connection
    return made


def upgrade_to_head(connection: Connection) -> None:
    command.upgrade(config(connection), "head")
    if connection.dialect.name == "sqlite" and (orphans := connection.execute(text("PRAGMA foreign_key_check")).all()):
        raise RuntimeError(f"the migration would leave rows without their parents: {orphans[:5]}")


def differences(connection: Connection) -> list[Any]:
    """What Alembic would still change to reach the tables; empty when the revisions are complete."""
    return list(compare_metadata(MigrationContext.configure(connection, opts=OPTIONS), SQLModel.metadata))


def render_item(kind: str, item: Any, context: AutogenContext) -> str | Literal[False]:
    """Our own column types by their names; Alembic writes a JSONB variant as code that does not run."""
    if kind != "type":
        return False
    if isinstance(item, Instant):
        context.imports.add("from models.columns import Instant")
        return "Instant()"
    if type(item) is type(Json) and "postgresql" in item._variant_mapping:
        context.imports.add("from models.columns import Json")
        return "Json"
    if type(item).__name__ == "AutoString":
        return f"sa.String({item.length or ''})"
    return False
