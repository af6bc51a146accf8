"""Who waits: in classes, open to more agents the older they are, or kept for certain agents; and when that changes."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Iterator
from itertools import count
from uuid import UUID

from routing.engine.champions import Champions
from routing.engine.classes import Entry, RequestClass, Step
from routing.engine.lanes import Lane
from routing.engine.needs import Needs
from routing.engine.plans import Plan, Planner
from routing.engine.policy import Policy
from routing.engine.roster import Roster
from routing.engine.values import KnownAgent, WaitingItem

_ALWAYS = -math.inf


class Lineup:
    """Items by id. ``now`` is the latest moment that was told; time does not go back."""

    def __init__(self, policy: Policy, roster: Roster) -> None:
        self.entries: dict[UUID, Entry] = {}
        self.needs = Needs(roster)
        self.champions = Champions(self.needs.all)
        self.pressing = 0
        """How many wait who will not wait for long."""
        self.now = -math.inf
        self.opened: dict[UUID, None] = {}
        """Items that more agents may serve since they were last asked for."""
        self.pools: dict[UUID, dict[UUID, Entry]] = {}
        """By agent: items that are kept for him, or that demand him."""
        self.is_small = True
        """Whether nothing is held back since hardly anybody is on duty."""
        self.free_from = -math.inf
        """Since when somebody has been free, or earlier; of use only while somebody is."""
        self._roster = roster
        self._planner = Planner(policy, self.needs)
        self._knows: dict[UUID, dict[UUID, Entry]] = {}
        self._classes: dict[RequestClass, None] = {}
        self._edition = 0
        """Rises when classes may be open to others than before."""
        self._timers: list[tuple[float, int, RequestClass]] = []
        self._turned_at = -math.inf
        self._kept: list[tuple[float, int, Entry]] = []
        self._serial = count()

    # -- items -----------------------------------------------------------------------------------

    def put(self, item: WaitingItem, *, is_new: bool = True) -> Entry:
        """An item waits; putting it again replaces it."""
        plan = self._planner.plan(item)
        entry = Entry(item, plan)
        if self.entries.setdefault(item.id, entry) is entry:
            plan.arrived += is_new
        else:
            self.drop(item.id)
            self.entries[item.id] = entry
        self.pressing += plan.presses
        if item.known or item.demanded is not None:
            for known in item.known:
                self._knows.setdefault(known.agent_id, {})[item.id] = entry
            self._place(entry)
        else:
            self._open(entry)
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
        if self.opened:
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
        """Learn what time it is, and open items whose time with known agents is over."""
        if now > self.now:
            if self.now == -math.inf:
                self.free_from = self._turned_at = now
            self.now = now
        while self._kept and self._kept[0][0] <= self.now:
            entry = heapq.heappop(self._kept)[2]
            if self.entries.get(entry.item.id) is entry and entry.request is None:
                self._place_again(entry)

    def turn(self) -> None:
        """Note as opened what came to an age, while somebody was free, from which more agents may serve it."""
        since = max(self._turned_at, self.free_from)
        while self._timers and self._timers[0][0] <= self.now:
            due, _, request = heapq.heappop(self._timers)
            if request.timer == due:
                request.timer = math.inf
                for age, lane in request.steps[1:]:
                    if lane.free_bits(self._roster):
                        self.opened |= dict.fromkeys(entry.item.id for entry in request.opened(age, since, self.now))
                self._watch(request)
        self._turned_at = self.now

    def next_timer(self) -> float | None:
        """The first moment at which ``turn`` or ``advance`` may have something to do; None while nobody is free."""
        if not self._roster.free_count:
            return None
        while self._timers and (self._timers[0][2].timer != self._timers[0][0] or not self._timers[0][2].size):
            due, _, request = heapq.heappop(self._timers)
            if request.timer == due:
                request.timer = math.inf
        times = [heap[0][0] for heap in (self._timers, self._kept) if heap]
        return min(times, default=None)

    def duty_changed(self, agent_id: UUID) -> None:
        """Somebody came, went or learned something: what is kept for him is looked at again."""
        for entry in list(self._knows.get(agent_id, {}).values()):
            self._place_again(entry)

    def reopen(self, *, is_small: bool) -> bool:
        """Find for every class anew whom it is open to at which age; returns whether any of them changed."""
        self.is_small = is_small
        self._edition += 1
        return [request for request in self._classes if self._find_steps(request)] != []

    def classes(self) -> Iterable[RequestClass]:
        """Classes with somebody in them."""
        return self._classes

    # -- inside ----------------------------------------------------------------------------------

    def _place(self, entry: Entry) -> None:
        item = entry.item
        holders = self.holders(entry)
        if item.demanded is None and not holders:
            self._open(entry)
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
        champions, need = self.champions, entry.plan.need
        champions.sizes[need.number] -= 1
        if not request.size:
            champions.leave(request)
            del self._classes[request]
        elif need.head is entry:
            champions.changed(need)

    def _place_again(self, entry: Entry) -> None:
        was_open = entry.request is not None
        self._displace(entry)
        self._place(entry)
        if entry.request is not None and not was_open:
            self.opened[entry.item.id] = None

    def _open(self, entry: Entry) -> None:
        plan = entry.plan
        request, need, champions = plan.request, plan.need, self.champions
        if not request.size:
            self._classes[request] = None
            champions.enter(request)
            if request.edition != self._edition:
                self._find_steps(request)
        if request.add(entry):
            champions.changed(need)
        champions.sizes[need.number] += 1
        due = entry.queued_at + request.changes_at
        if due < request.timer:
            self._watch_from(request, due)

    def _watch(self, request: RequestClass) -> None:
        """Be woken when the next item of a class comes to an age from which more agents may serve it."""
        times = [request.next_at(age, self.now) for age, _ in request.steps[1:]]
        due = min((time for time in times if time is not None), default=None)
        if due is not None:
            self._watch_from(request, due)

    def _watch_from(self, request: RequestClass, due: float) -> None:
        request.timer = due
        heapq.heappush(self._timers, (due, next(self._serial), request))

    def _find_steps(self, request: RequestClass) -> bool:
        """Whom a class is open to by age; returns whether that is new."""
        before, request.edition = request.steps, self._edition
        request.steps = tuple(self._steps_of(request.plan))
        request.open_from = request.steps[-1][0]
        request.changes_at = request.steps[1][0] if len(request.steps) > 1 else math.inf
        if request.steps == before:
            return False
        self.champions.changed(request.plan.need)
        self._watch(request)
        return True

    def _steps_of(self, plan: Plan) -> Iterator[Step]:
        """Each stage opens a class to the first of its lanes that has anybody on duty, beside those before."""
        if self.is_small:
            yield _ALWAYS, plan.final
            return
        found: list[Lane] = []
        age = _ALWAYS
        for stage, lanes in zip(plan.stages, plan.lanes, strict=True):
            lane = next((lane for lane in lanes[:-1] if lane.has_servers(self._roster)), lanes[-1])
            if not any(each.needed & lane.needed == each.needed for each in found):
                found.append(lane)
                yield age, lane
            age = stage.ends


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
