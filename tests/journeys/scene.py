"""One journey's people and calls, and the five points at which a call can stand."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from tests.fakes.rtp import Sound
from tests.fakes.sip.call import IncomingCall
from tests.fakes.sip.endpoint import Endpoint
from tests.fakes.webhook_receiver import WebhookReceiver
from tests.journeys.company import Person, Team
from tests.journeys.desk import Desk
from tests.journeys.probe import Probe
from tests.journeys.sipp import Customer
from tests.journeys.stack import Stack
from tests.journeys.waiting import until

MAIN_NUMBER = "+442079460100"
COMPLAINT_KEY = "2"
OUTCOME = "complaint.solved"
_AGENT_TONE = 400.0
_PATIENCE_SECONDS = (4, 6, 10)
_subscribers = itertools.count(1)


@dataclass
class Talk:
    """One call of a journey, from the customer's end to ours."""

    customer: Customer
    address: str
    interaction_id: UUID | None = None
    leg: IncomingCall | None = None
    agent_sound: Sound | None = None

    @property
    def id(self) -> UUID:
        """The interaction."""
        assert self.interaction_id is not None
        return self.interaction_id


@dataclass
class Scene:
    """What a journey is told with."""

    stack: Stack
    probe: Probe
    phones: Endpoint
    crm: WebhookReceiver
    team: Team
    home: Path
    desks: list[Desk] = field(default_factory=list)
    talks: list[Talk] = field(default_factory=list)

    # -- people ----------------------------------------------------------------------------------

    async def agent(self, number: int = 0, *, available: bool = True) -> Desk:
        """The team's agent with that index, at a desk with a desk phone."""
        return await self.sit_down(self.team.people[number], available=available)

    async def sit_down(self, person: Person, *, available: bool = True) -> Desk:
        """Somebody at a desk."""
        desk = await Desk.open(self.stack.url, person, self.phones if person.agent_id else None)
        self.desks.append(desk)
        if available and person.agent_id:
            await desk.be("available")
            await self.probe.agent_is(person.agent_id, presence="available", work_state="idle", reachable=True)
        return desk

    async def customer(self, number: str = "", **options: Any) -> Talk:
        """A customer with a number never seen before calls and is answered."""
        subscriber = f"1391{next(_subscribers):07d}"
        directory = self.home / subscriber
        caller = options.pop("caller", subscriber)
        address = options.pop("address", f"+86{subscriber}")
        customer = await Customer.call(
            directory, self.stack.sip_address, number or MAIN_NUMBER, caller=caller, **options
        )
        talk = Talk(customer, address)
        self.talks.append(talk)
        return talk

    # -- the five points -------------------------------------------------------------------------

    async def at_menu(self, **options: Any) -> Talk:
        """The customer hears the menu."""
        talk = await self.customer(**options)
        await talk.customer.answered()
        talk.interaction_id = (await self.probe.one_call(talk.address, "in_menu"))["id"]
        await self.hears(talk, "the menu")
        return talk

    async def at_queue(self, **options: Any) -> Talk:
        """The customer has pressed 2 and hears music."""
        talk = await self.at_menu(**options)
        await self.choose(talk)
        return talk

    async def choose(self, talk: Talk) -> None:
        """The customer presses 2 (again, if nothing happens) and comes into the queue, or at once to an agent."""
        for patience in _PATIENCE_SECONDS:
            talk.customer.press(COMPLAINT_KEY)
            with contextlib.suppress(AssertionError):
                await self.probe.state(talk.id, "queued", "offered", seconds=patience)
                break
        await self.probe.state(talk.id, "queued", "offered", seconds=1)
        await self.hears(talk, "music")

    async def at_ringing(self, desk: Desk, **options: Any) -> Talk:
        """The agent's phone rings and the pop is on the screen."""
        talk = await self.at_queue(**options)
        await self.offered(talk, desk)
        return talk

    async def offered(self, talk: Talk, desk: Desk, *, after: int = 0) -> None:
        """The call rings at this agent, who sees it."""
        talk.leg = await desk.rings(after=after)
        await desk.shows(talk.id, "offered")

    async def at_ringing_directly(self, desk: Desk) -> Talk:
        """The same by the number that leads past the menu, to a queue whose phones ring for six seconds."""
        talk = await self.customer(self.team.number)
        row = await self.probe.one_call(talk.address, "queued", "offered")
        talk.interaction_id = row["id"]
        await self.offered(talk, desk)
        await talk.customer.answered()
        await self.hears(talk, "music")
        return talk

    async def at_talk(self, desk: Desk, **options: Any) -> Talk:
        """Customer and agent talk."""
        talk = await self.at_ringing(desk, **options)
        await self.answer(talk, desk)
        return talk

    async def answer(self, talk: Talk, desk: Desk) -> None:
        """The agent picks up, both hear each other, the screen says so."""
        await self.pick_up(talk)
        await desk.shows(talk.id, "active")
        await self.hear_each_other(talk)

    async def pick_up(self, talk: Talk) -> None:
        """The agent picks up and speaks."""
        assert talk.leg is not None
        if talk.agent_sound:
            await talk.agent_sound.aclose()
        talk.agent_sound = await Sound.open(self.phones.address[0], _AGENT_TONE)
        talk.leg.media_port = talk.agent_sound.port
        talk.leg.answer()
        remote = talk.leg.remote_media
        assert remote is not None
        talk.agent_sound.send_to(remote)
        await talk.customer.answered()

    async def at_wrap_up(self, desk: Desk, **options: Any) -> Talk:
        """The customer has hung up, the agent concludes."""
        talk = await self.at_talk(desk, **options)
        await talk.customer.hang_up()
        await desk.shows(talk.id, "wrapping")
        return talk

    async def conclude(self, talk: Talk, desk: Desk, *, code: str = OUTCOME, note: str = "Done.") -> None:
        """The agent finishes; the outcome reaches the CRM once, and the promises hold."""
        answer = await desk.conclude(talk.id, code, note)
        assert answer.status_code < 300, answer.text
        await desk.clear_of(talk.id)
        await self.told_once(talk)

    async def told_once(self, talk: Talk) -> None:
        """The outcome is on the timeline and at the CRM, once; then ``Probe.check``."""
        delivery = await self.probe.check_outcome_told_once(talk.id)
        key = str(delivery["outbox_id"])
        assert self.crm.keys.count(key) == 1
        assert all(request.signed for request in self.crm.requests if request.key == key)
        assert [row["kind"] for row in await self.probe.timeline(talk.id)] == ["call"]
        await self.probe.check(talk.id)

    # -- hearing ---------------------------------------------------------------------------------

    async def hears(self, talk: Talk, what: str) -> None:
        """The customer hears something now."""
        before = talk.customer.sound.received
        await until(
            lambda: talk.customer.sound.received > before + 5 and talk.customer.sound.level() > 0.001,
            10, f"the customer hears {what}", alive=talk.customer.alive,
        )  # fmt: skip

    async def hear_each_other(self, talk: Talk) -> None:
        """Packets and level in both directions."""
        sounds = (talk.customer.sound, talk.agent_sound)
        for sound in sounds:
            assert sound is not None
            before = sound.received
            await until(
                lambda sound=sound, before=before: sound.received > before + 10 and sound.level() > 0.05,  # type: ignore[misc]
                5, "both hear each other", alive=talk.customer.alive,
            )  # fmt: skip

    async def close(self) -> None:
        """Everybody goes; nothing may be left behind, whatever a journey that failed has left."""
        for talk in self.talks:
            await talk.customer.close()
        await asyncio.to_thread(self.stack.clear_lines)
        for talk in self.talks:
            if talk.agent_sound:
                await talk.agent_sound.aclose()
        for desk in self.desks:
            await desk.close(OUTCOME)


