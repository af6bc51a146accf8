"""The console in Chromium, as a person uses it: what stands on the screen, what is clicked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Locator, Page, expect

from tests.journeys.browser import audio, open_page
from tests.journeys.company import Person
from tests.journeys.waiting import until

_SHOWN_MILLISECONDS = 10_000


@dataclass
class Console:
    """One signed-in person's page."""

    page: Page
    person: Person

    @classmethod
    async def open(cls, browser: Browser, url: str, person: Person, artifacts: Path) -> Console:
        """Sign in."""
        page = await open_page(browser, url, artifacts)
        page.set_default_timeout(_SHOWN_MILLISECONDS)
        await page.locator("[data-test=login]").fill(person.login)
        await page.locator("[data-test=password]").fill(person.password)
        await page.locator("[data-test=submit]").click()
        await expect(page.locator("[data-test=connection-line]")).to_have_attribute("data-state", "open")
        return cls(page, person)

    def part(self, name: str, **data: Any) -> Locator:
        """The element of that name whose ``data-…`` attributes are as given."""
        wanted = "".join(f'[data-{key}="{value}"]' for key, value in data.items())
        return self.page.locator(f"[data-test='{name}']{wanted}")

    async def shows(self, name: str, seconds: float = 10, **data: Any) -> Locator:
        """That element, once it can be seen."""
        found = self.part(name, **data).first
        await expect(found).to_be_visible(timeout=seconds * 1000)
        return found

    async def has_phone(self) -> None:
        """The browser phone is registered."""
        await self.shows("phone-line", 15, state="ready")

    async def be_available(self) -> None:
        """Choose "available" in the menu."""
        await self.has_phone()
        await self.part("presence").click()
        await self.part("presence-available").click()
        await self.shows("presence-text", presence="available")

    async def accept(self) -> None:
        """Answer what rings."""
        await self.shows("call-state", state="offered", phone="ringing")
        await self.part("accept").click()
        await self.shows("call-state", state="active", phone="up")

    async def hears(self, seconds: float = 10) -> dict[str, Any]:
        """Audio comes in and goes out: more packets than before, none lost, at a level that is no silence."""
        before = await audio(self.page)

        async def more() -> dict[str, Any] | None:
            now = await audio(self.page)
            grew = now["received"] > before["received"] + 25 and now["sent"] > before["sent"] + 25
            return now if grew and now["level"] > 0.05 else None

        return await until(more, seconds, "the browser hears and speaks")

    async def conclude(self, outcome: str, note: str) -> None:
        """Write a note, choose an outcome, finish."""
        await self.part("note").fill(note)
        await self.part("outcome").click()
        await self.part(f"outcome-{outcome}").dispatch_event("pointerdown")
        await self.part("finish").click()
        await self.shows("saved")

    async def find_customer(self, words: str) -> None:
        """Open a customer's record by a search."""
        await self.part("find").click()
        await self.part("find-input").fill(words)
        await self.part("find-hit").first.click()

    async def die(self) -> None:
        """The browser is gone, without a word to anybody."""
        await self.page.context.close()
