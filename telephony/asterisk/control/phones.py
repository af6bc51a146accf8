"""Agents' phones: where they are registered, what follows when one vanishes, and their provisioning."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from core.agent import EndpointKind
from core.db import UnitOfWork
from core.errors import HotlineError
from core.logs import logger
from telephony.asterisk import actions
from telephony.asterisk.control.agent_legs import AgentLegs
from telephony.asterisk.control.exchange import Exchange
from telephony.asterisk.pbx.endpoints import AgentPhone, Media, write_agents_file
from telephony.asterisk.translation import ContactChanged
from telephony.endpoints import Endpoint, reachability_changed

log = logger(__name__)

GRACE_SECONDS = 1.5
"""How long an agent in a call may be without a registration. A phone that comes back within it may still have
lost its media: the PBX ends such a leg by itself when no media comes (cause 44)."""


@dataclass(slots=True)
class Phones:
    """Which phone is whose, and the contacts under which each is registered now."""

    exchange: Exchange
    agent_legs: AgentLegs
    agents_file: Path | None = None
    media: Media = field(default_factory=Media)
    _all: list[Endpoint] = field(default_factory=list)
    """Those of other domains on the same PBX too."""
    _by_agent: dict[UUID, Endpoint] = field(default_factory=dict)
    _by_name: dict[str, Endpoint] = field(default_factory=dict)
    _contacts: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _reachable: dict[UUID, bool] = field(default_factory=dict)
    _timers: dict[UUID, asyncio.TimerHandle] = field(default_factory=dict)

    def endpoint_of(self, agent_id: UUID) -> str | None:
        """The name of an agent's phone in the PBX."""
        endpoint = self._by_agent.get(agent_id)
        return endpoint.name if endpoint else None

    def domain_of(self, agent_id: UUID | None) -> str | None:
        """The domain of an agent with a phone on this PBX."""
        return next((endpoint.domain for endpoint in self._all if endpoint.agent_id == agent_id), None)

    def know(self, endpoints: Iterable[Endpoint], domain: str) -> None:
        """The phones as the database has them, of which those of ``domain`` are ours."""
        self._all = list(endpoints)
        endpoints = [endpoint for endpoint in self._all if endpoint.domain == domain]
        self._by_agent = {endpoint.agent_id: endpoint for endpoint in endpoints}
        self._by_name = {endpoint.name: endpoint for endpoint in endpoints}
        self._reachable = {endpoint.agent_id: endpoint.reachable for endpoint in endpoints}

    def changed(self, event: ContactChanged) -> None:
        """A contact came or went."""
        contacts = self._contacts[event.endpoint]
        if event.present:
            contacts.add(event.contact)
        else:
            contacts.discard(event.contact)
        endpoint = self._by_name.get(event.endpoint)
        if endpoint is not None:
            self._report(endpoint)
            if not contacts:
                self._vanished(endpoint)

    def compare(self, contacts: Iterable[ContactChanged]) -> None:
        """The contacts of all phones as the PBX lists them; every difference becomes a fact."""
        self._contacts.clear()
        for contact in contacts:
            if contact.present:
                self._contacts[contact.endpoint].add(contact.contact)
        for endpoint in self._by_agent.values():
            self._report(endpoint)

    async def provision(self) -> None:
        """Render the phones of all domains for our own Asterisk and let it reload, when something changed."""
        if self.agents_file is None:
            return
        phones = [phone for endpoint in self._all if (phone := _phone(endpoint))]
        try:
            changed = await asyncio.to_thread(write_agents_file, self.agents_file, phones, self.media)
        except (HotlineError, OSError) as error:
            log.error("phones not provisioned", error=str(error))
            return
        if changed:
            log.info("phones provisioned", count=len(phones))
            self.exchange.orders.give(actions.RELOAD_PHONES)

    def _report(self, endpoint: Endpoint) -> None:
        # A phone with a fixed address never registers: the PBX tells nothing of it until it is rung.
        reachable = bool(endpoint.contact) or bool(self._contacts[endpoint.name])
        if self._reachable.get(endpoint.agent_id) is reachable:
            return
        self._reachable[endpoint.agent_id] = reachable

        async def write(work: UnitOfWork) -> None:
            await reachability_changed(work, endpoint.agent_id, reachable)

        self.exchange.facts.put(endpoint.agent_id, "reachability", write)

    def _vanished(self, endpoint: Endpoint) -> None:
        """A phone that only rings is given up at once, for a new contact never gets that call."""
        for leg in self.exchange.calls.legs():
            if leg.agent_id == endpoint.agent_id and not (leg.bridged or leg.waits):
                self.agent_legs.lose(leg)
        running = self._timers.pop(endpoint.agent_id, None)
        if running is not None:
            running.cancel()
        loop = asyncio.get_running_loop()
        self._timers[endpoint.agent_id] = loop.call_later(GRACE_SECONDS, self._still_gone, endpoint)

    def _still_gone(self, endpoint: Endpoint) -> None:
        self._timers.pop(endpoint.agent_id, None)
        if self._contacts[endpoint.name]:
            return
        for leg in self.exchange.calls.legs():
            if leg.agent_id == endpoint.agent_id:
                self.agent_legs.lose(leg)


def _phone(endpoint: Endpoint) -> AgentPhone | None:
    if not endpoint.secret and not endpoint.contact:
        return None
    return AgentPhone(
        endpoint.name,
        "webrtc" if endpoint.kind is EndpointKind.WEBRTC else "sip",
        endpoint.secret,
        endpoint.contact,
    )
