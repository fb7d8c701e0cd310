"""The 3.0.3 twin says the same as the 3.1 document, in the words of 3.0."""

import copy
from typing import Any

import pytest
from openapi_schema_validator import OAS30Validator
from openapi_spec_validator import OpenAPIV30SpecValidator, validate

from app import contract
from tests.http.tiny import make_app

DOCUMENT = make_app().openapi()


def converted(schema: Any, **others: Any) -> Any:
    """A schema as it stands in the twin of a document that holds it."""
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {},
        "components": {"schemas": {"It": schema, **others}},
    }
    return contract.down_convert(document)["components"]["schemas"]["It"]


def test_the_twin_of_an_app_is_valid_openapi_3_0() -> None:
    before = copy.deepcopy(DOCUMENT)
    twin = contract.down_convert(DOCUMENT)
    assert before == DOCUMENT
    assert twin["openapi"] == "3.0.3"
    validate(twin, cls=OpenAPIV30SpecValidator)


def test_the_twin_keeps_every_operation_and_schema() -> None:
    twin = contract.down_convert(DOCUMENT)
    assert twin["components"]["schemas"].keys() == DOCUMENT["components"]["schemas"].keys()
    assert [o["operationId"] for _, _, o in contract.operations(twin)] == [
        o["operationId"] for _, _, o in contract.operations(DOCUMENT)
    ]


@pytest.mark.parametrize(
    ("schema", "twin"),
    [
        ({"type": ["string", "null"]}, {"type": "string", "nullable": True}),
        (
            {"type": ["string", "integer", "null"]},
            {"anyOf": [{"type": "string", "nullable": True}, {"type": "integer", "nullable": True}]},
        ),
        (
            {"anyOf": [{"type": "string", "maxLength": 3}, {"type": "null"}], "title": "T"},
            {"type": "string", "maxLength": 3, "nullable": True, "title": "T"},
        ),
        (
            {"anyOf": [{"enum": ["a"], "type": "string"}, {"type": "null"}]},
            {"enum": ["a", None], "type": "string", "nullable": True},
        ),
        (
            {"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]},
            {"anyOf": [{"type": "string", "nullable": True}, {"type": "integer"}]},
        ),
        (
            {"anyOf": [{"$ref": "#/components/schemas/Other"}, {"type": "null"}], "description": "D"},
            {"type": "object", "allOf": [{"$ref": "#/components/schemas/Other"}], "nullable": True, "description": "D"},
        ),
        ({"type": "null"}, {"type": "string", "nullable": True, "enum": [None]}),
        ({"const": "cat", "type": "string"}, {"enum": ["cat"], "type": "string"}),
        ({"type": "number", "exclusiveMinimum": 0}, {"type": "number", "minimum": 0, "exclusiveMinimum": True}),
        (
            {"type": "number", "exclusiveMaximum": 5, "maximum": 4},
            {"type": "number", "maximum": 4, "exclusiveMaximum": False},
        ),
        ({"type": "string", "examples": ["a", "b"]}, {"type": "string", "example": "a"}),
        ({"$ref": "#/components/schemas/Other"}, {"$ref": "#/components/schemas/Other"}),
        (
            {"$ref": "#/components/schemas/Other", "description": "D"},
            {"allOf": [{"$ref": "#/components/schemas/Other"}], "description": "D"},
        ),
        (
            {"type": "string", "contentMediaType": "application/octet-stream"},
            {"type": "string", "format": "binary"},
        ),
        (
            {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "minItems": 2, "maxItems": 2},
            {
                "type": "array",
                "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
                "minItems": 2,
                "maxItems": 2,
            },
        ),
        ({"type": "object", "patternProperties": {"^a": {"type": "string"}}}, {"type": "object"}),
        (
            {"type": "object", "additionalProperties": {"type": ["integer", "null"]}},
            {"type": "object", "additionalProperties": {"type": "integer", "nullable": True}},
        ),
        ({"type": "array", "items": True}, {"type": "array", "items": {}}),
        ({"type": "object", "additionalProperties": False}, {"type": "object", "additionalProperties": False}),
    ],
)
def test_each_word_of_3_1_has_its_word_in_3_0(schema: Any, twin: Any) -> None:
    assert converted(schema, Other={"type": "object"}) == twin


def test_names_of_properties_and_values_are_no_keywords() -> None:
    schema = {
        "type": "object",
        "properties": {
            "examples": {"type": "string"},
            "const": {"type": ["string", "null"]},
            "$defs": {"type": "integer"},
        },
        "default": {"const": 1, "type": ["a", "null"]},
    }
    twin = converted(schema)
    assert twin["properties"] == {
        "examples": {"type": "string"},
        "const": {"type": "string", "nullable": True},
        "$defs": {"type": "integer"},
    }
    assert twin["default"] == schema["default"]


@pytest.mark.parametrize("value", [None, "red", "blue", 3])
def test_both_documents_take_and_refuse_the_same(value: object) -> None:
    schema = {"anyOf": [{"type": "string", "enum": ["red"]}, {"type": "null"}]}
    assert OAS30Validator(converted(schema)).is_valid(value) is (value in (None, "red"))
