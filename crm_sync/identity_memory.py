"""The directory's memory twin, for tests of whoever needs one and for trying the product without a database."""

from __future__ import annotations

from core.address import MAX_NAME, Address, AddressKind, clean_text
from core.db import UnitOfWork
from core.ids import new_id
from core.ports import CustomerRef
from crm_sync.identity import STANDARD, WITHHELD_NAME


class MemoryDirectory:
    """``core.ports.CustomerDirectory`` that keeps its customers in a dict and touches no database."""

    def __init__(self) -> None:
        self._known: dict[tuple[AddressKind, str], CustomerRef] = {}

    def add(self, address: Address, name: str, *, tier: str = STANDARD, language: str | None = None) -> CustomerRef:
        """Make a customer known."""
        ref = CustomerRef(new_id(), name, language, tier, is_new=False)
        self._known[address.kind, address.value] = ref
        return ref

    async def resolve(self, work: UnitOfWork, address: Address, caller_name: str) -> CustomerRef:
        """See the port."""
        if address.kind is AddressKind.WITHHELD or not address.value:
            return _prospect(WITHHELD_NAME)
        known = self._known.get((address.kind, address.value))
        if known is not None:
            return known
        made = self.add(address, clean_text(caller_name, MAX_NAME) or address.value)
        return CustomerRef(made.customer_id, made.name, None, made.tier, is_new=True)


def _prospect(name: str) -> CustomerRef:
    return CustomerRef(new_id(), name, None, STANDARD, is_new=True)
