"""Signing in: the cookie, the tokens, the limits, the end of a session."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from core import clock
from tests.fakes.desk_client import Browser, Refused
from tests.fakes.floor import PASSWORD, Floor
from tests.fakes.http_client import http_client
from tests.fakes.web_server import WebServer
from tests.web.conftest import SignIn
from web import sign_in_limits
from web.session_watch import check_sessions
from web.sessions import COOKIE


async def fails(server: WebServer, login: str, password: str) -> Refused:
    with pytest.raises(Refused) as caught:
        await Browser.sign_in(server.url, login, password)
    return caught.value


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(server: WebServer) -> None:
    async with http_client(base_url=server.url) as client:
        answer = await client.post("/api/session", json={"login": "lin", "password": PASSWORD})
        cookie = answer.headers["set-cookie"]
        assert all(part in cookie for part in ("HttpOnly", "SameSite=strict", "Path=/"))
        assert "Secure" not in cookie
        assert answer.headers["x-frame-options"] == "DENY"


async def test_the_cookie_is_secure_behind_https(floor: Floor, server: WebServer) -> None:
    async with http_client(base_url=server.url, headers={"X-Forwarded-Proto": "https"}) as client:
        answer = await client.post("/api/session", json={"login": "lin", "password": PASSWORD})
        assert "Secure" in answer.headers["set-cookie"]


async def test_only_the_hash_of_the_token_is_stored(floor: Floor, sign_in: SignIn) -> None:
    lin = await sign_in("lin")
    token = lin.http.cookies[COOKIE]
    assert len(token) >= 40
    assert await floor.value("select count(*) from sessions where token_hash = :token", token=token.encode()) == 0


async def test_unknown_login_and_wrong_password_look_the_same(server: WebServer) -> None:
    wrong, unknown = await fails(server, "lin", "wrong"), await fails(server, "nobody\0", "wrong")
    assert (wrong.status, wrong.code) == (unknown.status, unknown.code) == (401, "sign_in.wrong")


async def test_a_user_who_was_switched_off_is_out_at_once(floor: Floor, server: WebServer, sign_in: SignIn) -> None:
    lin = await sign_in("lin")
    await floor.run(text("update users set active = false where login = 'lin'"))
    with pytest.raises(Refused) as caught:
        await lin.call("GET", "/api/session")
    assert caught.value.status == 401
    assert (await fails(server, "lin", PASSWORD)).code == "sign_in.wrong"


async def test_too_many_failures_lock_for_a_while(server: WebServer) -> None:
    for _ in range(sign_in_limits.MAX_BY_LOGIN):
        assert (await fails(server, "lin", "wrong")).status == 401
    locked = await fails(server, "lin", PASSWORD)
    assert (locked.status, locked.code) == (429, "sign_in.too_many")
    await (await Browser.sign_in(server.url, "zhao", PASSWORD)).close()


@pytest.mark.long
async def test_failures_are_counted_here_while_valkey_is_away(
    server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Away:
        def __getattr__(self, name: str) -> object:
            raise OSError("away")

    monkeypatch.setattr(server.services.limits, "_client", Away())
    for _ in range(sign_in_limits.MAX_BY_LOGIN):
        assert (await fails(server, "lin", "wrong")).status == 401
    assert (await fails(server, "lin", PASSWORD)).status == 429


async def test_changes_need_the_token_and_our_own_origin(sign_in: SignIn) -> None:
    lin = await sign_in("lin")
    body = {"presence": "available"}
    for headers, code in (
        ({"X-CSRF-Token": "x"}, "csrf.mismatch"),
        ({"X-CSRF-Token": ""}, "csrf.mismatch"),
        ({"Origin": "https://evil.example"}, "origin.foreign"),
        ({"Origin": "null"}, "origin.foreign"),
    ):
        with pytest.raises(Refused) as caught:
            await lin.call("POST", "/api/me/presence", body, **headers)
        assert (caught.value.status, caught.value.code) == (403, code)
    await lin.call("POST", "/api/me/presence", body)


async def test_signing_in_from_another_site_is_refused(server: WebServer) -> None:
    async with http_client(base_url=server.url, headers={"Origin": "https://evil.example"}) as client:
        answer = await client.post("/api/session", json={"login": "lin", "password": PASSWORD})
        assert (answer.status_code, answer.json()["code"]) == (403, "origin.foreign")


async def test_an_expired_session_is_no_session(floor: Floor, server: WebServer, sign_in: SignIn) -> None:
    lin = await sign_in("lin")
    desk = await lin.open_desk()
    await floor.run(text("update sessions set expires_at = now() - interval '1 second'"))
    await check_sessions(server.services)
    await desk.closed.wait()
    assert desk.socket.close_code == 4401
    with pytest.raises(Refused) as caught:
        await lin.call("GET", "/api/session")
    assert caught.value.code == "session.none"


async def test_a_session_in_use_is_prolonged(floor: Floor, sign_in: SignIn) -> None:
    lin = await sign_in("lin")
    soon = clock.now() + timedelta(minutes=5)
    await floor.run(
        text("update sessions set seen_at = now() - interval '1 hour', expires_at = now() + interval '5 minutes'")
    )
    await lin.call("GET", "/api/session")
    assert await floor.value("select min(expires_at) from sessions") > soon + timedelta(hours=1)


async def test_a_large_body_is_refused_announced_or_not(server: WebServer) -> None:
    async def chunks() -> object:
        for _ in range(100):
            yield b"x" * 10_000

    async with http_client(base_url=server.url) as client:
        for content in (b"x" * 1_000_000, chunks()):
            answer = await client.post("/api/session", content=content, headers={"Content-Type": "application/json"})  # type: ignore[arg-type]
            assert (answer.status_code, answer.json()["code"]) == (413, "body.too_large")


async def test_a_broken_body_names_the_field_and_not_the_value(server: WebServer) -> None:
    async with http_client(base_url=server.url) as client:
        answer = await client.post("/api/session", json={"login": "lin", "password": "s3cret" * 100})
        assert answer.status_code == 422
        assert "s3cret" not in answer.text
        assert answer.json()["details"]["fields"][0]["field"] == "body.password"
