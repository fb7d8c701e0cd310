"""Functions that see more than their caller, and return no more than their purpose needs.

Each sets the role `system` for its own length, so that row security lets it read over all organisations.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

IDENTIFY = """
CREATE FUNCTION apqa_identify(p_issuer text, p_subject text)
RETURNS TABLE (organisation_id uuid, slug text, name text, kind text, grade text, la_code text, partnership_id uuid)
LANGUAGE sql STABLE SET apqa.role = 'system' AS $$
    SELECT o.id, o.slug, o.name, o.kind, m.grade, o.la_code, o.partnership_id
      FROM memberships m JOIN organisations o ON o.id = m.organisation_id
     WHERE m.issuer = p_issuer AND m.subject = p_subject AND m.revoked_at IS NULL
     ORDER BY o.id
$$
"""

ADOPTED = """
CREATE FUNCTION apqa_adopted(p_organisations uuid[])
RETURNS SETOF text LANGUAGE sql STABLE SET apqa.role = 'system' AS $$
    SELECT DISTINCT unnest(o.rulesets || coalesce(p.rulesets, '{}'))
      FROM organisations o LEFT JOIN organisations p ON p.id = o.partnership_id
     WHERE o.id = ANY (p_organisations)
$$
"""

APART = """
CREATE FUNCTION apqa_kept_apart(p_children uuid[], p_by uuid)
RETURNS boolean LANGUAGE sql STABLE SET apqa.role = 'system' AS $$
    -- Whether somebody else than p_by keeps two of these children as two: one keeper's word does not make them one.
    SELECT EXISTS (
        SELECT 1 FROM pupils
         WHERE child_id = ANY (p_children) AND merged_into_id IS NULL AND owner_id <> p_by
         GROUP BY owner_id HAVING count(*) > 1)
$$
"""

LINK_CHILD = """
CREATE FUNCTION apqa_link_child(p_record uuid, p_owner uuid, p_upn text, p_upns text[], p_fresh uuid)
RETURNS uuid LANGUAGE plpgsql VOLATILE SET apqa.role = 'system' AS $$
DECLARE
    known uuid[];
    kept uuid;
BEGIN
    -- One statement for each UPN in a fixed order: two organisations recording one child at once meet here.
    INSERT INTO child_upns (upn, child_id)
         SELECT u, p_fresh FROM unnest(p_upns) AS u ORDER BY u
    ON CONFLICT (upn) DO NOTHING;
    -- Held to the end of the transaction: nobody joins these children while a record of one is not committed yet.
    PERFORM 1 FROM child_upns WHERE upn = ANY (p_upns) ORDER BY upn FOR UPDATE;
    SELECT array_agg(DISTINCT child_id ORDER BY child_id) INTO known FROM child_upns WHERE upn = ANY (p_upns);
    kept := coalesce(known[1], p_fresh);
    IF cardinality(known) > 1 THEN
        IF apqa_kept_apart(known, p_owner) THEN
            kept := coalesce((SELECT child_id FROM child_upns WHERE upn = p_upn), kept);
        ELSE
            UPDATE child_upns SET child_id = kept WHERE child_id = ANY (known);
            UPDATE pupils SET child_id = kept WHERE child_id = ANY (known);
        END IF;
    END IF;
    -- Others may have made one child of two that this keeper tells apart: its records stay two.
    IF EXISTS (SELECT 1 FROM pupils
                WHERE child_id = kept AND owner_id = p_owner AND id <> p_record AND merged_into_id IS NULL
                  AND NOT (former_upns::text[] || upn::text) && p_upns) THEN
        RETURN p_fresh;
    END IF;
    RETURN kept;
END
$$
"""

JOIN_CHILDREN = """
CREATE FUNCTION apqa_join_children(p_kept uuid, p_other uuid)
RETURNS void LANGUAGE plpgsql VOLATILE SET apqa.role = 'system' AS $$
BEGIN
    UPDATE child_upns SET child_id = p_kept WHERE child_id = p_other;
    UPDATE pupils SET child_id = p_kept WHERE child_id = p_other;
END
$$
"""

SPREAD_SHARE = """
CREATE FUNCTION apqa_spread_share(p_pupil uuid, p_reader uuid)
RETURNS void LANGUAGE plpgsql VOLATILE SET apqa.role = 'system' AS $$
DECLARE
    granted uuid[] := ARRAY(SELECT organisation_id FROM pupil_shares
                             WHERE pupil_id = p_pupil AND organisation_id = p_reader AND revoked_at IS NULL);
BEGIN
    UPDATE pupils SET shared_with_ids = array_remove(shared_with_ids, p_reader) || granted
     WHERE id = p_pupil OR merged_into_id = p_pupil;
    UPDATE placements SET shared_with_ids = array_remove(shared_with_ids, p_reader) || granted
     WHERE pupil_id = p_pupil;
