"""The public Python surface of generated code, read with griffe without importing it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import griffe

from codegen.contract import Change


@dataclass(frozen=True, slots=True)
class Member:
    """A public name: `kind` says model, field, method, function, module or name; `text` its type or signature."""

    kind: Literal["model", "class", "field", "method", "function", "module", "name"]
    text: str | None


def surface(folder: Path) -> dict[str, Member]:
    """Give the public names of the package in `folder` by dotted path; nothing of it is executed."""
    package = griffe.load(folder.name, search_paths=[folder.parent], allow_inspection=False)
    found: dict[str, Member] = {}
    _collect(package, found, below="")
    return found


def changes(old: dict[str, Member], new: dict[str, Member]) -> list[Change]:
    """Give the names removed, changed and added; a class or module that is new or gone is told once."""
    found: list[Change] = []
    for path, member in old.items():
        if path not in new:
            if path.rpartition(".")[0] not in old.keys() - new.keys():
                found.append(Change("removed", member.kind, path, before=member.text))
        elif new[path] != member:
            found.append(Change("changed", member.kind, path, before=member.text, after=new[path].text))
    for path, member in new.items():
        if path not in old and path.rpartition(".")[0] not in new.keys() - old.keys():
            found.append(Change("added", member.kind, path, after=member.text))
    return found


def _collect(node: griffe.Object | griffe.Alias, found: dict[str, Member], *, below: str) -> None:
    for name in sorted(node.members):
        member = node.members[name]
        if member.is_alias or (name.startswith("_") and name != "__init__"):
            continue
        path = f"{below}{name}"
        if isinstance(member, griffe.Function):
            found[path] = Member("method" if isinstance(node, griffe.Class) else "function", _signature(member))
        elif isinstance(member, griffe.Attribute):
            found[path] = Member("field" if isinstance(node, griffe.Class) else "name", _type(member))
        elif isinstance(member, griffe.Class):
            found[path] = Member("model" if path.startswith("models.") else "class", None)
            _collect(member, found, below=f"{path}.")
        else:
            # a model's module is no news beside the model
            if not path.startswith("models."):
                found[path] = Member("module", None)
            _collect(member, found, below=f"{path}.")


def _signature(function: griffe.Function) -> str:
    parameters: list[str] = []
    keyword_only = False
    for parameter in function.parameters:
        if parameter.kind is griffe.ParameterKind.keyword_only and not keyword_only:
            keyword_only = True
            parameters.append("*")
        annotation = f": {parameter.annotation}" if parameter.annotation is not None else ""
        default = f" = {parameter.default}" if parameter.default is not None else ""
        parameters.append(f"{parameter.name}{annotation}{default}")
    returns = f" -> {function.returns}" if function.returns is not None else ""
    return f"({', '.join(parameters)}){returns}"


def _type(attribute: griffe.Attribute) -> str | None:
    """The annotation, or the value itself where there is none: an alias of literals is a type, too."""
    type_ = attribute.annotation if attribute.annotation is not None else attribute.value
    return None if type_ is None else str(type_)
