"""What the service counts and times, for Prometheus."""

import os

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

CONTENT_TYPE = CONTENT_TYPE_LATEST
registry = REGISTRY

REQUESTS = Histogram(
    "http_server_request_duration_seconds",
    "Time to answer, by the template of the route.",
    labelnames=("route", "method", "status_class"),
    registry=registry,
)


def render() -> bytes:
    """Every metric in the Prometheus text format; over all workers where `PROMETHEUS_MULTIPROC_DIR` is set."""
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return generate_latest(registry)
    everyone = CollectorRegistry()
    MultiProcessCollector(everyone)  # type: ignore[no-untyped-call]
    return generate_latest(everyone)
