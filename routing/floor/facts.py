"""Which fact leads to which rule. A fact that no longer fits (seen twice, late, overtaken) changes nothing."""

from __future__ import annotations

from dataclasses import replace

from core.agent import ReservationState
from core.event import Event
from core.events import (
    AcceptRequested,
    AgentPresenceChanged,
    AgentWorkChanged,
    CallLegAnswered,
    CallLegEnded,
    CallLegFailed,
    CancelRequested,
    CustomerTierChanged,
    DeclineRequested,
    EndpointReachabilityChanged,
    InteractionClosed,
    InteractionQueued,
    InteractionRevised,
)
from core.interaction import InteractionState
from core.message_events import CustomerLeftConversation
from routing.floor import callbacks, calls, messages, offers, staffing
from routing.floor.change import BehindError, Change
from routing.floor.rows import Item

FACTS = (
    InteractionQueued, InteractionClosed, CallLegAnswered, CallLegFailed, CallLegEnded, DeclineRequested,
    AgentPresenceChanged, AgentWorkChanged, EndpointReachabilityChanged, CustomerTierChanged,
    InteractionRevised, CancelRequested, AcceptRequested, CustomerLeftConversation,
)  # fmt: skip


def apply(change: Change, event: Event, *, customer_is_up: bool = False) -> None:
    """Apply a fact to the floor. ``customer_is_up`` is asked for when an agent's leg ended.

    Another tier and a revision change nothing here: the interactions that they are about are read again.

    Raises ``BehindError`` when memory has missed an earlier change, or must not go on from what it has.
    """
    match event:
        case InteractionQueued():
            _queued(change, event)
        case InteractionClosed():
            _closed(change, event)
        case CallLegAnswered():
            calls.answered(change, event)
        case CallLegFailed():
            calls.failed(change, event)
        case CallLegEnded():
            calls.ended(change, event, customer_is_up=customer_is_up)
        case AcceptRequested() | DeclineRequested() | CancelRequested():
            _asked(change, event)
        case CustomerLeftConversation():
            messages.customer_left(change, event)
        case AgentPresenceChanged():
            staffing.presence_changed(change, event)
        case AgentWorkChanged():
            staffing.work_changed(change, event)
        case EndpointReachabilityChanged():
            staffing.reachability_changed(change, event)
        case _:
            pass


def _queued(change: Change, event: InteractionQueued) -> None:
    known = change.floor.items.get(event.interaction_id)
    if (known is not None and known.version >= event.version) or change.floor.is_gone(event.interaction_id):
        return
    if event.interaction_id in change.items:
        raise BehindError
    if known is not None and known.reservation_id is not None:
        change.floor.drop_reservation(known.reservation_id)
    change.floor.put_item(_item(event) if known is None else _handed_over(event, known))
    change.wake_item(event.interaction_id)


def _item(event: InteractionQueued) -> Item:
    return Item(
        id=event.interaction_id, channel=event.channel, state=InteractionState.QUEUED, version=event.version,
        customer_id=event.customer_id, queue_id=event.queue_id, queued_at=event.queued_at, priority=event.priority,
        priority_boost=event.priority_boost, skills=frozenset(event.required_skills.items()),
        excluded=frozenset(event.excluded_agents), tier=event.tier, credit_grade=event.credit_grade,
        account_manager_id=event.account_manager_id, last_agent_id=event.last_agent_id,
        excluded_until=event.at + offers.DECLINE_LASTS if event.excluded_agents else None,
    )  # fmt: skip


def _handed_over(event: InteractionQueued, known: Item) -> Item:
    """It waits anew, and asks for what it asked for."""
    return replace(_item(event), preferred=known.preferred, target_seconds=known.target_seconds, kind=known.kind)


def _closed(change: Change, event: InteractionClosed) -> None:
    """Closed elsewhere (at the desk, or by telephony): its reservation is released with it."""
    known = change.floor.items.get(event.interaction_id)
    if known is None or known.version >= event.version:
        return
    if event.interaction_id in change.items:
        raise BehindError
    change.floor.forget_item(known)


def _asked(change: Change, event: AcceptRequested | DeclineRequested | CancelRequested) -> None:
    if isinstance(event, AcceptRequested):
        messages.accepted(change, event)
    elif isinstance(event, DeclineRequested):
        _declined(change, event)
    else:
        callbacks.cancel(change, event)


def _declined(change: Change, event: DeclineRequested) -> None:
    reservation = change.reservation(event.reservation_id)
    if reservation is None or reservation.agent_id != event.agent_id:
        return
    if reservation.state is ReservationState.PENDING:
        offers.decline(change, reservation)
