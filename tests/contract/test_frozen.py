"""The frozen documents are what the routes make, valid, and their operations keep their names."""

import json
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator, validate

from app import contract
from app.cli.documents import export
from app.main import create_app
from app.settings import Settings

OPENAPI = Path(__file__).parents[2] / "openapi"
NAMES = Path(__file__).with_name("operation_ids.txt")


@pytest.mark.parametrize("name", ["v1.json", "v1.3.0.json"])
def test_the_frozen_document_is_what_the_routes_make(name: str, tmp_path: Path) -> None:
    export(tmp_path)
    same = (OPENAPI / name).read_bytes() == (tmp_path / name).read_bytes()
    assert same, f"openapi/{name} differs from the routes: run `apqa openapi export`, and read the difference"


def test_the_frozen_documents_are_valid(frozen: dict[str, Any]) -> None:
    validate(frozen, cls=OpenAPIV31SpecValidator)
    validate(json.loads((OPENAPI / "v1.3.0.json").read_text(encoding="utf-8")), cls=OpenAPIV30SpecValidator)


def test_a_document_is_the_same_wherever_it_is_exported(document: dict[str, Any], monkeypatch: Any) -> None:
    monkeypatch.setenv("APQA_PUBLIC_URL", "https://elsewhere.example")
    told = create_app(Settings()).openapi()
    assert told["servers"][0]["url"] == "https://elsewhere.example"
    assert told | {"servers": document["servers"]} == document


def test_every_operation_keeps_its_name(document: dict[str, Any]) -> None:
    named = sorted(
        f"{each['operationId']} {method.upper()} {path}" for path, method, each in contract.operations(document)
    )
    known = NAMES.read_text(encoding="utf-8").splitlines()
    assert named == known, f"write the names into {NAMES.name} if the change is meant: clients call by them"
