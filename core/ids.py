"""Identifiers: UUID version 7, so that rows and log lines sort by the moment of their making."""

from __future__ import annotations

from uuid import UUID, uuid5

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A fresh UUID v7 (RFC 9562): the first 48 bits are Unix milliseconds."""
    return uuid7()


def called_leg_id(call_id: UUID) -> UUID:
    """The id of the leg by which a customer is called, for a reservation or ahead of one: known before the leg, to all
    who write it."""
    return uuid5(call_id, "customer")


def ahead_call_id(interaction_id: UUID, attempts: int) -> UUID:
    """What stands for the reservation where a customer is called before there is one: the same for one attempt,
    whoever asks."""
    return uuid5(interaction_id, f"ahead {attempts}")


def is_ahead_call(call_id: UUID) -> bool:
    """Whether this is one of ``ahead_call_id``: reservations have ids of another version."""
    return call_id.version == _NAMED


_NAMED = 5
