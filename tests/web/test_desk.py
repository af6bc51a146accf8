"""The desk over its websocket: snapshot, pop, and the way of one call."""

from __future__ import annotations

from sqlalchemy import update

from core.agent import Presence
from core.tables import agent_states
from tests.fakes.floor import Floor
from tests.web.conftest import SignIn


async def test_a_call_goes_over_the_desk(floor: Floor, sign_in: SignIn) -> None:
    desk = await (await sign_in("lin")).open_desk()
    assert desk.state is not None
    assert [agent["name"] for agent in desk.state["agents"]] == ["Lin"]
    call = await floor.arrive()
    await floor.offer(call, "lin")
    await desk.until(lambda: bool(desk.state["work"]))
    pop = desk.of_type("work.changed")[0]["item"]
    assert (pop["state"], pop["customer"]["name"], pop["customer"]["tier"]) == ("offered", "Wang Fang", "gold")
    assert pop["menu_path"] == [{"node": "main", "choice": "1", "label": {"en": "Shipments", "zh": "货物"}}]
    await floor.answer(call)
    await desk.until(lambda: desk.state["work"][0]["state"] == "active")
    await floor.hang_up(call)
    await desk.until(lambda: desk.state["work"][0]["state"] == "wrapping")
    await floor.finish(call)
    await desk.until(lambda: not desk.state["work"])
    assert desk.of_type("work.removed")[0]["reason"] == "closed"
    await desk.close()


async def test_a_supervisor_sees_who_does_not_answer_also_after_a_reload(floor: Floor, sign_in: SignIn) -> None:
    sun = await sign_in("sun")
    desk = await sun.open_desk()
    agent_id = floor.agent("lin")
    await floor.run(update(agent_states).where(agent_states.c.agent_id == agent_id).values(missed=2))
    await floor.set_presence("lin", Presence.AWAY, "rona")

    def missed() -> list[int]:
        return [agent["missed"] for agent in desk.state["agents"] if agent["id"] == str(agent_id)]

    await desk.until(lambda: missed() == [2])
    await desk.close()
    desk = await sun.open_desk()
    assert missed() == [2]
    await desk.close()
