"""References that cost every call and catch nothing: rows of domains, queues and agents are never deleted."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Run the SQL file beside this one, statement by statement."""
    for statement in Path(__file__).with_suffix(".sql").read_text(encoding="utf-8").split(";\n"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    """References that were not kept cannot be made again: restore a backup instead."""
    raise NotImplementedError("0003 has no way back")
