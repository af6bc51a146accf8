"""Why this item came to this agent: the few codes that the desk shows, from routing's record of the decision. Pure."""

from __future__ import annotations

from typing import Any

from routing import explanation


def reasons(decision: Any) -> list[str]:
    """Codes, most telling first (``routing.explanation``); empty for a record that says nothing.

    ``decision`` is the JSON of the reservation. One without ``considered`` (not the engine's) tells what it can:
    ``trigger`` (``item_arrived``: agents were free; ``agent_freed``: items waited), ``candidates`` (how many),
    ``head_start``, ``boost``, ``excluded``, ``needed.skills``.
    """
    if not isinstance(decision, dict):
        return []
    if isinstance(given := decision.get("why"), list):
        return [str(code) for code in given]
    if decision.get("considered"):
        try:
            return list(explanation.reasons(decision))
        except (AttributeError, LookupError, TypeError, ValueError):
            return []
    return _plain(decision)


def _plain(decision: dict[str, Any]) -> list[str]:
    found = [_choice(decision)]
    if decision.get("boost") or decision.get("excluded"):
        found.append("redirected")
    needed = decision.get("needed")
    if isinstance(needed, dict) and needed.get("skills"):
        found.append("skills")
    return [code for code in found if code]


def _choice(decision: dict[str, Any]) -> str:
    match decision.get("trigger"):
        case "item_arrived":
            return "only_free_agent" if decision.get("candidates") == 1 else "longest_idle"
        case "agent_freed":
            return "priority" if decision.get("head_start") else "waited_longest"
        case _:
            return ""
