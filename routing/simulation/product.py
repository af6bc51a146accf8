"""Our own engine on a simulated day: exactly the code that decides in production."""

from __future__ import annotations

from uuid import UUID, uuid5

from routing.engine.matcher import Engine
from routing.engine.policy import Policy, default_policy
from routing.engine.values import FreeAgent, WaitingItem, member_of
from routing.simulation.day import Day
from routing.simulation.floor import Case, Desk
from routing.simulation.world import CHANNELS, CHAT, SIGNATURES, TIERS, VOICE, World, skills_of

_QUEUE = uuid5(UUID(int=0), "benchmark")
_SKILLS = tuple(frozenset((code, 1) for code in skills_of(number)) for number in range(SIGNATURES))
_AGENTS = 1 << 64
_REFRESH_SECONDS = 180.0
_MEMBER = member_of([_QUEUE])


def policy_for(world: World) -> Policy:
    """What the formula makes of this company's tiers and targets; nothing else is told."""
    targets = {
        (channel, tier): float(world.targets[place][rank])
        for place, channel in enumerate(CHANNELS)
        for rank, tier in enumerate(TIERS)
    }
    return default_policy(TIERS, targets)


class Product:
    """The ``Router`` that asks the engine."""

    def __init__(self, day: Day, desks: list[Desk], policy: Policy | None = None) -> None:
        self.engine = Engine(policy or policy_for(day.world))
        self._desks = {UUID(int=_AGENTS + desk.number): desk for desk in desks}
        self._cases: dict[UUID, Case] = {}
        self._fixed = {desk.number: _fixed(desk) for desk in desks}
        self._open: dict[int, Desk] = {}
        self._refreshed = 0.0

    def queue(self, case: Case, now: float) -> None:
        """See ``Router``."""
        if now >= self._refreshed + _REFRESH_SECONDS:
            self._refresh(now)
        item_id = UUID(int=case.number + 1)
        self._cases[item_id] = case
        self.engine.put_item(
            WaitingItem(
                id=item_id,
                channel=CHANNELS[case.channel],
                queue_id=_QUEUE,
                queued_at=case.at,
                skills=_SKILLS[case.signature],
                tier=TIERS[case.tier],
            )
        )

    def drop(self, case: Case, now: float) -> None:
        """See ``Router``."""
        self.engine.drop_item(UUID(int=case.number + 1))

    def open(self, desk: Desk, now: float) -> None:
        """See ``Router``."""
        self._open[desk.number] = desk
        self.engine.put_agent(self._free(desk, now))

    def close(self, desk: Desk, now: float) -> None:
        """See ``Router``."""
        self._open.pop(desk.number, None)
        if desk.away:
            self.engine.leave(UUID(int=_AGENTS + desk.number))
        else:
            self.engine.put_busy(self._free(desk, now))

    def agent_for(self, case: Case, now: float) -> Desk | None:
        """See ``Router``."""
        decision = self.engine.choose_agent(UUID(int=case.number + 1), now)
        return self._desks[decision.agent_id] if decision is not None else None

    def case_for(self, desk: Desk, now: float) -> Case | None:
        """See ``Router``."""
        decision = self.engine.choose_item(UUID(int=_AGENTS + desk.number), now)
        return self._cases[decision.item_id] if decision is not None else None

    def next_due(self) -> float | None:
        """See ``Router``."""
        return self.engine.next_timer()

    def due(self, now: float) -> list[Case]:
        """See ``Router``."""
        return [self._cases[item_id] for item_id in self.engine.relax(now)]

    def _refresh(self, now: float) -> None:
        """Who stays idle has been at work less and less of his time, which the engine must be told."""
        self._refreshed = now
        for desk in self._open.values():
            self.engine.put_agent(self._free(desk, now))

    def _free(self, desk: Desk, now: float) -> FreeAgent:
        channels, skills = self._fixed[desk.number]
        load = (("voice", desk.calls),) if desk.calls else (("chat", desk.chats),) if desk.chats else ()
        return FreeAgent(
            id=UUID(int=_AGENTS + desk.number),
            idle_since=desk.idle_since,
            channels=channels,
            queues=_MEMBER,
            skills=skills,
            load=load,
            occupancy=desk.occupancy(now),
            group=desk.group,
        )


def _fixed(desk: Desk) -> tuple[frozenset[str], frozenset[tuple[str, int]]]:
    counts = ((VOICE, desk.max_calls), (CHAT, desk.max_chats))
    return frozenset(CHANNELS[channel] for channel, most in counts if most), frozenset(desk.agent.skills)