END
$$
"""

MERGE_PUPILS = """
CREATE FUNCTION apqa_merge_pupils(p_kept uuid, p_other uuid)
RETURNS void LANGUAGE plpgsql VOLATILE SET apqa.role = 'system' AS $$
DECLARE
    kept_child uuid := (SELECT child_id FROM pupils WHERE id = p_kept);
    other_child uuid := (SELECT child_id FROM pupils WHERE id = p_other);
    readers uuid[] := ARRAY(SELECT DISTINCT unnest(shared_with_ids) FROM pupils WHERE id IN (p_kept, p_other));
BEGIN
    UPDATE pupil_shares SET revoked_at = now()
     WHERE pupil_id = p_other AND revoked_at IS NULL AND organisation_id IN (
           SELECT organisation_id FROM pupil_shares WHERE pupil_id = p_kept AND revoked_at IS NULL);
    UPDATE pupil_shares SET pupil_id = p_kept WHERE pupil_id = p_other AND revoked_at IS NULL;
    UPDATE pupils SET merged_into_id = p_kept WHERE merged_into_id = p_other;
    UPDATE pupils SET shared_with_ids = readers WHERE id = p_kept OR merged_into_id = p_kept;
    UPDATE placements
       SET shared_with_ids = ARRAY(SELECT DISTINCT unnest(shared_with_ids || readers)),
           version = version + (pupil_id = p_other)::int,
           updated_at = CASE pupil_id WHEN p_other THEN now() ELSE updated_at END,
           pupil_id = p_kept
     WHERE pupil_id IN (p_kept, p_other);
    IF kept_child <> other_child
       AND NOT apqa_kept_apart(ARRAY[kept_child, other_child], (SELECT owner_id FROM pupils WHERE id = p_kept)) THEN
        PERFORM apqa_join_children(kept_child, other_child);
    END IF;
END
$$
"""

GROUP = """
CREATE FUNCTION apqa_provider_group(p_provider uuid)
RETURNS TABLE (id uuid, predecessor boolean, registration_status text)
LANGUAGE sql STABLE SET apqa.role = 'system' AS $$
    WITH RECURSIVE linked (id) AS (
        SELECT p_provider
        UNION
        SELECT CASE WHEN l.provider_id = linked.id THEN l.other_id ELSE l.provider_id END
          FROM linked JOIN provider_links l ON l.provider_id = linked.id OR l.other_id = linked.id
    ), line (id) AS (
        SELECT p_provider
        UNION
        SELECT l.other_id FROM line JOIN provider_links l ON l.provider_id = line.id AND l.kind = 'predecessor'
    )
    SELECT p.id, p.id IN (SELECT line.id FROM line), p.registration_status
      FROM linked JOIN providers p ON p.id = linked.id
     ORDER BY p.id
$$
"""

CALL = """
CREATE FUNCTION apqa_call_provider(p_provider uuid)
RETURNS void LANGUAGE sql VOLATILE SET apqa.role = 'system' AS $$
    UPDATE organisations o SET name = p.name, la_code = p.la_code
      FROM providers p WHERE p.id = p_provider AND o.id = p.id
$$
"""

LOCK = """
CREATE FUNCTION apqa_lock_providers(p_providers uuid[])
RETURNS SETOF uuid LANGUAGE sql VOLATILE SET apqa.role = 'system' AS $$
    SELECT id FROM providers WHERE id = ANY (p_providers) ORDER BY id FOR NO KEY UPDATE
$$
"""

LOCK_PUPILS = """
CREATE FUNCTION apqa_lock_pupils(p_pupils uuid[])
RETURNS void LANGUAGE plpgsql VOLATILE SET apqa.role = 'system' AS $$
BEGIN
    PERFORM 1 FROM pupils WHERE id = ANY (p_pupils) ORDER BY id FOR UPDATE;
END
$$
"""

PLACEMENT_FACTS = """
CREATE FUNCTION apqa_placement_facts(p_providers uuid[], p_children uuid[])
RETURNS TABLE (
    placement_id uuid, commissioner_id uuid, provider_id uuid, site_id uuid, child_id uuid, pupil_id uuid,
    pupil_owner_id uuid, home_la_code text, shared_with_ids uuid[], starts_on date, ends_on date, arrangements jsonb,
    sole_provision boolean, main_responsibility boolean, sen_provision_entry text, registration_status text
)
LANGUAGE sql STABLE SET apqa.role = 'system' AS $$
    SELECT p.id, p.commissioner_id, p.provider_id, p.site_id, u.child_id, p.pupil_id, p.pupil_owner_id,
           p.home_la_code, p.shared_with_ids, p.starts_on, p.ends_on, p.arrangements, p.sole_provision,
           p.main_responsibility, p.sen_provision_entry, v.registration_status
      FROM placements p
      JOIN pupils u ON u.id = p.pupil_id
      JOIN providers v ON v.id = p.provider_id
     WHERE p.status <> 'cancelled'
       AND u.child_id IN (
           SELECT hu.child_id FROM placements h JOIN pupils hu ON hu.id = h.pupil_id
            WHERE h.provider_id = ANY (p_providers) AND h.status <> 'cancelled'
           UNION SELECT unnest(p_children))
