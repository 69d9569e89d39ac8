"""What the templates can carry: all else is refused by its name, before the generator would drop or mangle it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from codegen import prose, schemas
from codegen.documents import Json, JsonObject, UnusableInputError, mapping
from codegen.operations import operations, parameters, resolved

_MOST = 5
_SCALARS = ("string", "integer", "number", "boolean")
_PASSED_OVER = ("accept", "content-type", "authorization", "x-api-key")
"""Header parameters that OpenAPI itself passes over, and the key, which every request has anyway."""
_OF_THE_CLIENT = (
    "accept-encoding",
    "connection",
    "content-length",
    "cookie",
    "host",
    "transfer-encoding",
    "user-agent",
)


def check(document: JsonObject, *, name: str) -> None:
    """Raise UnusableInputError that names what in the enriched `document`, called `name`, cannot be generated."""
    refuse(list(dict.fromkeys(_Support(document).problems())), name=name)


def refuse(found: Sequence[str], *, name: str) -> None:
    """Raise UnusableInputError that names what was `found` in the document called `name`, unless that is nothing."""
    if found:
        more = f"; and {len(found) - _MOST} more" if len(found) > _MOST else ""
        raise UnusableInputError(f"{name}: cannot be generated: {'; '.join(found[:_MOST])}{more}")


class _Support:
    def __init__(self, document: JsonObject) -> None:
        self._document = document
        self._seen = set[str]()

    def problems(self) -> Iterator[str]:
        for path, method, operation in operations(self._document):
            label = f"{method.upper()} {path}"
            for one in parameters(self._document, path, method):
                yield from self._parameter(label, one)
            if "requestBody" in operation:
                yield from self._request(label, self._resolved(operation["requestBody"]))
            yield from self._answers(label, mapping(operation.get("responses")))

    def _resolved(self, node: Json) -> JsonObject:
        return resolved(self._document, node)

    def _parameter(self, label: str, parameter: JsonObject) -> Iterator[str]:
        where, name = parameter.get("in"), parameter.get("name")
        words = f"{label} takes the {where} parameter {name}"
        if is_passed_over(parameter):
            return
        if where == "cookie":
            yield f"{words}, and no cookies are sent"
            return
        if where == "header" and str(name).lower() in _OF_THE_CLIENT:
            yield f"{words}, which is the client's own"
            return
        schema = self._resolved(parameter.get("schema"))
        types = self._types(schema)
        if where == "query" and types == {"array"}:
            types = self._types(self._resolved(schema.get("items")))
            if parameter.get("style", "form") != "form" or parameter.get("explode") is False:
                yield f"{words} in another style than a pair for each element"
        if not types or not types <= ({"string", "integer"} if where == "path" else {*_SCALARS}):
            yield f"{words}, which is neither text nor a number" + (" nor a list of them" if where == "query" else "")
        yield from self._enum(words, schema)

    def _request(self, label: str, body: JsonObject) -> Iterator[str]:
        content = mapping(body.get("content"))
        if [*content] != ["application/json"]:
            yield f"{label} takes {', '.join(content) or 'nothing'} as its body, and only application/json is sent"
            return
        if body.get("required") is not True:
            yield f"the body of {label} is optional, which a call cannot be"
        schema = mapping(mapping(content["application/json"]).get("schema"))
        if not self._is_model(self._resolved(schema)):
            yield f"the body of {label} must be an object with fields"
        yield from self._schema(f"the body of {label}", schema)

    def _answers(self, label: str, responses: JsonObject) -> Iterator[str]:
        kinds: list[JsonObject] = []
        for status, answer in responses.items():
            content = mapping(self._resolved(answer).get("content"))
            if status.startswith("2") and content:
                if "application/json" not in content:
                    yield f"{label} answers {', '.join(content)}, and only application/json is read"
                schema = mapping(mapping(content.get("application/json")).get("schema"))
                if schema and schema not in kinds:
                    kinds.append(schema)
                    yield from self._schema(f"the answer of {label}", schema)
        if len(kinds) > 1:
            yield f"{label} has answers of several kinds for a success"

    def _schema(self, label: str, node: JsonObject) -> Iterator[str]:
        if "$ref" in node:
            ref = str(node["$ref"])
            if ref in self._seen:
                return
            self._seen.add(ref)
            label = f"the schema {ref.rpartition('/')[2]}"
            node = self._resolved(node)
        words = schemas.in_the_way(node)
        if words is not None:
            yield f"{label}: {words}, beside fields"
        yield from self._enum(label, node)
        if "const" in node or node.get("format") == "binary":
            yield f"{label} is a constant or a file"
        yield from self._union(label, node)
        for kind, inner in (("list", node.get("items")), ("map", node.get("additionalProperties"))):
            if isinstance(inner, dict):
                if (kind == "list" or not node.get("properties")) and self._holds_more(inner):
                    yield f"{label} is a {kind} of lists, of maps or of several kinds"
                yield from self._schema(label, inner)
        for part in _listed(node.get("allOf")):
            yield from self._part(label, mapping(part))
        yield from self._fields(label, node)

    def _fields(self, label: str, node: JsonObject) -> Iterator[str]:
        fields = mapping(node.get("properties"))
        strict = node.get("x-direction") == "request"
        for name, field in fields.items():
            here = f"{name} of {label}"
            if strict and name in _listed(node.get("required")) and self._resolved(field).get("nullable") is True:
                yield f"{here} is required and may be null"
            yield from self._schema(here, mapping(field))

    def _part(self, label: str, part: JsonObject) -> Iterator[str]:
        inner = self._resolved(part)
        deeper = [one for key in ("allOf", "anyOf", "oneOf") for one in _listed(inner.get(key))]
        if "$ref" not in part and any(not schemas.only_limits(one) for one in deeper):
            yield f"{label} is put together from parts that are put together themselves"
        yield from self._schema(label, part)

    def _union(self, label: str, node: JsonObject) -> Iterator[str]:
        members = [one for key in ("anyOf", "oneOf") for one in _listed(node.get(key))]
        if not members or all(schemas.only_limits(one) and not self._is_none(one) for one in members):
            return
        kinds = [kind for one in members if not self._is_none(one) for kind in self._types(self._resolved(one)) or {""}]
        if "" in kinds or kinds.count("array") > 1 or (kinds.count("object") > 1 and not self._told_apart(node)):
            yield f"{label} is one of several kinds that cannot be told apart by a key that each requires for itself"
        for one in members:
            yield from self._schema(label, mapping(one)) if not self._is_none(one) else ()

    def _told_apart(self, node: JsonObject) -> bool:
        """Whether each of the objects requires a key that none of the others has."""
        fields = [self._fields_of(one) for one in self._alternatives(node) if "object" in self._types(one)]
        known = [{*names} for names in fields]
        return all(
            any(
                needed and not any(name in other for other in known if other is not known[place])
                for name, needed in names.items()
            )
            for place, names in enumerate(fields)
        )

    def _alternatives(self, node: JsonObject) -> Iterator[JsonObject]:
        for one in (one for key in ("anyOf", "oneOf") for one in _listed(node.get(key))):
            member = self._resolved(one)
            if "properties" not in member and any(_listed(member.get(key)) for key in ("anyOf", "oneOf")):
                yield from self._alternatives(member)
            elif not self._is_none(member):
                yield member

    def _fields_of(self, schema: JsonObject) -> dict[str, bool]:
        """The fields of an object, and whether each is required."""
        found: dict[str, bool] = {}
        for one in (*(self._resolved(part) for part in _listed(schema.get("allOf"))), schema):
            inner = self._fields_of(one) if one is not schema else dict.fromkeys(mapping(one.get("properties")), False)
            found = {name: needed or found.get(name, False) for name, needed in {**found, **inner}.items()}
            found |= {str(name): True for name in _listed(one.get("required")) if name in found}
        return found

    def _enum(self, label: str, node: JsonObject) -> Iterator[str]:
        if not self._is_none(node) and any(not isinstance(one, (str, type(None))) for one in _listed(node.get("enum"))):
            yield f"{label} is one of values that are not texts"

    def _holds_more(self, inner: JsonObject) -> bool:
        one = self._resolved(inner)
        several = [part for key in ("anyOf", "oneOf") for part in _listed(one.get(key))]
        return (
            one.get("type") == "array" or len(several) > 1 or (one.get("type") == "object" and not self._is_model(one))
        )

    def _is_model(self, schema: JsonObject) -> bool:
        parts = (self._resolved(one) for one in _listed(schema.get("allOf")))
        return bool(mapping(schema.get("properties"))) or any(self._is_model(one) for one in parts)

    def _is_none(self, node: Json) -> bool:
        return mapping(node).get("enum") == [None]

    def _types(self, schema: JsonObject) -> set[str]:
        members = [one for key in ("anyOf", "oneOf") for one in _listed(schema.get(key))]
        if members and "type" not in schema:
            return {kind for one in members for kind in self._types(self._resolved(one))}
        if self._is_model(schema):
            return {"object"}
        return {str(schema["type"])} if "type" in schema else set()


def without_passed_over(document: JsonObject) -> JsonObject:
    """Return `document` without the header parameters that no call takes, but the generator would."""

    def rewrite(node: JsonObject) -> JsonObject:
        listed = node.get("parameters")
        if not isinstance(listed, list):
            return node
        return {**node, "parameters": [one for one in listed if not is_passed_over(resolved(document, one))]}

    return mapping(prose.walk(document, rewrite))


def is_passed_over(parameter: JsonObject) -> bool:
    """Tell whether a parameter is a header that no call takes."""
    return parameter.get("in") == "header" and str(parameter.get("name")).lower() in _PASSED_OVER


def _listed(node: Json) -> list[Json]:
    return node if isinstance(node, list) else []
