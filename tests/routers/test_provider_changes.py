"""What changes at a provider so that judgements made before it no longer hold: each change is written down once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event

from app.db import gias
from app.db.base import today
from app.domain.access import Caller
from app.integrations.gias import EstablishmentRow, read_establishments
from tests.fixtures.make_gias import FIXTURES
from tests.given import Api, Given

TODAY = today().isoformat()
AHEAD = (today() + timedelta(days=30)).isoformat()
LONG_AGO, AGO = "2025-01-06", "2025-09-01"
with (FIXTURES / "edubasealldata20250422.csv").open("rb") as file:
    ROWS = {row.urn: row for row in read_establishments(file)}

Change = tuple[str, str]


@pytest.fixture
async def partnership(given: Given) -> Api:
    """A partnership's client."""
    return await given.partnership()


async def changes(api: Api, provider: dict[str, Any]) -> list[Change]:
    """What is written down of a provider, in its order."""
    answer = await api.get(f"/v1/providers/{provider['id']}/changes")
    assert answer.status_code == 200, answer.text
    return [(each["kind"], each["changed_on"]) for each in answer.json()["data"]]


class Told:
    """What is newly written down of one provider, act by act."""

    def __init__(self, api: Api, provider: dict[str, Any]) -> None:
        self.api, self.provider, self.known = api, provider, 0
        self.path = f"/v1/providers/{provider['id']}"
        self.versions: dict[str, int] = {}

    async def patch(self, below: str, **said: Any) -> list[Change]:
        """PATCH something of the provider."""
        path = self.path + below
        answer = await self.api.patch(path, said, self.versions.get(path, 1))
        assert answer.status_code == 200, answer.text
        self.versions[path] = answer.json()["version"]
        return await self.new()

    async def delete(self, below: str) -> list[Change]:
        """DELETE something of the provider."""
        path = self.path + below
        headers = {"If-Match": f'"{self.versions.get(path, 1)}"'}
        assert (await self.api.send("DELETE", path, headers=headers)).status_code == 204
        return await self.new()

    async def new(self) -> list[Change]:
        """What is written down since this was last asked."""
        listed = await changes(self.api, self.provider)
        before, self.known = self.known, len(listed)
        return listed[before:]


async def test_nothing_that_a_provider_is_recorded_with_is_a_change(given: Given, partnership: Api) -> None:
    provider = await given.provider(
        partnership, legal_name="Hollow Oak Ltd", proprietor="Ada Invented", company_number="09876543", urn=990001
    )
    assert provider["proprietor"] == "Ada Invented"
    assert await changes(partnership, provider) == []


@pytest.mark.parametrize("kind", ["dsl", "proprietor"])
async def test_each_change_of_whoever_judgements_rest_on_is_written_down_once(
    given: Given, partnership: Api, kind: str
) -> None:
    told = Told(partnership, await given.provider(partnership))
    made = await partnership.made(f"{told.path}/staff", {"name": "Ada", "role": kind})
    one = f"/staff/{made['id']}"
    assert await told.new() == [(kind, TODAY)]
    for said in ({"name": "Bea"}, {"from_on": AGO}, {"role": "teacher"}, {"role": kind}, {"from_on": None}):
        expected = [(kind, said.get("from_on") or TODAY)]
        assert await told.patch(one, **said) == expected, said
        assert await told.patch(one, **said) == [], said
    assert await told.patch(one, name="Bea", role=kind, to_on=None) == []
    assert await told.delete(one) == [(kind, TODAY)]


async def test_other_staff_come_and_go_without_a_change_that_counts(given: Given, partnership: Api) -> None:
    told = Told(partnership, await given.provider(partnership))
    for role in ("manager", "deputy_dsl", "health_and_safety_lead", "teacher", "other"):
        made = await partnership.made(f"{told.path}/staff", {"name": "Ada", "role": role, "from_on": AGO})
        one = f"/staff/{made['id']}"
        assert await told.patch(one, name="Bea", role="other", to_on=TODAY) == []
        assert await told.delete(one) == []


