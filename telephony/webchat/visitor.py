"""Who writes: a secret of 256 bits that the browser keeps, of which we know the hash only. Pure."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass

from core.address import Address, AddressKind

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_SHOWN = 32


@dataclass(frozen=True, slots=True)
class Visitor:
    """``key`` tells his conversation apart from all others of the account."""

    key: str

    @property
    def address(self) -> Address:
        """By which he is a customer."""
        value = f"chat:{self.key[:_SHOWN]}"
        return Address(AddressKind.HANDLE, value, value)


def new_token() -> str:
    """A secret for a browser that has none."""
    return secrets.token_urlsafe(32)


def visitor_of(token: str | None) -> Visitor | None:
    """Whose secret it is; None when it is none of ours by its form."""
    if token is None or not _TOKEN.fullmatch(token):
        return None
    return Visitor(hashlib.sha256(token.encode()).hexdigest())
