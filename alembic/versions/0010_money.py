"""The register of placements, fee rates, invoices, and who bears them.

Revision ID: 0010
Revises: 0009
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

UUIDS = postgresql.ARRAY(sa.UUID())
MONEY = sa.Numeric(12, 2)

# What a provider and a commissioner agree on, neither says for the other. Terms are the proposer's own words; by
# agreeing, the other side takes them as they stand.
FEE_SIDES = """
CREATE FUNCTION apqa_fee_sides()
RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    me uuid := nullif(current_setting('apqa.org', true), '')::uuid;
    agrees boolean;
BEGIN
    IF current_setting('apqa.role', true) = 'system' THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'proposed' OR NEW.agreed_on IS NOT NULL THEN
            RAISE EXCEPTION 'fee_rates: a side proposes' USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN NEW;
    END IF;
    agrees := (OLD.agreed_basis, OLD.agreed_amount, OLD.agreed_on, OLD.agreed_by_id) IS DISTINCT FROM
              (NEW.agreed_basis, NEW.agreed_amount, NEW.agreed_on, NEW.agreed_by_id)
              OR (OLD.status <> 'agreed' AND NEW.status = 'agreed');
    IF (OLD.provider_id, OLD.commissioner_id, OLD.academic_year)
        IS DISTINCT FROM (NEW.provider_id, NEW.commissioner_id, NEW.academic_year)
       OR (agrees AND (OLD.proposed_by_id = me OR NEW.agreed_by_id IS DISTINCT FROM me OR NEW.status <> 'agreed'))
       OR ((OLD.basis, OLD.amount, OLD.proposed_by_id, OLD.proposed_on, OLD.notice_given_on) IS DISTINCT FROM
           (NEW.basis, NEW.amount, NEW.proposed_by_id, NEW.proposed_on, NEW.notice_given_on)
           AND (agrees OR NEW.proposed_by_id IS DISTINCT FROM me OR NEW.status <> 'proposed')) THEN
        RAISE EXCEPTION 'fee_rates: one side proposes, the other agrees' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$
"""

# Who bears a share learns from it how the invoice stands.
INVOICE_MOVED = """
CREATE FUNCTION apqa_invoice_moved()
RETURNS trigger LANGUAGE plpgsql SET apqa.role = 'system' AS $$
BEGIN
    UPDATE invoice_shares SET status = NEW.status WHERE invoice_id = NEW.id;
    RETURN NULL;
END
$$
"""

# What a share repeats of its invoice it takes from there, whoever adds it.
SHARE_OF_INVOICE = """
CREATE FUNCTION apqa_share_of_invoice()
RETURNS trigger LANGUAGE plpgsql SET apqa.role = 'system' AS $$
BEGIN
    SELECT provider_id, commissioner_id, reference, period_from_on, period_to_on, status
      INTO NEW.provider_id, NEW.commissioner_id, NEW.reference, NEW.period_from_on, NEW.period_to_on, NEW.status
      FROM invoices WHERE id = NEW.invoice_id;
    RETURN NEW;
