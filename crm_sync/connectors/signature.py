"""The signature by which a receiver knows that a webhook is ours and fresh. Pure.

Header ``Hotline-Signature: t=<Unix seconds>,v1=<hex>`` where v1 is HMAC-SHA256, keyed with the connector's
secret, over the timestamp, a full stop and the body's bytes.
"""

from __future__ import annotations

import hashlib
import hmac

HEADER = "Hotline-Signature"
TOLERANCE_SECONDS = 300


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """The header's value for a body that is sent at ``timestamp`` (Unix seconds)."""
    return f"t={timestamp},v1={_digest(secret, timestamp, body)}"


def verify(secret: str, header: str, body: bytes, now: float, tolerance_seconds: float = TOLERANCE_SECONDS) -> bool:
    """Whether the header fits the body and is not older or newer than the tolerance."""
    timestamp, digests = _parse(header)
    if timestamp is None or abs(now - timestamp) > tolerance_seconds:
        return False
    wanted = _digest(secret, timestamp, body)
    return any(hmac.compare_digest(wanted, digest) for digest in digests)


def _digest(secret: str, timestamp: int, body: bytes) -> str:
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def _parse(header: str) -> tuple[int | None, list[str]]:
    """Timestamp and digests; several v1 may stand there while a secret is being changed."""
    pairs = [part.strip().partition("=") for part in header.split(",")]
    stamps = [value for key, _, value in pairs if key == "t"]
    known = len(stamps) == 1 and stamps[0].isascii() and stamps[0].isdigit() and len(stamps[0]) < 16
    return (int(stamps[0]) if known else None), [value for key, _, value in pairs if key == "v1" and value.isascii()]
