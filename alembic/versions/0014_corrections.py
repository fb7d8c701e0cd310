"""Records of obligations are put right beside what they said; when a questionnaire was opened.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# What can be put right of each record; whose it is, and of what, is for life.
CONTENT = {
    "welfare_visits": "site_id,seen_on,seen_by,note,concerns",
    "progress_reports": "academic_year,term,submitted_on,summary,targets,evidence_ids,request_id",
    "provider_documents": "academic_year,given_on,title,parts,evidence_ids,url,note",
}
COLUMNS = ("updated_at", "version", "amendments", "withdrawn_at")

KEPT = """
CREATE TRIGGER record_kept BEFORE UPDATE ON {table}
   FOR EACH ROW WHEN (current_setting('apqa.role', true) IS DISTINCT FROM 'system'
           AND to_jsonb(OLD) IS DISTINCT FROM to_jsonb(NEW)
           AND (OLD.withdrawn_at IS NOT NULL
             OR jsonb_array_length(NEW.amendments) <= jsonb_array_length(OLD.amendments)
             OR to_jsonb(OLD) - '{{{content},{columns}}}'::text[]
                <> to_jsonb(NEW) - '{{{content},{columns}}}'::text[]))
EXECUTE FUNCTION apqa_kept('it is put right beside what it said, until it is withdrawn')
"""
AMENDMENTS_KEPT = """
CREATE TRIGGER amendments_kept BEFORE UPDATE OF amendments ON {table}
   FOR EACH ROW WHEN (jsonb_array_length(OLD.amendments) > 0 AND OLD.amendments <> jsonb_path_query_array(
           NEW.amendments, '$[0 to $last]', jsonb_build_object('last', jsonb_array_length(OLD.amendments) - 1)))
EXECUTE FUNCTION apqa_kept('an amendment stays as it was written')
"""

AGE = "UPDATE {table} SET updated_at = created_at"
FORGET = "DELETE FROM {table} WHERE withdrawn_at IS NOT NULL"

# Row security is forced on the owner, too: what fills the new columns speaks as the service itself.
AS_SERVICE = "SELECT set_config('apqa.role', 'system', true)"
AS_BEFORE = "SELECT set_config('apqa.role', '', true)"
OPENED = """
UPDATE questionnaires AS asked
   SET opened_at = coalesce((SELECT min(audit.created_at) FROM audit
                              WHERE audit.entity_id = asked.id AND audit.action = 'open'), asked.updated_at)
 WHERE asked.status <> 'draft'
"""


def upgrade() -> None:
    """Add them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(AS_SERVICE)
    for table in CONTENT:
        add_columns(table)
    op.add_column("questionnaires", sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(OPENED)
    op.execute(AS_BEFORE)


def downgrade() -> None:
    """Take them away. What records said before is lost with them; those that were withdrawn would count again, so
    that they go."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(AS_SERVICE)
    op.drop_column("questionnaires", "opened_at")
    for table in CONTENT:
        op.execute(f"DROP TRIGGER amendments_kept ON {table}")
        op.execute(f"DROP TRIGGER record_kept ON {table}")
        op.execute(FORGET.format(table=table))
        for column in COLUMNS:
            op.drop_column(table, column)
    op.execute(AS_BEFORE)


def add_columns(table: str) -> None:
    """What a record needs in order to be put right."""
    op.add_column(table, sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(table, sa.Column("version", sa.Integer(), nullable=False, server_default=sa.text("1")))
    op.add_column(table, sa.Column("amendments", postgresql.JSONB(), nullable=False, server_default=sa.text("'[]'")))
    op.add_column(table, sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(AGE.format(table=table))
    op.alter_column(table, "updated_at", nullable=False)
    for column in ("version", "amendments"):
        op.alter_column(table, column, server_default=None)
    op.execute(KEPT.format(table=table, content=CONTENT[table], columns=",".join(COLUMNS)))
    op.execute(AMENDMENTS_KEPT.format(table=table))
