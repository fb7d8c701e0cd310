"""The parts of which the sections of an annual report are made: texts, facts, tables and notes."""

from collections.abc import Sequence
from typing import Any

Block = dict[str, Any]
Cell = dict[str, Any]

NOT_TOLD = "not told"


def said(label: str | None, text: Sequence[str]) -> list[Block]:
    """A text of some paragraphs, with a label or without; nothing where there are none."""
    return [{"kind": "text", "label": label, "text": list(text)}] if text else []


def note(text: str) -> Block:
    """A remark on what stands above it."""
    return {"kind": "note", "text": text}


def headed(title: str) -> Block:
    """A heading within a section."""
    return {"kind": "heading", "title": title}


def cell(text: str, tone: str | None = None) -> Cell:
    """A cell; with a tone it is shown as a badge."""
    return {"text": text, "tone": tone}


def table(caption: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Block:
    """A table. The first column is the widest."""
    return {"kind": "table", "caption": caption, "columns": list(columns), "rows": [list(each) for each in rows]}
