"""Whatever is sent to any path, by any role: no failure, no undeclared status, nothing that breaks its own schema."""

import itertools
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import schemathesis
import uvicorn
from schemathesis.checks import CHECKS
from schemathesis.core.parameters import ParameterLocation

from app.main import create_app
from app.settings import Settings
from tests.contract.world import World

EXAMPLES = 8
CONFIG = schemathesis.Config.from_dict(
    {
        "seed": 7,
        "generation": {"deterministic": True, "max-examples": EXAMPLES, "database": "none"},
        "phases": {"coverage": {"enabled": False}},
    }
)
# Left out: what a schema cannot say (a placement needs a provider that exists), and what needs several requests.
LEFT_OUT = ("positive_data_acceptance", "use_after_free", "ensure_resource_availability", "object_level_authorization")
# A malformed item of a batch is refused alone, within a good answer.
ITEM_BY_ITEM = dict.fromkeys(("record_placements", "record_attendance"), ("negative_data_rejection",))
schema = schemathesis.openapi.from_dict(create_app(Settings()).openapi(), config=CONFIG)


@pytest.fixture(scope="session")
def address(world: World) -> Iterator[str]:
    """Where the service answers on loopback, on the world's database, in a thread and an event loop of its own."""
    server = uvicorn.Server(uvicorn.Config(create_app(world.settings), port=0, log_config=None))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    for _ in range(1000):
        if server.started:
            break
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


ROLES = itertools.cycle(["partnership", "school", "provider", "authority"])


@schema.parametrize()
def test_every_answer_is_one_that_the_contract_knows(case: Any, world: World, address: str) -> None:
    lead_into(world, case)
    headers = {"Authorization": f"Bearer {world.roles[next(ROLES)].token}"}
    left_out = LEFT_OUT + ITEM_BY_ITEM.get(case.operation.definition.raw["operationId"], ())
    case.call_and_validate(base_url=address, headers=headers, excluded_checks=CHECKS.get_by_names(left_out))


def lead_into(world: World, case: Any) -> None:
    """Let the ids of a case name rows that there are, but where they are wrong on purpose."""
    for name in well_formed(case, ParameterLocation.PATH, case.path_parameters) & world.ids.keys():
        case.path_parameters[name] = world.ids[name]
    for name in well_formed(case, ParameterLocation.BODY, case.body) & world.ids.keys():
        case.body[name] = world.ids[name]
    for name in well_formed(case, ParameterLocation.HEADER, case.headers) & {"If-Match"}:
        case.headers[name] = '"1"'


def well_formed(case: Any, where: ParameterLocation, part: Any) -> set[str]:
    """The names in one part of a case, where that part keeps to its schema."""
    if case.meta is not None and case.meta.is_negative_at(where):
        return set()
    return set(part) if isinstance(part, Mapping) else set()
