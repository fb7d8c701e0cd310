"""Facts that bear on a provider, by plans that are kept.

Revision ID: 0016
Revises: 0015
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_HEAD = """
CREATE OR REPLACE FUNCTION apqa_placement_facts(p_providers uuid[], p_children uuid[])
RETURNS TABLE (
    placement_id uuid, commissioner_id uuid, provider_id uuid, site_id uuid, child_id uuid, pupil_id uuid,
    pupil_owner_id uuid, home_la_code text, shared_with_ids uuid[], starts_on date, ends_on date, arrangements jsonb,
    sole_provision boolean, main_responsibility boolean, sen_provision_entry text, registration_status text
)
LANGUAGE sql STABLE SET apqa.role = 'system' AS $$"""

_COLUMNS = """
           p.id, p.commissioner_id, p.provider_id, p.site_id, u.child_id, p.pupil_id, p.pupil_owner_id,
           p.home_la_code, p.shared_with_ids, p.starts_on, p.ends_on, p.arrangements, p.sole_provision,
           p.main_responsibility, p.sen_provision_entry, v.registration_status"""

# Hours are summed over all providers, so what a child has elsewhere matters on the days on which it is here: what was
# over before its first day here, or begins after its last, matters on none. Of who is to come everything is told.
BEARING = f"""{_HEAD}
    SELECT {_COLUMNS}
      FROM (SELECT child_id, min(starts_on) AS first_on, max(ends_on) AS last_on
              FROM (SELECT u.child_id, h.starts_on, coalesce(h.ends_on, 'infinity') AS ends_on
                      FROM placements h JOIN pupils u ON u.id = h.pupil_id
                     WHERE h.provider_id = ANY (p_providers) AND h.status <> 'cancelled'
                     UNION ALL SELECT coming, '-infinity', 'infinity' FROM unnest(p_children) AS coming) AS stay
             GROUP BY child_id) AS here
      JOIN pupils u ON u.child_id = here.child_id
      JOIN placements p ON p.pupil_id = u.id AND p.status <> 'cancelled'
                       AND p.starts_on <= here.last_on AND coalesce(p.ends_on, 'infinity') >= here.first_on
      JOIN providers v ON v.id = p.provider_id
$$
"""  # noqa: S608 - our own names

ALL = f"""{_HEAD}
    SELECT {_COLUMNS}
      FROM placements p
      JOIN pupils u ON u.id = p.pupil_id
      JOIN providers v ON v.id = p.provider_id
     WHERE p.status <> 'cancelled'
       AND u.child_id IN (
           SELECT hu.child_id FROM placements h JOIN pupils hu ON hu.id = h.pupil_id
            WHERE h.provider_id = ANY (p_providers) AND h.status <> 'cancelled'
           UNION SELECT unnest(p_children))
$$
"""  # noqa: S608 - our own names

# With the row policies of every table in it, a statement takes as long to plan as to run. The server keeps a plan only
# where it expects as much of it as of one made for these very values, and of an array of unknown length it expects too
# much: it would go through whole tables. What these read is always few rows by their ids, so the plan is one by index.
KEPT = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}
FUNCTIONS = (
    "apqa_provider_group(uuid)",
    "apqa_placement_facts(uuid[], uuid[])",
    "apqa_placement_facts(uuid[], uuid[], date)",
    "apqa_position_stamp(uuid, uuid)",
    "apqa_adopted(uuid[])",
)


def upgrade() -> None:
    """Tell what bears on the provider, and keep plans."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(BEARING)
    for function in FUNCTIONS:
        for name, value in KEPT.items():
            op.execute(f"ALTER FUNCTION {function} SET {name} = {value}")


def downgrade() -> None:
    """Tell everything, and plan anew."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(ALL)
    for function in FUNCTIONS:
        for name in KEPT:
            op.execute(f"ALTER FUNCTION {function} RESET {name}")