END
$$
"""

FUNCTIONS = {
    "apqa_fee_sides()": FEE_SIDES,
    "apqa_invoice_moved()": INVOICE_MOVED,
    "apqa_share_of_invoice()": SHARE_OF_INVOICE,
}

TRIGGERS = (
    """
    CREATE TRIGGER part_of_placement BEFORE INSERT ON attendance_marks
       FOR EACH ROW EXECUTE FUNCTION apqa_part_of_placement()
    """,
    """
    CREATE TRIGGER placement_moved_attendance AFTER UPDATE OF pupil_owner_id, shared_with_ids, home_la_code ON placements
       FOR EACH ROW WHEN ((OLD.pupil_owner_id, OLD.shared_with_ids, OLD.home_la_code)
               IS DISTINCT FROM (NEW.pupil_owner_id, NEW.shared_with_ids, NEW.home_la_code))
    EXECUTE FUNCTION apqa_placement_moved('attendance_marks')
    """,
    # School Attendance (Pupil Registration) (England) Regulations 2024: the original entry stays with the amended one.
    """
    CREATE TRIGGER mark_kept BEFORE UPDATE ON attendance_marks
       FOR EACH ROW WHEN (current_setting('apqa.role', true) IS DISTINCT FROM 'system' AND (
               to_jsonb(OLD) - '{code,minutes_late,nature,comment,reported_at,amendments,version,updated_at}'::text[]
               <> to_jsonb(NEW) - '{code,minutes_late,nature,comment,reported_at,amendments,version,updated_at}'::text[]
            OR ((OLD.code, OLD.minutes_late, OLD.nature, OLD.comment, OLD.reported_at)
               IS DISTINCT FROM (NEW.code, NEW.minutes_late, NEW.nature, NEW.comment, NEW.reported_at)
               AND jsonb_array_length(NEW.amendments) <= jsonb_array_length(OLD.amendments))))
    EXECUTE FUNCTION apqa_kept('a register is amended beside what it said')
    """,
    """
    CREATE TRIGGER amendments_kept BEFORE UPDATE OF amendments ON attendance_marks
       FOR EACH ROW WHEN (jsonb_array_length(OLD.amendments) > 0 AND OLD.amendments <> jsonb_path_query_array(
               NEW.amendments, '$[0 to $last]', jsonb_build_object('last', jsonb_array_length(OLD.amendments) - 1)))
    EXECUTE FUNCTION apqa_kept('an amendment stays as it was written')
    """,
    """
    CREATE TRIGGER fee_sides BEFORE INSERT OR UPDATE ON fee_rates
       FOR EACH ROW EXECUTE FUNCTION apqa_fee_sides()
    """,
    """
    CREATE TRIGGER invoice_kept BEFORE UPDATE ON invoices
       FOR EACH ROW WHEN ((OLD.provider_id, OLD.commissioner_id, OLD.organisation_id, OLD.reference,
                           OLD.period_from_on, OLD.period_to_on, OLD.total, OLD.submitted_on)
               IS DISTINCT FROM (NEW.provider_id, NEW.commissioner_id, NEW.organisation_id, NEW.reference,
                                 NEW.period_from_on, NEW.period_to_on, NEW.total, NEW.submitted_on)
            OR (OLD.status IN ('paid', 'withdrawn') AND OLD.status <> NEW.status))
    EXECUTE FUNCTION apqa_kept('what was billed, and its end, are for life')
    """,
    # Row policies know rows, not columns: what a provider may change of an invoice is said here, and what is not its
    # commissioner's.
    """
    CREATE TRIGGER invoice_withdrawn BEFORE UPDATE ON invoices
       FOR EACH ROW WHEN (current_setting('apqa.role', true) = 'provider' AND ((OLD.status <> NEW.status AND NEW.status <> 'withdrawn') OR
               to_jsonb(OLD) - '{status,withdrawn_because,version,updated_at}'::text[]
            <> to_jsonb(NEW) - '{status,withdrawn_because,version,updated_at}'::text[]))
    EXECUTE FUNCTION apqa_kept('a provider withdraws an invoice, and changes nothing else')
    """,
    """
    CREATE TRIGGER invoice_ended BEFORE UPDATE ON invoices
       FOR EACH ROW WHEN (current_setting('apqa.role', true) NOT IN ('provider', 'system')
               AND OLD.status <> NEW.status AND NEW.status = 'withdrawn' AND NEW.organisation_id <> NEW.commissioner_id)
    EXECUTE FUNCTION apqa_kept('whoever entered it withdraws it')
    """,
    """
    CREATE TRIGGER invoice_moved AFTER UPDATE OF status ON invoices
       FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION apqa_invoice_moved()
    """,
    """
    CREATE TRIGGER share_of_invoice BEFORE INSERT ON invoice_shares
       FOR EACH ROW EXECUTE FUNCTION apqa_share_of_invoice()
    """,
    """
    CREATE TRIGGER share_kept BEFORE UPDATE ON invoice_shares
       FOR EACH ROW WHEN (current_setting('apqa.role', true) IS DISTINCT FROM 'system'
               AND to_jsonb(OLD) IS DISTINCT FROM to_jsonb(NEW))
    EXECUTE FUNCTION apqa_kept('shares are said anew, not changed')
    """,
)


def upgrade() -> None:
    """Make them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    make_marks()
    make_rates()
    make_invoices()
    make_parts()
    for body in FUNCTIONS.values():
        op.execute(body)
    for trigger in TRIGGERS:
        op.execute(trigger)


