"""Calling customers: how often and after which pause, and until when work is kept for one agent."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Run the SQL file beside this one, statement by statement."""
    for statement in Path(__file__).with_suffix(".sql").read_text(encoding="utf-8").split(";\n"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    """What was configured since would be lost: restore a backup instead."""
    raise NotImplementedError("0004 has no way back")
