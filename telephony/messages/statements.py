"""The statements of conversations and messages. Lock order everywhere: conversation, interaction, message."""

from __future__ import annotations

from typing import Any

import orjson

THREAD = """
insert into conversations (id, domain, account_id, channel, key, address, customer_id, subject, language)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (account_id, key) do update set customer_id = excluded.customer_id
returning *
"""
"""The conversation, locked; a customer who was found to be another one meanwhile takes it with him."""
KNOWN = "select id from messages where account_id = $1 and external_id = $2"
LOCKED_INTERACTION = "select id, state, agent_id from interactions where id = $1 for no key update"
LOCKED_THREAD = "select * from conversations where id = $1 and domain = $2 for update"
NEW_MESSAGE = """
insert into messages (id, domain, conversation_id, account_id, interaction_id, seq, direction, author, agent_id, body,
                      details, state, external_id, client_id, at, next_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::text::jsonb, $12, $13, $14, $15, $16)
"""
NEW_FILE = """
insert into message_files (id, message_id, position, name, content_type, size, source, state, reason, content, next_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, now())
"""
HEARD = """
update conversations set newest = $2, interaction_id = coalesce($3, interaction_id), last_message_at = $4,
    last_inbound_at = $4, unanswered_since = coalesce(unanswered_since, $5), warned_at = null, version = version + 1
where id = $1
"""
SAID = """
update conversations set newest = $2, last_message_at = $3, version = version + 1,
    last_agent_id = coalesce($4, last_agent_id),
    unanswered_since = case when $4::uuid is null then unanswered_since end
where id = $1
"""
WRITTEN_BEFORE = "select id, seq, state from messages where conversation_id = $1 and client_id = $2"
HAS_OPTED_OUT = "select 1 from channel_optouts where account_id = $1 and address = $2"
ADVANCED = """
update messages set state = $2, state_at = now(), error = $4, external_id = coalesce($5, external_id),
    leased_until = null
where id = $1 and state = any($3) returning *
"""


def as_json(value: Any) -> str:
    """Text of a JSON value for a ``jsonb`` column."""
    return orjson.dumps(value, default=str).decode()
