"""The command that prepares a database."""

from app.cli.context import reachable, settings
from app.cli.printing import console
from app.cli.work import run
from app.db.prepare import prepare


def migrate() -> None:
    """Prepare the database: the role that serves, and the migrations. Safe to repeat."""
    with reachable(settings()) as found:
        run(prepare(found))
    console.print("The database is at head.")
