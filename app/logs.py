"""How the service writes its log: JSON lines that hold no personal data."""

import logging
import sys
import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import Any, TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

# A second fence: nothing should log these in the first place.
PERSONAL = frozenset(
    {"upn", "former_upn", "uln", "mis_id", "sub", "username", "sex", "ethnicity", "characteristics"}
    | {"name", "given_name", "family_name", "full_name", "display_name", "legal_name", "preferred_name"}
    | {"born_on", "date_of_birth", "dob", "email", "phone", "telephone", "address", "postcode"}
    | {"password", "secret", "client_secret", "token", "access_token", "authorization", "cookie"}
    | {"body", "payload", "params", "parameters", "query", "query_string", "path"}
)
STACK_DEPTH = 20
ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def configure(level: str = "INFO", stream: TextIO | None = None) -> None:
    """Route structlog and the standard library's loggers to one stream (default: standard output).

    A terminal gets coloured lines, anything else one JSON object a line. Uvicorn must be started with
    `log_config=None`; its access log, which holds paths and queries, is silenced: `app.middleware` writes ours.
    """
    stream = stream or sys.stdout
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        tell_exception,
        drop_personal,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    _route_standard_library(level, stream, shared)
    _Requests.logger = _request_logger(level, stream)


class _Requests:
    """Where `request` writes."""

    logger: Any = structlog.get_logger("app.access")


def request(**told: Any) -> None:
    """The line of one request. There is one for each, so it goes straight to the stream and past the second fence.

    Its keys are those of `app.middleware`, which names routes by their templates and people not at all.
    """
    _Requests.logger.info("request", **told)


def _request_logger(level: str, stream: TextIO) -> Any:
    if stream.isatty():
        return structlog.get_logger("app.access")
    return structlog.wrap_logger(
        structlog.WriteLogger(stream),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            _add_access,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(lambda told, **_: orjson.dumps(told).decode()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        cache_logger_on_first_use=True,
    )


def _add_access(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    event["logger"] = "app.access"
    return event


def _route_standard_library(level: str, stream: TextIO, shared: list[Processor]) -> None:
    renderer = structlog.dev.ConsoleRenderer() if stream.isatty() else structlog.processors.JSONRenderer()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
    logging.getLogger("uvicorn.access").propagate = False
    for name in ("httpx", "httpcore"):  # they tell whole addresses at INFO
        logging.getLogger(name).setLevel(logging.WARNING)


def drop_personal(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Drop every key, at any depth, that names personal data or a secret."""
    return {key: _clean(value) for key, value in event.items() if key.lower() not in PERSONAL}


def _clean(value: Any) -> Any:
    match value:
        case dict():
            return {key: _clean(item) for key, item in value.items() if str(key).lower() not in PERSONAL}
        case list() | tuple():
            return [_clean(item) for item in value]
        case _:
            return value


def tell_exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace an exception by its kinds and where it arose.

    Its words stay out: those of a database or of a validator repeat the data that they complain of.
    """
    exc_info = event.pop("exc_info", None)
    exc = sys.exc_info()[1] if exc_info is True else exc_info[1] if isinstance(exc_info, tuple) else exc_info
    if isinstance(exc, BaseException):
        chain = list(_chain(exc))
        frames = traceback.extract_tb(chain[0].__traceback__)[-STACK_DEPTH:]
        event["exception"] = [f"{type(link).__module__}.{type(link).__qualname__}" for link in chain]
        event["stack"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return event


def _chain(exc: BaseException) -> Iterator[BaseException]:
    """An exception and what caused it, outermost first."""
    seen: set[int] = set()
    link: BaseException | None = exc
    while link is not None and id(link) not in seen:
        yield link
        seen.add(id(link))
        link = link.__cause__ or link.__context__
