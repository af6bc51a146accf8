"""Messages in the small call center: what channels and routing do with them, as rows and events."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text, update

from core import clock, tables
from core.address import phone_address
from core.agent import WorkState
from core.events import (
    AgentWorkChanged,
    InteractionActivated,
    InteractionWrapping,
    ReservationAccepted,
    ReservationCreated,
)
from core.ids import new_id
from core.interaction import Channel, EndReason, InteractionState
from core.interactions import advance
from core.ports import OpenDoors
from crm_sync.identity import Directory
from telephony.messages.accounts import Account, find_account
from telephony.messages.incoming import Incoming, IncomingFile
from telephony.messages.receive import Received, receive
from tests.fakes.floor import Floor

OURS = "+442079460100"
ANN = "+442079460201"


@dataclass
class Letter:
    """A message's interaction, and whoever serves it."""

    received: Received
    queue: UUID
    reservation: UUID | None = None
    agent: UUID | None = None

    @property
    def interaction(self) -> UUID:
        """Its interaction."""
        assert self.received.interaction_id is not None
        return self.received.interaction_id

    @property
    def conversation(self) -> UUID:
        """Its conversation."""
        return self.received.conversation_id


@dataclass
class Post:
    """An account of a queue of the floor, by which customers write."""

    floor: Floor
    accounts: dict[Channel, Account] = field(default_factory=dict)
    written: int = 0

    async def open(self, channel: Channel = Channel.SMS, queue: str = "shipments", **columns: Any) -> Account:
        """An account."""
        values = {"id": new_id(), "domain": "main", "channel": channel.value, "address": f"{OURS}{len(self.accounts)}"}
        await self.floor.run(
            insert(tables.channel_accounts).values(
                **values, queue_id=self.floor.queues[queue], **{"per_second": 100, **columns}
            )
        )
        async with self.floor.database.glance() as connection:
            account = await find_account(connection, channel, values["address"])
        assert account is not None
        self.accounts[channel] = account
        return account

    async def write(
        self, body: str, sender: str = ANN, channel: Channel = Channel.SMS, files: tuple[IncomingFile, ...] = ()
    ) -> Letter:
        """A customer writes."""
        account = self.accounts.get(channel) or await self.open(channel)
        self.written += 1
        address = phone_address(sender, "GB")
        incoming = Incoming(
            f"SM{self.written}", address.value, address, body, clock.now(), name="Ann Hill", files=files
        )
        async with self.floor.database.unit_of_work("telephony") as work:
            received = await receive(work, account, incoming, directory=Directory(), doors=OpenDoors())
        assert received is not None and account.queue_id is not None
        return Letter(received, account.queue_id)

    async def offer(self, letter: Letter, login: str) -> None:
        """It is offered to an agent."""
        letter.agent, letter.reservation, now = self.floor.agent(login), new_id(), clock.now()
        async with self.floor.database.unit_of_work("routing") as work:
            await work.execute(
                insert(tables.reservations).values(
                    id=letter.reservation, domain="main", interaction_id=letter.interaction, agent_id=letter.agent,
                    queue_id=letter.queue, channel="sms", state="pending", epoch=1, created_at=now,
                    deadline_at=now + timedelta(seconds=30), decision={"why": ["longest_idle"]},
                )
            )  # fmt: skip
            row = await advance(
                work, letter.interaction, InteractionState.OFFERED, because="test", agent_id=letter.agent
            )
            assert row is not None
            interactions = tables.interactions
            await work.execute(
                update(interactions)
                .where(interactions.c.id == letter.interaction)
                .values(reservation_id=letter.reservation)
            )
            await self._load(work, letter, {"sms": 1})
            work.record(
                ReservationCreated(
                    reservation_id=letter.reservation, interaction_id=letter.interaction, agent_id=letter.agent,
                    queue_id=letter.queue, channel=Channel.SMS, customer_id=letter.received.customer.customer_id,
                    ring_seconds=30, deadline_at=now + timedelta(seconds=30), queued_at=now, version=row.version,
                )
            )  # fmt: skip

    async def take(self, letter: Letter) -> None:
        """The agent has taken it."""
        assert letter.agent is not None and letter.reservation is not None
        async with self.floor.database.unit_of_work("routing") as work:
            reservations = tables.reservations
            await work.execute(
                update(reservations).where(reservations.c.id == letter.reservation).values(state="accepted")
            )
            row = await advance(
                work, letter.interaction, InteractionState.ACTIVE, because="test", answered_at=clock.now()
            )
            assert row is not None
            ids = {"interaction_id": letter.interaction, "agent_id": letter.agent, "reservation_id": letter.reservation}
            work.record(
                ReservationAccepted(**ids, queue_id=letter.queue), InteractionActivated(**ids, version=row.version)
            )

    async def leave(self, letter: Letter) -> None:
        """The customer has left; the agent concludes."""
        until = clock.now() + timedelta(seconds=60)
        async with self.floor.database.unit_of_work("routing") as work:
            row = await advance(
                work, letter.interaction, InteractionState.WRAPPING, because="test", end_reason="completed",
                ended_at=clock.now(), wrap_up_until=until,
            )  # fmt: skip
            assert row is not None and letter.agent is not None
            work.record(
                InteractionWrapping(
                    interaction_id=letter.interaction, agent_id=letter.agent, version=row.version,
                    end_reason=EndReason.COMPLETED, wrap_up_until=until,
                )
            )  # fmt: skip

    async def served(self, body: str, login: str = "lin", **fields: Any) -> Letter:
        """A customer has written, and an agent has taken it."""
        letter = await self.write(body, **fields)
        await self.offer(letter, login)
        await self.take(letter)
        return letter

    async def rows(self, statement: str) -> list[Any]:
        """What a query finds."""
        async with self.floor.database.engine.connect() as connection:
            return list((await connection.execute(text(statement))).all())

    async def change(self, statement: str) -> None:
        """Something is different behind everybody's back."""
        await self.floor.run(text(statement))

    async def _load(self, work: Any, letter: Letter, load: dict[str, int]) -> None:
        states = tables.agent_states
        row = await work.one_or_none(
            update(states).where(states.c.agent_id == letter.agent)
            .values(load=load, version=states.c.version + 1).returning(*states.c)
        )  # fmt: skip
        work.record(
            AgentWorkChanged(
                agent_id=letter.agent, work_state=WorkState(row.work_state), since=row.work_since,
                interaction_id=None, load=load, version=row.version,
            )
        )  # fmt: skip
