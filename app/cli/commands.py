"""The commands of `apqa`: one for each thing an operator does."""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group

# Each command's module, what it is called there, and what it does. A command is imported when it is given: most need a
# part of the service alone, and help needs nothing of it.
COMMANDS = {
    "migrate": ("migrating", "migrate", "Prepare the database: the role that serves, and the migrations."),
    "serve": ("serving", "serve", "Serve the API."),
    "settings": ("listing", "list_settings", "Print every setting, as the Markdown table of docs/settings.md."),
    "token": ("access", "token", "Print a development token for an organisation."),
    "check": ("checks", "check", "Check every provider against the registration thresholds."),
    "demo": ("demo", "demo", "Start everything: database, migrations, demo county, service."),
    "organisation": ("access", "organisation", "Organisations."),
    "client": ("access", "client", "Machine clients."),
    "openapi": ("documents", "openapi", "The contract."),
    "gias": ("gias", "app", "The register of establishments (GIAS)."),
    "placements": ("placements", "app", "Placements."),
}


class Commands(TyperGroup):
    """The commands by name, each imported when it is to be run."""

    def __init__(self, **attributes: Any) -> None:
        """Until then each is its name and what it does."""
        named = {name: TyperCommand(name, help=told) for name, (_, _, told) in COMMANDS.items()}
        super().__init__(**attributes | {"commands": named})

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The command that is named, imported."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, imported(name) if name else command, rest


def imported(name: str) -> Any:
    """A command, or a group of them."""
    module, attribute, _ = COMMANDS[name]
    found = getattr(import_module(f"app.cli.{module}"), attribute)
    if isinstance(found, typer.Typer):
        return get_group(found)
    alone = typer.Typer(add_completion=False, pretty_exceptions_show_locals=False)
    alone.command(name)(found)
    return get_command(alone)


app = typer.Typer(
    name="apqa",
    help="Quality assurance of alternative provision: the service and its upkeep. Settings are read from APQA_*.",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
app.callback()(lambda: None)
