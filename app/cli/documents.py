"""The commands that write documents of what is in the code: the contract, who may do what."""

from pathlib import Path
from typing import Annotated

import typer

from app import contract
from app.cli.printing import console
from app.contract.access_matrix import render
from app.main import create_app
from app.settings import Settings

openapi = typer.Typer(help="The contract.", no_args_is_help=True)


@openapi.callback()
def group() -> None:
    """The contract."""


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
