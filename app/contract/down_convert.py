"""How an OpenAPI 3.1 document is told in OpenAPI 3.0.3, for generators that need it."""

from collections.abc import Callable
from typing import Any

from app.contract.document import Document

Schema = dict[str, Any]

# Keywords of JSON Schema 2020-12 that 3.0 has no word for. Leaving one out accepts more, never less.
UNKNOWN = frozenset(
    {"$comment", "$defs", "$id", "$schema", "$anchor", "if", "then", "else", "contains", "minContains", "maxContains"}
    | {"dependentRequired", "dependentSchemas", "patternProperties", "propertyNames", "unevaluatedItems"}
    | {"unevaluatedProperties", "contentSchema"}
)
LITERAL = frozenset({"example", "examples", "default", "enum", "const"})
COMBINED = ("allOf", "anyOf", "oneOf")
NULL = {"type": "null"}


def down_convert(document: Document) -> Document:
    """The 3.0.3 twin of a 3.1 document, which is left as it is."""
    types = {name: schema.get("type") for name, schema in document.get("components", {}).get("schemas", {}).items()}
    twin: Document = _document({key: value for key, value in document.items() if key != "components"}, types)
    components = dict(document.get("components", {}))
    schemas = components.pop("schemas", {})
    twin["components"] = _document(components, types)
    twin["components"]["schemas"] = {name: _schema(schema, types) for name, schema in schemas.items()}
    twin["openapi"] = "3.0.3"
    twin["info"].pop("summary", None)
    for unknown in ("webhooks", "jsonSchemaDialect"):
        twin.pop(unknown, None)
    return twin


def _document(node: Any, types: dict[str, Any]) -> Any:
    """What is not a schema, with the schemas in it converted. A reference stands alone in 3.0."""
    match node:
        case {"$ref": str(target)}:
            return {"$ref": target}
        case dict():
            return {key: _member(key, value, types) for key, value in node.items()}
        case list():
            return [_document(item, types) for item in node]
        case _:
            return node


def _member(key: str, value: Any, types: dict[str, Any]) -> Any:
    if key in LITERAL:
        return value
    return _schema(value, types) if key == "schema" else _document(value, types)


def _schema(schema: Any, types: dict[str, Any]) -> Any:
    if not isinstance(schema, dict):  # true and false, which 3.0 knows only as additionalProperties
        return {} if schema else {"not": {}}
    if len(schema) == 1 and "$ref" in schema:
        return dict(schema)
    twin = {key: _keyword(key, value, types) for key, value in schema.items() if key not in UNKNOWN}
    for step in (_const, _bounds, _examples, _tuple, _binary, _several_types):
        step(twin)
    if "$ref" in twin:
        twin.setdefault("allOf", []).append({"$ref": twin.pop("$ref")})
    return _null_branch(twin, types)


def _keyword(key: str, value: Any, types: dict[str, Any]) -> Any:
    if key in LITERAL or (key == "additionalProperties" and isinstance(value, bool)):
        return value
    if key == "properties":
        return {name: _schema(part, types) for name, part in value.items()}
    if key in {"items", "not", "additionalProperties"}:
        return _schema(value, types)
    if key in {*COMBINED, "prefixItems"}:
        return [part if part == NULL else _schema(part, types) for part in value]
    return value


def _const(schema: Schema) -> None:
    if "const" in schema:
        schema["enum"] = [schema.pop("const")]


def _bounds(schema: Schema) -> None:
    """Exclusive bounds are flags beside the bound."""
    choices: tuple[tuple[str, str, Callable[[float, float], float]], ...] = (
        ("exclusiveMinimum", "minimum", max),
        ("exclusiveMaximum", "maximum", min),
    )
    for exclusive, inclusive, tighter in choices:
        bound = schema.get(exclusive)
        if isinstance(bound, int | float) and not isinstance(bound, bool):
            other = schema.get(inclusive, bound)
            schema[inclusive] = tighter(bound, other)
            schema[exclusive] = schema[inclusive] == bound


def _examples(schema: Schema) -> None:
    examples = schema.pop("examples", None)
    if examples:
        schema.setdefault("example", examples[0])


def _tuple(schema: Schema) -> None:
    if "prefixItems" in schema:
        schema["items"] = {"anyOf": schema.pop("prefixItems")}
    elif schema.get("type") == "array":
        schema.setdefault("items", {})


def _binary(schema: Schema) -> None:
    media_type, encoding = schema.pop("contentMediaType", None), schema.pop("contentEncoding", None)
    if encoding == "base64":
        schema["format"] = "byte"
    elif media_type == "application/octet-stream":
        schema["format"] = "binary"


def _several_types(schema: Schema) -> None:
    """A list of types becomes one type, nullable where it says null, or a choice."""
    kinds = schema.get("type")
    if kinds == "null":
        schema.update(type="string", nullable=True, enum=[None])
    elif isinstance(kinds, list):
        del schema["type"]
        plain = [kind for kind in kinds if kind != "null"]
        nullable = {"nullable": True} if "null" in kinds else {}
        if len(plain) == 1:
            schema.update(type=plain[0], **nullable)
        else:
            schema["anyOf"] = [{"type": kind, **nullable} for kind in plain]


def _null_branch(schema: Schema, types: dict[str, Any]) -> Schema:
    """Null as a branch becomes `nullable` on the first branch that remains; a single one is merged into its parent."""
    for word in ("anyOf", "oneOf"):
        branches = schema.get(word, [])
        rest = [part for part in branches if part != NULL]
        if len(rest) == len(branches):
            continue
        first = _nullable(rest[0], types)
        del schema[word]
        if len(rest) == 1 and not first.keys() & schema.keys() & {"allOf", "type"}:
            return {**first, **schema}
        schema[word] = [first, *rest[1:]]
    return schema


def _nullable(branch: Schema, types: dict[str, Any]) -> Schema:
    """A branch that takes null too. 3.0.3 heeds `nullable` only beside `type`: a reference is wrapped with its own."""
    if "$ref" in branch:
        kind = types.get(branch["$ref"].rsplit("/", 1)[-1])
        return {**({"type": kind} if isinstance(kind, str) else {}), "allOf": [branch], "nullable": True}
    kind = {"type": "object"} if "discriminator" in branch else {}
    enum = {"enum": [*branch["enum"], None]} if "enum" in branch and None not in branch["enum"] else {}
    return {**kind, **branch, **enum, "nullable": True}
