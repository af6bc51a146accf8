"""Places and waits over HTTP: supervisors of everybody, agents of nobody else's."""

from __future__ import annotations

import orjson
import redis.asyncio as redis

from core import clock, valkey_keys
from tests.fakes.desk_client import Browser
from tests.fakes.floor import Call, Floor
from tests.web.conftest import SignIn
from tests.web.test_use_cases import refused


async def lay_out(client: redis.Redis, *calls: Call) -> None:
    rows = {
        str(call.interaction): [str(call.queue), number, 20 * number, 30 * number, 60 * number]
        for number, call in enumerate(calls, 1)
    }
    packed = orjson.dumps({"at": clock.now().timestamp(), "waits": rows})
    await client.set(valkey_keys.waits("main"), packed, ex=10)


async def wait(browser: Browser, call: Call) -> dict[str, object]:
    found: dict[str, object] = await browser.call("GET", f"/api/interactions/{call.interaction}/wait")
    return found


async def test_a_supervisor_sees_where_everybody_stands(
    floor: Floor, sign_in: SignIn, valkey_client: redis.Redis
) -> None:
    one, two = await floor.arrive(), await floor.arrive()
    await lay_out(valkey_client, one, two)
    sun = await sign_in("sun")

    everybody = await sun.call("GET", "/api/waits")
    assert [(each["interaction_id"], each["position"]) for each in everybody] == [
        (str(one.interaction), 1), (str(two.interaction), 2),
    ]  # fmt: skip
    answer = await wait(sun, two)
    assert answer["state"] == "queued"
    assert answer["place"] == everybody[1]
    assert (everybody[1]["low_seconds"], everybody[1]["likely_seconds"], everybody[1]["high_seconds"]) == (40, 60, 120)


async def test_who_does_not_wait_has_no_place(floor: Floor, sign_in: SignIn, valkey_client: redis.Redis) -> None:
    call = await floor.arrive()
    await lay_out(valkey_client, call)
    await floor.offer(call, "lin")
    for login in ("sun", "lin"):
        answer = await wait(await sign_in(login), call)
        assert (answer["state"], answer["place"]) == ("offered", None)


async def test_before_the_first_look_nobody_has_a_place(floor: Floor, sign_in: SignIn) -> None:
    call, sun = await floor.arrive(), await sign_in("sun")
    assert (await wait(sun, call))["place"] is None
    assert await sun.call("GET", "/api/waits") == []


async def test_agents_may_not_look_into_the_queue(floor: Floor, sign_in: SignIn, valkey_client: redis.Redis) -> None:
    call = await floor.arrive()
    await lay_out(valkey_client, call)
    lin = await sign_in("lin")
    path = f"/api/interactions/{call.interaction}/wait"
    assert await refused(lin, "GET", path) == (404, "interaction.unknown")
    assert await refused(lin, "GET", "/api/waits") == (403, "permission.missing")
