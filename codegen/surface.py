"""The public Python surface of code, read with griffe without importing it."""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import griffe

from codegen.compatibility import Kind, Member, Parameter, breaks, described
from codegen.contract import Change

_VARIADIC = {griffe.ParameterKind.var_positional: "*", griffe.ParameterKind.var_keyword: "**"}


@dataclass(frozen=True, slots=True)
class SurfaceChange(Change):
    """A difference of two surfaces; `breaking` when code that used the old one may fail with the new one.

    `detail` says in words what changed about a call.
    """

    breaking: bool = False
    detail: str | None = None


def surface(folder: Path) -> dict[str, Member]:
    """Return the public names of the generated package in `folder` by dotted path; nothing of it is executed.

    Where it has a class `client.Api`, that and the models are what users see: its methods are named `client.api.…`, the
    models `models.…`, and the modules behind them are left out.
    """
    found: dict[str, Member] = {}
    _collect(cast("griffe.Module", _loaded(folder.name, folder.parent)), found, below="")
    if "client.Api" not in found:
        return found
    shown = {re.sub(r"^models\.\w+\.", "models.", path): member for path, member in found.items()}
    shown = {path.replace("client.Api.", "client.api."): member for path, member in shown.items()}
    return {path: member for path, member in shown.items() if re.match(r"client\.api\.[a-z]\w*$|models\.", path)}


def exports(folder: Path, modules: Iterable[str]) -> dict[str, Member]:
    """Return what the `__all__` of the package in `folder`, and of those of `modules` that it has, promises by path."""
    loaded = _loaded(folder.name, folder.parent)
    found: dict[str, Member] = {}
    for module in ("", *(name for name in modules if name in loaded.members)):
        node = loaded if not module else loaded[module]
        for name in sorted(str(one) for one in node.exports or ()):
            if name in node.members and not _is_module(node[name]):
                _add(node[name], f"{module}.{name}".lstrip("."), found)
    known = {path.rpartition(".")[2] for path, member in found.items() if member.kind == "class"}
    return {path: _with_bases(member, known | set(dir(builtins))) for path, member in found.items()}


def changes(old: dict[str, Member], new: dict[str, Member]) -> list[SurfaceChange]:
    """Return the names removed, changed and added; a class or module that is new or gone is told once."""
    found: list[SurfaceChange] = []
    for path, member in old.items():
        if path not in new:
            if path.rpartition(".")[0] not in old.keys() - new.keys():
                found.append(SurfaceChange("removed", member.kind, path, before=member.text, breaking=True))
        elif new[path] != member:
            breaking = breaks(member, new[path])
            before, after = member.text, new[path].text
            if before == after:
                before, after = f"{before}, {member.presence}", f"{after}, {new[path].presence}"
            detail = described(member, new[path])
            found.append(SurfaceChange("changed", member.kind, path, before, after, breaking=breaking, detail=detail))
    for path, member in new.items():
        if path not in old and path.rpartition(".")[0] not in new.keys() - old.keys():
            owner = new.get(path.rpartition(".")[0])
            breaking = member.required and owner is not None and owner.kind == "model"
            found.append(SurfaceChange("added", member.kind, path, after=member.text, breaking=breaking))
    return found


def _with_bases(member: Member, known: set[str]) -> Member:
    """A base that nobody can import is no promise."""
    bases = tuple(base for base in member.bases if base in known)
    return replace(member, bases=bases, text=", ".join(bases)) if member.kind == "class" else member


def _loaded(package: str, below: Path) -> griffe.Object | griffe.Alias:
    # a folder of that name below the working directory would be taken first
    return griffe.load(package, search_paths=[below], allow_inspection=False, try_relative_path=False)


def _is_module(node: griffe.Object | griffe.Alias) -> bool:
    return (node.final_target if isinstance(node, griffe.Alias) else node).is_module


def _collect(module: griffe.Module, found: dict[str, Member], *, below: str) -> None:
    for name in sorted(module.members):
        member = module.members[name]
        if member.is_alias or name.startswith("_"):
            continue
        path = f"{below}{name}"
        if isinstance(member, griffe.Module):
            # a model's module is no news beside the model
            if not path.startswith("models."):
                found[path] = Member("module", None)
            _collect(member, found, below=f"{path}.")
        else:
            _add(member, path, found)


def _add(node: griffe.Object | griffe.Alias, path: str, found: dict[str, Member], *, inside: bool = False) -> None:
    target = node.final_target if isinstance(node, griffe.Alias) else node
    if isinstance(target, griffe.Function):
        found[path] = _callable("method" if inside else "function", target)
    elif isinstance(target, griffe.Class):
        bases = tuple(dict.fromkeys([*(one.name for one in target.mro()), *(str(base) for base in target.bases)]))
        found[path] = Member("model" if path.startswith("models.") else "class", None, bases=bases)
        for name in sorted(target.all_members):
            if name == "__init__" or not name.startswith("_"):
                _add(target.all_members[name], f"{path}.{name}", found, inside=True)
    else:
        target = cast("griffe.Attribute", target)
        text = None if target.annotation is None else str(target.annotation)
        if not inside and text in (None, "TypeAlias"):
            # an alias of literals is a type, too
            text = None if target.value is None else str(target.value)
        found[path] = Member("field" if inside else "name", text, required=inside and target.value is None)


def _callable(kind: Kind, function: griffe.Function) -> Member:
    parameters = [
        Parameter(
            one.name,
            kind=one.kind.value if one.kind is not None else "positional or keyword",
            annotation=None if one.annotation is None else str(one.annotation),
            default=None if one.default is None or one.kind in _VARIADIC else str(one.default),
        )
        for one in function.parameters
    ]
    returns = None if function.returns is None else str(function.returns)
    is_async = "async" in function.labels
    text = f"{'async ' if is_async else ''}({_listed(parameters)}){'' if returns is None else f' -> {returns}'}"
    return Member(kind, text, parameters=tuple(parameters), returns=returns)


def _listed(parameters: list[Parameter]) -> str:
    words: list[str] = []
    for parameter in parameters:
        if parameter.kind == "keyword-only" and not any(one.startswith("*") for one in words):
            words.append("*")
        annotation = f": {parameter.annotation}" if parameter.annotation is not None else ""
        default = f" = {parameter.default}" if parameter.default is not None else ""
        star = {"variadic positional": "*", "variadic keyword": "**"}.get(parameter.kind, "")
        words.append(f"{star}{parameter.name}{annotation}{default}")
    return ", ".join(words)
