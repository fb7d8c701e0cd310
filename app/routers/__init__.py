"""Every router, in the order of the documentation."""

from app.routers import (
    changes,
    declarations,
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
    rulesets,
    status_checks,
    sweeps,
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
        declarations,
        establishments,
        pupils,
        pupil_shares,
        placements,
        rulesets,
        sweeps,
        registration,
        changes,
        reference_data,
        health,
    )
)
