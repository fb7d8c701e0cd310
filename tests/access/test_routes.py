"""Every route refuses, in the order of refusal, every role, grade and scope that it is not for, and others' rows."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import Connection, event

from app.db.visits import STATUSES
from app.domain import access
from app.domain.access import PERMISSIONS, Caller, Grade, Permission, Role
from app.uploads import FORM, PART
from tests.access.bodies import BODIES, PROVIDERS
from tests.access.conftest import County
from tests.access.organisations import ORGANISATIONS
from tests.access.routes import (
    ALONE,
    BESIDE,
    CHANGES,
    CLOSED,
    MINTED,
    NAMED_BY,
    NAMES,
    NEVER,
    NOTHING,
    OPEN,
    RELYING,
    UNCONDITIONAL,
    VALUES,
    Route,
    filled,
    put,
    routes,
    stands,
)
from tests.access.school import UUID_TEXT
from tests.access.world import World
from tests.evidence.sending import digest
from tests.given import Api

ROUTES = routes()
GUARDED = [route for route in ROUTES if route.permissions]
MEMBERS = {"east": Role.PARTNERSHIP, "oak": Role.SCHOOL, "forge": Role.PROVIDER, "shire": Role.LOCAL_AUTHORITY}
NOBODY: UUID = NOTHING["id"]
# Whose every row is private to those whom its policy names: the id of one that is not theirs appears in no answer.
PRIVATE = ("pupils", "placements", "pupil_shares", "memberships", "clients", "registration_checks", "threshold_holds")

each_route = pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
each_guarded = pytest.mark.parametrize("route", GUARDED, ids=lambda route: route.name)
each_with_ids = pytest.mark.parametrize(
    "route", [each for each in GUARDED if each.parameters], ids=lambda each: each.name
)


# --- what a route declares ------------------------------------------------------------------------------------------


@each_route
def test_a_route_asks_for_exactly_one_permission_or_is_known_to_need_none(route: Route) -> None:
    assert len(route.permissions) == (route.name not in OPEN | UNCONDITIONAL)


@each_route
def test_the_contract_says_of_a_route_without_a_token_that_it_needs_none(route: Route) -> None:
    assert (route.document.get("security") == []) == (route.name in OPEN)


@each_route
def test_the_tests_know_what_every_route_takes(route: Route) -> None:
    unknown = [name for name in route.parameters if name not in NAMES]
    assert not unknown, f"say in tests/access/routes.py which table {unknown} name"
    assert route.ids() is not None
    if "requestBody" in route.document and route.name not in OPEN:
        assert route.name in BODIES, "say in tests/access/bodies.py the least that this route takes"


def test_every_permission_is_asked_for_by_a_route_or_within_one() -> None:
    asked = {permission for route in ROUTES for permission in route.permissions}
    assert set(Permission) - asked == {Permission.REGISTRATION_OVERRIDE}


# --- who is refused -------------------------------------------------------------------------------------------------


@each_guarded
async def test_without_a_token_a_route_tells_nothing(county: County, route: Route) -> None:
    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Basic eDp4"}):
        answer = await ask(county, route, None, Rows(county.world, None, route), headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


@each_guarded
async def test_a_route_is_for_the_roles_and_grades_that_are_declared_and_asks_the_database_nothing_for_others(
    county: County, route: Route
) -> None:
    for name, grade in ((name, grade) for name in MEMBERS for grade in Grade):
        least = PERMISSIONS[MEMBERS[name]].get(route.permissions[0])
        rows = Rows(county.world, county.world.members(grade)[name], route)
        with statements(county) as asked:
            answer = await ask(county, route, api(county, name, grade), rows)
        told = f"{name} {grade}: {answer.status_code} {answer.text}"
        if least is None or grade.rank < least.rank:
            assert (answer.status_code, answer.json()["code"]) == (403, "permission_required"), told
            assert [each for each in asked if "apqa_identify" not in each] == [], told
        else:
            assert '"permission_required"' not in answer.text, told
            assert answer.status_code not in (401, 500), told


@each_guarded
async def test_a_clients_scopes_narrow_its_role(county: County, route: Route) -> None:
    asking = ((name, Rows(county.world, caller, route)) for name, caller in permitted(county, route))
    name, rows = next(each for each in asking if each[1].complete and each[0] == ALONE.get(route.name, each[0]))
    others = [each.value for each in Permission if each is not route.permissions[0]]
    for scopes in ([], others, ["openid"]):
        answer = await ask(county, route, api(county, name, Grade.LEAD, scopes), rows)
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_required"), scopes
    answer = await ask(county, route, api(county, name, Grade.LEAD, [route.permissions[0].value]), rows)
    assert done(answer), answer.text


# --- whose rows -----------------------------------------------------------------------------------------------------


@each_guarded
async def test_a_route_serves_those_it_is_for_with_their_own_rows_and_shows_no_others(
    county: County, route: Route
) -> None:
    served = 0
    for name, caller in permitted(county, route):
        rows = Rows(county.world, caller, route)
        if rows.complete:
            answer = await ask(county, route, api(county, name), rows)
            if NEVER.get(route.name) is caller.role:
                assert (answer.status_code, answer.json()["code"]) == (403, "not_yours"), f"{name}: {answer.text}"
                continue
            assert done(answer), f"{name}: {answer.text}"
            assert not hidden(county.world, caller) & set(UUID_TEXT.findall(answer.text)), name
            served += 1
    assert served, "nobody has rows of its own for this route: add some to the county"


@each_with_ids
async def test_a_row_out_of_sight_is_not_found_like_one_that_is_not(county: County, route: Route) -> None:
    table = NAMES[route.parameters[-1]] if route.name not in MINTED else None
    for name, caller in permitted(county, route):
        unseen = [] if table is None else [row for row in rows_of(county, table) if not access.sees(caller, table, row)]
        for row in unseen[:3]:
            expected = (403, "not_yours") if above_is_anothers(county, route, caller, row) else (404, "not_found")
            answer = await ask(county, route, api(county, name), Rows(county.world, caller, route, row))
            assert (answer.status_code, answer.json()["code"]) == expected, f"{name}: {answer.text}"
            absent = await ask(county, route, api(county, name), Rows(county.world, caller, route, row | NOTHING))
            assert without_instance(absent) == without_instance(answer)


def above_is_anothers(county: County, route: Route, caller: Caller, row: Mapping[str, Any]) -> bool:
    """Whether the path names, before the row, one that the caller sees and may not change: that is told first."""
    for parent in route.parameters[:-1]:
        if parent not in row:
            continue
        table = str(NAMES[parent])
        above = county.world.tables[table][(str(row[parent]),)]
        policy = access.policy(table, caller.role)
        if access.holds(policy.see, caller, above) and not access.holds(policy.change, caller, above):
            return route.writes
    return False


@each_with_ids
async def test_a_row_in_sight_that_is_anothers_to_change_is_refused(county: County, route: Route) -> None:
    table = NAMES[route.parameters[-1]]
    if table is None or not route.writes or route.method == "GET" or route.name in BESIDE:
        return
    for name, caller in permitted(county, route):
        tried: set[tuple[int, str]] = set()
        for row in rows_of(county, table):
            expected = refusal(route, caller, row) if access.sees(caller, table, row) else None
            if expected is None or expected in tried:
                continue
            tried.add(expected)
            answer = await ask(county, route, api(county, name), Rows(county.world, caller, route, row))
            assert (answer.status_code, answer.json()["code"]) == expected, f"{name}: {answer.text}"


def refusal(route: Route, caller: Caller, row: Mapping[str, Any]) -> tuple[int, str] | None:
    """How a caller is refused who changes a row at the end of a path, or adds one of its own there; None: it is not."""
    table = str(NAMES[route.parameters[-1]])
    changed = CHANGES.get(route.name, table)
    policy = access.policy(changed, caller.role)
    clause = policy.change if changed == table else policy.add
    side = "provider" if caller.role is Role.PROVIDER else "observer"
    new = {"organisation_id": caller.organisation_id, "side": side, "visit_status": row.get("status")}
    target = {**row, route.parameters[-1]: row.get("id"), **(new if changed != table else {})}
    if access.holds(clause, caller, target):
        return None
    times = ({"visit_status": status, "status": status} for status in (*STATUSES, "draft"))
    another_time = any(access.holds(clause, caller, target | time) for time in times)
    return (409, CLOSED[route.name]) if route.name in CLOSED and another_time else (403, "not_yours")


@pytest.mark.parametrize("route", [each for each in GUARDED if each.ids()], ids=lambda route: route.name)
async def test_a_body_that_names_a_row_out_of_sight_is_refused(county: County, route: Route) -> None:
    taken: list[str] = []
    for name, caller in permitted(county, route):
        rows = Rows(county.world, caller, route)
        for place in route.ids() if rows.complete else []:
            table = str(route.table(place))
            unseen = (row for row in rows_of(county, table) if not access.sees(caller, table, row))
            if (row := next(unseen, None)) is not None:
                answer = await ask(county, route, api(county, name), rows, body=put(rows.body, place, str(row["id"])))
                statuses = {each["status"] for each in answer.json().get("results", [])} or {answer.status_code}
                taken += [] if statuses <= {403, 404, 409, 422} else [f"{name} {place}: {statuses}"]
    assert not taken


# What a plan says of the placement that it may become, beside what the rules ask of it.
THOUGHT_OF = {"provider_id", "commissioner_id", "home_school_id", "site_id"}


@pytest.mark.parametrize("route", [each for each in GUARDED if each.ids()], ids=lambda route: route.name)
async def test_a_body_that_names_no_row_or_one_of_another_kind_is_refused_in_our_words(
    county: County, route: Route
) -> None:
    taken: list[str] = []
    for name, caller in permitted(county, route):
        rows = Rows(county.world, caller, route)
        for place in route.ids() if rows.complete else []:
            if route.name == "check_registration_what_if" and place[0] == "placements" and place[-1] in THOUGHT_OF:
                continue
            pupils = route.table(place) in ("organisations", "providers", "sites")
            another = rows_of(county, "pupils" if pupils else "organisations")[0]["id"]
            for wrong in (NOBODY, another):
                answer = await ask(county, route, api(county, name), rows, body=put(rows.body, place, str(wrong)))
                told = [each["problem"] or each for each in answer.json().get("results", [])] or [answer.json()]
                statuses = {each.get("status") for each in told} if answer.is_success else {answer.status_code}
                fine = statuses <= {403, 404, 409, 422} and "reference_conflict" not in {e.get("code") for e in told}
                taken += [] if fine else [f"{name} {place}: {statuses}"]
    assert not taken


# --- how it is asked ------------------------------------------------------------------------------------------------


class Rows:
    """The rows that one caller names to one route: its own, unless another is given for the last in the path."""

    def __init__(
        self, world: World, caller: Caller | None, route: Route, last: Mapping[str, Any] | None = None
    ) -> None:
        self.world, self.caller, self.route = world, caller, route
        self.complete = True
        self.path = self._path(last)
        self.body = filled(self._said(), _Own(self))

    def _said(self) -> Any:
        said = BODIES.get(self.route.name)
        providers = self.caller is not None and self.caller.role is Role.PROVIDER
        return PROVIDERS.get(self.route.name, said) if providers else said

    def _path(self, last: Mapping[str, Any] | None) -> dict[str, str]:
        names = self.route.parameters
        values = {name: VALUES[name] for name in names if name in VALUES}
        if not names or names[-1] in VALUES:
            rest = [name for name in names if name not in VALUES]
            return values | {name: str(self.own(str(NAMES[name]), 0, write=False)["id"]) for name in rest}
        if self.route.name in ("waive_obligation", "get_obligation") and last is None and self.caller is not None:
            key = self.world.waivable.get(self.caller.organisation)
            self.complete = key is not None
            return {"key": str(key or NOBODY)}
        row = last or self._relied_on() or self.own(str(NAMES[names[-1]]), 0, write=self.route.writes)
        own = {names[-1]: row.get(NAMED_BY.get(names[-1], "id"))}
        named = {name: values.get(name) or own.get(name) or row.get(name) for name in names}
        return {name: str(value or self._above(name, row)) for name, value in named.items()}

    def _relied_on(self) -> Mapping[str, Any] | None:
        """For a route about relying on one, another's visit that the caller sees and relies on, or not yet."""
        if self.caller is None or self.route.name not in RELYING:
            return None
        me, wanted = self.caller.organisation_id, RELYING[self.route.name]
        relied = {row["visit_id"] for row in self.world.tables["reliances"].values() if row["organisation_id"] == me}
        others = (
            row for row in self.world.tables["visits"].values() if me not in (*row["team_ids"], row["provider_id"])
        )
        seen = (row for row in others if access.sees(self.caller, "visits", row))
        found = next((row for row in seen if (row["id"] in relied) is wanted), None)
        self.complete = found is not None
        return found or NOTHING

    def _above(self, name: str, row: Mapping[str, Any]) -> UUID:
        """What a path names before a row that does not name it itself: one of the same provider."""
        rows = self.world.tables.get(str(NAMES[name]), {}).values() if "provider_id" in row else ()
        found: UUID = next((each["id"] for each in rows if each.get("provider_id") == row["provider_id"]), NOBODY)
        return found

    def own(self, table: str, at: int, *, write: bool) -> Mapping[str, Any]:
        """The caller's row of a table: one that it may change, or where it need not, or may not any, one it sees."""
        if self.caller is None:
            return NOTHING
        policy = access.policy(table, self.caller.role)
        rows = [row for row in self.world.tables[table].values() if access.holds(policy.see, self.caller, row)]
        if table == NAMES[self.route.parameters[-1]] if self.route.parameters else False:
            rows = [row for row in rows if stands(self.route, self.caller, row)]
        mine = [row for row in rows if access.holds(policy.change, self.caller, row)]
        another = table in ("providers", "sites") or CHANGES.get(self.route.name, table) != table
        found = mine if write and (mine or not another) else rows
        self.complete = self.complete and len(found) > at
        return found[at] if len(found) > at else NOTHING


