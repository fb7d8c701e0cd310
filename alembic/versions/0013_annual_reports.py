"""Annual reports of providers.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

UUIDS = postgresql.ARRAY(sa.UUID())
TABLE = "annual_reports"

# Whoever had to do with a placement in the year, the partnerships above them, and the networks of them all.
READERS = """
CREATE FUNCTION apqa_annual_report_readers(p_provider uuid, p_academic_year text)
RETURNS TABLE (reader_ids uuid[], network_ids uuid[]) LANGUAGE sql STABLE SET apqa.role = 'system' AS $$
    WITH year AS (SELECT make_date(left(p_academic_year, 4)::int, 9, 1) AS first_on),
    concerned AS (
        SELECT DISTINCT reader
          FROM placements p, year,
               unnest(ARRAY[p.commissioner_id, p.pupil_owner_id, p.home_school_id] || p.shared_with_ids) AS reader
         WHERE p.provider_id = p_provider AND p.status <> 'cancelled' AND reader IS NOT NULL
           AND p.starts_on < first_on + interval '1 year' AND (p.ends_on IS NULL OR p.ends_on >= first_on)
    ),
    readers AS (
        SELECT reader AS id FROM concerned
         UNION
        SELECT o.partnership_id FROM organisations o JOIN concerned ON o.id = reader
         WHERE o.partnership_id IS NOT NULL
    )
    SELECT coalesce((SELECT array_agg(id ORDER BY id) FROM readers), '{}'),
           coalesce((SELECT array_agg(DISTINCT network ORDER BY network)
                       FROM readers, unnest(apqa_networks_of(id)) AS network), '{}')
$$
"""

# A placement that is recorded, or shared, after the report of its year was published brings it new readers.
READ_BY_MORE = """
CREATE FUNCTION apqa_annual_reports_read_by_more()
RETURNS trigger LANGUAGE plpgsql SET apqa.role = 'system' AS $$
BEGIN
    UPDATE annual_reports r
       SET reader_ids = (SELECT array_agg(DISTINCT id ORDER BY id) FROM unnest(r.reader_ids || f.reader_ids) AS id),
           network_ids = (SELECT coalesce(array_agg(DISTINCT id ORDER BY id), '{}')
                            FROM unnest(r.network_ids || f.network_ids) AS id)
      FROM annual_reports s, apqa_annual_report_readers(s.provider_id, s.academic_year) f
     WHERE s.id = r.id AND r.status = 'published' AND EXISTS (
           SELECT FROM changed c
            WHERE c.provider_id = r.provider_id AND c.status <> 'cancelled'
              AND c.starts_on < make_date(left(r.academic_year, 4)::int, 9, 1) + interval '1 year'
              AND (c.ends_on IS NULL OR c.ends_on >= make_date(left(r.academic_year, 4)::int, 9, 1))
              AND NOT r.reader_ids @> (ARRAY[c.commissioner_id, c.pupil_owner_id,
                                             coalesce(c.home_school_id, c.commissioner_id)] || c.shared_with_ids));
    RETURN NULL;
END
$$
"""

TRIGGERS = (
    """
    CREATE TRIGGER annual_report_kept BEFORE UPDATE ON annual_reports
       FOR EACH ROW WHEN (OLD.status = 'published'
               AND to_jsonb(OLD) - '{reader_ids,network_ids}'::text[]
                <> to_jsonb(NEW) - '{reader_ids,network_ids}'::text[])
    EXECUTE FUNCTION apqa_kept('a published report stays as it is')
    """,
    """
    CREATE TRIGGER annual_reports_read_by_placed AFTER INSERT ON placements REFERENCING NEW TABLE AS changed
       FOR EACH STATEMENT EXECUTE FUNCTION apqa_annual_reports_read_by_more()
    """,
    """
    CREATE TRIGGER annual_reports_read_by_moved AFTER UPDATE ON placements REFERENCING NEW TABLE AS changed
       FOR EACH STATEMENT EXECUTE FUNCTION apqa_annual_reports_read_by_more()
    """,
)


def upgrade() -> None:
    """Make them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    make_table()
    op.execute(READERS)
    op.execute(READ_BY_MORE)
    for trigger in TRIGGERS:
        op.execute(trigger)


def downgrade() -> None:
    """Drop them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP TRIGGER annual_reports_read_by_moved ON placements")
    op.execute("DROP TRIGGER annual_reports_read_by_placed ON placements")
    op.drop_table(TABLE)
    op.execute("DROP FUNCTION apqa_annual_reports_read_by_more()")
    op.execute("DROP FUNCTION apqa_annual_report_readers(uuid, text)")


def make_table() -> None:
    """Each version of each report."""
    op.create_table(
        TABLE,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("academic_year", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("revises_id", sa.Uuid(), nullable=True),
        sa.Column("written", postgresql.JSONB(), nullable=False),
        sa.Column("figures", postgresql.JSONB(), nullable=False),
        sa.Column("names_reviewed", sa.String(), nullable=True),
        sa.Column("content", postgresql.JSONB(), nullable=True),
        sa.Column("content_hash", sa.String(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by", sa.String(), nullable=True),
        sa.Column("reader_ids", UUIDS, nullable=False),
        sa.Column("network_ids", UUIDS, nullable=False),
        sa.Column("la_code", sa.String(), nullable=True),
        sa.CheckConstraint("status IN ('draft', 'published')", name=op.f(f"ck_{TABLE}_status")),
        sa.CheckConstraint(
            "num_nonnulls(content, content_hash, published_at, published_by)"
            " = CASE status WHEN 'published' THEN 4 ELSE 0 END",
            name=op.f(f"ck_{TABLE}_published"),
        ),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f(f"fk_{TABLE}_provider_id")),
        sa.ForeignKeyConstraint(["revises_id"], [f"{TABLE}.id"], name=op.f(f"fk_{TABLE}_revises_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint(
            "provider_id", "academic_year", "number", name=op.f(f"uq_{TABLE}_provider_id_academic_year_number")
        ),
    )
    op.create_index(
        "uq_annual_reports_one_draft",
        TABLE,
        ["provider_id", "academic_year"],
        unique=True,
        postgresql_where=sa.text("status = 'draft'"),
    )
    op.create_index("ix_annual_reports_provider_id_id", TABLE, ["provider_id", "id"])
    op.create_index("ix_annual_reports_content_hash", TABLE, ["content_hash"])
    op.create_index("ix_annual_reports_revises_id", TABLE, ["revises_id"])
    for column in ("reader_ids", "network_ids"):
        op.create_index(f"ix_annual_reports_{column}", TABLE, [column], postgresql_using="gin")