async def test_from_dsl_to_proprietor_is_a_change_of_both(given: Given, partnership: Api) -> None:
    told = Told(partnership, await given.provider(partnership))
    made = await partnership.made(f"{told.path}/staff", {"name": "Ada", "role": "dsl"})
    await told.new()
    assert sorted(await told.patch(f"/staff/{made['id']}", role="proprietor")) == [
        ("dsl", TODAY),
        ("proprietor", TODAY),
    ]


COUNTS: list[tuple[dict[str, str], str]] = [
    ({}, TODAY),
    ({"from_on": AGO}, AGO),
    ({"from_on": TODAY}, TODAY),
    ({"from_on": AHEAD}, TODAY),
    ({"from_on": LONG_AGO, "to_on": AGO}, AGO),
    ({"from_on": LONG_AGO, "to_on": AHEAD}, LONG_AGO),
    ({"to_on": AGO}, AGO),
]


async def test_a_dsl_counts_from_the_last_day_that_is_told_and_has_come(given: Given, partnership: Api) -> None:
    told = Told(partnership, await given.provider(partnership))
    for days, changed_on in COUNTS:
        await partnership.made(f"{told.path}/staff", {"name": "Ada", "role": "dsl"} | days)
        assert await told.new() == [("dsl", changed_on)], days


async def test_a_dsl_leaves_once_and_is_removed_without_another_change(given: Given, partnership: Api) -> None:
    told = Told(partnership, await given.provider(partnership))
    made = await partnership.made(f"{told.path}/staff", {"name": "Ada", "role": "dsl", "from_on": LONG_AGO})
    assert await told.new() == [("dsl", LONG_AGO)]
    assert await told.patch(f"/staff/{made['id']}", to_on=AGO) == [("dsl", AGO)]
    assert await told.delete(f"/staff/{made['id']}") == []


async def test_a_site_that_is_new_moves_or_closes_is_a_change_and_a_new_name_is_none(
    given: Given, partnership: Api
) -> None:
    told = Told(partnership, await given.provider(partnership))
    made = await partnership.made(f"{told.path}/sites", {"name": "Mill Lane", "postcode": "LE1 1AA"})
    one = f"/sites/{made['id']}"
    assert await told.new() == [("site", TODAY)]
    assert await told.patch(one, name="The Mill") == []
    assert await told.patch(one, postcode="le11aa") == []
    for said, changed_on in (
        ({"address": "1 Mill Lane"}, TODAY),
        ({"address": "2 Mill Lane", "postcode": "LE2 2BB", "name": "Two"}, TODAY),
        ({"closed_on": AGO}, AGO),
        ({"closed_on": AHEAD}, TODAY),
        ({"closed_on": None}, TODAY),
    ):
        assert await told.patch(one, **said) == [("site", changed_on)], said
        assert await told.patch(one, **said) == [], said
    await partnership.made(f"{told.path}/sites", {"name": "Old", "closed_on": LONG_AGO})
    assert await told.new() == [("site", LONG_AGO)]


async def test_a_provider_writes_down_its_own_site_and_dsl(given: Given, partnership: Api) -> None:
    provider = await given.provider(partnership)
    own = await given.api(provider["id"])
    await own.made(f"/v1/providers/{provider['id']}/sites", {"name": "Mill Lane"})
    await own.made(f"/v1/providers/{provider['id']}/staff", {"name": "Ada", "role": "dsl"})
    assert await changes(own, provider) == [("site", TODAY), ("dsl", TODAY)]


async def test_a_new_proprietor_legal_name_or_company_is_one_change(given: Given, partnership: Api) -> None:
    told = Told(partnership, await given.provider(partnership, legal_name="Hollow Oak Ltd"))
    for said in (
        {"proprietor": "Ada Invented"},
        {"legal_name": "Hollow Ash Ltd"},
        {"company_number": "09876543"},
        {"proprietor": None, "legal_name": None, "company_number": None},
        {"proprietor": "Bea", "legal_name": "Bea Ltd"},
    ):
        assert await told.patch("", **said) == [("proprietor", TODAY)], said
        assert await told.patch("", **said) == [], said
    assert await told.patch("", name="Another", postcode="LE1 1AA", la_code="856") == []
    shown = (await partnership.get(told.path)).json()
    assert (shown["proprietor"], shown["legal_name"]) == ("Bea", "Bea Ltd")


