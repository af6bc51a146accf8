"""The chat widget in a real browser: written once, there once, whatever becomes of the page and the line."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from core.message import Author
from core.settings import ROOT
from telephony.messages.accounts import Account
from telephony.messages.write import Draft, write
from tests.fakes.floor import Floor
from tests.fakes.web_server import WebServer
from tests.journeys import browser as browsers
from tests.web.test_chat import KEY, rows, widget

pytestmark = pytest.mark.journey
LARGEST_BYTES = 40_000
_PAGE = """<!doctype html><html lang="{language}"><meta charset="utf-8"><title>Shop</title>
<meta name="viewport" content="width=device-width"><body><h1>Shop</h1>
<script src="{url}/widget.js" data-key="{key}" async></script>"""


@dataclass
class Shop:
    """Another site, on a port of its own; ``html`` is all that it has."""

    url: str = ""
    html: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = self.html.encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()


@pytest.fixture
async def site(server: WebServer) -> AsyncIterator[Shop]:
    """A shop whose pages carry the script tag."""
    made = Shop(html=_PAGE.format(language="en", url=server.url, key=KEY))
    async with await asyncio.start_server(made.serve, "127.0.0.1", 0) as listening:
        made.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        yield made


@pytest.fixture
async def account(server: WebServer, floor: Floor, site: Shop) -> Account:
    """The shop's widget."""
    return await widget(floor.database, origins=[site.url])


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    """A browser for all of these tests."""
    async with browsers.chromium() as opened:
        yield opened


async def shop(context: BrowserContext, site: Shop) -> Page:
    page = await context.new_page()
    await page.goto(site.url)
    return page


async def open_chat(page: Page) -> None:
    await page.locator("[data-test=launcher]").click()


async def say(page: Page, text: str) -> None:
    await page.locator("[data-test=text]").fill(text)
    await page.locator("[data-test=text]").press("Enter")


async def shows(page: Page, *texts: str, unsent: int = 0) -> None:
    """What stands in the window after the greeting, in order, and how much of it is not known to have arrived."""
    await expect(page.locator(".message .bubble")).to_have_text(["Hello! How can we help?", *texts])
    await expect(page.locator("[data-unsent]")).to_have_count(unsent)


async def answer(floor: Floor, body: str) -> None:
    (conversation_id,) = (await rows(floor.database, "select id from conversations"))[0]
    async with floor.database.unit_of_work("test") as work:
        await write(work, UUID(str(conversation_id)), Draft(body, author=Author.SYSTEM))


async def until_state(floor: Floor, holds: Callable[[set[str]], bool]) -> None:
    async with asyncio.timeout(10):
        while True:
            found = await rows(floor.database, "select state from messages where direction = 'out'")
            if holds({row[0] for row in found}):
                return
            await asyncio.sleep(0.05)


def test_the_widget_is_small() -> None:
    assert len(gzip.compress((ROOT / "web/console/dist/widget.js").read_bytes())) < LARGEST_BYTES


async def test_reload_tabs_and_a_lost_line_lose_nothing(
    account: Account, site: Shop, floor: Floor, chromium: Browser
) -> None:
    context = await chromium.new_context()
    one = await shop(context, site)
    await open_chat(one)
    await say(one, "one <b>bold</b>")
    await shows(one, "one <b>bold</b>")
    await answer(floor, "two <img src=x onerror=alert(1)>")
    said = ["one <b>bold</b>", "two <img src=x onerror=alert(1)>"]
    await shows(one, *said)
    await until_state(floor, lambda states: states <= {"delivered", "read"})
    two = await shop(context, site)
    await shows(two, *said)
    await context.set_offline(True)
    await say(one, "three")
    await say(one, "four")
    await expect(one.locator("[data-test=notice]")).to_be_visible()
    await answer(floor, "written meanwhile")
    await shows(one, *said, "three", "four", unsent=2)
    await asyncio.sleep(2)  # a while without a line
    await context.set_offline(False)
    everything = [*said, "written meanwhile", "three", "four"]
    await shows(one, *everything)
    await shows(two, *everything)
    await one.reload()
    await shows(one, *everything)
    await say(two, "five")
    await shows(one, *everything, "five")
    assert await rows(floor.database, "select count(*), count(distinct body) from messages") == [(6, 6)]
    assert await rows(floor.database, "select count(*) from conversations") == [(1,)]
    await context.close()


async def test_what_was_unsent_survives_a_reload(account: Account, site: Shop, floor: Floor, chromium: Browser) -> None:
    context = await chromium.new_context()
    page = await shop(context, site)
    await open_chat(page)
    await say(page, "before")
    await shows(page, "before")
    await context.set_offline(True)
    await say(page, "in the tunnel")
    await shows(page, "before", "in the tunnel", unsent=1)
    await page.close()
    await context.set_offline(False)
    again = await shop(context, site)
    await shows(again, "before", "in the tunnel")
    assert await rows(floor.database, "select body from messages order by seq") == [("before",), ("in the tunnel",)]
    await context.close()


async def test_a_foreign_site_gets_no_widget(account: Account, site: Shop, chromium: Browser) -> None:
    context = await chromium.new_context()
    page = await context.new_page()
    async with page.expect_console_message(lambda said: "CORS" in said.text):
        await page.goto(site.url.replace("127.0.0.1", "localhost"))
    await expect(page.locator("[data-hotline-chat]")).to_have_count(0)
    await context.close()


async def test_by_keyboard_alone_and_in_chinese(account: Account, site: Shop, chromium: Browser) -> None:
    site.html = site.html.replace('lang="en"', 'lang="zh-CN"')
    context = await chromium.new_context(viewport={"width": 390, "height": 844})
    page = await shop(context, site)
    launcher = page.get_by_role("button", name="打开在线客服")
    await expect(launcher).to_be_visible()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("textbox", name="请输入消息")).to_be_focused()
    await page.keyboard.type("你好")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("log")).to_contain_text("你好")
    await page.keyboard.press("Escape")
    await expect(launcher).to_be_focused()
    await context.close()


async def test_files_are_sent_and_shown(account: Account, site: Shop, chromium: Browser, tmp_path: Path) -> None:
    context = await chromium.new_context()
    page = await shop(context, site)
    await open_chat(page)
    await expect(page.locator("[data-test=status]")).not_to_have_text("Connecting…")
    (tmp_path / "note.txt").write_text("hello")
    (tmp_path / "page.txt").write_text("<script>alert(1)</script>")
    await page.locator("[data-test=file]").set_input_files(tmp_path / "note.txt")
    button = page.get_by_role("button", name="Save note.txt")
    async with page.expect_download() as saving:
        await button.click()
    assert (await (await saving.value).path()).read_text() == "hello"
    await page.locator("[data-test=file]").set_input_files(tmp_path / "page.txt")
    await expect(page.locator("[data-test=notice]")).to_contain_text("could not be sent")
    await context.close()
