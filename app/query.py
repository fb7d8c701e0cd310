"""What a query string may hold: parameters that the route declares, each once, as text."""

import re
from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any
from urllib.parse import unquote_to_bytes

from app.domain.errors import Fault, Invalid

PLAIN = re.compile(r"[A-Za-z0-9_.-]{1,64}")


def declared(dependant: Any) -> frozenset[str]:
    """The names of the query parameters that a route and its dependencies declare."""
    mine = {field.alias for field in dependant.query_params}
    return frozenset(mine.union(*(declared(each) for each in dependant.dependencies)))


def refuse_unknown(query: bytes, known: Collection[str]) -> None:
    """Refuse what would otherwise be passed over in silence: a misspelt filter gives every row.

    Raises:
        Invalid: `unknown_parameter`, `duplicate_parameter`, or text that is no UTF-8 or holds U+0000.
    """
    if query and (faults := tuple(_faults(query, known))):
        raise Invalid("The query does not fit this operation.", code="invalid_request", errors=faults)


def _faults(query: bytes, known: Collection[str]) -> Iterator[Fault]:
    pairs = [tuple(map(_text, pair.partition(b"=")[::2])) for pair in query.split(b"&") if pair]
    for name, count in Counter(name for name, _ in pairs).items():
        # A name that is not plainly one is not repeated: it may be somebody's.
        shown = name if name and PLAIN.fullmatch(name) else ""
        if name not in known:
            yield Fault("unknown_parameter", "There is no such parameter here.", parameter=shown)
        elif count > 1:
            yield Fault("duplicate_parameter", "This parameter is taken once.", parameter=shown)
    for name, value in pairs:
        if name in known and (value is None or "\x00" in value):
            yield Fault("unreadable_text", "This is not text in UTF-8 without U+0000.", parameter=name)


def _text(written: bytes) -> str | None:
    """Percent-encoded text; None where it is not UTF-8."""
    try:
        return unquote_to_bytes(written.replace(b"+", b" ")).decode()
    except UnicodeDecodeError:
        return None
