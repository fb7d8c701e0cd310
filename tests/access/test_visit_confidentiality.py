"""What of a visit can be read by SQL alone, status by status, against tables written out by hand."""

import pytest
from sqlalchemy import text

from tests.access.conftest import County
from tests.access.visit_sql import PUBLISHED, READ, STATUSES, read, rows, speaking, visit_in, visit_to

# Who besides its provider reads which finalised visit elsewhere, by provider and lead: the team, its networks (elm and
# unplaced are in "border"), and the authority of the area (city: 856, shire: 855).
READERS = {
    ("barn", "west"): {"west", "ash", "elm", "unplaced", "city"},
    ("yard", "shire"): {"shire"},
    ("yard", "elm"): {"elm", "east", "oak", "west", "ash", "shire", "unplaced"},
}


# --- who reads what -------------------------------------------------------------------------------------------------


async def test_the_callers_of_the_county_are_in_the_networks_that_the_database_names(county: County) -> None:
    async with speaking(county, "system") as connection:
        for name, caller in county.world.members().items():
            query = text("SELECT apqa_networks_of(:id)")
            found = (await connection.execute(query, {"id": county.world.ids[name]})).scalar_one()
            assert found == sorted(caller.network_ids), name


@pytest.mark.parametrize("status", STATUSES)
async def test_each_organisation_reads_of_a_visit_what_its_status_opens_to_it(county: County, status: str) -> None:
    assert set(READ) == set(county.world.ids)
    visit = visit_in(county, status)
    for name, opened in READ.items():
        async with speaking(county, name) as connection:
            assert await read(connection, visit) == set(opened[status].split()), name


@pytest.mark.parametrize(("provider", "lead"), READERS)
async def test_a_finalised_visit_is_read_by_its_networks_and_the_authority_of_its_area_and_by_nobody_else(
    county: County, provider: str, lead: str
) -> None:
    visit = visit_to(county, provider, "finalised", lead)
    found = set()
    for name in county.world.ids.keys() - {provider}:
        async with speaking(county, name) as connection:
            seen = await read(connection, visit)
            assert seen == set() or seen >= set(PUBLISHED.split()) - {"comment"}, name
            found |= {name} if seen else set()
    assert found == READERS[provider, lead]


async def test_everything_that_a_provider_reads_of_its_visits_before_a_draft_is_its_own_answers(county: County) -> None:
    async with speaking(county, "forge") as connection:
        for status in ("with_provider", "visited"):
            query = "SELECT DISTINCT side FROM visit_responses WHERE visit_id = :visit"
            assert await rows(connection, query, visit_in(county, status)) == [("provider",)]


# --- no other way to it ---------------------------------------------------------------------------------------------

EARLY = ("planned", "preparing", "with_provider", "visited", "cancelled")
# Statements that speak of hidden findings without selecting them; each with what it answers where there are none.
SIDEWAYS = {
    "SELECT count(*), max(rating), string_agg(rating, '') FROM judgements WHERE visit_id = :visit": [(0, None, None)],
    "SELECT count(*), max(number), max(content_hash) FROM visit_versions WHERE visit_id = :visit": [(0, None, None)],
    "SELECT count(*) FROM visit_responses WHERE visit_id = :visit AND (rating IS NOT NULL OR side = 'observer')": [
        (0,)
    ],
    "SELECT EXISTS (SELECT FROM judgements WHERE visit_id = :visit), EXISTS (SELECT FROM concerns"
    " WHERE visit_id = :visit), EXISTS (SELECT FROM visit_comments WHERE visit_id = :visit)": [(False, False, False)],
    "SELECT j.id FROM visits v JOIN judgements j ON j.visit_id = v.id WHERE v.id = :visit": [],
    "SELECT rating, count(*) FROM judgements WHERE visit_id = :visit GROUP BY ROLLUP (rating) HAVING count(*) > 0": [],
    "SELECT rating, rank() OVER (ORDER BY made_at) FROM judgements WHERE visit_id = :visit": [],
    "SELECT set_config('apqa.told', rating, true) FROM judgements WHERE visit_id = :visit": [],
    # It would fail on a row that it read.
    "SELECT id FROM judgements WHERE visit_id = :visit AND 1 / (length(rating) - length(rating)) = 1": [],
    "UPDATE judgements SET rating = rating WHERE visit_id = :visit RETURNING rating": [],
    "UPDATE visit_versions SET number = number WHERE visit_id = :visit RETURNING content": [],
    "UPDATE visit_responses SET text = text WHERE visit_id = :visit AND side = 'observer' RETURNING text": [],
    "UPDATE concerns SET title = 'x' FROM judgements j WHERE concerns.visit_id = :visit RETURNING j.rating": [],
    "DELETE FROM judgements WHERE visit_id = :visit RETURNING rating": [],
    "DELETE FROM concerns USING judgements j WHERE concerns.visit_id = :visit RETURNING j.rating": [],
    "DELETE FROM visit_responses WHERE visit_id = :visit AND side = 'observer' RETURNING text": [],
}


@pytest.mark.parametrize("status", EARLY)
async def test_counts_aggregates_joins_and_what_changes_return_tell_a_provider_nothing_early(
    county: County, status: str
) -> None:
    visit = visit_in(county, status)
    async with speaking(county, "forge") as connection:
        for statement, nothing in SIDEWAYS.items():
            assert await rows(connection, statement, visit) == nothing, statement
    async with speaking(county, "east") as connection:  # and there is something to tell
        assert (await rows(connection, next(iter(SIDEWAYS)), visit))[0][0] == 1


@pytest.mark.parametrize("status", ["planned", "preparing", "cancelled"])
async def test_of_a_visit_that_it_was_not_told_of_a_provider_learns_nothing_by_any_statement(
    county: County, status: str
) -> None:
    visit = visit_in(county, status)
    silent = {
        "SELECT count(*), max(status), max(planned_on) FROM visits WHERE id = :visit": [(0, None, None)],
        "UPDATE visits SET version = version WHERE id = :visit RETURNING status": [],
        "DELETE FROM visits WHERE id = :visit RETURNING status": [],
        "SELECT id FROM visit_responses WHERE visit_id = :visit": [],
    }
    async with speaking(county, "forge") as connection:
        for statement, nothing in silent.items():
            assert await rows(connection, statement, visit) == nothing, statement
