"""The OpenAPI document is valid, complete, and stops at routes that would spoil it."""

import json
from typing import Annotated, Any

import pytest
from fastapi import FastAPI, Header
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator, validate
from pydantic import BaseModel
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from app import contract
from app.domain.errors import Conflict
from app.errors import MEDIA_TYPE, description_of
from tests.http.tiny import client, make_app

DOCUMENT = make_app().openapi()
OPERATIONS = {operation["operationId"]: operation for _, _, operation in contract.operations(DOCUMENT)}


def test_the_document_is_valid_openapi_3_1() -> None:
    validate(DOCUMENT, cls=OpenAPIV31SpecValidator)
    assert DOCUMENT["openapi"].startswith("3.1")


async def test_the_document_is_served_as_it_is_built() -> None:
    async with client() as c:
        assert (await c.get("/v1/openapi.json")).json() == DOCUMENT


def test_it_says_what_it_is_and_where() -> None:
    assert DOCUMENT["info"]["version"] == contract.VERSION
    assert "## Conventions" in DOCUMENT["info"]["description"]
    assert DOCUMENT["servers"] == [{"url": "/", "description": "This service"}]
    assert DOCUMENT["tags"] == [{"name": "things", "description": "What there is."}]


def test_either_kind_of_token_opens_what_is_not_public() -> None:
    schemes = DOCUMENT["components"]["securitySchemes"]
    assert DOCUMENT["security"] == [{name: []} for name in schemes]
    assert schemes["bearer"] == {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    flow = schemes["client_credentials"]["flows"]["clientCredentials"]
    assert flow == {"tokenUrl": "/oauth/token", "scopes": {"things:write": "Change things."}}
    assert OPERATIONS["issue_token"]["security"] == []
    assert "401" not in OPERATIONS["issue_token"]["responses"]


@pytest.mark.parametrize(
    ("operation", "statuses"),
    [
        ("list_things", "200 401 403 422 429 500 503"),
        ("create_thing", "201 400 401 403 404 409 413 415 422 429 500 503"),
        ("get_thing", "200 401 403 404 422 429 500 503"),
        ("change_thing", "200 400 401 403 404 409 412 413 415 422 428 429 500 503"),
        ("get_state", "200 401 403 422 429 500 503"),
        ("put_stream", "200 400 401 403 404 409 413 415 422 429 500 503"),
    ],
)
def test_every_status_that_an_operation_can_give_is_declared(operation: str, statuses: str) -> None:
    assert list(OPERATIONS[operation]["responses"]) == statuses.split()


def test_every_refusal_is_a_problem() -> None:
    for operation in OPERATIONS.values():
        for status, response in operation["responses"].items():
            if status >= "400":
                told = (
                    DOCUMENT["components"]["responses"][response["$ref"].rsplit("/", 1)[-1]]
                    if "$ref" in response
                    else response
                )
                assert list(told["content"]) == [MEDIA_TYPE], (operation["operationId"], status)
    assert "HTTPValidationError" not in json.dumps(DOCUMENT)


def test_a_route_may_declare_a_richer_problem() -> None:
    own = OPERATIONS["change_thing"]["responses"]["422"]["content"]
    names = [choice["$ref"].rsplit("/", 1)[-1] for choice in own[MEDIA_TYPE]["schema"]["anyOf"]]
    assert names == ["FullThing", "Problem"]


def test_a_refusal_is_described_where_it_is_defined() -> None:
    assert contract.problems(409) == {409: {"description": description_of(Conflict)}}
    assert DOCUMENT["components"]["responses"]["Conflict"]["description"] == description_of(Conflict)


def test_examples_of_refusals_fit_the_schema() -> None:
    schema = {**DOCUMENT["components"]["schemas"]["Problem"], "components": DOCUMENT["components"]}
    registry: Registry[Any] = Registry().with_resource("", DRAFT202012.create_resource(schema))
    for response in DOCUMENT["components"]["responses"].values():
        OAS31Validator(schema, registry=registry).validate(response["content"][MEDIA_TYPE]["example"])


def test_headers_appear_where_a_route_declares_them() -> None:
    def headers(operation: str) -> dict[str, bool]:
        parameters = OPERATIONS[operation].get("parameters", [])
        return {each["name"]: each["required"] for each in parameters if each["in"] == "header"}

    spoken_for = {"Acting-Organisation": False}
    assert headers("change_thing") == spoken_for | {"if-match": True}
    assert headers("create_thing") == spoken_for | {"idempotency-key": False}
    assert headers("get_thing") == spoken_for


def test_only_what_needs_a_token_is_asked_for_an_organisation() -> None:
    def speaks(operation: Any) -> bool:
        return "Acting-Organisation" in {each["name"] for each in operation.get("parameters", [])}

    assert all(speaks(each) is (each.get("security") != []) for each in OPERATIONS.values())
    assert not all(map(speaks, OPERATIONS.values()))


def test_patch_declares_merge_patch_too_and_nothing_else_does() -> None:
    assert set(OPERATIONS["change_thing"]["requestBody"]["content"]) == {
        "application/json",
        "application/merge-patch+json",
    }
    assert set(OPERATIONS["create_thing"]["requestBody"]["content"]) == {"application/json"}


def test_the_text_is_stable_sorted_and_ends_in_a_newline() -> None:
    text = contract.dump(DOCUMENT)
    assert text == contract.dump(make_app().openapi())
    assert text.endswith("}\n")
    assert json.loads(text) == DOCUMENT
    assert text.index('"components"') < text.index('"info"') < text.index('"paths"')


@pytest.mark.parametrize("operation_id", [None, "listThings", "List", "list__things"])
def test_an_operation_id_is_required_in_snake_case(operation_id: str | None) -> None:
    app = FastAPI()
    contract.install(app)
    app.get("/a", operation_id=operation_id)(lambda: None)
    with pytest.raises(contract.ContractFault, match="/a"):
        app.openapi()


def test_an_operation_id_may_stand_once_only() -> None:
    app = FastAPI()
    contract.install(app)
    app.get("/a", operation_id="same")(lambda: None)
    app.post("/b", operation_id="same")(lambda: None)
    with pytest.raises(contract.ContractFault, match="same"):
        app.openapi()


def test_a_route_outside_the_contract_needs_no_operation_id() -> None:
    app = FastAPI()
    contract.install(app)
    app.get("/livez", include_in_schema=False)(lambda: None)
    assert app.openapi()["paths"] == {}


class Split(BaseModel):
    """Reads a default, always writes it: two shapes under one name."""

    model_config = {"json_schema_serialization_defaults_required": True}

    word: str = "loom"


def test_a_model_that_differs_as_input_and_output_is_refused() -> None:
    app = FastAPI()
    contract.install(app)

    @app.post("/a", operation_id="do_a")
    async def do_a(body: Split, note: Annotated[str, Header()] = "") -> Split:
        return body

    with pytest.raises(contract.ContractFault, match="Split-Input"):
        app.openapi()
