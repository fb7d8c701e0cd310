"""Visits, what is found on them, and what follows: concerns, decisions, and what they rest on.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

IDENTIFIED_BEFORE = """
CREATE FUNCTION apqa_identify(p_issuer text, p_subject text)
RETURNS TABLE (organisation_id uuid, slug text, name text, kind text, grade text, la_code text, partnership_id uuid)
LANGUAGE sql STABLE SET apqa.role = 'system' AS $$
    SELECT o.id, o.slug, o.name, o.kind, m.grade, o.la_code, o.partnership_id
      FROM memberships m JOIN organisations o ON o.id = m.organisation_id
     WHERE m.issuer = p_issuer AND m.subject = p_subject AND m.revoked_at IS NULL
     ORDER BY o.id
$$
"""

# A school shares findings where its partnership does.
NETWORKS_OF = """
CREATE FUNCTION apqa_networks_of(p_organisation uuid)
RETURNS uuid[] LANGUAGE sql STABLE SET apqa.role = 'system' AS $$
    SELECT coalesce(array_agg(DISTINCT n.network_id ORDER BY n.network_id), '{}')
      FROM organisations o JOIN network_members n ON n.organisation_id IN (o.id, o.partnership_id)
     WHERE o.id = p_organisation
$$
"""

IDENTIFY = """
CREATE FUNCTION apqa_identify(p_issuer text, p_subject text)
RETURNS TABLE (organisation_id uuid, slug text, name text, kind text, grade text, la_code text, partnership_id uuid,
               network_ids uuid[])
LANGUAGE sql STABLE SET apqa.role = 'system' AS $$
    SELECT o.id, o.slug, o.name, o.kind, m.grade, o.la_code, o.partnership_id, apqa_networks_of(o.id)
      FROM memberships m JOIN organisations o ON o.id = m.organisation_id
     WHERE m.issuer = p_issuer AND m.subject = p_subject AND m.revoked_at IS NULL
     ORDER BY o.id
$$
"""

# Whoever shares findings in any of the networks: members, and the schools of those that are partnerships.
NETWORK_MEMBERS = """
CREATE FUNCTION apqa_network_members(p_networks uuid[])
RETURNS SETOF uuid LANGUAGE sql STABLE SET apqa.role = 'system' AS $$
    SELECT DISTINCT o.id
      FROM network_members n JOIN organisations o ON n.organisation_id IN (o.id, o.partnership_id)
     WHERE n.network_id = ANY (p_networks)
$$
"""

# Used to keep reports free of names; whoever finalises a report need not be entitled to the list itself.
STAFF_NAMES = """
CREATE FUNCTION apqa_staff_names(p_provider uuid)
RETURNS SETOF text LANGUAGE sql STABLE SET apqa.role = 'system' AS $$
    SELECT name FROM provider_staff WHERE provider_id = p_provider
$$
"""

# What was found before on the same form, at the same site, gives way to what a finalised visit has found.
SETTLE_VISIT = """
CREATE FUNCTION apqa_settle_visit(p_visit uuid)
RETURNS void LANGUAGE sql VOLATILE SET apqa.role = 'system' AS $$
    WITH pairs AS (
        SELECT mine.id AS mine, other.id AS other, mine.updated_at,
               (other.visited_on, other.visit_id) < (mine.visited_on, mine.visit_id) AS newer
          FROM judgements AS mine
          JOIN judgements AS other
            ON other.provider_id = mine.provider_id AND other.framework_id = mine.framework_id
           AND other.level = mine.level AND other.key = mine.key AND other.site_id IS NOT DISTINCT FROM mine.site_id
           AND other.visit_id <> mine.visit_id AND other.visit_status = 'finalised' AND NOT other.set_aside
         WHERE mine.visit_id = p_visit AND NOT mine.set_aside
    ), gone AS (
        SELECT other AS id, mine AS by, updated_at FROM pairs WHERE newer
        UNION ALL SELECT mine, (array_agg(other ORDER BY other))[1], min(updated_at) FROM pairs
                   WHERE NOT newer GROUP BY mine
    )
    UPDATE judgements AS old SET superseded_by = gone.by, updated_at = gone.updated_at
      FROM gone WHERE old.id = gone.id AND old.superseded_by IS NULL
