"""An agent became free: which of the waiting items does he get? Heads of classes are compared, nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field

from routing.engine.board import Board
from routing.engine.classes import Entry
from routing.engine.lanes import Lane
from routing.engine.roster import Seat
from routing.engine.urgency import Rank

Row = tuple[Rank, Entry, float]
"""Rank for this agent, item, what speaks for the agent."""


@dataclass(slots=True)
class Harvest:
    """What was found for an agent: the heads, the best last."""

    rows: list[Row] = field(default_factory=list)
    candidates: int = 0
    reserved: dict[str, int] = field(default_factory=dict)
    """Items that he was held back from, by the skill for which."""
    excluded: int = 0


def harvest(board: Board, seat: Seat) -> Harvest:
    """The best items for a free agent, as of the board's now."""
    found, now, agent_id = Harvest(), board.lineup.now, seat.agent.id
    keeps = not board.reserves.are_off
    factors, lanes = board.weights.factors(seat.profile), board.lineup.lanes.lanes
    rows: list[Row] = []
    candidates = 0
    mask = board.lineup.lanes.open_to(seat)
    while mask:  # some dozens of times a decision, and hence without calls of our own
        low = mask & -mask
        mask ^= low
        lane = lanes[low.bit_length() - 1]
        entry = lane.head
        if entry is None or now >= lane.champion_until:
            entry = lane.find_head(now)
        factor = factors.get(lane.number) or board.weights.factor(seat.profile, lane.need)
        if (entry.excluded and agent_id in entry.excluded) or (
            keeps and entry.guarded_until > now and board.reserves.holds_back(seat.profile, entry)
        ):
            _one_by_one(board, seat, lane, factor, found)
            continue
        candidates += lane.size
        curve, queued_at = entry.curve, entry.queued_at
        if entry.capped_at <= now:
            rows.append(((curve.boost, 1, -queued_at, -queued_at, -entry.number), entry, factor))
        else:
            rows.append(((curve.boost, 0, curve.at(queued_at, now) * factor, -queued_at, -entry.number), entry, factor))
    found.rows += rows
    found.candidates += candidates
    if agent_id in board.lineup.pools:
        _from_pool(board, seat, found)
    found.rows.sort()
    return found


def _one_by_one(board: Board, seat: Seat, lane: Lane, factor: float, found: Harvest) -> None:
    """All classes of a lane, since not every one of them is open to this agent."""
    keeps = not board.reserves.are_off
    for request in lane.open:
        entry = request.first_for(seat.agent.id)
        if entry is None:
            found.excluded += request.size
            continue
        code = board.reserves.holds_back(seat.profile, entry) if keeps else None
        if code is not None:
            found.reserved[code] = found.reserved.get(code, 0) + request.size
            continue
        found.candidates += request.size
        found.rows.append((request.curve.rank(entry.queued_at, entry.number, board.lineup.now, factor), entry, factor))


def _from_pool(board: Board, seat: Seat, found: Harvest) -> None:
    now, known_factor = board.lineup.now, board.weights.policy.order.known_factor
    for entry in board.lineup.pools[seat.agent.id].values():
        if not board.may_serve_kept(seat, entry):
            found.excluded += 1
            continue
        factor = board.weights.factor(seat.profile, entry.plan.need) * known_factor
        found.candidates += 1
        found.rows.append((entry.curve.rank(entry.queued_at, entry.number, now, factor), entry, factor))
