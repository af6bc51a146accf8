"""What packages tell each other of calls, offers, agents and records; of messages, see ``core.message_events``."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import orjson
from pydantic import Field, ValidationError

from core import message_events  # noqa: F401  (so that they are known)
from core.agent import EndpointKind, LegEndReason, LegRole, Presence, WorkState
from core.event import REGISTRY, Event
from core.interaction import Channel, EndReason, Kind, QueuedCause


def parse_event(name: str, payload: str | bytes) -> Event | None:
    """The event of that name from its JSON, or None when a newer process knows an event that we do not.

    Fields that only a newer process knows are left out: while processes are renewed one by one, old ones go on.
    Raises ``pydantic.ValidationError`` for anything else that is wrong.
    """
    kind = REGISTRY.get(name)
    if kind is None:
        return None
    try:
        return kind.model_validate_json(payload)
    except ValidationError as error:
        if any(each["type"] != "extra_forbidden" for each in error.errors(include_url=False)):
            raise
        known = orjson.loads(payload)
        return kind.model_validate({field: known[field] for field in kind.model_fields if field in known}, strict=False)


# -- interactions ---------------------------------------------------------------------------------


class InteractionCreated(Event):
    """A customer reached us."""

    name = "interaction.created"
    interaction_id: UUID
    channel: Channel
    customer_id: UUID
    address: str
    called_number: str
    version: int


class MenuChosen(Event):
    """The customer chose something in a menu."""

    name = "menu.chosen"
    interaction_id: UUID
    menu: str
    node: str
    choice: str


class InteractionQueued(Event):
    """The customer waits for an agent, for the first time or again (then with the same ``queued_at``)."""

    name = "interaction.queued"
    interaction_id: UUID
    channel: Channel
    queue_id: UUID
    customer_id: UUID
    cause: QueuedCause
    queued_at: datetime
    priority: int = 0
    """Seconds of waiting that this one is credited with, beside what its queue and its customer's tier give."""
    priority_boost: int = 0
    """Above 0: goes before every item of a lower boost (1 = put back by a fault of ours)."""
    required_skills: dict[str, int] = Field(default_factory=dict)
    """Skill code to minimum level (1-5), beside what the queue asks for."""
    tier: str = "standard"
    credit_grade: str | None = None
    account_manager_id: UUID | None = None
    last_agent_id: UUID | None = None
    excluded_agents: list[UUID] = Field(default_factory=list)
    version: int


class InteractionRevised(Event):
    """Somebody other than routing changed what waits: it became a callback, say. Routing reads it again."""

    name = "interaction.revised"
    interaction_id: UUID
    kind: Kind
    because: str
    version: int


class InteractionDialledAhead(Event):
    """An agent is forecast free: call this customer now. ``call_id`` stands for the reservation that is to come."""

    name = "interaction.dialled_ahead"
    interaction_id: UUID
    call_id: UUID
    version: int


class InteractionDialWithdrawn(Event):
    """The forecast has slipped: call this customer no longer, unless he has answered."""

    name = "interaction.dial_withdrawn"
    interaction_id: UUID
    call_id: UUID
    version: int


class InteractionActivated(Event):
    """Customer and agent talk."""

    name = "interaction.activated"
    interaction_id: UUID
    agent_id: UUID
    reservation_id: UUID
    version: int


class InteractionWrapping(Event):
    """The customer has left; the agent concludes until ``wrap_up_until``."""

    name = "interaction.wrapping_started"
    interaction_id: UUID
    agent_id: UUID
    end_reason: EndReason
    wrap_up_until: datetime | None
    version: int


class InteractionTurnedAway(Event):
    """A customer who waits has to go, since his queue has closed: tell him, then let him go."""

    name = "interaction.turned_away"
    interaction_id: UUID
    queue_id: UUID
    end_reason: EndReason
    version: int


class InteractionClosed(Event):
    """Nothing more happens to it."""

    name = "interaction.closed"
    interaction_id: UUID
    queue_id: UUID | None
    agent_id: UUID | None
    end_reason: EndReason
    version: int


# -- reservations and agents ----------------------------------------------------------------------


class ReservationEvent(Event):
    """What every event about an offer carries."""

    name = "reservation.event"
    reservation_id: UUID
    interaction_id: UUID
    agent_id: UUID
    queue_id: UUID


class ReservationCreated(ReservationEvent):
    """An interaction is offered to an agent: ring the phone, pop the screen."""

    name = "reservation.created"
    channel: Channel
    customer_id: UUID
    ring_seconds: int
    deadline_at: datetime
    queued_at: datetime
    version: int
    """Version of the interaction after the offer."""
    kind: Kind = Kind.LIVE
    """Other than live: the customer is called when the agent has picked up."""


