"""The tables that the code knows are the tables that the migrations make, column by column."""

from __future__ import annotations

from sqlalchemy import text

from core.db import Database
from core.tables import metadata

_COLUMNS = "select table_name, column_name from information_schema.columns where table_schema = 'public'"


async def test_the_code_knows_every_column_and_no_other(quiet_database: Database) -> None:
    async with quiet_database.reading() as connection:
        made = {(row[0], row[1]) for row in await connection.execute(text(_COLUMNS))}
    known = {(table.name, column.name) for table in metadata.tables.values() for column in table.columns}
    assert known == {each for each in made if each[0] != "alembic_version"}
