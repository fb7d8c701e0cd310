"""Evidence, which follows its visit as the other parts do.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# What decides who may read a part of a visit, held until the transaction ends: adding to a visit and finalising it wait
# for each other. Who adds may see the visit, and need not be able to change it.
HOLD_VISIT = """
CREATE FUNCTION apqa_hold_visit(p_visit uuid)
RETURNS TABLE (visit_status text, team_ids uuid[], network_ids uuid[], la_code text)
LANGUAGE sql VOLATILE SET apqa.role = 'system' AS $$
    SELECT v.status, v.team_ids, v.network_ids, v.la_code FROM visits v WHERE v.id = p_visit FOR SHARE
$$
"""

MOVED = """
CREATE TRIGGER visit_moved_evidence AFTER UPDATE OF status, team_ids, network_ids, la_code ON visits
   FOR EACH ROW WHEN ((OLD.status, OLD.team_ids, OLD.network_ids, OLD.la_code)
           IS DISTINCT FROM (NEW.status, NEW.team_ids, NEW.network_ids, NEW.la_code))
EXECUTE FUNCTION apqa_visit_moved('evidence')
"""

# As for the other parts of a visit; and a file is for life what was sent, whose it was sent as.
OF_VISIT = """
CREATE TRIGGER part_of_visit BEFORE INSERT ON evidence FOR EACH ROW EXECUTE FUNCTION apqa_part_of_visit()
"""
KEPT = """
CREATE TRIGGER evidence_kept BEFORE UPDATE ON evidence
   FOR EACH ROW WHEN (current_setting('apqa.role', true) IS DISTINCT FROM 'system'
           AND to_jsonb(OLD) - 'organisation_id' <> to_jsonb(NEW) - 'organisation_id')
EXECUTE FUNCTION apqa_kept('it stays as it was sent')
"""


def upgrade() -> None:
    """Make them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "evidence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=True),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("visit_status", sa.String(), nullable=False),
        sa.Column("team_ids", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("network_ids", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("la_code", sa.String(), nullable=True),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("item_key", sa.String(), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("sent_sha256", sa.String(), nullable=False),
        sa.Column("scan", sa.String(), nullable=False),
        sa.Column("uploaded_by", sa.String(), nullable=False),
        sa.CheckConstraint("scan IN ('clean', 'infected', 'unscanned')", name=op.f("ck_evidence_scan")),
        sa.CheckConstraint("side IN ('observer', 'provider')", name=op.f("ck_evidence_side")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_evidence_organisation_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_evidence_provider_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_evidence_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
    )
    for columns in (["organisation_id", "id"], ["provider_id", "id"], ["visit_id", "id"], ["sha256"]):
        op.create_index(f"ix_evidence_{'_'.join(columns)}", "evidence", columns)
    op.execute(HOLD_VISIT)
    for trigger in (MOVED, OF_VISIT, KEPT):
        op.execute(trigger)


def downgrade() -> None:
    """Drop them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP TRIGGER visit_moved_evidence ON visits")
    op.execute("DROP FUNCTION apqa_hold_visit(uuid)")
    op.drop_table("evidence")
