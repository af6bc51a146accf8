"""Who waits: in classes, each open to a lane, or kept for certain agents; and the moments when that changes."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Iterator
from itertools import count
from uuid import UUID

from routing.engine.classes import Entry, RequestClass
from routing.engine.lanes import Lane, Lanes
from routing.engine.plans import Plan, Planner
from routing.engine.policy import Policy
from routing.engine.roster import Roster
from routing.engine.stages import stage_at
from routing.engine.values import KnownAgent, WaitingItem


class Lineup:
    """Items by id. ``now`` is the latest moment that was told; time does not go back."""

    def __init__(self, policy: Policy, roster: Roster) -> None:
        self.entries: dict[UUID, Entry] = {}
        self.lanes = Lanes(roster)
        self.pressing = 0
        """How many wait who will not wait for long."""
        self.now = -math.inf
        self.opened: dict[UUID, None] = {}
        """Items that more agents may serve since they were last asked for."""
        self.pools: dict[UUID, dict[UUID, Entry]] = {}
        """By agent: items that are kept for him, or that demand him."""
        self.is_small = True
        """Whether nothing is held back since hardly anybody is on duty."""
        self._roster = roster
        self._planner = Planner(policy, self.lanes)
        self._knows: dict[UUID, dict[UUID, Entry]] = {}
        self._classes: dict[RequestClass, None] = {}
        self._timers: list[tuple[float, int, RequestClass]] = []
        self._kept: list[tuple[float, int, Entry]] = []
        self._serial = count()

    # -- items -----------------------------------------------------------------------------------

    def put(self, item: WaitingItem, *, is_new: bool = True) -> Entry:
        """An item waits; putting it again replaces it."""
        plan = self._planner.plan(item)
        if item.id in self.entries:
            self.drop(item.id)
        else:
            plan.arrived += is_new
        entry = Entry(item, plan)
        self.entries[item.id] = entry
        self.pressing += entry.plan.presses
        for known in item.known:
            self._knows.setdefault(known.agent_id, {})[item.id] = entry
        self._place(entry)
        return entry

    def arrived(self) -> Iterator[tuple[Plan, int]]:
        """How many items of which plans came since this was last asked."""
        for plan in self._planner.plans():
            count, plan.arrived = plan.arrived, 0
            if count:
                yield plan, count

    def drop(self, item_id: UUID) -> Entry | None:
        """An item waits no longer; an unknown one is no error."""
        entry = self.entries.pop(item_id, None)
        if entry is None:
            return None
        self.pressing -= entry.plan.presses
        self.opened.pop(item_id, None)
        for known in entry.item.known:
            _forget(self._knows, known.agent_id, item_id)
        self._displace(entry)
        return entry

    def holders(self, entry: Entry) -> list[KnownAgent]:
        """Those whom the item is kept for now: known, on duty and able, and their time not over."""
        if entry.item.demanded is not None:
            return []
        return [known for known in entry.item.known if known.until > self.now and self.could_serve(entry, known)]

    def could_serve(self, entry: Entry, known: KnownAgent) -> bool:
        """Whether a known agent is on duty and could serve the item, were he free."""
        seat = self._roster.seats.get(known.agent_id)
        if seat is None or known.agent_id in entry.excluded:
            return False
        mask = seat.profile.mask
        return entry.plan.final.fits(mask) or (known.anywhere and bool(mask & self.slot_bit(entry)))

    def slot_bit(self, entry: Entry) -> int:
        """The bit of having room for the item."""
        return self._roster.slot_bit(entry.plan.need.slot)

    # -- time and duty ---------------------------------------------------------------------------

    def advance(self, now: float) -> None:
        """Move on what is due: relaxed items, and those whose time with known agents is over."""
        self.now = max(self.now, now)
        while self._timers and self._timers[0][0] <= self.now:
            due, _, request = heapq.heappop(self._timers)
            if request.timer == due:
                request.timer = None
                self._move_on(request)
        while self._kept and self._kept[0][0] <= self.now:
            entry = heapq.heappop(self._kept)[2]
            if self.entries.get(entry.item.id) is entry and entry.request is None:
                self._place_again(entry)

    def next_timer(self) -> float | None:
        """The first moment at which ``advance`` may have something to do."""
        while self._timers and (self._timers[0][2].timer != self._timers[0][0] or not self._timers[0][2].size):
            due, _, request = heapq.heappop(self._timers)
            if request.timer == due:
                request.timer = None
        times = [heap[0][0] for heap in (self._timers, self._kept) if heap]
        return min(times, default=None)

    def duty_changed(self, agent_id: UUID) -> None:
        """Somebody came, went or learned something: what is kept for him is looked at again."""
        for entry in list(self._knows.get(agent_id, {}).values()):
            self._place_again(entry)

    def reopen(self, *, is_small: bool) -> bool:
        """Find for every class the lane that it is open to now; returns whether any of them changed."""
        self.is_small = is_small
        changed = [request for request in self._classes if self._lane_of(request) is not request.lane]
        for request in changed:
            self._detach(request)
            self._attach(request)
        return bool(changed)

    def classes(self) -> Iterable[RequestClass]:
        """Classes with somebody in them."""
        return self._classes

    # -- inside ----------------------------------------------------------------------------------

    def _place(self, entry: Entry) -> None:
        item = entry.item
        holders = self.holders(entry) if item.known else ()
        if item.demanded is None and not holders:
            self._open(entry, stage_at(entry.plan.stages, entry.queued_at, self.now))
            return
        for agent_id in _pool_of(entry):
            self.pools.setdefault(agent_id, {})[item.id] = entry
        if holders:
            until = max(known.until for known in holders)
            heapq.heappush(self._kept, (until, next(self._serial), entry))

    def _displace(self, entry: Entry) -> None:
        request = entry.request
        if request is None:
            for agent_id in _pool_of(entry):
                _forget(self.pools, agent_id, entry.item.id)
            return
        request.discard(entry)
        if not request.size:
            self._detach(request)

    def _place_again(self, entry: Entry) -> None:
        was_open = entry.request is not None
        self._displace(entry)
        self._place(entry)
        if entry.request is not None and not was_open:
            self.opened[entry.item.id] = None

    def _open(self, entry: Entry, stage: int) -> None:
        request = entry.plan.request_class(stage)
        request.add(entry)
        if request.lane is None:
            self._attach(request)
        self._watch(request, entry)

    def _watch(self, request: RequestClass, entry: Entry) -> None:
        due = entry.queued_at + request.ends
        if due != math.inf and (request.timer is None or due < request.timer):
            request.timer = due
            heapq.heappush(self._timers, (due, next(self._serial), request))

    def _move_on(self, request: RequestClass) -> None:
        """The heads of a class whose stage is over go to the class of their next one."""
        plan, ends = request.plan, request.ends
        while request.size and request.head().queued_at + ends <= self.now:
            entry = request.head()
            request.discard(entry)
            self._open(entry, stage_at(plan.stages, entry.queued_at, self.now))
            self.opened[entry.item.id] = None
        if request.size:
            self._watch(request, request.head())
        else:
            self._detach(request)

    def _lane_of(self, request: RequestClass) -> Lane:
        if self.is_small:
            return request.plan.final
        lanes = request.plan.lanes[request.stage]
        return next((lane for lane in lanes[:-1] if lane.has_servers(self._roster)), lanes[-1])

    def _attach(self, request: RequestClass) -> None:
        lane = self._lane_of(request)
        lane.attach(request)
        self.lanes.waited_for |= lane.bit
        self._classes[request] = None

    def _detach(self, request: RequestClass) -> None:
        lane = request.lane
        if lane is not None:
            lane.detach(request)
            del self._classes[request]
            if not lane.open:
                self.lanes.waited_for &= ~lane.bit


def _pool_of(entry: Entry) -> Iterable[UUID]:
    if entry.item.demanded is not None:
        return entry.item.demanded
    return [known.agent_id for known in entry.item.known]


def _forget(index: dict[UUID, dict[UUID, Entry]], agent_id: UUID, item_id: UUID) -> None:
    found = index.get(agent_id)
    if found is not None:
        found.pop(item_id, None)
        if not found:
            del index[agent_id]
