"""What agents do, and supervisors for them: presence, decline, hang up, conclude."""

from __future__ import annotations

from uuid import UUID

from agent_desk import change_presence as presence_case
from agent_desk import conclude as conclude_case
from agent_desk import decline as decline_case
from agent_desk import hang_up as hang_up_case
from agent_desk.bodies import Conclusion, ConclusionDone, PresenceChange, Softphone
from agent_desk.ownership import Asker as For
from agent_desk.phone import read_softphone
from core.errors import Forbidden
from web.permissions import Asker
from web.services import Given


async def softphone(asker: Asker, services: Given) -> Softphone:
    """How this agent's browser registers on the PBX."""
    async with services.database.glance() as connection:
        return await read_softphone(
            connection, _agent(asker), asker.user.name, ws_url=services.settings.softphone_ws_url,
            sip_domain=services.settings.sip_domain,
        )  # fmt: skip


async def change_my_presence(body: PresenceChange, asker: Asker, services: Given) -> None:
    """Be available, away or offline."""
    async with services.database.unit_of_work(asker.actor) as work:
        await presence_case.change_presence(work, _agent(asker), body.presence, body.reason)


async def change_presence(agent_id: UUID, body: PresenceChange, asker: Asker, services: Given) -> None:
    """Set another agent's presence."""
    async with services.database.unit_of_work(asker.actor) as work:
        await presence_case.change_presence(work, agent_id, body.presence, body.reason)


async def decline(reservation_id: UUID, asker: Asker, services: Given) -> None:
    """Decline an offer."""
    async with services.database.unit_of_work(asker.actor) as work:
        await decline_case.decline(work, reservation_id, For.of(asker.user))


async def hang_up(interaction_id: UUID, asker: Asker, services: Given) -> None:
    """End a call."""
    async with services.database.unit_of_work(asker.actor) as work:
        await hang_up_case.hang_up(work, interaction_id, For.of(asker.user))


async def conclude(interaction_id: UUID, body: Conclusion, asker: Asker, services: Given) -> ConclusionDone:
    """Conclude a wrap-up."""
    async with services.database.unit_of_work(asker.actor) as work:
        return await conclude_case.conclude(work, interaction_id, body, For.of(asker.user))


def _agent(asker: Asker) -> UUID:
    if asker.user.agent_id is None:
        raise Forbidden("permission.not_an_agent", "This is for agents.")
    return asker.user.agent_id
