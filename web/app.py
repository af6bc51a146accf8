"""The web application: routes, guards, errors and the console around the services."""

from __future__ import annotations

from functools import cache

from fastapi import APIRouter, Depends, FastAPI
from starlette.routing import BaseRoute

from agent_desk.messages.uploads import MOST_BYTES
from telephony.webchat.file_kinds import LARGEST_BYTES
from web.chat_api import PATH as CHAT_FILES_PATH
from web.console_files import add_console
from web.guards import BodyLimit, SecurityHeaders
from web.message_api import UPLOAD_PATH
from web.permissions import guard
from web.problems import add_problem_handlers
from web.routes import ROUTES, WEBSOCKET, Route
from web.services import Services


def create_app(services: Services) -> FastAPI:
    """The application over these services; who makes them also runs ``services.live`` and closes them."""
    settings = services.settings
    app = FastAPI(title="Hotline", openapi_url="/api/openapi.json", docs_url=None, redoc_url=None)
    app.state.services = services
    app.router.routes.extend(_routes())
    add_console(app)
    add_problem_handlers(app)
    app.add_middleware(BodyLimit, larger={UPLOAD_PATH: MOST_BYTES, CHAT_FILES_PATH: LARGEST_BYTES})
    app.add_middleware(
        SecurityHeaders, softphone_ws_url=settings.softphone_ws_url, secure=settings.base_url.startswith("https:")
    )
    return app


@cache
def _routes() -> list[BaseRoute]:
    """Every route, made once: working out what the handlers ask for takes a tenth of a second."""
    router = APIRouter()
    for route in ROUTES:
        _add(router, route)
    return router.routes


def _add(router: APIRouter, route: Route) -> None:
    if route.method == WEBSOCKET:
        router.add_api_websocket_route(route.path, route.handler)
        return
    router.add_api_route(
        route.path, route.handler, methods=[route.method], status_code=route.status,
        dependencies=[Depends(guard(route.permission))],
    )  # fmt: skip
