"""A visit report for people: HTML and PDF of one frozen document."""

from app.reports.visit.page import POLICY, html
from app.reports.visit.paper import pdf

__all__ = ["POLICY", "html", "pdf"]
