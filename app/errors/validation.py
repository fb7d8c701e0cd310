"""How a request that fails its schema is told, fault by fault, without repeating a value of it."""

import re
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from app.domain.errors import Fault, Invalid
from app.errors.protocol import MalformedBody

M = TypeVar("M", bound=BaseModel)
MAX_FAULTS = 100
GENERIC = "This value is not acceptable here."
OBJECT_EXPECTED = ("object_type", "A JSON object is expected.")

# Where the library's words name our classes or repeat what was sent: our code and words.
REWORDED = {
    "model_type": OBJECT_EXPECTED,
    "model_attributes_type": OBJECT_EXPECTED,
    "dataclass_type": OBJECT_EXPECTED,
    "union_tag_invalid": ("union_tag_invalid", "This is none of the kinds known here."),
    "extra_forbidden": ("unknown_field", "This field is not known here."),
}
OURS = frozenset({"value_error", "assertion_error"})
PLAIN_KEY = re.compile(r"[A-Za-z0-9_.-]{1,64}")


def refusal(exc: RequestValidationError) -> Invalid | MalformedBody:
    """The refusal of a request that FastAPI could not read into its models."""
    raw = exc.errors()
    for error in raw:
        if error["type"] == "json_invalid" and len(error["loc"]) == 2:
            where = f"Not JSON (RFC 8259) at character {error['loc'][1]}."
            return MalformedBody(errors=(Fault("json_invalid", where, pointer=""),))
    return _misfit("The request does not fit its schema.", raw, exc.body)


def read(model: type[M], said: Any) -> M | Invalid:
    """One part of a request read by itself, or its refusal, with pointers into the part."""
    try:
        return model.model_validate(said)
    except ValidationError as exc:
        raw = [{**error, "loc": ("body", *error["loc"])} for error in exc.errors(include_url=False)]
        return _misfit("It does not fit its schema.", raw, said)


def _misfit(detail: str, raw: Sequence[Mapping[str, Any]], body: Any) -> Invalid:
    return Invalid(detail, code="invalid_request", errors=tuple(_fault(each, body) for each in islice(raw, MAX_FAULTS)))


def _fault(error: Mapping[str, Any], body: Any) -> Fault:
    place, *path = error["loc"]
    code, detail = REWORDED.get(error["type"]) or (error["type"], _detail(error))
    match place:
        case "body":
            return Fault(code, detail, pointer=pointer(path, body))
        case "header":
            return Fault(code, detail, header=str(path[0]))
        case _:
            return Fault(code, detail, parameter=str(path[0]))


def pointer(path: Sequence[str | int], body: Any) -> str:
    """The RFC 6901 pointer to a pydantic location, found by walking the body that was sent.

    Pydantic's locations also name the branches of a union, which are no part of the body: a step that leads nowhere is
    dropped unless it is the last, which names a missing field. A key that is not plainly a name ends the walk: it
    may be somebody's.
    """
    steps: list[str] = []
    for position, step in enumerate(path):
        known = range(len(body)) if isinstance(body, list) else body if isinstance(body, Mapping) else ()
        if step in known:
            body = body[step]
        elif not isinstance(body, Mapping) or position < len(path) - 1:
            continue
        if not PLAIN_KEY.fullmatch(str(step)):
            break
        steps.append(f"/{step}")
    return "".join(steps)


def _detail(error: Mapping[str, Any]) -> str:
    """The library's or our validator's words, unless they repeat what was sent."""
    text: str = error["msg"]
    if error["type"] in OURS:
        text = text.split(", ", 1)[-1]
    elif "error" in error.get("ctx", {}) or error["type"] == "timezone_offset":
        text = re.split("[,:] ", text, maxsplit=1)[0]
    return GENERIC if repeats(text, error.get("input")) else text


def repeats(text: str, value: Any) -> bool:
    """Whether a text contains, as a word, any text within a submitted value, or any number of three digits or more."""
    pending = [value]
    while pending:
        match pending.pop():
            case Mapping() as mapping:
                pending.extend(mapping.values())
            case list() | tuple() as items:
                pending.extend(items)
            case bool() | None:
                continue
            case leaf:
                word = str(leaf).strip()
                enough = isinstance(leaf, str) or len(word) >= 3
                if word and enough and re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text):
                    return True
    return False
