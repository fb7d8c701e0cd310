"""Which differences between two OpenAPI documents would break a client of the older one."""

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
EXACT = ("pattern", "format", "multipleOf", "uniqueItems", "contentEncoding", "contentMediaType")
METHODS = ("get", "put", "post", "delete", "patch")


def breaking_changes(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """What a client of the old document could trip over in the new one, each as a sentence with its place."""
    return list(_Comparison(old, new).changes())


class _Comparison:
    """Requests are compared old to new, since the new service must take what old clients send; answers new to old."""

    def __init__(self, old: dict[str, Any], new: dict[str, Any]) -> None:
        self.old, self.new = old, new

    def changes(self) -> Iterator[str]:
        for path, item in self.old["paths"].items():
            for method in METHODS:
                if method in item:
                    where = f"{method.upper()} {path}"
                    found = self.new["paths"].get(path, {}).get(method)
                    yield from [f"{where}: removed"] if found is None else self._operation(where, item[method], found)

    def _operation(self, where: str, old: Schema, new: Schema) -> Iterator[str]:
        if old["operationId"] != new["operationId"]:
            yield f"{where}: another operationId"
        if old.get("security") == [] != new.get("security"):
            yield f"{where}: needs a token now"
        yield from self._parameters(where, old, new)
        yield from self._body(where, old.get("requestBody"), new.get("requestBody"))
        yield from self._responses(where, old["responses"], new["responses"])

    def _parameters(self, where: str, old: Schema, new: Schema) -> Iterator[str]:
        before, after = _parameters(old), _parameters(new)
        for key, parameter in before.items():
            at = f"{where} {key[0]} {key[1]}"
            if key not in after:
                yield f"{at}: removed"
            else:
                yield from _Fit(self.old, self.new).misfits(parameter["schema"], after[key]["schema"], at)
        for key, parameter in after.items():
            if parameter.get("required") and not before.get(key, {}).get("required"):
                yield f"{where} {key[0]} {key[1]}: required now"

    def _body(self, where: str, old: Schema | None, new: Schema | None) -> Iterator[str]:
        at = f"{where} body"
        if old is None or new is None:
            if old is not None:
                yield f"{at}: removed"
            elif new is not None and new.get("required"):
                yield f"{at}: required now"
            return
        if new.get("required") and not old.get("required"):
            yield f"{at}: required now"
        for kind, media in old["content"].items():
            if kind not in new["content"]:
                yield f"{at}: {kind} removed"
            else:
                yield from _Fit(self.old, self.new).misfits(media["schema"], new["content"][kind]["schema"], at)

    def _responses(self, where: str, old: Schema, new: Schema) -> Iterator[str]:
        before = {status for status in old if status < "400"}
        after = {status for status in new if status < "400"}
        yield from (f"{where} {status}: removed" for status in sorted(before - after))
        yield from (f"{where} {status}: a good answer that is new" for status in sorted(after - before))
        for status in sorted(before & after):
            yield from self._response(f"{where} {status}", old[status], new[status])

    def _response(self, where: str, old: Schema, new: Schema) -> Iterator[str]:
        yield from (f"{where} header {n}: removed" for n in old.get("headers", {}) if n not in new.get("headers", {}))
        for kind, media in old.get("content", {}).items():
            if kind not in new.get("content", {}):
                yield f"{where}: {kind} removed"
            else:
                yield from _Fit(self.new, self.old).misfits(new["content"][kind]["schema"], media["schema"], where)


class _Fit:
    """Whether every value that one schema allows is allowed by another, as far as the two tell."""

    def __init__(self, given: dict[str, Any], taken: dict[str, Any]) -> None:
        self.given, self.taken = given, taken
        self.within: list[tuple[str, str]] = []

    def misfits(self, given: Schema, taken: Schema, where: str) -> Iterator[str]:
        """Why a value of `given` might not be one of `taken`."""
        pair = given.get("$ref", ""), taken.get("$ref", "")
        if all(pair) and pair in self.within:  # a schema within itself
            return
        self.within.append(pair)
        choices = list(_branches(self.taken, taken))
        for branch in _branches(self.given, given):
            against = [list(self._branch(branch, choice, where)) for choice in choices]
            yield from min(against, key=len)
        self.within.pop()

    def _branch(self, given: Schema, taken: Schema, where: str) -> Iterator[str]:
        if "type" in taken and given.get("type") not in _with_narrower(taken["type"]):
            yield f"{where}: type {given.get('type', 'any')} where {taken['type']} is known"
            return
        values, known = _values(given), _values(taken)
        if known is not None and (values is None or not values <= known):
            yield f"{where}: values {sorted(values - known, key=repr) if values else 'without a list'} are not known"
        yield from (f"{where}: {word} differs" for word in _looser(given, taken))
        if "properties" in given or "properties" in taken or "additionalProperties" in taken:
            yield from self._object(given, taken, where)
        if "items" in taken:
            yield from self.misfits(given.get("items", {}), taken["items"], f"{where}[]")

    def _object(self, given: Schema, taken: Schema, where: str) -> Iterator[str]:
        missing = set(taken.get("required", ())) - set(given.get("required", ()))
        yield from (f"{where}.{name}: may be missing" for name in sorted(missing))
        known, more = taken.get("properties", {}), taken.get("additionalProperties", True)
        for name, schema in given.get("properties", {}).items():
            if name in known:
                yield from self.misfits(schema, known[name], f"{where}.{name}")
            elif more is False:
                yield f"{where}.{name}: not known"
        rest = given.get("additionalProperties", True)
        if more is False and rest is not False:
            yield f"{where}: further fields are not known"
        elif isinstance(more, dict) and rest is not False:
            yield from self.misfits(rest if isinstance(rest, dict) else {}, more, f"{where}.*")


def _parameters(operation: Schema) -> dict[tuple[str, str], Schema]:
    return {(each["in"], each["name"].lower()): each for each in operation.get("parameters", [])}


def _branches(document: dict[str, Any], schema: Schema) -> Iterator[Schema]:
    """The choices of a schema, each with one type at most, references followed."""
    for word in ("anyOf", "oneOf", "allOf"):  # allOf holds a single reference, if anything
        if word in schema:
            for part in schema[word]:
                yield from _branches(document, part)
            return
    if "$ref" in schema:
        yield from _branches(document, document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]])
    elif isinstance(schema.get("type"), list):
        yield from ({**schema, "type": kind} for kind in schema["type"])
    else:
        yield schema


def _with_narrower(kind: str) -> tuple[str, ...]:
    return ("number", "integer") if kind == "number" else (kind,)


def _values(schema: Schema) -> set[Any] | None:
    if "const" in schema:
        return {schema["const"]}
    return set(schema["enum"]) if "enum" in schema else None


def _looser(given: Schema, taken: Schema) -> Iterator[str]:
    """The bounds of `taken` that `given` does not keep."""
    yield from (word for word in LOWER if word in taken and given.get(word, float("-inf")) < taken[word])
    yield from (word for word in UPPER if word in taken and given.get(word, float("inf")) > taken[word])
    yield from (word for word in EXACT if word in taken and given.get(word) != taken[word])
