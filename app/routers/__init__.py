"""Every router, in the order of the documentation."""

from app.routers import (
    changes,
    establishments,
    health,
    me,
    oauth,
    organisations,
    people,
    placements,
    providers,
    pupil_shares,
    pupils,
    reference_data,
    registration,
    status_checks,
)

ROUTERS = tuple(
    each.router
    for each in (
        oauth,
        me,
        organisations,
        people,
        providers,
        status_checks,
        establishments,
        pupils,
        pupil_shares,
        placements,
        registration,
        changes,
        reference_data,
        health,
    )
)
