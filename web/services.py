"""What the handlers of one web process work with."""

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
from core.settings import Settings
from web.demo_crm import DemoCrm
from web.sign_in_limits import SignInLimits


@dataclass(slots=True)
class Services:
    """Made once by the process, given to every handler."""

    settings: Settings
    database: Database
    valkey: redis.Redis
    live: Live
    limits: SignInLimits = field(init=False)
    explainer: Explainer = field(init=False)
    demo_crm: DemoCrm = field(default_factory=DemoCrm)
    background: list[asyncio.Task[None]] = field(default_factory=list)
    """Tasks that must run as long as the process serves."""

    def __post_init__(self) -> None:
        self.limits = SignInLimits(self.valkey)
        self.explainer = Explainer(self.database)


def _services(connection: HTTPConnection) -> Services:
    services: Services = connection.app.state.services
    return services


Given = Annotated[Services, Depends(_services)]
"""The parameter type by which a handler asks for the services."""
