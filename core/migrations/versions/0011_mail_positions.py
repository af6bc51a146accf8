"""How far the mailboxes of accounts have been read."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Run the SQL file beside this one, statement by statement."""
    for statement in Path(__file__).with_suffix(".sql").read_text(encoding="utf-8").split(";\n"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    """Forget them: the last week's unread mails are looked at again, and known by their ids."""
    op.execute("drop table mail_positions")
