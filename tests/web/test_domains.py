"""Two domains behind one web process: who signs in decides what there is, and the other domain does not exist."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import redis.asyncio as redis
from sqlalchemy import insert, text

from core.bus import Bus
from core.tables import domains
from tests.fakes.desk_client import Browser, Refused
from tests.fakes.floor import Call, Floor
from tests.fakes.web_server import WebServer
from tests.web.conftest import SignIn
from web.permissions import Permission
from web.routes import ROUTES

MARK = "@other"


@pytest.fixture
async def others(server: WebServer, floor: Floor, valkey_client: redis.Redis) -> AsyncIterator[Floor]:
    """A second floor, in a domain that is added while the web process runs; served by now."""
    async with Bus(valkey_client, "other") as publisher:
        made = Floor(floor.database.of("other", publisher), MARK)
        await floor.run(insert(domains).values(id="other", name="The others"))
        await made.settle()
        async with asyncio.timeout(5):
            while "other" not in server.services.domains:
                await asyncio.sleep(0.02)
        yield made


async def _refused(browser: Browser, method: str, path: str, body: object = None) -> int:
    with pytest.raises(Refused) as caught:
        await browser.call(method, path, body)
    return caught.value.status


def _ids(floor: Floor, *calls: Call) -> set[str]:
    """Every id by which a domain's things could be known."""
    people = {str(each) for person in floor.people.values() for each in (person.user, person.agent) if each}
    known = {str(each) for call in calls for each in (call.interaction, call.customer, call.reservation) if each}
    return people | known | {str(queue) for queue in floor.queues.values()}


async def test_a_supervisor_sees_nothing_of_the_other_domain(floor: Floor, others: Floor, sign_in: SignIn) -> None:
    mine, theirs = await floor.arrive(name="Mine"), await others.arrive(name="Theirs")
    desks = {each.domain: await (await sign_in(f"sun{each.mark}")).open_desk() for each in (floor, others)}
    for each, call in ((floor, mine), (others, theirs)):
        await each.offer(call, f"lin{each.mark}")
        await each.answer(call)
        desk = desks[each.domain]
        await desk.until(lambda desk=desk: "active" in json.dumps(desk.state["interactions"]))
    await others.hang_up(theirs)
    await others.finish(theirs)
    late = await others.arrive(name="Late")
    await desks[others.domain].until(lambda: str(late.interaction) in json.dumps(desks[others.domain].state))
    own = await floor.arrive(name="Own")
    await desks[floor.domain].until(lambda: str(own.interaction) in json.dumps(desks[floor.domain].state))

    for each, foreign in ((floor, _ids(others, theirs, late)), (others, _ids(floor, mine))):
        shown = json.dumps(desks[each.domain].state)
        assert not [known for known in foreign if known in shown]
        assert {agent["name"] for agent in desks[each.domain].state["agents"]} == {"Lin", "Zhao"}
        await desks[each.domain].close()


async def test_ids_of_another_domain_answer_404(floor: Floor, others: Floor, sign_in: SignIn) -> None:
    theirs, talking = await others.arrive(), await others.arrive()
    await others.offer(theirs, f"lin{MARK}")
    await others.offer(talking, f"zhao{MARK}")
    await others.answer(talking)
    sun, adam, lin = [await sign_in(login) for login in ("sun", "adam", "lin")]
    done = {"code": "done", "note": ""}
    asked: list[tuple[str, str, Any]] = [
        ("GET", f"/api/customers/{theirs.customer}", None),
        ("GET", f"/api/customers/{theirs.customer}/timeline", None),
        ("GET", f"/api/interactions/{theirs.interaction}/why", None),
        ("POST", f"/api/reservations/{theirs.reservation}/decline", None),
        ("POST", f"/api/interactions/{talking.interaction}/hangup", None),
        ("POST", f"/api/interactions/{talking.interaction}/outcome", done),
    ]
    for method, path, body in asked:
        assert [await _refused(each, method, path, body) for each in (sun, adam, lin)] == [404, 404, 404], path
    presence = f"/api/agents/{others.agent('lin' + MARK)}/presence"
    assert await _refused(sun, "POST", presence, {"presence": "offline"}) == 404

    rows = "select count(*) from event_log where domain = 'other' and actor like 'user:%'"
    assert await floor.value(rows) == 0
    own = await sign_in(f"sun{MARK}")
    assert (await own.call("GET", f"/api/customers/{theirs.customer}"))["id"] == str(theirs.customer)


