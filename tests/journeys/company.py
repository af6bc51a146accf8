"""People and queues of the journeys beside the demo company: desk-phone agents whose phones we play ourselves."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from argon2 import PasswordHasher
from sqlalchemy import insert, select, text

from core.agent import EndpointKind
from core.db import Database
from core.events import ConfigurationChanged, EndpointProvisioned
from core.ids import new_id
from core.tables import agent_endpoints, agents, connectors, entry_numbers, queue_memberships, queues, users

PASSWORD = "a-journey-begins-with-one-call"
_HASH = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)

_STATES = text("insert into agent_states (agent_id, domain) values (:agent, :domain) on conflict do nothing")

_EVERY_SKILL = text("insert into agent_skills (agent_id, skill_id, level) select :agent, id, 5 from skills")


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in; ``phone`` is the name of an agent's endpoint."""

    login: str
    password: str
    agent_id: UUID | None
    phone: str
    name: str


@dataclass(frozen=True)
class Team:
    """A queue, the number that leads straight to it, and its agents."""

    queue_id: UUID
    code: str
    number: str
    people: tuple[Person, ...]


async def make_team(
    database: Database, code: str, number: str, phones_at: tuple[str, int] | None, *,
    size: int = 3, ring_seconds: int = 6, wrap_up_seconds: int = 30, also_in: tuple[str, ...] = (),
) -> Team:  # fmt: skip
    """A team whose desk phones are rung at ``phones_at`` (browser phones when None), members of ``also_in`` too."""
    queue_id = new_id()
    async with database.unit_of_work("journeys") as work:
        await work.execute(
            insert(queues).values(
                id=queue_id, domain="main", code=code, name_en=code, name_zh=code, required_skills={}, priority=0,
                ring_seconds=ring_seconds, wrap_up_seconds=wrap_up_seconds, target_seconds=20, active=True,
            )
        )  # fmt: skip
        await work.execute(
            insert(entry_numbers).values(
                number=number, domain="main", menu=None, queue_id=queue_id, language="en", name=code
            )
        )
        found = await work.execute(select(queues.c.id).where(queues.c.code.in_(also_in)))
        member_of = [queue_id, *(row.id for row in found)]
        people = [await _person(work, f"{code}-{n}", phones_at, member_of) for n in range(1, size + 1)]
        work.record(*(_provisioned(person, phones_at) for person in people), ConfigurationChanged(what="queues"))
    return Team(queue_id, code, number, tuple(people))


def _provisioned(person: Person, phones_at: tuple[str, int] | None) -> EndpointProvisioned:
    assert person.agent_id is not None
    return EndpointProvisioned(agent_id=person.agent_id, kind=EndpointKind.SIP if phones_at else EndpointKind.WEBRTC)


async def _person(work, code: str, phones_at: tuple[str, int] | None, member_of: list[UUID]) -> Person:  # type: ignore[no-untyped-def]
    agent_id, phone = new_id(), f"phone-{code}"
    await work.execute(
        insert(agents).values(
            id=agent_id, domain="main", code=code, name=f"Agent {code}", voice_capacity=1, active=True
        )
    )
    await work.execute(_STATES, {"agent": agent_id, "domain": "main"})
    await work.execute(
        insert(queue_memberships).values([{"queue_id": queue, "agent_id": agent_id} for queue in member_of])
    )
    await work.execute(_EVERY_SKILL, {"agent": agent_id})
    contact = f"sip:{phone}@{phones_at[0]}:{phones_at[1]}" if phones_at else ""
    await work.execute(
        insert(agent_endpoints).values(
            agent_id=agent_id, domain="main", endpoint=phone, kind="sip" if phones_at else "webrtc",
            secret="" if phones_at else new_id().hex, contact=contact,
        )
    )  # fmt: skip
    await work.execute(
        insert(users).values(
            id=new_id(), domain="main", login=code, name=f"Agent {code}", role="agent", password_hash=_HASH,
            agent_id=agent_id, language="en", theme="light", active=True, created_at=text("now()"),
        )
    )  # fmt: skip
    return Person(code, PASSWORD, agent_id, phone, f"Agent {code}")


async def only_music(database: Database) -> None:
    """Nothing interrupts the music that journeys listen to."""
    async with database.unit_of_work("journeys") as work:
        await work.execute(text("update queues set announce = null, callback_after_seconds = null"))
        work.record(ConfigurationChanged(what="queues"))


async def make_supervisor(database: Database, login: str) -> Person:
    """Somebody who watches."""
    async with database.unit_of_work("journeys") as work:
        await work.execute(
            insert(users).values(
                id=new_id(), domain="main", login=login, name="Supervisor", role="supervisor", password_hash=_HASH,
                agent_id=None, language="en", theme="light", active=True, created_at=text("now()"),
            )
        )  # fmt: skip
    return Person(login, PASSWORD, None, "", "Supervisor")


async def connect_crm(database: Database, url: str, secret: str) -> None:
    """The company's CRM takes webhooks at ``url``; other connectors rest."""
    async with database.unit_of_work("journeys") as work:
        await work.execute(text("update connectors set enabled = false"))
        await work.execute(
            insert(connectors).values(
                id=new_id(), domain="main", name="journeys", kind="webhook",
                config={"url": url, "allow_private": True}, secret=secret, enabled=True,
            )
        )  # fmt: skip
        work.record(ConfigurationChanged(what="connectors"))
