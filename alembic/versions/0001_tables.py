"""The tables.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "audit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("principal", sa.String(), nullable=False),
        sa.Column("acting_for", postgresql.JSONB(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("entity", sa.String(), nullable=False),
        sa.Column("entity_id", sa.Uuid(), nullable=True),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_entity_id_id", "audit", ["entity_id", "id"], unique=False)
    op.create_index("ix_audit_organisation_id_id", "audit", ["organisation_id", "id"], unique=False)
    op.create_table(
        "child_upns",
        sa.Column("upn", sa.String(), nullable=False),
        sa.Column("child_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("upn", name=op.f("pk_child_upns")),
    )
    op.create_index(op.f("ix_child_upns_child_id"), "child_upns", ["child_id"], unique=False)
    op.create_table(
        "client_assertions",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("jti", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "jti", name=op.f("pk_client_assertions")),
    )
    op.create_index(op.f("ix_client_assertions_expires_at"), "client_assertions", ["expires_at"], unique=False)
    op.create_table(
        "establishment_links",
        sa.Column("urn", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("link_urn", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("link_type", sa.String(), nullable=False),
        sa.Column("link_name", sa.String(), nullable=True),
        sa.Column("established_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("urn", "link_urn", "link_type", name=op.f("pk_establishment_links")),
    )
    op.create_index(op.f("ix_establishment_links_link_urn"), "establishment_links", ["link_urn"], unique=False)
    op.create_table(
        "establishments",
        sa.Column("urn", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("la_code", sa.String(), nullable=True),
        sa.Column("la_name", sa.String(), nullable=True),
        sa.Column("establishment_number", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("type_code", sa.Integer(), nullable=False),
        sa.Column("type_name", sa.String(), nullable=True),
        sa.Column("group_code", sa.Integer(), nullable=True),
        sa.Column("group_name", sa.String(), nullable=True),
        sa.Column("status_code", sa.Integer(), nullable=False),
        sa.Column("status_name", sa.String(), nullable=True),
        sa.Column("closed_reason_code", sa.Integer(), nullable=True),
        sa.Column("closed_reason_name", sa.String(), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("phase_code", sa.Integer(), nullable=True),
        sa.Column("phase_name", sa.String(), nullable=True),
        sa.Column("statutory_low_age", sa.Integer(), nullable=True),
        sa.Column("statutory_high_age", sa.Integer(), nullable=True),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("pupils", sa.Integer(), nullable=True),
        sa.Column("ukprn", sa.String(), nullable=True),
        sa.Column("section_41", sa.String(), nullable=True),
        sa.Column("street", sa.String(), nullable=True),
        sa.Column("locality", sa.String(), nullable=True),
        sa.Column("address_3", sa.String(), nullable=True),
        sa.Column("town", sa.String(), nullable=True),
        sa.Column("county", sa.String(), nullable=True),
        sa.Column("postcode", sa.String(), nullable=True),
        sa.Column("website", sa.String(), nullable=True),
        sa.Column("proprietor_name", sa.String(), nullable=True),
        sa.Column("last_changed_on", sa.Date(), nullable=True),
        sa.Column("uprn", sa.String(), nullable=True),
        sa.Column("company_number", sa.String(), nullable=True),
        sa.Column("accredited_code", sa.Integer(), nullable=True),
        sa.Column("accredited_name", sa.String(), nullable=True),
        sa.Column("accreditation_expires_on", sa.Date(), nullable=True),
        sa.Column("sen_provision", sa.String(), nullable=True),
        sa.Column("ebd_provision", sa.String(), nullable=True),
        sa.Column("pru_places", sa.Integer(), nullable=True),
        sa.Column("full_time_provision", sa.String(), nullable=True),
        sa.Column("tuition_by_other", sa.String(), nullable=True),
        sa.Column("inspectorate_name", sa.String(), nullable=True),
        sa.Column("previous_la_code", sa.String(), nullable=True),
        sa.Column("previous_establishment_number", sa.Integer(), nullable=True),
        sa.Column("dfe_number", sa.String(), nullable=True),
        sa.Column("name_key", sa.String(), nullable=False),
        sa.Column("registration_status", sa.String(), nullable=False),
        sa.Column("vanished_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("urn", name=op.f("pk_establishments")),
    )
    op.create_index(op.f("ix_establishments_company_number"), "establishments", ["company_number"], unique=False)
    op.create_index(op.f("ix_establishments_dfe_number"), "establishments", ["dfe_number"], unique=False)
    op.create_index("ix_establishments_name_key_urn", "establishments", ["name_key", "urn"], unique=False)
    op.create_index(op.f("ix_establishments_ukprn"), "establishments", ["ukprn"], unique=False)
    op.create_table(
        "events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("entity", sa.String(), nullable=False),
        sa.Column("entity_id", sa.Uuid(), nullable=True),
        sa.Column("audience", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_index("ix_events_audience", "events", ["audience"], unique=False, postgresql_using="gin")
    op.create_table(
        "gias_extracts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("extract_on", sa.Date(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("vanished", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gias_extracts")),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("principal", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", postgresql.JSONB(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "principal", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(op.f("ix_idempotency_keys_created_at"), "idempotency_keys", ["created_at"], unique=False)
    op.create_table(
        "jobs",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_jobs")),
    )
    op.create_table(
        "networks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_networks")),
        sa.UniqueConstraint("slug", name=op.f("uq_networks_slug")),
    )
    op.create_table(
        "organisations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("la_code", sa.String(), nullable=True),
        sa.Column("urn", sa.Integer(), nullable=True),
        sa.Column("partnership_id", sa.Uuid(), nullable=True),
        sa.Column("threshold_policy", sa.String(), nullable=False),
        sa.Column("rulesets", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.CheckConstraint(
            "kind IN ('partnership', 'school', 'provider', 'local_authority')", name=op.f("ck_organisations_kind")
        ),
        sa.CheckConstraint("threshold_policy IN ('advise', 'block')", name=op.f("ck_organisations_threshold_policy")),
        sa.ForeignKeyConstraint(["partnership_id"], ["organisations.id"], name=op.f("fk_organisations_partnership_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
        sa.UniqueConstraint("slug", name=op.f("uq_organisations_slug")),
    )
    op.create_index("ix_organisations_kind_id", "organisations", ["kind", "id"], unique=False)
    op.create_index(op.f("ix_organisations_partnership_id"), "organisations", ["partnership_id"], unique=False)
    op.create_index(op.f("ix_organisations_urn"), "organisations", ["urn"], unique=False)
    op.create_table(
        "sweeps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("as_of_on", sa.Date(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("providers", sa.Integer(), nullable=False),
        sa.Column("results", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sweeps")),
    )
    op.create_index("ix_sweeps_organisation_id_id", "sweeps", ["organisation_id", "id"], unique=False)
    op.create_table(
        "clients",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("secret_hash", sa.String(), nullable=True),
        sa.Column("jwks", postgresql.JSONB(), nullable=True),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_clients_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clients")),
    )
    op.create_index("ix_clients_organisation_id_id", "clients", ["organisation_id", "id"], unique=False)
    op.create_table(
        "imports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("scopes", postgresql.JSONB(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("refusal", sa.String(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("updated", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("warnings", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("status IN ('queued', 'running', 'finished', 'failed')", name=op.f("ck_imports_status")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_imports_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )
    op.create_index(
        "ix_imports_open", "imports", ["id"], unique=False, postgresql_where=sa.text("status IN ('queued', 'running')")
    )
    op.create_index("ix_imports_organisation_id_id", "imports", ["organisation_id", "id"], unique=False)
    op.create_table(
        "memberships",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("display_name", sa.String(), nullable=True),
        sa.Column("grade", sa.String(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("grade IN ('viewer', 'contributor', 'lead')", name=op.f("ck_memberships_grade")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_memberships_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
        sa.UniqueConstraint(
            "issuer", "subject", "organisation_id", name=op.f("uq_memberships_issuer_subject_organisation_id")
        ),
    )
    op.create_index("ix_memberships_organisation_id_id", "memberships", ["organisation_id", "id"], unique=False)
    op.create_table(
        "network_members",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["network_id"], ["networks.id"], name=op.f("fk_network_members_network_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_network_members_organisation_id")
        ),
        sa.PrimaryKeyConstraint("network_id", "organisation_id", name=op.f("pk_network_members")),
    )
    op.create_index(op.f("ix_network_members_organisation_id"), "network_members", ["organisation_id"], unique=False)
    op.create_table(
        "providers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_key", sa.String(), nullable=False),
        sa.Column("legal_name", sa.String(), nullable=True),
        sa.Column("company_number", sa.String(), nullable=True),
        sa.Column("ukprn", sa.String(), nullable=True),
        sa.Column("urn", sa.Integer(), nullable=True),
        sa.Column("dfe_number", sa.String(), nullable=True),
        sa.Column("postcode", sa.String(), nullable=True),
        sa.Column("la_code", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("registration_status", sa.String(), nullable=False),
        sa.Column("registration_checked_on", sa.Date(), nullable=True),
        sa.Column("gias_extract_on", sa.Date(), nullable=True),
        sa.Column("commissioning_status", sa.String(), nullable=False),
        sa.CheckConstraint(
            "commissioning_status IN ('open', 'suspended', 'ceased')", name=op.f("ck_providers_commissioning_status")
        ),
        sa.CheckConstraint(
            "registration_status IN ('registered_independent_school', 'state_ap_school', 'other_school', 'non_school_institution', 'registration_pending', 'closed', 'not_found')",
            name=op.f("ck_providers_registration_status"),
        ),
        sa.ForeignKeyConstraint(["id"], ["organisations.id"], name=op.f("fk_providers_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_providers")),
        sa.UniqueConstraint("urn", name=op.f("uq_providers_urn")),
    )
    op.create_index("ix_providers_name_key", "providers", ["name_key"], unique=False)
    op.create_index("ix_providers_natural", "providers", ["company_number", "postcode"], unique=False)
    op.create_index(op.f("ix_providers_ukprn"), "providers", ["ukprn"], unique=False)
    op.create_table(
        "pupils",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("child_id", sa.Uuid(), nullable=False),
        sa.Column("upn", sa.String(), nullable=True),
        sa.Column("former_upns", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("uln", sa.String(), nullable=True),
        sa.Column("mis_id", sa.String(), nullable=True),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("given_name", sa.String(), nullable=False),
        sa.Column("family_name", sa.String(), nullable=False),
        sa.Column("born_on", sa.Date(), nullable=True),
        sa.Column("home_school_id", sa.Uuid(), nullable=True),
        sa.Column("home_la_code", sa.String(), nullable=True),
        sa.Column("year_group", sa.String(), nullable=True),
        sa.Column("sen_provision", sa.String(), nullable=True),
        sa.Column("characteristics", postgresql.JSONB(), nullable=False),
        sa.Column("merged_into_id", sa.Uuid(), nullable=True),
        sa.Column("shared_with_ids", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("setting_ids", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.CheckConstraint("sen_provision IN ('N', 'K', 'E')", name=op.f("ck_pupils_sen_provision")),
        sa.ForeignKeyConstraint(["home_school_id"], ["organisations.id"], name=op.f("fk_pupils_home_school_id")),
        sa.ForeignKeyConstraint(["merged_into_id"], ["pupils.id"], name=op.f("fk_pupils_merged_into_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["organisations.id"], name=op.f("fk_pupils_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pupils")),
    )
    op.create_index("ix_pupils_child_id", "pupils", ["child_id"], unique=False)
    op.create_index("ix_pupils_owner_id_id", "pupils", ["owner_id", "id"], unique=False)
    op.create_index("ix_pupils_setting_ids", "pupils", ["setting_ids"], unique=False, postgresql_using="gin")
    op.create_index("ix_pupils_shared_with_ids", "pupils", ["shared_with_ids"], unique=False, postgresql_using="gin")
    op.create_index(
        "uq_pupils_owner_id_source_external_id", "pupils", ["owner_id", "source", "external_id"], unique=True
    )
    op.create_index(
        "uq_pupils_owner_id_upn",
        "pupils",
        ["owner_id", "upn"],
        unique=True,
        postgresql_where=sa.text("merged_into_id IS NULL"),
    )
    op.create_table(
        "declarations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("declared_on", sa.Date(), nullable=False),
        sa.Column("stale_from_on", sa.Date(), nullable=False),
        sa.Column("declared_by", sa.String(), nullable=False),
        sa.Column("groups", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_declarations_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declarations")),
    )
    op.create_index(
        "ix_declarations_provider_id_declared_on", "declarations", ["provider_id", "declared_on"], unique=False
    )
    op.create_table(
        "import_faults",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("pointer", sa.String(), nullable=True),
        sa.Column("header", sa.String(), nullable=True),
        sa.Column("detail", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name=op.f("fk_import_faults_import_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_faults")),
    )
    op.create_index("ix_import_faults_import_id_id", "import_faults", ["import_id", "id"], unique=False)
    op.create_table(
        "import_files",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name=op.f("fk_import_files_import_id")),
        sa.PrimaryKeyConstraint("import_id", name=op.f("pk_import_files")),
    )
    op.create_table(
        "provider_links",
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.CheckConstraint("kind IN ('predecessor', 'linked')", name=op.f("ck_provider_links_kind")),
        sa.ForeignKeyConstraint(["other_id"], ["providers.id"], name=op.f("fk_provider_links_other_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_provider_links_provider_id")),
        sa.PrimaryKeyConstraint("provider_id", "other_id", name=op.f("pk_provider_links")),
    )
    op.create_index(op.f("ix_provider_links_other_id"), "provider_links", ["other_id"], unique=False)
    op.create_table(
        "pupil_shares",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pupil_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_pupil_shares_organisation_id")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["organisations.id"], name=op.f("fk_pupil_shares_owner_id")),
        sa.ForeignKeyConstraint(["pupil_id"], ["pupils.id"], name=op.f("fk_pupil_shares_pupil_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pupil_shares")),
    )
    op.create_index(op.f("ix_pupil_shares_organisation_id"), "pupil_shares", ["organisation_id"], unique=False)
    op.create_index("ix_pupil_shares_pupil_id_id", "pupil_shares", ["pupil_id", "id"], unique=False)
    op.create_index(
        "uq_pupil_shares_pupil_id_organisation_id",
        "pupil_shares",
        ["pupil_id", "organisation_id"],
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_table(
        "registration_checks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("la_code", sa.String(), nullable=True),
        sa.Column("sweep_id", sa.Uuid(), nullable=True),
        sa.Column("as_of_on", sa.Date(), nullable=False),
        sa.Column("overall", sa.String(), nullable=False),
        sa.Column("view", sa.String(), nullable=False),
        sa.Column("requested_by", sa.String(), nullable=False),
        sa.Column("assessment", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("view IN ('full', 'own')", name=op.f("ck_registration_checks_view")),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_registration_checks_provider_id")),
        sa.ForeignKeyConstraint(["sweep_id"], ["sweeps.id"], name=op.f("fk_registration_checks_sweep_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration_checks")),
    )
    op.create_index(
        "ix_registration_checks_organisation_id_id", "registration_checks", ["organisation_id", "id"], unique=False
    )
    op.create_index("ix_registration_checks_provider_id_id", "registration_checks", ["provider_id", "id"], unique=False)
    op.create_index(op.f("ix_registration_checks_sweep_id"), "registration_checks", ["sweep_id"], unique=False)
    op.create_table(
        "sites",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("postcode", sa.String(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_sites_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sites")),
    )
    op.create_index("ix_sites_provider_id_id", "sites", ["provider_id", "id"], unique=False)
    op.create_table(
        "status_checks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_by", sa.String(), nullable=False),
        sa.Column("gias_extract_on", sa.Date(), nullable=True),
        sa.Column("matched_by", sa.String(), nullable=True),
        sa.Column("urn", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("successor_urns", postgresql.JSONB(), nullable=False),
        sa.Column("candidates", postgresql.JSONB(), nullable=False),
        sa.Column("snapshot", postgresql.JSONB(), nullable=True),
        sa.CheckConstraint(
            "status IN ('registered_independent_school', 'state_ap_school', 'other_school', 'non_school_institution', 'registration_pending', 'closed', 'not_found')",
            name=op.f("ck_status_checks_status"),
        ),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_status_checks_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_checks")),
    )
    op.create_index("ix_status_checks_provider_id_id", "status_checks", ["provider_id", "id"], unique=False)
    op.create_table(
        "sweep_results",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sweep_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("la_code", sa.String(), nullable=True),
        sa.Column("overall", sa.String(), nullable=False),
        sa.Column("full_time_pupils", sa.Integer(), nullable=False),
        sa.Column("rulesets", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_sweep_results_provider_id")),
        sa.ForeignKeyConstraint(["sweep_id"], ["sweeps.id"], name=op.f("fk_sweep_results_sweep_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sweep_results")),
    )
    op.create_index("ix_sweep_results_provider_id_id", "sweep_results", ["provider_id", "id"], unique=False)
    op.create_index("ix_sweep_results_sweep_id_id", "sweep_results", ["sweep_id", "id"], unique=False)
    op.create_table(
        "threshold_holds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("placements", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_threshold_holds_organisation_id")
        ),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_threshold_holds_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_threshold_holds")),
    )
    op.create_index(
        "ix_threshold_holds_provider_id_expires_at", "threshold_holds", ["provider_id", "expires_at"], unique=False
    )
    op.create_table(
        "placements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=True),
        sa.Column("pupil_id", sa.Uuid(), nullable=False),
        sa.Column("pupil_owner_id", sa.Uuid(), nullable=False),
        sa.Column("commissioner_id", sa.Uuid(), nullable=False),
        sa.Column("home_school_id", sa.Uuid(), nullable=True),
        sa.Column("home_la_code", sa.String(), nullable=True),
        sa.Column("shared_with_ids", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("arrangements", postgresql.JSONB(), nullable=False),
        sa.Column("weekly_minutes", sa.Integer(), nullable=True),
        sa.Column("days_per_week", sa.Float(), nullable=True),
        sa.Column("sessions_per_week", sa.Integer(), nullable=True),
        sa.Column("hours_basis", sa.String(), nullable=True),
        sa.Column("sole_provision", sa.Boolean(), nullable=True),
        sa.Column("main_responsibility", sa.Boolean(), nullable=True),
        sa.Column("placement_reason", sa.String(), nullable=True),
        sa.Column("attendance_pattern", sa.String(), nullable=True),
        sa.Column("sen_provision_entry", sa.String(), nullable=True),
        sa.Column("sen_provision_leaving", sa.String(), nullable=True),
        sa.Column("ap_setting_type", sa.String(), nullable=True),
        sa.Column("goal", sa.String(), nullable=True),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.Column("registration", postgresql.JSONB(), nullable=True),
        sa.CheckConstraint(
            "hours_basis IN ('timetable', 'declared', 'estimated')", name=op.f("ck_placements_hours_basis")
        ),
        sa.CheckConstraint("status IN ('proposed', 'active', 'ended', 'cancelled')", name=op.f("ck_placements_status")),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_placements_dates")),
        sa.ForeignKeyConstraint(["commissioner_id"], ["organisations.id"], name=op.f("fk_placements_commissioner_id")),
        sa.ForeignKeyConstraint(["home_school_id"], ["organisations.id"], name=op.f("fk_placements_home_school_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_placements_provider_id")),
        sa.ForeignKeyConstraint(["pupil_id"], ["pupils.id"], name=op.f("fk_placements_pupil_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_placements_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placements")),
    )
    op.create_index(
        "ix_placements_commissioner_id_provider_id_id",
        "placements",
        ["commissioner_id", "provider_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_placements_current",
        "placements",
        ["provider_id", "pupil_id"],
        unique=False,
        postgresql_where=sa.text("status <> 'cancelled'"),
    )
    op.create_index("ix_placements_provider_id_id", "placements", ["provider_id", "id"], unique=False)
    op.create_index("ix_placements_pupil_id", "placements", ["pupil_id"], unique=False)
    op.create_index("ix_placements_pupil_owner_id_id", "placements", ["pupil_owner_id", "id"], unique=False)
    op.create_index(
        "ix_placements_shared_with_ids", "placements", ["shared_with_ids"], unique=False, postgresql_using="gin"
    )
    op.create_index(
        "uq_placements_commissioner_id_source_external_id",
        "placements",
        ["commissioner_id", "source", "external_id"],
        unique=True,
    )


def downgrade() -> None:
    """Drop every table."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("uq_placements_commissioner_id_source_external_id", table_name="placements")
    op.drop_index("ix_placements_shared_with_ids", table_name="placements", postgresql_using="gin")
    op.drop_index("ix_placements_pupil_owner_id_id", table_name="placements")
    op.drop_index("ix_placements_pupil_id", table_name="placements")
    op.drop_index("ix_placements_provider_id_id", table_name="placements")
    op.drop_index("ix_placements_current", table_name="placements", postgresql_where=sa.text("status <> 'cancelled'"))
    op.drop_index("ix_placements_commissioner_id_provider_id_id", table_name="placements")
    op.drop_table("placements")
    op.drop_index("ix_threshold_holds_provider_id_expires_at", table_name="threshold_holds")
    op.drop_table("threshold_holds")
    op.drop_index("ix_sweep_results_sweep_id_id", table_name="sweep_results")
    op.drop_index("ix_sweep_results_provider_id_id", table_name="sweep_results")
    op.drop_table("sweep_results")
    op.drop_index("ix_status_checks_provider_id_id", table_name="status_checks")
    op.drop_table("status_checks")
    op.drop_index("ix_sites_provider_id_id", table_name="sites")
    op.drop_table("sites")
    op.drop_index(op.f("ix_registration_checks_sweep_id"), table_name="registration_checks")
    op.drop_index("ix_registration_checks_provider_id_id", table_name="registration_checks")
    op.drop_index("ix_registration_checks_organisation_id_id", table_name="registration_checks")
    op.drop_table("registration_checks")
    op.drop_index(
        "uq_pupil_shares_pupil_id_organisation_id",
        table_name="pupil_shares",
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.drop_index("ix_pupil_shares_pupil_id_id", table_name="pupil_shares")
    op.drop_index(op.f("ix_pupil_shares_organisation_id"), table_name="pupil_shares")
    op.drop_table("pupil_shares")
    op.drop_index(op.f("ix_provider_links_other_id"), table_name="provider_links")
    op.drop_table("provider_links")
    op.drop_table("import_files")
    op.drop_index("ix_import_faults_import_id_id", table_name="import_faults")
    op.drop_table("import_faults")
    op.drop_index("ix_declarations_provider_id_declared_on", table_name="declarations")
    op.drop_table("declarations")
    op.drop_index("uq_pupils_owner_id_upn", table_name="pupils", postgresql_where=sa.text("merged_into_id IS NULL"))
    op.drop_index("uq_pupils_owner_id_source_external_id", table_name="pupils")
    op.drop_index("ix_pupils_shared_with_ids", table_name="pupils", postgresql_using="gin")
    op.drop_index("ix_pupils_setting_ids", table_name="pupils", postgresql_using="gin")
    op.drop_index("ix_pupils_owner_id_id", table_name="pupils")
    op.drop_index("ix_pupils_child_id", table_name="pupils")
    op.drop_table("pupils")
    op.drop_index(op.f("ix_providers_ukprn"), table_name="providers")
    op.drop_index("ix_providers_natural", table_name="providers")
    op.drop_index("ix_providers_name_key", table_name="providers")
    op.drop_table("providers")
    op.drop_index(op.f("ix_network_members_organisation_id"), table_name="network_members")
    op.drop_table("network_members")
    op.drop_index("ix_memberships_organisation_id_id", table_name="memberships")
    op.drop_table("memberships")
    op.drop_index("ix_imports_organisation_id_id", table_name="imports")
    op.drop_index("ix_imports_open", table_name="imports", postgresql_where=sa.text("status IN ('queued', 'running')"))
    op.drop_table("imports")
    op.drop_index("ix_clients_organisation_id_id", table_name="clients")
    op.drop_table("clients")
    op.drop_index("ix_sweeps_organisation_id_id", table_name="sweeps")
    op.drop_table("sweeps")
    op.drop_index(op.f("ix_organisations_urn"), table_name="organisations")
    op.drop_index(op.f("ix_organisations_partnership_id"), table_name="organisations")
    op.drop_index("ix_organisations_kind_id", table_name="organisations")
    op.drop_table("organisations")
    op.drop_table("networks")
    op.drop_table("jobs")
    op.drop_index(op.f("ix_idempotency_keys_created_at"), table_name="idempotency_keys")
    op.drop_table("idempotency_keys")
    op.drop_table("gias_extracts")
    op.drop_index("ix_events_audience", table_name="events", postgresql_using="gin")
    op.drop_table("events")
    op.drop_index(op.f("ix_establishments_ukprn"), table_name="establishments")
    op.drop_index("ix_establishments_name_key_urn", table_name="establishments")
    op.drop_index(op.f("ix_establishments_dfe_number"), table_name="establishments")
    op.drop_index(op.f("ix_establishments_company_number"), table_name="establishments")
    op.drop_table("establishments")
    op.drop_index(op.f("ix_establishment_links_link_urn"), table_name="establishment_links")
    op.drop_table("establishment_links")
    op.drop_index(op.f("ix_client_assertions_expires_at"), table_name="client_assertions")
    op.drop_table("client_assertions")
    op.drop_index(op.f("ix_child_upns_child_id"), table_name="child_upns")
    op.drop_table("child_upns")
    op.drop_index("ix_audit_organisation_id_id", table_name="audit")
    op.drop_index("ix_audit_entity_id_id", table_name="audit")
    op.drop_table("audit")
