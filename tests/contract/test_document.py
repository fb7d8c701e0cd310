"""The contract is complete: what is sent is closed, what is answered is whole, every status and example is there."""

from collections.abc import Iterator
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator, oas31_format_checker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from app import contract
from app.errors import MEDIA_TYPE

Document = dict[str, Any]
JSON = "application/json"

# Places that do not apply are absent from a fault, and the token endpoint passes over what it does not know (RFC 6749).
PARTLY = {"ProblemError"}
LENIENT = {"TokenRequest"}
OPEN = {
    "issue_token",
    "get_jwks",
    "list_release_notes",
    "get_livez",
    "get_readyz",
    "get_metrics",
    "get_obligation_feed",
    "ask_questionnaire",
    "answer_questionnaire",
}


def nodes(node: Any, path: str = "") -> Iterator[tuple[str, Document]]:
    """Every object within a document, with its JSON pointer."""
    if isinstance(node, dict):
        yield path, node
        for key, value in node.items():
            yield from nodes(value, f"{path}/{key.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(node, list):
        for key, value in enumerate(node):
            yield from nodes(value, f"{path}/{key}")


def reached(document: Document, *starts: Any) -> set[str]:
    """The names of the schemas that these parts of a document refer to, directly or by others."""
    found: set[str] = set()
    waiting = list(starts)
    while waiting:
        for _, node in nodes(waiting.pop()):
            name = node.get("$ref", "").removeprefix("#/components/schemas/")
            if name in document["components"]["schemas"] and name not in found:
                found.add(name)
                waiting.append(document["components"]["schemas"][name])
    return found


def sent(document: Document) -> set[str]:
    """Schemas of what clients send."""
    return reached(document, *(each.get("requestBody") for _, _, each in contract.operations(document)))


def answered(document: Document) -> set[str]:
    """Schemas of what the service answers."""
    return reached(
        document,
        document["components"]["responses"],
        *(each["responses"] for _, _, each in contract.operations(document)),
    )


def objects(document: Document, names: set[str]) -> Iterator[tuple[str, Document]]:
    """Those of the schemas that are objects."""
    for name in sorted(names):
        schema = document["components"]["schemas"][name]
        if schema.get("type") == "object":
            yield name, schema


def test_no_schema_is_split_into_input_and_output(document: Document) -> None:
    assert [name for name in document["components"]["schemas"] if name.endswith(("-Input", "-Output"))] == []


def test_every_field_of_an_answer_is_always_there(document: Document) -> None:
    for name, schema in objects(document, answered(document) - PARTLY):
        assert set(schema.get("required", ())) == set(schema["properties"]), name


def test_a_body_takes_no_field_that_it_does_not_know(document: Document) -> None:
    for name, schema in objects(document, sent(document) - LENIENT):
        assert schema["additionalProperties"] is False, name


def test_what_is_sent_and_what_is_answered_have_schemas_of_their_own(document: Document) -> None:
    both = sent(document) & answered(document)
    assert [name for name, _ in objects(document, both)] == []


def test_what_is_absent_from_a_patch_stays_so_no_field_has_a_default(document: Document) -> None:
    patches = {name: s for name, s in document["components"]["schemas"].items() if name.endswith("Patch")}
    assert patches
    for name, schema in patches.items():
        assert [field for field, told in schema["properties"].items() if "default" in told] == [], name


def test_every_good_answer_has_a_schema(document: Document) -> None:
    for path, method, operation in contract.operations(document):
        for status, response in operation["responses"].items():
            if "200" <= status < "300" and status != "204":
                assert response["content"], (method, path, status)
                assert all(media["schema"] for media in response["content"].values()), (method, path, status)


def test_every_refusal_is_a_problem(document: Document) -> None:
    for response in document["components"]["responses"].values():
        assert list(response["content"]) == [MEDIA_TYPE]
    for path, method, operation in contract.operations(document):
        for status, response in operation["responses"].items():
            if status >= "400" and "$ref" not in response:
                assert list(response["content"]) == [MEDIA_TYPE], (method, path, status)


def test_what_an_operation_declares_lets_it_refuse(document: Document) -> None:
    for path, method, operation in contract.operations(document):
        expected = {"422", "500", "503"}
        names = {each["name"].lower() for each in operation.get("parameters", ())}
        named = "{" in path or ("requestBody" in operation and operation.get("security") != [])
        expected |= {"404"} if named else set()
        expected |= {"400", "413", "415"} if "requestBody" in operation else set()
        expected |= {"412", "428"} if "if-match" in names else set()
        if operation.get("security") != []:
            expected |= {"401", "403", "429"} | ({"409"} if method != "get" else set())
        assert expected <= operation["responses"].keys(), (method, path)


def test_a_patch_is_a_merge_patch_too(document: Document) -> None:
    for path, method, operation in contract.operations(document):
        kinds = set(operation.get("requestBody", {}).get("content", ()))
        assert ("application/merge-patch+json" in kinds) == (method == "patch"), (method, path)


def test_every_change_needs_the_version_and_every_post_takes_a_key(document: Document) -> None:
    for path, method, operation in contract.operations(document):
        names = {each["name"].lower(): each for each in operation.get("parameters", ())}
        if method == "patch":
            assert "if-match" in names, path
        if method == "post" and operation.get("security") != [] and not path.endswith("/search"):
            assert "idempotency-key" in names, path


def test_nothing_is_listed_unpaged(document: Document) -> None:
    for path, _, operation in contract.operations(document):
        for status, response in operation["responses"].items():
            schema = response.get("content", {}).get(JSON, {}).get("schema", {}) if status < "300" else {}
            assert schema.get("type") != "array", path


def test_every_operation_needs_a_token_but_those_that_cannot(document: Document) -> None:
    assert document["security"] == [{"bearer": []}, {"client_credentials": []}]
    declared = {each["operationId"]: each.get("security") for _, _, each in contract.operations(document)}
    assert {name for name, security in declared.items() if security is not None} == OPEN
    assert all(declared[name] == [] for name in OPEN)


def test_a_401_tells_how_to_sign_in_and_a_429_when_to_come_back(document: Document) -> None:
    responses = document["components"]["responses"]
    assert "WWW-Authenticate" in responses["Unauthenticated"]["headers"]
    assert "Retry-After" in responses["TooManyRequests"]["headers"]


def test_everything_is_described(document: Document) -> None:
    described = {tag["name"] for tag in document["tags"]}
    for path, method, operation in contract.operations(document):
        assert operation["summary"], (method, path)
        assert operation["tags"], (method, path)
        assert set(operation["tags"]) <= described, (method, path)
        nameless = [each["name"] for each in operation.get("parameters", ()) if not each.get("description")]
        assert nameless == [], (method, path)
    for name, schema in objects(document, sent(document) | answered(document)):
        assert schema.get("description"), name


def test_examples_fit_their_schemas(document: Document) -> None:
    registry: Registry[Any] = Registry().with_resource("urn:contract", DRAFT202012.create_resource(document))
    count = 0
    for place, node in nodes(document):
        schema = {"$ref": f"urn:contract#{place}{'/schema' if 'schema' in node else ''}"}
        for example in examples(node):
            OAS31Validator(schema, registry=registry, format_checker=oas31_format_checker).validate(example)
            count += 1
    assert count > 20


def examples(node: Document) -> list[Any]:
    """The examples of a schema, a parameter or a body."""
    listed = node.get("examples")
    single = [node["example"]] if "example" in node and ("schema" in node or "type" in node) else []
    return [*(listed if isinstance(listed, list) else ()), *single]


@pytest.mark.parametrize("where", ["body", "query", "path", "header"])
def test_every_text_and_number_that_is_sent_is_bounded(document: Document, where: str) -> None:
    schemas = document["components"]["schemas"]
    told = (
        [schemas[name] for name in sent(document)]
        if where == "body"
        else [
            parameter
            for _, _, operation in contract.operations(document)
            for parameter in operation.get("parameters", ())
            if parameter["in"] == where
        ]
    )
    open_ended = {
        place
        for each in told
        for place, node in nodes(each, each.get("name", each.get("title", "")))
        if unbounded(node)
    }
    assert open_ended == set()


def unbounded(schema: Document) -> bool:
    """Whether a schema takes text or numbers without end."""
    if schema.get("type") == "string":
        return not {"maxLength", "enum", "const", "format"} & schema.keys()
    if schema.get("type") in ("integer", "number"):
        return not ({"maximum", "exclusiveMaximum"} & schema.keys() and {"minimum", "exclusiveMinimum"} & schema.keys())
    return schema.get("type") == "array" and "maxItems" not in schema
