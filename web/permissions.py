"""Who may use a route. Every route names one of these in ``web.routes``."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from enum import StrEnum

from fastapi import Request

from core.errors import Forbidden, NotFound
from web.origins import is_own_origin
from web.services import Asker, Home, Services
from web.sessions import CSRF_HEADER, SignedIn

__all__ = ["Asker", "Guard", "Permission", "guard"]

Guard = Callable[..., Awaitable[None]]
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


class Permission(StrEnum):
    """From the most open to the most closed."""

    PUBLIC = "public"
    """Anybody, signed in or not."""
    VISITOR = "visitor"
    """Visitors of the pages on which a chat widget stands; the handler asks for page and visitor."""
    DEMO = "demo"
    """Anybody, while the installation plays the demo company."""
    SIGNED_IN = "signed_in"
    """Every user; the handler narrows to what is theirs."""
    AGENT = "agent"
    """Users who are agents, whatever their role."""
    SUPERVISOR = "supervisor"
    """Supervisors and administrators."""
    ADMINISTRATOR = "administrator"


_ROLES = {
    Permission.SUPERVISOR: frozenset({"supervisor", "administrator"}),
    Permission.ADMINISTRATOR: frozenset({"administrator"}),
}


async def _anybody(request: Request, services: Home) -> None:
    _check_origin(request, services)


async def _any_visitor() -> None:
    """See ``web.chat_access``."""


async def _anybody_in_the_demo(request: Request, services: Home) -> None:
    if not services.settings.demo:
        raise NotFound("route.unknown", "There is no such thing here.")
    _check_origin(request, services)


async def _any_user(request: Request, services: Home, asker: Asker) -> None:
    _check_change(request, services, asker)


async def _any_agent(request: Request, services: Home, asker: Asker) -> None:
    _check_change(request, services, asker)
    if asker.user.agent_id is None:
        raise Forbidden("permission.not_an_agent", "This is for agents.")


def _role(permission: Permission) -> Guard:
    async def check(request: Request, services: Home, asker: Asker) -> None:
        _check_change(request, services, asker)
        if asker.user.role not in _ROLES[permission]:
            raise Forbidden("permission.missing", f"This is for the role {permission.value}.")

    return check


_GUARDS: dict[Permission, Guard] = {
    Permission.PUBLIC: _anybody,
    Permission.VISITOR: _any_visitor,
    Permission.DEMO: _anybody_in_the_demo,
    Permission.SIGNED_IN: _any_user,
    Permission.AGENT: _any_agent,
}


def guard(permission: Permission) -> Guard:
    """The dependency that lets only those through who have the permission."""
    return _GUARDS.get(permission) or _role(permission)


def _check_change(request: Request, services: Services, asker: SignedIn) -> None:
    """A change must come from our own pages: by origin, and by the token that only they can read."""
    if request.method in _READING:
        return
    _check_origin(request, services)
    given = request.headers.get(CSRF_HEADER, "")
    if not secrets.compare_digest(given.encode(), asker.csrf_token.encode()):
        raise Forbidden("csrf.mismatch", "The page is out of date. Reload it and try again.")


def _check_origin(request: Request, services: Services) -> None:
    if request.method not in _READING and not is_own_origin(request, services.settings, needed=False):
        raise Forbidden("origin.foreign", "This request comes from another site.")
