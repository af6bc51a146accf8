"""What an agent has seen of a conversation, files on their way into a message, and messages on the timeline."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Run the SQL file beside this one, statement by statement."""
    for statement in Path(__file__).with_suffix(".sql").read_text(encoding="utf-8").split(";\n"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    """Drop what was added."""
    op.execute("drop index timeline_entries_message")
    op.execute("drop index messages_interaction")
    op.execute("drop table uploads")
    op.execute("alter table conversations drop column seen")
