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
from routing.engine.freed import BEST, Harvest
from routing.engine.policy import Policy
from routing.engine.roster import Seat
from routing.engine.stages import stage_at
from routing.engine.urgency import Curve, Rank
from routing.engine.values import Decision, FreeAgent, Trigger

Record = dict[str, Any]
_ARRIVED, _FREED = Trigger.ITEM_ARRIVED, Trigger.AGENT_FREED
_Moment = tuple[Policy, float, Entry, str, FreeAgent, bool]
"""By which policy, when, the item, the agent's name, what he was then, whether the item was open to more than some."""
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
    moment = board.policy, now, entry, seat.name, seat.agent, entry.request is not None
    noted = moment, agents, found.candidates, rejected
    return Decision(entry.item.id, seat.agent.id, _ARRIVED, _tell_arrived, noted)


def freed(board: Board, seat: Seat, found: Harvest) -> Decision:
    """The decision for an agent, with its record."""
    entry, agent, waiting = found.rows[-1][1], seat.agent, len(board.lineup.entries)
    moment = board.policy, board.lineup.now, entry, seat.name, agent, entry.request is not None
    return Decision(entry.item.id, agent.id, _FREED, _tell_freed, (moment, found, waiting))


def replay(record: Mapping[str, Any]) -> tuple[UUID, UUID]:
    """Decide again from a record, as it is or as JSON; returns item and agent.

    Raises ``KeyError``, ``ValueError`` or ``TypeError`` when it is no record of a decision.
    """
    if record["trigger"] == Trigger.ITEM_ARRIVED:
        best = min(record["considered"], key=_agent_rank)
        return UUID(record["item"]), UUID(best["agent"])
    chosen = max(record["considered"], key=lambda each: _item_rank(each, record["at"], record["convexity"]))
    return UUID(chosen["item"]), UUID(record["agent"])


def _tell_arrived(moment: _Moment, agents: list[_Agent], candidates: int, rejected: dict[str, int]) -> Record:
    record = _record("item_arrived", moment)
    record["candidates"] = candidates
    record["considered"] = [_agent(moment, each) for each in agents]
    record["rejected"] = rejected
    return record


def _tell_freed(moment: _Moment, found: Harvest, waiting: int) -> Record:
    record = _record("agent_freed", moment)
    record["candidates"], record["heads"] = found.candidates, found.heads
    record["considered"] = [_item(*row) for row in found.rows[: -BEST - 1 : -1]]
    record["rejected"] = rejected = {}
    unfit = waiting - found.candidates - found.reserved - found.excluded
    if unfit:
        rejected["does_not_fit"] = unfit
    if found.excluded:
        rejected["excluded"] = found.excluded
    if found.reserved:
        rejected["reserved"] = found.reserved
    record["convexity"] = moment[0].order.convexity
    return record


def _record(trigger: str, moment: _Moment) -> Record:
    policy, now, entry, name, agent, is_open = moment
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


def _agent(moment: _Moment, found: _Agent) -> Record:
    policy, _, entry, _, _, is_open = moment
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


def _item(rank: Rank, entry: Entry, factor: float, classes: int) -> Record:
    """``classes``: of how many it is the most urgent item."""
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
        "classes": classes,
    }


def _item_rank(found: Mapping[str, Any], now: float, convexity: float) -> tuple[int, int, float, float, int]:
    curve = Curve(found["slope"], found["head_start"], found["target"], found["cap"], convexity, found["boost"])
    return curve.rank(found["queued_at"], UUID(found["item"]).int, now, found["factor"])
