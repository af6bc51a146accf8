"""Identifiers: UUID version 7, so that rows and log lines sort by the moment of their making."""

from __future__ import annotations

from uuid import UUID, uuid5

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A fresh UUID v7 (RFC 9562): the first 48 bits are Unix milliseconds."""
    return uuid7()


def called_leg_id(reservation_id: UUID) -> UUID:
    """The id of the leg by which a customer is called for a reservation: known before the leg, to all who write it."""
    return uuid5(reservation_id, "customer")
