"""Ways to the placements that somebody sees, in the order of their ids.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_placements_commissioner_id_id": ("placements", ["commissioner_id", "id"]),
    "ix_placements_home_la_code_id": ("placements", ["home_la_code", "id"]),
}
LIVE = "ix_pupil_shares_live"
ARRAY = "ix_placements_shared_with_ids"

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
    """Make the indexes and functions, and drop an index that no statement behind row security can use."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for name, (table, columns) in INDEXES.items():
        op.create_index(name, table, columns)
    columns = ["organisation_id", "owner_id", "pupil_id"]
    op.create_index(LIVE, "pupil_shares", columns, postgresql_where=sa.text("revoked_at IS NULL"))
    op.drop_index(ARRAY, "placements")
    for body in FUNCTIONS.values():
        op.execute(body)


def downgrade() -> None:
    """Take them back."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for signature in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {signature}")
    op.create_index(ARRAY, "placements", ["shared_with_ids"], postgresql_using="gin")
    op.drop_index(LIVE, "pupil_shares")
    for name, (table, _) in INDEXES.items():
        op.drop_index(name, table)
