"""HTTP clients of tests: plain, so without the 30 ms in which each would read all authorities of the world."""

from __future__ import annotations

from typing import Any

import httpx


def http_client(**options: Any) -> httpx.AsyncClient:
    """A client that trusts nobody by https."""
    return httpx.AsyncClient(verify=False, **options)
