"""Bringing a table to what a stream of records says: copied aside first, then compared in the database."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import and_, column, exists, insert, select, table, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel


class Staged:
    """Records beside the table of their entity, in a temporary table that ends with the transaction."""

    def __init__(self, session: AsyncSession, entity: type[SQLModel]) -> None:
        self._session = session
        self.own: Any = entity.__table__  # type: ignore[attr-defined]
        self._new = table(f"staged_{self.own.name}", *(column(each.name, each.type) for each in self.own.columns))
        same = and_(*(each == self._new.c[each.name] for each in self.own.primary_key))
        self._same = same
        self.gone = ~exists().where(same).correlate(self.own)  # of a row: the records do not have it

    async def copy(self, columns: Sequence[str], records: Iterable[tuple[Any, ...]]) -> int:
        """Copy the records, read as they are sent, so that memory stays flat. Says how many."""
        name = self._new.name
        await self._session.execute(text(f"CREATE TEMPORARY TABLE {name} (LIKE {self.own.name}) ON COMMIT DROP"))
        connection = await (await self._session.connection()).get_raw_connection()
        driver: Any = connection.driver_connection
        told: str = await driver.copy_records_to_table(name, records=records, columns=columns)
        return int(told.removeprefix("COPY "))

    async def change(self) -> int:
        """Change the rows that differ from their records; columns that were not copied become NULL. Says how many."""
        rest = [each for each in self.own.columns if not each.primary_key]
        new = [self._new.c[each.name] for each in rest]
        change = update(self.own).values(dict(zip(rest, new, strict=True)))
        return await self.run(change.where(self._same, tuple_(*rest).is_distinct_from(tuple_(*new))))

    async def add(self) -> int:
        """Add the records that have no row yet. Says how many."""
        fresh = select(self._new).where(~exists().where(self._same).correlate(self._new))
        return await self.run(insert(self.own).from_select(self.own.columns.keys(), fresh))

    async def run(self, statement: Any) -> int:
        """Run a statement that changes rows. Says how many."""
        result: Any = await self._session.execute(statement)
        count: int = result.rowcount
        return count
