"""Every router, in the order of the documentation."""

from app.routers import (
    calendars,
    changes,
    declarations,
    establishments,
    evidence,
    health,
    imports,
    me,
    oauth,
    organisations,
    people,
    placement_batches,
    placements,
    providers,
    pupil_shares,
    pupils,
    reference_data,
    registration,
    release_notes,
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
        placement_batches,
        imports,
        rulesets,
        sweeps,
        registration,
        evidence,
        calendars,
        changes,
        reference_data,
        release_notes,
        health,
    )
)
