"""Open desks keep their session alive, and go when it ends, in whichever process it was ended."""

from __future__ import annotations

import asyncio

from agent_desk.outages import OUTAGES, OutageLog
from agent_desk.protocol import CloseCode
from core.logs import logger
from web.services import Services
from web.sessions import prolong, still_valid

log = logger(__name__)

CHECK_SECONDS = 10.0
_PROLONG_EVERY = 30


async def watch_sessions(services: Services) -> None:
    """Look for ever."""
    rounds, outage = 0, OutageLog("sessions")
    while True:
        await asyncio.sleep(CHECK_SECONDS)
        rounds += 1
        try:
            await check_sessions(services, prolonging=rounds % _PROLONG_EVERY == 0)
            outage.worked()
        except OUTAGES as error:
            outage.failed(error)


async def check_sessions(services: Services, *, prolonging: bool = False) -> None:
    """Close the desks whose session has ended or expired, or whose user has another role by now.

    One or two statements for all of them, in whichever domain.
    """
    desks = [desk for each in services.domains.values() for desk in each.live.hub]
    asked = {desk.session for desk in desks}
    if not asked:
        return
    async with services.database.engine.begin() as connection:
        valid = await still_valid(connection, asked)
        if prolonging and valid:
            await prolong(connection, valid, hours=services.settings.session_hours)
    for desk in desks:
        if desk.session not in valid:
            desk.close(CloseCode.SIGNED_OUT)
        elif valid[desk.session] != (desk.user.role, desk.user.agent_id):
            desk.close(CloseCode.RESTARTING)