Bring = Callable[[Scene, Desk], Awaitable[Talk]]


async def _menu(scene: Scene, desk: Desk) -> Talk:
    return await scene.at_menu()


async def _queue(scene: Scene, desk: Desk) -> Talk:
    await desk.be("away", "break")
    return await scene.at_queue()


async def _ringing(scene: Scene, desk: Desk) -> Talk:
    return await scene.at_ringing(desk)


async def _talk(scene: Scene, desk: Desk) -> Talk:
    return await scene.at_talk(desk)


async def _wrap_up(scene: Scene, desk: Desk) -> Talk:
    return await scene.at_wrap_up(desk)


POINTS: dict[str, Bring] = {
    "menu": _menu,
    "queue": _queue,
    "ringing": _ringing,
    "talk": _talk,
    "wrap-up": _wrap_up,
}
"""How a call is brought to each point."""


async def finish(scene: Scene, talk: Talk, desk: Desk, point: str) -> None:
    """Lead a call from a point to its good end; what stands in between must work as if nothing had been."""
    rung_before = len(desk.legs)
    if point == "menu":
        await scene.choose(talk)
    if point == "queue":
        await desk.be("available")
    if point in ("menu", "queue"):
        await scene.offered(talk, desk, after=rung_before)
    if point in ("menu", "queue", "ringing"):
        await scene.answer(talk, desk)
    if point != "wrap-up":
        await scene.hear_each_other(talk)
        await talk.customer.hang_up()
        await desk.shows(talk.id, "wrapping")
    await scene.conclude(talk, desk)
