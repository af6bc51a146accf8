"""Callbacks and follow-ups over HTTP: asked for, entered, cancelled, and refused."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from core import clock
from core.ids import new_id
from tests.fakes.desk_client import Browser, Refused
from tests.fakes.floor import Floor
from tests.web.conftest import SignIn

ROW = "select {column} from interactions where id = :id"


async def refused(browser: Browser, path: str, body: object = None) -> tuple[int, str | None]:
    with pytest.raises(Refused) as caught:
        await browser.call("POST", path, body)
    return caught.value.status, caught.value.code


async def of(floor: Floor, interaction: UUID, column: str) -> object:
    return await floor.value(ROW.format(column=column), id=interaction)


async def test_a_waiting_call_becomes_a_callback_and_is_cancelled(floor: Floor, sign_in: SignIn) -> None:
    sun, lin = await sign_in("sun"), await sign_in("lin")
    call = await floor.arrive()
    path = f"/api/interactions/{call.interaction}"
    assert (await refused(lin, f"{path}/callback", {}))[0] == 403
    assert await refused(sun, f"{path}/callback", {"number": "not a number"}) == (422, "callback.bad_number")
    assert await refused(sun, f"{path}/cancel") == (409, "callback.not_waiting")
    desk = await sun.open_desk()
    await sun.call("POST", f"{path}/callback", {"number": "139 0000 0042"})
    assert [await of(floor, call.interaction, name) for name in ("kind", "state", "address")] == [
        "callback", "queued", "+8613900000042",
    ]  # fmt: skip

    def seen() -> bool:
        return any(item["kind"] == "callback" for item in desk.state["interactions"])

    await desk.until(seen)
    await sun.call("POST", f"{path}/cancel")
    assert await of(floor, call.interaction, "end_reason") == "cancelled"
    assert await refused(sun, f"{path}/callback", {}) == (409, "callback.too_late")
    assert await refused(sun, f"/api/interactions/{new_id()}/callback", {}) == (404, "interaction.unknown")
    await desk.close()


async def test_one_for_which_an_agent_is_rung_is_cancelled_by_the_writer(floor: Floor, sign_in: SignIn) -> None:
    sun = await sign_in("sun")
    call = await floor.arrive()
    path = f"/api/interactions/{call.interaction}"
    await sun.call("POST", f"{path}/callback", {})
    await floor.offer(call, "lin")
    await sun.call("POST", f"{path}/cancel")
    asked = "select count(*) from event_log where name = 'callback.cancel_requested' and interaction_id = :id"
    assert await floor.value(asked, id=call.interaction) == 1
    await floor.answer(call)
    assert await refused(sun, f"{path}/cancel") == (409, "callback.not_waiting")


async def test_it_is_too_late_when_an_agent_is_rung(floor: Floor, sign_in: SignIn) -> None:
    sun = await sign_in("sun")
    call = await floor.arrive()
    await floor.offer(call, "lin")
    assert await refused(sun, f"/api/interactions/{call.interaction}/callback", {}) == (409, "callback.too_late")
    keep = {"agent_id": str(floor.agent("zhao"))}
    assert await refused(sun, f"/api/interactions/{call.interaction}/keep-for", keep) == (
        409, "interaction.not_waiting",
    )  # fmt: skip


async def test_a_supervisor_enters_a_callback(floor: Floor, sign_in: SignIn) -> None:
    sun = await sign_in("sun")
    entry = {"queue_id": str(floor.queues["shipments"]), "number": "139 0000 0043", "name": "Ann\u202e"}
    made = await sun.call("POST", "/api/callbacks", entry)
    row = UUID(made["interaction_id"])
    assert [await of(floor, row, name) for name in ("kind", "state", "address", "caller_name")] == [
        "callback", "queued", "+8613900000043", "Ann",
    ]  # fmt: skip
    assert await refused(sun, "/api/callbacks", entry | {"queue_id": str(new_id())}) == (404, "queue.unknown")
    assert await refused(sun, "/api/callbacks", entry | {"number": "hello"}) == (422, "callback.bad_number")
    assert await refused(sun, "/api/callbacks", entry | {"number": ""}) == (422, "callback.no_number")
    assert await refused(sun, "/api/callbacks", entry | {"customer_id": str(new_id())}) == (404, "customer.unknown")


async def test_a_follow_up_waits_for_its_time_and_its_owner(floor: Floor, sign_in: SignIn) -> None:
    sun, lin = await sign_in("sun"), await sign_in("lin")
    call = await floor.arrive()
    due = clock.now() + timedelta(hours=2)
    entry = {
        "queue_id": str(floor.queues["shipments"]), "customer_id": str(call.customer), "due_at": due.isoformat(),
        "number": "139 0000 0044", "agent_id": str(floor.agent("zhao")), "agent_first_seconds": 600,
    }  # fmt: skip
    row = UUID((await lin.call("POST", "/api/follow-ups", entry))["interaction_id"])
    assert [await of(floor, row, name) for name in ("kind", "due_at", "demanded_until", "demanded_agents")] == [
        "follow_up", due, due + timedelta(minutes=10), [floor.agent("zhao")],
    ]  # fmt: skip
    assert await refused(lin, "/api/follow-ups", entry | {"agent_id": str(new_id())}) == (404, "agent.unknown")
    assert (await refused(lin, "/api/follow-ups", entry | {"due_at": "tomorrow"}))[0] == 422
    assert (await refused(lin, f"/api/interactions/{row}/cancel"))[0] == 403
    await sun.call("POST", f"/api/interactions/{row}/cancel")
    assert await of(floor, row, "state") == "closed"


async def test_a_waiting_call_is_kept_for_an_agent(floor: Floor, sign_in: SignIn) -> None:
    sun = await sign_in("sun")
    call = await floor.arrive()
    path = f"/api/interactions/{call.interaction}/keep-for"
    assert await refused(sun, path, {"agent_id": str(new_id())}) == (404, "agent.unknown")
    await sun.call("POST", path, {"agent_id": str(floor.agent("zhao")), "seconds": 30})
    assert await of(floor, call.interaction, "demanded_agents") == [floor.agent("zhao")]
