"""The least that a server can answer: what the driver itself can do is measured on it."""

from typing import Any


async def app(scope: dict[str, Any], _: Any, send: Any) -> None:
    """Three hundred bytes, whatever is asked."""
    if scope["type"] != "http":
        return
    headers = [(b"content-type", b"application/json"), (b"content-length", b"300")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b" " * 300})
