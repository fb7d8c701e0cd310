"""Obligations: agreements adopted, the records that meet what they ask for, waivers, feeds.

Revision ID: 0009
Revises: 0008
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

PARTS = ("welfare_visits", "progress_reports")
UUIDS = postgresql.ARRAY(sa.UUID())

# A record about a placement repeats what decides who may read it, as it is at that moment.
PART_OF_PLACEMENT = """
CREATE FUNCTION apqa_part_of_placement()
RETURNS trigger LANGUAGE plpgsql SET apqa.role = 'system' AS $$
DECLARE
    placement placements;
BEGIN
    IF NEW.placement_id IS NULL THEN
        RETURN NEW;
    END IF;
    SELECT * INTO placement FROM placements WHERE id = NEW.placement_id FOR SHARE;
    NEW.provider_id := placement.provider_id;
    NEW.commissioner_id := placement.commissioner_id;
    NEW.pupil_owner_id := placement.pupil_owner_id;
    NEW.shared_with_ids := placement.shared_with_ids;
    NEW.home_la_code := placement.home_la_code;
    RETURN NEW;
END
$$
"""

# Whoever shares a pupil, takes a share back, or joins two records of one, moves what was written of its placements.
PLACEMENT_MOVED = """
CREATE FUNCTION apqa_placement_moved()
RETURNS trigger LANGUAGE plpgsql SET apqa.role = 'system' AS $$
DECLARE
    part text;
BEGIN
    FOREACH part IN ARRAY TG_ARGV LOOP
        EXECUTE format('UPDATE %I SET pupil_owner_id = $1, shared_with_ids = $2, home_la_code = $3'
                       ' WHERE placement_id = $4', part)
          USING NEW.pupil_owner_id, NEW.shared_with_ids, NEW.home_la_code, NEW.id;
    END LOOP;
    RETURN NULL;
END
$$
"""

MOVED = """
CREATE TRIGGER placement_moved AFTER UPDATE OF pupil_owner_id, shared_with_ids, home_la_code ON placements
   FOR EACH ROW WHEN ((OLD.pupil_owner_id, OLD.shared_with_ids, OLD.home_la_code)
           IS DISTINCT FROM (NEW.pupil_owner_id, NEW.shared_with_ids, NEW.home_la_code))
EXECUTE FUNCTION apqa_placement_moved('welfare_visits', 'progress_reports')
"""


def upgrade() -> None:
    """Make them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column(
        "organisations", sa.Column("agreements", postgresql.JSONB(), nullable=False, server_default=sa.text("'[]'"))
    )
    op.alter_column("organisations", "agreements", server_default=None)
    make_requests()
    make_parts()
    make_documents()
    make_waivers()
    op.execute(PART_OF_PLACEMENT)
    op.execute(PLACEMENT_MOVED)
    op.execute(MOVED)
    for part in PARTS:
        op.execute(
            f"CREATE TRIGGER part_of_placement BEFORE INSERT ON {part}"
            " FOR EACH ROW EXECUTE FUNCTION apqa_part_of_placement()"
        )


