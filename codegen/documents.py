"""Reading YAML and JSON documents strictly, and writing them always the same way."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn, TypeAlias, cast
from urllib.parse import unquote

import yaml

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
"""What a document is made of: YAML read as JSON, so keys are strings and a date stays the text it was."""

JsonObject: TypeAlias = dict[str, Json]

PROSE = frozenset(("summary", "description", "title", "externalDocs"))
"""The keys that hold words for people; what they say promises nothing."""

_TRUE = ("true", "True", "TRUE")
_CORE_SCHEMA = {
    "merge": ("<<", ["<"]),
    "null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    "bool": (r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    "int": (r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    "float": (
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        list("-+.0123456789"),
    ),
}


_DEEPEST = 100
"""How many mappings and lists a document may nest: what reads it afterwards needs several calls for each."""

_LARGEST = 64_000_000
"""How large a document may be once its aliases are expanded: its characters, and as many again for each value as it
takes to hold one. The largest documents that are published take a third of it."""

_A_VALUE = 32
_CONTAINERS = (dict, list)

_ODD_BREAK = re.compile("[\r\x85\u2028\u2029\ufeff]")
_SURROGATE = re.compile("[\ud800-\udfff]")


class UnusableInputError(Exception):
    """The input cannot be worked with; the message is one sentence with the file and the place."""


class _Loader(yaml.SafeLoader):
    """YAML 1.2 core schema and merge keys: no dates, no yes and no, and no key twice."""

    merged = 0

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Carry out the merge keys of `node`, each name once, as long as they stay within bounds."""
        for key, value in list(node.value):
            if key.tag.endswith(":merge"):
                for one in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                    if isinstance(one, yaml.MappingNode):
                        self.flatten_mapping(one)
                        self.merged += len(one.value)
        if self.merged * _A_VALUE > _LARGEST:
            raise ValueError(_too_large())
        super().flatten_mapping(node)
        node.value = list({key.value: (key, value) for key, value in node.value}.values())

    def compose_mapping_node(self, anchor: dict[Any, yaml.Node]) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag.rpartition(":")[2] not in ("str", "int", "merge"):
                raise yaml.constructor.ConstructorError(None, None, "a key that is not text", key.start_mark)
            if key.value in seen:
                problem = f"the key {key.value!r} stands twice in one mapping"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(key.value)
            key.tag = key.tag.replace(":int", ":str")
        return node


class _Dumper(yaml.SafeDumper):
    """Block style without anchors; texts that YAML 1.1 or 1.2 would read as something else are quoted."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the interface of PyYAML
        return True


class _IndentedDumper(_Dumper):
    """The same, with the elements of a list indented, as the published document has it."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - as above
        super().increase_indent(flow, indentless=False)


def _bool(_loader: yaml.SafeLoader, node: yaml.ScalarNode) -> bool:
    return node.value in _TRUE


