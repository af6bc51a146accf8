"""Filling the database: the demo company at the first start, and customers in any number."""

from __future__ import annotations

from pathlib import Path


async def demo_company(database_url: str, sign_ins: Path) -> None:
    """Create the demo company and write its sign-ins, unless it is there."""
    del database_url, sign_ins


async def customers(database_url: str, count: int) -> None:
    """Bring the number of customers up to ``count``."""
    del database_url, count
