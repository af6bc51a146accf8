"""The console's files: hashed ones for ever, the page fresh, nothing from outside of the build."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from tests.fakes.http_client import http_client
from web.console_files import add_console
from web.guards import content_security_policy
from web.problems import add_problem_handlers


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """An application over a build with a secret beside it."""
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text("<title>the page</title>")
    (dist / "favicon.svg").write_text("<svg/>")
    (dist / "assets" / "main-8d7f.js").write_text("1")
    (tmp_path / "secret.txt").write_text("secret")
    (dist / "assets" / "link.txt").symlink_to(tmp_path / "secret.txt")
    app = FastAPI(openapi_url=None)
    add_console(app, dist)
    add_problem_handlers(app)
    transport = httpx.ASGITransport(app)
    async with http_client(transport=transport, base_url="http://test") as made:
        yield made


async def test_hashed_files_are_kept_for_ever_and_the_page_is_asked_for_each_time(client: httpx.AsyncClient) -> None:
    assert "immutable" in (await client.get("/assets/main-8d7f.js")).headers["cache-control"]
    for path in ("/", "/index.html", "/favicon.svg", "/desk/wherever"):
        answer = await client.get(path)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")


async def test_unknown_paths_are_pages_of_the_console(client: httpx.AsyncClient) -> None:
    assert "the page" in (await client.get("/supervisor/board")).text
    for path in ("/assets/old-1234.js", "/api/unknown", "/api"):
        answer = await client.get(path)
        assert answer.status_code == 404
        assert set(answer.json()) == {"code", "message", "details"}


OUTSIDE = [
    "/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/assets/link.txt", "/assets/%00", "//etc/passwd",
]  # fmt: skip


@pytest.mark.parametrize("path", OUTSIDE)
async def test_nothing_leaves_the_build(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.text != "secret" and "root:" not in answer.text
    assert answer.status_code < 500


async def test_a_console_that_is_not_built_says_so(tmp_path: Path) -> None:
    app = FastAPI(openapi_url=None)
    add_console(app, tmp_path / "nothing")
    async with http_client(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        answer = await client.get("/")
    assert answer.status_code == 503
    assert "npm run build" in answer.text


@pytest.mark.parametrize(
    ("url", "reached"),
    [
        ("ws://127.0.0.1:8088/ws", "connect-src 'self' ws://127.0.0.1:8088;"),
        ("wss://pbx.example/ws", "connect-src 'self' wss://pbx.example;"),
        ("", "connect-src 'self';"),
        ("javascript:alert(1)", "connect-src 'self';"),
    ],
)
def test_the_policy_lets_the_phone_reach_the_pbx_and_nothing_else(url: str, reached: str) -> None:
    policy = content_security_policy(url)
    assert reached in policy
    assert "script-src 'self';" in policy
