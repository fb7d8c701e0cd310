"""Improvement plans, whose actions follow their visit as its parts do.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# The open plan of an owner for a provider. One transaction at a time has to do with it, or with its absence: whoever
# drafts from a visit need not see the plan before it holds what that visit asks for.
OPEN_PLAN = """
CREATE FUNCTION apqa_open_plan(p_provider uuid, p_owner uuid)
RETURNS uuid LANGUAGE plpgsql VOLATILE SET apqa.role = 'system' AS $$
DECLARE
    found uuid;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('action plan ' || p_provider || p_owner, 0));
    SELECT id INTO found FROM action_plans
     WHERE provider_id = p_provider AND organisation_id = p_owner AND status = 'open' FOR NO KEY UPDATE;
    RETURN found;
END
$$
"""

# A plan that a visit opens is that of the visit's leader; its first actions tell who reads it besides the team.
PLAN_OF_VISIT = """
CREATE FUNCTION apqa_plan_of_visit()
RETURNS trigger LANGUAGE plpgsql SET apqa.role = 'system' AS $$
BEGIN
    NEW.team_ids := '{}';
    IF NEW.visit_id IS NOT NULL THEN
        SELECT provider_id, lead_organisation_id, team_ids
          INTO NEW.provider_id, NEW.organisation_id, NEW.team_ids
          FROM visits WHERE id = NEW.visit_id;
    END IF;
    RETURN NEW;
END
$$
"""

# What a visit asks for, it asks in the name of whoever leads it.
ACTION_OF_VISIT = """
CREATE FUNCTION apqa_action_of_visit()
RETURNS trigger LANGUAGE plpgsql SET apqa.role = 'system' AS $$
BEGIN
    SELECT lead_organisation_id INTO NEW.organisation_id FROM visits WHERE id = NEW.visit_id;
    RETURN NEW;
END
$$
"""

# A plan is read by whoever reads one of its actions: by a visit's team at once, by network and area when it is final.
PLAN_FOLLOWS = """
CREATE FUNCTION apqa_plan_follows()
RETURNS trigger LANGUAGE plpgsql SET apqa.role = 'system' AS $$
DECLARE
    settled boolean := NEW.visit_status IN ('none', 'finalised');
    networks uuid[] := CASE WHEN settled THEN NEW.network_ids ELSE '{}' END;
    area text := CASE WHEN settled THEN NEW.la_code END;
BEGIN
    UPDATE action_plans AS plan
       SET team_ids = ARRAY(SELECT DISTINCT unnest(plan.team_ids || NEW.team_ids) ORDER BY 1),
           network_ids = ARRAY(SELECT DISTINCT unnest(plan.network_ids || networks) ORDER BY 1),
           la_code = coalesce(area, plan.la_code)
     WHERE plan.id = NEW.plan_id
       AND NOT (plan.team_ids @> NEW.team_ids AND plan.network_ids @> networks
                AND (area IS NULL OR area IS NOT DISTINCT FROM plan.la_code));
    RETURN NULL;
END
$$
"""

FUNCTIONS = {
    "apqa_open_plan(uuid, uuid)": OPEN_PLAN,
    "apqa_plan_of_visit()": PLAN_OF_VISIT,
    "apqa_action_of_visit()": ACTION_OF_VISIT,
    "apqa_plan_follows()": PLAN_FOLLOWS,
}

TRIGGERS = (
    """
    CREATE TRIGGER visit_moved_actions AFTER UPDATE OF status, team_ids, network_ids, la_code ON visits
       FOR EACH ROW WHEN ((OLD.status, OLD.team_ids, OLD.network_ids, OLD.la_code)
               IS DISTINCT FROM (NEW.status, NEW.team_ids, NEW.network_ids, NEW.la_code))
    EXECUTE FUNCTION apqa_visit_moved('actions')
    """,
    """
    CREATE TRIGGER plan_of_visit BEFORE INSERT ON action_plans
       FOR EACH ROW EXECUTE FUNCTION apqa_plan_of_visit()
    """,
    """
    CREATE TRIGGER part_of_visit BEFORE INSERT ON actions
       FOR EACH ROW EXECUTE FUNCTION apqa_part_of_visit()
    """,
    """
    CREATE TRIGGER action_of_visit BEFORE INSERT ON actions
       FOR EACH ROW WHEN (NEW.visit_id IS NOT NULL) EXECUTE FUNCTION apqa_action_of_visit()
    """,
    """
    CREATE TRIGGER plan_follows AFTER INSERT OR UPDATE OF visit_status, team_ids, network_ids, la_code ON actions
       FOR EACH ROW EXECUTE FUNCTION apqa_plan_follows()
    """,
    """
    CREATE TRIGGER plan_kept BEFORE UPDATE ON action_plans
       FOR EACH ROW WHEN (current_setting('apqa.role', true) IS DISTINCT FROM 'system'
               AND (OLD.provider_id, OLD.organisation_id, OLD.visit_id, OLD.team_ids, OLD.network_ids, OLD.la_code)
               IS DISTINCT FROM
                   (NEW.provider_id, NEW.organisation_id, NEW.visit_id, NEW.team_ids, NEW.network_ids, NEW.la_code))
    EXECUTE FUNCTION apqa_kept('whose it is, and who reads it, follows from its visits')
    """,
    """
    CREATE TRIGGER part_kept BEFORE UPDATE ON actions
       FOR EACH ROW WHEN (current_setting('apqa.role', true) IS DISTINCT FROM 'system'
               AND (OLD.visit_id, OLD.provider_id, OLD.visit_status, OLD.team_ids, OLD.network_ids, OLD.la_code)
               IS DISTINCT FROM
                   (NEW.visit_id, NEW.provider_id, NEW.visit_status, NEW.team_ids, NEW.network_ids, NEW.la_code))
    EXECUTE FUNCTION apqa_kept('it repeats what its visit says')
    """,
    """
    CREATE TRIGGER action_kept BEFORE UPDATE ON actions
       FOR EACH ROW WHEN ((OLD.plan_id, OLD.organisation_id, OLD.audit_id, OLD.source, OLD.origin)
           IS DISTINCT FROM (NEW.plan_id, NEW.organisation_id, NEW.audit_id, NEW.source, NEW.origin))
    EXECUTE FUNCTION apqa_kept('whose it is and what asked for it are for life')
    """,
    """
    CREATE TRIGGER reviews_kept BEFORE UPDATE OF reviews ON actions
       FOR EACH ROW WHEN (jsonb_array_length(OLD.reviews) > 0 AND OLD.reviews <> jsonb_path_query_array(
               NEW.reviews, '$[0 to $last]', jsonb_build_object('last', jsonb_array_length(OLD.reviews) - 1)))
    EXECUTE FUNCTION apqa_kept('a review stays as it was written')
    """,
    # Row policies know rows, not columns: what a provider may change of an action is said here.
    """
    CREATE TRIGGER action_reported BEFORE UPDATE ON actions
       FOR EACH ROW WHEN (current_setting('apqa.role', true) = 'provider' AND (
               to_jsonb(OLD) - '{status,reviews,evidence_ids,version,updated_at}'::text[]
            <> to_jsonb(NEW) - '{status,reviews,evidence_ids,version,updated_at}'::text[]
            OR (OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN
                (('open', 'in_progress'), ('open', 'submitted'), ('in_progress', 'submitted')))))
    EXECUTE FUNCTION apqa_kept('a provider reports on an action, and changes nothing else')
    """,
)


def upgrade() -> None:
    """Make them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    make_tables()
    for body in FUNCTIONS.values():
        op.execute(body)
    for trigger in TRIGGERS:
        op.execute(trigger)


