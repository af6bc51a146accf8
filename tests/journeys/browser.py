"""Chromium as the agent's or supervisor's desk, with a fake microphone; its packets and levels by getStats."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

from core.embedded import programs

_FLAGS = (
    "--no-sandbox",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
    "--allow-loopback-in-peer-connection",
    "--proxy-server=direct://",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)

_WATCH_PEERS = """
(() => {
  const Real = window.RTCPeerConnection;
  window.__peers = [];
  window.RTCPeerConnection = class extends Real {
    constructor(...args) { super(...args); window.__peers.push(this); }
  };
})();
"""

_STATS = """
async () => {
  const total = {received: 0, lost: 0, sent: 0, level: 0};
  for (const peer of window.__peers.filter(p => p.connectionState === 'connected')) {
    for (const row of (await peer.getStats()).values()) {
      if (row.type === 'inbound-rtp' && row.kind === 'audio') {
        total.received += row.packetsReceived; total.lost += row.packetsLost;
        total.level = Math.max(total.level, row.audioLevel || 0);
      }
      if (row.type === 'outbound-rtp' && row.kind === 'audio') total.sent += row.packetsSent;
    }
  }
  return total;
}
"""


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """One browser; pages in contexts of their own are different people."""
    program = programs.chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program.argv_prefix[0], args=list(_FLAGS), env={**program.environment()}, headless=True
        )
        try:
            yield browser
        finally:
            await browser.close()


async def open_page(browser: Browser, url: str, artifacts: Path) -> Page:
    """A fresh person's page at ``url``; what the page says goes to ``artifacts``/console.log (a directory)."""
    context = await browser.new_context(
        viewport={"width": 1440, "height": 900}, permissions=["microphone"], locale="en-GB", reduced_motion="reduce"
    )
    await context.add_init_script(_WATCH_PEERS)
    page = await context.new_page()

    def note(line: str) -> None:
        artifacts.mkdir(parents=True, exist_ok=True)
        with (artifacts / "console.log").open("a") as log:
            log.write(line + "\n")

    page.on("console", lambda message: note(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: note(f"ERROR {error}"))
    await page.goto(url)
    return page


async def audio(page: Page) -> dict[str, Any]:
    """Packets received, lost and sent, and the level (0 to 1) of what comes in, over connected calls."""
    found: dict[str, Any] = await page.evaluate(_STATS)
    return found
