"""One normaliser for the addresses by which customers reach us. Pure.

Numbers become E.164 by the ``phonenumbers`` package. What cannot be a number is kept as raw text, so
that a caller with an odd or withheld number is still somebody and never an error.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers

MAX_RAW = 64
MAX_NAME = 80
_WITHHELD = frozenset({"", "anonymous", "restricted", "unavailable", "unknown", "private", "withheld", "<unknown>"})


class AddressKind(StrEnum):
    """What sort of address identifies a customer."""

    PHONE = "phone"
    EMAIL = "email"
    HANDLE = "handle"
    WITHHELD = "withheld"


@dataclass(frozen=True, slots=True)
class Address:
    """A customer's address: ``value`` is normalised (E.164 for phones) and empty when withheld."""

    kind: AddressKind
    value: str
    raw: str = ""


def phone_address(raw: str | None, region: str) -> Address:
    """The address behind a caller's number as the network gave it.

    ``region`` (ISO 3166 alpha-2) completes national numbers. A number that no plan knows stays as its
    cleaned text under kind ``handle``, so that the same odd number is recognised next time.
    """
    text = clean_text(raw or "", MAX_RAW)
    if text.lower() in _WITHHELD:
        return Address(AddressKind.WITHHELD, "", text)
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return Address(AddressKind.HANDLE, text, text)
    if not phonenumbers.is_possible_number(number):
        return Address(AddressKind.HANDLE, text, text)
    return Address(AddressKind.PHONE, phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), text)


def clean_text(text: str, limit: int = MAX_NAME) -> str:
    """Text from outside made harmless for one line: no control or line characters, at most ``limit`` characters."""
    kept = (
        ch if unicodedata.category(ch) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") else " "
        for ch in text[: limit * 8]
    )
    return " ".join("".join(kept).split())[:limit].strip()
