"""Whether code that was written for one form of a public name still works with another one."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["model", "class", "field", "method", "function", "module", "name"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; `kind` as inspect describes it, `default` None where one must be given."""

    name: str
    kind: str = "positional or keyword"
    annotation: str | None = None
    default: str | None = None

    @property
    def required(self) -> bool:
        return self.default is None and not self.kind.startswith("variadic")


@dataclass(frozen=True, slots=True)
class Member:
    """A public name; `text` is its type or signature. A field is `required` when its class has no value for it."""

    kind: Kind
    text: str | None
    required: bool = False
    parameters: tuple[Parameter, ...] | None = None
    returns: str | None = None
    bases: tuple[str, ...] = ()

    @property
    def presence(self) -> str:
        """The word that tells whether a value must be given."""
        return "required" if self.required else "optional"


def breaks(old: Member, new: Member) -> bool:
    """Tell whether `new` may break code that used `old`.

    A parameter may accept more and an answer may promise more; a field must stay what it was. One more value among
    literals breaks nothing: the service may add values at any time, and the reader keeps those it does not know.
    """
    if old.kind != new.kind or _is_async(old) != _is_async(new) or (new.required and not old.required):
        return True
    if old.parameters is not None and new.parameters is not None:
        return _calls_break(old.parameters, new.parameters) or _narrower(old.returns, new.returns)
    if old.kind in ("field", "name"):
        return _types(old.text) - _types(new.text) != set() or _narrower(old.text, new.text)
    return not set(old.bases) <= set(new.bases)


def described(old: Member, new: Member) -> str | None:
    """Return in words how the call `new` differs from the call `old`; None where one of them is no call."""
    if old.parameters is None or new.parameters is None:
        return None
    known, named = ({one.name: one for one in parameters} for parameters in (old.parameters, new.parameters))
    words = [f"takes `{name}` no longer" for name in known if name not in named]
    for name, one in named.items():
        type_ = f": {one.annotation}" if one.annotation is not None else ""
        if name not in known:
            words.append(f"takes `{name}{type_}` now, {'required' if one.required else 'optional'}")
        elif one.annotation != known[name].annotation:
            words.append(f"takes `{name}{type_}` now (`{known[name].annotation}` before)")
        elif one.required != known[name].required:
            words.append(f"{'needs' if one.required else 'no longer needs'} `{name}`")
    if old.returns != new.returns:
        words.append(f"gives `{new.returns}` now (`{old.returns}` before)")
    return "; ".join(words) or "is called in another way now"


def _is_async(member: Member) -> bool:
    return member.parameters is not None and (member.text or "").startswith("async ")


def _calls_break(old: tuple[Parameter, ...], new: tuple[Parameter, ...]) -> bool:
    named = {one.name: one for one in new}
    places = [[one.name for one in group if one.kind.startswith("positional")] for group in (old, new)]
    known = {one.name for one in old}
    return (
        places[0] != places[1][: len(places[0])]
        or any(one.name not in named or _parameter_breaks(one, named[one.name]) for one in old)
        or any(one.required and one.name not in known for one in new)
    )


def _parameter_breaks(old: Parameter, new: Parameter) -> bool:
    accepted = new.kind in (old.kind, "positional or keyword")
    fits = new.annotation in (None, "Any", old.annotation) or (
        old.annotation is not None and _types(old.annotation) <= _types(new.annotation)
    )
    return not accepted or not fits or (new.required and not old.required)


def _narrower(old: str | None, new: str | None) -> bool:
    """Whether a value of the type `new` may be something that a reader of `old` does not expect."""
    known = _types(old)
    added = _types(new) - known
    literal = any(one.startswith("Literal[") for one in known)
    return any(not (literal and one.startswith("Literal[")) for one in added)


def _types(text: str | None) -> set[str]:
    """The members of a union, each value of a Literal by itself."""
    return set(_members(ast.parse(text or "None", mode="eval").body))


def _members(node: ast.expr) -> list[str]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return [*_members(node.left), *_members(node.right)]
    if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Literal":
        values = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        return [f"Literal[{ast.unparse(value)}]" for value in values]
    return [ast.unparse(node)]
