"""The web application: routes, guards, errors and the console around the services."""

from __future__ import annotations

from fastapi import Depends, FastAPI

from web.console_files import add_console
from web.guards import BodyLimit, SecurityHeaders
from web.permissions import guard
from web.problems import add_problem_handlers
from web.routes import ROUTES, WEBSOCKET, Route
from web.services import Services


def create_app(services: Services) -> FastAPI:
    """The application over these services; who makes them also runs ``services.live`` and closes them."""
    settings = services.settings
    app = FastAPI(title="Hotline", openapi_url="/api/openapi.json", docs_url=None, redoc_url=None)
    app.state.services = services
    for route in ROUTES:
        _add(app, route)
    add_console(app)
    add_problem_handlers(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(
        SecurityHeaders, softphone_ws_url=settings.softphone_ws_url, secure=settings.base_url.startswith("https:")
    )
    return app


def _add(app: FastAPI, route: Route) -> None:
    if route.method == WEBSOCKET:
        app.add_api_websocket_route(route.path, route.handler)
        return
    app.add_api_route(
        route.path, route.handler, methods=[route.method], status_code=route.status,
        dependencies=[Depends(guard(route.permission))],
    )  # fmt: skip
