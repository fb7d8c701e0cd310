"""How a test sends a file, and looks at what was kept."""

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from app.db.base import new_id
from tests.given import Api

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\nstartxref\n9\n%%EOF\n"


@dataclass(frozen=True, slots=True)
class Store:
    """A local object store."""

    folder: Path

    def files(self) -> list[Path]:
        """Every file in it, half-written ones too."""
        return sorted(path for path in self.folder.rglob("*") if path.is_file())

    def contents(self) -> list[bytes]:
        """What is kept; not what is being written."""
        return [path.read_bytes() for path in self.files() if "#" not in path.name]


def digest(content: bytes) -> str:
    """The `Content-Digest` of a body."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"


async def send(
    by: Api,
    provider_id: str,
    content: bytes = PDF,
    *,
    evidence_id: str | None = None,
    media_type: str = "application/octet-stream",
    headers: dict[str, str] | None = None,
    **query: Any,
) -> httpx.Response:
    """PUT a file."""
    sent = {"Content-Type": media_type, "Content-Digest": digest(content)} | (headers or {})
    path = f"/v1/evidence/{evidence_id or new_id()}"
    return await by.send("PUT", path, content=content, headers=sent, params={"provider_id": provider_id} | query)


async def kept(by: Api, provider_id: str, content: bytes = PDF, **more: Any) -> dict[str, Any]:
    """PUT a file that must be taken: what is known of it."""
    answer = await send(by, provider_id, content, **more)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def content_of(by: Api, evidence_id: str) -> httpx.Response:
    """Download a file."""
    return await by.get(f"/v1/evidence/{evidence_id}/content")


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, answer.json()["code"]
