"""Which conversation a mail belongs to: by the mails that it follows, else by our tag, else it begins one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.db import UnitOfWork
from telephony.email.addresses import conversations_tagged, messages_of_ours
from telephony.email.mail import Mail
from telephony.messages.accounts import Account

_FOLLOWED = """
select m.external_id, m.id, c.key, c.address from messages m join conversations c on c.id = m.conversation_id
where m.account_id = $1 and m.external_id = any($2)
union all
select m.external_id, m.id, c.key, c.address from messages m join conversations c on c.id = m.conversation_id
where m.account_id = $1 and m.id = any($3)
"""
_TAGGED = "select key, address from conversations where account_id = $1 and id = any($2) limit 1"
_LONGEST_KEY = 600


@dataclass(frozen=True, slots=True)
class Place:
    """The conversation's key; ``address`` is its customer's when it is there already."""

    key: str
    address: str | None = None


async def find_place(work: UnitOfWork, account: Account, mail: Mail) -> Place:
    """A mail that answers one which we do not know begins a thread of its sender: strangers never share one."""
    ancestors = list(mail.ancestors)
    if ancestors:
        ours = messages_of_ours(ancestors, account.address)
        found = await work.fetch(_FOLLOWED, account.id, ancestors, ours)
        if found:
            nearest = min(found, key=lambda row: _distance(row, ancestors))
            return Place(nearest["key"], nearest["address"])
    tags: list[UUID] = conversations_tagged(mail.recipients, account.address)
    tagged = await work.fetch(_TAGGED, account.id, tags) if tags else []
    if tagged:
        return Place(tagged[0]["key"], tagged[0]["address"])
    return Place(f"{mail.root or mail.message_id} {mail.sender}"[:_LONGEST_KEY])


def _distance(row: Any, ancestors: list[str]) -> int:
    if row["external_id"] in ancestors:
        return ancestors.index(row["external_id"])
    own = str(row["id"])
    return next((place for place, each in enumerate(ancestors) if own in each.lower()), len(ancestors))