def downgrade() -> None:
    """Drop them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP TRIGGER placement_moved ON placements")
    tables = ("obligation_feeds", "obligation_waivers", "provider_documents", "progress_reports", "welfare_visits")
    for table in (*tables, "progress_requests"):
        op.drop_table(table)
    op.execute("DROP FUNCTION apqa_placement_moved()")
    op.execute("DROP FUNCTION apqa_part_of_placement()")
    op.drop_column("organisations", "agreements")


def row() -> tuple[sa.Column[Any], ...]:
    """The columns of every row."""
    return (
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )


def keys(table: str, **columns: str) -> tuple[sa.Constraint, ...]:
    """The primary key, and the references of columns to tables."""
    names = ((f"{column}_id", other) for column, other in columns.items())
    return (
        *(sa.ForeignKeyConstraint([name], [f"{other}.id"], name=op.f(f"fk_{table}_{name}")) for name, other in names),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def index(table: str, *columns: str, **more: Any) -> None:
    """An index, named as the models name theirs."""
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns), **more)


def placement_part() -> tuple[sa.Column[Any], ...]:
    """What a record about a placement repeats of it."""
    return (
        sa.Column("placement_id", sa.Uuid(), nullable=True),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("commissioner_id", sa.Uuid(), nullable=False),
        sa.Column("pupil_owner_id", sa.Uuid(), nullable=True),
        sa.Column("shared_with_ids", UUIDS, nullable=False),
        sa.Column("home_la_code", sa.String(), nullable=True),
    )


def make_requests() -> None:
    """What commissioners ask for."""
    name = "progress_requests"
    op.create_table(
        name,
        *row(),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("commissioner_id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=True),
        sa.Column("requested_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("requested_by", sa.String(), nullable=False),
        *keys(name, provider="providers", commissioner="organisations", placement="placements"),
    )
    index(name, "provider_id", "id")
    index(name, "commissioner_id", "provider_id")


def make_parts() -> None:
    """What is written of placements."""
    op.create_table(
        "welfare_visits",
        *row(),
        *placement_part(),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=True),
        sa.Column("seen_on", sa.Date(), nullable=False),
        sa.Column("seen_by", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("concerns", sa.String(), nullable=True),
        sa.Column("recorded_by", sa.String(), nullable=False),
        *keys(
            "welfare_visits",
            placement="placements",
            provider="providers",
            commissioner="organisations",
            organisation="organisations",
            site="sites",
        ),
    )
    index("welfare_visits", "placement_id", "seen_on")
    index("welfare_visits", "provider_id", "id")
    make_reports()


def make_reports() -> None:
    """What providers report of progress."""
    name = "progress_reports"
    op.create_table(
        name,
        *row(),
        *placement_part(),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("academic_year", sa.String(), nullable=False),
        sa.Column("term", sa.Integer(), nullable=False),
        sa.Column("submitted_on", sa.Date(), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("targets", postgresql.JSONB(), nullable=False),
        sa.Column("evidence_ids", UUIDS, nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.CheckConstraint("kind IN ('tracking', 'progress')", name=op.f(f"ck_{name}_kind")),
        sa.CheckConstraint("term BETWEEN 1 AND 6", name=op.f(f"ck_{name}_term")),
        *keys(
            name,
            placement="placements",
            provider="providers",
            commissioner="organisations",
            organisation="organisations",
            request="progress_requests",
        ),
    )
    for columns in (("provider_id", "id"), ("commissioner_id", "provider_id"), ("placement_id",)):
        index(name, *columns)


def make_documents() -> None:
    """What a provider and a commissioner give each other."""
    name = "provider_documents"
    kinds = (
        "'intent', 'long_term_plan', 'qa_policy', 'qa_summary', 'annual_report', 'fee_rates', 'fee_change_notice', "
        "'demand_forecast', 'sla_acceptance', 'sla_concerns', 'other'"
    )
    op.create_table(
        name,
        *row(),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("commissioner_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("network_ids", UUIDS, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("academic_year", sa.String(), nullable=True),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("parts", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("evidence_ids", UUIDS, nullable=False),
        sa.Column("url", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.CheckConstraint(f"kind IN ({kinds})", name=op.f(f"ck_{name}_kind")),
        *keys(name, provider="providers", commissioner="organisations", organisation="organisations"),
    )
    index(name, "provider_id", "id")
    index(name, "commissioner_id", "provider_id")
    index(name, "network_ids", postgresql_using="gin")


def make_waivers() -> None:
    """What is not owed this once, and where calendars read."""
    name = "obligation_waivers"
    organisations = ("organisation_id", "provider_id", "owed_by_id", "owed_to_id")
    op.create_table(
        name,
        *row(),
        *(sa.Column(column, sa.Uuid(), nullable=False) for column in organisations),
        sa.Column("agreement_id", sa.String(), nullable=False),
        sa.Column("duty", sa.String(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("waived_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("waived_by", sa.String(), nullable=False),
        *keys(
            name,
            organisation="organisations",
            provider="providers",
            owed_by="organisations",
            owed_to="organisations",
        ),
    )
    index(name, "provider_id")
    name = "obligation_feeds"
    op.create_table(
        name,
        *row(),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.UniqueConstraint("secret_hash", name=op.f(f"uq_{name}_secret_hash")),
        *keys(name, organisation="organisations"),
    )
    index(name, "organisation_id")
