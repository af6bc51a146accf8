"""When the first answer to a customer who has written is due. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from core.interaction import Channel

_SECONDS = {Channel.CHAT: 60, Channel.SMS: 300, Channel.WHATSAPP: 300, Channel.EMAIL: 4 * 3600}
_LONGEST = 30 * 86_400


def first_response_due(channel: Channel, settings: Mapping[str, Any], queued_at: datetime | None) -> datetime | None:
    """By the account's own ``first_response_seconds``, else by what is usual on the channel."""
    if queued_at is None or channel not in _SECONDS:
        return None
    given = settings.get("first_response_seconds")
    seconds = given if isinstance(given, int | float) and 0 < given <= _LONGEST else _SECONDS[channel]
    return queued_at + timedelta(seconds=seconds)
