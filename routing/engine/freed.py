"""An agent became free: which of the waiting items does he get? Heads of classes are compared, nothing else."""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, field

from routing.engine.board import Board
from routing.engine.classes import Entry
from routing.engine.roster import Seat
from routing.engine.urgency import Rank

BEST = 5
"""How many are named in an explanation."""
Row = tuple[Rank, Entry, float]
"""Rank for this agent, item, what speaks for the agent."""


@dataclass(slots=True)
class Harvest:
    """What was found for an agent: the best last."""

    top: list[Row] = field(default_factory=list)
    heads: int = 0
    candidates: int = 0
    reserved: dict[str, int] = field(default_factory=dict)
    """Items that he was held back from, by the skill for which."""
    excluded: int = 0

    def offer(self, row: Row) -> None:
        """Take note of a head."""
        self.heads += 1
        top = self.top
        if len(top) < BEST:
            insort(top, row)
        elif row[0] > top[0][0]:
            insort(top, row)
            del top[0]


def harvest(board: Board, seat: Seat) -> Harvest:
    """The best items for a free agent, as of the board's now."""
    found = Harvest()
    _from_classes(board, seat, found)
    if seat.agent.id in board.lineup.pools:
        _from_pool(board, seat, found)
    return found


def _from_classes(board: Board, seat: Seat, found: Harvest) -> None:
    now, agent_id, profile = board.lineup.now, seat.agent.id, seat.profile
    keeps = not board.reserves.are_off
    for lane in board.lineup.lanes.open_to(seat):
        factor = board.weights.factor(profile, lane.need)
        for request in lane.open:
            code = board.held_back(seat, request.plan, request.stage) if keeps else None
            if code is not None:
                found.reserved[code] = found.reserved.get(code, 0) + len(request)
                continue
            entry = request.first_for(agent_id)
            if entry is None:
                found.excluded += len(request)
                continue
            found.candidates += len(request)
            found.offer((request.curve.rank(entry.queued_at, entry.number, now, factor), entry, factor))


def _from_pool(board: Board, seat: Seat, found: Harvest) -> None:
    now, known_factor = board.lineup.now, board.weights.policy.order.known_factor
    for entry in board.lineup.pools[seat.agent.id].values():
        if not board.may_serve_kept(seat, entry):
            found.excluded += 1
            continue
        factor = board.weights.factor(seat.profile, entry.plan.need) * known_factor
        found.candidates += 1
        found.offer((entry.plan.curve.rank(entry.queued_at, entry.number, now, factor), entry, factor))
