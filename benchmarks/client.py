"""One request at a time, as the driver would send it, with its answer."""

import json
import socket
from typing import Any

import httptools

SECONDS = 600  # a batch on a busy machine


class NotWanted(RuntimeError):
    """An answer with another status than the one that is measured."""


class _Answer:
    def __init__(self) -> None:
        self.body, self.done = b"", False

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.done = True


def ask(port: int, request: str, *statuses: int) -> Any:
    """The answer's JSON.

    Raises:
        NotWanted: another status than these.
    """
    answer = _Answer()
    parser = httptools.HttpResponseParser(answer)
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as connection:
        connection.sendall(request.encode("latin-1"))
        while not answer.done and (data := connection.recv(65536)):
            parser.feed_data(data)
    status = parser.get_status_code()
    if status not in statuses:
        raise NotWanted(f"{request.splitlines()[0]}: {status} {answer.body[:1000].decode(errors='replace')}")
    return json.loads(answer.body)
