"""Of children who are or were at a provider, only what they have elsewhere meanwhile.

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

# Hours are summed over all providers, so what a child has elsewhere matters on the days on which it is here; what was
# over before it came, or begins when it has left, matters on no day. Of children who are to come everything is told.
BEARING = f"""{_HEAD}
    WITH here AS MATERIALIZED (
        SELECT u.child_id, h.starts_on, coalesce(h.ends_on, 'infinity') AS ends_on
          FROM placements h JOIN pupils u ON u.id = h.pupil_id
         WHERE h.provider_id = ANY (p_providers) AND h.status <> 'cancelled'
    )
    SELECT {_COLUMNS}
      FROM (SELECT child_id FROM here UNION SELECT unnest(p_children)) AS children
      JOIN pupils u ON u.child_id = children.child_id
      JOIN placements p ON p.pupil_id = u.id AND p.status <> 'cancelled'
      JOIN providers v ON v.id = p.provider_id
     WHERE u.child_id = ANY (p_children)
        OR EXISTS (SELECT FROM here
                    WHERE here.child_id = u.child_id
                      AND here.starts_on <= coalesce(p.ends_on, 'infinity') AND p.starts_on <= here.ends_on)
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


def upgrade() -> None:
    """Tell what bears on the provider."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(BEARING)


def downgrade() -> None:
    """Tell everything."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(ALL)
