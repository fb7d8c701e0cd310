"""A nation's worth of providers, pupils and placements, made inside PostgreSQL in a minute."""

import asyncpg

STATEMENTS = (
    """
    INSERT INTO organisations (id, created_at, updated_at, version, kind, name, slug, la_code, threshold_policy,
                               rulesets)
    SELECT uid('0', n), now(), now(), 1, CASE WHEN n % 10 = 0 THEN 'partnership' ELSE 'school' END, 'org ' || n,
           'org-' || n, '855', 'block', '{}' FROM generate_series(1, 300) AS n
    """,
    """
    INSERT INTO organisations (id, created_at, updated_at, version, kind, name, slug, la_code, threshold_policy,
                               rulesets)
    SELECT uid('1', n), now(), now(), 1, 'provider', 'provider ' || n, 'provider-' || n, '855', 'block', '{}'
      FROM generate_series(1, :providers) AS n
    """,
    """
    INSERT INTO providers (id, created_at, updated_at, version, name, name_key, la_code, registration_status,
                           commissioning_status)
    SELECT uid('1', n), now(), now(), 1, 'provider ' || n, 'provider ' || n, '855', 'not_found', 'open'
      FROM generate_series(1, :providers) AS n
    """,
    """
    INSERT INTO pupils (id, created_at, updated_at, version, owner_id, child_id, former_upns, given_name, family_name,
                        born_on, characteristics, shared_with_ids, setting_ids)
    SELECT uid('2', n), now(), now(), 1, uid('0', 1 + n % 300), uid('3', n), '{}', 'Given', 'Family',
           date '2010-09-01' + (n % 2000), CASE WHEN n % 50 = 0
               THEN '[{"kind": "ehcp", "from_on": "2020-01-01", "to_on": null}]'::jsonb ELSE '[]'::jsonb END, '{}', '{}'
      FROM generate_series(1, :pupils) AS n
    """,
    """
    INSERT INTO placements (id, created_at, updated_at, version, provider_id, pupil_id, pupil_owner_id, commissioner_id,
                            shared_with_ids, status, starts_on, ends_on, arrangements, weekly_minutes, days_per_week,
                            hours_basis)
    SELECT uid('4', n), now(), now(), 1, uid('1', 1 + n % :providers), uid('2', 1 + n % :pupils),
           uid('0', 1 + (n % :pupils + 1) % 300), uid('0', 1 + (n % :pupils + 1) % 300), '{}', 'active',
           date '2023-09-01' + (n % 1000), CASE WHEN n % 10 < 7 THEN date '2023-10-01' + (n % 1000) END,
           jsonb_build_array(jsonb_build_object(
               'from_on', date '2023-09-01' + (n % 1000), 'timetable', jsonb_build_array(
                   jsonb_build_object('weekday', 1 + n % 5, 'starts_at', '09:30', 'ends_at', '14:30', 'weeks', 'every'),
                   jsonb_build_object('weekday', 1 + (n + 2) % 5, 'starts_at', '09:30', 'ends_at', '14:30',
                                      'weeks', 'every')),
               'weekly_minutes', 600, 'days_per_week', 2, 'sessions_per_week', 4, 'hours_basis', 'timetable')),
           600, 2, 'timetable'
      FROM generate_series(1, :placements) AS n
    """,
    "ANALYZE",
)

UID = """
CREATE OR REPLACE FUNCTION uid(kind text, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS
$$ SELECT (lpad(kind, 8, '0') || '-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$
"""


async def make(url: str, *, providers: int, pupils: int, placements: int) -> None:
    """Fill an empty database at head, as its owner."""
    connection = await asyncpg.connect(url)
    await connection.execute("SET apqa.role = 'system'; SET session_replication_role = replica")
    await connection.execute(UID)
    for statement in STATEMENTS:
        for name, count in (("providers", providers), ("pupils", pupils), ("placements", placements)):
            statement = statement.replace(f":{name}", str(count))  # noqa: PLW2901 - three names, one statement
        await connection.execute(statement)
    await connection.close()
