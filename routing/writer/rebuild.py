"""Forgetting everything and reading the tables: all rows, what telephony wrote meanwhile, offers for who is free.

What thousands wait for goes into few commits, with breaths between, so that the heartbeat does not stop for it.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.event import Event
from core.logs import logger
from routing.floor import facts, messages, reconcile
from routing.floor.change import Change
from routing.floor.decide import decide_all
from routing.writer import load
from routing.writer.hearing import Decider, Hearing
from routing.writer.session import DeposedError, SessionLostError, WriterSession

log = logger(__name__)

_TOGETHER = 50
"""Legs, and offers, in one change at most."""


async def rebuild(term: Decider, hearing: Hearing, session: WriterSession, domain: str) -> bool:
    """Read everything, hear what was missed, offer what can be offered; False: memory was behind, do it again.

    Raises ``DeposedError`` or ``SessionLostError``.
    """
    rows = await load.everything(session, domain)
    term.floor = await load.filled(rows, term.floor)
    await _hear(term, hearing, list(reconcile.untold(term.floor, rows.legs)))
    await _follow(hearing, list(reconcile.unheard(term.floor, rows.said)))
    if messages.gone(term.floor):
        await term.carry_out(messages.let_go_of_the_gone, "signed off")
    return await _offer_all(term)


async def _offer_all(term: Decider) -> bool:
    """The first need not wait for the last."""
    left_over = True

    def rule(change: Change) -> None:
        nonlocal left_over
        left_over = decide_all(change, _TOGETHER)

    while left_over:
        if await term.attempt(rule, "rebuilt") is not None:
            return False
    return True


async def _hear(term: Decider, hearing: Hearing, legs: Sequence[reconcile.Leg]) -> None:
    """Together, but for late answers, that need a look at the tables."""
    plain: list[reconcile.Leg] = []
    late: list[reconcile.Leg] = []
    for leg in legs:
        (late if any(hearing.is_late(event) for event in reconcile.missed(leg)) else plain).append(leg)
    for first in range(0, len(plain), _TOGETHER):
        await _hear_together(term, hearing, plain[first : first + _TOGETHER])
    await _hear_one_by_one(hearing, late)


async def _follow(hearing: Hearing, events: Sequence[Event]) -> None:
    for event in events:
        try:
            await hearing.react(event)
        except (SessionLostError, DeposedError):
            raise
        except Exception:
            log.exception("what was said could not be followed", event_name=event.name, event_id=str(event.id))


async def _hear_together(term: Decider, hearing: Hearing, legs: Sequence[reconcile.Leg]) -> None:
    def rule(change: Change) -> None:
        for leg in legs:
            for event in reconcile.missed(leg):
                facts.apply(change, event, customer_is_up=leg.customer_is_up)

    try:
        await term.carry_out(rule, "missed")
    except (SessionLostError, DeposedError):
        raise
    except Exception:
        log.exception("legs of calls could not be followed together", count=len(legs))
        await _hear_one_by_one(hearing, legs)


async def _hear_one_by_one(hearing: Hearing, legs: Sequence[reconcile.Leg]) -> None:
    """One leg that makes no sense must not keep everybody else waiting."""
    for leg in legs:
        try:
            for event in reconcile.missed(leg):
                await hearing.react(event, customer_is_up=leg.customer_is_up)
        except (SessionLostError, DeposedError):
            raise
        except Exception:
            log.exception("a leg of a call could not be followed", interaction_id=str(leg.interaction_id))
