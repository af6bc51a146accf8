"""All that the engine holds, brought together: who is there, who waits, by which weights, and what is to be asked."""

from __future__ import annotations

from uuid import UUID

from routing.engine.classes import Entry
from routing.engine.lineup import Lineup
from routing.engine.picture import Asked, Demand, draw
from routing.engine.policy import Policy
from routing.engine.reserves import Reserves
from routing.engine.roster import Roster, Seat
from routing.engine.skills import bits
from routing.engine.values import FreeAgent, WaitingItem
from routing.engine.weights import CompiledWorth, Weights


class Board:
    """Changes of the floor go in here; ``stirred`` are free agents who may be given what was held back before."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.demand = Demand()
        self.weights = Weights(policy)
        self.roster = Roster(policy)
        self.lineup = Lineup(policy, self.roster)
        self.reserves = Reserves(self.roster, self.lineup, self.weights)
        self.stirred: dict[UUID, UUID | None] = {}
        """Free agents to be asked, with the item that was last proposed for them."""
        self._edition = -1
        self._look_at = float("-inf")
        """When demand and staff are weighed anew."""

    # -- what may be served ----------------------------------------------------------------------

    def may_serve_kept(self, seat: Seat, entry: Entry) -> bool:
        """Whether a free agent may serve an item that demands him or is kept for him."""
        if seat.agent.id in entry.excluded or not seat.offered & self.lineup.slot_bit(entry):
            return False
        if entry.item.demanded is not None or entry.plan.final.fits(seat.offered):
            return True
        return any(known.anywhere for known in entry.item.known if known.agent_id == seat.agent.id)

    # -- changes ---------------------------------------------------------------------------------

    def put_item(self, item: WaitingItem) -> None:
        """An item waits."""
        self.lineup.put(item)
        if self.reserves.are_wanting:
            self.look_at_load()

    def put_agent(self, agent: FreeAgent, *, free: bool) -> None:
        """An agent is on duty, free or not."""
        roster = self.roster
        before, was_free = roster.edition, roster.free_count
        seat = roster.put(agent, free=free)
        if self.stirred:
            self.stirred.pop(agent.id, None)
        if roster.edition != before:
            self.lineup.duty_changed(agent.id)
        if free:
            if not was_free:
                self.lineup.free_from = self.lineup.now
            if self.reserves.are_wanting:
                for other in self.reserves.released_by(seat):
                    self.stirred[other.agent.id] = None

    def leave(self, agent_id: UUID) -> None:
        """An agent goes off duty."""
        self.stirred.pop(agent_id, None)
        if self.roster.leave(agent_id) is not None:
            self.lineup.duty_changed(agent_id)
            self.look_at_load()

    def tell_load(self, load: float | None) -> None:
        """The load as estimated outside."""
        self.reserves.load = load
        self.look_at_load()

    def look_at_load(self) -> None:
        """Whether what was held back no longer is."""
        if self.reserves.are_wanting and self.reserves.are_off and self.reserves.forget():
            self.stir_all()

    def advance(self, now: float) -> None:
        """Bring everything up to a moment."""
        if now >= self._look_at:
            self.look_around(now)
        if self._edition != self.roster.edition:
            self._edition = self.roster.edition
            if self.lineup.reopen(is_small=len(self.roster.seats) < self.policy.reserves.small_team):
                self.stir_all()
            self.look_at_load()
        self.lineup.advance(now)
        if self.reserves.ends and self.reserves.ends[0][0] <= self.lineup.now:
            for seat in self.reserves.released_until(self.lineup.now):
                self.stirred[seat.agent.id] = None

    def next_timer(self) -> float | None:
        """When there is something to ask again at the earliest."""
        if self.lineup.opened or self.stirred:
            return self.lineup.now
        times = (self.lineup.next_timer(), self.reserves.next_end())
        return min((time for time in times if time is not None), default=None)

    def stir_all(self) -> None:
        """Everybody who is free is to be asked."""
        for seat in self.roster.among(self.roster.idle.bits):
            self.stirred[seat.agent.id] = None

    # -- weights ---------------------------------------------------------------------------------

    def look_around(self, now: float) -> None:
        """Weigh demand against staff anew."""
        self._look_at = now + self.policy.picture_seconds
        elapsed = now - self.weights.picture.at
        if elapsed < float("inf"):
            self.demand.fade(0.5 ** (elapsed / self.policy.half_life))
        self.count_arrivals()
        compiled = {asked: self._compiled(asked) for asked in self.demand.counts}
        servers = {asked: self._able(*masks).bit_count() for asked, masks in compiled.items()}
        speakers = {code: found.bit_count() for code, found in self.roster.has_skill.items()}
        before = self.weights.picture.scarce
        picture = draw(
            self.policy, now, self.demand, servers=servers, speakers=speakers, on_duty=len(self.roster.seats)
        )
        worths: tuple[CompiledWorth, ...] = tuple((*compiled[asked], worth) for asked, worth in picture.worths)
        self.weights.renew(self.policy, picture, worths)
        if not before <= picture.scarce and self.reserves.forget():
            self.stir_all()

    def count_arrivals(self) -> None:
        """Note what was asked for since the last time."""
        for plan, count in self.lineup.arrived():
            self.demand.record(plan.asked, count)

    def _compiled(self, asked: Asked) -> tuple[int, int]:
        channel, interruptible, queue_id, skills = asked
        needed = self.roster.slot_bit((channel, interruptible))
        for code, level in skills:
            needed |= self.roster.book.needed_level(code, level)
        return needed, self.roster.book.one("queue", queue_id)

    def _able(self, needed: int, queue: int) -> int:
        found = self.roster.duty_bits
        for position in bits(needed | queue):
            found &= self.roster.have.get(position, 0)
        return found
