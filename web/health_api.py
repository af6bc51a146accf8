"""Whether this process lives, whether what it needs answers, and how its websocket is spoken to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

from fastapi import Response
from sqlalchemy import text

from agent_desk import asyncapi
from web.services import Home, Services

_SECONDS = 2.0


async def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


async def ready(response: Response, services: Home) -> dict[str, Any]:
    """PostgreSQL, Valkey and voice. Status 503 when this process cannot serve; without Valkey it can, a second late.

    ``twilio``: ``on``, or ``console`` while its numbers send nothing for want of credentials.
    """
    postgresql, valkey = await asyncio.gather(_answers(_ask_postgresql(services)), _answers(services.valkey.ping()))
    response.status_code = 200 if postgresql else 503
    return {
        "status": "ok" if postgresql and valkey else "degraded" if postgresql else "down",
        "postgresql": postgresql,
        "valkey": valkey,
        "live": services.live.reader.caught_up.is_set(),
        "twilio": "on" if services.settings.has_twilio else "console",
        "voice": services.live.voice.model_dump(),
        "desks": sum(len(each.live.hub) for each in services.domains.values()),
    }


async def describe_desk() -> dict[str, Any]:
    """The AsyncAPI document of the desk's websocket."""
    return asyncapi.document()


async def _ask_postgresql(services: Services) -> None:
    async with services.database.glance() as connection:
        await connection.execute(text("select 1"))


async def _answers(question: Awaitable[Any]) -> bool:
    try:
        async with asyncio.timeout(_SECONDS):
            await question
    except Exception:
        return False
    return True
