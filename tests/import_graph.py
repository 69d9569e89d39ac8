"""Which modules of a package import which when they run: from their sources, without importing them."""

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path


def import_graph(folder: Path) -> dict[str, set[str]]:
    """Return every module below a package's folder with the modules of it that its run imports, in functions too.

    Names are relative to the folder, such as `world.calendar`; a package is its `__init__`: `world`, and `` for the
    folder itself. What stands under `if TYPE_CHECKING:` never runs. Importing a module runs the packages around it
    first, but not those that the importing module lies in itself: they are running already.
    """
    modules = {_name(path.relative_to(folder)): path for path in folder.rglob("*.py")}
    graph: dict[str, set[str]] = {}
    for name, path in modules.items():
        package = _parts(name) if path.stem == "__init__" else _parts(name)[:-1]
        around = {".".join(package[:length]) for length in range(len(package) + 1)}
        found = set(_imported(path, package, modules))
        found |= {".".join(_parts(one)[:length]) for one in found for length in range(len(_parts(one)))} - around
        graph[name] = found - {name}
    return graph


def circle(graph: Mapping[str, set[str]]) -> list[str]:
    """Return one circle of the graph, its first module again at the end; empty without any."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


def _name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _parts(name: str) -> list[str]:
    return name.split(".") if name else []


def _imported(path: Path, package: list[str], modules: Mapping[str, Path]) -> Iterator[str]:
    for node in _running(ast.parse(path.read_text(encoding="utf-8"))):
        # What reaches above the folder, with more dots than it is deep, is of no interest here.
        if isinstance(node, ast.ImportFrom) and 0 < node.level <= len(package) + 1:
            base = [*package[: len(package) + 1 - node.level], *_parts(node.module or "")]
            for alias in node.names:
                inside = ".".join((*base, alias.name))
                yield inside if inside in modules else ".".join(base)


def _running(tree: ast.AST) -> Iterator[ast.AST]:
    yield tree
    for child in ast.iter_child_nodes(tree):
        if not (isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING"):
            yield from _running(child)
