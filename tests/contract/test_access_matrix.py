"""The access matrix in docs is the one that the code makes."""

from pathlib import Path

import pytest

from app.contract.access_matrix import render, words
from app.domain.access import ALWAYS, NEVER, Clause, Mine, MineAmong, MyArea, Only
from app.main import create_app
from app.settings import Settings

PAGE = Path(__file__).parents[2] / "docs" / "access-matrix.md"


def test_the_page_is_what_the_code_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(create_app(Settings())), "run `apqa openapi export`"


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        (ALWAYS, "all"),
        (NEVER, "none"),
        (Mine("owner_id") | MineAmong("shared_with_ids"), "own by `owner_id` or named in `shared_with_ids`"),
        (MyArea("la_code") & Only("view", ("full", "own")), "in its area by `la_code` and with `view` full or own"),
        (Mine("a") & (Mine("b") | Mine("c")), "own by `a` and (own by `b` or own by `c`)"),
    ],
)
def test_a_clause_reads_aloud(clause: Clause, expected: str) -> None:
    assert words(clause) == expected


def test_the_page_tells_who_may_do_an_act_and_what_needs_no_permission() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert "| `create_placement` | placements:write | contributor | contributor | – | contributor |" in text
    assert "| `/v1/me` GET | `get_me` | – | any member | any member | any member | any member |" in text
    assert "| `/livez` GET | `get_livez` | – | anyone | anyone | anyone | anyone |" in text