async def test_what_is_refused_or_only_tried_is_no_change(given: Given, partnership: Api) -> None:
    told = Told(partnership, await given.provider(partnership))
    said = {"name": "Ada", "role": "dsl"}
    made = await partnership.made(f"{told.path}/staff", said)
    await told.new()
    assert (await partnership.post(f"{told.path}/staff?dry_run=true", said)).status_code == 201
    assert (await partnership.patch(f"{told.path}/staff/{made['id']}", {"name": "Bea"}, 9)).status_code == 412
    backwards = {"from_on": AGO, "to_on": LONG_AGO}
    assert (await partnership.patch(f"{told.path}/staff/{made['id']}", backwards, 1)).status_code == 422
    assert (await partnership.patch(told.path, {"proprietor": "Ada"}, 9)).status_code == 412
    assert await told.new() == []


# --- the register ---------------------------------------------------------------------------------------------------


async def load(given: Given, rows: list[EstablishmentRow], on: date) -> None:
    async with given.held.database.session_for(Caller.system("gias")) as session:
        await gias.import_extract(session, rows, extract_on=on, force=True)


async def test_a_move_in_the_register_is_a_change_however_it_is_found(given: Given, partnership: Api) -> None:
    await load(given, list(ROWS.values()), date(2025, 4, 22))
    told = Told(partnership, await given.provider(partnership, name="Willow"))
    checks = f"{told.path}/status-checks"
    await partnership.made(checks, {})
    assert await told.new() == []
    await partnership.made(checks, {"urn": 990001})
    assert await told.new() == [("registration", TODAY)]
    await partnership.made(checks, {})
    assert await told.new() == []
    told.versions[told.path] = (await partnership.get(told.path)).json()["version"]
    assert await told.patch("", urn=None) == [("registration", TODAY)]
    assert sorted(await told.patch("", company_number="09900001", postcode="LE11 9ZZ")) == [
        ("proprietor", TODAY),
        ("registration", TODAY),
    ]


async def test_an_import_writes_down_every_move_in_one_statement(given: Given, partnership: Api) -> None:
    await load(given, list(ROWS.values()), date(2025, 4, 22))
    rows = ROWS | {urn: ROWS[990001]._replace(urn=urn, ukprn=None) for urn in range(990040, 990052)}
    moving = [await given.provider(partnership, urn=urn) for urn in range(990040, 990052)]
    staying = await given.provider(partnership, urn=990003)
    with statements(given) as sent:
        await load(given, list(rows.values()), date(2025, 5, 22))
    assert [await changes(partnership, each) for each in moving] == [[("registration", TODAY)]] * 12
    assert await changes(partnership, staying) == []
    assert len([each for each in sent if "INSERT INTO provider_changes" in each]) == 1
    await load(given, list(rows.values()), date(2025, 6, 22))
    assert await changes(partnership, moving[0]) == [("registration", TODAY)]


@contextmanager
def statements(given: Given) -> Iterator[list[str]]:
    """The statements that the service sends meanwhile."""
    engine, sent = given.held.database.engine.sync_engine, list[str]()

    def listen(_: Connection, __: Any, statement: str, *___: Any) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", listen)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", listen)


# --- who reads them -------------------------------------------------------------------------------------------------


async def test_whoever_may_see_the_provider_reads_its_changes_in_pages(given: Given, partnership: Api) -> None:
    provider, other = await given.provider(partnership), await given.provider(partnership)
    path = f"/v1/providers/{provider['id']}/changes"
    for name in ("One", "Two", "Three"):
        await partnership.made(f"/v1/providers/{provider['id']}/sites", {"name": name})
    own, stranger = await given.api(provider["id"], "viewer"), await given.api(other["id"])
    for api in (partnership, await given.authority(), await given.school("viewer"), own):
        first = (await api.get(f"{path}?limit=2")).json()
        rest = (await api.get(f"{path}?limit=2&cursor={first['page']['next_cursor']}")).json()
        listed = [*first["data"], *rest["data"]]
        assert [each.keys() for each in listed] == [{"id", "kind", "changed_on", "recorded_at"}] * 3
        times = [each["recorded_at"] for each in listed]
        assert times == sorted(times)
    assert (await stranger.get(path)).status_code == 404
    assert await changes(stranger, other) == []
