"""What strangers and the curious try: floods, forgeries, paths and values that nobody means."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator

import pytest
import yaml
from sqlalchemy import text

from core.settings import ROOT
from tests.fakes.floor import PASSWORD, Floor
from tests.fakes.http_client import http_client
from tests.fakes.web_server import WebServer, running_web
from tests.web.conftest import SignIn
from web import desk_socket, sign_in_limits
from web.session_watch import check_sessions

CRM = "/api/demo/crm"


@pytest.fixture
async def demo(floor: Floor, database_url: str, redis_url: str) -> AsyncIterator[WebServer]:
    """The web process of a demo company."""
    async with running_web(database_url, redis_url, demo=True) as running:
        yield running


async def test_guesses_at_the_same_moment_are_counted_too(server: WebServer) -> None:
    body = {"login": "lin", "password": "wrong"}
    async with http_client(base_url=server.url, timeout=30) as client:
        answers = await asyncio.gather(*(client.post("/api/session", json=body) for _ in range(16)))
    tried = [answer for answer in answers if answer.status_code == 401]
    assert len(tried) <= sign_in_limits.MAX_BY_LOGIN


@pytest.mark.parametrize("path", ["/" + "a" * 300, "/" + "a/" * 3000, "/%00", "//etc/passwd", "/..%2f..%2fetc/passwd"])
async def test_no_path_is_an_outage_or_leads_out(server: WebServer, path: str) -> None:
    async with http_client(base_url=server.url) as client:
        answer = await client.get(path)
    assert "root:" not in answer.text
    assert "part.unavailable" not in answer.text
    assert answer.status_code in (200, 404, 503)


async def test_a_moment_that_no_calendar_has_is_a_refusal(floor: Floor, sign_in: SignIn) -> None:
    lin = await sign_in("lin")
    customer = await floor.value("select id from customers limit 1")
    for before in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):
        answer = await lin.http.get(f"/api/customers/{customer}/timeline", params={"before": before})
        assert answer.status_code < 500, (before, answer.text)


async def test_searches_never_break(sign_in: SignIn) -> None:
    lin = await sign_in("lin")
    for query in ("%%%%", "\0\0\0", "\\\\\\", "__", "\ud7ff\ufffe", "+" * 100, "' or 1=1 --", "123%"):
        answer = await lin.http.get("/api/customers", params={"query": query})
        assert (answer.status_code, answer.json()) == (200, []), query


async def test_a_deep_forgery_does_not_blind_the_demo_inbox(demo: WebServer) -> None:
    async with http_client(base_url=demo.url) as client:
        deep = b'{"a":' * 900 + b"1" + b"}" * 900
        await client.post(CRM, content=deep, headers={"Idempotency-Key": "deep"})
        assert (await client.get(CRM)).status_code == 200


@pytest.mark.long
async def test_a_forgery_replaces_no_real_delivery(demo: WebServer) -> None:
    demo.services.demo_crm.take("event", "outcome.recorded", True, {"real": 1})
    async with http_client(base_url=demo.url) as client:
        for number in range(150):
            key = "event" if number == 0 else f"forged-{number}"
            answer = await client.post(CRM, json={"forged": 1}, headers={"Idempotency-Key": key})
            assert answer.status_code == 422
        shown = (await client.get(CRM)).json()
    real = [line for line in shown if line["event_id"] == "event" and line["signature_valid"]]
    assert [(line["times"], line["body"]) for line in real] == [(1, {"real": 1})]


async def test_another_site_cannot_write_into_the_demo_inbox(demo: WebServer) -> None:
    async with http_client(base_url=demo.url, headers={"Origin": "https://evil.example"}) as client:
        answer = await client.post(CRM, json={"forged": 1})
        assert (answer.status_code, answer.json()["code"]) == (403, "origin.foreign")
        assert (await client.get(CRM)).json() == []


@pytest.mark.parametrize(("method", "path"), [("GET", "/api/demo/phone"), ("GET", CRM), ("POST", CRM)])
async def test_the_demo_is_not_there_outside_of_it(server: WebServer, method: str, path: str) -> None:
    async with http_client(base_url=server.url) as client:
        assert (await client.request(method, path)).status_code == 404


@pytest.mark.long
async def test_a_desk_cannot_ask_for_snapshots_without_end(sign_in: SignIn) -> None:
    lin = await sign_in("lin")
    async with await lin.connect() as socket:
        began, asked = time.monotonic(), 5
        for _ in range(asked):
            await socket.send(json.dumps({"type": "snapshot.request"}))
        await socket.send(json.dumps({"type": "ping"}))
        while json.loads(await socket.recv())["type"] != "pong":
            pass
        assert time.monotonic() - began >= asked * desk_socket.REFRESH_PAUSE_SECONDS


async def test_who_gets_another_role_starts_with_another_desk(floor: Floor, server: WebServer, sign_in: SignIn) -> None:
    desk = await (await sign_in("sun")).open_desk()
    await check_sessions(server.services)
    assert not desk.closed.is_set()
    await floor.run(text("update users set role = 'administrator' where login = 'sun'"))
    await check_sessions(server.services)
    await desk.closed.wait()
    assert desk.socket.close_code == 1012


async def test_behind_the_proxy_of_the_compose_file_people_count_by_their_own_address(
    server: WebServer, floor: Floor
) -> None:
    forwarded = {"X-Forwarded-For": "203.0.113.9"}
    async with http_client(base_url=server.url, headers=forwarded) as client:
        await client.post("/api/session", json={"login": "lin", "password": PASSWORD})
    assert await floor.value("select address from sessions") == "203.0.113.9"
    everywhere = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["x-hotline"]["environment"]
    assert everywhere["FORWARDED_ALLOW_IPS"] == "${HOTLINE_PROXY:-127.0.0.1}"
