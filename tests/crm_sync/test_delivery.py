"""Attempts, leases, order, dead letters and replay, without a broker: every step is called by the test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import pytest

from crm_sync.connectors.port import ConnectorConfig, Parcel
from crm_sync.connectors.webhook import WebhookConnector
from crm_sync.delivery.attempt import attempt
from crm_sync.delivery.relay import Due, relay_due
from crm_sync.delivery.replay import read_dead_letters, replay
from tests.crm_sync.company import Company
from tests.crm_sync.conftest import SECRET
from tests.fakes.webhook_receiver import WebhookReceiver


@pytest.fixture
async def connector() -> AsyncIterator[WebhookConnector]:
    opened = WebhookConnector()
    yield opened
    await opened.close()


async def due_now(company: Company) -> list[Due]:
    """What the relay would send, as if every wait were over."""
    async with company.database.unit_of_work("test") as work:
        await work.fetch("update deliveries set next_at = now() where state = 'pending'")
    found: list[Due] = []

    async def collect(due: Sequence[Due]) -> None:
        found.extend(due)

    await relay_due(company.database, collect)
    return found


async def deliver_round(company: Company, connector: WebhookConnector) -> list[UUID]:
    due = await due_now(company)
    for delivery_id, attempts in due:
        assert await attempt(company.database, connector, delivery_id, attempts)
    return [delivery_id for delivery_id, _ in due]


async def states(company: Company) -> list[str]:
    return [row.state for row in await company.rows("select state from deliveries order by position")]


async def test_the_receiver_gets_a_signed_outcome(
    company: Company, connector: WebhookConnector, receiver: WebhookReceiver
) -> None:
    await company.add_connector(receiver.url, SECRET)
    concluded = await company.conclude(await company.add_call(), "done", "Glück 好 😀")
    await deliver_round(company, connector)
    (request,) = receiver.requests
    assert request.signed and request.event == "outcome.recorded" and request.key == str(concluded.outbox_id)
    assert request.body["data"]["outcome"]["note"] == "Glück 好 😀"
    assert request.body["data"]["customer"]["identities"] == [{"kind": "phone", "value": "+447700900123"}]
    assert request.body["data"]["agent"]["code"] == "lin"
    assert await states(company) == ["delivered"]
    assert (
        await company.value("select payload ->> 'state' from event_log where name = 'delivery.settled'") == "delivered"
    )
    assert await due_now(company) == []


async def test_a_url_without_host_is_this_installation(company: Company, receiver: WebhookReceiver) -> None:
    host, _, path = receiver.url.removeprefix("http://").partition("/")
    opened = WebhookConnector(f"http://{host}")
    await company.add_connector(f"/{path}", SECRET)
    await company.conclude(await company.add_call())
    await deliver_round(company, opened)
    await opened.close()
    assert await states(company) == ["delivered"] and receiver.requests[0].headers["host"] == host


async def test_a_stale_or_second_task_does_nothing(
    company: Company, connector: WebhookConnector, receiver: WebhookReceiver
) -> None:
    await company.add_connector(receiver.url, SECRET)
    await company.conclude(await company.add_call())
    ((delivery_id, attempts),) = await due_now(company)
    done = await asyncio.gather(*(attempt(company.database, connector, delivery_id, attempts) for _ in range(5)))
    assert sorted(done) == [False] * 4 + [True]
    assert len(receiver.requests) == 1


async def test_a_worker_that_dies_after_the_answer_repeats_the_same_bytes_and_key(
    company: Company, connector: WebhookConnector, receiver: WebhookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    await company.add_connector(receiver.url, SECRET)
    await company.conclude(await company.add_call())
    ((delivery_id, attempts),) = await due_now(company)

    async def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("crm_sync.delivery.attempt.mark_delivered", killed)
        await attempt(company.database, connector, delivery_id, attempts)
    assert await due_now(company) == [], "the lease still holds"
    async with company.database.unit_of_work("test") as work:
        await work.fetch("update deliveries set leased_until = now() - interval '1 second'")
    await deliver_round(company, connector)
    assert len(receiver.requests) == 2 and len(receiver.keys) == 1
    assert receiver.requests[0].body == receiver.requests[1].body
    assert await states(company) == ["delivered"]


async def test_one_customer_is_told_in_order_and_others_do_not_wait(
    company: Company, connector: WebhookConnector, receiver: WebhookReceiver
) -> None:
    await company.add_connector(receiver.url, SECRET)
    notes = [("+447700900001", "a1"), ("+447700900001", "a2"), ("+447700900002", "b1"), ("+447700900001", "a3")]
    for number, note in notes:
        await company.conclude(await company.add_call(number), "done", note)
    receiver.statuses = [500]
    assert len(await deliver_round(company, connector)) == 2
    while "pending" in await states(company):
        await deliver_round(company, connector)
    seen = [request.body["data"]["outcome"]["note"] for request in receiver.requests]
    assert [note for note in seen if note.startswith("a")] in (["a1", "a1", "a2", "a3"], ["a1", "a2", "a3"])
    assert seen.index("b1") < seen.index("a2")


async def test_an_earlier_pending_one_refuses_the_lease_of_a_later(
    company: Company, connector: WebhookConnector, receiver: WebhookReceiver
) -> None:
    await company.add_connector(receiver.url, SECRET)
    for note in ("first", "second"):
        await company.conclude(await company.add_call(), "done", note)
    later = await company.value("select id from deliveries order by position desc limit 1")
    assert not await attempt(company.database, connector, later, 0)
    assert receiver.requests == []


@pytest.mark.parametrize(
    ("status", "reason"),
    [(500, "HTTP 500 oh no"), (302, "HTTP 302 oh no"), (0, "the exchange failed"), (404, "HTTP 404")],
)
async def test_what_fails_is_tried_later(
    company: Company, connector: WebhookConnector, receiver: WebhookReceiver, status: int, reason: str
) -> None:
    await company.add_connector(receiver.url, SECRET)
    await company.conclude(await company.add_call())
    receiver.statuses, receiver.answer_body = [status], b"oh\r\n\x00 no"
    receiver.answer_headers = {"location": receiver.url}
    await deliver_round(company, connector)
    (row,) = await company.rows("select *, next_at > now() + interval '0.8 s' as later from deliveries")
    assert row.state == "pending" and row.attempts == 1 and row.later and row.leased_until is None
    assert row.last_error.startswith(reason)
    assert len(receiver.requests) == 1


async def test_the_receiver_may_ask_for_patience(
    company: Company, connector: WebhookConnector, receiver: WebhookReceiver
) -> None:
    await company.add_connector(receiver.url, SECRET)
    await company.conclude(await company.add_call())
    receiver.status, receiver.answer_headers = 429, {"retry-after": "120"}
    await deliver_round(company, connector)
    assert await company.value("select next_at > now() + interval '110 s' from deliveries")


@pytest.mark.long
async def test_a_slow_receiver_is_given_up_in_time(
    company: Company, connector: WebhookConnector, receiver: WebhookReceiver
) -> None:
    await company.add_connector(receiver.url, SECRET, timeout_seconds=1)
    await company.conclude(await company.add_call())
    receiver.delay_seconds = 30
    await deliver_round(company, connector)
    assert await company.value("select last_error from deliveries") == "no whole answer within 1 s"


async def test_dead_letters_are_replayed(
    company: Company, connector: WebhookConnector, receiver: WebhookReceiver
) -> None:
    await company.add_connector(receiver.url, SECRET, max_attempts=3)
    await company.conclude(await company.add_call(), "done", "first")
    await company.conclude(await company.add_call(), "done", "second")
    receiver.statuses = [500, 500, 500]
    for _ in range(4):
        await deliver_round(company, connector)
    assert await states(company) == ["dead", "delivered"]
    async with company.database.reading() as connection:
        (letter,) = await read_dead_letters(connection, "main")
    assert letter.attempts == 3 and letter.last_error == "HTTP 500 ok"
    async with company.database.unit_of_work("user:x") as work:
        assert await replay(work, [letter.id]) == 1
    await deliver_round(company, connector)
    assert await states(company) == ["delivered", "delivered"]


async def test_a_disabled_connector_waits(
    company: Company, connector: WebhookConnector, receiver: WebhookReceiver
) -> None:
    await company.add_connector(receiver.url, SECRET)
    await company.conclude(await company.add_call())
    ((delivery_id, attempts),) = await due_now(company)
    async with company.database.unit_of_work("test") as work:
        await work.fetch("update connectors set enabled = false")
    assert not await attempt(company.database, connector, delivery_id, attempts)
    assert await due_now(company) == []


async def test_a_broker_that_is_away_changes_nothing(company: Company, receiver: WebhookReceiver) -> None:
    await company.add_connector(receiver.url, SECRET)
    await company.conclude(await company.add_call())

    async def fail(_: Sequence[Due]) -> None:
        raise ConnectionError("no broker")

    with pytest.raises(ConnectionError):
        await relay_due(company.database, fail)
    assert await company.value("select next_at <= now() from deliveries")


class Broken:
    """A connector with a fault of its own."""

    async def deliver(self, config: ConnectorConfig, parcel: Parcel) -> None:
        raise ValueError("nobody thought of this")


async def test_a_broken_connector_uses_up_its_attempts_like_a_silent_receiver(company: Company) -> None:
    await company.add_connector("http://x.invalid/", SECRET, max_attempts=2)
    await company.conclude(await company.add_call())
    for _ in range(2):
        for delivery_id, attempts in await due_now(company):
            assert await attempt(company.database, Broken(), delivery_id, attempts)
    assert await states(company) == ["dead"]
    async with company.database.reading() as connection:
        (letter,) = await read_dead_letters(connection, "main")
    assert letter.last_error == "the connector failed: ValueError"


async def test_a_host_beyond_ascii_is_reached(
    company: Company, connector: WebhookConnector, receiver: WebhookReceiver
) -> None:
    await company.add_connector(receiver.url.replace("127.0.0.1", "\uff4cocalhost"), SECRET)
    await company.conclude(await company.add_call())
    await deliver_round(company, connector)
    assert await states(company) == ["delivered"]
    assert receiver.requests[0].headers["host"].startswith("localhost:")
