"""Compare what the PBX shows with what the database believes; say what is to be done. Pure.

The database was read before the PBX: a leg of the database that the PBX does not show is gone for certain.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.agent import LegRole
from core.interaction import InteractionState
from telephony.asterisk.calls import Stage
from telephony.asterisk.snapshot import ChannelSeen
from telephony.state import Believed, InteractionRow, LegRow, OfferRow

_IN_MENU = (InteractionState.NEW, InteractionState.IN_MENU)
_OVER = (InteractionState.WRAPPING, InteractionState.CLOSED)


@dataclass(frozen=True, slots=True)
class LegGone:
    """A leg of the database is no longer there. ``caller_waits``: its caller is, and belongs to the queue."""

    leg: LegRow
    caller_waits: bool


@dataclass(frozen=True, slots=True)
class NewCaller:
    """A caller of whom the database knows nothing that is still open."""

    seen: ChannelSeen


@dataclass(frozen=True, slots=True)
class KnownCaller:
    """A caller with an interaction. ``to_music`` / ``write_queued``: where PBX and database differ."""

    seen: ChannelSeen
    interaction: InteractionRow
    stage: Stage
    to_music: bool
    write_queued: bool


@dataclass(frozen=True, slots=True)
class LeavingCaller:
    """A caller who is told why he was turned away; the PBX hangs up by itself."""

    seen: ChannelSeen
    interaction_id: UUID


@dataclass(frozen=True, slots=True)
class KnownLeg:
    """An agent's leg that rings or talks for a live reservation."""

    seen: ChannelSeen
    offer: OfferRow
    bridged: bool


@dataclass(frozen=True, slots=True)
class StrayLeg:
    """An agent's leg whose reservation is over; ``caller`` is whom he talks with all the same."""

    seen: ChannelSeen
    caller: ChannelSeen | None


@dataclass(frozen=True, slots=True)
class LateAnswer:
    """An agent's leg that talks though its offer ran out, since nobody saw the answer (the link was cut, say)."""

    seen: ChannelSeen
    interaction_id: UUID
    reservation_id: UUID
    agent_id: UUID


@dataclass(frozen=True, slots=True)
class MissingLeg:
    """A pending reservation that nobody has rung yet."""

    offer: OfferRow


Repair = LegGone | NewCaller | KnownCaller | LeavingCaller | KnownLeg | StrayLeg | LateAnswer | MissingLeg


@dataclass(frozen=True, slots=True)
class _View:
    believed: Believed
    callers: list[ChannelSeen]
    agents: list[ChannelSeen]
    by_channel: dict[str, UUID]
    offers: dict[UUID, OfferRow]

    def interaction_of(self, seen: ChannelSeen) -> UUID | None:
        return self.by_channel.get(seen.channel.unique_id, seen.interaction_id)

    def row_of(self, seen: ChannelSeen) -> InteractionRow | None:
        interaction_id = self.interaction_of(seen)
        return self.believed.interactions.get(interaction_id) if interaction_id else None


def reconcile(believed: Believed, channels: list[ChannelSeen], now: datetime) -> list[Repair]:
    """What to do, in order: legs that are gone (customers first), callers, legs, phones still to be rung."""
    view = _View(
        believed,
        callers=[seen for seen in channels if seen.reservation_id is None],
        agents=[seen for seen in channels if seen.reservation_id is not None],
        by_channel={leg.unique_id: leg.interaction_id for leg in believed.legs if leg.role is LegRole.CUSTOMER},
        offers={offer.reservation_id: offer for offer in believed.offers},
    )
    return [
        *_gone(believed, channels),
        *_turned_away(view),
        *(_caller(view, seen) for seen in view.callers if not seen.leaving and not _leaving(view, seen)),
        *(_leg(view, seen) for seen in view.agents),
        *_missing(view, now),
    ]


def _gone(believed: Believed, channels: list[ChannelSeen]) -> list[LegGone]:
    present = {seen.channel.unique_id for seen in channels}
    here = {leg.interaction_id for leg in believed.legs if leg.role is LegRole.CUSTOMER and leg.unique_id in present}
    gone = [leg for leg in believed.legs if leg.unique_id not in present]
    gone.sort(key=lambda leg: leg.role is not LegRole.CUSTOMER)
    return [LegGone(leg, leg.role is LegRole.AGENT and leg.interaction_id in here) for leg in gone]


def _turned_away(view: _View) -> list[LeavingCaller]:
    found = ((seen, view.interaction_of(seen)) for seen in view.callers if seen.leaving)
    return [LeavingCaller(seen, interaction_id) for seen, interaction_id in found if interaction_id is not None]


def _leaving(view: _View, seen: ChannelSeen) -> bool:
    """The agent has hung up and the dialplan is about to: no new call."""
    row = view.row_of(seen)
    return bool(row and row.state in _OVER and not seen.in_menu and not seen.on_music)


def _caller(view: _View, seen: ChannelSeen) -> Repair:
    row = view.row_of(seen)
    if row is None or row.state in _OVER:
        return NewCaller(seen)
    in_menu = row.state in _IN_MENU
    stage = Stage.MENU if seen.in_menu and in_menu else Stage.WAITING
    if _partner(seen, view.agents):
        stage = Stage.TALKING
    elif seen.called_for is not None and not seen.up:
        stage = Stage.CALLING
    return KnownCaller(
        seen, row, stage, to_music=seen.in_menu and not in_menu, write_queued=in_menu and not seen.in_menu
    )


def _leg(view: _View, seen: ChannelSeen) -> Repair:
    offer = view.offers.get(seen.reservation_id) if seen.reservation_id else None
    caller = _partner(seen, view.callers)
    if offer is not None:
        return KnownLeg(seen, offer, caller is not None)
    return (_late_answer(view, seen, caller) if caller else None) or StrayLeg(seen, caller)


def _late_answer(view: _View, seen: ChannelSeen, caller: ChannelSeen) -> LateAnswer | None:
    """A leg that was never seen up and talks with a caller who, as far as we knew, still waits."""
    row = view.row_of(caller)
    rang = any(leg.reservation_id == seen.reservation_id and not leg.up for leg in view.believed.legs)
    if row is None or row.state not in InteractionState.waiting() or not rang:
        return None
    if seen.reservation_id is None or seen.agent_id is None:
        return None
    return LateAnswer(seen, row.interaction_id, seen.reservation_id, seen.agent_id)


def _partner(seen: ChannelSeen, others: list[ChannelSeen]) -> ChannelSeen | None:
    return next((other for other in others if seen.bridge and other.bridge == seen.bridge), None)


def _missing(view: _View, now: datetime) -> list[MissingLeg]:
    ringing = {seen.reservation_id for seen in view.agents}
    here = {view.interaction_of(seen) for seen in view.callers}
    return [
        MissingLeg(offer)
        for offer in view.believed.offers
        if offer.pending
        and not offer.has_leg
        and offer.reservation_id not in ringing
        and (offer.interaction_id in here or offer.calls_out)
        and offer.deadline_at > now
    ]
