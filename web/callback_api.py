"""Customers who are to be called: a callback in place of waiting, one that is entered, a call at a time."""

from __future__ import annotations

from uuid import UUID

from agent_desk import keep_for as keep_for_case
from agent_desk import outgoing
from agent_desk.bodies import CallbackEntry, CallbackWish, FollowUpEntry, KeepFor, Opened
from agent_desk.outgoing import Books
from crm_sync.identity import Directory
from web.permissions import Asker
from web.services import Given, Services


async def ask_callback(interaction_id: UUID, body: CallbackWish, asker: Asker, services: Given) -> None:
    """Call somebody back who waits; he keeps his place."""
    async with services.database.unit_of_work(asker.actor) as work:
        await outgoing.ask_callback(work, interaction_id, body, _books(services))


async def enter_callback(body: CallbackEntry, asker: Asker, services: Given) -> Opened:
    """Have somebody called, in his turn from now on."""
    async with services.database.unit_of_work(asker.actor) as work:
        return Opened(interaction_id=await outgoing.enter_callback(work, body, _books(services)))


async def enter_follow_up(body: FollowUpEntry, asker: Asker, services: Given) -> Opened:
    """Have a customer called at a time."""
    async with services.database.unit_of_work(asker.actor) as work:
        return Opened(interaction_id=await outgoing.enter_follow_up(work, body, _books(services)))


async def keep_for(interaction_id: UUID, body: KeepFor, asker: Asker, services: Given) -> None:
    """Ask only one agent, for a while."""
    async with services.database.unit_of_work(asker.actor) as work:
        await keep_for_case.keep_for(work, interaction_id, body)


async def cancel(interaction_id: UUID, asker: Asker, services: Given) -> None:
    """Nobody is to be called any more."""
    async with services.database.unit_of_work(asker.actor) as work:
        await outgoing.cancel_work(work, interaction_id)


def _books(services: Services) -> Books:
    return Books(Directory(), services.settings.region)