class _Own(dict[str, UUID]):
    """The ids that stand for placeholders of a body."""

    def __init__(self, rows: Rows) -> None:
        super().__init__()
        self.rows = rows

    def __missing__(self, asked: str) -> UUID:
        if asked == "commissioner" and self.rows.caller is not None:
            provider = self.rows.caller.role is Role.PROVIDER
            return self.rows.world.ids["east"] if provider else self.rows.caller.organisation
        if asked == "readers":
            return self.rows.world.ids["unplaced"]
        if asked.startswith("placed."):  # of a placement to which the caller is a party
            commissions = self.rows.caller is None or self.rows.caller.role is not Role.PROVIDER
            placed: UUID = self.rows.own("placements", 0, write=commissions).get(asked.removeprefix("placed."), NOBODY)
            return placed
        table, _, at = asked.partition(":")
        found: UUID = self.rows.own(table, int(at or 0), write=True)["id"]
        return found


def done(answer: httpx.Response) -> bool:
    """Whether all that was asked is done."""
    each = answer.json().get("results", []) if answer.status_code == 207 else []
    return answer.status_code < 300 and all(one["status"] < 300 for one in each)


def permitted(county: County, route: Route) -> Iterator[tuple[str, Caller]]:
    """The members of one organisation of each kind that may do what the route does, each a lead."""
    callers = county.world.members()
    return ((name, callers[name]) for name in MEMBERS if callers[name].may(route.permissions[0]))


