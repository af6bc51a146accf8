"""Whom we call, and by which way out of the house."""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from core.address import AddressKind
from core.db import Database
from core.tables import interactions

_DIGITS = re.compile(r"\+?[0-9]{2,20}", re.ASCII)
DIAL = "PJSIP/{number}@hotline-trunk"
ALLOWED = r"\+[1-9][0-9]{6,14}"


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody to be called. ``number``: E.164; ``called_number``: the one of ours that he had called, if any."""

    number: str
    name: str
    called_number: str
    language: str


@dataclass(frozen=True, slots=True)
class OutsideLine:
    """How numbers are dialled. ``template``: the PBX's address of a ``{number}`` (E.164) or its ``{digits}`` (without
    the plus); ``allowed``: a regular expression that a number must match whole; ``shown``: the number that customers
    see (empty: the one that they had called)."""

    template: str = DIAL
    allowed: str = ALLOWED
    shown: str = ""

    def dial(self, number: str) -> str:
        """What to dial; empty when this number must not be."""
        if not _DIGITS.fullmatch(number) or not re.fullmatch(self.allowed, number, re.ASCII):
            return ""
        return self.template.replace("{number}", number).replace("{digits}", number.lstrip("+"))


class Customers:
    """Looks up in the database who is to be called."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, interaction_id: UUID) -> Customer | None:
        """The customer of an interaction; None when it does not exist. One without a number has an empty one."""
        async with self._database.glance() as connection:
            found = await connection.execute(select(interactions).where(interactions.c.id == interaction_id))
        row = found.one_or_none()
        if row is None:
            return None
        number = row.address if row.address_kind == AddressKind.PHONE else ""
        return Customer(number, row.caller_name or "", row.called_number or "", row.language or "en")
