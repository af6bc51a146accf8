"""The telephony of one domain on an Asterisk: call control, the comparison, and the bus."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import redis.asyncio as redis

from core.bus import Bus
from core.bus_reader import BusReader, one_by_one
from core.db import Database
from core.event import Event
from core.ports import Carrier, CustomerDirectory, OpenDoors, QueueDoors
from core.tasks import end
from telephony.asterisk.control.agent_legs import AgentLegs
from telephony.asterisk.control.announcer import Announcer
from telephony.asterisk.control.callers import Callers
from telephony.asterisk.control.calls_out import CallsOut
from telephony.asterisk.control.control import HEEDED, Control
from telephony.asterisk.control.direct import DirectNumbers
from telephony.asterisk.control.exchange import Exchange
from telephony.asterisk.control.phones import Phones
from telephony.asterisk.control.wishes import Wishes
from telephony.asterisk.pbx.endpoints import Media
from telephony.asterisk.pbx_port import Orders
from telephony.asterisk.resync import Resync
from telephony.asterisk.shared import SharedPbx
from telephony.called_customers import Customers, OutsideLine
from telephony.facts import Facts
from telephony.menu.definition import Menu


def _nobody(*facts: Event) -> bool:
    """There is no other reader in this process."""
    return False


@dataclass(frozen=True, slots=True)
class Company:
    """What telephony needs to know besides the database: who customers are, the menus, the dialling region, who may
    enter a queue."""

    directory: CustomerDirectory
    menus: Mapping[str, Menu]
    region: str
    agents_file: Path | None = None
    media: Media = field(default_factory=Media)
    line: OutsideLine = field(default_factory=OutsideLine)
    doors: QueueDoors = field(default_factory=OpenDoors)


class TelephonyService:
    """``run`` serves the domain of ``database`` on a PBX until cancelled, then closes ``valkey``. One active a PBX:
    ``telephony.seat``; ``takes_unknown``: callers of numbers that no domain has come here.
    """

    def __init__(
        self,
        database: Database,
        valkey: redis.Redis,
        shared: SharedPbx,
        company: Company,
        bus: Bus | None = None,
        *,
        carrier: Carrier | None = None,
        takes_unknown: bool = True,
    ) -> None:
        self.keeper = shared.keeper
        self._shared = shared
        tell = bus.tell_beside if bus is not None else _nobody
        self.facts = Facts(database, on_recovered=self._ask_resync, tell=tell)
        exchange = Exchange(
            Orders(self.keeper),
            self.facts,
            company.directory,
            company.region,
            carrier,
            ask_resync=self._ask_resync,
            doors=company.doors,
        )
        agent_legs = AgentLegs(exchange)
        phones = Phones(exchange, agent_legs, company.agents_file, company.media)
        calls_out = CallsOut(exchange, agent_legs, Customers(database).find, company.line)
        wishes = Wishes(exchange)
        callers = Callers(exchange, DirectNumbers(exchange), wishes.waits, wishes.book)
        self.control = Control(exchange, callers, agent_legs, phones, calls_out, wishes)
        self.announcer = Announcer(exchange)
        self.resync = Resync(self.control, database, self.keeper, company.menus, takes_unknown, shared.turn)
        self._valkey = valkey
        self.reader = BusReader(
            valkey, database.domain, one_by_one(self.control.announced), self._gap, wanted=HEEDED, beside=bus
        )

    async def run(self) -> None:
        """Serve until cancelled; facts that are still unwritten then are found again by the next resync."""
        tasks = [asyncio.create_task(part) for part in (self.reader.run(), self.resync.run(), self.announcer.run())]
        self._shared.seat(self.control)
        if self.keeper.connected:
            self.resync.ask()
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            for task in tasks:
                if task.done():
                    task.result()
        finally:
            self._shared.unseat(self.control)
            self.control.callers.stop()
            self.control.calls_out.stop()
            try:
                await end(*tasks)
                await self.facts.stop()
            finally:
                await self._valkey.aclose()

    def _ask_resync(self) -> None:
        self.resync.ask()

    async def _gap(self) -> None:
        if self.keeper.connected:
            self.resync.ask()
