"""Whether a request comes from our own pages, by what the browser says of it."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from core.settings import Settings


def is_own_origin(connection: HTTPConnection, settings: Settings, *, needed: bool) -> bool:
    """Whether ``Origin`` names the host that was asked, or our public address.

    Browsers send it with every change and every websocket, and pages cannot forge it. ``needed`` says
    whether a request without one (no browser) is let through.
    """
    origin = connection.headers.get("origin")
    if origin is None:
        return not needed
    asked = connection.headers.get("host", "").lower()
    own = {asked, urlsplit(settings.base_url).netloc.lower()}
    parts = urlsplit(origin)
    return parts.scheme in ("http", "https") and parts.netloc.lower() in own