$$
"""

CHILD_FACTS = """
CREATE FUNCTION apqa_child_facts(p_children uuid[])
RETURNS TABLE (child_id uuid, pupil_id uuid, owner_id uuid, born_on date, sen_provision text, characteristics jsonb)
LANGUAGE sql STABLE SET apqa.role = 'system' AS $$
    SELECT u.child_id, u.id, u.owner_id, u.born_on, u.sen_provision, u.characteristics
      FROM pupils u WHERE u.child_id = ANY (p_children) AND u.merged_into_id IS NULL
$$
"""

HOLD_FACTS = """
CREATE FUNCTION apqa_hold_facts(p_providers uuid[], p_at timestamptz)
RETURNS TABLE (hold_id uuid, provider_id uuid, organisation_id uuid, placements jsonb)
LANGUAGE sql STABLE SET apqa.role = 'system' AS $$
    SELECT h.id, h.provider_id, h.organisation_id, h.placements
      FROM threshold_holds h WHERE h.provider_id = ANY (p_providers) AND h.expires_at > p_at
$$
"""

DECLARATION_FACTS = """
CREATE FUNCTION apqa_declaration_facts(p_providers uuid[])
RETURNS TABLE (provider_id uuid, declared_on date, stale_from_on date, groups jsonb)
LANGUAGE sql STABLE SET apqa.role = 'system' AS $$
    SELECT d.provider_id, d.declared_on, d.stale_from_on, d.groups
      FROM declarations d WHERE d.provider_id = ANY (p_providers) ORDER BY d.declared_on, d.id
$$
"""

SEAT = """
CREATE FUNCTION apqa_seat_pupil(p_pupil uuid, p_provider uuid)
RETURNS TABLE (merged_into_id uuid, shared_with_ids uuid[], home_la_code text)
LANGUAGE plpgsql VOLATILE SET apqa.role = 'system' AS $$
BEGIN
    -- The record is held until the placement is in: a merge or a share meanwhile would miss it.
    PERFORM 1 FROM pupils u WHERE u.id = p_pupil FOR UPDATE;
    UPDATE pupils u SET setting_ids = array_append(u.setting_ids, p_provider)
     WHERE u.id = p_pupil AND NOT p_provider = ANY (u.setting_ids);
    RETURN QUERY SELECT u.merged_into_id, u.shared_with_ids, u.home_la_code::text FROM pupils u WHERE u.id = p_pupil;
END
$$
"""

FOLLOW = """
CREATE FUNCTION apqa_follow_pupil(p_pupil uuid)
RETURNS void LANGUAGE sql VOLATILE SET apqa.role = 'system' AS $$
    UPDATE placements p SET home_la_code = u.home_la_code
      FROM pupils u WHERE u.id = p_pupil AND p.pupil_id = p_pupil AND p.home_la_code IS DISTINCT FROM u.home_la_code
$$
"""

AUTHORITIES = """
CREATE FUNCTION apqa_authorities(p_la_codes text[])
RETURNS SETOF uuid LANGUAGE sql STABLE SET apqa.role = 'system' AS $$
    SELECT id FROM organisations WHERE kind = 'local_authority' AND la_code = ANY (p_la_codes)
$$
"""

COMMISSIONERS = """
CREATE FUNCTION apqa_commissioners(p_providers uuid[], p_on date)
RETURNS TABLE (provider_id uuid, commissioner_id uuid)
LANGUAGE sql STABLE SET apqa.role = 'system' AS $$
    SELECT DISTINCT p.provider_id, p.commissioner_id
      FROM placements p
     WHERE p.provider_id = ANY (p_providers) AND p.status <> 'cancelled' AND (p.ends_on IS NULL OR p.ends_on >= p_on)
$$
"""

FUNCTIONS = {
    "apqa_identify(text, text)": IDENTIFY,
    "apqa_adopted(uuid[])": ADOPTED,
    "apqa_kept_apart(uuid[], uuid)": APART,
    "apqa_link_child(uuid, uuid, text, text[], uuid)": LINK_CHILD,
    "apqa_join_children(uuid, uuid)": JOIN_CHILDREN,
    "apqa_spread_share(uuid, uuid)": SPREAD_SHARE,
    "apqa_merge_pupils(uuid, uuid)": MERGE_PUPILS,
    "apqa_provider_group(uuid)": GROUP,
    "apqa_call_provider(uuid)": CALL,
    "apqa_lock_providers(uuid[])": LOCK,
    "apqa_lock_pupils(uuid[])": LOCK_PUPILS,
    "apqa_placement_facts(uuid[], uuid[])": PLACEMENT_FACTS,
    "apqa_child_facts(uuid[])": CHILD_FACTS,
    "apqa_hold_facts(uuid[], timestamptz)": HOLD_FACTS,
    "apqa_declaration_facts(uuid[])": DECLARATION_FACTS,
    "apqa_seat_pupil(uuid, uuid)": SEAT,
    "apqa_follow_pupil(uuid)": FOLLOW,
    "apqa_authorities(text[])": AUTHORITIES,
    "apqa_commissioners(uuid[], date)": COMMISSIONERS,
}


def upgrade() -> None:
    """Make the functions."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for body in FUNCTIONS.values():
        op.execute(body)


def downgrade() -> None:
    """Drop the functions."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for signature in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {signature}")
