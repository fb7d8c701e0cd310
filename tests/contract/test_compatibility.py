"""The contract breaks no client of the last release, and the comparer that says so sees what would."""

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.contract.compatibility import breaking_changes

OPENAPI = Path(__file__).parents[2] / "openapi"
Document = dict[str, Any]

THING: Document = {
    "type": "object",
    "required": ["id", "kind", "note", "slots"],
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "kind": {"type": "string", "enum": ["a", "b"]},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "slots": {"type": "array", "items": {"$ref": "#/components/schemas/Slot"}},
    },
}
CREATE: Document = {
    "type": "object",
    "additionalProperties": False,
    "required": ["kind"],
    "properties": {
        "kind": {"type": "string", "enum": ["a", "b"]},
        "note": {"anyOf": [{"type": "string", "maxLength": 20}, {"type": "null"}]},
        "size": {"type": "number", "minimum": 1},
        "slots": {"type": "array", "maxItems": 5, "items": {"type": "string", "pattern": "^x"}},
    },
}
PATH = "/v1/things"
OLD: Document = {
    "openapi": "3.1.0",
    "paths": {
        PATH: {
            "get": {
                "operationId": "list_things",
                "security": [],
                "parameters": [{"in": "query", "name": "kind", "schema": {"type": "string", "enum": ["a", "b"]}}],
                "responses": {
                    "200": {
                        "headers": {"Link": {}},
                        "content": {
                            "application/json": {
                                "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}}
                            }
                        },
                    },
                    "404": {},
                },
            },
            "post": {
                "operationId": "create_thing",
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/ThingCreate"}},
                        "application/merge-patch+json": {"schema": {"$ref": "#/components/schemas/ThingCreate"}},
                    },
                },
                "responses": {
                    "201": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}
                },
            },
            "delete": {"operationId": "delete_thing", "responses": {"204": {}}},
        }
    },
    "components": {
        "schemas": {
            "Thing": THING,
            "ThingCreate": CREATE,
            "Slot": {
                "type": "object",
                "required": ["day"],
                "properties": {"day": {"type": "integer"}, "next": {"$ref": "#/components/schemas/Slot"}},
            },
        }
    },
}


@dataclass(frozen=True, slots=True)
class Parts:
    """What a planted change may edit: the operations of the path, and the schemas."""

    item: Document
    thing: Document
    create: Document
    slot: Document


Edit = Callable[[Parts], object]


def changed(edit: Edit) -> list[str]:
    """What an edit breaks."""
    new = copy.deepcopy(OLD)
    schemas = new["components"]["schemas"]
    edit(Parts(new["paths"][PATH], schemas["Thing"], schemas["ThingCreate"], schemas["Slot"]))
    return breaking_changes(OLD, new)


