"""What a migration runs in: our connection, one transaction, one process at a time."""

from alembic import context
from app.db import policies
from app.db.base import metadata

attributes = context.config.attributes
connection = attributes["connection"]
context.configure(connection=connection, target_metadata=metadata)

with context.begin_transaction():
    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('apqa migrations'))")
    connection.exec_driver_sql("SET LOCAL lock_timeout = '5s'")  # for the policies where no migration has set its own
    context.run_migrations()
    at_head = set(context.get_context().get_current_heads()) == set(context.script.get_heads())
    if at_head and "runtime_role" in attributes:
        policies.apply(connection, attributes["runtime_role"])