def _int(_loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    prefix = node.value[:2]
    return int(node.value[2:], {"0o": 8, "0x": 16}[prefix]) if prefix in ("0o", "0x") else int(node.value)


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    if _ODD_BREAK.search(value):
        style = '"'  # PyYAML writes these breaks bare, and reads them as line feeds
    tag = "tag:yaml.org,2002:str"
    return dumper.represent_scalar(tag, value, style)  # pyright: ignore[reportUnknownMemberType] - untyped in stubs


_Loader.yaml_implicit_resolvers = {}
for _name, (_pattern, _first) in _CORE_SCHEMA.items():
    for _class in (_Loader, _Dumper):
        _class.add_implicit_resolver(  # pyright: ignore[reportUnknownMemberType] - untyped in PyYAML's stubs
            f"tag:yaml.org,2002:{_name}", re.compile(f"^(?:{_pattern})$"), _first
        )
_Loader.add_constructor("tag:yaml.org,2002:bool", _bool)
_Loader.add_constructor("tag:yaml.org,2002:int", _int)
_Dumper.add_representer(str, _text)


def load(path: Path) -> JsonObject:
    """Return the mapping that the YAML or JSON file at `path` holds, each alias expanded to a copy of its own.

    UTF-8 with or without a byte order mark, any line ends. Raises UnusableInputError for anything else.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise UnusableInputError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise UnusableInputError(f"{path}: is a directory, not a file") from None
    except OSError as error:
        raise UnusableInputError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise UnusableInputError(f"{path}: is not UTF-8 text (byte {error.start})") from None
    return parsed(text, name=str(path))


def parsed(text: str, *, name: str) -> JsonObject:
    """Return the mapping that `text`, called `name` in errors, holds: JSON where it is, or is called so, else YAML.

    Raises UnusableInputError.
    """
    return mapping(copied(_parsed(text, name)))


@lru_cache(maxsize=32)  # following a document reads each overlay several times
def _parsed(text: str, name: str) -> JsonObject:
    is_json = name.endswith(".json")
    language = "JSON" if is_json or text.lstrip().startswith("{") else "YAML"
    document: object = None
    try:
        if language == "JSON" and text.strip():
            try:
                document = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
            except json.JSONDecodeError:
                if is_json:
                    raise
                language = "YAML"  # which writes mappings like that, too
        if language == "YAML":
            document = yaml.load(text, Loader=_Loader)  # noqa: S506 - _Loader derives from SafeLoader
        found = _Plain().read(document, ())
    except (RecursionError, ValueError, yaml.YAMLError) as error:
        raise UnusableInputError(f"{name}: is not usable {language}: {_reason(error, text)}") from None
    if not isinstance(found, dict):
        kind = "empty" if found is None else "not a mapping"
        raise UnusableInputError(f"{name}: is {kind}; expected a document with keys and values")
    return found


def _reason(error: Exception, text: str) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply or refers to itself"
    if isinstance(error, json.JSONDecodeError):
        return f"line {error.lineno}, column {error.colno}: {error.msg}"
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        problem = error.problem or error.context or "unreadable"
        return place + (f"{error.context}, {problem}" if problem.startswith("but ") else problem)
    if isinstance(error, yaml.reader.ReaderError):
        line = text.count("\n", 0, error.position) + 1
        return f"line {line}: the character U+{ord(text[error.position]):04X} is not allowed"
    return str(error)


def load_openapi(path: Path, *, readable: bool = True) -> JsonObject:
    """Return the OpenAPI document at `path`, 3.0 or, unless it is to be `readable` by the generator, any 3.x.

    Raises UnusableInputError if it is anything else.
    """
    document = load(path)
    check_openapi(document, name=str(path), readable=readable)
    return document


def check_openapi(document: JsonObject, *, name: str, readable: bool = True) -> None:
    """Raise UnusableInputError unless `document`, called `name` there, looks like one of OpenAPI 3.0.

    Where it need not be `readable` by the generator, any 3.x will do, pre-releases too.
    """
    wanted = "3.0" if readable else "3.x"
    version = document.get("openapi")
    if version is None:
        raise UnusableInputError(f"{name}: is not an OpenAPI {wanted} document: the key 'openapi' is missing")
    if not isinstance(version, str) or not re.fullmatch(r"3\.0\.\d+" if readable else r"3\.\d+\.\d+(-.+)?", version):
        reads = (
            "this pipeline reads OpenAPI 3.0 only" if readable else "overlays are applied to OpenAPI 3.x, as '3.1.0'"
        )
        raise UnusableInputError(f"{name}: declares OpenAPI {version}; {reads}")
    if readable and not isinstance(document.get("paths"), dict):
        raise UnusableInputError(f"{name}: is not an OpenAPI 3.0 document: the mapping 'paths' is missing")


def dump(document: JsonObject, *, indented: bool = False) -> str:
    """Return `document` as YAML: block style, keys in their order, no wrapped lines, LF.

    `indented` moves the elements of lists in, as the published document has them.
    """
    dumper = _IndentedDumper if indented else _Dumper
    return yaml.dump(document, Dumper=dumper, sort_keys=False, allow_unicode=True, width=1_000_000, line_break="\n")  # pyright: ignore[reportUnknownMemberType]


def dump_json(document: JsonObject) -> str:
    """Return `document` as JSON, which every reader reads alike."""
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def copied(node: Json) -> Json:
    """Return a copy of `node` that shares nothing with it which can change."""
    if isinstance(node, dict):
        return {key: copied(one) if one.__class__ in _CONTAINERS else one for key, one in node.items()}
    if isinstance(node, list):
        return [copied(one) if one.__class__ in _CONTAINERS else one for one in node]
    return node


def mapping(node: Json) -> JsonObject:
    """Return `node` if it is a mapping, and otherwise an empty one."""
    return node if isinstance(node, dict) else {}


def pointer(way: Iterable[str | int]) -> str:
    """Return the JSON pointer of where some keys and indices lead, as a reference has it: `#/paths/~1v1`."""
    return "/".join(("#", *(str(part).replace("~", "~0").replace("/", "~1") for part in way)))


def at_pointer(document: Json, ref: str) -> Json:
    """Return what the JSON pointer `ref`, written as in a reference, leads to in `document`; None where nothing is."""
    node = document
    for part in ref.removeprefix("#").split("/")[1:]:
        key = unquote(part).replace("~1", "/").replace("~0", "~")
        if isinstance(node, list):
            node = node[int(key)] if key.isdecimal() and int(key) < len(node) else None
        else:
            node = mapping(node).get(key)
    return node


class _Plain:
    """Makes copies of values as JSON has them, all of them together within bounds."""

    def __init__(self) -> None:
        self._left = _LARGEST

    def read(self, node: object, way: tuple[str | int, ...]) -> Json:
        """Return a copy of `node`, which stands where `way` leads to. Raises ValueError, RecursionError."""
        if len(way) > _DEEPEST:
            raise RecursionError
        self._take(0)
        if isinstance(node, dict):
            named = cast("dict[object, object]", node).items()
            return {self._text(str(key), way): self.read(value, (*way, str(key))) for key, value in named}
        if isinstance(node, list):
            return [self.read(value, (*way, place)) for place, value in enumerate(cast("list[object]", node))]
        if isinstance(node, str):
            return self._text(node, way)
        if node is None or isinstance(node, int) or (isinstance(node, float) and math.isfinite(node)):
            return node
        what = str(node) if isinstance(node, float) else f"a value of type {type(node).__name__}"
        raise ValueError(f"{what} has no place in JSON")

    def _text(self, text: str, way: tuple[str | int, ...]) -> str:
        self._take(len(text))
        if _SURROGATE.search(text) is None:
            return text
        try:
            # YAML leaves the pairs that JSON writes for one character apart
            return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
        except UnicodeDecodeError:
            raise ValueError(f"half a surrogate pair, which is no character, at {pointer(way)}") from None

    def _take(self, characters: int) -> None:
        self._left -= _A_VALUE + characters
        if self._left < 0:
            raise ValueError(_too_large())


def _once(pairs: list[tuple[str, Json]]) -> JsonObject:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for place, (key, _) in enumerate(pairs) if any(key == one for one, _ in pairs[:place]))
        raise ValueError(f"the key {twice!r} stands twice in one object")
    return found


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} has no place in JSON")


def _too_large() -> str:
    return f"it is too large once its aliases are expanded: more than {_LARGEST // 1_000_000} million characters"
