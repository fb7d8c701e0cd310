"""The docs page asks this service only."""

import hashlib
import re

from app import docs
from app.contract import VERSION
from tests.http.tiny import client

DIGEST = "e3d4361ba4ecdba1fad6ff3c627ef1e2563d78c02fbadb8e38572accac6a2acc"


async def test_the_page_has_a_language_a_title_and_only_our_addresses() -> None:
    async with client() as c:
        page = await c.get("/docs")
    assert page.headers["Content-Type"].startswith("text/html")
    assert '<html lang="en-GB">' in page.text
    assert f"<title>Tiny {VERSION}: the contract</title>" in page.text
    assert 'spec-url="/v1/openapi.json"' in page.text
    assert re.findall(r'(?:src|href)="([^"]+)"', page.text) == ["/v1/openapi.json", "/docs/redoc.standalone.js"]


async def test_the_page_may_load_nothing_from_elsewhere() -> None:
    async with client() as c:
        policy = (await c.get("/docs")).headers["Content-Security-Policy"]
    assert policy == docs.POLICY
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "http" not in policy


async def test_the_script_is_the_one_that_the_readme_makes_and_may_be_kept() -> None:
    async with client() as c:
        script = await c.get("/docs/redoc.standalone.js")
    assert hashlib.sha256(script.content).hexdigest() == DIGEST
    assert "cdn.redoc" not in script.text
    assert script.headers["Content-Type"].startswith("text/javascript")
    assert script.headers["Cache-Control"] == "public, max-age=86400"
