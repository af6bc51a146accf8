"""Every route beside its permission. What is not in this table is not served."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from web import desk_socket, health_api, session_api
from web.permissions import Permission


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path."""

    method: str
    path: str
    permission: Permission
    handler: Callable[..., Any]
    status: int = 200


WEBSOCKET = "WEBSOCKET"
_P = Permission

ROUTES: tuple[Route, ...] = (
    Route("POST", "/api/session", _P.PUBLIC, session_api.sign_in),
    Route("GET", "/api/session", _P.SIGNED_IN, session_api.read_session),
    Route("DELETE", "/api/session", _P.SIGNED_IN, session_api.end_session, 204),
    Route("PATCH", "/api/me", _P.SIGNED_IN, session_api.change_me),
    Route("GET", "/health", _P.PUBLIC, health_api.live),
    Route("GET", "/api/health", _P.PUBLIC, health_api.ready),
    # authorised in its handler, because a refusal must be told by a close code
    Route(WEBSOCKET, "/api/desk", _P.SIGNED_IN, desk_socket.desk),
)
