"""Alembic's entry: runs inside the connection and transaction that were handed to it."""

from alembic import context

from models.migrations.alembic_setup import OPTIONS, render_item

context.configure(
    connection=context.config.attributes["connection"],
    render_item=render_item,
    render_as_batch=True,
    transactional_ddl=True,
    **OPTIONS,
)
with context.begin_transaction():
    context.run_migrations()
