"""What the bus brings while the writer is busy goes into one commit."""

from __future__ import annotations

import asyncio

from sqlalchemy import text

from core.interaction import InteractionState as State
from routing.writer.service import RoutingService
from tests.routing.company import Company


async def keep_busy(writer: RoutingService, done: asyncio.Event) -> asyncio.Task[None]:
    """The writer decides nothing until ``done``."""
    busy = asyncio.Event()

    async def be_busy() -> None:
        busy.set()
        await done.wait()

    assert writer.term is not None
    task = asyncio.create_task(writer.term.undisturbed(be_busy))
    await busy.wait()
    return task


async def test_what_comes_together_is_one_commit(company: Company, writer: RoutingService) -> None:
    """Facts that pile up while the writer is busy: an answer, three new calls, one of which leaves again."""
    for _ in range(2):
        await company.add_agent()
    await writer.rebuild()
    talking = await company.call_arrives()
    offer = await company.offer_of(talking)
    done = asyncio.Event()
    being_busy = await keep_busy(writer, done)
    commits = "select count(distinct xmin::text) from event_log where actor = 'routing'"
    ((before,),) = await company.rows(text(commits))
    first = await company.call_arrives(silent=True)
    await company.customer_leaves(first)
    await asyncio.sleep(0.1)  # the reader has handed this over and waits; what follows piles up
    await company.agent_answers(offer)
    second, third = await company.call_arrives(), await company.call_arrives()
    await company.customer_leaves(second)
    done.set()
    await being_busy

    await company.stands(talking, State.ACTIVE)
    await company.stands(second, State.CLOSED)
    await company.offer_of(third)
    assert await company.rows(text(commits)) == [(before + 1,)]
    assert await company.faults() == []


async def test_of_calls_that_come_together_the_older_goes_first(company: Company, writer: RoutingService) -> None:
    agent = await company.add_agent()
    await writer.rebuild()
    done = asyncio.Event()
    being_busy = await keep_busy(writer, done)
    await company.customer_leaves(await company.call_arrives(silent=True))
    await asyncio.sleep(0.1)  # this one is handed over by itself
    calls = [await company.call_arrives() for _ in range(8)]
    done.set()
    await being_busy

    await company.offer_of(calls[0], agent)
    assert await company.faults() == []
