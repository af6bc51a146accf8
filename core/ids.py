"""Identifiers: UUID version 7, so that rows and log lines sort by the moment of their making."""

from __future__ import annotations

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A fresh UUID v7 (RFC 9562): the first 48 bits are Unix milliseconds."""
    return uuid7()
