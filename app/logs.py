"""How the service writes its log: JSON lines that hold no personal data."""

import json
import logging
import sys
import time
import traceback
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, TextIO

import orjson

# A second fence: nothing should log these in the first place.
PERSONAL = frozenset(
    {"upn", "former_upn", "uln", "mis_id", "sub", "username", "sex", "ethnicity", "characteristics"}
    | {"name", "given_name", "family_name", "full_name", "display_name", "legal_name", "preferred_name"}
    | {"born_on", "date_of_birth", "dob", "email", "phone", "telephone", "address", "postcode"}
    | {"password", "secret", "client_secret", "token", "access_token", "authorization", "cookie"}
    | {"body", "payload", "params", "parameters", "query", "query_string", "path"}
)
STACK_DEPTH = 20
COLOURS = {"warning": 33, "error": 31, "critical": 31}

_bound: ContextVar[Mapping[str, str]] = ContextVar("bound", default=MappingProxyType({}))


def configure(level: str = "INFO", stream: TextIO | None = None) -> None:
    """Route every logger to one stream (default: standard output).

    A terminal gets lines for people, anything else one JSON object a line. Uvicorn must be started with
    `log_config=None`; its access log, which holds paths and queries, is silenced: `app.middleware` writes ours.
    """
    stream = stream or sys.stdout
    handler = logging.StreamHandler(stream)
    handler.setFormatter(ForPeople() if stream.isatty() else Lines())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
    logging.getLogger("uvicorn.access").propagate = False
    for name in ("httpx", "httpcore"):  # they tell whole addresses at INFO
        logging.getLogger(name).setLevel(logging.WARNING)
    _Requests.stream = None if stream.isatty() else stream


class Log(logging.LoggerAdapter[logging.Logger]):
    """A logger of events: each is a word, with what is told of it by name."""

    def __init__(self, name: str) -> None:
        super().__init__(logging.getLogger(name))

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        """The event, and what `Lines` is to find with it."""
        exc_info = kwargs.pop("exc_info", None)
        return msg, {"exc_info": exc_info, "extra": {"told": kwargs}}


@contextmanager
def bound(**told: str) -> Iterator[None]:
    """Whatever is logged meanwhile, here and in tasks begun meanwhile, tells this, too."""
    before = _bound.set({**_bound.get(), **told})
    try:
        yield
    finally:
        _bound.reset(before)


class _Requests:
    """Where `request` writes: straight to a stream, or as every other logger does."""

    log = Log("app.access")
    stream: TextIO | None = None


def request(**told: Any) -> None:
    """The line of one request. There is one for each, so it goes straight to the stream and past the second fence.

    Its keys are those of `app.middleware`, which names routes by their templates and people not at all.
    """
    stream = _Requests.stream
    if stream is None:
        _Requests.log.info("request", **told)
    elif _Requests.log.isEnabledFor(logging.INFO):
        line = {**told, **_bound.get(), **_head("request", "INFO", "app.access", time.time())}
        stream.write(f"{orjson.dumps(line).decode()}\n")
        stream.flush()


def _head(event: str, level: str, logger: str, at: float) -> dict[str, str]:
    timestamp = datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return {"event": event, "level": level.lower(), "logger": logger, "timestamp": timestamp}


class Lines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of an event, or of what another library says."""
        return json.dumps(_told(record), default=repr)


class ForPeople(logging.Formatter):
    """Lines for a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level and event, then all else by name."""
        told = _told(record)
        at, level, event = (told.pop(each) for each in ("timestamp", "level", "event"))
        rest = " ".join(f"{key}={value!r}" for key, value in told.items())
        return f"\033[2m{at}\033[0m \033[{COLOURS.get(level, 32)}m{level:8}\033[0m \033[1m{event}\033[0m {rest}"


def _told(record: logging.LogRecord) -> dict[str, Any]:
    told = {**getattr(record, "told", {}), **_bound.get(), **_fault(record.exc_info)}
    return drop_personal(told) | _head(record.getMessage(), record.levelname, record.name, record.created)


def drop_personal(told: Mapping[str, Any]) -> dict[str, Any]:
    """Drop every key, at any depth, that names personal data or a secret."""
    return {key: _clean(value) for key, value in told.items() if str(key).lower() not in PERSONAL}


def _clean(value: Any) -> Any:
    match value:
        case dict():
            return drop_personal(value)
        case list() | tuple():
            return [_clean(item) for item in value]
        case _:
            return value


def _fault(exc_info: Any) -> dict[str, list[str]]:
    """Instead of an exception its kinds, and where it arose.

    Its words stay out: those of a database or of a validator repeat the data that they complain of.
    """
    if not exc_info or exc_info[1] is None:
        return {}
    chain = list(_chain(exc_info[1]))
    frames = traceback.extract_tb(chain[0].__traceback__)[-STACK_DEPTH:]
    return {
        "exception": [f"{type(link).__module__}.{type(link).__qualname__}" for link in chain],
        "stack": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }


def _chain(exc: BaseException) -> Iterator[BaseException]:
    """An exception and what caused it, outermost first."""
    seen: set[int] = set()
    link: BaseException | None = exc
    while link is not None and id(link) not in seen:
        yield link
        seen.add(id(link))
        link = link.__cause__ or link.__context__
