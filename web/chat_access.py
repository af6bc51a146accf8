"""Which chat widget is asked for, from which page, and whose."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import HTTPConnection

from core.errors import Forbidden, NotFound, Unauthenticated
from core.interaction import Channel
from telephony.messages.accounts import Account, find_account
from telephony.webchat.site import PROVIDER, allows
from telephony.webchat.visitor import Visitor, visitor_of
from web.origins import is_own_origin
from web.services import Services

_LONGEST_KEY = 100


@dataclass(frozen=True, slots=True)
class Door:
    """A widget's account with the services of its company. ``origin``: the page's, when the browser says it."""

    account: Account
    services: Services
    origin: str | None

    @property
    def headers(self) -> dict[str, str]:
        """By which the browser lets the page read the answer."""
        given = {"Access-Control-Allow-Origin": self.origin} if self.origin else {}
        return {**given, "Vary": "Origin", "Cache-Control": "no-store"}


async def find_door(connection: HTTPConnection, key: str, home: Services, *, needs_origin: bool) -> Door:
    """The widget of a key for whoever asks. Refusals: ``chat.unknown``, ``origin.foreign``."""
    account = None
    if 0 < len(key) <= _LONGEST_KEY and "\0" not in key:
        async with home.database.glance() as reading:
            account = await find_account(reading, Channel.CHAT, key)
    if account is None or account.provider != PROVIDER:
        raise NotFound("chat.unknown", "There is no such chat.")
    origin = connection.headers.get("origin")
    own = is_own_origin(connection, home.settings, needed=True)
    if (origin is not None and not allows(account, origin, is_own=own)) or (origin is None and needs_origin):
        raise Forbidden("origin.foreign", "The chat does not stand on this site.")
    return Door(account, home.of(account.domain), origin)


def visitor_from(connection: HTTPConnection) -> Visitor:
    """By ``Authorization: Bearer``. Raises Unauthenticated."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    visitor = visitor_of(token) if scheme.lower() == "bearer" else None
    if visitor is None:
        raise Unauthenticated("chat.nobody", "The chat does not know you.")
    return visitor


def address_of(connection: HTTPConnection) -> str:
    """Where the visitor's packets come from; behind a proxy, what that says."""
    return connection.client.host if connection.client else "unknown"