class ReservationAccepted(ReservationEvent):
    """The agent answered."""

    name = "reservation.accepted"


class ReservationRejected(ReservationEvent):
    """The agent declined."""

    name = "reservation.rejected"


class ReservationExpired(ReservationEvent):
    """The agent did not answer in time, or the phone could not be rung (``reason``)."""

    name = "reservation.expired"
    reason: LegEndReason


class ReservationRescinded(ReservationEvent):
    """The offer was taken back, since the customer left or the interaction went elsewhere."""

    name = "reservation.rescinded"


class AgentPresenceChanged(Event):
    """The agent is available, away (with a reason) or offline."""

    name = "agent.presence_changed"
    agent_id: UUID
    presence: Presence
    reason: str | None
    since: datetime
    version: int


class AgentWorkChanged(Event):
    """The agent's work state changed. ``version`` is shared with presence: one row, one counter."""

    name = "agent.work_changed"
    agent_id: UUID
    work_state: WorkState
    since: datetime
    interaction_id: UUID | None
    wrap_up_until: datetime | None = None
    load: dict[str, int] = Field(default_factory=dict)
    """How many of each channel the agent holds beside a call."""
    version: int


class AgentMissedTwice(Event):
    """The agent's phone rang in vain twice in a row, or more often (``missed``): a supervisor should look."""

    name = "agent.missed_twice"
    agent_id: UUID
    interaction_id: UUID
    missed: int


# -- facts of the PBX -----------------------------------------------------------------------------


class CallLegEvent(Event):
    """What every event about a call leg carries."""

    name = "call_leg.event"
    leg_id: UUID
    interaction_id: UUID
    reservation_id: UUID | None = None
    agent_id: UUID | None = None
    role: LegRole


class CallLegAnswered(CallLegEvent):
    """For an agent's leg: bridged with the customer, or (when the customer is to be called) picked up. For a
    customer's: he whom we called has answered."""

    name = "call_leg.answered"


class CallLegFailed(CallLegEvent):
    """An agent's leg, or that of a customer whom we call, never came up, and why."""

    name = "call_leg.failed"
    reason: LegEndReason


class CallLegEnded(CallLegEvent):
    """A leg that was up (or a customer's, in any state) is gone, and why."""

    name = "call_leg.ended"
    reason: LegEndReason


class EndpointReachabilityChanged(Event):
    """The agent's phone can be rung, or no longer."""

    name = "endpoint.reachability_changed"
    agent_id: UUID
    reachable: bool
    since: datetime


class EndpointProvisioned(Event):
    """An agent's phone was added or changed in ``agent_endpoints``; telephony renders it for the PBX."""

    name = "endpoint.provisioned"
    agent_id: UUID
    kind: EndpointKind


# -- the desk, the record -------------------------------------------------------------------------


class HangupRequested(Event):
    """An agent or supervisor wants the call to end (the customer's leg and with it all of it)."""

    name = "call.hangup_requested"
    interaction_id: UUID
    agent_id: UUID | None = None


class DeclineRequested(Event):
    """The agent declines an offer from the screen."""

    name = "reservation.decline_requested"
    reservation_id: UUID
    interaction_id: UUID
    agent_id: UUID


class AcceptRequested(Event):
    """The agent takes an offer that rings on the screen only: a message."""

    name = "reservation.accept_requested"
    reservation_id: UUID
    interaction_id: UUID
    agent_id: UUID


class CancelRequested(Event):
    """Somebody is not to be called any more, and an agent is being rung for it: take the offer back, and close it."""

    name = "callback.cancel_requested"
    interaction_id: UUID


class OutcomeRecorded(Event):
    """The agent concluded: an outcome with its note stands on the record."""

    name = "outcome.recorded"
    interaction_id: UUID
    customer_id: UUID
    agent_id: UUID
    code: str
    outbox_id: UUID | None = None


class CustomerCreated(Event):
    """A new record, a prospect found by a contact for instance."""

    name = "customer.created"
    customer_id: UUID


class CustomerTierChanged(Event):
    """The customer is worth another service from now on; what waits of him is routed anew."""

    name = "customer.tier_changed"
    customer_id: UUID
    tier: str
    grade: str | None = None


class DeliverySettled(Event):
    """An outbox entry reached a connector, or was given up (``dead``)."""

    name = "delivery.settled"
    delivery_id: UUID
    outbox_id: UUID
    interaction_id: UUID | None
    customer_id: UUID | None
    connector: str
    state: str


class ConfigurationChanged(Event):
    """Queues, members, skills, numbers or menus changed; consumers reload what they hold of ``what``."""

    name = "configuration.changed"
    what: str
