"""The outcome tree that the company's agents conclude with."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True)
class OutcomeNode:
    """A node of the tree; only a leaf can be an outcome."""

    code: str
    parent: str | None
    name_en: str
    name_zh: str
    is_leaf: bool


_TREE = text(
    """
    select c.code, c.parent, c.name_en, c.name_zh, not exists (
        select 1 from outcome_codes child where child.domain = c.domain and child.parent = c.code and child.active
    ) as is_leaf
    from outcome_codes c where c.domain = :domain and c.active order by c.position, c.code
    """
)


async def read_outcome_tree(connection: AsyncConnection, domain: str) -> list[OutcomeNode]:
    """Every active node in the order of display, parents and children in one flat list."""
    rows = await connection.execute(_TREE, {"domain": domain})
    return [OutcomeNode(**row._mapping) for row in rows]
