"""The record of a decision: who or what was considered, by which scores, and who not, why. It can be decided again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from routing.engine.arrived import BEST, Field
from routing.engine.board import Board
from routing.engine.choice import TERMS, passing_cost
from routing.engine.classes import Entry
from routing.engine.freed import Harvest, Row
from routing.engine.roster import Seat
from routing.engine.urgency import Curve
from routing.engine.values import Decision, Trigger

Record = dict[str, Any]


def arrived(board: Board, entry: Entry, found: Field) -> Decision:
    """The decision for an item, with its record."""
    seat = found.best[0][1]
    record = _record(board, Trigger.ITEM_ARRIVED, entry, seat)
    record["candidates"] = found.candidates
    record["considered"] = [_agent(board, entry, each, cost) for cost, each in found.best]
    lane = entry.request.lane if entry.request is not None else None
    rejected = lane.rejections(board.roster) if lane is not None else {}
    if found.excluded:
        rejected["excluded"] = found.excluded
    if found.reserved:
        rejected["reserved"] = sum(found.reserved.values())
    record["rejected"] = rejected
    return Decision(entry.item.id, seat.agent.id, Trigger.ITEM_ARRIVED, record)


def freed(board: Board, seat: Seat, found: Harvest) -> Decision:
    """The decision for an agent, with its record."""
    entry = found.rows[-1][1]
    record = _record(board, Trigger.AGENT_FREED, entry, seat)
    record["candidates"] = found.candidates
    record["heads"] = len(found.rows)
    record["considered"] = [_item(row) for row in reversed(found.rows[-BEST:])]
    reserved = sum(found.reserved.values())
    counts = {
        "does_not_fit": len(board.lineup.entries) - found.candidates - reserved - found.excluded,
        "excluded": found.excluded,
        "reserved": reserved,
    }
    record["rejected"] = {reason: count for reason, count in counts.items() if count > 0}
    record["convexity"] = board.policy.order.convexity
    return Decision(entry.item.id, seat.agent.id, Trigger.AGENT_FREED, record)


def replay(record: Mapping[str, Any]) -> tuple[UUID, UUID]:
    """Decide again from a record, as it is or as JSON; returns item and agent.

    Raises ``KeyError``, ``ValueError`` or ``TypeError`` when it is no record of a decision.
    """
    if record["trigger"] == Trigger.ITEM_ARRIVED:
        best = min(record["considered"], key=_agent_rank)
        return UUID(record["item"]), UUID(best["agent"])
    chosen = max(record["considered"], key=lambda each: _item_rank(each, record["at"], record["convexity"]))
    return UUID(chosen["item"]), UUID(record["agent"])


def _record(board: Board, trigger: Trigger, entry: Entry, seat: Seat) -> Record:
    item, now, request = entry.item, board.lineup.now, entry.request
    record: Record = {
        "policy": board.policy.name,
        "policy_version": board.policy.version,
        "trigger": trigger.value,
        "at": now,
        "item": _card(entry)["item"],
        "agent": seat.name,
        "waited_seconds": round(now - item.queued_at, 3),
        "tier": item.tier,
        "target_seconds": entry.plan.target,
        "head_start": item.head_start,
        "boost": item.boost,
        "idle_seconds": round(now - seat.agent.idle_since, 3),
        "needed": entry.plan.words,
        "excluded": sorted(map(str, item.excluded)) if item.excluded else [],
    }
    if request is None:
        record["demanded" if item.demanded is not None else "known"] = True
    else:
        record["stage"] = request.stage
    return record


def _agent(board: Board, entry: Entry, seat: Seat, cost: int) -> Record:
    need = entry.plan.need
    channel, interruptible = need.slot
    standing = board.weights.standing(seat.profile, need)[0]
    passing = passing_cost(board.policy, seat.agent, channel, interruptible=interruptible)
    parts = (*standing, *passing[:-1], passing[-1] - seat.group.mean)
    terms = {name: part for name, part in zip(TERMS, parts, strict=True) if part}
    found: Record = {"agent": seat.name, "cost": cost, "terms": terms, "idle_since": seat.agent.idle_since}
    if entry.request is None and entry.item.demanded is None:
        found["place"] = next(
            place for place, known in enumerate(entry.item.known) if known.agent_id == seat.agent.id
        )  # fmt: skip
    return found


def _agent_rank(found: Mapping[str, Any]) -> tuple[int, int, float, int]:
    return found.get("place", 0), sum(found["terms"].values()), found["idle_since"], UUID(found["agent"]).int


def _item(row: Row) -> Record:
    rank, entry, factor = row
    found = _card(entry).copy()
    found["urgency"], found["past_cap"], found["factor"] = None if rank[1] else rank[2], rank[1] == 1, factor
    lane = entry.request.lane if entry.request is not None else None
    found["classes"] = len(lane.open) if lane is not None else 1  # of which this is the most urgent item
    return found


def _card(entry: Entry) -> Record:
    """What is the same in every record that names the item."""
    if entry.card is None:
        entry.card = _new_card(entry)
    return entry.card


def _new_card(entry: Entry) -> Record:
    curve = entry.curve
    return {
        "item": str(entry.item.id),
        "queued_at": entry.queued_at,
        "boost": curve.boost,
        "slope": curve.slope,
        "head_start": curve.head_start,
        "target": curve.target,
        "cap": curve.cap,
    }


def _item_rank(found: Mapping[str, Any], now: float, convexity: float) -> tuple[int, int, float, float, int]:
    curve = Curve(found["slope"], found["head_start"], found["target"], found["cap"], convexity, found["boost"])
    return curve.rank(found["queued_at"], UUID(found["item"]).int, now, found["factor"])
