"""Every router, in the order of the documentation."""

from app.routers import health, me, oauth, organisations, people, placements, providers

ROUTERS = tuple(each.router for each in (oauth, me, organisations, people, providers, placements, health))
