"""What callers on music are told, one thing after the other: who wants to tell them something asks here.

The PBX says when they are back on music; one of an older dialplan does not, so words last at most a while.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from telephony.asterisk.calls import Call, Stage
from telephony.asterisk.link import Action
from telephony.asterisk.pbx_port import Orders

LONGEST = timedelta(seconds=45)
PAUSE = timedelta(seconds=2)
"""How much music there is between two things at least."""


def listens(call: Call) -> bool:
    """Whether he waits, and nobody fetches him or lets him go: never while an agent is being rung, who might fetch him
    in that moment."""
    return call.stage is Stage.WAITING and not call.legs and not call.hangup_wanted


def may_be_told(call: Call, now: datetime) -> bool:
    """Whether something can be said to him now, with nothing else cut short."""
    hears = call.told_at is not None and now - call.told_at < LONGEST
    heard = call.quiet_at is not None and now - call.quiet_at < PAUSE
    return listens(call) and not hears and not heard


def tell(call: Call, orders: Orders, now: datetime, *actions: Action) -> None:
    """Send him to the words; he comes back to the music by himself."""
    call.told_at = now
    for action in actions:
        orders.give(action)


def over(call: Call, now: datetime) -> None:
    """He hears music again."""
    if call.told_at is not None:
        call.told_at, call.quiet_at = None, now
