"""The settings and their page."""

from pathlib import Path

from app.settings import table


def test_the_page_of_settings_is_what_the_code_says() -> None:
    page = (Path(__file__).parents[1] / "docs" / "settings.md").read_text(encoding="utf-8")
    assert page.endswith(table()), "write docs/settings.md anew with `apqa settings`"