$$
"""

# Whom a decision binds: whoever made it, its schools where it is a partnership, and its network.
BOUND_BY = """
CREATE FUNCTION apqa_bound_by(p_organisation uuid, p_networks uuid[])
RETURNS SETOF uuid LANGUAGE sql STABLE SET apqa.role = 'system' AS $$
    SELECT id FROM organisations
     WHERE kind <> 'provider' AND (
           p_organisation IN (id, partnership_id) OR id IN (SELECT apqa_network_members(p_networks)))
$$
"""

# Whoever decides that pupils leave learns how many placements that concerns and how many have no plan: no more of them.
EXIT_COUNTS = """
CREATE FUNCTION apqa_exit_counts(p_decision uuid, p_on date)
RETURNS TABLE (placements bigint, without_plan bigint)
LANGUAGE sql STABLE SET apqa.role = 'system' AS $$
    SELECT count(*), count(*) FILTER (
               WHERE NOT EXISTS (SELECT FROM exit_plans e WHERE e.decision_id = d.id AND e.placement_id = p.id))
      FROM decisions d JOIN placements p ON p.provider_id = d.provider_id
     WHERE d.id = p_decision AND p.status <> 'cancelled' AND (p.ends_on IS NULL OR p.ends_on >= p_on)
       AND p.commissioner_id IN (SELECT apqa_bound_by(d.organisation_id, d.network_ids))
$$
"""

# Every part repeats what decides who may read it: moving the visit moves them, whoever moves it. The arguments of the
# trigger are the tables of the parts.
VISIT_MOVED = """
CREATE FUNCTION apqa_visit_moved()
RETURNS trigger LANGUAGE plpgsql SET apqa.role = 'system' AS $$
DECLARE
    part text;
BEGIN
    FOREACH part IN ARRAY TG_ARGV LOOP
        EXECUTE format('UPDATE %I SET visit_status = $1, team_ids = $2, network_ids = $3, la_code = $4'
                       ' WHERE visit_id = $5', part)
          USING NEW.status, NEW.team_ids, NEW.network_ids, NEW.la_code, NEW.id;
    END LOOP;
    RETURN NULL;
END
$$
"""

# A part is added to the visit as it is at that moment; whoever believed it to stand elsewhere tries again.
PART_OF_VISIT = """
CREATE FUNCTION apqa_part_of_visit()
RETURNS trigger LANGUAGE plpgsql SET apqa.role = 'system' AS $$
DECLARE
    visit visits;
BEGIN
    IF NEW.visit_id IS NULL THEN
        RETURN NEW;
    END IF;
    SELECT * INTO visit FROM visits WHERE id = NEW.visit_id FOR SHARE;
    IF visit.status IS DISTINCT FROM NEW.visit_status THEN
        RAISE EXCEPTION 'the visit has moved on' USING ERRCODE = 'serialization_failure';
    END IF;
    NEW.provider_id := visit.provider_id;
    NEW.team_ids := visit.team_ids;
    NEW.network_ids := visit.network_ids;
    NEW.la_code := visit.la_code;
    RETURN NEW;
END
$$
"""

# Whose row it is never changes, and what is finalised or cancelled stays so.
KEPT = """
CREATE FUNCTION apqa_kept()
RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%: %', TG_TABLE_NAME, TG_ARGV[0] USING ERRCODE = 'insufficient_privilege';
END
$$
"""

VISIT_KEPT = """
CREATE TRIGGER visit_kept BEFORE UPDATE OF provider_id, lead_organisation_id, framework_id, status ON visits
   FOR EACH ROW WHEN ((OLD.provider_id, OLD.lead_organisation_id, OLD.framework_id)
           IS DISTINCT FROM (NEW.provider_id, NEW.lead_organisation_id, NEW.framework_id)
           OR (OLD.status IN ('finalised', 'cancelled') AND NEW.status <> OLD.status))
EXECUTE FUNCTION apqa_kept('whose it is, its form and its end are for life')
"""

# Row policies know rows, not columns: what a provider may change of a visit is said here.
VISIT_DISPUTED = """
CREATE TRIGGER visit_disputed BEFORE UPDATE ON visits
   FOR EACH ROW WHEN (current_setting('apqa.role', true) = 'provider'
           AND to_jsonb(OLD) - '{status,disputed_at,disputed_because,version,updated_at}'::text[]
           <> to_jsonb(NEW) - '{status,disputed_at,disputed_because,version,updated_at}'::text[])
