"""Functions by which many placements are recorded as one is: each takes all providers or pupils at once.

Revision ID: 0015
Revises: 0014
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

GUARD = """
CREATE FUNCTION apqa_guard_providers(p_providers uuid[])
RETURNS TABLE (provider_id uuid, id uuid, predecessor boolean, registration_status text)
LANGUAGE plpgsql VOLATILE SET apqa.role = 'system' AS $$
BEGIN
    -- Each statement has a snapshot of its own: what the second reads, nobody changes any more.
    PERFORM 1 FROM providers v
      WHERE v.id IN (SELECT g.id FROM unnest(p_providers) AS wanted, apqa_provider_group(wanted) AS g)
      ORDER BY v.id FOR NO KEY UPDATE;
    RETURN QUERY
        SELECT wanted, g.id, g.predecessor, g.registration_status
          FROM unnest(p_providers) AS wanted, apqa_provider_group(wanted) AS g ORDER BY wanted, g.id;
END
$$
"""

HOLD_PUPILS = """
CREATE FUNCTION apqa_hold_pupils(p_pupils uuid[])
RETURNS TABLE (
    id uuid, child_id uuid, merged_into_id uuid, shared_with_ids uuid[], setting_ids uuid[], home_la_code text
)
LANGUAGE plpgsql VOLATILE SET apqa.role = 'system' AS $$
BEGIN
    -- The records are held until the placements are in: a merge or a share meanwhile would miss them.
    PERFORM 1 FROM pupils u WHERE u.id = ANY (p_pupils) ORDER BY u.id FOR UPDATE;
    RETURN QUERY SELECT u.id, u.child_id, u.merged_into_id, u.shared_with_ids, u.setting_ids, u.home_la_code::text
                   FROM pupils u WHERE u.id = ANY (p_pupils);
END
$$
"""

SEAT_PUPILS = """
CREATE FUNCTION apqa_seat_pupils(p_pupils uuid[], p_providers uuid[])
RETURNS void LANGUAGE sql VOLATILE SET apqa.role = 'system' AS $$
    -- The n-th pupil is to be seen by the n-th provider.
    UPDATE pupils u SET setting_ids = u.setting_ids || ARRAY(
           SELECT DISTINCT provider FROM unnest(p_pupils, p_providers) AS seat (pupil, provider)
            WHERE seat.pupil = u.id AND NOT seat.provider = ANY (u.setting_ids))
     WHERE u.id = ANY (p_pupils)
$$
"""

LASTING = """
CREATE FUNCTION apqa_placement_facts(p_providers uuid[], p_children uuid[], p_since date)
RETURNS TABLE (
    placement_id uuid, commissioner_id uuid, provider_id uuid, site_id uuid, child_id uuid, pupil_id uuid,
    pupil_owner_id uuid, starts_on date, ends_on date, arrangements jsonb,
    sole_provision boolean, main_responsibility boolean, sen_provision_entry text, registration_status text
)
LANGUAGE sql STABLE SET apqa.role = 'system' AS $$
    -- As the function of the same name, without what was over by then: no later day depends on it.
    SELECT p.id, p.commissioner_id, p.provider_id, p.site_id, u.child_id, p.pupil_id, p.pupil_owner_id,
           p.starts_on, p.ends_on, p.arrangements, p.sole_provision, p.main_responsibility, p.sen_provision_entry,
           v.registration_status
      FROM placements p
      JOIN pupils u ON u.id = p.pupil_id
      JOIN providers v ON v.id = p.provider_id
     WHERE p.status <> 'cancelled' AND (p.ends_on IS NULL OR p.ends_on >= p_since)
       AND u.child_id IN (
           SELECT hu.child_id FROM placements h JOIN pupils hu ON hu.id = h.pupil_id
            WHERE h.provider_id = ANY (p_providers) AND h.status <> 'cancelled'
              AND (h.ends_on IS NULL OR h.ends_on >= p_since)
           UNION SELECT unnest(p_children))
$$
"""

# What these two did for one pupil, the new ones do for all.
LOCK_PUPILS = """
CREATE FUNCTION apqa_lock_pupils(p_pupils uuid[])
RETURNS void LANGUAGE plpgsql VOLATILE SET apqa.role = 'system' AS $$
BEGIN
    PERFORM 1 FROM pupils WHERE id = ANY (p_pupils) ORDER BY id FOR UPDATE;
END
$$
"""

SEAT = """
CREATE FUNCTION apqa_seat_pupil(p_pupil uuid, p_provider uuid)
RETURNS TABLE (merged_into_id uuid, shared_with_ids uuid[], home_la_code text)
LANGUAGE plpgsql VOLATILE SET apqa.role = 'system' AS $$
BEGIN
    -- The record is held until the placement is in: a merge or a share meanwhile would miss it.
    PERFORM 1 FROM pupils u WHERE u.id = p_pupil FOR UPDATE;
    UPDATE pupils u SET setting_ids = array_append(u.setting_ids, p_provider)
     WHERE u.id = p_pupil AND NOT p_provider = ANY (u.setting_ids);
    RETURN QUERY SELECT u.merged_into_id, u.shared_with_ids, u.home_la_code::text FROM pupils u WHERE u.id = p_pupil;
END
$$
"""

GONE = {"apqa_lock_pupils(uuid[])": LOCK_PUPILS, "apqa_seat_pupil(uuid, uuid)": SEAT}

FUNCTIONS = {
    "apqa_guard_providers(uuid[])": GUARD,
    "apqa_hold_pupils(uuid[])": HOLD_PUPILS,
    "apqa_seat_pupils(uuid[], uuid[])": SEAT_PUPILS,
    "apqa_placement_facts(uuid[], uuid[], date)": LASTING,
}


def upgrade() -> None:
    """Make the functions, and drop those that they replace."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for signature in GONE:
        op.execute(f"DROP FUNCTION {signature}")
    for body in FUNCTIONS.values():
        op.execute(body)


def downgrade() -> None:
    """Drop the functions, and make again those that they replaced."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for body in GONE.values():
        op.execute(body)
    for signature in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {signature}")
