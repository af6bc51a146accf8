"""The first user of a domain: somebody who can let others in."""

from __future__ import annotations

import asyncio
import secrets

from sqlalchemy.dialects.postgresql import insert

from core import clock
from core.db import UnitOfWork
from core.errors import Conflict
from core.ids import new_id
from core.tables import users
from web.passwords import hash_password

_PASSWORD_BYTES = 12


async def add_administrator(work: UnitOfWork, login: str, name: str) -> str:
    """Make an administrator of the domain; returns the password, which exists nowhere else.

    Raises Conflict for a login that somebody of any domain has: it alone decides who signs in.
    """
    password = secrets.token_urlsafe(_PASSWORD_BYTES)
    values = {
        "id": new_id(), "domain": work.domain, "login": login, "name": name, "role": "administrator",
        "password_hash": await asyncio.to_thread(hash_password, password), "created_at": clock.now(),
    }  # fmt: skip
    made = insert(users).values(values).on_conflict_do_nothing().returning(users.c.id)
    if await work.one_or_none(made) is None:
        raise Conflict("user.exists", f"Somebody signs in as {login} already.")
    return password
