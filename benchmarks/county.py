"""A nation's worth of providers, pupils and placements by COPY: the same rows for the same day each time."""

from collections.abc import AsyncIterator, Callable, Iterable
from datetime import date, timedelta
from itertools import islice
from uuid import UUID

import asyncpg

from app.db.base import today

# Thirty partnerships of nine schools and itself. Each provider is used by one partnership, each pupil is at the
# providers of its own, and three in five records are shared with the partnership: it sees 60 or so of the 100
# placements of each of its providers, and one placement in three is live.
ORGANISATIONS, TOGETHER = 300, 10
_CHUNK = 5000
_STAMP = "2026-01-01 00:00:00+00"
_ROOT = f"{_STAMP}\t{_STAMP}\t1"
_WEEKDAYS = (
    (2,),
    (1, 3),
    (2, 4),
    (3, 5),
    (1, 4),
    (2, 5),
    (1, 2, 3),
    (3, 4, 5),
    (1, 3, 5),
    (2, 3),
    (4, 5),
    (1, 2, 3, 4),
)


def uid(kind: int, number: int) -> UUID:
    """An id: 0 an organisation, 1 a provider, 2 a pupil, 3 a child, 4 a placement, 5 a membership; numbers from 1."""
    return UUID(_id(kind, number))


def _id(kind: int, number: int) -> str:
    return f"0000000{kind}-0000-7000-8000-{number:012x}"


def owner(pupil: int) -> int:
    """The organisation that keeps a pupil's record."""
    return 1 + (pupil - 1) % ORGANISATIONS


def partnership(organisation: int) -> int:
    """The partnership of an organisation: itself, for the first of every ten."""
    return organisation - (organisation - 1) % TOGETHER


def shared(pupil: int) -> bool:
    """Whether a pupil's partnership reads the record."""
    return owner(pupil) != partnership(owner(pupil)) and (pupil - 1) // ORGANISATIONS % 5 < 3


def provider(pupil: int, time: int, providers: int) -> int:
    """Where a pupil is placed for the n-th time, from 0."""
    groups = ORGANISATIONS // TOGETHER
    nth = (pupil - 1) // ORGANISATIONS * TOGETHER + (pupil - 1) % TOGETHER + time * 101
    return 1 + (pupil - 1) % ORGANISATIONS // TOGETHER + groups * (nth % (providers // groups))