EXECUTE FUNCTION apqa_kept('a provider raises a dispute or takes it back, and changes nothing else')
"""

PART_KEPT = """
CREATE TRIGGER part_kept BEFORE UPDATE OF visit_id, provider_id, visit_status, team_ids, network_ids, la_code ON {part}
   FOR EACH ROW WHEN (current_setting('apqa.role', true) IS DISTINCT FROM 'system'
           AND (OLD.visit_id, OLD.provider_id, OLD.visit_status, OLD.team_ids, OLD.network_ids, OLD.la_code)
           IS DISTINCT FROM
               (NEW.visit_id, NEW.provider_id, NEW.visit_status, NEW.team_ids, NEW.network_ids, NEW.la_code))
EXECUTE FUNCTION apqa_kept('it repeats what its visit says')
"""

PARTS = ("visit_responses", "judgements", "visit_comments", "visit_versions", "concerns")

MOVED = """
CREATE TRIGGER visit_moved AFTER UPDATE OF status, team_ids, network_ids, la_code ON visits
   FOR EACH ROW WHEN ((OLD.status, OLD.team_ids, OLD.network_ids, OLD.la_code)
           IS DISTINCT FROM (NEW.status, NEW.team_ids, NEW.network_ids, NEW.la_code))
EXECUTE FUNCTION
    apqa_visit_moved('visit_responses', 'judgements', 'visit_comments', 'visit_versions', 'concerns')
"""

FUNCTIONS = {
    "apqa_networks_of(uuid)": NETWORKS_OF,
    "apqa_network_members(uuid[])": NETWORK_MEMBERS,
    "apqa_staff_names(uuid)": STAFF_NAMES,
    "apqa_settle_visit(uuid)": SETTLE_VISIT,
    "apqa_bound_by(uuid, uuid[])": BOUND_BY,
    "apqa_exit_counts(uuid, date)": EXIT_COUNTS,
    "apqa_visit_moved()": VISIT_MOVED,
    "apqa_part_of_visit()": PART_OF_VISIT,
    "apqa_kept()": KEPT,
}


def upgrade() -> None:
    """Make them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    make_tables()
    for body in FUNCTIONS.values():
        op.execute(body)
    for trigger in (MOVED, VISIT_KEPT, VISIT_DISPUTED):
        op.execute(trigger)
    for part in PARTS:
        op.execute(
            f"CREATE TRIGGER part_of_visit BEFORE INSERT ON {part} FOR EACH ROW EXECUTE FUNCTION apqa_part_of_visit()"
        )
        op.execute(PART_KEPT.format(part=part))
    op.execute("DROP FUNCTION apqa_identify(text, text)")
    op.execute(IDENTIFY)


