"""`apqa`, the operator's command."""

import gc

# What a command imports is many thousands of objects that stay: to look at them all, time and again while they come,
# takes a tenth of a start. A process that serves has thresholds of its own (`app.main`).
gc.set_threshold(50_000, 20, 100)


def main() -> None:
    """Entry point of `apqa`."""
    from app.cli.commands import app  # noqa: PLC0415 - what serves is of this package, and takes no commands

    try:
        app()
    finally:
        gc.freeze()  # else Python looks through all of it once more, only to end: half a second
