"""An annual report for people: HTML and PDF of its document."""

from collections.abc import Mapping
from typing import Any

from app.reports.annual.view import view
from app.reports.page import page
from app.reports.paper import paper

__all__ = ["html", "pdf"]


def html(document: Mapping[str, Any], content_hash: str) -> str:
    """The whole page, for a document and its hash (empty: a draft, which has none)."""
    return page("annual/report.html", view(document, content_hash))


def pdf(document: Mapping[str, Any], content_hash: str) -> bytes:
    """The file, for a document and its hash: the same document gives the same bytes. Call it in a thread."""
    return paper("annual/report.typ", view(document, content_hash), document["made_at"])
