"""The house keeps its shape: imports go one way, files and functions stay short enough to read."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted(path for top in ("server", "sync", "xlsforms") for path in (ROOT / top).rglob("*.py"))
MOST_LINES, MOST_FUNCTION_LINES = 320, 45
LOOKED_UP_NOT_READ = {"sync/core/problem.py"}  # a catalogue

MONGODB = ("pymongo", "bson", "gridfs")
# What each part may not import, by the beginning of the name
FORBIDDEN = {
    "sync/core": (
        "sync.store",
        "sync.pipeline",
        "sync.worker",
        "sync.rebuild",
        "xlsforms",
        "server",
        *MONGODB,
    ),
    "sync/store": ("sync.pipeline", "sync.worker", "sync.rebuild", "xlsforms", "server"),
    "sync": ("server", "xlsforms", "flask", "werkzeug"),
    "xlsforms": ("server", "flask", "werkzeug", "sync.pipeline", "sync.worker", "sync.rebuild"),
}
MAY_SPEAK_MONGODB = ("sync/store/", "server/accounts.py")
MAY_READ_THE_ENVIRONMENT = ("server/",)
MAY_ASK_THE_TIME = ("server/", "sync/worker.py")
CLOCKS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of everything a module imports, inside functions too."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Its lines without its docstring, which may be as long as it helps."""
    first = function.body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    docstring = (first.end_lineno or 0) - first.lineno + 1 if is_docstring else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


def is_under(name: str, prefixes: tuple[str, ...]) -> bool:
    return any(name == prefix or name.startswith(f"{prefix}.") for prefix in prefixes)


@pytest.mark.parametrize("part", FORBIDDEN)
def test_imports_go_one_way(part):
    wrong = [
        f"{name_of(path)}:{line} imports {name}"
        for path in MODULES
        if name_of(path).startswith(f"{part}/")
        for line, name in imported(path)
        if is_under(name, FORBIDDEN[part])
    ]
    assert wrong == []


def test_only_the_store_and_the_accounts_speak_to_mongodb():
    wrong = [
        f"{name_of(path)}:{line} imports {name}"
        for path in MODULES
        if not name_of(path).startswith(MAY_SPEAK_MONGODB)
        for line, name in imported(path)
        if is_under(name, MONGODB)
    ]
    assert wrong == []


def test_only_convert_and_the_survey_know_pyxform():
    knows = {name_of(path) for path in MODULES for _, name in imported(path) if is_under(name, ("pyxform",))}
    assert {path.split("/")[0] for path in knows} <= {"xlsforms"}


def test_only_the_server_reads_the_environment():
    wrong = [
        f"{name_of(path)}:{node.lineno}"
        for path in MODULES
        if not name_of(path).startswith(MAY_READ_THE_ENVIRONMENT)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    ]
    assert wrong == []


def test_only_the_server_and_the_worker_ask_what_time_it_is():
    wrong = [
        f"{name_of(path)}:{node.lineno}"
        for path in MODULES
        if not name_of(path).startswith(MAY_ASK_THE_TIME)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr) in CLOCKS
    ]
    assert wrong == []


def test_the_core_draws_no_random_numbers():
    # random.Random is what a caller may hand in.
    drawn = [
        f"{name_of(path)}:{node.lineno}"
        for path in MODULES
        if name_of(path).startswith("sync/core/")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "random"
        and node.attr != "Random"
    ]
    assert drawn == []


def test_the_core_reaches_nothing_outside():
    wrong = [
        f"{name_of(path)}:{line} imports {name}"
        for path in MODULES
        if name_of(path).startswith("sync/core/")
        for line, name in imported(path)
        if is_under(name, ("secrets", "uuid.uuid4", "os", "socket"))
    ]
    assert wrong == []


def test_no_module_is_too_long_to_read():
    long = {
        name_of(path): lines
        for path in MODULES
        if name_of(path) not in LOOKED_UP_NOT_READ
        and (lines := len(path.read_text(encoding="utf-8").splitlines())) > MOST_LINES
    }
    assert long == {}


def test_no_function_is_too_long_to_read():
    long = [
        f"{name_of(path)}:{node.lineno} {node.name} has {lines} lines"
        for path in MODULES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := lines_of(node)) > MOST_FUNCTION_LINES
    ]
    assert long == []
