"""Addresses of e-mail and the ids of mails. Pure; everything comes from outside."""

from __future__ import annotations

import re
from collections.abc import Iterable
from uuid import UUID

from core.address import Address, AddressKind, clean_text

_LONGEST = 254
_ADDRESS = re.compile(r"[^\s@<>()\[\]\\,;:\"]{1,64}@[^\s@<>()\[\]\\,;:\"/]{1,189}")
_ID = re.compile(r"<([^<>\s]{3,240})>")
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_OURS = re.compile(rf"({_UUID})@(.+)")


def mail_address(raw: str) -> Address:
    """The address of a mail's sender, in lower case; one that is none is withheld, so that its writer is somebody."""
    text = clean_text(raw, _LONGEST + 1).strip("<>'").lower()
    if len(text) > _LONGEST or not _ADDRESS.fullmatch(text):
        return Address(AddressKind.WITHHELD, "", clean_text(raw, 64))
    local, _, domain = text.rpartition("@")
    return Address(AddressKind.EMAIL, f"{local}@{_ascii(domain)}", text[:64])


def _ascii(domain: str) -> str:
    try:
        return domain if domain.isascii() else domain.encode("idna").decode()
    except UnicodeError:
        return domain


def ids_in(header: str) -> tuple[str, ...]:
    """The ids ``<…@…>`` of a header, as they stand, without those that come again."""
    return tuple(dict.fromkeys(f"<{found}>" for found in _ID.findall(header)))


def our_id(message_id: UUID, our_address: str) -> str:
    """The Message-ID of a message of ours: the same at every try."""
    return f"<{message_id}@{our_address.rpartition('@')[2]}>"


def messages_of_ours(ids: Iterable[str], our_address: str) -> list[UUID]:
    """Which messages of ours these ids name."""
    domain = our_address.rpartition("@")[2].lower()
    found = (_OURS.fullmatch(each.strip("<>").lower()) for each in ids)
    return [UUID(match[1]) for match in found if match is not None and match[2] == domain]


def tagged(our_address: str, conversation_id: UUID) -> str:
    """Our address with the conversation's tag."""
    local, _, domain = our_address.rpartition("@")
    return f"{local}+{conversation_id}@{domain}"


def conversations_tagged(recipients: Iterable[str], our_address: str) -> list[UUID]:
    """The conversations whose tags stand in these addresses."""
    local, _, domain = our_address.lower().rpartition("@")
    pattern = re.compile(rf"{re.escape(local)}\+({_UUID})@{re.escape(domain)}")
    found = (pattern.fullmatch(each.lower()) for each in recipients)
    return [UUID(match[1]) for match in found if match is not None]


def is_ours(address: str, our_address: str) -> bool:
    """Whether an address is our mailbox, tagged or not."""
    local, _, domain = our_address.lower().rpartition("@")
    theirs, _, their_domain = address.lower().rpartition("@")
    return their_domain == domain and (theirs == local or theirs.startswith(f"{local}+"))
