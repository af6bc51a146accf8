"""An item arrived (or was relaxed, or came back): which free agent gets it?"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field

from routing.engine.board import Board
from routing.engine.classes import Entry, RequestClass
from routing.engine.freed import BEST
from routing.engine.lanes import Lane
from routing.engine.roster import Seat


@dataclass(slots=True)
class Field:
    """The free agents that were found for an item, the best first."""

    best: list[tuple[int, Seat]] = field(default_factory=list)
    """Cost and agent."""
    candidates: int = 0
    reserved: dict[str, int] = field(default_factory=dict)
    """Agents held back, by the skill for which."""
    excluded: int = 0


def survey(board: Board, entry: Entry, want: int = BEST) -> Field:
    """The best free agents for an item, as of the board's now."""
    if entry.request is None:
        return _kept(board, entry, want)
    return _open(board, entry, entry.request, want)


def _open(board: Board, entry: Entry, request: RequestClass, want: int) -> Field:
    found, fitting = Field(), 0
    lanes = request.lanes_at(entry, board.lineup.now)
    for lane in lanes:
        fitting |= lane.free_bits(board.roster)
    if not fitting:
        return found
    keeps = entry.plan.guards_end > 0.0 and not board.reserves.are_off
    code = board.reserves.kept_for_better(entry) if keeps else None
    if code is not None:
        found.reserved[code] = fitting.bit_count()
        return found
    with ExitStack() as stack:
        for cost, seat in _ranked(board, lanes, stack):
            if seat.agent.id in entry.excluded:
                found.excluded += 1
            elif keeps and (code := board.reserves.kept_for_scarce(seat.profile, entry)) is not None:
                found.reserved[code] = found.reserved.get(code, 0) + 1
            else:
                found.best.append((cost, seat))
                if len(found.best) == want:
                    break
    found.candidates = fitting.bit_count() - found.excluded - sum(found.reserved.values())
    return found


def _ranked(board: Board, lanes: list[Lane], stack: ExitStack) -> Iterator[tuple[int, Seat]]:
    """The free agents of some lanes of a need, best first, each once."""
    each = [stack.enter_context(closing(lane.ranked(board.roster, board.weights))) for lane in lanes]
    if len(each) == 1:
        return each[0]
    merged = heapq.merge(*each, key=lambda found: (found[0], found[1].agent.idle_since, found[1].number))
    return iter(dict.fromkeys(merged))


def _kept(board: Board, entry: Entry, want: int) -> Field:
    """Kept for known agents: the first named who is free. Demanding some: the best of them."""
    item = entry.item
    order = list(item.demanded) if item.demanded is not None else [known.agent_id for known in item.known]
    found = Field()
    rows: list[tuple[int, int, float, int, Seat]] = []
    for place, agent_id in enumerate(dict.fromkeys(order)):
        seat = board.roster.seats.get(agent_id)
        if seat is None or not seat.free:
            continue
        if not board.may_serve_kept(seat, entry):
            found.excluded += 1
            continue
        cost = entry.plan.final.cost(seat, board.weights) - seat.group.mean
        rank = 0 if item.demanded is not None else place
        rows.append((rank, cost, seat.agent.idle_since, seat.number, seat))
    rows.sort()
    found.candidates = len(rows)
    found.best = [(row[1], row[4]) for row in rows[:want]]
    return found
