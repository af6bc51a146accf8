"""Alembic migrations, run by ``core.migrate``."""
