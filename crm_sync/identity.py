"""Whose address is it? An address resolves to one customer record, for ever the same."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from core.address import MAX_NAME, Address, AddressKind, clean_text
from core.db import UnitOfWork
from core.errors import Unavailable
from core.events import CustomerCreated
from core.ids import new_id
from core.ports import CustomerRef

WITHHELD_NAME = "Withheld number"
STANDARD = "standard"
"""The tier of a customer of whom nothing is known yet."""
_TRIES = 3

_KNOWN = """
    select c.id, c.name, c.language, c.tier, c.credit_grade, c.owner_agent_id,
           (select w.agent_id from interactions w where w.customer_id = c.id and w.agent_id is not null
            and w.created_at > now() - interval '30 days' order by w.created_at desc limit 1)
    from customer_identities i join customers c on c.id = i.customer_id
    where i.domain = $1 and i.kind = $2 and i.value = $3
"""
# Of two first contacts at once the later waits here for the earlier to commit and then inserts nothing.
# The identity comes first; its foreign key is checked when the whole statement has run.
_FIRST = text(
    """
    with identity as (
        insert into customer_identities (id, domain, customer_id, kind, value)
        values (:identity_id, :domain, :customer_id, :kind, :value)
        on conflict (domain, kind, value) do nothing
        returning customer_id)
    insert into customers (id, domain, name) select customer_id, :domain, :name from identity returning id
    """
)
_NAMELESS = text("insert into customers (id, domain, name) values (:customer_id, :domain, :name)")


class Directory:
    """``core.ports.CustomerDirectory`` on PostgreSQL: one round trip for a known address, two for a new one."""

    async def resolve(self, work: UnitOfWork, address: Address, caller_name: str) -> CustomerRef:
        """See the port. Raises ``Unavailable`` only if a record keeps vanishing between two looks."""
        if address.kind is AddressKind.WITHHELD or not address.value:
            return await _add_nameless(work)
        for _ in range(_TRIES):
            found = await _find(work, address) or await _add(work, address, caller_name)
            if found is not None:
                return found
        raise Unavailable("customer.unresolved", "The customer record could not be read or made.")


async def _find(work: UnitOfWork, address: Address) -> CustomerRef | None:
    rows = await work.look(_KNOWN, work.domain, address.kind.value, address.value)
    if not rows:
        return None
    customer_id, name, language, tier, grade, account_manager_id, last_agent_id = rows[0]
    return CustomerRef(customer_id, name, language, tier, False, grade, account_manager_id, last_agent_id)


async def _add(work: UnitOfWork, address: Address, caller_name: str) -> CustomerRef | None:
    """A prospect for a new address, or None when somebody else has just made one."""
    ref = _prospect(clean_text(caller_name, MAX_NAME) or address.value)
    names = {"identity_id": new_id(), "customer_id": ref.customer_id, "name": ref.name}
    if await work.one_or_none(_FIRST, {**_key(work, address), **names}) is None:
        return None
    work.record(CustomerCreated(customer_id=ref.customer_id))
    return ref


async def _add_nameless(work: UnitOfWork) -> CustomerRef:
    ref = _prospect(WITHHELD_NAME)
    await work.execute(_NAMELESS, {"customer_id": ref.customer_id, "domain": work.domain, "name": ref.name})
    work.record(CustomerCreated(customer_id=ref.customer_id))
    return ref


def _prospect(name: str) -> CustomerRef:
    return CustomerRef(new_id(), name, None, STANDARD, is_new=True)


def _key(work: UnitOfWork, address: Address) -> dict[str, Any]:
    return {"domain": work.domain, "kind": address.kind.value, "value": address.value}
