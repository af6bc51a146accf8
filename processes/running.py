"""The stores of this installation for commands beside ``up``: of the running one, or started for the while."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from core.embedded.secret_file import write_secret
from core.errors import Conflict
from core.settings import Settings
from processes import stores
from processes.stores import Stores
from processes.supervisor import Seat, Supervisor


def tell(settings: Settings, found: Stores) -> None:
    """Note where the stores of the running installation are; for this user only."""
    text = json.dumps({"database_url": found.database_url, "redis_url": found.redis_url})
    write_secret(_file(settings), text)


def told(settings: Settings) -> Stores | None:
    """The stores of the running installation; None when nothing runs."""
    if Seat(settings.var_dir).occupant() is None:
        return None
    try:
        return Stores(**json.loads(_file(settings).read_text()), created=False)
    except (OSError, ValueError, TypeError):
        return None


def _file(settings: Settings) -> Path:
    return settings.var_dir / "run" / "stores.json"


@asynccontextmanager
async def open_stores(settings: Settings, say: Callable[[str], None] = print) -> AsyncIterator[Stores]:
    """The stores, migrated; our own are started for the length of the block unless they run already."""
    running = told(settings)
    if running is not None:
        yield running
        return
    seat = Seat(settings.var_dir)
    if not seat.take():
        raise Conflict("hotline.busy", "Hotline is starting or stopping at this moment; try again")
    supervisor = Supervisor(settings.var_dir, say)
    try:
        await asyncio.to_thread(supervisor.records.stop_leftovers)
        yield await stores.start(supervisor, settings, say)
    finally:
        await supervisor.stop()
        seat.leave()
