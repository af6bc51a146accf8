"""Conversations and their messages on any channel, and what an agent has taken of them."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0007"
down_revision = "0006"
_TABLES = (
    "canned_replies", "channel_optouts", "channel_inbox", "message_files", "messages", "conversations",
    "channel_accounts",
)  # fmt: skip


def upgrade() -> None:
    """Run the SQL file beside this one, statement by statement."""
    for statement in Path(__file__).with_suffix(".sql").read_text(encoding="utf-8").split(";\n"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    """Forget every message."""
    for table in _TABLES:
        op.execute(f"drop table {table}")
    op.execute("alter table agent_states drop column load")
