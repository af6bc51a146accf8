"""From what was noted of an agent's presence and phone to the spans in which he could be offered something. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.agent import AwayReason, Presence
from routing.recorded.day import Span

_UNKNOWN_AWAY = 60.0
_LONGEST_AWAY = 1800.0
"""Who stays away for longer than that after a ring in vain has gone for another reason."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A change that was noted. Either ``presence`` (with ``reason``) or ``reachable`` is told."""

    at: float
    """Seconds since the day's begin; below 0: before it."""
    presence: Presence | None = None
    reason: str | None = None
    reachable: bool | None = None


def duty(notices: Iterable[Notice], seconds: float) -> tuple[Span, ...]:
    """When the agent was available with a phone that could be rung.

    A presence that was never noted is offline; a phone of which nothing is known could be rung. Away since a ring in
    vain counts as on duty: it belongs to that ring (``away_after``), which another agent may have another day.
    """
    spans: list[Span] = []
    since: float | None = None
    available, reachable = False, True
    for notice in sorted(notices, key=lambda each: each.at):
        if notice.at >= seconds:
            break
        if notice.presence is not None:
            available = notice.presence is Presence.AVAILABLE or (available and _is_ring_in_vain(notice))
        if notice.reachable is not None:
            reachable = notice.reachable
        since = _turn(spans, since, max(0.0, notice.at), on=available and reachable)
    _turn(spans, since, seconds, on=False)
    return tuple(spans)


def _turn(spans: list[Span], since: float | None, at: float, *, on: bool) -> float | None:
    if on:
        return at if since is None else since
    if since is not None and at > since:
        spans.append((since, at))
    return None


def _is_ring_in_vain(notice: Notice) -> bool:
    return notice.presence is Presence.AWAY and notice.reason == AwayReason.RONA.value


def away_after(notices: Sequence[Notice], at: float, *, slack: float = 5.0) -> float:
    """For how long the agent was away because of a ring that ended in vain at ``at``; 0: he was not sent away."""
    ordered = sorted((each for each in notices if each.presence is not None), key=lambda each: each.at)
    for place, notice in enumerate(ordered):
        if _is_ring_in_vain(notice) and abs(notice.at - at) <= slack:
            back = ordered[place + 1].at if place + 1 < len(ordered) else notice.at + _UNKNOWN_AWAY
            return min(_LONGEST_AWAY, max(0.0, back - notice.at))
    return 0.0
