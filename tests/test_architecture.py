"""Which way the arrows point, and what an import may load."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import bookit_async

from .import_graph import circle, import_graph

PACKAGE = Path(bookit_async.__file__).parent
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "_generated" not in path.parts)

# A module may import those of its own layer's level and below. What is not here is a mistake.
LAYERS = [
    {"version", "hidden", "scalars", "secret_rules", "spelling", "times", "extras"},
    {"transports"},
    {"errors", "settings", "fittings"},
    {"views", "spoken_times"},
    {"exchange"},
    {"once"},
    {"legacy", "flows"},
    {"client"},
    {"loops"},
    {"__init__"},
    {"sandbox"},
    {"desk"},
    {"web"},
    {"durable", "doctor", "record"},
    {"fastapi_router"},
    {"mcp"},
    {"testing"},
    {"vendor"},
    {"cli"},
]
LEVELS = {name: level for level, names in enumerate(LAYERS) for name in names}
HTTP_LIBRARIES = {"aiohttp", "fastapi", "httpx", "httpcore", "starlette", "uvicorn", "requests", "urllib3"}
KNOW_ONE = {"transports", "sandbox", "web", "fastapi_router", "mcp"}


def layer(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports(path: Path) -> frozenset[str]:
    """The modules that a file imports when it runs, `bookit_async` ones in full."""
    found: set[str] = set()
    package = ("bookit_async", *path.relative_to(PACKAGE).parts[:-1])
    for node in ast.walk(_without_type_checking(tree(path))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            found.add(".".join((*base, *([node.module] if node.module else []))))
    return frozenset(found)


def _without_type_checking(module: ast.Module) -> ast.Module:
    body = [
        node
        for node in module.body
        if not (isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING")
    ]
    return ast.Module(body, module.type_ignores)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_arrows_point_one_way(path: Path) -> None:
    level = LEVELS[layer(path)]
    for name in imports(path):
        parts = name.split(".")
        if parts[0] != "bookit_async" or parts[1:2] == ["_generated"]:
            continue
        target = parts[1] if len(parts) > 1 else "__init__"
        if (layer(path), name) == ("errors", "bookit_async.views.pending"):
            continue  # the one exception: an error carries a pending booking, and reads it when it is asked for
        assert LEVELS[target] <= level, f"{layer(path)} must not import {target}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_transports_and_what_serves_know_an_http_library(path: Path) -> None:
    if layer(path) not in KNOW_ONE:
        assert not {name.split(".")[0] for name in imports(path)} & HTTP_LIBRARIES


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_inside_the_package_are_relative_so_that_it_can_be_vendored(path: Path) -> None:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            assert not (node.module or "").startswith("bookit_async")
        if isinstance(node, ast.Import):
            assert not any(alias.name.startswith("bookit_async") for alias in node.names)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_are_named_after_what_they_are_about(path: Path) -> None:
    assert path.stem not in {"utils", "helpers", "common", "misc", *HTTP_LIBRARIES}


def test_the_sandbox_knows_nothing_of_the_client_so_that_they_cannot_share_a_mistake() -> None:
    known = {
        one
        for name, imported in import_graph(PACKAGE).items()
        if name.partition(".")[0] == "sandbox"
        for one in imported
        if one.partition(".")[0] not in ("sandbox", "_generated")
    }
    assert known <= {"extras", "transports"}  # of transports what a request is, and nothing that sends one


@pytest.mark.subprocess
@pytest.mark.parametrize(
    ("statement", "more"),
    [("import bookit_async", {"asyncio", "attrs"}), ("from bookit_async import BookIt", set[str]())],
)
def test_importing_the_package_loads_no_http_library(statement: str, more: set[str]) -> None:
    unwanted = {*HTTP_LIBRARIES, "pydantic", "dateutil", "dbos", "sqlalchemy", "psycopg", "mcp", "mcp_types", *more}
    code = f"import sys; {statement}; print({unwanted!r} & {{name.split('.')[0] for name in sys.modules}})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert run.stdout.strip() == "set()"


def test_no_imports_go_in_a_circle_when_they_run() -> None:
    graph = {
        name: imported - {"views.pending"} if name == "errors" else imported
        for name, imported in import_graph(PACKAGE).items()
        if not name.startswith("_generated")
    }
    assert circle(graph) == []


def test_objects_are_composed_with_one_step_of_inheritance_at_most() -> None:
    ours: dict[str, list[str]] = {}
    for path in MODULES:
        if layer(path) == "errors" or path.name == "models.py":
            continue  # one tree of errors is the point of it, and request bodies of the router share their fields
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ClassDef):
                ours[node.name] = [base.id for base in node.bases if isinstance(base, ast.Name)]
    deep = [
        f"{name} -> {base}"
        for name, bases in ours.items()
        for base in bases
        if any(b in ours for b in ours.get(base, []))
    ]
    assert deep == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nobody_touches_what_is_private_to_another_object(path: Path) -> None:
    private = [
        f"{node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute)
        and node.attr.startswith("_")
        and not node.attr.startswith("__")
        and not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls", "copy", "other"))
    ]
    assert private == []
