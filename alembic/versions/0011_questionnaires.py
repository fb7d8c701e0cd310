"""Questionnaires, their links, samples and answers.

Revision ID: 0011
Revises: 0010
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

PARTS = ("questionnaire_links", "questionnaire_samples", "questionnaire_answers")


def upgrade() -> None:
    """Make them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    make_questionnaires()
    make_links()
    make_samples()
    make_answers()


def downgrade() -> None:
    """Drop them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in (*reversed(PARTS), "questionnaires"):
        op.drop_table(table)


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


def part(table: str, *columns: sa.Column[Any] | sa.Constraint, **references: str) -> None:
    """A table of what belongs to a questionnaire."""
    op.create_table(
        table,
        sa.Column("questionnaire_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        *columns,
        *keys(table, questionnaire="questionnaires", organisation="organisations", **references),
    )


def make_questionnaires() -> None:
    """What is asked."""
    name = "questionnaires"
    closed = {
        "audience": "'pupils', 'parents', 'staff'",
        "status": "'draft', 'open', 'closed'",
        "results_for": "'commissioner', 'provider'",
    }
    op.create_table(
        name,
        *row(),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=True),
        sa.Column("programme_id", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("questions", postgresql.JSONB(), nullable=False),
        sa.Column("least_group", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("results_for", sa.String(), nullable=False),
        sa.Column("shared_results", postgresql.JSONB(), nullable=True),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=True),
        *(sa.CheckConstraint(f"{each} IN ({told})", name=op.f(f"ck_{name}_{each}")) for each, told in closed.items()),
        *keys(name, organisation="organisations", provider="providers", visit="visits"),
    )
    op.create_index("ix_questionnaires_organisation_id_id", name, ["organisation_id", "id"])
    op.create_index("ix_questionnaires_provider_id_id", name, ["provider_id", "id"])


def make_links() -> None:
    """By which it is answered."""
    name = "questionnaire_links"
    part(
        name,
        *row(),
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.UniqueConstraint("secret_hash", name=op.f(f"uq_{name}_secret_hash")),
    )
    op.create_index("ix_questionnaire_links_questionnaire_id", name, ["questionnaire_id"])


def make_samples() -> None:
    """Who was drawn."""
    name = "questionnaire_samples"
    part(
        name,
        *row(),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("seed", sa.String(), nullable=False),
        sa.Column("as_of_on", sa.Date(), nullable=False),
        sa.Column("frame_size", sa.Integer(), nullable=False),
        sa.Column("placement_ids", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("drawn_by", sa.String(), nullable=False),
        visit="visits",
    )
    op.create_index("ix_questionnaire_samples_questionnaire_id_id", name, ["questionnaire_id", "id"])


def make_answers() -> None:
    """What was answered: no column tells by whom, when, or by which link."""
    name = "questionnaire_answers"
    part(
        name,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("answers", postgresql.JSONB(), nullable=False),
    )
    op.create_index("ix_questionnaire_answers_questionnaire_id", name, ["questionnaire_id"])
