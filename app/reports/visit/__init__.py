"""A visit report for people: HTML and PDF of one frozen document."""

from collections.abc import Mapping
from typing import Any

from app.reports.page import POLICY, page
from app.reports.paper import paper
from app.reports.visit.view import view

__all__ = ["POLICY", "html", "pdf"]


def html(document: Mapping[str, Any], content_hash: str) -> str:
    """The whole page, for a document and its hash. Serve it with `POLICY` as its Content-Security-Policy."""
    return page("visit/report.html", view(document, content_hash))


def pdf(document: Mapping[str, Any], content_hash: str) -> bytes:
    """The file, for a document and its hash: the same document gives the same bytes. Call it in a thread."""
    return paper("visit/report.typ", view(document, content_hash), document["made_at"])
