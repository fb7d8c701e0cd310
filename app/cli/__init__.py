"""`apqa`: one command for each thing an operator does."""

from pathlib import Path
from typing import Annotated

import typer

from app import contract
from app.cli import access, checks, demo, gias, placements
from app.cli.context import console, reachable, run, settings
from app.cli.serving import ensure_safe, listen
from app.contract.access_matrix import render
from app.db.prepare import prepare
from app.main import create_app
from app.settings import Settings, table

Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[int, typer.Option(help="Port to listen on.")]
Workers = Annotated[int, typer.Option(min=1, help="Worker processes.")]

app = typer.Typer(
    name="apqa",
    help="Quality assurance of alternative provision: the service and its upkeep. Settings are read from APQA_*.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
openapi = typer.Typer(help="The contract.", no_args_is_help=True)
app.add_typer(access.organisation, name="organisation")
app.add_typer(access.client, name="client")
app.add_typer(openapi, name="openapi")
app.add_typer(gias.app, name="gias")
app.add_typer(placements.app, name="placements")
app.command("token")(access.token)
app.command("check")(checks.check)
app.command("demo")(demo.demo)


@app.command()
def migrate() -> None:
    """Prepare the database: the role that serves, and the migrations. Safe to repeat."""
    with reachable(settings()) as found:
        run(prepare(found))
    console.print("The database is at head.")


@app.command()
def serve(host: Host = "127.0.0.1", port: Port = 8000, workers: Workers = 1) -> None:
    """Serve the API. The embedded database, where there is no other, runs as long as the service."""
    with reachable(settings()) as found:
        run(ensure_safe(found))
        listen(found, host, port, workers)


@app.command("settings")
def list_settings() -> None:
    """Print every setting, as the Markdown table of docs/settings.md."""
    typer.echo(table(), nl=False)


@openapi.command("export")
def export(
    folder: Annotated[Path, typer.Argument(help="Where to write v1.json and v1.3.0.json.")] = Path("openapi"),
) -> None:
    """Write the contract, in OpenAPI 3.1 and in 3.0.3, and in a checkout the page of who may do what."""
    folder.mkdir(parents=True, exist_ok=True)
    service = create_app(Settings(public_url=Settings.model_fields["public_url"].default))
    document = service.openapi()
    (folder / "v1.json").write_text(contract.dump(document), encoding="utf-8")
    (folder / "v1.3.0.json").write_text(contract.dump(contract.down_convert(document)), encoding="utf-8")
    matrix = folder.parent / "docs" / "access-matrix.md"
    if matrix.exists():
        matrix.write_text(render(service), encoding="utf-8")
    console.print(f"Wrote {folder / 'v1.json'} and {folder / 'v1.3.0.json'}.")


def main() -> None:
    """Entry point of `apqa`."""
    app()
