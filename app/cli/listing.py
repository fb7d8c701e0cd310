"""The command that lists what can be set."""

import typer

from app.settings import table


def list_settings() -> None:
    """Print every setting, as the Markdown table of docs/settings.md."""
    typer.echo(table(), nl=False)
