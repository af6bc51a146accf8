"""Why an item still waits, and what would help: in the words of the records of decisions."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

from routing.engine.arrived import survey
from routing.engine.board import Board
from routing.engine.classes import Entry
from routing.engine.stages import stage_at

Answer = dict[str, Any]


def waiting(board: Board, entry: Entry) -> Answer:
    """Who could serve the item, what stands in the way, when that ends. Moments are Unix seconds.

    ``would_help`` names, most telling first: ``somebody_with_the_skills`` (nobody on duty could serve it),
    ``a_free_agent``, ``a_known_agent``, ``a_demanded_agent``, ``relaxation``, ``end_of_reserve``, ``another_agent``
    (who is free is excluded), ``asking_again`` (nothing stands in the way).
    """
    found = survey(board, entry)
    plan, roster, item = entry.plan, board.roster, entry.item
    servers = plan.final.servers(roster)
    lanes = entry.request.lanes_at(entry, board.lineup.now) if entry.request is not None else []
    rejected = lanes[-1].rejections(roster) if lanes else {}
    if found.excluded:
        rejected["excluded"] = found.excluded
    if found.reserved:
        rejected["reserved"] = sum(found.reserved.values())
    answer: Answer = {
        "item": str(item.id),
        "policy": board.policy.name,
        "policy_version": board.policy.version,
        "needed": plan.words,
        "waited_seconds": round(board.lineup.now - item.queued_at, 3),
        "target_seconds": plan.target,
        "past_cap": plan.curve.cap is not None and item.queued_at + plan.curve.cap <= board.lineup.now,
        "on_duty": len(roster.seats),
        "free": roster.free_count,
        "could_serve": servers.bit_count(),
        "could_serve_and_free": (servers & roster.idle.bits).bit_count(),
        "fitting": found.candidates,
        "rejected": rejected,
    }
    if found.reserved:
        answer["reserved_for"] = sorted(found.reserved)
    if entry.request is None:
        answer |= _kept(board, entry)
    else:
        answer["waiting_alike"] = entry.request.size
        answer["opens"] = _openings(entry, board.lineup.now)
    answer["would_help"] = _help(entry, answer)
    return answer


def _kept(board: Board, entry: Entry) -> Answer:
    if entry.item.demanded is not None:
        return {"demanded": sorted(map(str, entry.item.demanded))}
    return {
        "known": [
            {"agent": str(known.agent_id), "until": known.until} for known in board.lineup.holders(entry)
        ]
    }  # fmt: skip


def _openings(entry: Entry, now_at: float) -> list[Answer]:
    """The moments at which something is given up, and what."""
    stages = entry.plan.stages[stage_at(entry.plan.stages, entry.queued_at, now_at) :]
    found: list[Answer] = []
    for now, then in pairwise(stages):
        opening: Answer = {"at": entry.queued_at + now.ends} if now.ends < math.inf else {}
        if then.minimum_level < now.minimum_level:
            opening["minimum_level"] = then.minimum_level
        gone = {
            "preferred_skills": now.preferred and not then.preferred,
            "call_agents": now.blend_closed and not then.blend_closed,
        }
        opening["opens"] = [name for name, is_given_up in gone.items() if is_given_up]
        found.append(opening)
    guards = entry.plan.guards
    for name, end in (("scarce_reserve", guards.scarce_ends), ("idle_reserve", guards.kept_ends)):
        if end and entry.queued_at + end > now_at:
            found.append({"at": entry.queued_at + end, "opens": [name]})
    return found


def _help(entry: Entry, answer: Answer) -> list[str]:
    rejected, kept = answer["rejected"], entry.request is None
    unfit = answer["could_serve_and_free"] and not answer["fitting"] and not _turned_down(rejected)
    asked = {
        "a_demanded_agent": entry.item.demanded is not None,
        "a_known_agent": kept and entry.item.demanded is None,
        "somebody_with_the_skills": not kept and not answer["could_serve"],
        "a_free_agent": not kept and answer["could_serve"] and not answer["could_serve_and_free"],
        "end_of_reserve": "reserved" in rejected,
        "relaxation": not kept and unfit,
        "another_agent": "excluded" in rejected and not answer["fitting"],
    }  # fmt: skip
    return [name for name, does in asked.items() if does] or ["asking_again" if answer["fitting"] else "a_free_agent"]


def _turned_down(rejected: dict[str, int]) -> bool:
    """Whether agents who fit were turned down one by one."""
    return bool(rejected.get("reserved") or rejected.get("excluded"))
