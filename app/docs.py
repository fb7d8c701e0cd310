"""The page at /docs, which shows the contract to people without asking any other server."""

from html import escape
from pathlib import Path

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

FOLDER = Path(__file__).parent / "static" / "docs"
BUNDLE = "redoc.standalone.js"
PATH = "/docs"

# Redoc styles itself with elements that it makes, and searches in a worker that it makes from a blob.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; connect-src 'self'; img-src data:; "
    "worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PAGE = """<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>body {{ margin: 0; }}</style>
</head>
<body>
<noscript><p>This page needs JavaScript. The contract itself is at <a href="{contract}">{contract}</a>.</p></noscript>
<redoc spec-url="{contract}" native-scrollbars></redoc>
<script src="{bundle}"></script>
</body>
</html>
"""


def install(app: FastAPI) -> None:
    """Serve the page and its script. The app's `openapi_url` is the contract that it shows."""
    app.add_api_route(PATH, _page, include_in_schema=False)
    app.add_api_route(f"{PATH}/{BUNDLE}", _bundle, include_in_schema=False)


async def _page(request: Request) -> Response:
    root = request.scope.get("root_path", "").rstrip("/")
    page = PAGE.format(
        title=escape(f"{request.app.title} {request.app.version}: the contract"),
        contract=escape(root + request.app.openapi_url),
        bundle=escape(f"{root}{PATH}/{BUNDLE}"),
    )
    return HTMLResponse(page, headers={"Content-Security-Policy": POLICY})


async def _bundle() -> Response:
    return FileResponse(
        FOLDER / BUNDLE, media_type="text/javascript", headers={"Cache-Control": "public, max-age=86400"}
    )
