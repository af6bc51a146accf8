"""What came from outside is kept first, whole, and understood afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.db import UnitOfWork
from core.message_events import InboxFilled
from telephony.messages.accounts import Account
from telephony.messages.statements import as_json

_KEEP = """
insert into channel_inbox (domain, account_id, kind, external_id, payload) values ($1, $2, $3, $4, $5::text::jsonb)
on conflict (account_id, kind, external_id) do nothing returning position
"""


def keep(work: UnitOfWork, account: Account, kind: str, external_id: str, payload: Mapping[str, Any]) -> None:
    """Put it into the inbox (``kind``: ``message`` or ``status``) unless it is there; one statement at the commit.

    ``payload["From"]`` names the sender: what one sender wrote is understood in the order in which it came.
    """
    work.write(
        _KEEP, account.domain, account.id, kind, external_id, as_json(dict(payload)),
        tells=InboxFilled(account_id=account.id),
    )  # fmt: skip
