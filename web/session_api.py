"""Signing in and out, and what a user may change about themselves."""

from __future__ import annotations

from dataclasses import replace

from fastapi import Request, Response
from sqlalchemy import text

from agent_desk import sign_out
from agent_desk.bodies import Session, SignIn, UserChange
from agent_desk.views import UserView
from core.errors import Unauthenticated
from core.logs import logger
from web import sessions
from web.passwords import is_right
from web.permissions import Asker
from web.services import Given, Home, Services

log = logger(__name__)

_CHANGE = text("update users set language = :language, theme = :theme where id = :id")


async def sign_in(body: SignIn, request: Request, response: Response, services: Home) -> Session:
    """Open a session. An unknown login and a wrong password cost and answer the same."""
    address = request.client.host if request.client else "unknown"
    await services.limits.begin(body.login, address)
    account = await sessions.find_account(services.database, body.login)
    if not await is_right(account.password_hash if account else None, body.password) or account is None:
        raise Unauthenticated("sign_in.wrong", "Login or password is wrong.")
    await services.limits.succeeded(body.login, address)
    services.of(account.domain)
    token, signed_in = await sessions.open_session(
        services.database, account, hours=services.settings.session_hours, address=address,
        user_agent=request.headers.get("user-agent", ""),
    )  # fmt: skip
    _set_cookie(response, request, services, token)
    log.info("signed in", user_id=str(account.user.id))
    return _session(signed_in, services)


async def read_session(asker: Asker, services: Given) -> Session:
    """Who is signed in, with the token for changes."""
    return _session(asker, services)


async def end_session(response: Response, asker: Asker, services: Given) -> None:
    """Sign out. With the last session of an agent goes their presence: nobody is routed calls who has left."""
    async with services.database.unit_of_work(asker.actor) as work:
        was_last = await sessions.close_session(work, asker.session, asker.user.id)
        if was_last and asker.user.agent_id is not None:
            await sign_out.leave(work, asker.user.agent_id)
    services.live.hub.close_session(asker.session)
    response.delete_cookie(sessions.COOKIE, path="/")


async def change_me(body: UserChange, asker: Asker, services: Given) -> Session:
    """Change one's own language or theme; all desks of the user follow."""
    given = {name: value for name, value in body.model_dump().items() if value is not None}
    user = UserView.model_validate({**asker.user.model_dump(), **given})
    async with services.database.engine.begin() as connection:
        await connection.execute(_CHANGE, {"id": user.id, "language": user.language, "theme": user.theme})
    services.live.change_user(user)
    return _session(replace(asker, user=user), services)


def _session(signed_in: sessions.SignedIn, services: Services) -> Session:
    return Session(user=signed_in.user, csrf_token=signed_in.csrf_token, demo=services.settings.demo)


def _set_cookie(response: Response, request: Request, services: Services, token: str) -> None:
    secure = request.url.scheme == "https" or services.settings.base_url.startswith("https:")
    response.set_cookie(
        sessions.COOKIE, token, max_age=services.settings.session_hours * 3600, path="/", httponly=True,
        samesite="strict", secure=secure,
    )  # fmt: skip