def providers_of(organisation: int, providers: int) -> list[int]:
    """The providers that an organisation's partnership uses."""
    groups = ORGANISATIONS // TOGETHER
    return list(range(1 + (organisation - 1) // TOGETHER, providers // groups * groups + 1, groups))


def _draw(number: int) -> int:
    return (number * 2654435761) % (1 << 32) >> 4


def placement_lines(numbers: Iterable[int], size: tuple[int, int]) -> bytes:
    """Placements as COPY takes them, in the columns of `PLACEMENT_COLUMNS`; `size`: pupils and providers."""
    on = today()
    return "".join(f"{_placement(number, *size, on)}\n" for number in numbers).encode()


async def make(url: str, *, providers: int, pupils: int, placements: int) -> None:
    """Fill an empty database at head, as its owner."""
    connection = await asyncpg.connect(url)
    await connection.execute("SET session_replication_role = replica")  # the rows are as the triggers would have them
    on = today()

    async def copied(table: str, columns: str, count: int, line: Callable[[int], str]) -> None:
        lines = map(line, range(1, count + 1))
        names = ["id", *columns.split()]
        await connection.copy_to_table(table, source=_chunks(lines), columns=names)

    await copied("organisations", _ORGANISATION, ORGANISATIONS, _organisation)
    await copied("memberships", _MEMBERSHIP, ORGANISATIONS, _membership)
    await copied("organisations", _ORGANISATION, providers, _provider_organisation)
    await copied("providers", _PROVIDER, providers, _provider)
    times = -(-placements // pupils)
    await copied("pupils", _PUPIL, pupils, lambda number: _pupil(number, times, providers))
    await copied("placements", _PLACEMENT, placements, lambda number: _placement(number, pupils, providers, on))
    await share(url)
    await connection.execute("VACUUM (ANALYZE)")
    await connection.close()


async def share(url: str) -> None:
    """Write down the shares that pupils' records name, in a database that was made before they were."""
    connection = await asyncpg.connect(url)
    if not await connection.fetchval("SELECT EXISTS (SELECT FROM pupil_shares)"):
        await connection.execute(_SHARES)
        await connection.execute("VACUUM (ANALYZE) pupil_shares")
    await connection.close()


_SHARES = """
    INSERT INTO pupil_shares (id, created_at, pupil_id, owner_id, organisation_id, purpose)
    SELECT ('00000006' || substr(pupils.id::text, 9))::uuid, created_at, id, owner_id, reader, 'programme'
      FROM pupils, unnest(shared_with_ids) AS reader
"""


async def _chunks(lines: Iterable[str]) -> AsyncIterator[bytes]:
    source = iter(lines)
    while chunk := list(islice(source, _CHUNK)):
        yield ("\n".join(chunk) + "\n").encode()


_STANDARD = "created_at updated_at version "
_ORGANISATION = _STANDARD + "kind name slug la_code partnership_id threshold_policy rulesets agreements"


def _organisation(number: int) -> str:
    leads = number == partnership(number)
    belongs = r"\N" if leads else _id(0, partnership(number))
    kind = "partnership" if leads else "school"
    return f"{_id(0, number)}\t{_ROOT}\t{kind}\tOrg {number}\torg-{number}\t855\t{belongs}\tblock\t{{}}\t[]"


_MEMBERSHIP = _STANDARD + "organisation_id issuer subject display_name grade"


def _membership(number: int) -> str:
    return f"{_id(5, number)}\t{_ROOT}\t{_id(0, number)}\tapqa\tbench-{number}\tBench {number}\tlead"


def _provider_organisation(number: int) -> str:
    return f"{_id(1, number)}\t{_ROOT}\tprovider\tProvider {number}\tprovider-{number}\t855\t\\N\tblock\t{{}}\t[]"


_PROVIDER = _STANDARD + "name name_key la_code registration_status commissioning_status"


def _provider(number: int) -> str:
    return f"{_id(1, number)}\t{_ROOT}\tProvider {number}\tprovider {number}\t855\tnot_found\topen"


_PUPIL = _STANDARD + (
    "owner_id child_id mis_id former_upns given_name family_name born_on characteristics shared_with_ids setting_ids"
)


def _pupil(number: int, times: int, providers: int) -> str:
    draw = _draw(number)
    born_on = date(2010, 9, 1) + timedelta(days=draw % 1800)
    plan = '[{"kind": "ehcp", "from_on": "2020-01-01", "to_on": null}]' if draw % 25 == 0 else "[]"
    settings = ",".join(sorted({_id(1, provider(number, time, providers)) for time in range(times)}))
    return (
        f"{_id(2, number)}\t{_ROOT}\t{_id(0, owner(number))}\t{_id(3, number)}\tM{number}\t{{}}\tGiven\tFamily\t"
        f"{born_on}\t{plan}\t{_readers(number)}\t{{{settings}}}"
    )


def _readers(pupil: int) -> str:
    return f"{{{_id(0, partnership(owner(pupil)))}}}" if shared(pupil) else "{}"


_PLACEMENT = _STANDARD + (
    "provider_id pupil_id pupil_owner_id commissioner_id shared_with_ids status starts_on ends_on arrangements "
    "weekly_minutes days_per_week sessions_per_week hours_basis"
)
PLACEMENT_COLUMNS = ["id", *_PLACEMENT.split()]


def _placement(number: int, pupils: int, providers: int, on: date) -> str:
    time, index = divmod(number - 1, pupils)
    pupil, draw = index + 1, _draw(number)
    starts_on, ends_on = _dates(draw, on)
    weekdays = _WEEKDAYS[draw // 1000 % len(_WEEKDAYS)]
    days, keeper = len(weekdays), _id(0, owner(pupil))
    slots = ", ".join(
        f'{{"weekday": {day}, "starts_at": "09:30", "ends_at": "14:30", "weeks": "every", "site_id": null}}'
        for day in weekdays
    )
    week = (
        f'[{{"from_on": "{starts_on}", "timetable": [{slots}], "weekly_minutes": {300 * days}, '
        f'"days_per_week": {days}, "sessions_per_week": {2 * days}, "hours_basis": "timetable"}}]'
    )
    return (
        f"{_id(4, number)}\t{_ROOT}\t{_id(1, provider(pupil, time, providers))}\t{_id(2, pupil)}\t{keeper}\t{keeper}\t"
        f"{_readers(pupil)}\t{'active' if ends_on is None else 'ended'}\t{starts_on}\t{ends_on or chr(92) + 'N'}\t"
        f"{week}\t{300 * days}\t{days}\t{2 * days}\ttimetable"
    )


def _dates(draw: int, on: date) -> tuple[date, date | None]:
    if draw % 10 < 3:
        return on - timedelta(days=1 + draw // 10 % 300), None
    starts_on = on - timedelta(days=200 + draw // 10 % 700)
    return starts_on, starts_on + timedelta(days=30 + draw // 7000 % 150)
