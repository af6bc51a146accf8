"""What the handlers of one web process work with: a set for each domain, chosen by who asks."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Annotated

import redis.asyncio as redis
from fastapi import Depends
from starlette.requests import HTTPConnection

from agent_desk.explain import Explainer
from agent_desk.live import Live
from core.db import Database
from core.errors import Unauthenticated, Unavailable
from core.settings import Settings
from telephony.webchat.live import ChatLive
from web.demo_crm import DemoCrm
from web.sessions import COOKIE, SignedIn, find_session
from web.sign_in_limits import SignInLimits


@dataclass(slots=True)
class Services:
    """Made by the process for a domain, given to every handler that serves a user of it."""

    settings: Settings
    database: Database
    valkey: redis.Redis
    live: Live
    chat: ChatLive
    domains: dict[str, Services] = field(default_factory=dict)
    """Those of all domains that this process serves, by code; one mapping for all of them."""
    limits: SignInLimits = field(init=False)
    explainer: Explainer = field(init=False)
    demo_crm: DemoCrm = field(default_factory=DemoCrm)
    background: list[asyncio.Task[None]] = field(default_factory=list)
    """Tasks that must run as long as the process serves."""

    def __post_init__(self) -> None:
        self.limits = SignInLimits(self.valkey)
        self.explainer = Explainer(self.database)
        self.domains[self.database.domain] = self

    def of(self, domain: str) -> Services:
        """Those of a domain. Raises Unavailable while this process does not serve it (yet)."""
        found = self.domains.get(domain)
        if found is None:
            raise Unavailable("domain.not_served", "Your company is not served at this moment. Try again.")
        return found


def _home(connection: HTTPConnection) -> Services:
    services: Services = connection.app.state.services
    return services


Home = Annotated[Services, Depends(_home)]
"""For what is not about anybody's domain (signing in, health) and for the demo: the services of the home domain."""


async def signed_in(connection: HTTPConnection, home: Home) -> SignedIn:
    """Who asks. Raises Unauthenticated."""
    found = await find_signed_in(connection, home)
    if found is None:
        raise Unauthenticated("session.none", "Sign in first.")
    return found


async def find_signed_in(connection: HTTPConnection, home: Services) -> SignedIn | None:
    """Who asks, or None."""
    token = connection.cookies.get(COOKIE, "")
    if not token or len(token) > 200:
        return None
    return await find_session(home.database, token, hours=home.settings.session_hours)


Asker = Annotated[SignedIn, Depends(signed_in)]
"""The parameter type by which a handler asks who is there."""


async def _of_asker(asker: Asker, home: Home) -> Services:
    return home.of(asker.domain)


Given = Annotated[Services, Depends(_of_asker)]
"""The parameter type by which a handler asks for the services: those of the asker's own domain, and no others."""
