"""Server-side sessions: a random token in the cookie, only its hash in PostgreSQL."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent_desk.views import UserView
from core import clock
from core.db import Database, UnitOfWork

COOKIE = "hotline_session"
CSRF_HEADER = "X-CSRF-Token"
_TOKEN_BYTES = 32
_TOUCH_EVERY = timedelta(minutes=1)

_USER = "u.domain, u.id, u.login, u.name, u.role, u.agent_id, u.language, u.theme"
_FIND_USER = text(
    f"""
    select {_USER}, u.password_hash from users u join domains d on d.id = u.domain and d.active
    where u.login = :login and u.active
    """  # noqa: S608
)
_FIND = text(
    f"""
    select {_USER}, s.csrf_token, s.seen_at from sessions s join users u on u.id = s.user_id
    where s.token_hash = :hash and s.expires_at > :now and u.active
    """  # noqa: S608
)
_OPEN = text(
    """
    with old as (delete from sessions where user_id = :user and expires_at <= :now)
    insert into sessions (token_hash, user_id, created_at, expires_at, seen_at, csrf_token, address, user_agent)
    values (:hash, :user, :now, :expires, :now, :csrf, :address, :agent)
    """
)
_TOUCH = text("update sessions set seen_at = :now, expires_at = :expires where token_hash = any(:hashes)")
_CLOSE = text("delete from sessions where token_hash = :hash returning user_id")
_OTHERS = text("select exists (select 1 from sessions where user_id = :user and expires_at > :now)")
_VALID = text(
    """
    select s.token_hash, u.role, u.agent_id from sessions s join users u on u.id = s.user_id
    where s.token_hash = any(:hashes) and s.expires_at > :now and u.active
    """
)


Standing = tuple[str, UUID | None]
"""Role and agent of a user: what decides which desk they have."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who asks, of which domain, and by which session."""

    user: UserView
    domain: str
    session: bytes
    csrf_token: str

    @property
    def actor(self) -> str:
        """How the event log names them."""
        return f"user:{self.user.id}"


@dataclass(frozen=True, slots=True)
class Account:
    """A user of a domain, with the hash of their password."""

    user: UserView
    domain: str
    password_hash: str


def hash_token(token: str) -> bytes:
    """What stands in the table for a token (256 random bits need no slow hash)."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


async def find_account(database: Database, login: str) -> Account | None:
    """The active user of a login, which is one of one domain."""
    async with database.glance() as connection:
        row = (await connection.execute(_FIND_USER, {"login": login.replace("\0", "")})).one_or_none()
    return Account(_user(row), row.domain, row.password_hash) if row else None


async def open_session(
    database: Database, account: Account, *, hours: int, address: str, user_agent: str
) -> tuple[str, SignedIn]:
    """A new session; returns the token for the cookie. Expired ones of the user are cleared away."""
    token, csrf, now = secrets.token_urlsafe(_TOKEN_BYTES), secrets.token_urlsafe(_TOKEN_BYTES), clock.now()
    values = {
        "hash": hash_token(token), "user": account.user.id, "now": now, "expires": now + timedelta(hours=hours),
        "csrf": csrf, "address": address[:64], "agent": user_agent.replace("\0", "")[:300],
    }  # fmt: skip
    async with database.engine.begin() as connection:
        await connection.execute(_OPEN, values)
    return token, SignedIn(account.user, account.domain, hash_token(token), csrf)


async def find_session(database: Database, token: str, *, hours: int) -> SignedIn | None:
    """Who belongs to a cookie's token; a session in use is prolonged, at most once a minute."""
    now, session = clock.now(), hash_token(token)
    async with database.glance() as connection:
        found = await connection.execute(_FIND, {"hash": session, "now": now})
        row = found.one_or_none()
        if row is not None and now - row.seen_at > _TOUCH_EVERY:
            await prolong(connection, [session], hours=hours)
    return SignedIn(_user(row), row.domain, session, row.csrf_token) if row else None


async def prolong(connection: AsyncConnection, sessions: Collection[bytes], *, hours: int) -> None:
    """These sessions are in use: their time starts anew."""
    now = clock.now()
    await connection.execute(_TOUCH, {"hashes": list(sessions), "now": now, "expires": now + timedelta(hours=hours)})


async def still_valid(connection: AsyncConnection, sessions: Collection[bytes]) -> dict[bytes, Standing]:
    """Those of the sessions that have neither ended nor expired, and what their users may see by now."""
    rows = await connection.execute(_VALID, {"hashes": list(sessions), "now": clock.now()})
    return {bytes(row.token_hash): (row.role, row.agent_id) for row in rows}


async def close_session(work: UnitOfWork, session: bytes, user_id: UUID) -> bool:
    """End a session; True when it was the user's last."""
    await work.execute(_CLOSE, {"hash": session})
    others = await work.execute(_OTHERS, {"user": user_id, "now": clock.now()})
    return not others.scalar_one()


def _user(row: Row[tuple[object, ...]]) -> UserView:
    values = row._asdict()
    return UserView.model_validate({name: values[name] for name in UserView.model_fields})
