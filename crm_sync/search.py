"""Finding a customer by the beginning of a number or of a name."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from core.address import clean_text

MOST = 20
_LEAST_CHARACTERS = 2
_LEAST_CHARACTERS_HAN = 1
_HAN = range(0x3400, 0xA000)


@dataclass(frozen=True, slots=True)
class Found:
    """A customer that fits; ``value``: the number, address or handle that is shown with the name."""

    id: UUID
    name: str
    tier: str
    value: str | None


_BY_NAME = text(
    """
    select c.id, c.name, c.tier,
           (select i.value from customer_identities i where i.customer_id = c.id
            order by i.created_at, i.id limit 1) as value
    from customers c
    where c.domain = :domain and lower(c.name) like :prefix
    order by lower(c.name) using ~<~ limit :most
    """
)
_BY_VALUE = text(
    """
    select c.id, c.name, c.tier, i.value
    from customer_identities i join customers c on c.id = i.customer_id
    where i.domain = :domain and i.kind = 'phone' and i.value like :prefix
    order by i.value using ~<~ limit :most
    """
)


async def search_customers(connection: AsyncConnection, domain: str, query: str) -> list[Found]:
    """At most 20 customers whose name, or number with country code (``+`` may be left out), begins so."""
    wanted = clean_text(query).lower()
    if not _is_enough(wanted):
        return []
    digits = "".join(ch for ch in wanted if ch.isascii() and ch.isdigit())
    is_number = len(digits) >= 3 and not any(ch.isalpha() for ch in wanted)
    prefix = f"+{digits}%" if is_number else f"{_escaped(wanted)}%"
    rows = await connection.execute(
        _BY_VALUE if is_number else _BY_NAME, {"domain": domain, "prefix": prefix, "most": MOST}
    )
    return [Found(**row._mapping) for row in rows]


def _is_enough(wanted: str) -> bool:
    han = any(ord(ch) in _HAN for ch in wanted)
    return len(wanted) >= (_LEAST_CHARACTERS_HAN if han else _LEAST_CHARACTERS)


def _escaped(wanted: str) -> str:
    return wanted.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