def downgrade() -> None:
    """Drop them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP FUNCTION apqa_identify(text, text)")
    op.execute(IDENTIFIED_BEFORE)
    drop_tables()
    for signature in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {signature}")


def make_tables() -> None:
    """The tables, in order of dependence."""
    op.create_table(
        "audits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("audited_on", sa.Date(), nullable=False),
        sa.Column("valid_until_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("recommendations", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_audits_organisation_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_audits_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audits")),
    )
    op.create_index("ix_audits_provider_id_id", "audits", ["provider_id", "id"], unique=False)
    op.create_table(
        "provider_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("changed_on", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('dsl', 'site', 'proprietor', 'registration')", name=op.f("ck_provider_changes_kind")
        ),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_provider_changes_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_changes")),
    )
    op.create_index(
        "ix_provider_changes_provider_id_changed_on", "provider_changes", ["provider_id", "changed_on"], unique=False
    )
    op.create_table(
        "provider_staff",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "role IN ('manager', 'dsl', 'deputy_dsl', 'health_and_safety_lead', 'proprietor', 'teacher', 'other')",
            name=op.f("ck_provider_staff_role"),
        ),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_provider_staff_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_staff")),
    )
    op.create_index("ix_provider_staff_provider_id_id", "provider_staff", ["provider_id", "id"], unique=False)
    op.create_table(
        "visits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=True),
        sa.Column("framework_id", sa.String(), nullable=False),
        sa.Column("programme_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("lead_organisation_id", sa.Uuid(), nullable=False),
        sa.Column("team_ids", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("network_ids", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("la_code", sa.String(), nullable=True),
        sa.Column("visitors", postgresql.JSONB(), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=True),
        sa.Column("planned_minutes", sa.Integer(), nullable=True),
        sa.Column("announced_from_on", sa.Date(), nullable=True),
        sa.Column("announced_to_on", sa.Date(), nullable=True),
        sa.Column("due_by_on", sa.Date(), nullable=True),
        sa.Column("notified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("visited_on", sa.Date(), nullable=True),
        sa.Column("duration_minutes", sa.Integer(), nullable=True),
        sa.Column("registration", postgresql.JSONB(), nullable=True),
        sa.Column("registration_check_id", sa.Uuid(), nullable=True),
        sa.Column("follows_visit_id", sa.Uuid(), nullable=True),
        sa.Column("comments_due_on", sa.Date(), nullable=True),
        sa.Column("names_reviewed", sa.String(), nullable=True),
        sa.Column("cancelled_because", sa.String(), nullable=True),
        sa.Column("disputed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disputed_because", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("outcome_because", sa.String(), nullable=True),
        sa.Column("moderated_how", sa.String(), nullable=True),
        sa.Column("moderated_by_id", sa.Uuid(), nullable=True),
        sa.Column("finalised_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('qa_visit', 'learning_walk', 'half_day_observation', 'work_scrutiny', 'contract_review', 'follow_up', 'joint_observation')",
            name=op.f("ck_visits_kind"),
        ),
        sa.CheckConstraint("outcome IN ('upheld', 'amended', 'set_aside')", name=op.f("ck_visits_outcome")),
        sa.CheckConstraint(
            "status IN ('planned', 'preparing', 'with_provider', 'visited', 'draft_shared', 'disputed', 'finalised', 'cancelled')",
            name=op.f("ck_visits_status"),
        ),
        sa.ForeignKeyConstraint(["follows_visit_id"], ["visits.id"], name=op.f("fk_visits_follows_visit_id")),
        sa.ForeignKeyConstraint(
            ["lead_organisation_id"], ["organisations.id"], name=op.f("fk_visits_lead_organisation_id")
        ),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_visits_provider_id")),
        sa.ForeignKeyConstraint(
            ["registration_check_id"], ["registration_checks.id"], name=op.f("fk_visits_registration_check_id")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_visits_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visits")),
    )
    op.create_index(op.f("ix_visits_follows_visit_id"), "visits", ["follows_visit_id"], unique=False)
    op.create_index("ix_visits_lead_organisation_id_id", "visits", ["lead_organisation_id", "id"], unique=False)
    op.create_index("ix_visits_network_ids", "visits", ["network_ids"], unique=False, postgresql_using="gin")
    op.create_index("ix_visits_provider_id_id", "visits", ["provider_id", "id"], unique=False)
    op.create_index("ix_visits_team_ids", "visits", ["team_ids"], unique=False, postgresql_using="gin")
    op.create_table(
        "decisions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=True),
        sa.Column("network_ids", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("la_code", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("conditions", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("withdraw_by_on", sa.Date(), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("decided_by_name", sa.String(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('continue', 'continue_with_conditions', 'suspend_new_placements', 'withdraw_pupils', 'cease')",
            name=op.f("ck_decisions_kind"),
        ),
        sa.ForeignKeyConstraint(["ended_by_id"], ["decisions.id"], name=op.f("fk_decisions_ended_by_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_decisions_organisation_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_decisions_provider_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_decisions_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
    )
    op.create_index("ix_decisions_organisation_id_id", "decisions", ["organisation_id", "id"], unique=False)
    op.create_index("ix_decisions_provider_id_id", "decisions", ["provider_id", "id"], unique=False)
    op.create_index(op.f("ix_decisions_visit_id"), "decisions", ["visit_id"], unique=False)
    op.create_table(
        "judgements",
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
        sa.Column("framework_id", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("section_key", sa.String(), nullable=True),
        sa.Column("rating", sa.String(), nullable=True),
        sa.Column("scale", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("rationale", sa.String(), nullable=True),
        sa.Column("action_points", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_by_name", sa.String(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("visited_on", sa.Date(), nullable=True),
        sa.Column("site_id", sa.Uuid(), nullable=True),
        sa.Column("valid_until_on", sa.Date(), nullable=True),
        sa.Column("superseded_by", sa.Uuid(), nullable=True),
        sa.Column("set_aside", sa.Boolean(), nullable=False),
        sa.CheckConstraint("level IN ('criterion', 'section', 'overall', 'caveat')", name=op.f("ck_judgements_level")),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_judgements_provider_id")),
        sa.ForeignKeyConstraint(["superseded_by"], ["judgements.id"], name=op.f("fk_judgements_superseded_by")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_judgements_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_judgements")),
        sa.UniqueConstraint("visit_id", "level", "key", name="uq_judgements_item"),
    )
    op.create_index("ix_judgements_network_ids", "judgements", ["network_ids"], unique=False, postgresql_using="gin")
    op.create_index("ix_judgements_provider_id_id", "judgements", ["provider_id", "id"], unique=False)
    op.create_index(op.f("ix_judgements_superseded_by"), "judgements", ["superseded_by"], unique=False)
    op.create_index("ix_judgements_team_ids", "judgements", ["team_ids"], unique=False, postgresql_using="gin")
    op.create_table(
        "reliances",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("lead_organisation_id", sa.Uuid(), nullable=False),
        sa.Column("relied_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_reliances_organisation_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_reliances_provider_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_reliances_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reliances")),
    )
    op.create_index("ix_reliances_organisation_id_id", "reliances", ["organisation_id", "id"], unique=False)
    op.create_index(op.f("ix_reliances_provider_id"), "reliances", ["provider_id"], unique=False)
    op.create_index("ix_reliances_visit_id_organisation_id", "reliances", ["visit_id", "organisation_id"], unique=True)
    op.create_table(
        "visit_comments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=True),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("visit_status", sa.String(), nullable=False),
        sa.Column("team_ids", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("network_ids", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("la_code", sa.String(), nullable=True),
        sa.Column("item_key", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("suggested_rating", sa.String(), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("author_name", sa.String(), nullable=True),
        sa.CheckConstraint("kind IN ('comment', 'amendment', 'conclusion')", name=op.f("ck_visit_comments_kind")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_visit_comments_organisation_id")
        ),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_visit_comments_provider_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_visit_comments_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_comments")),
    )
    op.create_index("ix_visit_comments_visit_id_id", "visit_comments", ["visit_id", "id"], unique=False)
    op.create_table(
        "visit_responses",
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
        sa.Column("item_key", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("author_name", sa.String(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("rating", sa.String(), nullable=True),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("evidence_ids", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.CheckConstraint("side IN ('observer', 'provider')", name=op.f("ck_visit_responses_side")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_visit_responses_organisation_id")
        ),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_visit_responses_provider_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_visit_responses_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_responses")),
    )
    op.create_index("ix_visit_responses_visit_id_id", "visit_responses", ["visit_id", "id"], unique=False)
    op.create_table(
        "visit_versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=True),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("visit_status", sa.String(), nullable=False),
        sa.Column("team_ids", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("network_ids", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("la_code", sa.String(), nullable=True),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.CheckConstraint("stage IN ('draft', 'final')", name=op.f("ck_visit_versions_stage")),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_visit_versions_provider_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_visit_versions_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_versions")),
        sa.UniqueConstraint("visit_id", "number", name="uq_visit_versions_number"),
    )
    op.create_index("ix_visit_versions_content_hash", "visit_versions", ["content_hash"], unique=False)
    op.create_table(
        "concerns",
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
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.String(), nullable=True),
        sa.Column("key", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("rating", sa.String(), nullable=True),
        sa.Column("scale", sa.String(), nullable=True),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("withdrawn_because", sa.String(), nullable=True),
        sa.Column("decision_id", sa.Uuid(), nullable=True),
        sa.Column("raised_by", sa.String(), nullable=False),
        sa.CheckConstraint("status IN ('open', 'decided', 'withdrawn')", name=op.f("ck_concerns_status")),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name=op.f("fk_concerns_decision_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_concerns_organisation_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_concerns_provider_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_concerns_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concerns")),
    )
    op.create_index(op.f("ix_concerns_decision_id"), "concerns", ["decision_id"], unique=False)
    op.create_index("ix_concerns_provider_id_id", "concerns", ["provider_id", "id"], unique=False)
    op.create_index("ix_concerns_team_ids", "concerns", ["team_ids"], unique=False, postgresql_using="gin")
    op.create_table(
        "decision_acknowledgements",
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("decided_by_id", sa.Uuid(), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_by", sa.String(), nullable=False),
        sa.Column("acknowledged_by_name", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name=op.f("fk_decision_acknowledgements_decision_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_decision_acknowledgements_organisation_id")
        ),
        sa.PrimaryKeyConstraint("decision_id", "organisation_id", name=op.f("pk_decision_acknowledgements")),
    )
    op.create_table(
        "exit_plans",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("leave_by_on", sa.Date(), nullable=False),
        sa.Column("plan", sa.String(), nullable=False),
        sa.Column("next_provision", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.CheckConstraint("status IN ('open', 'done')", name=op.f("ck_exit_plans_status")),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name=op.f("fk_exit_plans_decision_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_exit_plans_organisation_id")),
        sa.ForeignKeyConstraint(["placement_id"], ["placements.id"], name=op.f("fk_exit_plans_placement_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_exit_plans_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exit_plans")),
    )
    op.create_index("ix_exit_plans_decision_id_id", "exit_plans", ["decision_id", "id"], unique=False)
    op.create_index("ix_exit_plans_organisation_id_id", "exit_plans", ["organisation_id", "id"], unique=False)
    op.create_index(op.f("ix_exit_plans_placement_id"), "exit_plans", ["placement_id"], unique=False)
    op.add_column("providers", sa.Column("proprietor", sa.String(), nullable=True))


def drop_tables() -> None:
    """The tables, in the opposite order."""
    op.drop_column("providers", "proprietor")
    op.drop_index(op.f("ix_exit_plans_placement_id"), table_name="exit_plans")
    op.drop_index("ix_exit_plans_organisation_id_id", table_name="exit_plans")
    op.drop_index("ix_exit_plans_decision_id_id", table_name="exit_plans")
    op.drop_table("exit_plans")
    op.drop_table("decision_acknowledgements")
    op.drop_index("ix_concerns_team_ids", table_name="concerns", postgresql_using="gin")
    op.drop_index("ix_concerns_provider_id_id", table_name="concerns")
    op.drop_index(op.f("ix_concerns_decision_id"), table_name="concerns")
    op.drop_table("concerns")
    op.drop_index("ix_visit_versions_content_hash", table_name="visit_versions")
    op.drop_table("visit_versions")
    op.drop_index("ix_visit_responses_visit_id_id", table_name="visit_responses")
    op.drop_table("visit_responses")
    op.drop_index("ix_visit_comments_visit_id_id", table_name="visit_comments")
    op.drop_table("visit_comments")
    op.drop_index("ix_reliances_visit_id_organisation_id", table_name="reliances")
    op.drop_index(op.f("ix_reliances_provider_id"), table_name="reliances")
    op.drop_index("ix_reliances_organisation_id_id", table_name="reliances")
    op.drop_table("reliances")
    op.drop_index("ix_judgements_team_ids", table_name="judgements", postgresql_using="gin")
    op.drop_index(op.f("ix_judgements_superseded_by"), table_name="judgements")
    op.drop_index("ix_judgements_provider_id_id", table_name="judgements")
    op.drop_index("ix_judgements_network_ids", table_name="judgements", postgresql_using="gin")
    op.drop_table("judgements")
    op.drop_index(op.f("ix_decisions_visit_id"), table_name="decisions")
    op.drop_index("ix_decisions_provider_id_id", table_name="decisions")
    op.drop_index("ix_decisions_organisation_id_id", table_name="decisions")
    op.drop_table("decisions")
    op.drop_index("ix_visits_team_ids", table_name="visits", postgresql_using="gin")
    op.drop_index("ix_visits_provider_id_id", table_name="visits")
    op.drop_index("ix_visits_network_ids", table_name="visits", postgresql_using="gin")
    op.drop_index("ix_visits_lead_organisation_id_id", table_name="visits")
    op.drop_index(op.f("ix_visits_follows_visit_id"), table_name="visits")
    op.drop_table("visits")
    op.drop_index("ix_provider_staff_provider_id_id", table_name="provider_staff")
    op.drop_table("provider_staff")
    op.drop_index("ix_provider_changes_provider_id_changed_on", table_name="provider_changes")
    op.drop_table("provider_changes")
    op.drop_index("ix_audits_provider_id_id", table_name="audits")
    op.drop_table("audits")
