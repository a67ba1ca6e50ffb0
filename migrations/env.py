"""Migrations run on a connection that is given, in its transaction; who gives it holds the lock."""

from alembic import context

from placement.store.tables import metadata

connection = context.config.attributes.get("connection")
if connection is None:
    raise SystemExit("Migrations are run by the program itself: placement db upgrade")
context.configure(connection=connection, target_metadata=metadata, compare_type=True, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
