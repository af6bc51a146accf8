"""Messages whose writer is killed in the middle: the next one goes on, with what was said in between."""

from __future__ import annotations

import signal

import pytest

from core.agent import Presence
from core.interaction import Channel
from core.interaction import InteractionState as State
from tests.routing import correspondence as post
from tests.routing.company import Company
from tests.routing.correspondence import arrives
from tests.routing.writer_process import Start, writer_after


@pytest.mark.long
async def test_a_killed_writer_loses_no_message_and_counts_none_twice(company: Company, start: Start) -> None:
    await company.change_queue(wrap_up_seconds=600)
    agent = await company.add_agent(reachable=False, capacity={"chat": 3})
    leaver = await company.add_agent(reachable=False, capacity={"sms": 2})
    first = start()
    _, epoch = await writer_after(company.database, 0)
    taken, offered, left = [await arrives(company) for _ in range(3)]
    offers = {message: await company.offer_of(message) for message in (taken, offered, left)}
    text, other_text = [await arrives(company, Channel.SMS) for _ in range(2)]
    for message in (taken, left):
        await post.accept(company, offers[message])
        await company.stands(message, State.ACTIVE)
    await post.served(company, text)
    await company.offer_of(other_text)

    first.send(signal.SIGKILL)
    await post.accept(company, offers[offered])
    await post.customer_leaves(company, left)
    await company.choose_presence(leaver, Presence.OFFLINE)
    assert await post.end(company, taken, agent) is True
    late = await arrives(company)
    start()
    await writer_after(company.database, epoch)

    assert (await company.stands(offered, State.ACTIVE)).agent_id == agent
    assert (await company.stands(left, State.WRAPPING)).agent_id == agent
    assert (await company.offer_of(late)).agent_id == agent
    await company.agent_is(agent, load={"chat": 3})
    assert (await company.stands(text, State.QUEUED)).priority_boost == 1
    assert (await company.stands(other_text, State.QUEUED)).priority_boost == 0
    await company.agent_is(leaver, load={})
    assert await company.faults() == []
