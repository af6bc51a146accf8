"""A number that leads straight into a queue: from its second call on, callers go on music without our word."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from core.tables import entry_numbers
from telephony.asterisk.link import Action
from telephony.asterisk.service import TelephonyService
from tests.telephony.asterisk.live import scenarios
from tests.telephony.asterisk.live.conftest import QUEUE_NUMBER, Running

pytestmark = pytest.mark.journey
MARK = f"HOTLINE_DIRECT_{QUEUE_NUMBER.removeprefix('+')}"


async def marked(service: TelephonyService) -> str:
    frame = await service.keeper.send(Action("Getvar", (("Variable", MARK),)))
    return frame.get("Value")


async def one_call(running: Running, **state: str) -> None:
    """A customer calls, reaches this state, and leaves."""
    with running.exchange.calls(scenarios.caller(talk=1500), QUEUE_NUMBER):
        row = await running.wait_row(**state)
        await running.wait_leg(row.id, "ended", "hangup")


async def test_the_second_caller_needs_no_word_and_talks_like_the_first(running: Running) -> None:
    service = await running.fresh()
    await one_call(running, state="queued")
    assert await marked(service) == "1"
    caller = running.exchange.calls(scenarios.caller(number="+8613900000077"), QUEUE_NUMBER)
    with running.exchange.phone("one", scenarios.phone_answers(talk=700)), caller as customer:
        row = await running.wait_row(state="queued", address="+8613900000077")
        reservation = await running.offer(row.id, "one")
        await running.wait_leg(reservation, "ended", "hangup")
        await running.wait_leg(row.id, "ended", "hangup", seconds=2)
        assert customer.wait(3) == 0


async def test_a_mark_that_the_configuration_has_overtaken_is_taken_back(running: Running) -> None:
    await one_call(running, state="queued")
    await running.stop()
    async with running.database.engine.begin() as connection:
        await connection.execute(
            update(entry_numbers).where(entry_numbers.c.number == QUEUE_NUMBER).values(menu="main", queue_id=None)
        )
    service = await running.start()
    with running.exchange.calls(scenarios.caller(number="+8613900000078", talk=1500), QUEUE_NUMBER):
        row = await running.wait_row(address="+8613900000078", seconds=3)
        await running.wait_leg(row.id, "ended", "hangup")
    assert row.state == "queued"
    assert await marked(service) == ""
    with running.exchange.calls(scenarios.caller(number="+8613900000079", talk=1500), QUEUE_NUMBER):
        await running.wait_row(address="+8613900000079", state="in_menu")