def downgrade() -> None:
    """Drop them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP TRIGGER placement_moved_attendance ON placements")
    for table in ("invoice_shares", "invoice_lines", "invoices", "fee_rates", "attendance_marks"):
        op.drop_table(table)
    for signature in FUNCTIONS:
        op.execute(f"DROP FUNCTION {signature}")


def row(*, root: bool) -> tuple[sa.Column[Any], ...]:
    """The columns of every row; of one that clients change."""
    columns: list[sa.Column[Any]] = [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    ]
    if root:
        columns += [
            sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
            sa.Column("version", sa.Integer(), nullable=False),
        ]
    return tuple(columns)


def keys(table: str, **columns: str) -> tuple[sa.Constraint, ...]:
    """The primary key, and the references of columns to tables."""
    return (
        *(
            sa.ForeignKeyConstraint([name], [f"{other}.id"], name=op.f(f"fk_{table}_{name}"))
            for name, other in columns.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def ids(*names: str) -> tuple[sa.Column[Any], ...]:
    """Columns that name rows."""
    return tuple(sa.Column(name, sa.Uuid(), nullable=False) for name in names)


def index(table: str, *columns: str) -> None:
    """An index, named as the models name theirs."""
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))


def make_marks() -> None:
    """The register."""
    name = "attendance_marks"
    op.create_table(
        name,
        *row(root=True),
        *ids("placement_id", "provider_id", "commissioner_id"),
        sa.Column("pupil_owner_id", sa.Uuid(), nullable=True),
        sa.Column("shared_with_ids", UUIDS, nullable=False),
        sa.Column("home_la_code", sa.String(), nullable=True),
        *ids("organisation_id"),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("session_on", sa.Date(), nullable=False),
        sa.Column("session", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("minutes_late", sa.Integer(), nullable=True),
        sa.Column("nature", sa.String(), nullable=True),
        sa.Column("comment", sa.String(), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("amendments", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("session IN ('AM', 'PM')", name=op.f(f"ck_{name}_session")),
        sa.UniqueConstraint(
            "placement_id", "session_on", "session", name=op.f(f"uq_{name}_placement_id_session_on_session")
        ),
        *keys(
            name,
            placement_id="placements",
            provider_id="providers",
            commissioner_id="organisations",
            organisation_id="organisations",
        ),
    )
    op.create_index("uq_attendance_marks_external", name, ["organisation_id", "source", "external_id"], unique=True)
    index(name, "provider_id", "id")
    index(name, "commissioner_id", "id")


def make_rates() -> None:
    """What is agreed to be paid."""
    name = "fee_rates"
    bases = "'per_session', 'per_day', 'per_week', 'per_hour', 'per_place_term'"
    op.create_table(
        name,
        *row(root=True),
        *ids("provider_id", "commissioner_id"),
        sa.Column("academic_year", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("amount", MONEY, nullable=False),
        *ids("proposed_by_id"),
        sa.Column("proposed_on", sa.Date(), nullable=False),
        sa.Column("notice_given_on", sa.Date(), nullable=True),
        sa.Column("agreed_basis", sa.String(), nullable=True),
        sa.Column("agreed_amount", MONEY, nullable=True),
        sa.Column("agreed_on", sa.Date(), nullable=True),
        sa.Column("agreed_by_id", sa.Uuid(), nullable=True),
        sa.Column("history", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint(f"basis IN ({bases})", name=op.f(f"ck_{name}_basis")),
        sa.CheckConstraint("status IN ('proposed', 'agreed')", name=op.f(f"ck_{name}_status")),
        sa.CheckConstraint("amount >= 0 AND agreed_amount >= 0", name=op.f(f"ck_{name}_amount")),
        sa.CheckConstraint(
            "num_nonnulls(agreed_basis, agreed_amount, agreed_on, agreed_by_id) IN (0, 4)"
            " AND (status = 'proposed' OR (basis, amount) = (agreed_basis, agreed_amount))",
            name=op.f(f"ck_{name}_agreed"),
        ),
        sa.UniqueConstraint(
            "provider_id",
            "commissioner_id",
            "academic_year",
            name=op.f(f"uq_{name}_provider_id_commissioner_id_academic_year"),
        ),
        *keys(
            name,
            provider_id="providers",
            commissioner_id="organisations",
            proposed_by_id="organisations",
            agreed_by_id="organisations",
        ),
    )
    index(name, "commissioner_id", "academic_year")


def make_invoices() -> None:
    """What is billed."""
    name = "invoices"
    statuses = "'submitted', 'received', 'queried', 'approved', 'paid', 'withdrawn'"
    op.create_table(
        name,
        *row(root=True),
        *ids("provider_id", "commissioner_id", "organisation_id"),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("period_from_on", sa.Date(), nullable=False),
        sa.Column("period_to_on", sa.Date(), nullable=False),
        sa.Column("total", MONEY, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("submitted_on", sa.Date(), nullable=False),
        *(sa.Column(each, sa.Date(), nullable=True) for each in ("received_on", "approved_on", "paid_on")),
        sa.Column("queried_because", sa.String(), nullable=True),
        sa.Column("withdrawn_because", sa.String(), nullable=True),
        sa.Column("withheld_on", sa.Date(), nullable=True),
        sa.Column("withheld_because", sa.String(), nullable=True),
        sa.Column("withheld_by", sa.String(), nullable=True),
        sa.Column("withheld_for", postgresql.JSONB(), nullable=False),
        sa.Column("findings", postgresql.JSONB(), nullable=True),
        sa.CheckConstraint(f"status IN ({statuses})", name=op.f(f"ck_{name}_status")),
        sa.CheckConstraint("period_to_on >= period_from_on", name=op.f(f"ck_{name}_period")),
        sa.CheckConstraint("total >= 0", name=op.f(f"ck_{name}_total")),
        sa.CheckConstraint("(withheld_on IS NULL) = (withheld_because IS NULL)", name=op.f(f"ck_{name}_withheld")),
        sa.UniqueConstraint("id", "provider_id", "commissioner_id", name="uq_invoices_parties"),
        *keys(name, provider_id="providers", commissioner_id="organisations", organisation_id="organisations"),
    )
    op.create_index(
        "uq_invoices_provider_id_reference",
        name,
        ["provider_id", "reference"],
        unique=True,
        postgresql_where=sa.text("status <> 'withdrawn'"),
    )
    index(name, "provider_id", "id")
    index(name, "commissioner_id", "id")


def of_invoice(table: str) -> sa.ForeignKeyConstraint:
    """The reference of a part to its invoice, with whose that is."""
    parties = ["invoice_id", "provider_id", "commissioner_id"]
    named = ["invoices.id", "invoices.provider_id", "invoices.commissioner_id"]
    return sa.ForeignKeyConstraint(parties, named, name=f"fk_{table}_invoice")


def make_parts() -> None:
    """What is billed for each placement, and who bears it."""
    op.create_table(
        "invoice_lines",
        *row(root=False),
        *ids("invoice_id", "provider_id", "commissioner_id"),
        sa.Column("number", sa.Integer(), nullable=False),
        *ids("placement_id"),
        sa.Column("quantity", sa.Numeric(8, 2), nullable=False),
        sa.Column("unit_amount", MONEY, nullable=False),
        sa.Column("amount", MONEY, nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.CheckConstraint("quantity > 0 AND unit_amount >= 0", name=op.f("ck_invoice_lines_positive")),
        sa.CheckConstraint("amount = round(quantity * unit_amount, 2)", name=op.f("ck_invoice_lines_amount")),
        sa.UniqueConstraint("invoice_id", "number", name=op.f("uq_invoice_lines_invoice_id_number")),
        of_invoice("invoice_lines"),
        *keys("invoice_lines", placement_id="placements"),
    )
    index("invoice_lines", "placement_id")
    op.create_table(
        "invoice_shares",
        *row(root=False),
        *ids("invoice_id", "provider_id", "commissioner_id", "organisation_id"),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("percent", sa.Numeric(5, 2), nullable=False),
        sa.Column("amount", MONEY, nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("period_from_on", sa.Date(), nullable=False),
        sa.Column("period_to_on", sa.Date(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.CheckConstraint("percent > 0 AND percent <= 100 AND amount >= 0", name=op.f("ck_invoice_shares_share")),
        sa.UniqueConstraint(
            "invoice_id", "line", "organisation_id", name=op.f("uq_invoice_shares_invoice_id_line_organisation_id")
        ),
        of_invoice("invoice_shares"),
        sa.ForeignKeyConstraint(
            ["invoice_id", "line"], ["invoice_lines.invoice_id", "invoice_lines.number"], name="fk_invoice_shares_line"
        ),
        *keys("invoice_shares", organisation_id="organisations"),
    )
    index("invoice_shares", "organisation_id", "id")
