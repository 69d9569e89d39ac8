"""What has no name of its own in Python: told where the generator fails, which does not say what of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from codegen import schemas
from codegen.documents import JsonObject, mapping
from codegen.operations import operations, parameters, resolved


def problems(document: JsonObject) -> list[str]:
    """Return a sentence for each name in `document` that cannot be one in Python, or is another's there."""
    return list(dict.fromkeys((*_of_fields(document), *_of_arguments(document), *_of_titles(document))))


def _of_fields(document: JsonObject) -> Iterator[str]:
    for way, schema in schemas.walked(document):
        yield from _clashing(f"the object at {'/'.join(map(str, way))}", [*mapping(schema.get("properties"))])


def _of_arguments(document: JsonObject) -> Iterator[str]:
    for path, method, operation in operations(document):
        label = f"{method.upper()} {path}"
        media = mapping(resolved(document, operation.get("requestBody")).get("content")).get("application/json")
        fields = [*mapping(resolved(document, mapping(media).get("schema")).get("properties"))]
        of_call = [str(one["name"]) for one in parameters(document, path, method)]
        for name in of_call:
            yield from (
                f"{label} takes {name} as a parameter and {field} in its body, which have one name in Python"
                for field in fields
                if _python(field) == _python(name)
            )


def _of_titles(document: JsonObject) -> Iterator[str]:
    titles = Counter(str(one["title"]) for _, one in schemas.walked(document) if "properties" in one and "title" in one)
    yield from (f"the title {title} is that of {count} objects" for title, count in titles.items() if count > 1)


def _clashing(label: str, names: Iterable[str]) -> Iterator[str]:
    known: dict[str, str] = {}
    for name in names:
        python = _python(name)
        if not python.isidentifier():
            yield f"{label} has the field {name!r}, which cannot be a name in Python"
        elif python in known and _python(known[python], whole=True) == _python(name, whole=True):
            yield f"{label} has the fields {known[python]!r} and {name!r}, which have one name in Python"
        known[python] = name


def _python(name: str, *, whole: bool = False) -> str:
    from openapi_python_client.schema.untrusted_string import UntrustedString  # slow to import
    from openapi_python_client.strings import PythonIdentifier  # likewise

    return str(PythonIdentifier(value=UntrustedString(name), prefix="", skip_snake_case=whole))