def rows_of(county: County, table: str) -> list[dict[str, Any]]:
    """Every row of a table."""
    return list(county.world.tables[table].values())


def hidden(world: World, caller: Caller) -> set[str]:
    """The ids of the private rows that a caller does not see."""
    return {
        str(row["id"])
        for table in PRIVATE
        for row in world.tables[table].values()
        if not access.sees(caller, table, row)
    }


def api(county: County, name: str, grade: Grade = Grade.LEAD, scopes: list[str] | None = None) -> Api:
    """A member of an organisation."""
    organisation_id = county.world.ids[name]
    token = county.given.token(organisation_id, f"{name}-{grade}", scopes)
    return Api(county.http, token, organisation_id)


async def ask(county: County, route: Route, by: Api | None, rows: Rows, **more: Any) -> httpx.Response:
    """Try a route: nothing is kept."""
    headers = more.pop("headers", {}) | ({"If-Match": '"1"'} if route.needs_version else {})
    body = more.pop("body", rows.body)
    asked: dict[str, Any] = {"params": filled(route.query, _Own(rows)), "json": body}
    if isinstance(body, str) and route.media_type == FORM:
        asked |= {"files": {PART: ("a.txt", body)}, "json": None}
    elif isinstance(body, str):
        headers |= {"Content-Type": route.media_type, "Content-Digest": digest(body.encode())}
        asked |= {"content": body, "json": None}
    path = route.path.format(**rows.path)
    if by is None:
        return await county.http.request(route.method, path, headers=headers, **asked)
    return await by.send(route.method, path, headers=headers, **asked)


def without_instance(answer: httpx.Response) -> dict[str, Any]:
    """A problem without the id of its request."""
    return {key: value for key, value in answer.json().items() if key != "instance"}


@contextmanager
def statements(county: County) -> Iterator[list[str]]:
    """The statements that the service sends meanwhile."""
    engine, sent = county.database.engine.sync_engine, list[str]()

    def listen(_: Connection, __: Any, statement: str, *___: Any) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", listen)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", listen)


def test_the_members_are_one_organisation_of_each_kind() -> None:
    assert {name: ORGANISATIONS[name][0] for name in MEMBERS} == MEMBERS
    assert set(MEMBERS.values()) == set(Role) - {Role.SYSTEM}