async def test_calls_to_customers_cannot_be_asked_for_across_domains(
    floor: Floor, others: Floor, sign_in: SignIn
) -> None:
    theirs, mine = await others.arrive(), await floor.arrive()
    stranger, foreign_queue = others.agent(f"lin{MARK}"), str(others.queues["shipments"])
    due = {"due_at": "2031-01-01T00:00:00Z"}
    own_queue = {"queue_id": str(floor.queues["shipments"])}
    asked: list[tuple[str, object]] = [
        (f"/api/interactions/{theirs.interaction}/callback", {}),
        (f"/api/interactions/{theirs.interaction}/cancel", None),
        (f"/api/interactions/{theirs.interaction}/keep-for", {"agent_id": str(floor.agent("lin")), "seconds": 60}),
        (f"/api/interactions/{mine.interaction}/keep-for", {"agent_id": str(stranger), "seconds": 60}),
        ("/api/callbacks", {"queue_id": foreign_queue, "number": "+8613900000001"}),
        ("/api/callbacks", own_queue | {"customer_id": str(theirs.customer)}),
        ("/api/follow-ups", own_queue | due | {"customer_id": str(theirs.customer)}),
        ("/api/follow-ups", own_queue | due | {"customer_id": str(mine.customer), "agent_id": str(stranger)}),
    ]
    sun = await sign_in("sun")
    assert {path: await _refused(sun, "POST", path, body) for path, body in asked} == {path: 404 for path, _ in asked}


async def test_a_search_finds_ones_own_customers_only(floor: Floor, others: Floor, sign_in: SignIn) -> None:
    await floor.arrive(name="Shared Name")
    theirs = await others.arrive(name="Shared Name")
    sun = await sign_in(f"sun{MARK}")
    found = await sun.call("GET", "/api/customers?query=Shared")
    assert [hit["id"] for hit in found] == [str(theirs.customer)]


async def test_what_a_user_does_is_announced_in_their_own_domain(floor: Floor, others: Floor, sign_in: SignIn) -> None:
    lin = await sign_in(f"lin{MARK}")
    desk = await (await sign_in(f"sun{MARK}")).open_desk()
    elsewhere = await (await sign_in("sun")).open_desk()
    await lin.call("POST", "/api/me/presence", {"presence": "away", "reason": "lunch"})
    await desk.until(lambda: "lunch" in json.dumps(desk.state["agents"]))
    assert "lunch" not in json.dumps(elsewhere.state["agents"])
    assert await floor.value("select domain from event_log where name = 'agent.presence_changed'") == "other"
    await desk.close()
    await elsewhere.close()


async def test_signing_out_closes_the_desks_of_that_user_in_any_domain(others: Floor, sign_in: SignIn) -> None:
    lin = await sign_in(f"lin{MARK}")
    desk = await lin.open_desk()
    await lin.call("DELETE", "/api/session")
    async with asyncio.timeout(5):
        await desk.closed.wait()
    query = "select presence from agent_states where agent_id = :agent"
    assert await others.value(query, agent=others.agent(f"lin{MARK}")) == "offline"


@pytest.mark.long
async def test_a_retired_domain_lets_nobody_in_and_sends_its_people_away(
    floor: Floor, others: Floor, server: WebServer, sign_in: SignIn
) -> None:
    inside = await sign_in(f"sun{MARK}")
    desk, home = await inside.open_desk(), await (await sign_in("sun")).open_desk()
    await floor.run(text("update domains set active = false where id = 'other'"))
    async with asyncio.timeout(5):
        await desk.closed.wait()
        while "other" in server.services.domains:
            await asyncio.sleep(0.02)

    assert await _refused(inside, "GET", "/api/customers?query=x") == 503
    with pytest.raises(Refused) as caught:
        await sign_in(f"lin{MARK}")
    assert caught.value.code == "sign_in.wrong"
    assert not home.closed.is_set()
    await home.close()


def test_only_what_is_nobodys_domain_asks_for_the_home_domain() -> None:
    at_home = {route.path for route in ROUTES if "Home" in route.handler.__annotations__.values()}
    strangers = (Permission.PUBLIC, Permission.VISITOR, Permission.DEMO)  # who belong to no domain, or bring its key
    open_to_all = {route.path for route in ROUTES if route.permission in strangers}
    assert at_home - open_to_all == {"/api/desk"}  # finds its domain by the session, since it refuses by close codes
