"""A text message over the desk in a browser, with the real writer and the real sender behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from core import bus
from core.db import Database
from core.tasks import end
from routing.writer.service import RoutingService
from telephony.messages.console import ConsoleProvider
from telephony.messages.sender import Sender
from tests.fakes.floor import PASSWORD, Floor
from tests.fakes.post import Post
from tests.fakes.web_server import WebServer, running_web
from tests.journeys.browser import open_page
from tests.journeys.waiting import until


@pytest.fixture
async def post(database: Database) -> Post:
    """A floor whose agents take texts."""
    floor = Floor(database)
    await floor.settle()
    made = Post(floor)
    await made.change("update agents set capacity = '{\"sms\": 2}' where code = 'lin'")
    await made.change("update queues set wrap_up_seconds = 30")
    await made.open()
    return made


@pytest.fixture
async def server(post: Post, database_url: str, redis_url: str) -> AsyncIterator[WebServer]:
    """Web, writer and sender over one database."""
    client = bus.connect(redis_url)
    publisher = bus.Bus(client, "main")
    writer = RoutingService(database_url, "main", publisher, client)
    tasks = [
        asyncio.create_task(writer.run()),
        asyncio.create_task(Sender(post.floor.database, {"console": ConsoleProvider()}).run()),
    ]
    async with running_web(database_url, redis_url) as running:
        await until(lambda: writer.is_ready, 10, "the writer's election")
        yield running
    await end(*tasks)
    publisher.close()
    await client.aclose()


async def _at_the_desk(browser: Browser, server: WebServer, artifacts: Path) -> Page:
    page = await open_page(browser, server.url, artifacts)
    for mark, text in (("login", "lin"), ("password", PASSWORD)):
        field = page.locator(f'input[data-test="{mark}"], [data-test="{mark}"] input')
        await field.fill(text)
    await page.click('[data-test="submit"]')
    await page.wait_for_selector('[data-test="presence"]')
    return page


_TOP = "seq => document.querySelector(`[data-seq='${seq}']`).getBoundingClientRect().top"


async def test_older_messages_come_in_without_a_jump(
    post: Post, server: WebServer, browser: Browser, tmp_path: Path
) -> None:
    page = await _at_the_desk(browser, server, tmp_path)
    await post.write("1")
    await post.change(
        "insert into messages (id, domain, conversation_id, account_id, seq, direction, author, body, state, at) "
        "select gen_random_uuid(), domain, id, account_id, n, 'in', 'customer', 'Line ' || n, 'received', now() "
        "from conversations, generate_series(2, 120) n"
    )
    await post.change("update conversations set newest = 120")
    bubbles = page.locator('[data-test="bubble"]')
    await expect(bubbles).to_have_count(50, timeout=10_000)
    await page.wait_for_timeout(300)
    await page.evaluate("document.querySelector('.scroll').scrollTop = 100")
    before = await page.evaluate(_TOP, 73)
    await expect(bubbles).to_have_count(100)
    assert abs(await page.evaluate(_TOP, 73) - before) < 40
    await page.context.close()


async def test_a_text_is_taken_answered_and_ended(
    post: Post, server: WebServer, browser: Browser, tmp_path: Path
) -> None:
    page = await _at_the_desk(browser, server, tmp_path)
    await post.write("Where is my parcel?")
    take = page.locator('[data-test="accept-message"]')
    await expect(take).to_be_visible(timeout=10_000)
    await expect(page.locator('[data-test="bubble"]')).to_contain_text("Where is my parcel?")
    await expect(page.locator('[data-test="customer-name"]')).to_have_text("Ann Hill")
    await page.keyboard.press("Enter")
    reply = page.locator('[data-test="reply"]')
    await expect(reply).to_be_visible(timeout=10_000)
    await reply.fill("It comes tomorrow.")
    await page.reload()
    await expect(reply).to_have_value("It comes tomorrow.", timeout=10_000)
    await reply.press("Enter")
    ours = page.locator('[data-test="bubble"][data-author="agent"]')
    await expect(ours).to_have_attribute("data-state", "delivered", timeout=10_000)
    await expect(reply).to_have_value("")
    await post.write("Thank you!")
    await expect(page.locator('[data-test="bubble"]')).to_have_count(3)
    await page.fill('[data-test="note"], [data-test="note"] textarea', "Told her.")
    await page.click('[data-test="outcome"]')
    await page.click('[data-test="outcome-done"]')
    await page.click('[data-test="finish"]')
    await expect(page.locator('[data-test="work-item"]')).to_have_count(0)
    assert await post.rows("select state, end_reason from interactions") == [("closed", "completed")]
    assert await post.rows("select body, state from messages where direction = 'out'") == [
        ("It comes tomorrow.", "delivered")
    ]
    assert await post.rows("select code, note from outcomes") == [("done", "Told her.")]
    assert await post.rows("select kind, title from timeline_entries") == [("message", "sms, Shipments, Done")]
    assert await post.rows(
        "select load::text from agent_states s join agents a on a.id = s.agent_id and a.code = 'lin'"
    ) == [("{}",)]
    await post.write("One more thing")
    await expect(take).to_be_visible(timeout=10_000)
    await expect(page.locator('[data-test="timeline-entry"][data-kind="message"]')).to_have_count(1)
    await page.context.close()
