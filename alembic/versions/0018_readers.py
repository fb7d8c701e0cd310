"""Who is told of what, and ways to the records of placements that somebody sees, in the order of their ids.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

INDEXES = {
    "attendance_marks": ["pupil_owner_id", "home_la_code"],
    "welfare_visits": ["commissioner_id", "pupil_owner_id", "home_la_code"],
    "progress_reports": ["commissioner_id", "pupil_owner_id", "home_la_code"],
}
# Behind row security the operators of arrays are not leakproof: no statement of the service could use these.
ARRAYS = {
    "visits": ["team_ids", "network_ids"],
    "judgements": ["team_ids", "network_ids"],
    "concerns": ["team_ids"],
    "provider_documents": ["network_ids"],
    "annual_reports": ["reader_ids", "network_ids"],
}
# The placements of pupils whose records others share with a reader; null where they are many.
FEW_PLACED = """
CREATE FUNCTION apqa_few_placed(p_reader uuid)
RETURNS uuid[] LANGUAGE sql STABLE SET apqa.role = 'system' AS $$
    SELECT CASE WHEN count(*) <= 200 THEN coalesce(array_agg(id), '{}') END
      FROM (SELECT p.id FROM pupil_shares s JOIN placements p ON p.pupil_id = s.pupil_id
             WHERE s.organisation_id = p_reader AND s.revoked_at IS NULL LIMIT 201) AS placed
$$
"""

# Who shares pupils, whatever their number: who asks knows when to ask for it.
SHARERS = """
CREATE OR REPLACE FUNCTION apqa_sharers(p_reader uuid)
RETURNS TABLE (owner_id uuid) LANGUAGE sql STABLE ROWS 20 SET apqa.role = 'system' AS $$
    WITH RECURSIVE sharer (id) AS (
        (SELECT s.owner_id FROM pupil_shares s
          WHERE s.organisation_id = p_reader AND s.revoked_at IS NULL{before}
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


def upgrade() -> None:
    """Make the table with what it holds, the indexes and the function; drop the indexes that nothing can use."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "event_readers",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "event_id", name="pk_event_readers"),
    )
    op.execute("SET LOCAL apqa.role = 'system'")  # row security is forced on an owner, too
    op.execute("INSERT INTO event_readers SELECT DISTINCT reader, id FROM events, unnest(audience) AS reader")
    op.execute("SET LOCAL apqa.role = ''")
    for table, columns in INDEXES.items():
        for column in columns:
            op.create_index(f"ix_{table}_{column}_id", table, [column, "id"])
    for table, columns in ARRAYS.items():
        for column in columns:
            op.drop_index(f"ix_{table}_{column}", table)
    op.execute(FEW_PLACED)
    op.execute(SHARERS.format(before=""))


def downgrade() -> None:
    """Take them back."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(SHARERS.format(before=" AND apqa_few_shared(p_reader) IS NULL"))
    op.execute("DROP FUNCTION apqa_few_placed(uuid)")
    for table, columns in ARRAYS.items():
        for column in columns:
            op.create_index(f"ix_{table}_{column}", table, [column], postgresql_using="gin")
    for table, columns in INDEXES.items():
        for column in columns:
            op.drop_index(f"ix_{table}_{column}_id", table)
    op.drop_table("event_readers")
