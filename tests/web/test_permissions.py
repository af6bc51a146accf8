"""Every route beside its permission: nothing is served outside of the table, nothing opens without its permission."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fastapi.routing import APIRoute, APIWebSocketRoute

from core.ids import new_id
from tests.fakes.desk_client import Browser
from tests.fakes.http_client import http_client
from tests.fakes.web_server import WebServer, running_web
from tests.web.conftest import SignIn
from web.app import create_app
from web.permissions import Permission
from web.routes import ROUTES, WEBSOCKET, Route

HTTP_ROUTES = [route for route in ROUTES if route.method != WEBSOCKET]
OPEN = {Permission.PUBLIC, Permission.VISITOR, Permission.DEMO}
REFUSED = {
    "nobody": set(Permission) - OPEN,
    "lin": {Permission.SUPERVISOR, Permission.ADMINISTRATOR},
    "sun": {Permission.AGENT, Permission.ADMINISTRATOR},
    "adam": {Permission.AGENT},
}
KNOWN_TO_OUTSIDERS = {
    ("POST", "/api/session"), ("GET", "/health"), ("GET", "/api/health"), ("GET", "/api/asyncapi.json"),
    ("POST", "/api/twilio/messages"), ("POST", "/api/twilio/status"),
    ("GET", "/api/twilio/files/{token}"),
}  # fmt: skip
KNOWN_TO_VISITORS = {
    ("GET", "/api/chat/{key}"), (WEBSOCKET, "/api/chat/{key}/socket"), ("POST", "/api/chat/{key}/files"),
    ("OPTIONS", "/api/chat/{key}/files"), ("GET", "/api/chat/{key}/files/{file_id}"),
    ("OPTIONS", "/api/chat/{key}/files/{file_id}"),
}  # fmt: skip


def address(route: Route) -> str:
    return re.sub(r"\{\w+\}", str(new_id()), route.path)


def named(route: Route) -> str:
    return f"{route.method} {route.path}"


async def test_nothing_is_served_outside_of_the_table(server: WebServer) -> None:
    app = create_app(server.services)
    served = set()
    for route in app.routes:
        if isinstance(route, APIRoute):
            served |= {(method, route.path) for method in route.methods}
        elif isinstance(route, APIWebSocketRoute):
            served.add((WEBSOCKET, route.path))
    assert served == {(route.method, route.path) for route in ROUTES}
    others = {route.path for route in app.routes if not isinstance(route, APIRoute | APIWebSocketRoute)}  # type: ignore[attr-defined]
    assert others == {"/api/openapi.json", "/{path:path}"}


def test_what_outsiders_reach_is_written_down_here_too() -> None:
    public = {(route.method, route.path) for route in ROUTES if route.permission is Permission.PUBLIC}
    assert public == KNOWN_TO_OUTSIDERS
    visitors = {(route.method, route.path) for route in ROUTES if route.permission is Permission.VISITOR}
    assert visitors == KNOWN_TO_VISITORS
    assert {route.path for route in ROUTES if route.permission is Permission.DEMO} == {
        "/api/demo/phone",
        "/api/demo/crm",
        "/api/demo/messages",
    }


async def test_every_route_refuses_who_lacks_its_permission(server: WebServer, sign_in: SignIn) -> None:
    nobody = Browser(server.url, http_client(base_url=server.url))
    askers = {"nobody": nobody, **{login: await sign_in(login) for login in ("lin", "sun", "adam")}}
    wrong = []
    for login, browser in askers.items():
        for route in HTTP_ROUTES:
            if route.permission not in OPEN and (route.method, route.path) != ("DELETE", "/api/session"):
                status = await _status(browser, route)
                wanted = 401 if login == "nobody" else 403
                if (status == wanted) != (route.permission in REFUSED[login]):
                    wrong.append((login, named(route), status))
    await nobody.close()
    assert not wrong


async def _status(browser: Browser, route: Route) -> int:
    headers = {"X-CSRF-Token": browser.csrf, "Origin": browser.url}
    answer = await browser.http.request(route.method, address(route), json={}, headers=headers)
    return answer.status_code


@pytest.mark.long
async def test_no_refusal_is_a_failure(server: WebServer, sign_in: SignIn) -> None:
    """Whatever is asked with nonsense, by whomever: an answer below 500 with a code."""
    for login in ("lin", "sun", "adam"):
        browser = await sign_in(login)
        for route in HTTP_ROUTES:
            if (route.method, route.path) == ("DELETE", "/api/session"):
                continue
            for path in (address(route), re.sub(r"\{\w+\}", "%00'%ff", route.path)):
                answer = await browser.http.request(
                    route.method, path, content=b'{"presence": "\\u0000", "code": "\\ud800", "note": 7}',
                    headers={"X-CSRF-Token": browser.csrf, "Content-Type": "application/json"},
                )  # fmt: skip
                assert answer.status_code < 500, (named(route), answer.text)
                if answer.status_code >= 400:
                    assert set(answer.json()) == {"code", "message", "details"}, named(route)


@pytest.mark.parametrize("route", [r for r in ROUTES if r.permission is Permission.DEMO], ids=named)
async def test_the_demo_is_there_only_in_demo_mode(route: Route, server: WebServer) -> None:
    async with http_client(base_url=server.url) as client:
        answer = await client.request(route.method, route.path, content=b"{}")
        assert (answer.status_code, answer.json()["code"]) == (404, "route.unknown")


async def test_the_demo_in_demo_mode(server: WebServer, database_url: str, redis_url: str, tmp_path: Path) -> None:
    state = tmp_path / "pbx.json"
    state.write_text('{"voice": true, "reason": "", "demo_phone": {"name": "demo", "secret": "x"}}')
    settings = {"demo": True, "pbx_state_file": str(state), "softphone_ws_url": "ws://127.0.0.1:1/ws"}
    async with (
        running_web(database_url, redis_url, **settings) as demo,
        http_client(base_url=demo.url) as client,
    ):
        phone = (await client.get("/api/demo/phone")).json()
        assert (phone["username"], phone["uri"], phone["numbers"]) == ("demo", "sip:demo@hotline.local", [])
        assert "ws://127.0.0.1:1" in (await client.get("/")).headers["content-security-policy"]
        answer = await client.post("/api/demo/crm", content=b"{}", headers={"Hotline-Signature": "t=1,v1=00"})
        assert (answer.status_code, answer.json()["code"]) == (422, "webhook.signature")
        assert [row["signature_valid"] for row in (await client.get("/api/demo/crm")).json()] == [False]
