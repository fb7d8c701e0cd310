"""The rules of the house that no linter knows."""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from app.logs import PERSONAL

ROOT = Path(__file__).parents[1]
APP = sorted((ROOT / "app").rglob("*.py"))
BENCHMARKS = (path for path in (ROOT / "benchmarks").rglob("*.py") if not {".venv", ".directus"} & {*path.parts})
SOURCES = [*APP, *sorted((ROOT / "tests").rglob("*.py")), *sorted(BENCHMARKS)]
ROUTERS = [path for path in APP if path.parent.name == "routers" and path.name != "__init__.py"]
DOMAIN = [path for path in APP if "domain" in path.relative_to(ROOT).parts]

MODULE_LINES = 300
FUNCTION_LINES = 25
HANDLER_LINES = 12
METHODS = {"get", "put", "post", "patch", "delete"}
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}

Function = ast.FunctionDef | ast.AsyncFunctionDef

# Longer than the rule, each for a reason.
LONG_FUNCTIONS: dict[str, str] = {}


@cache
def tree(path: Path) -> ast.Module:
    """The syntax of a source file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def place(path: Path, node: ast.AST | None = None) -> str:
    """Where a fault is, for the reader of a failure."""
    where = str(path.relative_to(ROOT))
    return f"{where}:{node.lineno}" if isinstance(node, ast.stmt | ast.expr) else where


def functions(path: Path) -> Iterator[Function]:
    """Every function of a file, at any depth."""
    return (node for node in ast.walk(tree(path)) if isinstance(node, Function))


def is_handler(function: Function) -> bool:
    """Whether a router serves it."""
    calls = (each.func for each in function.decorator_list if isinstance(each, ast.Call))
    return any(isinstance(call, ast.Attribute) and call.attr in METHODS for call in calls)


def handlers() -> Iterator[tuple[Path, Function]]:
    """Every handler."""
    return ((path, each) for path in ROUTERS for each in functions(path) if is_handler(each))


def lines(function: Function) -> int:
    """The lines of a function's body, its docstring apart."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def imports(path: Path) -> Iterator[tuple[ast.stmt, str]]:
    """What a file imports, by the names of modules."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node, each.name) for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node, node.module or ""
            yield from ((node, f"{node.module}.{each.name}") for each in node.names)


def test_there_is_something_to_look_at() -> None:
    assert len(list(handlers())) > 40
    assert len(APP) > 100
    assert len(DOMAIN) > 20


def test_a_handler_is_no_longer_than_a_glance() -> None:
    found = [f"{place(path, each)} {each.name}: {lines(each)}" for path, each in handlers()]
    assert [each for each in found if int(each.rsplit(" ", 1)[1]) > HANDLER_LINES] == []


def test_a_handler_decides_nothing() -> None:
    banned = ast.If | ast.IfExp | ast.Try | ast.Match | ast.While
    faults = [
        f"{place(path, node)} {handler.name}: {type(node).__name__}"
        for path, handler in handlers()
        for node in ast.walk(handler)
        if isinstance(node, banned)
    ]
    assert faults == []


def test_a_router_neither_commits_nor_takes_back() -> None:
    ends = {"commit", "rollback", "begin", "begin_nested"}
    calls = ((path, node) for path in ROUTERS for node in ast.walk(tree(path)) if isinstance(node, ast.Call))
    assert [
        place(path, call) for path, call in calls if isinstance(call.func, ast.Attribute) and call.func.attr in ends
    ] == []


def test_routers_do_not_import_each_other() -> None:
    assert [
        place(path, node) for path in ROUTERS for node, name in imports(path) if name.startswith("app.routers")
    ] == []


def test_the_domain_imports_the_standard_library_and_itself_alone() -> None:
    known = sys.stdlib_module_names
    assert [
        f"{place(path, node)}: {name}"
        for path in DOMAIN
        for node, name in imports(path)
        if name.split(".")[0] not in known
        and name.split(".")[:2] != ["app", "domain"]
        and name not in ("app", "app.domain")
    ] == []


def test_a_module_is_no_longer_than_can_be_read_at_once() -> None:
    found = [(len(path.read_text(encoding="utf-8").splitlines()), place(path)) for path in APP]
    assert [f"{where}: {length}" for length, where in found if length > MODULE_LINES] == []


def test_a_function_is_no_longer_than_can_be_kept_in_mind() -> None:
    found = {f"{place(path)} {each.name}": lines(each) for path in APP for each in functions(path)}
    long = {name: length for name, length in found.items() if length > FUNCTION_LINES}
    assert {name: length for name, length in long.items() if name not in LONG_FUNCTIONS} == {}
    assert [name for name in LONG_FUNCTIONS if name not in long] == [], "no longer long: take it off the list"


def test_a_module_says_in_one_sentence_what_it_knows() -> None:
    told = {place(path): ast.get_docstring(tree(path)) or "" for path in SOURCES if path.read_text(encoding="utf-8")}
    assert [name for name, text in told.items() if not is_sentence(text)] == []


def is_sentence(text: str) -> bool:
    """Whether a text is one sentence in one paragraph."""
    body = " ".join(text.split())
    return body.endswith((".", "?")) and "\n\n" not in text and not any(end in body for end in (". ", "? ", "! "))


def test_everything_public_says_what_it_is() -> None:
    faults = [
        f"{place(path, node)} {node.name}"
        for path in APP
        for node in public(tree(path))
        if ast.get_docstring(node) is None and not (isinstance(node, Function) and is_handler(node))
    ]
    assert faults == []


def is_protocol(node: ast.ClassDef) -> bool:
    """Whether a class only says what others have, which its own docstring explains."""
    return any(isinstance(base, ast.Name) and base.id == "Protocol" for base in node.bases)


def public(holder: ast.Module | ast.ClassDef) -> Iterator[ast.ClassDef | Function]:
    """The public classes and functions of a module, and the public methods of those classes."""
    for node in holder.body:
        if isinstance(node, ast.ClassDef | Function) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef) and not is_protocol(node):
                yield from public(node)


def logged(path: Path) -> Iterator[ast.Call]:
    """The calls of a file that write to the log."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS:
            named = node.func.value
            if isinstance(named, ast.Name) and named.id in ("log", "logger", "_log", "logging"):
                yield node


def test_no_line_of_the_log_names_what_is_personal() -> None:
    calls = [(path, call) for path in APP for call in logged(path)]
    assert calls
    for path, call in calls:
        assert not {each.arg for each in call.keywords} & PERSONAL, place(path, call)
        assert all(isinstance(each, ast.Constant) for each in call.args), (
            f"{place(path, call)}: an event is a plain word"
        )


@pytest.mark.parametrize(
    ("text", "expected"), [("One.", True), ("Is it?", True), ("One. Two.", False), ("One", False), ("A.\n\nB.", False)]
)
def test_a_sentence_is_told_from_several(text: str, *, expected: bool) -> None:
    assert is_sentence(text) == expected
