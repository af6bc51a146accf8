"""Addresses under which Twilio, and nobody else for long, can fetch a file that we send. Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from uuid import UUID

PATH = "/api/twilio/files/"
LIFE_SECONDS = 4 * 3600
_MAC_BYTES = 16
_BYTES = 16 + 8 + _MAC_BYTES


def token_for(auth_token: str, file_id: UUID, now: float) -> str:
    """A token that opens one file until ``LIFE_SECONDS`` after ``now`` (seconds since 1970)."""
    content = file_id.bytes + int(now + LIFE_SECONDS).to_bytes(8, "big")
    return base64.urlsafe_b64encode(content + _mac(auth_token, content)).rstrip(b"=").decode()


def file_of(auth_token: str, token: str, now: float) -> UUID | None:
    """The file that a token opens now; None for a token that is stale, or not ours."""
    try:
        whole = base64.urlsafe_b64decode(token.encode("ascii") + b"==")
    except (ValueError, binascii.Error):
        return None
    content, mac = whole[:-_MAC_BYTES], whole[-_MAC_BYTES:]
    if not auth_token or len(whole) != _BYTES or not hmac.compare_digest(mac, _mac(auth_token, content)):
        return None
    return UUID(bytes=content[:16]) if now < int.from_bytes(content[16:], "big") else None


def _mac(auth_token: str, content: bytes) -> bytes:
    key = hmac.digest(auth_token.encode(), b"hotline files", hashlib.sha256)
    return hmac.digest(key, content, hashlib.sha256)[:_MAC_BYTES]
