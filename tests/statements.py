"""Which statements the service sends, whether by SQLAlchemy or straight to the driver."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from tests.given import Given


@contextmanager
def sent(given: Given, words: str = "") -> Iterator[list[str]]:
    """The statements with these words that its sessions send meanwhile."""
    engine, found, heard = given.held.database.engine.sync_engine, list[str](), list[Any]()

    def said(statement: str) -> None:
        if words in " ".join(statement.split()):
            found.append(statement)

    def straight(record: Any) -> None:
        said(record.query)

    def taken(connection: Any, *_: Any) -> None:
        if connection.driver_connection not in heard:
            connection.driver_connection.add_query_logger(straight)
            heard.append(connection.driver_connection)

    def executed(_: Any, __: Any, statement: str, *___: Any) -> None:
        said(statement)

    event.listen(engine, "checkout", taken)
    event.listen(engine, "before_cursor_execute", executed)
    try:
        yield found
    finally:
        event.remove(engine, "checkout", taken)
        event.remove(engine, "before_cursor_execute", executed)
        for each in heard:
            each.remove_query_logger(straight)
