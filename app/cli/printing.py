"""Where commands print what is more than a line: standard output and standard error, as a terminal can show it."""

from rich.console import Console

console = Console()
problems = Console(stderr=True)
