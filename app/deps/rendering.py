"""How a report is answered in the form that is wanted: JSON for machines, a page or a PDF for people."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import Query, Response
from pydantic import BaseModel

from app.reports.page import POLICY

Document = Mapping[str, Any]
Format = Annotated[
    Literal["json", "html", "pdf"],
    Query(description="`json` for machines, `html` and `pdf` for people."),
]


@dataclass(frozen=True, slots=True)
class Rendering:
    """What draws a kind of report from its document and hash, as a page and as a PDF."""

    html: Callable[[Document, str], str]
    pdf: Callable[[Document, str], bytes]


def shown(answer: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    """For `responses=` of a route that answers so."""
    people = {
        "text/html": {"schema": {"type": "string"}},
        "application/pdf": {"schema": {"type": "string", "format": "binary"}},
    }
    return {200: {"model": answer, "description": "The report", "content": people}}


async def rendered(
    wanted: str, answer: BaseModel, rendering: Rendering, document: Document, content_hash: str, *, tag: str, name: str
) -> Response:
    """A report in the form that is wanted. A PDF is set in a thread of its own: it takes a moment.

    Args:
        tag: what tells this document from others, for its ETag.
        name: of the file.
    """
    etag = {"ETag": f'"{tag}.{wanted}"'}
    match wanted:
        case "html":
            page = rendering.html(document, content_hash)
            return Response(page, media_type="text/html", headers=etag | {"Content-Security-Policy": POLICY})
        case "pdf":
            paper = await asyncio.to_thread(rendering.pdf, document, content_hash)
            disposition = {"Content-Disposition": f'inline; filename="{name}.pdf"'}
            return Response(paper, media_type="application/pdf", headers=etag | disposition)
    return Response(answer.model_dump_json(), media_type="application/json", headers=etag)
