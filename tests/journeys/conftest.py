"""One product for all journeys of a run; each journey has people and numbers of its own."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

import telephony.menu
from core.db import Database
from processes import seed
from tests.fakes.sip.endpoint import Endpoint
from tests.fakes.webhook_receiver import WebhookReceiver
from tests.journeys import browser as browsers
from tests.journeys.company import Person, Team, connect_crm, make_team, only_music
from tests.journeys.customers_phone import Phone
from tests.journeys.probe import Probe
from tests.journeys.scene import Scene
from tests.journeys.stack import Plan, Stack, running
from tests.places import open_directory

DIRECT_NUMBER = "4008880077"
_DEMO_QUEUES = ("shipments", "complaints")
PHONES_HOST = "127.0.0.3"
CARRIER_HOST = "127.0.0.4"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here is a journey."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.journey)


_LOG_HOME: list[Path] = []
_TOLD_LINES = 60


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """A journey that fails tells what the parts wrote last."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if report.failed and _LOG_HOME:
        for log in sorted(_LOG_HOME[0].glob("logs/*.log")):
            lines = log.read_text(errors="replace").splitlines()[-_TOLD_LINES:]
            report.sections.append((f"{log.stem}: last lines", "\n".join(line[:400] for line in lines)))


@pytest.fixture(scope="session")
async def phones() -> AsyncIterator[Endpoint]:
    """Where agents' desk phones are."""
    endpoint = await Endpoint.open(PHONES_HOST)
    yield endpoint
    await endpoint.aclose()


@pytest.fixture(scope="session")
async def carrier() -> AsyncIterator[Endpoint]:
    """The telephone network behind the trunk, with the phones of customers whom we call, by number."""
    endpoint = await Endpoint.open(CARRIER_HOST)
    yield endpoint
    await endpoint.aclose()


@pytest.fixture(scope="session")
async def crm() -> AsyncIterator[WebhookReceiver]:
    """The company's CRM."""
    async with WebhookReceiver(secrets.token_urlsafe(24)) as receiver:
        yield receiver


@pytest.fixture(scope="session")
async def stack(crm: WebhookReceiver, carrier: Endpoint) -> AsyncIterator[Stack]:
    """The whole product, running."""
    with open_directory("hotline-journeys-") as home:

        async def prepare(database_url: str) -> str:
            await seed.demo_company(database_url, home / "sign-ins.json")
            async with Database(database_url) as database:
                await connect_crm(database, crm.url, crm.secret)
                await only_music(database)
            return database_url

        _LOG_HOME[:] = [home]
        plan = Plan(home, prepare, carrier=carrier.address, environment={"HOTLINE_MENU_DIR": str(_menus(home))})
        async with running(plan) as started:
            yield started


def _menus(home: Path) -> Path:
    """The demo company's menus, and one that only takes callbacks."""
    directory = home / "menus"
    shutil.copytree(Path(telephony.menu.__file__).parent / "demo", directory)
    (directory / "call-me.yaml").write_text(
        "menu: call-me\nstart: book\nlanguages: [en]\nprompts: {}\nnodes:\n  book: {book_callback: called}\n"
    )
    return directory


@pytest.fixture(scope="session")
async def probe(stack: Stack) -> Probe:
    """Looks into the product's database."""
    return Probe(stack.database)


@pytest.fixture(scope="session")
async def team(stack: Stack, phones: Endpoint) -> Team:
    """Agents with desk phones, in a queue with a direct number and in the queues behind the menu."""
    return await make_team(stack.database, "journeys", DIRECT_NUMBER, phones.address, size=4, also_in=_DEMO_QUEUES)


@pytest.fixture(scope="session")
async def demo_people(stack: Stack, probe: Probe) -> dict[str, Person]:
    """The demo company's people by login, with the passwords that were made for them."""
    sign_ins = json.loads((stack.home / "sign-ins.json").read_text())
    ids = {row["login"]: row["agent_id"] for row in await probe.rows("select login, agent_id from users")}
    return {
        row["login"]: Person(row["login"], row["password"], ids[row["login"]], "", row["login"]) for row in sign_ins
    }


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium."""
    async with browsers.chromium() as opened:
        yield opened


@pytest.fixture
async def scene(
    stack: Stack, probe: Probe, phones: Endpoint, crm: WebhookReceiver, team: Team, tmp_path: Path
) -> AsyncIterator[Scene]:
    """A journey's stage, cleared afterwards."""
    stage = Scene(stack, probe, phones, crm, team, tmp_path)
    yield stage
    await stage.close()


@pytest.fixture
async def dial(carrier: Endpoint) -> AsyncIterator[Callable[[str], Phone]]:
    """Makes customers' phones."""
    made: list[Phone] = []

    def make(number: str) -> Phone:
        made.append(Phone(carrier, number))
        return made[-1]

    yield make
    for phone in made:
        await phone.close()
