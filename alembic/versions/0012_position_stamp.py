"""What a provider's position rests on, in a few bytes.

Revision ID: 0012
Revises: 0011
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# Every change of a row gives it another `xmin`, so the versions of all rows that are read stand for what they say, and
# no row has to be written out. The server's start stands for the numbering, which goes back where a backup is restored.
# PL/pgSQL keeps its plans; a function in SQL is planned anew at each call before PostgreSQL 18.
STAMP = """
CREATE FUNCTION apqa_position_stamp(p_provider uuid, p_caller uuid)
RETURNS text LANGUAGE plpgsql STABLE SET apqa.role = 'system' AS $$
DECLARE
    linked uuid[] := ARRAY(SELECT id FROM apqa_provider_group(p_provider));
    children uuid[] := ARRAY(
        SELECT DISTINCT u.child_id FROM placements h JOIN pupils u ON u.id = h.pupil_id
         WHERE h.provider_id = ANY (linked) AND h.status <> 'cancelled');
    providers_told uuid[];
    organisations_told uuid[];
    placed text;
BEGIN
    SELECT concat(count(*), ':', bit_xor(hash_record_extended(ROW(p.id, p.xmin), 0))),
           array_agg(DISTINCT p.provider_id), array_agg(DISTINCT p.commissioner_id)
      INTO placed, providers_told, organisations_told
      FROM pupils u JOIN placements p ON p.pupil_id = u.id
     WHERE u.child_id = ANY (children);
    RETURN concat_ws('|', pg_postmaster_start_time(), linked, placed,
        (SELECT concat(count(*), ':', bit_xor(hash_record_extended(ROW(u.id, u.xmin), 0)))
           FROM pupils u WHERE u.child_id = ANY (children)),
        (SELECT concat(count(*), ':', bit_xor(hash_record_extended(ROW(v.id, v.xmin), 0)))
           FROM providers v WHERE v.id = ANY (linked || providers_told)),
        (SELECT concat(count(*), ':', bit_xor(hash_record_extended(ROW(l.provider_id, l.other_id, l.xmin), 0)))
           FROM provider_links l WHERE l.provider_id = ANY (linked) OR l.other_id = ANY (linked)),
        (SELECT concat(count(*), ':', bit_xor(hash_record_extended(ROW(d.id, d.xmin), 0)))
           FROM declarations d WHERE d.provider_id = ANY (linked)),
        (SELECT concat(count(*), ':', bit_xor(hash_record_extended(ROW(o.id, o.xmin, p.xmin), 0)))
           FROM organisations o LEFT JOIN organisations p ON p.id = o.partnership_id
          WHERE o.id = ANY (p_caller || organisations_told)));
END
$$
"""


def upgrade() -> None:
    """Make the function."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(STAMP)


def downgrade() -> None:
    """Drop it."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP FUNCTION apqa_position_stamp(uuid, uuid)")