PROPERTIES = "properties"
BREAKING: dict[str, Edit] = {
    "an operation goes": lambda it: it.item.pop("post"),
    "an operation is renamed": lambda it: it.item["get"].update(operationId="get_things"),
    "a token is needed": lambda it: it.item["get"].pop("security"),
    "a parameter goes": lambda it: it.item["get"]["parameters"].clear(),
    "a parameter takes less": lambda it: it.item["get"]["parameters"][0]["schema"]["enum"].pop(),
    "a parameter becomes required": lambda it: it.item["get"]["parameters"][0].update(required=True),
    "a required parameter comes": lambda it: it.item["get"]["parameters"].append(
        {"in": "header", "name": "If-Match", "required": True, "schema": {"type": "string"}}
    ),
    "a body becomes required": lambda it: it.item["delete"].update(requestBody={"required": True, "content": {}}),
    "a body goes": lambda it: it.item["post"].pop("requestBody"),
    "a media type goes": lambda it: it.item["post"]["requestBody"]["content"].pop("application/merge-patch+json"),
    "a good answer goes": lambda it: it.item["delete"]["responses"].pop("204"),
    "another good answer comes": lambda it: it.item["delete"]["responses"].update({"202": {}}),
    "a header goes": lambda it: it.item["get"]["responses"]["200"]["headers"].clear(),
    "an answer loses its body": lambda it: it.item["post"]["responses"]["201"].clear(),
    "a field of an answer goes": lambda it: (it.thing[PROPERTIES].pop("note"), it.thing["required"].remove("note")),
    "a field of an answer may be absent": lambda it: it.thing["required"].remove("id"),
    "a field of an answer changes its type": lambda it: it.thing[PROPERTIES].update(id={"type": "integer"}),
    "a field of an answer may be null": lambda it: it.thing[PROPERTIES].update(
        kind={"type": ["string", "null"], "enum": ["a", "b", None]}
    ),
    "a list of values in an answer grows": lambda it: it.thing[PROPERTIES]["kind"]["enum"].append("c"),
    "values in an answer are no longer listed": lambda it: it.thing[PROPERTIES]["kind"].pop("enum"),
    "a format of an answer goes": lambda it: it.thing[PROPERTIES]["id"].pop("format"),
    "a nested field of an answer changes": lambda it: it.slot[PROPERTIES].update(day={"type": "string"}),
    "a field of a request goes": lambda it: it.create[PROPERTIES].pop("note"),
    "a field of a request becomes required": lambda it: it.create["required"].append("note"),
    "a required field of a request comes": lambda it: (
        it.create[PROPERTIES].update(new={"type": "string"}),
        it.create["required"].append("new"),
    ),
    "a field of a request takes no null": lambda it: it.create[PROPERTIES]["note"]["anyOf"].pop(),
    "a field of a request takes fewer values": lambda it: it.create[PROPERTIES]["kind"]["enum"].pop(),
    "a field of a request takes whole numbers only": lambda it: it.create[PROPERTIES]["size"].update(type="integer"),
    "a text in a request must be shorter": lambda it: it.create[PROPERTIES]["note"]["anyOf"][0].update(maxLength=9),
    "a number in a request must be larger": lambda it: it.create[PROPERTIES]["size"].update(minimum=2),
    "a list in a request must be shorter": lambda it: it.create[PROPERTIES]["slots"].update(maxItems=4),
    "an item of a request has another pattern": lambda it: it.create[PROPERTIES]["slots"]["items"].update(pattern="^y"),
}
HARMLESS: dict[str, Edit] = {
    "nothing": lambda it: it.item.update(),
    "an operation comes": lambda it: it.item.update(put={"operationId": "put_thing", "responses": {}}),
    "an optional parameter comes": lambda it: it.item["post"].update(
        parameters=[{"in": "query", "name": "dry_run", "schema": {"type": "boolean"}}]
    ),
    "a field of an answer comes": lambda it: (
        it.thing[PROPERTIES].update(new={"type": "string"}),
        it.thing["required"].append("new"),
    ),
    "a field of an answer is never null": lambda it: it.thing[PROPERTIES].update(note={"type": "string"}),
    "a list of values in an answer shrinks": lambda it: it.thing[PROPERTIES]["kind"]["enum"].pop(),
    "an optional field of a request comes": lambda it: it.create[PROPERTIES].update(new={"type": "string"}),
    "a field of a request is no longer required": lambda it: it.create["required"].remove("kind"),
    "a field of a request takes more values": lambda it: it.create[PROPERTIES]["kind"]["enum"].append("c"),
    "a text in a request may be longer": lambda it: it.create[PROPERTIES]["note"]["anyOf"][0].update(maxLength=99),
    "a body is no longer required": lambda it: it.item["post"]["requestBody"].update(required=False),
    "a refusal comes or goes": lambda it: (
        it.item["get"]["responses"].pop("404"),
        it.item["get"]["responses"].update({"409": {}}),
    ),
    "words change": lambda it: it.thing.update(description="Otherwise."),
}


@pytest.mark.parametrize("edit", BREAKING.values(), ids=BREAKING)
def test_what_breaks_a_client_is_seen(edit: Edit) -> None:
    assert changed(edit)


@pytest.mark.parametrize("edit", HARMLESS.values(), ids=HARMLESS)
def test_what_breaks_nobody_passes(edit: Edit) -> None:
    assert changed(edit) == []


def test_a_path_that_goes_takes_each_of_its_operations() -> None:
    assert breaking_changes(OLD, {**OLD, "paths": {}}) == [
        f"GET {PATH}: removed",
        f"POST {PATH}: removed",
        f"DELETE {PATH}: removed",
    ]


def test_the_contract_breaks_no_client_of_the_last_release() -> None:
    released = json.loads((OPENAPI / "released" / "v1.json").read_text(encoding="utf-8"))
    frozen = json.loads((OPENAPI / "v1.json").read_text(encoding="utf-8"))
    assert breaking_changes(released, frozen) == []
