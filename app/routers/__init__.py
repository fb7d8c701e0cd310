"""Every router, in the order of the documentation."""

from app.routers import (
    changes,
    health,
    me,
    oauth,
    organisations,
    people,
    placements,
    providers,
    pupil_shares,
    pupils,
    registration,
)

ROUTERS = tuple(
    each.router
    for each in (
        oauth,
        me,
        organisations,
        people,
        providers,
        pupils,
        pupil_shares,
        placements,
        registration,
        changes,
        health,
    )
)
