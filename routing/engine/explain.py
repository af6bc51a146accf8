"""The record of a decision: who or what was considered, by which scores, and who not, why. It can be decided again.

In the moment of the decision only what changes is noted; the record is written when somebody reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from routing.engine.arrived import Field
from routing.engine.board import Board
from routing.engine.choice import TERMS, Standing, passing_cost
from routing.engine.classes import Entry
from routing.engine.freed import BEST, Harvest, Row
from routing.engine.policy import Policy
from routing.engine.roster import Seat
from routing.engine.stages import stage_at
from routing.engine.urgency import Curve
from routing.engine.values import Decision, FreeAgent, Trigger

Record = dict[str, Any]
_ARRIVED, _FREED = Trigger.ITEM_ARRIVED, Trigger.AGENT_FREED
_Agent = tuple[str, FreeAgent, int, Standing, int]
"""Name, what he was then, cost, its standing parts, mean of his group."""


def arrived(board: Board, entry: Entry, found: Field) -> Decision:
    """The decision for an item, with its record."""
    seat, need, now = found.best[0][1], entry.plan.need, board.lineup.now
    agents = [
        (each.name, each.agent, cost, board.weights.standing(each.profile, need)[0], each.group.mean)
        for cost, each in found.best
    ]
    rejected: dict[str, int] = {}
    if entry.request is not None:
        rejected = entry.request.lanes_at(entry, now)[-1].rejections(board.roster)
    if found.excluded:
        rejected["excluded"] = found.excluded
    if found.reserved:
        rejected["reserved"] = sum(found.reserved.values())
    noted = board.policy, now, entry, agents, found.candidates, rejected, entry.request is not None
    return Decision(entry.item.id, seat.agent.id, _ARRIVED, _tell_arrived, noted)


def freed(board: Board, seat: Seat, found: Harvest) -> Decision:
    """The decision for an agent, with its record."""
    entry, agent, waiting = found.rows[-1][1], seat.agent, len(board.lineup.entries)
    noted = board.policy, board.lineup.now, entry, seat.name, agent, found, waiting, entry.request is not None
    return Decision(entry.item.id, agent.id, _FREED, _tell_freed, noted)


def replay(record: Mapping[str, Any]) -> tuple[UUID, UUID]:
    """Decide again from a record, as it is or as JSON; returns item and agent.

    Raises ``KeyError``, ``ValueError`` or ``TypeError`` when it is no record of a decision.
    """
    if record["trigger"] == Trigger.ITEM_ARRIVED:
        best = min(record["considered"], key=_agent_rank)
        return UUID(record["item"]), UUID(best["agent"])
    chosen = max(record["considered"], key=lambda each: _item_rank(each, record["at"], record["convexity"]))
    return UUID(chosen["item"]), UUID(record["agent"])


def _tell_arrived(
    policy: Policy, now: float, entry: Entry, agents: list[_Agent], candidates: int, rejected: dict[str, int],
    is_open: bool,
) -> Record:  # fmt: skip
    name, agent, *_ = agents[0]
    record = _record(policy, "item_arrived", now, entry, name, agent, is_open=is_open)
    record["candidates"] = candidates
    record["considered"] = [_agent(policy, entry, each, is_open=is_open) for each in agents]
    record["rejected"] = rejected
    return record


def _tell_freed(
    policy: Policy, now: float, entry: Entry, name: str, agent: FreeAgent, found: Harvest, waiting: int, is_open: bool,
) -> Record:  # fmt: skip
    record = _record(policy, "agent_freed", now, entry, name, agent, is_open=is_open)
    record["candidates"], record["heads"] = found.candidates, found.heads
    record["considered"] = [_item(row) for row in reversed(found.rows[-BEST:])]
    unfit = waiting - found.candidates - found.reserved - found.excluded
    counts = {"does_not_fit": unfit, "excluded": found.excluded, "reserved": found.reserved}
    record["rejected"] = {reason: count for reason, count in counts.items() if count > 0}
    record["convexity"] = policy.order.convexity
    return record


def _record(
    policy: Policy, trigger: str, now: float, entry: Entry, name: str, agent: FreeAgent, *, is_open: bool
) -> Record:  # fmt: skip
    item, plan = entry.item, entry.plan
    record: Record = {
        "policy": policy.name,
        "policy_version": policy.version,
        "trigger": trigger,
        "at": now,
        "item": entry.name,
        "agent": name,
        "waited_seconds": round(now - item.queued_at, 3),
        "tier": item.tier,
        "target_seconds": plan.target,
        "head_start": item.head_start,
        "boost": item.boost,
        "idle_seconds": round(now - agent.idle_since, 3),
        "needed": plan.words,
        "excluded": sorted(map(str, item.excluded)) if item.excluded else [],
    }
    if is_open:
        record["stage"] = stage_at(plan.stages, item.queued_at, now)
    else:
        record["demanded" if item.demanded is not None else "known"] = True
    return record


def _agent(policy: Policy, entry: Entry, found: _Agent, *, is_open: bool) -> Record:
    name, agent, cost, standing, mean = found
    channel, interruptible = entry.plan.need.slot
    passing = passing_cost(policy, agent, channel, interruptible=interruptible)
    parts = (*standing, *passing[:-1], passing[-1] - mean)
    terms = {name: part for name, part in zip(TERMS, parts, strict=True) if part}
    told: Record = {"agent": name, "cost": cost, "terms": terms, "idle_since": agent.idle_since}
    if not is_open and entry.item.demanded is None:
        told["place"] = next(place for place, known in enumerate(entry.item.known) if known.agent_id == agent.id)
    return told


def _agent_rank(found: Mapping[str, Any]) -> tuple[int, int, float, int]:
    return found.get("place", 0), sum(found["terms"].values()), found["idle_since"], UUID(found["agent"]).int


def _item(row: Row) -> Record:
    rank, entry, factor, classes = row
    curve = entry.plan.curve
    return {
        "item": entry.name,
        "queued_at": entry.queued_at,
        "boost": curve.boost,
        "slope": curve.slope,
        "head_start": curve.head_start,
        "target": curve.target,
        "cap": curve.cap,
        "urgency": None if rank[1] else rank[2],
        "past_cap": rank[1] == 1,
        "factor": factor,
        "classes": classes,  # of which this is the most urgent item
    }


def _item_rank(found: Mapping[str, Any], now: float, convexity: float) -> tuple[int, int, float, float, int]:
    curve = Curve(found["slope"], found["head_start"], found["target"], found["cap"], convexity, found["boost"])
    return curve.rank(found["queued_at"], UUID(found["item"]).int, now, found["factor"])