def downgrade() -> None:
    """Drop them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP TRIGGER visit_moved_actions ON visits")
    op.drop_table("actions")
    op.drop_table("action_plans")
    for signature in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {signature}")


def make_tables() -> None:
    """The tables, in order of dependence."""
    op.create_table(
        "action_plans",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=True),
        sa.Column("team_ids", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("network_ids", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("la_code", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_because", sa.String(), nullable=True),
        sa.Column("reopened_because", sa.String(), nullable=True),
        sa.CheckConstraint("status IN ('open', 'closed')", name=op.f("ck_action_plans_status")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_action_plans_organisation_id")
        ),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_action_plans_provider_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_action_plans_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action_plans")),
        sa.UniqueConstraint("id", "provider_id", "organisation_id", name="uq_action_plans_owner"),
    )
    op.create_index(
        "uq_action_plans_one_open",
        "action_plans",
        ["provider_id", "organisation_id"],
        unique=True,
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_index("ix_action_plans_provider_id_id", "action_plans", ["provider_id", "id"])
    op.create_index("ix_action_plans_organisation_id_id", "action_plans", ["organisation_id", "id"])
    op.create_index(op.f("ix_action_plans_visit_id"), "action_plans", ["visit_id"])
    op.create_table(
        "actions",
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
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("audit_id", sa.Uuid(), nullable=True),
        sa.Column("origin", sa.String(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("framework_id", sa.String(), nullable=True),
        sa.Column("section_key", sa.String(), nullable=True),
        sa.Column("criterion_key", sa.String(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("responsible", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("cancelled_because", sa.String(), nullable=True),
        sa.Column("reopened_because", sa.String(), nullable=True),
        sa.Column("reviews", postgresql.JSONB(), nullable=False),
        sa.Column("evidence_ids", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.CheckConstraint(
            "status IN ('open', 'in_progress', 'submitted', 'verified', 'cancelled')", name=op.f("ck_actions_status")
        ),
        sa.CheckConstraint("source IN ('action_point', 'criterion', 'audit', 'own')", name=op.f("ck_actions_source")),
        sa.CheckConstraint("(visit_id IS NULL) = (visit_status = 'none')", name=op.f("ck_actions_visit_status")),
        sa.CheckConstraint(
            "(status IN ('verified', 'cancelled')) = (ended_on IS NOT NULL)", name=op.f("ck_actions_ended_on")
        ),
        sa.CheckConstraint(
            "status <> 'cancelled' OR cancelled_because IS NOT NULL", name=op.f("ck_actions_cancelled_because")
        ),
        sa.ForeignKeyConstraint(["audit_id"], ["audits.id"], name=op.f("fk_actions_audit_id")),
        sa.ForeignKeyConstraint(
            ["plan_id", "provider_id", "organisation_id"],
            ["action_plans.id", "action_plans.provider_id", "action_plans.organisation_id"],
            name="fk_actions_plan_id",
        ),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_actions_provider_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_actions_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_actions")),
        sa.UniqueConstraint("audit_id", "origin", name="uq_actions_audit_id_origin"),
        sa.UniqueConstraint("visit_id", "origin", name="uq_actions_visit_id_origin"),
    )
    for column in ("organisation_id", "plan_id", "provider_id"):
        op.create_index(f"ix_actions_{column}_id", "actions", [column, "id"])
