"""Compliance: what is recorded of a provider, what an organisation asks for, what is confirmed at each placement.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# What is known of providers, for a position on which schools, too, may know where a provider stands, but not by whom:
# no name leaves here. One person in two posts is told twice in the list of staff; `person_id` makes them one.
FACTS = """
CREATE FUNCTION apqa_compliance_facts(p_providers uuid[])
RETURNS TABLE (provider_id uuid, records jsonb, posts jsonb, audits jsonb)
LANGUAGE sql STABLE SET apqa.role = 'system' AS $$
    SELECT wanted.id,
           (SELECT coalesce(jsonb_agg(to_jsonb(i) ORDER BY i.id), '[]')
              FROM (SELECT id, type, given_on, staff_id, edition, valid_until_on, evidence_ids
                      FROM compliance_items
                     WHERE provider_id = wanted.id AND withdrawn_at IS NULL) i),
           (SELECT coalesce(jsonb_agg(to_jsonb(s) ORDER BY s.id), '[]')
              FROM (SELECT id, role, from_on, to_on, first_value(id) OVER (
                           PARTITION BY lower(btrim(regexp_replace(name, '\\s+', ' ', 'g'))) ORDER BY id) AS person_id
                      FROM provider_staff
                     WHERE provider_id = wanted.id) s),
           (SELECT coalesce(jsonb_agg(to_jsonb(a) ORDER BY a.id), '[]')
              FROM (SELECT id, audited_on, valid_until_on, recommendations
                      FROM audits
                     WHERE provider_id = wanted.id) a)
      FROM unnest(p_providers) AS wanted (id)
$$
"""

# What is written down stays; its author may take it back, once.
KEPT = """
CREATE TRIGGER {table}_kept BEFORE UPDATE ON {table}
   FOR EACH ROW WHEN (current_setting('apqa.role', true) IS DISTINCT FROM 'system'
           AND to_jsonb(OLD) IS DISTINCT FROM to_jsonb(NEW)
           AND (OLD.withdrawn_at IS NOT NULL
             OR to_jsonb(OLD) - '{{withdrawn_at,withdrawn_because,version,updated_at}}'::text[]
             IS DISTINCT FROM to_jsonb(NEW) - '{{withdrawn_at,withdrawn_because,version,updated_at}}'::text[]))
EXECUTE FUNCTION apqa_kept('it is withdrawn, once, and otherwise stays as it was written')
"""


def upgrade() -> None:
    """Make them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _policies()
    _items()
    _checks()
    op.execute(FACTS)
    for table in ("compliance_items", "placement_checks"):
        op.execute(KEPT.format(table=table))


def downgrade() -> None:
    """Drop them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP FUNCTION apqa_compliance_facts(uuid[])")
    for table in ("placement_checks", "compliance_items", "compliance_policies"):
        op.drop_table(table)


def _root() -> list[sa.Column]:
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    ]


def _withdrawn() -> list[sa.Column]:
    return [
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_because", sa.String(), nullable=True),
    ]


def _policies() -> None:
    organisation = op.f("fk_compliance_policies_organisation_id")
    op.create_table(
        "compliance_policies",
        *_root(),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("required", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("blocking", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("audit_interval", sa.String(), nullable=False),
        sa.Column("term_model", sa.String(), nullable=False),
        sa.Column("placement_charge", sa.Numeric(8, 2), nullable=False),
        sa.CheckConstraint("audit_interval IN ('P1Y', 'P2Y')", name=op.f("ck_compliance_policies_audit_interval")),
        sa.CheckConstraint("term_model IN ('three', 'six')", name=op.f("ck_compliance_policies_term_model")),
        sa.CheckConstraint("placement_charge >= 0", name=op.f("ck_compliance_policies_charge")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=organisation),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_compliance_policies")),
        sa.UniqueConstraint("organisation_id", name=op.f("uq_compliance_policies_organisation_id")),
    )


def _items() -> None:
    organisation = op.f("fk_compliance_items_organisation_id")
    op.create_table(
        "compliance_items",
        *_root(),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("valid_until_on", sa.Date(), nullable=True),
        sa.Column("edition", sa.String(), nullable=True),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("evidence_ids", postgresql.ARRAY(sa.UUID()), nullable=False),
        *_withdrawn(),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=organisation),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_compliance_items_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_compliance_items")),
    )
    op.create_index("ix_compliance_items_provider_id_id", "compliance_items", ["provider_id", "id"])


def _checks() -> None:
    commissioner = op.f("fk_placement_checks_commissioner_id")
    op.create_table(
        "placement_checks",
        *_root(),
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("commissioner_id", sa.Uuid(), nullable=False),
        sa.Column("pupil_owner_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("confirmed_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("charge", sa.Numeric(8, 2), nullable=True),
        sa.Column("shares", postgresql.JSONB(), nullable=False),
        *_withdrawn(),
        sa.CheckConstraint(
            "kind IN ('staff_checks_confirmed', 'lebc_registered')", name=op.f("ck_placement_checks_kind")
        ),
        sa.CheckConstraint("charge >= 0", name=op.f("ck_placement_checks_charge")),
        sa.ForeignKeyConstraint(["commissioner_id"], ["organisations.id"], name=commissioner),
        sa.ForeignKeyConstraint(["placement_id"], ["placements.id"], name=op.f("fk_placement_checks_placement_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_placement_checks_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placement_checks")),
    )
    op.create_index("ix_placement_checks_placement_id_id", "placement_checks", ["placement_id", "id"])
