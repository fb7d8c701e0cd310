"""The faults of an import as a file for whoever sent it: where each is, never what stands there."""

import csv
from collections.abc import Iterable
from io import StringIO

from app.db.imports import ImportFault

HEADER = ("row", "external_id", "code", "column", "pointer", "detail")


def faults_csv(faults: Iterable[ImportFault]) -> str:
    """One line for each fault. `row` counts as a spreadsheet does, the header of the file sent being row 1."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER)
    for each in faults:
        told = (each.row_number, each.external_id, each.code, each.header, each.pointer, each.detail)
        writer.writerow(map(_plain, told))
    return text.getvalue()


def _plain(value: object) -> object:
    """What no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@")) else value
