"""What the routing engine works by: schedules, overflow, service policies, versions of the configuration."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Run the SQL file beside this one, statement by statement."""
    for statement in Path(__file__).with_suffix(".sql").read_text(encoding="utf-8").split(";\n"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    """What was configured since would be lost: restore a backup instead."""
    raise NotImplementedError("0002 has no way back")
