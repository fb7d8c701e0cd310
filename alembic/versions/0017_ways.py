"""Ways to the placements and pupils that somebody sees, in the order of their ids.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_placements_commissioner_id_id": ("placements", ["commissioner_id", "id"]),
    "ix_placements_home_la_code_id": ("placements", ["home_la_code", "id"]),
    "ix_pupils_home_la_code_id": ("pupils", ["home_la_code", "id"]),
}
LIVE = "ix_pupil_shares_live"
# Behind row security the operators of arrays are not leakproof: no statement of the service could use these.
ARRAYS = {
    "ix_placements_shared_with_ids": ("placements", ["shared_with_ids"]),
    "ix_pupils_shared_with_ids": ("pupils", ["shared_with_ids"]),
    "ix_pupils_setting_ids": ("pupils", ["setting_ids"]),
    "ix_events_audience": ("events", ["audience"]),
}

# Pupils whose records others share with a reader; null where they are more than a thousand.
FEW_SHARED = """
CREATE FUNCTION apqa_few_shared(p_reader uuid)
RETURNS uuid[] LANGUAGE sql STABLE SET apqa.role = 'system' AS $$
    SELECT CASE WHEN count(*) <= 1000 THEN array_agg(pupil_id) END
      FROM (SELECT s.pupil_id FROM pupil_shares s
             WHERE s.organisation_id = p_reader AND s.revoked_at IS NULL ORDER BY s.owner_id LIMIT 1001) AS shared
$$
"""

# Who shares them, where they are more than a thousand: one step down the index for each, whatever the number of pupils.
SHARERS = """
CREATE FUNCTION apqa_sharers(p_reader uuid)
RETURNS TABLE (owner_id uuid) LANGUAGE sql STABLE ROWS 20 SET apqa.role = 'system' AS $$
    WITH RECURSIVE sharer (id) AS (
        (SELECT s.owner_id FROM pupil_shares s
          WHERE s.organisation_id = p_reader AND s.revoked_at IS NULL AND apqa_few_shared(p_reader) IS NULL
          ORDER BY s.owner_id LIMIT 1)
        UNION ALL
        SELECT (SELECT s.owner_id FROM pupil_shares s
                 WHERE s.organisation_id = p_reader AND s.revoked_at IS NULL AND s.owner_id > sharer.id
                 ORDER BY s.owner_id LIMIT 1)
          FROM sharer WHERE sharer.id IS NOT NULL
    )
    SELECT id FROM sharer WHERE id IS NOT NULL
$$
"""

FUNCTIONS = {"apqa_few_shared(uuid)": FEW_SHARED, "apqa_sharers(uuid)": SHARERS}


def upgrade() -> None:
    """Make the indexes and functions, and drop the indexes that nothing can use."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for name, (table, columns) in INDEXES.items():
        op.create_index(name, table, columns)
    columns = ["organisation_id", "owner_id", "pupil_id"]
    op.create_index(LIVE, "pupil_shares", columns, postgresql_where=sa.text("revoked_at IS NULL"))
    for name, (table, _) in ARRAYS.items():
        op.drop_index(name, table)
    for body in FUNCTIONS.values():
        op.execute(body)


def downgrade() -> None:
    """Take them back."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for signature in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {signature}")
    for name, (table, columns) in ARRAYS.items():
        op.create_index(name, table, columns, postgresql_using="gin")
    op.drop_index(LIVE, "pupil_shares")
    for name, (table, _) in INDEXES.items():
        op.drop_index(name, table)
