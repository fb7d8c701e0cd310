"""How the schemas that FastAPI makes become those of the contract."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

Document = dict[str, Any]
PREFIX = "#/components/schemas/"


class ContractFault(Exception):
    """The routes make no contract: an operation id is missing, malformed or double, a schema split or named twice."""


def tidy(document: Document) -> None:
    """Name each schema as its model is named, write each once, and leave no default in a change; in place."""
    schemas = document["components"]["schemas"]
    named = {name: schema.get("title", name) for name, schema in schemas.items()}
    twice = {title for title, count in Counter(named.values()).items() if count > 1}
    if twice:
        raise ContractFault(f"two models have one name: {', '.join(sorted(twice))}")
    for node in _nodes(document):
        for key, part in list(node.items()):
            node[key] = [_shared(each, schemas) for each in part] if isinstance(part, list) else part
            if node is not schemas and isinstance(part, dict):
                node[key] = _shared(part, schemas)
        if isinstance(node.get("$ref"), str) and node["$ref"].startswith(PREFIX):
            node["$ref"] = PREFIX + named[node["$ref"].removeprefix(PREFIX)]
    document["components"]["schemas"] = {named[name]: schema for name, schema in sorted(schemas.items())}
    for name, schema in document["components"]["schemas"].items():
        if name.endswith("Patch"):
            _keep_what_is_absent(schema)


def _nodes(node: Any) -> Iterator[Document]:
    """Every object within, outermost first."""
    if isinstance(node, dict):
        yield node
    for part in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _nodes(part)


def _shared(part: Any, schemas: Document) -> Any:
    """A reference, where a schema stands inline though it is among the components."""
    name = part.get("title") if isinstance(part, dict) else None
    return {"$ref": PREFIX + name} if isinstance(name, str) and part == schemas.get(name) else part


def _keep_what_is_absent(patch: Document) -> None:
    """A change has no defaults: what is absent from it stays as it is (RFC 7396)."""
    for field in patch["properties"].values():
        field.pop("default", None)
