"""The console's built files: hashed ones for ever, the page itself fresh each time."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, HTMLResponse, Response

from core.errors import NotFound
from core.settings import ROOT

DIST = ROOT / "web" / "console" / "dist"
_FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_FRESH = {"Cache-Control": "no-cache"}
_LONGEST_PATH = 200
_NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Hotline</title>
<body style="font: 16px system-ui; max-width: 40em; margin: 4em auto; padding: 0 1em">
<h1>The console is not built yet</h1>
<p>The server runs. <code>./hotline up</code> builds the console and starts everything; in a checkout it can
also be built by hand: <code>cd web/console</code>, then <code>npm ci</code> and <code>npm run build</code>.</p>
"""


def add_console(app: FastAPI, dist: Path = DIST) -> None:
    """Serve the console at every path that is not the API's; unknown paths are the console's own pages."""
    root = dist.resolve()

    async def console(request: Request) -> Response:
        path: str = request.path_params["path"]
        if path == "api" or path.startswith("api/"):
            raise NotFound("route.unknown", "There is no such thing here.")
        return _file(root, path)

    app.add_route("/{path:path}", console, methods=["GET", "HEAD"], include_in_schema=False)


def _file(root: Path, path: str) -> Response:
    # longer paths are none of ours, and the file system refuses to look for them
    wanted = (root / path).resolve() if "\0" not in path and len(path) <= _LONGEST_PATH else root
    if path and wanted.is_relative_to(root) and wanted.is_file():
        return FileResponse(wanted, headers=_FOREVER if wanted.parent == root / "assets" else _FRESH)
    if path.startswith("assets/"):
        raise NotFound("file.unknown", "There is no such file.")
    page = root / "index.html"
    if not page.is_file():
        return HTMLResponse(_NOT_BUILT, 503, headers=_FRESH)
    return FileResponse(page, headers=_FRESH)
