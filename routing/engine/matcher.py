"""The engine: holds who waits and who is free, and answers the two questions of routing.

Arrival: which free agent gets this item. Agent freed: which waiting item does he get. It reads no clock and draws no
lots: whoever asks says what time it is, and the same history leads to the same decisions.

How to use it: after an item was put, ask ``choose_agent`` for it; after an agent was put as free, ask ``choose_item``
for him; then, and at ``next_timer``, call ``relax`` and ask ``choose_agent`` for what it names, until it names nothing.
Then no free agent is left for whom anything waits that he may have. Carry out a decision by ``take``, and put the
agent again with what he holds then, if there is room for more.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from routing.engine import explain, why
from routing.engine.arrived import survey
from routing.engine.board import Board
from routing.engine.freed import harvest
from routing.engine.policy import Policy
from routing.engine.urgency import Rank
from routing.engine.values import Decision, FreeAgent, WaitingItem


class Engine:
    """All items and agents are put in and dropped by id; putting again replaces."""

    def __init__(self, policy: Policy | None = None) -> None:
        self._board = Board(policy or Policy())

    # -- what is there ---------------------------------------------------------------------------

    @property
    def policy(self) -> Policy:
        """The rules that hold."""
        return self._board.policy

    @property
    def waiting(self) -> int:
        """How many items wait."""
        return len(self._board.lineup.entries)

    @property
    def free(self) -> int:
        """How many agents are free."""
        return self._board.roster.free_count

    def has_room(self, channel: str) -> bool:
        """Whether anybody free has room for one more of a channel."""
        return bool(self._board.roster.idle.room((channel, False)))

    @property
    def on_duty(self) -> int:
        """How many agents are free or at work."""
        return len(self._board.roster.seats)

    def members_on_duty(self, queue_id: UUID) -> int:
        """How many members of a queue are free or at work."""
        roster = self._board.roster
        return roster.have.get(roster.book.one("queue", queue_id), 0).bit_count()

    def is_waiting(self, item_id: UUID) -> bool:
        """Whether the item waits here."""
        return item_id in self._board.lineup.entries

    def is_free(self, agent_id: UUID) -> bool:
        """Whether the agent is free here."""
        seat = self._board.roster.seats.get(agent_id)
        return seat is not None and seat.free

    def free_agents(self) -> list[UUID]:
        """All free agents, longest idle first."""
        return self.free_among([seat.agent.id for seat in self._board.roster.among(self._board.roster.idle.bits)])

    def free_among(self, agent_ids: Collection[UUID]) -> list[UUID]:
        """Those of these agents who are free, longest idle first."""
        seats = self._board.roster.seats
        here = [seats[agent_id] for agent_id in set(agent_ids) if self.is_free(agent_id)]
        return [seat.agent.id for seat in sorted(here, key=lambda seat: (seat.agent.idle_since, seat.number))]

    def waiting_among(self, item_ids: Collection[UUID], now: float) -> list[UUID]:
        """Those of these items that wait, most urgent first."""
        entries = self._board.lineup.entries
        here = [entries[item_id] for item_id in set(item_ids) if item_id in entries]
        here.sort(key=lambda entry: entry.plan.curve.rank(entry.queued_at, entry.number, now, 1.0), reverse=True)
        return [entry.item.id for entry in here]

    def standing(self, item_id: UUID, now: float) -> tuple[Rank, int] | None:
        """How urgent an item that waits is now (the greater goes first), and who on duty could serve it were he free,
        as a bitmap; None when it does not wait."""
        entry = self._board.lineup.entries.get(item_id)
        if entry is None:
            return None
        plan = entry.plan
        return plan.curve.rank(entry.queued_at, entry.number, now, 1.0), plan.final.servers(self._board.roster)

    def among(self, servers: int) -> list[UUID]:
        """The agents of a bitmap of ``standing``."""
        return [seat.agent.id for seat in self._board.roster.among(servers)]

    # -- changes ---------------------------------------------------------------------------------

    def put_item(self, item: WaitingItem) -> None:
        """An item waits, from its own ``queued_at`` on."""
        self._board.put_item(item)

    def drop_item(self, item_id: UUID) -> None:
        """An item waits no longer (reserved, cancelled, expired); an unknown one is no error."""
        self._board.lineup.drop(item_id)

    def put_agent(self, agent: FreeAgent) -> None:
        """An agent is on duty and can take one more of something."""
        self._board.put_agent(agent, free=True)

    def put_busy(self, agent: FreeAgent) -> None:
        """An agent is on duty, but cannot be offered anything now."""
        self._board.put_agent(agent, free=False)

    def drop_agent(self, agent_id: UUID) -> None:
        """An agent is no longer free, and stays on duty; an unknown one is no error."""
        board = self._board
        seat = board.roster.seats.get(agent_id)
        if seat is not None:
            if board.stirred:
                board.stirred.pop(agent_id, None)
            board.roster.set_busy(seat)

    def leave(self, agent_id: UUID) -> None:
        """An agent goes off duty: nobody waits for him any more. An unknown one is no error."""
        self._board.leave(agent_id)

    def set_policy(self, policy: Policy, now: float) -> None:
        """Other rules from now on, for those too who wait already. ``relax`` then names who must be asked for."""
        old, board = self._board, Board(policy)
        old.count_arrivals()
        board.demand, board.reserves.load = old.demand, old.reserves.load
        for seat in old.roster.seats.values():
            board.put_agent(seat.agent, free=seat.free)
        board.advance(max(now, old.lineup.now))
        for entry in old.lineup.entries.values():
            board.lineup.put(entry.item, is_new=False)
        board.stir_all()
        self._board = board

    def tell_load(self, load: float | None) -> None:
        """The load as estimated from outside (1.0: as much work as can be done); None: the engine's own measure."""
        self._board.tell_load(load)

    def look_around(self, now: float) -> None:
        """Weigh demand against staff at once, instead of at the next turn (``Policy.picture_seconds``)."""
        self._board.look_around(now)

    # -- the two questions -----------------------------------------------------------------------

    def choose_agent(self, item_id: UUID, now: float) -> Decision | None:
        """The item arrived: the free agent for it, or None."""
        board = self._board
        board.advance(now)
        entry = board.lineup.entries.get(item_id)
        if entry is None or not board.roster.free_count:
            return None
        found = survey(board, entry)
        return explain.arrived(board, entry, found) if found.best else None

    def choose_item(self, agent_id: UUID, now: float) -> Decision | None:
        """The agent became free: the waiting item for him, or None."""
        board = self._board
        board.advance(now)
        seat = board.roster.seats.get(agent_id)
        if seat is None or not seat.free:
            return None
        if board.stirred:
            board.stirred.pop(agent_id, None)
        found = harvest(board, seat)
        return explain.freed(board, seat, found) if found.rows else None

    def take(self, decision: Decision) -> None:
        """The decision is carried out: its item waits no longer, its agent is no longer free."""
        self.drop_item(decision.item_id)
        self.drop_agent(decision.agent_id)

    def fitting_agents(self, item_id: UUID, now: float) -> list[UUID]:
        """All free agents who may have the item now, best first (to ring them all)."""
        self._board.advance(now)
        entry = self._board.lineup.entries.get(item_id)
        found = survey(self._board, entry, want=self.free) if entry is not None else None
        return [seat.agent.id for _, seat in found.best] if found is not None else []

    # -- time ------------------------------------------------------------------------------------

    def relax(self, now: float) -> list[UUID]:
        """The items that must be asked for again: time, or others' coming and going, has opened agents to them.

        Ask ``choose_agent`` for each and take what is decided, then call again until nothing is named.
        """
        board = self._board
        board.advance(now)
        if not board.roster.free_count:
            board.lineup.opened.clear()
            return []
        found: dict[UUID, None] = {}
        for agent_id, proposed in list(board.stirred.items()):
            seat = board.roster.seats[agent_id]
            rows = harvest(board, seat).rows
            if not rows or rows[-1][1].item.id == proposed:
                del board.stirred[agent_id]
            else:
                board.stirred[agent_id] = rows[-1][1].item.id
                found[rows[-1][1].item.id] = None
        if not found:  # only now, since an agent whom an item is opened to may have to take an older one first
            board.lineup.turn()
            found, board.lineup.opened = board.lineup.opened, {}
        return list(found)

    def next_timer(self) -> float | None:
        """When ``relax`` has something to name at the earliest; None: never, as things stand."""
        return self._board.next_timer()

    # -- words -----------------------------------------------------------------------------------

    def why_waiting(self, item_id: UUID, now: float) -> dict[str, object]:
        """Why an item still waits, and what would help; empty when it does not wait."""
        self._board.advance(now)
        entry = self._board.lineup.entries.get(item_id)
        return why.waiting(self._board, entry) if entry is not None else {}
