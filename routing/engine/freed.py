"""An agent became free: which of the waiting items does he get? Heads of needs are compared, nothing else."""

from __future__ import annotations

from routing.engine.board import Board
from routing.engine.classes import Entry, RequestClass
from routing.engine.needs import Cover, Need
from routing.engine.roster import Seat
from routing.engine.urgency import Rank

Row = tuple[Rank, Entry, float, int]
"""Rank for this agent, item, what speaks for the agent, of how many classes it is the most urgent."""
BEST = 5
"""How many are named in an explanation."""


class Harvest:
    """What was found for an agent: the best heads, the very best last."""

    __slots__ = ("candidates", "excluded", "heads", "reserved", "rows")

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.heads = 0
        """How many heads there were to compare."""
        self.candidates = 0
        """How many items stand in line behind these heads, heads included."""
        self.reserved = 0
        """Items that he was held back from;"""
        self.excluded = 0
        """items that exclude him."""


def harvest(board: Board, seat: Seat) -> Harvest:
    """The best items for a free agent, as of the board's now."""
    lineup = board.lineup
    champions, cover, found = lineup.champions, lineup.needs.covered(seat), Harvest()
    champions.renew(lineup.now)
    mask = cover.mask & champions.waited_for
    is_plain = not mask & champions.particular and not (lineup.pools and seat.agent.id in lineup.pools)
    if not (is_plain and _by_age(board, seat, cover, mask, found)):
        _by_urgency(board, seat, mask, found)
    return found


def _by_age(board: Board, seat: Seat, cover: Cover, mask: int, found: Harvest) -> bool:
    """Where the best heads are past their cap, they are the oldest. Returns whether it is so."""
    champions, count = board.lineup.champions, mask.bit_count()
    best = sorted(cover.pick(champions.ages))[:BEST]
    if not count or best[min(count, BEST) - 1][2] is None:
        return False
    rows = found.rows
    factors = board.weights.factors(seat.profile)
    for queued_at, number, need in reversed(best):
        if need is not None and need.head is not None:
            factor = factors.get(need.number) or board.weights.factor(seat.profile, need)
            rows.append(((0, 1, -queued_at, -queued_at, -number), need.head, factor, len(need.classes)))
    found.heads, found.candidates = count, sum(cover.pick(champions.sizes))
    return True


def _by_urgency(board: Board, seat: Seat, mask: int, found: Harvest) -> None:
    lineup, needs = board.lineup, board.lineup.needs.all
    now, agent_id, keeps = lineup.now, seat.agent.id, not board.reserves.are_off
    factors, sizes = board.weights.factors(seat.profile), lineup.champions.sizes
    rows = found.rows
    while mask:  # some dozens of times a decision, and hence without calls of our own
        low = mask & -mask
        mask ^= low
        need = needs[low.bit_length() - 1]
        factor = factors.get(need.number) or board.weights.factor(seat.profile, need)
        head = need.head
        if head is not None:
            plan, queued_at = head.plan, head.queued_at
            if (head.excluded and agent_id in head.excluded) or (
                keeps and queued_at + plan.guards_end > now and board.reserves.holds_back(seat.profile, head)
            ):
                for request in need.classes:
                    _one_class(board, seat, request, factor, found)
                continue
            found.candidates += sizes[need.number]
            rows.append((plan.curve.rank(queued_at, head.number, now, factor), head, factor, len(need.classes)))
        if need.young:
            _young(board, seat, need, factor, found)
    if agent_id in lineup.pools:
        _from_pool(board, seat, found)
    rows.sort()
    found.heads = len(rows)


def _young(board: Board, seat: Seat, need: Need, factor: float, found: Harvest) -> None:
    """The classes that are not yet open to all."""
    for request in need.young:
        if request.size:
            if need.head is not None:
                found.candidates -= request.size
            _one_class(board, seat, request, factor, found)


def _one_class(board: Board, seat: Seat, request: RequestClass, factor: float, found: Harvest) -> None:
    """A class by itself, since it is perhaps not open to this agent."""
    entry, now = request.first_for(seat.agent.id), board.lineup.now
    if entry is None:
        found.excluded += request.size
        return
    if not request.is_open_to(entry, seat.offered, now):
        return
    if not board.reserves.are_off and board.reserves.holds_back(seat.profile, entry) is not None:
        found.reserved += request.size
        return
    found.candidates += request.size
    rank = entry.plan.curve.rank(entry.queued_at, entry.number, now, factor)
    found.rows.append((rank, entry, factor, len(entry.plan.need.classes)))


def _from_pool(board: Board, seat: Seat, found: Harvest) -> None:
    now, known_factor = board.lineup.now, board.weights.policy.order.known_factor
    for entry in board.lineup.pools[seat.agent.id].values():
        if not board.may_serve_kept(seat, entry):
            found.excluded += 1
            continue
        factor = board.weights.factor(seat.profile, entry.plan.need) * known_factor
        found.candidates += 1
        found.rows.append((entry.plan.curve.rank(entry.queued_at, entry.number, now, factor), entry, factor, 1))
